//! `GET /admin/members/{uid}` and its forecast: everything that is known of a member; and cancelling for one.

use crate::found::WhoView;
use crate::journal::EntryView;
use crate::reviews::ReviewView;
use axum::Json;
use axum::extract::State;
use billing::{
    Access, Charge, ChargeState, ClosedState, Dunning, Expected, Intent, OpenState, Order,
    RefundDue, Registration, RegistrationState, Subscription, What,
};
use edge::answers::{ForAdmins, InPages, WithBody};
use edge::view::{CardView, ConsentView, PaymentView, PriceChangeView};
use edge::words::{DeclineClassView, StateView};
use edge::{Admin, App, Body, Desk, Named, Problem, Query};
use flows::{Asked, DeskAct, Faces, Timeline};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many entries of the journal a page holds.
const PAGE: u16 = 50;

/// How many charges a forecast shows: two years.
const AHEAD: u16 = 24;

/// Everything known of a member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// Whose.
    uid: String,
    /// Who that is.
    who: Option<WhoView>,
    /// The subscription as it is.
    subscription: DeskSubscriptionView,
    /// Every intent, the newest first.
    orders: Vec<OrderView>,
    /// Money that moved, the newest first.
    payments: Vec<PaymentView>,
    /// What was announced and what admins did, the newest first.
    journal: Vec<EntryView>,
    /// Where the journal's next page begins; absent on the last.
    cursor: Option<String>,
}

/// A subscription as the admin's desk needs it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeskSubscriptionView {
    /// This run of it.
    id: String,
    /// What it is.
    state: StateView,
    /// The plan's name in requests.
    plan: String,
    /// The monthly price in won.
    price: u64,
    /// What was agreed to.
    consent: Option<ConsentView>,
    /// A higher price of the next period, which the member is asked to agree to.
    price_change: Option<PriceChangeView>,
    /// The card that is charged.
    card: Option<CardView>,
    /// The date in Korea of the first charge, from which all periods are counted.
    anchor: Option<Date>,
    /// How many periods have been paid.
    periods_paid: u16,
    /// Days that admins gave: each period begins so many later.
    days_given: u16,
    /// The last date, in Korea, on which a member may enter who has paid nothing.
    complimentary_until: Option<Date>,
    /// The last date, in Korea, on which the service is paid.
    paid_through: Option<Date>,
    /// The date, in Korea, of the next charge; absent when there will be none.
    next_payment_date: Option<Date>,
    /// When access ends, if nothing more is paid; absent when it ended or never began.
    access_ends_at: Option<Timestamp>,
    /// What the sign-in service was told.
    access: AccessView,
    /// When it was told; absent while that is not certain.
    access_since: Option<Timestamp>,
    /// When Gudok looks at it again; absent when nothing is left to do.
    due_at: Option<Timestamp>,
    /// When it was asked to cancel.
    cancel_requested_at: Option<Timestamp>,
    /// When the cancellation was carried out.
    cancel_processed_at: Option<Timestamp>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// When it was asked that everything of the member be erased.
    erasure_requested_at: Option<Timestamp>,
    /// How the period to pay has failed so far.
    dunning: DunningView,
    /// Charges and schedules whose outcome is open.
    open_charges: Vec<OrderView>,
    /// Card registrations whose outcome is open.
    open_registrations: Vec<OrderView>,
    /// Payments that are being given back.
    refunds_due: Vec<RefundDueView>,
    /// What only a person can settle.
    reviews: Vec<ReviewView>,
}

/// What the sign-in service was told about access: nothing yet, or to let in or keep out, which it may not have
/// heard yet (`granting`, `revoking`).
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessView {
    None,
    Granting,
    Granted,
    Revoking,
    Revoked,
}

/// How the period to pay has failed so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DunningView {
    /// Declines that counted.
    failures: u8,
    /// Whether this card is not tried again.
    stopped: bool,
    /// When it is tried again.
    retry_at: Option<Timestamp>,
    /// What the last decline means.
    decline: Option<DeclineClassView>,
    /// The last decline, in the provider's words.
    reason: Option<String>,
    /// When that was.
    declined_at: Option<Timestamp>,
}

/// A payment that is being given back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RefundDueView {
    /// Iamport's id.
    imp_uid: String,
    /// The order.
    merchant_uid: String,
    /// In won.
    amount: u64,
}

/// An intent, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// Its id.
    merchant_uid: String,
    /// What it is for.
    purpose: PurposeView,
    /// How far it has come.
    state: OrderStateView,
    /// The moment that the state is about: when it is to run, when the claim ends, when it was declined.
    at: Option<Timestamp>,
    /// In won; of a registration only what the window showed.
    amount: u64,
    /// The period to pay, from 0; absent for a registration.
    period: Option<u16>,
    /// When it was decided on.
    opened_at: Timestamp,
    /// Iamport's record of it.
    imp_uid: Option<String>,
    /// Why it failed, in the provider's words.
    reason: Option<String>,
}

