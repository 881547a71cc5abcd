//! `POST /checkout`, `POST /checkout/{merchant_uid}/complete`, `POST /subscription/card`,
//! `POST /subscription/card/expiry`, `POST /subscription/consent`.
//!
//! A checkout registers a card in Inicis' window; that is no payment, whatever its record looks like. Only
//! when the registration is seen at Iamport is the first month charged.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use billing::{Chosen, MerchantUid, PlanId, Won};
use edge::answers::{ForMembers, WithBody};
use edge::view::SubscriptionView;
use edge::{App, Body, FromOurApp, Member, Nothing, Problem};
use flows::{Completion, OpenedCheckout};
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/checkout", post(open))
        .route("/checkout/{merchant_uid}/complete", post(complete))
        .route("/subscription/card", post(change_card))
        .route("/subscription/card/expiry", post(card_expires))
        .route("/subscription/consent", post(agree))
        .route("/subscription/retry", post(retry))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(open, complete, change_card, card_expires, agree, retry))]
pub struct Api;

/// What is to be subscribed to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct OpenRequest {
    /// The plan.
    #[schema(value_type = String, examples("monthly"))]
    plan: PlanId,
    /// What the member agreed to.
    consent: ConsentRequest,
}

/// What the member agreed to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ConsentRequest {
    /// The version of the terms that was shown.
    #[schema(examples("2026-01"))]
    version: String,
    /// The monthly price in won that was shown. If it is another by now, nothing is opened.
    price: Option<u64>,
}

/// Until when the card can be charged.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ExpiryRequest {
    /// The card's last month, as printed on it: year and month.
    #[schema(examples("2029-05"), pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    month: String,
}

/// The price that the member agrees to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct AgreeRequest {
    /// The monthly price in won, as `GET /subscription` shows it under `price_change`.
    price: u64,
    /// The version of the terms shown.
    version: String,
}

/// An opened card registration.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Opened {
    /// Its order.
    merchant_uid: String,
    /// What to pass to `IMP.request_pay`.
    request_pay: RequestPay,
}

/// The arguments of `IMP.request_pay` that make Inicis' window register a card.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequestPay {
    /// The PG and its MID.
    pg: String,
    /// What to pay with.
    pay_method: PayMethod,
    /// The order.
    merchant_uid: String,
    /// What the window says is being done.
    name: String,
    /// The price the window shows, in won. Nothing is charged by it.
    amount: u64,
    /// The billing key to be; that it is here is what makes it a registration.
    customer_uid: String,
    /// The member's e-mail address, or one of ours: Inicis' window does not open without.
    buyer_email: String,
    /// Inicis' window does not open without a name. The app may put the member's own here.
    buyer_name: String,
    /// Inicis' window does not open without a number. The app may put the member's own here.
    buyer_tel: String,
    /// Where Iamport tells of the registration.
    notice_url: String,
    /// Where a phone returns to.
    m_redirect_url: String,
}

/// What to pay with: a card, the only one that Inicis registers.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMethod {
    /// A card.
    Card,
}

impl Opened {
    fn new(opened: OpenedCheckout, member: &Member) -> Self {
        let registration = opened.registration;
        Self {
            merchant_uid: registration.merchant_uid.to_string(),
            request_pay: RequestPay {
                pg: opened.pg,
                pay_method: PayMethod::Card,
                merchant_uid: registration.merchant_uid.to_string(),
                name: opened.name,
                amount: registration.amount.get(),
                customer_uid: registration.customer_uid.to_string(),
                buyer_email: member.email.clone().or(opened.buyer.email).unwrap_or_default(),
                buyer_name: opened.buyer.name.unwrap_or_default(),
                buyer_tel: opened.buyer.tel.unwrap_or_default(),
                notice_url: opened.notice_url,
                m_redirect_url: opened.redirect_url,
            },
        }
    }
}

/// Opens a checkout: what to show Inicis' window, in which the member registers a card.
#[utoipa::path(post, path = "/checkout", tag = "member",
    params(("X-Firebase-AppCheck" = Option<String>, Header, description = "An App Check token, where `APP_CHECK` asks for one")),
    request_body = OpenRequest, security(("firebase" = [])), responses(
    (status = 201, body = Opened, description = "The registration is stored; show the window"),
    (status = 409, body = Problem, description = "There is a subscription, or a payment is being confirmed"),
    (status = 422, body = Problem, description = "No such plan, or another price or other terms are in force"),
    (status = 403, body = Problem, description = "The app or the e-mail address is not verified"),
    (status = 429, body = Problem, description = "Too many cards were declined, or windows opened"),
    (status = 503, body = Problem, description = "New checkouts are paused, or something does not answer"),
    ForMembers, WithBody,
))]
async fn open(
    State(app): State<App>,
    member: Member,
    _: FromOurApp,
    Body(request): Body<OpenRequest>,
) -> Result<(StatusCode, Json<Opened>), Problem> {
    if app.gudok.books.settings.verified_email && !member.email_verified {
        return Err(Problem::EMAIL_NOT_VERIFIED);
    }
    let offered = app.gudok.books.settings.catalogue.plan(&request.plan);
    let offered = offered.map(|plan| plan.price_on(app.gudok.books.today()).get());
    if request.consent.price.is_some_and(|shown| offered.is_some_and(|offered| shown != offered)) {
        return Err(Problem::ANOTHER_PRICE);
    }
    let chosen = Chosen { plan: &request.plan, terms_version: &request.consent.version };
    let opened = app.gudok.open_checkout(&member.uid, chosen).await?;
    Ok((StatusCode::CREATED, Json(Opened::new(opened, &member))))
}

