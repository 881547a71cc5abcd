//! `POST /admin/close`: a month's payments by our books against those at Iamport.

use axum::Json;
use axum::extract::State;
use edge::answers::{ForAdmins, WithBody};
use edge::{Admin, App, Body, Problem};
use flows::{CloseDifference, CloseKind, CloseSlice, Sums};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// So many payments of either side are compared for an answer.
const MOST: usize = 2_000;

/// Which month, and which slice of it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct CloseRequest {
    /// The month in Korea, `2026-11`; this one as far as it has come.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    month: String,
    /// The `next` of the slice before.
    after: Option<Timestamp>,
}

/// A slice of a month. The sums of all slices are the month's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CloseView {
    /// Payments of it by our books.
    ours: SumsView,
    /// Payments of it by Iamport's.
    theirs: SumsView,
    /// How many payments differ.
    differing: usize,
    /// The first of them, at most 100.
    differences: Vec<CloseDifferenceView>,
    /// Rows that could not be read or looked up.
    troubled: usize,
    /// Where the next slice begins; absent after the last.
    next: Option<Timestamp>,
}

/// Payments in sums.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SumsView {
    /// How many.
    payments: u64,
    /// How much was charged, in won.
    paid: u64,
    /// How much of that was given back until now, in won.
    refunded: u64,
}

/// In what a payment differs.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CloseKindView {
    /// Our books do not have it.
    OnlyAtIamport,
    /// Iamport does not know it.
    OnlyHere,
    /// Another amount was charged.
    Amount,
    /// Another amount was given back.
    Refunded,
}

/// A payment that differs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CloseDifferenceView {
    /// In what.
    kind: CloseKindView,
    /// Iamport's id.
    imp_uid: String,
    /// The order.
    merchant_uid: String,
    /// When it was paid.
    paid_at: Timestamp,
    /// What our books say of that in which it differs, in won.
    here: Option<u64>,
    /// What Iamport says.
    there: Option<u64>,
}

/// Compares a slice of a month: as much as can be in a moment. It changes nothing; what differs is mended by a
/// reconciliation.
#[utoipa::path(post, path = "/admin/close", tag = "admin", request_body = CloseRequest, security(("firebase" = [])), responses(
    (status = 200, body = CloseView, description = "A slice of the month"),
    (status = 422, body = Problem, description = "Not a month of the last five years until this one"),
    ForAdmins, WithBody,
))]
pub(crate) async fn close(
    State(app): State<App>,
    _: Admin,
    Body(request): Body<CloseRequest>,
) -> Result<Json<CloseView>, Problem> {
    let first = format!("{}-01", request.month);
    let first: Option<Date> = first.parse().ok().filter(|date: &Date| date.to_string() == first);
    let first = first.ok_or_else(|| Problem::about("month"))?;
    Ok(Json(app.gudok.close(first, request.after, MOST).await?.into()))
}

impl From<CloseSlice> for CloseView {
    fn from(slice: CloseSlice) -> Self {
        Self {
            ours: slice.ours.into(),
            theirs: slice.theirs.into(),
            differing: slice.differing,
            differences: slice.differences.into_iter().map(Into::into).collect(),
            troubled: slice.troubled,
            next: slice.next,
        }
    }
}

impl From<Sums> for SumsView {
    fn from(Sums { payments, paid, refunded }: Sums) -> Self {
        Self { payments, paid: paid.get(), refunded: refunded.get() }
    }
}

impl From<CloseDifference> for CloseDifferenceView {
    fn from(difference: CloseDifference) -> Self {
        Self {
            kind: match difference.kind {
                CloseKind::OnlyAtIamport => CloseKindView::OnlyAtIamport,
                CloseKind::OnlyHere => CloseKindView::OnlyHere,
                CloseKind::Amount => CloseKindView::Amount,
                CloseKind::Refunded => CloseKindView::Refunded,
            },
            imp_uid: difference.imp_uid.to_string(),
            merchant_uid: difference.merchant_uid.to_string(),
            paid_at: difference.paid_at,
            here: difference.here.map(billing::Won::get),
            there: difference.there.map(billing::Won::get),
        }
    }
}