/// What an order is for: a card's registration (`subscribe`, `change_card`) or a charge.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PurposeView {
    Subscribe,
    ChangeCard,
    Charge,
}

/// How far an order has come. A registration is open and then registered, failed, abandoned or contradicted; a
/// charge is planned, charging, scheduling or scheduled and then paid, declined, abandoned or contradicted.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderStateView {
    Open,
    Registered,
    Failed,
    Planned,
    Charging,
    Scheduling,
    Scheduled,
    Paid,
    Declined,
    Abandoned,
    Contradicted,
}

/// What is to be done to a member's subscription, why, and what the admin was shown.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ActRequest {
    /// What.
    act: DeskActView,
    /// How many days `give_days` gives, 1 to 366; nothing else takes any.
    days: Option<u16>,
    /// Who asked, or why; 1 to 100 characters, kept in the journal.
    reason: String,
    /// The date that was shown as the last one of access, paid or given; absent if none was. If it is another by now,
    /// nothing is done; only to `cancel` it may be left out.
    shown: Option<Date>,
    /// Only say how the subscription would then stand.
    #[serde(default)]
    dry_run: bool,
}

/// What an admin can do to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeskActView {
    /// The next charge is stopped, nothing is given back, access stays until the paid-through date.
    Cancel,
    /// The cancellation is withdrawn, until the end of that date.
    Resume,
    /// Access ends at once; nothing is given back by it, and it cannot be taken back.
    EndNow,
    /// Access lasts longer, and the next charge is made later. Whoever has no subscription that goes on is let in from
    /// today, without a card and without a charge.
    GiveDays,
    /// The charge that failed is tried again at once.
    TryAgain,
    /// Whoever tells the member asks for another card; once a day.
    AskForCard,
}

/// Why everything of a member is to be erased, and what the admin was shown.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct EraseForRequest {
    /// Who asked, and how, without a name; 1 to 100 characters, kept in the admin's own journal.
    reason: String,
    /// The date that was shown as the last one of access, which is given up. If it is another by now, nothing is done.
    paid_through: Option<Date>,
}

/// The charges to come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Forecast {
    /// The next first; empty when none is to come.
    charges: Vec<ExpectedView>,
}

/// A charge to come, under today's rules.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExpectedView {
    /// The period it pays for, from 0.
    period: u16,
    /// The payment's date in Korea: the first day of that period.
    date: Date,
    /// When it is charged; a retry comes later than its date.
    at: Timestamp,
    /// In won.
    amount: u64,
    /// Whether it is made only if the member agrees to this amount until then.
    needs_consent: bool,
}

/// Everything known of a member.
#[utoipa::path(get, path = "/admin/members/{uid}", tag = "admin",
    params(Named, crate::Page), security(("firebase" = [])), responses(
    (status = 200, body = MemberView, description = "The member, with a page of the journal"),
    (status = 404, body = Problem, description = "There is no such member"),
    ForAdmins, InPages,
))]
pub(crate) async fn member(
    State(app): State<App>,
    desk: Desk,
    Named { uid }: Named,
    Query(page): Query<crate::Page>,
) -> Result<Json<MemberView>, Problem> {
    let Timeline { subscription, orders, payments, journal, cursor } =
        Box::pin(app.gudok.timeline(&uid, PAGE, page.cursor.as_deref())).await?;
    let admins = journal.iter().filter_map(|entry| match &entry.what {
        What::Did { by, .. } => Some(by.clone()),
        What::Told(_) => None,
    });
    let shown: Vec<_> = admins.chain([uid.clone()]).collect();
    app.gudok.note_look(&desk.uid, "member", std::slice::from_ref(&uid)).await?;
    let faces = app.gudok.faces(&shown).await;
    Ok(Json(MemberView {
        uid: uid.to_string(),
        who: WhoView::of(&faces, &uid),
        subscription: DeskSubscriptionView::of(subscription, &app),
        orders: orders.into_iter().map(OrderView::from).collect(),
        payments: payments.into_iter().map(PaymentView::from).collect(),
        journal: journal.into_iter().map(|entry| EntryView::of(entry, &faces)).collect(),
        cursor,
    }))
}

/// The next 24 charges of a member, without making them.
#[utoipa::path(get, path = "/admin/members/{uid}/forecast", tag = "admin",
    params(Named), security(("firebase" = [])), responses(
    (status = 200, body = Forecast, description = "The charges to come"),
    (status = 404, body = Problem, description = "There is no such member"),
    ForAdmins,
))]
pub(crate) async fn forecast(
    State(app): State<App>,
    desk: Desk,
    Named { uid }: Named,
) -> Result<Json<Forecast>, Problem> {
    let charges = app.gudok.forecast(&uid, AHEAD).await?;
    app.gudok.note_look(&desk.uid, "forecast", &[uid]).await?;
    Ok(Json(Forecast { charges: charges.into_iter().map(ExpectedView::from).collect() }))
}

