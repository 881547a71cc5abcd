//! What a member and an admin see: the replies that more than one function gives.

use crate::words::{DeclineClassView, StateView};
use billing::{Card, Consent, Plan, State, Subscription};
use flows::{Books, Overview};
use jiff::{Timestamp, civil::Date};
use ledger::BookedPayment;
use serde::Serialize;
use utoipa::ToSchema;

/// A member's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubscriptionView {
    /// What it is.
    pub state: StateView,
    /// The plan's name in requests.
    pub plan: Option<String>,
    /// The plan's name for people.
    pub plan_name: Option<String>,
    /// The monthly price in won.
    pub price: Option<u64>,
    /// The last date, in Korea, on which the service is paid.
    pub paid_through: Option<Date>,
    /// The last date, in Korea, on which the member may enter without having paid, because an admin says so.
    pub complimentary_until: Option<Date>,
    /// The last date, in Korea, of access as it now stands: later than `paid_through` while a declined charge is tried
    /// again. Once it is before `today` a new subscription can begin, whatever the `state`.
    pub access_until: Option<Date>,
    /// The date in Korea on which this was answered.
    pub today: Date,
    /// The date, in Korea, of the next charge; absent when there will be none, or none before a review is settled.
    pub next_payment_date: Option<Date>,
    /// The latest payment.
    pub latest_payment: Option<PaymentView>,
    /// When it was asked to cancel.
    pub cancel_requested_at: Option<Timestamp>,
    /// When the cancellation was carried out: access was taken away.
    pub cancel_processed_at: Option<Timestamp>,
    /// When access was taken away.
    pub ended_at: Option<Timestamp>,
    /// The card that is charged.
    pub card: Option<CardView>,
    /// What was agreed to.
    pub consent: Option<ConsentView>,
    /// A higher price of the next period, which the member is asked to agree to.
    pub price_change: Option<PriceChangeView>,
    /// When it was asked that everything of the member be erased.
    pub erasure_requested_at: Option<Timestamp>,
    /// Whether the outcome of a card registration or a charge is being waited for.
    pub pending: bool,
    /// When a person is told of a charge, should its outcome not be known by then.
    pub pending_until: Option<Timestamp>,
    /// Since when a person has had to settle something of the member's.
    pub review_since: Option<Timestamp>,
    /// What to do, in Korean, while a card fails.
    pub advice: Option<&'static str>,
    /// What the last decline means for trying again, while a card fails.
    pub decline: Option<DeclineClassView>,
    /// Whether `POST /subscription/retry` may try the failed charge again now.
    pub may_retry: bool,
}

/// A card, as far as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CardView {
    /// Such as `BC카드`.
    pub name: Option<String>,
    /// Masked.
    pub number: Option<String>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// The last date, in Korea, on which it can be charged, where the member said so.
    pub expires: Option<Date>,
}

/// What was agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConsentView {
    /// The version of the terms.
    pub version: String,
    /// The monthly price in won.
    pub price: u64,
    /// When.
    pub agreed_at: Timestamp,
}

/// A higher price. Without the member's consent the subscription ends on the day before it would hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PriceChangeView {
    /// The monthly price in won.
    pub price: u64,
    /// The date, in Korea, of the first charge at this price; the consent can be given until its end.
    pub from: Date,
    /// The version of the terms to agree to.
    pub terms_version: String,
    /// When the member agreed; absent until then.
    pub agreed_at: Option<Timestamp>,
}

/// A payment: money that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaymentView {
    /// Iamport's id.
    pub imp_uid: String,
    /// The order's id.
    pub merchant_uid: String,
    /// In won.
    pub amount: u64,
    /// What was given back of it, in won.
    pub refunded: u64,
    /// When it was charged.
    pub paid_at: Timestamp,
    /// The plan it paid for.
    pub plan: String,
    /// The first date it pays for, in Korea.
    pub period_start: Date,
    /// Until when it pays, in Korea: the next payment's date.
    pub period_end: Date,
    /// The card's name.
    pub card_name: Option<String>,
    /// The masked card number.
    pub card_number: Option<String>,
    /// Where the receipt can be seen.
    pub receipt_url: Option<String>,
}

/// A plan on offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanView {
    /// Its name in requests.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The monthly price in won, for who subscribes today.
    pub price: u64,
    /// The next price, if one is known.
    pub next_price: Option<NextPriceView>,
}

/// A price that is known to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NextPriceView {
    /// The monthly price in won.
    pub price: u64,
    /// The first date, in Korea, on which it holds.
    pub holds_from: Date,
}

