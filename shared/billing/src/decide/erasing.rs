//! The last step of all: everything of a member who asked for it goes.

use super::known::Known;
use super::step::{Effect, SideEffect, Step};

/// Erases the member once nothing is open any more, where this run may. The row goes last, so that a run which dies on
/// the way is followed by another.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let failed = known.seen.failed.contains(&SideEffect::Erasure);
    let now = known.may_erase && known.subscription.may_be_erased() && !failed;
    now.then_some(Effect::Erase.into())
}
