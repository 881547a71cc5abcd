//! The event bus, which hands each event to the announcer until it is taken.

use crate::history::time::{MINUTE, plus};
use crate::world::queue::Event;
use crate::world::site::Site;
use serde_json::Value;

/// Hands an event on; it comes again later if it is not taken.
pub(crate) async fn deliver(site: &Site, event: Value, attempt: u32) {
    if site.gateway.announce(event.clone()).await {
        return;
    }
    let wait = MINUTE << attempt.min(6);
    site.number_event();
    let attempt = attempt.saturating_add(1);
    site.queue.push(plus(site.now(), wait), Event::BusDelivery { event, attempt });
}
