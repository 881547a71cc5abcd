//! `POST /subscription/cancel`, `POST /subscription/resume` and `POST /subscription/erase`.

use axum::extract::State;
use axum::{Json, Router, routing::post};
use edge::answers::{ForMembers, WithBody};
use edge::view::SubscriptionView;
use edge::{App, Body, FreshMember, Member, Nothing, Problem};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/subscription/cancel", post(cancel))
        .route("/subscription/resume", post(resume))
        .route("/subscription/erase", post(erase))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(cancel, resume, erase))]
pub struct Api;

/// What the member was shown.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct CancelRequest {
    /// The date that was shown as the last one of access. If it is another by now, nothing is cancelled.
    paid_through: Option<Date>,
}

/// Cancels: the next charge is stopped, nothing is given back, access stays until the paid-through date.
/// Asked again it changes nothing.
#[utoipa::path(post, path = "/subscription/cancel", tag = "member", request_body = Option<CancelRequest>, security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "Cancelled"),
    (status = 409, body = Problem, description = "There is no subscription to cancel, or it is paid through another date"),
    ForMembers, WithBody,
    (status = 503, body = Problem, description = "Temporarily unavailable; nothing was recorded"),
))]
async fn cancel(
    State(app): State<App>,
    member: Member,
    Body(request): Body<CancelRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let overview = app.gudok.cancel(&member.uid, request.paid_through).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}

/// Takes a cancellation back, until the end of the paid-through date in Korea. Asked again it changes
/// nothing.
#[utoipa::path(post, path = "/subscription/resume", tag = "member", security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "The subscription goes on"),
    (status = 409, body = Problem, description = "Too late, or there is no subscription"),
    ForMembers, WithBody,
    (status = 503, body = Problem, description = "Temporarily unavailable; nothing was recorded"),
))]
async fn resume(
    State(app): State<App>,
    member: Member,
    _: Body<Nothing>,
) -> Result<Json<SubscriptionView>, Problem> {
    let overview = app.gudok.resume(&member.uid).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}

/// What the member was shown.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct EraseRequest {
    /// The date that was shown as the last one of access, which is given up. If it is another by now, nothing is done.
    paid_through: Option<Date>,
}

/// Has everything of the member erased (회원 탈퇴), the account too: what goes on is cancelled, access ends at once,
/// nothing is given back, and it cannot be taken back. What the law has us keep is kept for five years under no name.
/// It is done within minutes, or as soon as nothing is open any more. Asked again it changes nothing.
#[utoipa::path(post, path = "/subscription/erase", tag = "member", request_body = EraseRequest, security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "It is being done"),
    (status = 403, body = Problem, description = "The sign-in is older than ten minutes"),
    (status = 409, body = Problem, description = "Nothing is stored, it is paid through another date, or the member is an admin"),
    ForMembers, WithBody,
    (status = 503, body = Problem, description = "Temporarily unavailable; nothing was recorded"),
))]
async fn erase(
    State(app): State<App>,
    member: FreshMember,
    Body(request): Body<EraseRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let overview = app.gudok.erase(&member.uid, request.paid_through).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}
