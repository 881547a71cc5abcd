//! The sweep, woken by EventBridge: nightly at 00:10 in Korea, and every ten minutes.

use edge::App;
use flows::{SweepKind, SweepReport};
use serde::Deserialize;
use serde_json::Value;

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

/// Looks at every member who is due.
///
/// # Errors
/// When the event is malformed or the tables do not answer; one member's trouble is counted in the report.
pub async fn handle(app: &App, event: Value) -> Result<SweepReport, SweepError> {
    let wake: Wake = serde_json::from_value(event)?;
    let report = app.gudok.sweep(wake.sweep).await?;
    if report.looked_at > 0 {
        tracing::info!(
            kind = ?report.kind, looked_at = report.looked_at, troubled = report.troubled, revoked = report.revoked,
            waiting = report.waiting, guard_tripped = report.guard_tripped, "swept"
        );
    }
    Ok(report)
}
