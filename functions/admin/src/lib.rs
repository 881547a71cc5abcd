//! `GET /admin/cancellations` and `POST /admin/cancellations/process`: who asked to cancel, and the button
//! that ends what is over. The desk's other routes are in the modules.

mod figures;
mod members;
mod reconcile;
mod reviews;

use axum::extract::State;
use axum::{Json, Router, routing::get, routing::post};
use edge::view::PaymentView;
use edge::{Admin, App, Body, Problem, Query};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// How many cancellations a page holds.
const PAGE: u16 = 50;

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/admin/cancellations", get(cancellations))
        .route("/admin/cancellations/process", post(process))
        .route("/admin/reviews", get(reviews::reviews))
        .route("/admin/reviews/{id}/resolve", post(reviews::resolve))
        .route("/admin/payments/{merchant_uid}/refund", post(reviews::refund))
        .route("/admin/members/{uid}", get(members::member))
        .route("/admin/members/{uid}/forecast", get(members::forecast))
        .route("/admin/figures", get(figures::figures))
        .route("/admin/reconcile", post(reconcile::reconcile))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    cancellations,
    process,
    reviews::reviews,
    reviews::resolve,
    reviews::refund,
    members::member,
    members::forecast,
    figures::figures,
    reconcile::reconcile
))]
pub struct Api;

/// A page of cancellations that were asked for and not carried out yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Cancellations {
    /// Oldest first.
    cancellations: Vec<CancellationView>,
    /// Where the next page begins; absent on the last.
    cursor: Option<String>,
}

/// A cancellation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CancellationView {
    /// Whose.
    uid: String,
    /// When it was asked for.
    cancel_requested_at: Option<Timestamp>,
    /// The latest payment.
    latest_payment: Option<PaymentView>,
    /// The date, in Korea, of the payment that will not be made: until when access lasts.
    next_payment_date: Option<Date>,
    /// Whether that date has passed, so that the button would end it.
    is_due: bool,
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub struct Page {
    /// The `cursor` of the page before.
    cursor: Option<String>,
}

/// Whether to do it or only say what would be done.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProcessRequest {
    /// Only say what would be done. Has to be said.
    dry_run: bool,
}

/// What was done, or would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Processed {
    /// Whether it was only said.
    dry_run: bool,
    /// Whose access was, or would be, taken away.
    revocations: Vec<RevocationView>,
}

/// Access that is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevocationView {
    /// Whose.
    uid: String,
    /// `cancelled`, or `unpaid` when the card kept failing.
    reason: &'static str,
    /// The last date, in Korea, that was paid for.
    paid_through: Date,
    /// When access was to end.
    due_since: Timestamp,
    /// When it was taken away; absent in a dry run.
    revoked_at: Option<Timestamp>,
}

/// Who asked to cancel.
#[utoipa::path(get, path = "/admin/cancellations", tag = "admin", params(Page), security(("firebase" = [])), responses(
    (status = 200, body = Cancellations, description = "A page of cancellations"),
    (status = 400, body = Problem, description = "The cursor is none of ours"),
    (status = 401, body = Problem, description = "Not signed in"),
    (status = 403, body = Problem, description = "Not an admin"),
    (status = 503, body = Problem, description = "Something did not answer"),
))]
async fn cancellations(
    State(app): State<App>,
    _: Admin,
    Query(page): Query<Page>,
) -> Result<Json<Cancellations>, Problem> {
    let (requests, cursor) = app.gudok.cancellations(PAGE, page.cursor.as_deref()).await?;
    let cancellations = requests.into_iter().map(|request| CancellationView {
        uid: request.subscription.uid.to_string(),
        cancel_requested_at: request
            .subscription
            .cancellation
            .as_ref()
            .map(|wish| wish.requested_at),
        latest_payment: request.latest_payment.map(PaymentView::from),
        next_payment_date: request.subscription.paid_through(),
        is_due: request.is_due,
    });
    Ok(Json(Cancellations { cancellations: cancellations.collect(), cursor }))
}

/// The button: takes access away where it is over.
#[utoipa::path(post, path = "/admin/cancellations/process", tag = "admin", request_body = ProcessRequest, security(("firebase" = [])), responses(
    (status = 200, body = Processed, description = "What was done, or would be"),
    (status = 400, body = Problem, description = "The request cannot be read"),
    (status = 401, body = Problem, description = "Not signed in"),
    (status = 403, body = Problem, description = "Not an admin"),
    (status = 413, body = Problem, description = "The body is too large"),
    (status = 503, body = Problem, description = "Something did not answer"),
))]
async fn process(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<ProcessRequest>,
) -> Result<Json<Processed>, Problem> {
    let revocations = app.gudok.process(&admin.uid, request.dry_run).await?;
    let revocations = revocations.into_iter().map(|revocation| RevocationView {
        uid: revocation.uid.to_string(),
        reason: if revocation.cancelled { "cancelled" } else { "unpaid" },
        paid_through: revocation.paid_through,
        due_since: revocation.due_since,
        revoked_at: revocation.revoked_at,
    });
    Ok(Json(Processed { dry_run: request.dry_run, revocations: revocations.collect() }))
}
