//! The sweep, woken by EventBridge: nightly at 00:10 in Korea, and every ten minutes; the reconciliation,
//! nightly at 00:40; and what runs of it leave to others, by events of their own.

use edge::App;
use flows::{Reconciliation, SweepKind, SweepReport};
use jiff::{SignedDuration, Timestamp, ToSpan};
use lambda_runtime::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Nobody is begun with this long before Lambda's time is over: as long as a claim is held, which is longer
/// than one member's calls can last.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);

/// A part of a comparison that is begun later than this before Lambda's time is over is left to another run.
const LONGEST_PART: SignedDuration = SignedDuration::from_secs(600);

/// Over how many days before today the nightly reconciliation looks.
const DAYS_BACK: i32 = 3;

/// The input that the rules in `template.yaml` give, such as `{"sweep": "nightly"}`: which timer rang, or what was
/// left to another run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "sweep", rename_all = "kebab-case")]
enum Wake {
    Nightly,
    CatchUp,
    /// The members of one of the shards; nobody is begun with after `until`.
    Shard {
        shard: u8,
        until: Timestamp,
    },
    /// The comparison of this night, or one that is begun.
    Reconcile {
        #[serde(default)]
        id: Option<String>,
    },
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// A sweep.
    Swept(SweepReport),
    /// A reconciliation.
    Reconciled(Box<Reconciliation>),
    /// Nothing: it was a reconciliation that nobody knows any more.
    Nothing,
}

/// Why a sweep did not finish. Lambda then tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The event is none of ours.
    #[error("the event says neither `nightly` nor `catch-up` nor `shard` nor `reconcile`")]
    Malformed(#[from] serde_json::Error),
    /// Something did not answer, or the days to reconcile are not a range.
    #[error(transparent)]
    Flows(#[from] flows::Error),
}

/// Looks at every member who is due, or reconciles the last days. At `deadline` this process ends; who is
/// left stays due.
///
/// # Errors
/// When the event is malformed or the tables or Iamport's lists do not answer at all; one member's trouble is
/// counted in the report.
pub async fn handle(app: &App, event: Value, deadline: Timestamp) -> Result<Done, SweepError> {
    let wake: Wake = serde_json::from_value(event)?;
    let until = deadline.saturating_sub(MARGIN).unwrap_or(deadline);
    let gudok = &app.gudok;
    let report = match wake {
        Wake::Nightly => Box::pin(gudok.sweep(SweepKind::Nightly, until)).await,
        Wake::CatchUp => Box::pin(gudok.sweep(SweepKind::CatchUp, until)).await,
        Wake::Shard { shard, until: turn } => {
            Box::pin(gudok.sweep_shard(shard, until.min(turn))).await
        }
        Wake::Reconcile { id } => return Box::pin(reconcile(app, id, deadline)).await,
    };
    let report = report.map_err(flows::Error::from)?;
    if report.looked_at > 0 || report.left > 0 || report.shared {
        tracing::info!(
            kind = ?report.kind, looked_at = report.looked_at, troubled = report.troubled, left = report.left, revoked = report.revoked,
            waiting = report.waiting, guard_tripped = report.guard_tripped, shared = report.shared, "swept"
        );
    }
    Ok(Done::Swept(report))
}

async fn reconcile(app: &App, id: Option<String>, deadline: Timestamp) -> Result<Done, SweepError> {
    let gudok = &app.gudok;
    let begun = if let Some(id) = id {
        gudok.reconciliation(&id).await.map_err(flows::Error::from)?
    } else {
        let today = gudok.books.today();
        let days = today.saturating_sub(DAYS_BACK.days())..=today;
        Some(gudok.reconciliation_of_the_night(days).await?)
    };
    let Some(begun) = begun else {
        tracing::warn!("a reconciliation to go on with is not stored, or not any more");
        return Ok(Done::Nothing);
    };
    // A part takes most of a run, where there are many members.
    let until = deadline.saturating_sub(LONGEST_PART).unwrap_or(deadline);
    let report = Box::pin(gudok.reconcile(begun, until)).await.map_err(flows::Error::from)?;
    tracing::info!(
        id = report.id, payments = report.payments, schedules = report.schedules, members = report.members,
        troubled = report.troubled, found = ?report.found, mended = report.mended, next = ?report.next, "reconciled"
    );
    Ok(Done::Reconciled(Box::new(report)))
}

/// When Lambda ends this run.
pub fn deadline(context: &Context) -> Timestamp {
    let milliseconds = i64::try_from(context.deadline).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
