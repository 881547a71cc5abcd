//! Members who delete their account at Firebase, as Korean sites let them (회원 탈퇴), and admins who disable
//! one: the other ways to leave.

use super::Outside;
use crate::history::Script;
use crate::world::{World, uid};

/// What is done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtSignIn {
    /// It is deleted.
    Delete,
    /// It is disabled: nobody signs in with it any more.
    Disable,
}

pub(super) fn acts(script: &mut Script<'_>) {
    if script.chance.hits(600) {
        let deed = script.chance.weighed(&[(65, AtSignIn::Delete), (35, AtSignIn::Disable)]);
        script.act(Outside::Account(deed));
    }
}

pub(super) fn act(world: &World, member: usize, deed: AtSignIn) {
    let uid = uid(member);
    let google = &world.stack.google;
    let done = match deed {
        AtSignIn::Delete => google.delete(&uid),
        AtSignIn::Disable => google.disable(&uid),
    };
    if done.expect("kept in memory") {
        let now = world.now();
        world.sky.lock().books.leaving.left(&uid, deed, now);
        world.compare_for_nights();
    }
}
