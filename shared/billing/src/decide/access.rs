//! Access: the sign-in service is told whether the member may enter, by one run at a time.

use super::known::Known;
use super::step::{Change, Effect, Leased, SideEffect, Step};
use crate::{Access, Subscription};

/// Tells the sign-in service whether the member may enter. What is told is stored before, so that a run
/// that dies leaves it in doubt, and somebody else's time for telling is waited for.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let (subscription, seen) = (known.subscription, known.seen);
    let enter = subscription.is_entitled();
    let tried = seen.failed.contains(&SideEffect::Access);
    if subscription.access.is_told(enter) || known.heard() || tried {
        return None;
    }
    // Whoever subscribes again is charged while the last run's end is still to be told.
    if !enter && subscription.may_have_paid() {
        return None;
    }
    if let Access::Telling { enter: told, until } = subscription.access
        && known.now < until
    {
        let mine = told == enter && known.holds(Leased::Access);
        return mine.then_some(Step::Do(if enter { Effect::Grant } else { Effect::Revoke }));
    }
    let until = known.lease_until();
    let next = Subscription { access: Access::Telling { enter, until }, ..subscription.clone() };
    known.commit(Change { lease: Some((Leased::Access, until)), ..Change::of(next) })
}
