//! Partners: they go down, hang, and mishandle webhooks; and Iamport runs schedules.

use crate::history::actions::{PartnerAction, uid};
use crate::history::conditions::{Hang, Outage, WebhookTrouble};
use crate::history::time::plus;
use crate::world::site::Site;
use iamport_simulator::{CallFault, Fault, FaultKind, ScheduleFault, WebhookFault};
use jiff::Timestamp;

/// Performs the action.
pub(crate) fn act(site: &Site, member: usize, action: PartnerAction) {
    let from = site.now();
    match action {
        PartnerAction::Down { partner, seconds } => {
            site.network.troubles.outage(Outage {
                partner,
                from,
                until: plus(from, seconds.into()),
            });
        }
        PartnerAction::Hang { partner, calls, arrives, seconds } => {
            let until = plus(from, seconds.into());
            site.network.troubles.hang(Hang { partner, calls, arrives, from, until });
        }
        PartnerAction::NoRecord { word } => {
            let kind = if word { ScheduleFault::Unrecorded } else { ScheduleFault::Silent };
            let order = {
                let books = site.books();
                let subscription = books.subscriptions.get(&uid(member));
                let charge = subscription.and_then(|subscription| subscription.charges.last());
                charge.map(|charge| charge.merchant_uid.to_string())
            };
            if order.is_some() {
                inject(site, Fault { path: order, ..Fault::once(FaultKind::Schedules(kind)) });
            }
        }
        PartnerAction::ApprovedLate { seconds } => {
            let path = Some("/subscribe/payments/again".to_owned());
            let late = Fault::once(FaultKind::Calls(CallFault::ApprovedLate));
            inject(site, Fault { path, seconds: seconds.into(), ..late });
        }
    }
}

/// Loses, doubles, delays or reorders the next few webhooks. The time it was planned for names the fault.
pub(crate) fn trouble_webhooks(site: &Site, at: Timestamp, trouble: WebhookTrouble) {
    let WebhookTrouble { fault, count, seconds } = trouble;
    let kind = match fault {
        WebhookFault::Lost => "webhooks are lost",
        WebhookFault::Doubled => "webhooks come twice",
        WebhookFault::Delayed => "webhooks are late",
        WebhookFault::Reordered => "webhooks overtake each other",
    };
    if site.record().allows(kind, &format!("webhooks {at}")) {
        site.record().say(|| format!("the next {count} webhooks: {fault:?} {seconds} s"));
        let kind = FaultKind::Webhooks(fault);
        inject(site, Fault { kind, count, path: None, seconds });
    }
}

#[expect(clippy::expect_used, reason = "everything is kept in memory")]
fn inject(site: &Site, fault: Fault) {
    site.stack.iamport.inject(fault).expect("kept in memory");
}

/// Clears Iamport's faults.
#[expect(clippy::expect_used, reason = "everything is kept in memory")]
pub(crate) fn heal(site: &Site) {
    site.stack.iamport.clear_faults().expect("kept in memory");
}

/// Iamport runs due schedules and sends webhooks.
#[expect(clippy::expect_used, reason = "everything is kept in memory")]
pub(crate) async fn run_iamport(site: &Site) {
    site.stack.iamport.run_due(site.now()).await.expect("kept in memory");
    // It may have charged by itself.
    let (charges, now) = (site.stack.iamport.charges(), site.now());
    let more_unasked = {
        let mut books = site.books();
        books.moved(now, &charges);
        books.more_unasked(&charges)
    };
    // Recovery pays what was given up, and its webhook may be lost.
    if more_unasked {
        site.compare_for_nights();
    }
    site.collect_events();
}
