//! What is not done comes before a person: whatever partners say or keep silent about, nothing is waited for
//! without an end.

use super::known::Known;
use super::step::{Change, Step};
use crate::{MerchantUid, News, OpenCharge, ScheduleSighting, Why};

/// Notes since when there is something that is not done, and after long enough tells a person, once; each charge
/// that is late for as long comes before a person. It is tried on all the same; what a person sees of it goes when
/// it is done.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let (now, policy) = (known.now, known.policy);
    let mut next = known.subscription.clone();
    next.note_undone(now, policy);
    let late = next.overdue_at(policy).is_some_and(|at| at <= now);
    if let Some(undone) = next.undone.as_mut().filter(|_| late) {
        undone.told = true;
        let since = undone.since;
        next.tell(now, News::Overdue { since, what: next.what_is_overdue(now, policy) });
    }
    let due =
        |charge: &&OpenCharge| next.review_at(charge, now, policy).is_some_and(|at| at <= now);
    let due: Vec<MerchantUid> =
        next.charges.iter().filter(due).map(|charge| charge.merchant_uid).collect();
    for id in due {
        next.review(id, why(known, id), known.facts(id), now).waits = true;
    }
    known.commit(Change::of(next))
}

/// What speaks of this charge.
fn why(known: &Known<'_>, id: MerchantUid) -> Why {
    match known.seen.schedules.get(&id) {
        Some(ScheduleSighting::Executed) => Why::ScheduleWithoutPayment,
        Some(ScheduleSighting::Standing) => Why::ScheduleStuck,
        Some(
            ScheduleSighting::Failed(_) | ScheduleSighting::Missing | ScheduleSighting::TakenBack,
        )
        | None => Why::ChargeUnknown,
    }
}
