//! The event bus: delivers each event until it is accepted by whoever gets it.

use crate::history::time::{MINUTE, plus};
use crate::world::queue::Event;
use crate::world::site::Site;
use serde_json::Value;

/// Delivers an event; schedules another attempt if it is not accepted.
pub(crate) async fn deliver(site: &Site, event: Value, attempt: u32) {
    if site.gateway.hand_over(event.clone()).await {
        return;
    }
    let wait = MINUTE << attempt.min(6);
    site.number_event();
    let attempt = attempt.saturating_add(1);
    site.queue.push(plus(site.now(), wait), Event::BusDelivery { event, attempt });
}