impl SubscriptionView {
    /// The view of an overview.
    pub fn of(overview: Overview, books: &Books) -> Self {
        let none = Self::none(overview.latest_payment.map(PaymentView::from), books.today());
        let Some(subscription) = overview.subscription else { return none };
        let (catalogue, policy) = (&books.settings.catalogue, &books.settings.policy);
        let state = subscription.state();
        let pending = is_pending(&subscription, state);
        let dunning = &subscription.dunning;
        let declined = dunning.last.as_ref().filter(|_| state == State::PastDue);
        let cancellation = subscription.cancellation.as_ref();
        Self {
            state: state.into(),
            plan_name: catalogue.plan(&subscription.plan).map(|plan| plan.name.clone()),
            paid_through: subscription.paid_through(),
            complimentary_until: subscription.complimentary,
            access_until: subscription.last_day(policy),
            next_payment_date: subscription
                .next_payment_date()
                .filter(|_| !subscription.is_blocked()),
            cancel_requested_at: cancellation.map(|wish| wish.requested_at),
            cancel_processed_at: cancellation.and_then(|wish| wish.processed_at),
            ended_at: subscription.ended_at,
            erasure_requested_at: subscription.erasure.map(|wish| wish.requested_at),
            pending,
            pending_until: subscription.overdue_at(policy).filter(|_| pending),
            review_since: subscription.reviews.iter().map(|review| review.at).min(),
            advice: declined.map(|decline| decline.advice(dunning.retry_at.is_some())),
            decline: declined.map(|decline| decline.class.into()),
            may_retry: subscription.clone().try_again(books.now(), policy) == Ok(true),
            price_change: PriceChangeView::of(&subscription, &catalogue.terms_version),
            plan: Some(subscription.plan.to_string()),
            price: Some(subscription.price.get()),
            card: subscription.card.map(CardView::from),
            consent: subscription.consent.map(ConsentView::from),
            ..none
        }
    }

    const fn none(latest_payment: Option<PaymentView>, today: Date) -> Self {
        Self {
            state: StateView::None,
            plan: None,
            plan_name: None,
            price: None,
            paid_through: None,
            complimentary_until: None,
            access_until: None,
            today,
            next_payment_date: None,
            latest_payment,
            cancel_requested_at: None,
            cancel_processed_at: None,
            ended_at: None,
            erasure_requested_at: None,
            card: None,
            consent: None,
            price_change: None,
            pending: false,
            pending_until: None,
            review_since: None,
            advice: None,
            decline: None,
            may_retry: false,
        }
    }
}

impl From<Card> for CardView {
    fn from(card: Card) -> Self {
        Self {
            name: card.name,
            number: card.number,
            registered_at: card.registered_at,
            expires: card.expires,
        }
    }
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        Self { version: consent.version, price: consent.price.get(), agreed_at: consent.agreed_at }
    }
}

impl PriceChangeView {
    /// The price that the member is asked about, if there is one.
    pub fn of(subscription: &Subscription, terms_version: &str) -> Option<Self> {
        let change = subscription.price_change.as_ref().filter(|_| subscription.is_live())?;
        Some(Self {
            price: change.version.price.get(),
            from: subscription.paid_through()?,
            terms_version: terms_version.to_owned(),
            agreed_at: change.agreed.as_ref().map(|consent| consent.agreed_at),
        })
    }
}

/// Before the first payment anything open is being waited for; later only what has been begun.
fn is_pending(subscription: &Subscription, state: State) -> bool {
    let begun = subscription
        .charges
        .iter()
        .any(|charge| matches!(charge.outcome, billing::OpenState::Charging { .. }));
    begun
        || (state == State::None
            && !(subscription.registrations.is_empty() && subscription.charges.is_empty()))
}

impl From<BookedPayment> for PaymentView {
    fn from(payment: BookedPayment) -> Self {
        Self {
            imp_uid: payment.imp_uid.to_string(),
            merchant_uid: payment.merchant_uid.to_string(),
            amount: payment.amount.get(),
            refunded: payment.refunded.get(),
            paid_at: payment.paid_at,
            plan: payment.plan.to_string(),
            period_start: payment.period_start,
            period_end: payment.period_end,
            card_name: payment.card_name,
            card_number: payment.card_number,
            receipt_url: payment.receipt_url,
        }
    }
}

impl PlanView {
    /// The view of a plan on that day in Korea.
    pub fn on(plan: &Plan, today: Date) -> Self {
        Self {
            id: plan.id.to_string(),
            name: plan.name.clone(),
            price: plan.price_on(today).get(),
            next_price: plan.version_after(today).map(|version| NextPriceView {
                price: version.price.get(),
                holds_from: version.holds_from,
            }),
        }
    }
}
