//! `GET /admin/reviews`, `POST /admin/reviews/{id}/resolve` and `POST /admin/payments/{merchant_uid}/refund`: what an admin decides
//! about money.

use crate::Page;
use crate::found::WhoView;
use axum::Json;
use axum::extract::{Path, State};
use billing::{MerchantUid, Resolution, Review, Uid, Why, Won};
use edge::answers::{ForAdmins, InPages, WithBody};
use edge::view::PaymentView;
use edge::words::{RecordStatusView, ResolutionView, UsageView};
use edge::{Admin, App, Body, Desk, Problem, Query};
use flows::{Faces, Refunding};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many members' reviews a page holds.
const PAGE: u16 = 50;

/// A page of what only a person can settle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Reviews {
    /// The longest waiting member first.
    reviews: Vec<ReviewView>,
    /// Where the next page begins; absent on the last.
    cursor: Option<String>,
}

/// Something that only a person can settle. The period it is about is not charged meanwhile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    /// Its name, for settling it.
    id: String,
    /// Whose.
    uid: String,
    /// Who that is.
    who: Option<WhoView>,
    /// The order it is about.
    merchant_uid: String,
    /// Why it was opened.
    why: WhyView,
    /// What Iamport said, where it refused; the admin's reason, where another has to agree.
    said: Option<String>,
    /// Who asked, where another admin has to agree.
    asked_by: Option<String>,
    /// Who that is.
    asked_by_who: Option<WhoView>,
    /// When it was opened.
    at: Timestamp,
    /// What Iamport had under the order's id then.
    facts: Vec<Fact>,
    /// The money it is about, in won: what `accept` lets pay and `refund` gives back, if that much is left by
    /// then. 0 when no money moved.
    amount: u64,
    /// The ways to settle it.
    actions: Vec<ResolutionView>,
}

/// Why a person must look.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhyView {
    PaymentUnderRegistration,
    AnotherBillingKey,
    TwoPayments,
    RegistrationUnderCharge,
    NotWithBillingKey,
    AnotherAmount,
    PaidElsewhere,
    PaidOnceMore,
    ReviewForgotten,
    ScheduleTakenBack,
    ScheduleWithoutPayment,
    ScheduleStuck,
    ChargeUnknown,
    RefundRefused,
    AnotherAdmin,
    /// `said` has it in words.
    Other,
}

impl From<&Why> for WhyView {
    fn from(why: &Why) -> Self {
        match why {
            Why::PaymentUnderRegistration => Self::PaymentUnderRegistration,
            Why::AnotherBillingKey => Self::AnotherBillingKey,
            Why::TwoPayments => Self::TwoPayments,
            Why::RegistrationUnderCharge => Self::RegistrationUnderCharge,
            Why::NotWithBillingKey => Self::NotWithBillingKey,
            Why::AnotherAmount => Self::AnotherAmount,
            Why::PaidElsewhere => Self::PaidElsewhere,
            Why::PaidOnceMore => Self::PaidOnceMore,
            Why::ReviewForgotten => Self::ReviewForgotten,
            Why::ScheduleTakenBack => Self::ScheduleTakenBack,
            Why::ScheduleWithoutPayment => Self::ScheduleWithoutPayment,
            Why::ScheduleStuck => Self::ScheduleStuck,
            Why::ChargeUnknown => Self::ChargeUnknown,
            Why::RefundRefused => Self::RefundRefused,
            Why::AnotherAdmin => Self::AnotherAdmin,
            Why::Written(_) => Self::Other,
        }
    }
}

/// A payment record at Iamport.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Fact {
    /// Iamport's id.
    imp_uid: String,
    /// What became of it.
    status: RecordStatusView,
    /// What the billing key was used for.
    usage: UsageView,
    /// In won.
    amount: u64,
    /// What was given back of it, in won.
    cancelled: u64,
    /// The currency, if Iamport says it.
    currency: Option<String>,
    /// When it came to its status, if Iamport says it.
    at: Option<Timestamp>,
}

impl ReviewView {
    pub(crate) fn of(uid: &Uid, faces: &Faces, review: &Review) -> Self {
        let asked_by = asker(review);
        let listed = review.facts.iter().map(|record| Fact {
            imp_uid: record.imp_uid.to_string(),
            status: record.status.into(),
            usage: record.usage.into(),
            amount: record.amount.get(),
            cancelled: record.cancelled.get(),
            currency: record.currency.clone(),
            at: record.at,
        });
        Self {
            id: review.id.clone(),
            uid: uid.to_string(),
            who: WhoView::of(faces, uid),
            merchant_uid: review.merchant_uid.to_string(),
            why: (&review.why).into(),
            said: review.why.beside(review.said.as_deref()),
            asked_by: asked_by.map(Uid::to_string),
            asked_by_who: asked_by.and_then(|by| WhoView::of(faces, by)),
            at: review.at,
            facts: listed.collect(),
            amount: review.amount().get(),
            actions: review.actions().into_iter().map(ResolutionView::from).collect(),
        }
    }
}

/// Who asked for what another admin has to agree to.
fn asker(review: &Review) -> Option<&Uid> {
    let due = review.refund.as_ref().filter(|_| review.why == Why::AnotherAdmin);
    due.and_then(|due| due.by.as_ref())
}

