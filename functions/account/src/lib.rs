//! `GET /plans`, `GET /subscription`, `GET /payments`.

use axum::extract::State;
use axum::{Json, Router, routing::get};
use edge::answers::{ForMembers, InPages};
use edge::view::{PaymentView, PlanView, SubscriptionView};
use edge::{Member, Problem, Query, Reader};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// How many payments a page holds.
const PAGE: u16 = 20;

/// The routes of this function.
pub fn router() -> Router<Reader> {
    Router::new()
        .route("/plans", get(plans))
        .route("/subscription", get(subscription))
        .route("/payments", get(payments))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(plans, subscription, payments))]
pub struct Api;

/// What is on offer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    /// The plans.
    plans: Vec<PlanView>,
    /// The version of the terms to agree to.
    terms_version: String,
    /// The date, in Korea, of the first charge of who subscribes now.
    first_payment_date: Date,
    /// The date, in Korea, of the charge after it.
    second_payment_date: Date,
}

/// A page of payments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Payments {
    /// Newest first.
    payments: Vec<PaymentView>,
    /// Where the next page begins; absent on the last.
    cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub struct Page {
    /// The `cursor` of the page before.
    cursor: Option<String>,
}

/// What can be subscribed to. Open to everyone.
#[utoipa::path(get, path = "/plans", tag = "member", responses((status = 200, body = Offer, description = "The plans")))]
async fn plans(State(reader): State<Reader>) -> Json<Offer> {
    let catalogue = &reader.books.settings.catalogue;
    let today = reader.books.today();
    Json(Offer {
        plans: catalogue.plans.iter().map(|plan| PlanView::on(plan, today)).collect(),
        terms_version: catalogue.terms_version.clone(),
        first_payment_date: today,
        second_payment_date: billing::period_start(today, 1),
    })
}

/// The member's subscription.
#[utoipa::path(get, path = "/subscription", tag = "member", security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "The subscription; `none` if there never was one"),
    ForMembers,
))]
async fn subscription(
    State(reader): State<Reader>,
    member: Member,
) -> Result<Json<SubscriptionView>, Problem> {
    let overview = reader.books.overview(&member.uid).await?;
    Ok(Json(SubscriptionView::of(overview, &reader.books)))
}

/// The member's payments, newest first.
#[utoipa::path(get, path = "/payments", tag = "member", params(Page), security(("firebase" = [])), responses(
    (status = 200, body = Payments, description = "A page of payments"),
    ForMembers, InPages,
))]
async fn payments(
    State(reader): State<Reader>,
    member: Member,
    Query(page): Query<Page>,
) -> Result<Json<Payments>, Problem> {
    let (payments, cursor) =
        reader.books.payments(&member.uid, PAGE, page.cursor.as_deref()).await?;
    Ok(Json(Payments { payments: payments.into_iter().map(PaymentView::from).collect(), cursor }))
}