/// Does something to a member's subscription, or says how it would then stand. Who asks twice with what was shown
/// changes nothing the second time.
#[utoipa::path(post, path = "/admin/members/{uid}/acts", tag = "admin", request_body = ActRequest,
    params(Named), security(("firebase" = [])), responses(
    (status = 200, body = DeskSubscriptionView, description = "Done, or how it would then stand"),
    (status = 404, body = Problem, description = "There is no such member"),
    (status = 409, body = Problem, description = "It cannot be done as things stand, or access lasts until another date than was shown"),
    (status = 422, body = Problem, description = "So many days cannot be given"),
    (status = 429, body = Problem, description = "It was tried too often"),
    ForAdmins, WithBody,
    (status = 503, body = Problem, description = "Temporarily unavailable; nothing was recorded"),
))]
pub(crate) async fn act_for(
    State(app): State<App>,
    admin: Admin,
    Named { uid }: Named,
    Body(request): Body<ActRequest>,
) -> Result<Json<DeskSubscriptionView>, Problem> {
    let act = match (request.act, request.days) {
        (DeskActView::GiveDays, Some(days)) => DeskAct::GiveDays { days },
        (DeskActView::Cancel, None) => DeskAct::Cancel,
        (DeskActView::Resume, None) => DeskAct::Resume,
        (DeskActView::EndNow, None) => DeskAct::EndNow,
        (DeskActView::TryAgain, None) => DeskAct::TryAgain,
        (DeskActView::AskForCard, None) => DeskAct::AskForCard,
        (_, _) => return Err(Problem::about("days")),
    };
    let asked = Asked { act, reason: crate::reason(&request.reason)?, shown: request.shown };
    let stands = if request.dry_run {
        app.gudok.would_act_for(&uid, asked).await?
    } else {
        Box::pin(app.gudok.act_for(&admin.uid, &uid, asked)).await?
    };
    Ok(Json(DeskSubscriptionView::of(stands, &app)))
}

/// Has everything of a member erased, the account too, because the member asked an admin for it: what goes on is
/// cancelled, access ends at once, nothing is given back, and it cannot be taken back. What the law has us keep is kept
/// for five years under no name. It is done within minutes, or as soon as nothing is open any more, such as a review.
/// Asked again it changes nothing. That it was asked for stays in the admin's own journal: the reason should name
/// nobody.
#[utoipa::path(post, path = "/admin/members/{uid}/erase", tag = "admin", request_body = EraseForRequest,
    params(Named), security(("firebase" = [])), responses(
    (status = 200, body = DeskSubscriptionView, description = "It is being done"),
    (status = 404, body = Problem, description = "There is no such member"),
    (status = 409, body = Problem, description = "It is paid through another date, or the member is an admin"),
    ForAdmins, WithBody,
    (status = 503, body = Problem, description = "Temporarily unavailable; nothing was recorded"),
))]
pub(crate) async fn erase_for(
    State(app): State<App>,
    admin: Admin,
    Named { uid }: Named,
    Body(request): Body<EraseForRequest>,
) -> Result<Json<DeskSubscriptionView>, Problem> {
    let reason = crate::reason(&request.reason)?;
    let done = app.gudok.erase_for(&admin.uid, &uid, reason, request.paid_through).await?;
    Ok(Json(DeskSubscriptionView::of(done, &app)))
}

impl DeskSubscriptionView {
    fn of(subscription: Subscription, app: &App) -> Self {
        let settings = &app.gudok.books.settings;
        let price_change = PriceChangeView::of(&subscription, &settings.catalogue.terms_version);
        let (access, access_since) = told(subscription.access);
        let wish = subscription.cancellation.as_ref();
        let nobody = Faces::new();
        let reviews = subscription.reviews.iter();
        let reviews =
            reviews.map(|review| ReviewView::of(&subscription.uid, &nobody, review)).collect();
        Self {
            id: subscription.id.to_string(),
            state: subscription.state().into(),
            anchor: subscription.anchor,
            periods_paid: subscription.periods_paid,
            days_given: subscription.days_given,
            complimentary_until: subscription.complimentary,
            paid_through: subscription.paid_through(),
            next_payment_date: subscription.next_payment_date(),
            access_ends_at: subscription.revoke_at(&settings.policy),
            access,
            access_since,
            due_at: subscription.due_at,
            cancel_requested_at: wish.map(|wish| wish.requested_at),
            cancel_processed_at: wish.and_then(|wish| wish.processed_at),
            ended_at: subscription.ended_at,
            erasure_requested_at: subscription.erasure.map(|wish| wish.requested_at),
            dunning: subscription.dunning.into(),
            plan: subscription.plan.to_string(),
            price: subscription.price.get(),
            consent: subscription.consent.map(ConsentView::from),
            price_change,
            card: subscription.card.map(CardView::from),
            open_charges: subscription
                .charges
                .into_iter()
                .map(|open| OrderView::charge(open.into()))
                .collect(),
            open_registrations: subscription
                .registrations
                .into_iter()
                .map(OrderView::registration)
                .collect(),
            refunds_due: subscription.refunds.into_iter().map(RefundDueView::from).collect(),
            reviews,
        }
    }
}

