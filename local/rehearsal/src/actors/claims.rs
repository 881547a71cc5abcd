//! Another program of the site that writes custom claims, all of them at once, and knows nothing of ours.

use super::Outside;
use crate::history::Script;
use crate::world::{World, uid};
use serde_json::{Map, json};

/// What it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherWriter {
    /// A role of its own, in place of all claims.
    Replace,
    /// Nothing, in place of all claims.
    Wipe,
}

/// The claim that it writes.
pub(crate) const ROLE: &str = "role";

pub(super) fn acts(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        let deed = script.chance.one(&[OtherWriter::Replace, OtherWriter::Wipe]);
        script.act(Outside::Claims(deed));
    }
}

pub(super) fn act(world: &World, member: usize, deed: OtherWriter) {
    let uid = uid(member);
    let claims = match deed {
        OtherWriter::Replace => Map::from_iter([(ROLE.to_owned(), json!("editor"))]),
        OtherWriter::Wipe => Map::new(),
    };
    if world.stack.google.replace_claims(&uid, claims).expect("kept in memory") {
        let now = world.now();
        let role = deed == OtherWriter::Replace;
        world.sky.lock().books.replaced_claims.insert(uid, (role, now));
        world.compare_for_nights();
    }
}
