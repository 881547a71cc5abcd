//! `POST /admin/reconcile` and how far it has come: our books against Iamport's.

use crate::found::WhoView;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use billing::Uid;
use edge::answers::{ForAdmins, WithBody};
use edge::words::FindingKindView;
use edge::{Admin, App, Body, Desk, Problem};
use flows::{Faces, Finding, Part, Reconciliation};
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

/// The longest id of a reconciliation.
const LONGEST_ID: usize = 40;

/// What a reconciliation is at.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartView {
    /// What members were answered, and their accounts.
    Members,
    /// Payments and billing keys.
    Payments,
    /// Schedules.
    Schedules,
}

/// What differs so far, and what was put right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// Which: with it, it is asked for again. That of a night has its date in Korea.
    id: String,
    /// What it is at; absent once all was compared.
    part: Option<PartView>,
    /// Until when schedules are compared, as far as it has come with them.
    schedules_until: Option<Timestamp>,
    /// When it had come so far. A part of many members takes minutes.
    stored_at: Timestamp,
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
    /// What could not be compared: something did not answer for it, or a row cannot be read.
    troubled: usize,
    /// The first differences of each kind, at most 50.
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
    /// Who that is.
    who: Option<WhoView>,
    /// The facts.
    what: String,
    /// Whether it was put right.
    mended: bool,
}

/// Begins to compare our books with Iamport's, and to put right what can be. It takes seconds, or minutes where there are
/// many members: ask for it by its id.
#[utoipa::path(post, path = "/admin/reconcile", tag = "admin", request_body = ReconcileRequest, security(("firebase" = [])), responses(
    (status = 202, body = ReconciliationView, description = "Begun"),
    (status = 422, body = Problem, description = "Not a range of at most 90 days until today"),
    ForAdmins, WithBody,
))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<ReconcileRequest>,
) -> Result<(StatusCode, Json<ReconciliationView>), Problem> {
    let days = request.from..=request.to;
    let begun = app.gudok.begin_reconciliation(days, request.dry_run, &admin.uid).await?;
    // What was only begun found nothing yet.
    Ok((StatusCode::ACCEPTED, Json(ReconciliationView::of(begun, &Faces::new()))))
}

/// How far a reconciliation has come: an admin's, or that of a night by its date. It is kept for 30 days.
#[utoipa::path(get, path = "/admin/reconcile/{id}", tag = "admin",
    params(("id" = String, Path, description = "Which, or the date of a night")), security(("firebase" = [])), responses(
    (status = 200, body = ReconciliationView, description = "As far as it has come"),
    (status = 404, body = Problem, description = "There is none of that id, or none any more"),
    ForAdmins,
))]
pub(crate) async fn reconciliation(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
) -> Result<Json<ReconciliationView>, Problem> {
    if id.len() > LONGEST_ID {
        return Err(Problem::NOT_FOUND);
    }
    let found = app.gudok.reconciliation(&id).await.map_err(flows::Error::from)?;
    let found = found.ok_or(Problem::NOT_FOUND)?;
    let uids: Vec<Uid> = found.findings.iter().filter_map(|it| it.uid.clone()).collect();
    let faces = app.gudok.show(&desk.uid, "reconciliation", &uids).await?;
    Ok(Json(ReconciliationView::of(found, &faces)))
}

impl ReconciliationView {
    fn of(done: Reconciliation, faces: &Faces) -> Self {
        let (part, schedules_until) = match done.next {
            None => (None, None),
            Some(Part::Members) => (Some(PartView::Members), None),
            Some(Part::Payments) => (Some(PartView::Payments), None),
            Some(Part::Schedules { due_from }) => (Some(PartView::Schedules), due_from),
        };
        Self {
            id: done.id,
            part,
            schedules_until,
            stored_at: done.stored_at,
            at: done.at,
            from: done.from,
            to: done.to,
            dry_run: done.dry_run,
            payments: done.payments,
            schedules: done.schedules,
            members: done.members,
            found: done.found.into_iter().map(|(kind, count)| (kind.into(), count)).collect(),
            mended: done.mended,
            troubled: done.troubled,
            findings: done.findings.into_iter().map(|it| FindingView::of(it, faces)).collect(),
        }
    }
}

impl FindingView {
    fn of(finding: Finding, faces: &Faces) -> Self {
        Self {
            who: finding.uid.as_ref().and_then(|uid| WhoView::of(faces, uid)),
            kind: finding.kind.into(),
            merchant_uid: finding.merchant_uid.map(|id| id.to_string()),
            uid: finding.uid.map(|uid| uid.to_string()),
            what: finding.what,
            mended: finding.mended,
        }
    }
}