/// What the sign-in service was told, and since when that is certain.
const fn told(access: Access) -> (AccessView, Option<Timestamp>) {
    match access {
        Access::None => (AccessView::None, None),
        Access::Telling { enter: true, .. } => (AccessView::Granting, None),
        Access::Telling { enter: false, .. } => (AccessView::Revoking, None),
        Access::Granted { at } => (AccessView::Granted, Some(at)),
        Access::Revoked { at } => (AccessView::Revoked, Some(at)),
    }
}

impl From<Dunning> for DunningView {
    fn from(dunning: Dunning) -> Self {
        let last = dunning.last.as_ref();
        Self {
            failures: dunning.failures,
            stopped: dunning.stopped,
            retry_at: dunning.retry_at,
            decline: last.map(|decline| decline.class.into()),
            reason: last.map(|decline| decline.reason.clone()),
            declined_at: last.map(|decline| decline.at),
        }
    }
}

impl From<RefundDue> for RefundDueView {
    fn from(due: RefundDue) -> Self {
        Self {
            imp_uid: due.imp_uid.to_string(),
            merchant_uid: due.merchant_uid.to_string(),
            amount: due.amount.get(),
        }
    }
}

impl OrderView {
    fn registration(registration: Registration) -> Self {
        let (state, at, imp_uid, reason) = match registration.outcome {
            RegistrationState::Open => {
                (OrderStateView::Open, Some(registration.look_at), None, None)
            }
            RegistrationState::Registered { imp_uid } => {
                (OrderStateView::Registered, None, Some(imp_uid), None)
            }
            RegistrationState::Failed { reason } => {
                (OrderStateView::Failed, None, None, Some(reason))
            }
            RegistrationState::Abandoned => (OrderStateView::Abandoned, None, None, None),
            RegistrationState::Contradicted => (OrderStateView::Contradicted, None, None, None),
        };
        Self {
            merchant_uid: registration.merchant_uid.to_string(),
            purpose: match registration.intent {
                Intent::Subscribe => PurposeView::Subscribe,
                Intent::ChangeCard => PurposeView::ChangeCard,
            },
            state,
            at,
            amount: registration.amount.get(),
            period: None,
            opened_at: registration.opened_at,
            imp_uid: imp_uid.map(String::from),
            reason,
        }
    }

    fn charge(charge: Charge) -> Self {
        let (state, at, imp_uid, reason) = match charge.outcome {
            ChargeState::Open(open) => {
                let (state, at) = match open {
                    OpenState::Planned { at } => (OrderStateView::Planned, at),
                    OpenState::Charging { until } => (OrderStateView::Charging, until),
                    OpenState::Scheduling { at, .. } => (OrderStateView::Scheduling, at),
                    OpenState::Scheduled { at } => (OrderStateView::Scheduled, at),
                };
                (state, Some(at), None, None)
            }
            ChargeState::Closed(closed) => match closed {
                ClosedState::Paid { imp_uid } => (OrderStateView::Paid, None, Some(imp_uid), None),
                ClosedState::Declined { decline } => {
                    (OrderStateView::Declined, Some(decline.at), None, Some(decline.reason))
                }
                ClosedState::Abandoned => (OrderStateView::Abandoned, None, None, None),
                ClosedState::Contradicted => (OrderStateView::Contradicted, None, None, None),
            },
        };
        Self {
            merchant_uid: charge.merchant_uid.to_string(),
            purpose: PurposeView::Charge,
            state,
            at,
            amount: charge.amount.get(),
            period: Some(charge.period),
            opened_at: charge.opened_at,
            imp_uid: imp_uid.map(String::from),
            reason,
        }
    }
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        match order {
            Order::Registration { registration, .. } => Self::registration(registration),
            Order::Charge { charge, .. } => Self::charge(charge),
        }
    }
}

impl From<Expected> for ExpectedView {
    fn from(expected: Expected) -> Self {
        Self {
            period: expected.period,
            date: expected.date,
            at: expected.at,
            amount: expected.amount.get(),
            needs_consent: expected.needs_consent,
        }
    }
}
