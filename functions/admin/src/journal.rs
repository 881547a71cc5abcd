//! An entry of the journal, as the desk shows it: which facts there are depends on what happened.

use crate::found::WhoView;
use crate::reviews::WhyView;
use billing::{Act, Decline, Entry, News, What, Won};
use edge::words::{DeclineClassView, LostAccountView, OverdueView, ResolutionView};
use flows::Faces;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its id.
    id: String,
    /// When.
    at: Timestamp,
    /// The admin who did it.
    by: Option<String>,
    /// Who that is.
    by_who: Option<WhoView>,
    #[serde(flatten)]
    what: WhatView,
}

/// An announcement, or an admin's act.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum WhatView {
    Told(NewsView),
    Did(ActView),
}

/// What was announced.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "details", rename_all = "snake_case")]
pub(crate) enum NewsView {
    /// The first charge was paid.
    Subscribed { plan: String, paid_through: Date },
    /// Money moved.
    Paid {
        imp_uid: String,
        amount: u64,
        paid_through: Date,
        /// Whether the period had been declined before.
        recovered: bool,
    },
    /// A charge was declined.
    Declined { merchant_uid: String, decline: DeclineView, retry_at: Option<Timestamp> },
    /// Charges are declined for what is no card's fault.
    ProviderTrouble {
        merchant_uid: String,
        reason: String,
        /// Whether the words say that the card is finished, which so many cannot be.
        held: bool,
    },
    /// A declined charge will be tried again.
    RetryPlanned { merchant_uid: String, retry_at: Timestamp },
    /// The member, or an admin, has a declined charge tried again at once.
    TriedAgain {},
    /// The member was taken over from another system.
    TakenOver { plan: String, amount: u64, paid_through: Date, cancelled: bool },
    /// Another card is charged from now on.
    CardChanged {},
    /// An admin wants the member asked for another card.
    CardAsked { paid_through: Date },
    /// An admin gave days.
    DaysGiven { days: u16, total: u16, until: Date },
    /// The card expires within a month.
    CardExpiring { expires: Date },
    /// A cancellation was asked for, or the account is gone.
    CancelRequested {
        paid_through: Date,
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<LostAccountView>,
    },
    /// A checkout was withdrawn before anything was paid.
    CheckoutWithdrawn {},
    /// The cancellation was taken back.
    Resumed { next_payment_date: Date },
    /// Money is to be given back.
    RefundDue { imp_uid: String, amount: u64 },
    /// Money was given back.
    Refunded { imp_uid: String, amount: u64 },
    /// Access was taken away.
    Revoked { paid_through: Date },
    /// The next period costs more, and the member is asked to agree.
    ConsentAsked { price: u64, from: Date },
    /// The member agreed to the price.
    ConsentGiven { price: u64, terms_version: String },
    /// Everything of the member is to be erased.
    ErasureRequested {},
    /// Something that only a person can settle came up.
    ReviewOpened {
        merchant_uid: String,
        why: WhyView,
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// Something that is to be done has not been for too long.
    Overdue { since: Timestamp, what: OverdueView },
    /// A person settled it.
    ReviewResolved { merchant_uid: String, resolution: ResolutionView },
}

/// What an admin did.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", content = "details", rename_all = "snake_case")]
pub(crate) enum ActView {
    /// Took access away where it was over.
    EndedAccess {},
    /// Cancelled for the member.
    Cancelled { reason: String },
    /// Ended it at once.
    Ended { reason: String },
    /// Gave days to the member, or let in for so many.
    GaveDays { days: u16, reason: String },
    /// Had the charge that failed tried again.
    TriedAgain { reason: String },
    /// Wants the member asked for another card.
    AskedForCard { reason: String },
    /// Took the cancellation back for the member.
    Resumed { reason: String },
    /// Has everything of a member erased.
    Erased { reason: String },
    /// Wants a payment given back, of which another admin has to say so too.
    ProposedRefund { imp_uid: String, amount: u64, reason: String },
    /// Gave a payment back, or a part of it.
    Refunded {
        imp_uid: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        amount: Option<u64>,
        reason: String,
    },
    /// Settled a review.
    ResolvedReview {
        review: String,
        resolution: ResolutionView,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Stopped new checkouts (`pulled`), or let them go on.
    SetBrake { pulled: bool, reason: String },
    /// Compared our books with Iamport's.
    Reconciled { from: Date, to: Date, found: usize, mended: usize },
}

/// A charge that was declined.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeclineView {
    /// What it means for trying again.
    class: DeclineClassView,
    /// Why, in the provider's words.
    reason: String,
    /// When.
    at: Timestamp,
}

impl EntryView {
    pub(crate) fn of(entry: Entry, faces: &Faces) -> Self {
        let (by, what) = match entry.what {
            What::Told(news) => (None, WhatView::Told(news.into())),
            What::Did { by, act } => (Some(by), WhatView::Did(act.into())),
        };
        let by_who = by.as_ref().and_then(|by| WhoView::of(faces, by));
        Self { id: entry.id, at: entry.at, by: by.map(String::from), by_who, what }
    }
}

impl From<News> for NewsView {
    fn from(news: News) -> Self {
        match news {
            News::Subscribed { plan, paid_through } => {
                Self::Subscribed { plan: plan.into(), paid_through }
            }
            News::Paid { imp_uid, amount, paid_through, recovered, .. } => {
                let (imp_uid, amount) = (imp_uid.into(), amount.get());
                Self::Paid { imp_uid, amount, paid_through, recovered }
            }
            News::Declined { merchant_uid, decline, retry_at } => {
                let (merchant_uid, decline) = (merchant_uid.into(), decline.into());
                Self::Declined { merchant_uid, decline, retry_at }
            }
            News::ProviderTrouble { merchant_uid, reason, held } => {
                Self::ProviderTrouble { merchant_uid: merchant_uid.into(), reason, held }
            }
            News::RetryPlanned { merchant_uid, retry_at } => {
                Self::RetryPlanned { merchant_uid: merchant_uid.into(), retry_at }
            }
            News::TriedAgain => Self::TriedAgain {},
            News::TakenOver { plan, amount, paid_through, cancelled } => {
                let (plan, amount) = (plan.into(), amount.get());
                Self::TakenOver { plan, amount, paid_through, cancelled }
            }
            News::CardChanged => Self::CardChanged {},
            News::CardAsked { paid_through } => Self::CardAsked { paid_through },
            News::DaysGiven { days, total, until } => Self::DaysGiven { days, total, until },
            News::CardExpiring { expires } => Self::CardExpiring { expires },
            News::CancelRequested { paid_through, account } => {
                Self::CancelRequested { paid_through, account: account.map(Into::into) }
            }
            News::CheckoutWithdrawn => Self::CheckoutWithdrawn {},
            News::Resumed { next_payment_date } => Self::Resumed { next_payment_date },
            News::RefundDue { imp_uid, amount } => {
                Self::RefundDue { imp_uid: imp_uid.into(), amount: amount.get() }
            }
            News::Refunded { imp_uid, amount } => {
                Self::Refunded { imp_uid: imp_uid.into(), amount: amount.get() }
            }
            News::Revoked { paid_through, .. } => Self::Revoked { paid_through },
            News::ConsentAsked { price, from } => Self::ConsentAsked { price: price.get(), from },
            News::ConsentGiven { price, terms_version } => {
                Self::ConsentGiven { price: price.get(), terms_version }
            }
            News::ErasureRequested => Self::ErasureRequested {},
            News::ReviewOpened { merchant_uid, why, said } => {
                let said = why.beside(said.as_deref());
                Self::ReviewOpened { merchant_uid: merchant_uid.into(), why: (&why).into(), said }
            }
            News::Overdue { since, what } => Self::Overdue { since, what: what.into() },
            News::ReviewResolved { merchant_uid, resolution } => Self::ReviewResolved {
                merchant_uid: merchant_uid.into(),
                resolution: resolution.into(),
            },
        }
    }
}

impl From<Act> for ActView {
    fn from(act: Act) -> Self {
        match act {
            Act::EndedAccess => Self::EndedAccess {},
            Act::Cancelled { reason } => Self::Cancelled { reason },
            Act::Resumed { reason } => Self::Resumed { reason },
            Act::Erased { reason } => Self::Erased { reason },
            Act::Ended { reason } => Self::Ended { reason },
            Act::GaveDays { days, reason } => Self::GaveDays { days, reason },
            Act::TriedAgain { reason } => Self::TriedAgain { reason },
            Act::AskedForCard { reason } => Self::AskedForCard { reason },
            Act::ProposedRefund { imp_uid, amount, reason } => {
                Self::ProposedRefund { imp_uid: imp_uid.into(), amount: amount.get(), reason }
            }
            Act::Refunded { imp_uid, amount, reason } => {
                let (imp_uid, amount) = (imp_uid.into(), amount.map(Won::get));
                Self::Refunded { imp_uid, amount, reason }
            }
            Act::ResolvedReview { review, resolution, reason } => {
                Self::ResolvedReview { review, resolution: resolution.into(), reason }
            }
            Act::SetBrake { pulled, reason } => Self::SetBrake { pulled, reason },
            Act::Reconciled { from, to, found, mended } => {
                Self::Reconciled { from, to, found, mended }
            }
        }
    }
}

impl From<Decline> for DeclineView {
    fn from(decline: Decline) -> Self {
        Self { class: decline.class.into(), reason: decline.reason, at: decline.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn at() -> Timestamp {
        "2026-11-22T03:00:00Z".parse().unwrap()
    }

    /// One of each, in the words that are stored.
    fn entries() -> Vec<Value> {
        let (order, until) = ("pay-01KAQ3X0000000000000000000-0-0", "2026-12-22");
        let told = [
            json!({"type": "subscribed", "plan": "monthly", "paid_through": until}),
            json!({"type": "paid", "imp_uid": "imps_1", "amount": 9_900, "paid_through": until, "recovered": true}),
            json!({
                "type": "declined", "merchant_uid": order, "retry_at": null,
                "decline": {"class": "soft", "reason": "잔액부족", "at": at()},
            }),
            json!({"type": "provider_trouble", "merchant_uid": order, "reason": "점검", "held": false}),
            json!({"type": "retry_planned", "merchant_uid": order, "retry_at": at()}),
            json!({"type": "tried_again"}),
            json!({"type": "taken_over", "plan": "monthly", "amount": 9_900, "paid_through": until, "cancelled": false}),
            json!({"type": "card_changed"}),
            json!({"type": "card_asked", "paid_through": until}),
            json!({"type": "days_given", "days": 7, "total": 7, "until": until}),
            json!({"type": "card_expiring", "expires": until}),
            json!({"type": "cancel_requested", "paid_through": until}),
            json!({"type": "cancel_requested", "paid_through": until, "account": "deleted"}),
            json!({"type": "resumed", "next_payment_date": until}),
            json!({"type": "refunded", "imp_uid": "imps_1", "amount": 9_900}),
            json!({"type": "revoked", "paid_through": until}),
            json!({"type": "erasure_requested"}),
            json!({"type": "consent_asked", "price": 12_900, "from": until}),
            json!({"type": "consent_given", "price": 12_900, "terms_version": "2026-01"}),
            json!({"type": "review_opened", "merchant_uid": order, "why": "two_payments"}),
            json!({"type": "review_opened", "merchant_uid": order, "why": "refund_refused", "said": "no"}),
            json!({"type": "overdue", "since": at(), "what": "refund"}),
            json!({"type": "review_resolved", "merchant_uid": order, "resolution": "look_again"}),
        ];
        let did = [
            json!({"type": "ended_access"}),
            json!({"type": "cancelled", "reason": "전화"}),
            json!({"type": "resumed", "reason": "전화"}),
            json!({"type": "ended", "reason": "전화"}),
            json!({"type": "gave_days", "days": 7, "reason": "전화"}),
            json!({"type": "tried_again", "reason": "전화"}),
            json!({"type": "asked_for_card", "reason": "전화"}),
            json!({"type": "erased", "reason": "전화"}),
            json!({"type": "proposed_refund", "imp_uid": "imps_1", "amount": 9_900, "reason": "전화"}),
            json!({"type": "refunded", "imp_uid": "imps_1", "amount": 900, "reason": "전화"}),
            json!({"type": "refunded", "imp_uid": "imps_1", "reason": "전화"}),
            json!({"type": "resolved_review", "review": "a.1", "resolution": "dismiss"}),
            json!({"type": "resolved_review", "review": "a.1", "resolution": "refund", "reason": "전화"}),
            json!({"type": "reconciled", "from": until, "to": until, "found": 2, "mended": 1}),
        ];
        let entry = |mut what: Value, entry: &str, by: Option<&str>| {
            what["entry"] = json!(entry);
            if let Some(by) = by {
                what["by"] = json!(by);
            }
            what["uid"] = json!("member");
            what["id"] = json!("1");
            what["at"] = json!(at());
            what
        };
        let told = told.into_iter().map(|what| entry(what, "told", None));
        told.chain(did.into_iter().map(|what| entry(what, "did", Some("admin")))).collect()
    }

    #[test]
    fn an_entry_is_shown_in_the_words_in_which_it_is_stored() {
        for stored in entries() {
            let entry: Entry = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(serde_json::to_value(&entry).unwrap(), stored);
            let mut details = stored.as_object().unwrap().clone();
            details.remove("uid").unwrap();
            let mut common = json!({"by": null, "by_who": null});
            for name in ["id", "at", "entry", "type", "by"] {
                if let Some(value) = details.remove(name) {
                    common[name] = value;
                }
            }
            common["details"] = Value::Object(details);
            assert_eq!(serde_json::to_value(EntryView::of(entry, &Faces::new())).unwrap(), common);
        }
    }

    #[test]
    fn a_reason_that_has_no_name_is_shown_as_it_was_written() {
        let stored = json!({
            "uid": "member", "id": "1", "at": at(), "entry": "told", "type": "review_opened",
            "merchant_uid": "pay-01KAQ3X0000000000000000000-0-0", "why": "as it was once put",
        });
        let entry: Entry = serde_json::from_value(stored).unwrap();
        let shown = serde_json::to_value(EntryView::of(entry, &Faces::new())).unwrap();
        let details = &shown["details"];
        assert_eq!(
            (&details["why"], &details["said"]),
            (&json!("other"), &json!("as it was once put"))
        );
    }
}
