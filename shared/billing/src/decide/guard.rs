//! The guard over declines: what would make many cards dead at once is taken for what it then is, the shop's
//! or the provider's trouble, until a person looks.

use super::known::{Counted, Known};
use super::step::{Effect, SideEffect};
use crate::{Decline, DeclineClass, MerchantUid, News};

/// A decline as it is to be booked.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) decline: Decline,
    /// What a person is told at once, with the first of its kind in an hour.
    pub(super) news: Option<News>,
}

/// The decline of this order as it is to be booked; before that, the effect that counts it. One that cannot be
/// counted is believed: the guard must not keep anything from being booked.
pub(super) fn judge(
    known: &Known<'_>,
    order: MerchantUid,
    mut decline: Decline,
) -> Result<Judged, Box<Effect>> {
    let hard = match decline.class {
        DeclineClass::Transient | DeclineClass::Soft | DeclineClass::Unknown => {
            return Ok(Judged { decline, news: None });
        }
        DeclineClass::Hard => count(known, order, &decline)?,
        DeclineClass::Provider => None,
    };
    let most = known.policy.hard_declines_an_hour;
    let held = hard.is_some_and(|counted| counted.count > u64::from(most));
    if held {
        decline.class = DeclineClass::Provider;
    }
    if decline.class == DeclineClass::Hard {
        return Ok(Judged { decline, news: None });
    }
    let counted = count(known, order, &decline)?;
    let first = counted.is_none_or(|counted| counted.first == order);
    let news = first.then(|| News::ProviderTrouble {
        merchant_uid: order,
        reason: decline.reason.clone(),
        held,
    });
    Ok(Judged { decline, news })
}

/// How many there were of this kind, or the effect that finds out.
fn count(
    known: &Known<'_>,
    order: MerchantUid,
    decline: &Decline,
) -> Result<Option<Counted>, Box<Effect>> {
    let counted = known.seen.counted.get(&(order, decline.class)).copied();
    if counted.is_some() || known.seen.failed.contains(&SideEffect::Count(order)) {
        return Ok(counted);
    }
    Err(Box::new(Effect::Count(order, decline.clone())))
}
