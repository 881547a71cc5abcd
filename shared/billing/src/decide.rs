//! The one decision: from what is known of a member and the time, what is to be done next.
//!
//! [`decide`] is called again and again, each time with a little more known, until it says
//! [`Step::Rest`]. Money comes first: what moved is recorded before anything else is tried, what must not
//! move is stopped before what should move is started, and only then are access, the keys and the
//! announcements seen to.
//!
//! A foreign call that moves money is made in two steps. First [`Step::Commit`] stores the order as
//! leased; only the run whose commit went through finds its lease in [`Seen::leased`] and is
//! told to call. Everyone else, a later run of the same member included, can only look up.

mod access;
mod booking;
mod charges;
mod commit;
mod declines;
mod due;
mod ending;
mod erasing;
mod guard;
mod housekeeping;
mod known;
mod overdue;
mod prices;
mod refunds;
mod registrations;
mod step;
mod transition;
mod wanted;

pub(crate) use booking::{AFTER_CANCELLING, certainly_before};
pub use known::{Counted, Known, Refused, Seen};
pub use step::{Change, Effect, Leased, SideEffect, Step};

/// What to do next. Pure: the same [`Known`] always gives the same [`Step`].
///
/// It is to be called again after each step with what the step brought, until it rests. Money that
/// moved is recorded first, and a wish to charge is looked at only when nothing is in doubt.
pub fn decide(known: &Known<'_>) -> Step {
    if known.seen.is_erased {
        return Step::Rest(None);
    }
    if known.seen.is_stuck {
        return overdue::step(known).unwrap_or(Step::Rest(known.subscription.due_at));
    }
    registrations::step(known)
        .or_else(|| booking::step(known))
        .or_else(|| prices::step(known))
        .or_else(|| charges::step(known))
        .or_else(|| refunds::step(known))
        .or_else(|| ending::end(known))
        .or_else(|| ending::left(known))
        .or_else(|| housekeeping::expiry(known))
        .or_else(|| access::step(known))
        .or_else(|| housekeeping::see_to(known))
        .or_else(|| erasing::step(known))
        .or_else(|| overdue::step(known))
        .unwrap_or_else(|| commit::rest(known))
}
