//! What is seen to when all else is done: a card that expires, billing keys that are needed no more, and what
//! others are to be told.

use super::known::Known;
use super::step::{Change, Effect, SideEffect, Step};
use crate::{Access, News};

/// Says once that the card expires.
pub(super) fn expiry(known: &Known<'_>) -> Option<Step> {
    let at = known.subscription.expiry_at()?;
    let mut next = known.subscription.clone();
    let card = next.card.as_mut().filter(|_| at <= known.now)?;
    card.expiry_told = true;
    let expires = card.expires?;
    next.tell(known.now, News::CardExpiring { expires });
    known.commit(Change::of(next))
}

/// Sees to the keys and the announcements, then stores all of it and what access heard in one write. Each
/// of them can be done twice without harm, so a run that dies in between costs nothing; one that fails keeps
/// none of the others from being done.
pub(super) fn see_to(known: &Known<'_>) -> Option<Step> {
    let (subscription, seen) = (known.subscription, known.seen);
    let can = |side_effect: SideEffect| !seen.failed.contains(&side_effect);
    let mut keys = subscription.deletable_keys();
    if let Some(key) =
        keys.find(|key| !seen.deleted_keys.contains(key) && can(SideEffect::Key(*key)))
    {
        return Some(Effect::DeleteKey(key).into());
    }
    let untold: Vec<_> = subscription
        .outbox
        .iter()
        .filter(|news| !seen.announced.contains(&news.id))
        .cloned()
        .collect();
    if !untold.is_empty() && can(SideEffect::Bus) {
        return Some(Effect::Announce(untold).into());
    }
    let mut next = subscription.clone();
    if let (Access::Telling { enter, .. }, true, Some(at)) =
        (subscription.access, known.heard(), seen.told)
    {
        next.access = if enter { Access::Granted { at } } else { Access::Revoked { at } };
    }
    next.unwanted_keys.retain(|key| !seen.deleted_keys.contains(key));
    next.outbox.retain(|news| !seen.announced.contains(&news.id));
    known.commit(Change::of(next))
}
