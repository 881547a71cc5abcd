//! Members who delete their Firebase account, as Korean sites let them (회원 탈퇴), and admins who disable one.

use crate::history::actions::{AccountAction, uid};
use crate::world::site::Site;

/// Performs the action.
#[expect(clippy::expect_used, reason = "everything is kept in memory")]
pub(crate) fn act(site: &Site, member: usize, action: AccountAction) {
    let uid = uid(member);
    let google = &site.stack.google;
    let done = match action {
        AccountAction::Delete => google.delete(&uid),
        AccountAction::Disable => google.disable(&uid),
    };
    if done.expect("kept in memory") {
        let now = site.now();
        site.books().leaving.left(&uid, action, now);
        site.compare_for_nights();
    }
}
