//! `POST /subscription/cancel` and `POST /subscription/resume`.

use axum::extract::State;
use axum::{Json, Router, routing::post};
use edge::answers::{ForMembers, WithBody};
use edge::view::SubscriptionView;
use edge::{App, Body, Member, Nothing, Problem};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/subscription/cancel", post(cancel))
        .route("/subscription/resume", post(resume))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(cancel, resume))]
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
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books.settings.catalogue)))
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
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books.settings.catalogue)))
}