/// How a review is to be settled.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ResolveRequest {
    /// One of the review's `actions`.
    action: ResolutionView,
    /// The review's `amount` as it was shown. Has to be said to `accept` and `refund`; if it is another,
    /// nothing is settled.
    amount: Option<u64>,
    /// Why; at most 100 characters, kept in the journal. Has to be said to `refund`.
    reason: Option<String>,
}

/// What was settled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Resolved {
    /// The review.
    id: String,
    /// How.
    action: ResolutionView,
}

/// How much of a payment is given back, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct RefundRequest {
    /// How much, in won: all that is left of it, or a part.
    amount: u64,
    /// All that is left of it, in won, as it was shown: the payment's `amount` less `refunded`. If another amount is left
    /// by now, nothing is given back. Has to be said to give back a part.
    left: Option<u64>,
    /// What Iamport's console is to show; 1 to 100 characters.
    reason: String,
    /// Whether the subscription ends with it, at once.
    #[serde(default)]
    end: bool,
}

/// What only a person can settle.
#[utoipa::path(get, path = "/admin/reviews", tag = "admin", params(Page), security(("firebase" = [])), responses(
    (status = 200, body = Reviews, description = "A page of open reviews"),
    ForAdmins, InPages,
))]
pub(crate) async fn reviews(
    State(app): State<App>,
    desk: Desk,
    Query(page): Query<Page>,
) -> Result<Json<Reviews>, Problem> {
    let (subscriptions, cursor) = app.gudok.reviewing(PAGE, page.cursor.as_deref()).await?;
    let uids: Vec<Uid> = subscriptions.iter().map(|it| it.uid.clone()).collect();
    let mut faces = app.gudok.show(&desk.uid, "reviews", &uids).await?;
    // Who asked is shown as an admin: it is no look at a member.
    let open = subscriptions.iter().flat_map(|it| &it.reviews);
    let askers: Vec<Uid> = open.filter_map(asker).cloned().collect();
    faces.extend(app.gudok.faces(&askers).await);
    let reviews = subscriptions.iter().flat_map(|subscription| {
        let view = |review| ReviewView::of(&subscription.uid, &faces, review);
        subscription.reviews.iter().map(view)
    });
    Ok(Json(Reviews { reviews: reviews.collect(), cursor }))
}

/// Settles a review. Asked again, with whatever action, nothing changes: it is no longer open.
#[utoipa::path(post, path = "/admin/reviews/{id}/resolve", tag = "admin", request_body = ResolveRequest,
    params(("id" = String, Path, description = "The review")), security(("firebase" = [])), responses(
    (status = 200, body = Resolved, description = "Settled; what follows from it is under way"),
    (status = 409, body = Problem, description = "No such review is open, or it is about another amount"),
    (status = 422, body = Problem, description = "This does not settle it"),
    ForAdmins, WithBody,
))]
pub(crate) async fn resolve(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Body(request): Body<ResolveRequest>,
) -> Result<Json<Resolved>, Problem> {
    let reason = request.reason.as_deref().map(crate::reason).transpose()?;
    let shown = request.amount.map(Won::new);
    let action = Resolution::from(request.action);
    match action {
        Resolution::Accept | Resolution::Refund if shown.is_none() => {
            return Err(Problem::about("amount"));
        }
        Resolution::Refund if reason.is_none() => return Err(Problem::about("reason")),
        Resolution::Accept | Resolution::Refund | Resolution::Dismiss | Resolution::LookAgain => {}
    }
    app.gudok.resolve(&admin.uid, &id, action, shown, reason).await?;
    Ok(Json(Resolved { id, action: request.action }))
}

/// Gives back a payment, or a part of it. The subscription and its access stay as they are, unless they are to end with
/// it. Asked again it changes nothing: while it is being given back the answer is the same, and then that another
/// amount is left. More than `second_admin_above` comes before another admin first, as a review, and ends nothing.
#[utoipa::path(post, path = "/admin/payments/{merchant_uid}/refund", tag = "admin", request_body = RefundRequest,
    params(("merchant_uid" = String, Path, description = "The payment's order")), security(("firebase" = [])), responses(
    (status = 200, body = PaymentView, description = "Given back"),
    (status = 202, body = PaymentView, description = "Recorded; it is given back once Iamport answers, or another admin agrees"),
    (status = 404, body = Problem, description = "No payment was made under this order"),
    (status = 409, body = Problem, description = "Another amount is left of it"),
    ForAdmins, WithBody,
))]
pub(crate) async fn refund(
    State(app): State<App>,
    admin: Admin,
    Path(merchant_uid): Path<String>,
    Body(request): Body<RefundRequest>,
) -> Result<(StatusCode, Json<PaymentView>), Problem> {
    let id = MerchantUid::named(&merchant_uid).map_err(|_| Problem::NO_SUCH_PAYMENT)?;
    let (amount, reason) = (Won::new(request.amount), crate::reason(&request.reason)?);
    let shown = request.left.map_or(amount, Won::new);
    let asked = Refunding { amount, shown, reason, end: request.end };
    let payment = app.gudok.refund_payment(&admin.uid, id, asked).await?;
    let left = payment.amount.checked_sub(payment.refunded).unwrap_or(Won::ZERO);
    let given_back = left.checked_add(amount).is_none_or(|were| were <= shown);
    let status = if given_back { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(payment.into())))
}
