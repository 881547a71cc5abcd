//! `GET /admin/cancellations` and `POST /admin/cancellations/process`: who asked to cancel, and the button
//! that ends what is over. The desk's other routes are in the modules.

mod books;
mod brake;
mod close;
mod figures;
mod found;
mod journal;
mod members;
mod reconcile;
mod reviews;

use axum::extract::State;
use axum::{Json, Router, routing::get, routing::post};
use billing::Uid;
use edge::answers::{ForAdmins, InPages, WithBody};
use edge::view::PaymentView;
use edge::{Admin, App, Body, Desk, Problem, Query};
use flows::{Faces, Revocation};
use found::WhoView;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, OpenApi, ToSchema};

/// How many cancellations a page holds.
const PAGE: u16 = 50;

/// How many members the button shows and ends at once.
const MOST: usize = 200;

/// The longest reason that an admin gives; Iamport's console is sent that of a refund.
const LONGEST_REASON: usize = 100;

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/admin/cancellations", get(cancellations))
        .route("/admin/cancellations/process", post(process))
        .route("/admin/reviews", get(reviews::reviews))
        .route("/admin/reviews/{id}/resolve", post(reviews::resolve))
        .route("/admin/payments/{merchant_uid}/refund", post(reviews::refund))
        .route("/admin/find", get(found::find))
        .route("/admin/standing", get(found::standing))
        .route("/admin/members", get(found::members))
        .route("/admin/members/{uid}", get(members::member))
        .route("/admin/members/{uid}/forecast", get(members::forecast))
        .route("/admin/members/{uid}/acts", post(members::act_for))
        .route("/admin/members/{uid}/erase", post(members::erase_for))
        .route("/admin/checkouts", get(brake::checkouts).post(brake::pause))
        .route("/admin/figures", get(figures::figures))
        .route("/admin/books/{book}", post(books::book))
        .route("/admin/close", post(close::close))
        .route("/admin/reconcile", post(reconcile::reconcile))
        .route("/admin/reconcile/{id}", get(reconcile::reconciliation))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    cancellations,
    process,
    reviews::reviews,
    reviews::resolve,
    reviews::refund,
    found::find,
    found::standing,
    found::members,
    members::member,
    members::forecast,
    members::act_for,
    members::erase_for,
    brake::checkouts,
    brake::pause,
    figures::figures,
    books::book,
    close::close,
    reconcile::reconcile,
    reconcile::reconciliation
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
    /// Who that is.
    who: Option<WhoView>,
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

/// Whether to do it, and to whom, or only say what would be done.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProcessRequest {
    /// Only say what would be done. Has to be said.
    dry_run: bool,
    /// The members whose access is to be ended, as a dry run showed them; at most 200, and nobody else is
    /// touched. Has to be said unless it is a dry run, which shows all and takes none.
    #[schema(value_type = Option<Vec<String>>, max_items = 200)]
    uids: Option<BTreeSet<Uid>>,
}

/// What was done, or would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Processed {
    /// Whether it was only said.
    dry_run: bool,
    /// Whose access was, or would be, taken away; a dry run shows at most 200.
    revocations: Vec<RevocationView>,
    /// How many more a dry run found than it shows.
    more: usize,
    /// Those named whose access is not over (any more): nothing was done.
    not_over: Vec<String>,
    /// Those named whose access is over and was not ended: there was no time, or something did not answer.
    left: Vec<String>,
}

/// Why access is over: it was asked to cancel, or the card kept failing.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReasonView {
    /// It was asked to cancel.
    Cancelled,
    /// The card kept failing.
    Unpaid,
}

/// Access that is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevocationView {
    /// Whose.
    uid: String,
    /// Who that is.
    who: Option<WhoView>,
    /// Why it is over.
    reason: RevocationReasonView,
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
    ForAdmins, InPages,
))]
async fn cancellations(
    State(app): State<App>,
    desk: Desk,
    Query(page): Query<Page>,
) -> Result<Json<Cancellations>, Problem> {
    let (requests, cursor) = app.gudok.cancellations(PAGE, page.cursor.as_deref()).await?;
    let uids: Vec<Uid> = requests.iter().map(|it| it.subscription.uid.clone()).collect();
    let faces = app.gudok.show(&desk.uid, "cancellations", &uids).await?;
    let cancellations = requests.into_iter().map(|request| CancellationView {
        uid: request.subscription.uid.to_string(),
        who: WhoView::of(&faces, &request.subscription.uid),
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

/// The button: takes access away from the members named, where it is over.
#[utoipa::path(post, path = "/admin/cancellations/process", tag = "admin", request_body = ProcessRequest, security(("firebase" = [])), responses(
    (status = 200, body = Processed, description = "What was done, or would be"),
    ForAdmins, WithBody,
))]
async fn process(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<ProcessRequest>,
) -> Result<Json<Processed>, Problem> {
    let dry_run = request.dry_run;
    Ok(Json(match request.uids {
        None if dry_run => {
            let over = app.gudok.would_process().await?;
            let more = over.len().saturating_sub(MOST);
            let revocations = shown(&app, &admin, over).await?;
            Processed { dry_run, revocations, more, not_over: Vec::new(), left: Vec::new() }
        }
        Some(uids) if !dry_run && uids.len() <= MOST => {
            let done = app.gudok.process(&admin.uid, uids).await?;
            let names = |uids: Vec<Uid>| uids.into_iter().map(String::from).collect();
            let revocations = shown(&app, &admin, done.revocations).await?;
            let (not_over, left) = (names(done.not_over), names(done.left));
            Processed { dry_run, revocations, more: 0, not_over, left }
        }
        None | Some(_) => return Err(Problem::about("uids")),
    }))
}

/// A reason that an admin gave, if it is one.
fn reason(said: &str) -> Result<&str, Problem> {
    let is_one = !said.trim().is_empty() && said.chars().count() <= LONGEST_REASON;
    is_one.then_some(said).ok_or_else(|| Problem::about("reason"))
}

/// As many as are shown, and who they are.
async fn shown(
    app: &App,
    admin: &Admin,
    mut revocations: Vec<Revocation>,
) -> Result<Vec<RevocationView>, Problem> {
    revocations.truncate(MOST);
    let uids: Vec<Uid> = revocations.iter().map(|it| it.uid.clone()).collect();
    let faces = app.gudok.show(&admin.uid, "process", &uids).await?;
    let views = revocations.iter().map(|revocation| RevocationView::of(revocation, &faces));
    Ok(views.collect())
}

impl RevocationView {
    fn of(revocation: &Revocation, faces: &Faces) -> Self {
        Self {
            uid: revocation.uid.to_string(),
            who: WhoView::of(faces, &revocation.uid),
            reason: if revocation.cancelled {
                RevocationReasonView::Cancelled
            } else {
                RevocationReasonView::Unpaid
            },
            paid_through: revocation.paid_through,
            due_since: revocation.due_since,
            revoked_at: revocation.revoked_at,
        }
    }
}