/// Registers another card for a subscription that goes on.
#[utoipa::path(post, path = "/subscription/card", tag = "member",
    params(("X-Firebase-AppCheck" = Option<String>, Header, description = "An App Check token, where `APP_CHECK` asks for one")),
    security(("firebase" = [])), responses(
    (status = 201, body = Opened, description = "The registration is stored; show the window"),
    (status = 403, body = Problem, description = "The app is not verified"),
    (status = 409, body = Problem, description = "There is no subscription"),
    (status = 429, body = Problem, description = "Too many cards were declined, or windows opened"),
    ForMembers, WithBody,
))]
async fn change_card(
    State(app): State<App>,
    member: Member,
    _: FromOurApp,
    _: Body<Nothing>,
) -> Result<(StatusCode, Json<Opened>), Problem> {
    let opened = app.gudok.open_card_change(&member.uid).await?;
    Ok((StatusCode::CREATED, Json(Opened::new(opened, &member))))
}

/// Notes until when the member's card can be charged, which Iamport does not tell; it is announced a month
/// before. Said again it changes nothing.
#[utoipa::path(post, path = "/subscription/card/expiry", tag = "member", request_body = ExpiryRequest, security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "Noted"),
    (status = 409, body = Problem, description = "There is no subscription"),
    (status = 422, body = Problem, description = "The month is over"),
    ForMembers, WithBody,
))]
async fn card_expires(
    State(app): State<App>,
    member: Member,
    Body(request): Body<ExpiryRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let first = match request.month.as_bytes() {
        [b'0'..=b'9', _, _, _, b'-', _, _] => format!("{}-01", request.month).parse::<Date>(),
        _ => return Err(Problem::MALFORMED),
    };
    let expires = first.map_err(|_| Problem::MALFORMED)?.last_of_month();
    let overview = app.gudok.card_expires(&member.uid, expires).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}

/// Agrees to the price that the member was asked about. Asked again it changes nothing.
#[utoipa::path(post, path = "/subscription/consent", tag = "member", request_body = AgreeRequest, security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "The consent is stored; the next period is charged at this price"),
    (status = 409, body = Problem, description = "Nothing is asked, it is too late, or there is no subscription"),
    (status = 422, body = Problem, description = "Another price, or other terms are in force"),
    ForMembers, WithBody,
))]
async fn agree(
    State(app): State<App>,
    member: Member,
    Body(request): Body<AgreeRequest>,
) -> Result<Json<SubscriptionView>, Problem> {
    let price = Won::new(request.price);
    let overview = app.gudok.agree(&member.uid, price, &request.version).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}

/// Tries the charge that failed again, at once, as often as it is tried by itself (`may_retry`). Asked while it is being
/// tried it changes nothing. What came of it is in the answer: the state is `active` if it was paid, and `pending` says
/// that it is not known yet.
#[utoipa::path(post, path = "/subscription/retry", tag = "member", security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "It was tried, or is being tried"),
    (status = 409, body = Problem, description = "Nothing has failed, the card will not work again, or a person has to look"),
    (status = 429, body = Problem, description = "It was tried too often"),
    ForMembers, WithBody,
))]
async fn retry(
    State(app): State<App>,
    member: Member,
    _: Body<Nothing>,
) -> Result<Json<SubscriptionView>, Problem> {
    let overview = app.gudok.try_again(&member.uid).await?;
    Ok(Json(SubscriptionView::of(overview, &app.gudok.books)))
}

/// Looks what came of a registration and goes on from there. What the window said is not asked for: Iamport is.
/// Safe to repeat; ask again after a 202.
#[utoipa::path(post, path = "/checkout/{merchant_uid}/complete", tag = "member",
    params(("merchant_uid" = String, Path, description = "The order")), security(("firebase" = [])), responses(
    (status = 200, body = SubscriptionView, description = "The first charge is recorded, or the new card is in use"),
    (status = 202, body = SubscriptionView, description = "Not known yet: ask again"),
    (status = 402, body = Problem, description = "No card was registered, or the charge was declined"),
    (status = 404, body = Problem, description = "No such order of yours"),
    (status = 409, body = Problem, description = "A person has to look at it"),
    (status = 429, body = Problem, description = "Too many cards were declined: this one was not taken"),
    ForMembers, WithBody,
))]
async fn complete(
    State(app): State<App>,
    member: Member,
    Path(merchant_uid): Path<String>,
    _: Body<Nothing>,
) -> Result<Response, Problem> {
    let id: MerchantUid = merchant_uid.parse().map_err(|_| Problem::NO_SUCH_ORDER)?;
    let (status, overview) = match app.gudok.complete(&member.uid, id).await? {
        Completion::Done(overview) => (StatusCode::OK, overview),
        Completion::Pending(overview) => (StatusCode::ACCEPTED, overview),
        Completion::NotRegistered => return Err(Problem::NOT_REGISTERED),
        Completion::Declined(decline) => return Err(Problem::declined(&decline)),
        Completion::UnderReview => return Err(Problem::UNDER_REVIEW),
    };
    Ok((status, Json(SubscriptionView::of(*overview, &app.gudok.books))).into_response())
}
