//! Refunds: what is owed back is given back.

use super::known::Known;
use super::step::{Change, Effect, SideEffect, Step};
use crate::{News, Refund, RefundDue};

/// Gives back what is owed. A refund is safe to ask for twice: the checksum is what is left to give.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    known.subscription.refunds.iter().find_map(|due| {
        let refunded = known.seen.refunded.get(&due.imp_uid).copied();
        let Some(refunded) = refunded.filter(|refunded| *refunded >= due.amount) else {
            if let Some(words) = known.seen.refund_refused.get(&due.imp_uid)
                && let Some(change) = refused(known, due, words)
            {
                return known.commit(change);
            }
            let tried = known.seen.failed.contains(&SideEffect::Refund(due.imp_uid.clone()));
            return (!tried).then(|| Effect::Refund(due.clone()).into());
        };
        let mut next = known.subscription.clone();
        next.refunds.retain(|other| other.imp_uid != due.imp_uid);
        let news = News::Refunded { imp_uid: due.imp_uid.clone(), amount: refunded };
        next.tell(known.now, news).by.clone_from(&due.by);
        let refund = Refund { imp_uid: due.imp_uid.clone(), paid_at: due.paid_at, refunded };
        known.commit(Change { refund: Some(refund), ..Change::of(next) })
    })
}

/// Notes since when Iamport refuses a refund; after long enough a person has to look.
fn refused(known: &Known<'_>, due: &RefundDue, words: &str) -> Option<Change> {
    let mut next = known.subscription.clone();
    match due.refused_since {
        None => {
            for other in next.refunds.iter_mut().filter(|other| other.imp_uid == due.imp_uid) {
                other.refused_since = Some(known.now);
            }
        }
        Some(since) if known.now.duration_since(since) >= known.policy.refund_patience => {
            next.refunds.retain(|other| other.imp_uid != due.imp_uid);
            next.review_refund(due, words, known.now);
        }
        Some(_) => return None,
    }
    Some(Change::of(next))
}
