//! `POST /admin/reconcile`: our books against Iamport's.

use axum::Json;
use axum::extract::State;
use edge::answers::{ForAdmins, WithBody};
use edge::words::FindingKindView;
use edge::{Admin, App, Body, Problem};
use flows::{Finding, Reconciliation};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Which days, and whether to put right what differs.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ReconcileRequest {
    /// The first day, in Korea, of the payments to compare.
    from: Date,
    /// The last; at most 90 days in all, and not after today.
    to: Date,
    /// Only say what differs. Has to be said.
    dry_run: bool,
}

/// What differs, and what was put right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// When it began.
    at: Timestamp,
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// Whether it was only said.
    dry_run: bool,
    /// Records of ours that Iamport listed for those days.
    payments: usize,
    /// Schedules of ours that stand at Iamport.
    schedules: usize,
    /// Members whose schedules were looked for.
    members: usize,
    /// How many differences of each kind there were.
    found: BTreeMap<FindingKindView, usize>,
    /// How many of them were put right.
    mended: usize,
    /// The differences, at most 200.
    findings: Vec<FindingView>,
}

/// A difference.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// What differs.
    kind: FindingKindView,
    /// The order; absent for a payment that only we know, and for what concerns no order.
    merchant_uid: Option<String>,
    /// Whose, where that is known.
    uid: Option<String>,
    /// The facts.
    what: String,
    /// Whether it was put right.
    mended: bool,
}

/// Compares our books with Iamport's, and puts right what can be.
#[utoipa::path(post, path = "/admin/reconcile", tag = "admin", request_body = ReconcileRequest, security(("firebase" = [])), responses(
    (status = 200, body = ReconciliationView, description = "What differs, and what was put right"),
    (status = 422, body = Problem, description = "Not a range of at most 90 days until today"),
    ForAdmins, WithBody,
))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<ReconcileRequest>,
) -> Result<Json<ReconciliationView>, Problem> {
    let days = request.from..=request.to;
    let done = Box::pin(app.gudok.reconcile(days, request.dry_run, Some(&admin.uid), None)).await?;
    Ok(Json(done.into()))
}

impl From<Reconciliation> for ReconciliationView {
    fn from(done: Reconciliation) -> Self {
        Self {
            at: done.at,
            from: done.from,
            to: done.to,
            dry_run: done.dry_run,
            payments: done.payments,
            schedules: done.schedules,
            members: done.members,
            found: done.found.into_iter().map(|(kind, count)| (kind.into(), count)).collect(),
            mended: done.mended,
            findings: done.findings.into_iter().map(FindingView::from).collect(),
        }
    }
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        Self {
            kind: finding.kind.into(),
            merchant_uid: finding.merchant_uid.map(|id| id.to_string()),
            uid: finding.uid.map(|uid| uid.to_string()),
            what: finding.what,
            mended: finding.mended,
        }
    }
}
