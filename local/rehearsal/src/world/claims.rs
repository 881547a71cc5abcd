//! Another program of the site that overwrites all custom claims without knowing about ours.

use crate::history::actions::{ClaimsAction, ROLE, uid};
use crate::world::site::Site;
use serde_json::{Map, json};

/// Performs the action.
#[expect(clippy::expect_used, reason = "everything is kept in memory")]
pub(crate) fn act(site: &Site, member: usize, action: ClaimsAction) {
    let uid = uid(member);
    let claims = match action {
        ClaimsAction::Replace => Map::from_iter([(ROLE.to_owned(), json!("editor"))]),
        ClaimsAction::Wipe => Map::new(),
    };
    if site.stack.google.replace_claims(&uid, claims).expect("kept in memory") {
        let now = site.now();
        let role = action == ClaimsAction::Replace;
        site.books().replaced_claims.insert(uid, (role, now));
        site.compare_for_nights();
    }
}
