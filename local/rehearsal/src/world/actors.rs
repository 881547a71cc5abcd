//! Routes each action to the actor who performs it.

use crate::history::actions::{Action, MemberAction, PartnerAction, uid};
use crate::oracles::witness;
use crate::world::site::Site;
use crate::world::{accounts, admin, claims, console, members, operator, partners, strangers};

/// Performs an action concerning a member.
pub(crate) async fn act(site: &Site, id: &str, member: usize, action: Action) {
    site.record().say(|| format!("member {member}: {action:?}"));
    if let Action::Member(action) = action
        && !speaks(site, member, action)
    {
        return;
    }
    note(site, &uid(member), action);
    match action {
        Action::Member(action) => members::act(site, id, member, action).await,
        Action::Admin(action) => admin::act(site, id, member, action).await,
        Action::Stranger(action) => strangers::act(site, id, member, action).await,
        Action::Operator(action) => operator::act(site, id, member, action).await,
        Action::Console(action) => console::act(site, id, member, action),
        Action::Partner(action) => partners::act(site, member, action),
        Action::Account(action) => accounts::act(site, member, action),
        Action::Claims(action) => claims::act(site, member, action),
    }
}

/// Whether the member can act: nobody can sign in with a deleted account.
fn speaks(site: &Site, member: usize, action: MemberAction) -> bool {
    if matches!(action, MemberAction::SetCard(_)) {
        return true;
    }
    let (mine, now) = (uid(member), site.now());
    let leaving = &mut site.books().leaving;
    if leaving.is_gone(&mine, now) {
        return false;
    }
    if action != MemberAction::Look {
        leaving.speaks(&mine, now);
    }
    true
}

/// Records the action, and the state it met.
fn note(site: &Site, uid: &str, action: Action) {
    let now = site.now();
    let mut books = site.books();
    if let Some(act) = witness::act(action) {
        books.acts(uid, act, now);
    }
    match witness::event(action) {
        Some(event) if witness::concerns_all(event) => books.happens_to_all(event),
        Some(event) => books.happens(uid, event),
        None => {}
    }
    drop(books);
    if let Some(kind) = kind(action) {
        site.record().count(kind);
    }
}

/// How an outsider's action is counted.
const fn kind(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Operator(_) => "the operator acts",
        Action::Console(_) => "someone acts at Iamport's console",
        Action::Partner(PartnerAction::Down { .. }) => return None,
        Action::Partner(_) => "a partner falls silent",
        Action::Account(_) => "an account is deleted or disabled",
        Action::Claims(_) => "another program replaces all claims",
        Action::Member(_) | Action::Admin(_) | Action::Stranger(_) => return None,
    })
}
