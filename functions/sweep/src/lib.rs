//! The sweep, woken by EventBridge: nightly at 00:10 in Korea, and every ten minutes.

use edge::App;
use flows::{SweepKind, SweepReport};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Context;
use serde::Deserialize;
use serde_json::Value;

/// Nobody is begun with this long before Lambda's time is over: as long as a claim is held, which is longer
/// than one member's calls can last.
const MARGIN: SignedDuration = SignedDuration::from_secs(120);

/// The input that the rules in `template.yaml` give: `{"sweep": "nightly"}` or `{"sweep": "catch-up"}`.
#[derive(Debug, Clone, Deserialize)]
struct Wake {
    sweep: SweepKind,
}

/// Why a sweep did not finish. Lambda then tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The event is none of ours.
    #[error("the event says neither `nightly` nor `catch-up`")]
    Malformed(#[from] serde_json::Error),
    /// Something did not answer.
    #[error(transparent)]
    Trouble(#[from] flows::Trouble),
}

/// Looks at every member who is due. At `deadline` this process ends; who is left stays due.
///
/// # Errors
/// When the event is malformed or the tables do not answer; one member's trouble is counted in the report.
pub async fn handle(
    app: &App,
    event: Value,
    deadline: Timestamp,
) -> Result<SweepReport, SweepError> {
    let wake: Wake = serde_json::from_value(event)?;
    let until = deadline.saturating_sub(MARGIN).unwrap_or(deadline);
    let report = app.gudok.sweep(wake.sweep, until).await?;
    if report.looked_at > 0 || report.left > 0 {
        tracing::info!(
            kind = ?report.kind, looked_at = report.looked_at, troubled = report.troubled, left = report.left, revoked = report.revoked,
            waiting = report.waiting, guard_tripped = report.guard_tripped, "swept"
        );
    }
    Ok(report)
}

/// When Lambda ends this run.
pub fn deadline(context: &Context) -> Timestamp {
    let milliseconds = i64::try_from(context.deadline).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
