//! `GET` and `POST /admin/checkouts`: the brake.

use crate::found::WhoView;
use axum::Json;
use axum::extract::State;
use billing::Brake;
use edge::answers::{ForAdmins, WithBody};
use edge::{Admin, App, Body, Desk, Problem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether new checkouts are taken.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Checkouts {
    /// Whether none is.
    paused: bool,
    /// Since when that is so, if anybody ever said.
    since: Option<Timestamp>,
    /// Who said so.
    by: Option<String>,
    /// Who that is.
    by_who: Option<WhoView>,
    /// Why.
    reason: Option<String>,
}

/// Whether new checkouts are to be taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct PauseRequest {
    /// Whether none is.
    paused: bool,
    /// Why; 1 to 100 characters, kept in the journal.
    reason: String,
}

impl Checkouts {
    async fn of(brake: Brake, app: &App) -> Self {
        let faces = app.gudok.faces(std::slice::from_ref(&brake.by)).await;
        Self {
            by_who: WhoView::of(&faces, &brake.by),
            paused: brake.pulled,
            since: Some(brake.at),
            by: Some(brake.by.to_string()),
            reason: Some(brake.reason),
        }
    }
}

/// Whether new checkouts are taken.
#[utoipa::path(get, path = "/admin/checkouts", tag = "admin", security(("firebase" = [])), responses(
    (status = 200, body = Checkouts, description = "Whether new checkouts are taken"),
    ForAdmins,
))]
pub(crate) async fn checkouts(State(app): State<App>, _: Desk) -> Result<Json<Checkouts>, Problem> {
    Ok(Json(match app.gudok.brake().await? {
        Some(brake) => Checkouts::of(brake, &app).await,
        None => Checkouts::default(),
    }))
}

/// Stops new checkouts at once, or lets them go on. Who pays already is not held up. Asked again it changes nothing.
#[utoipa::path(post, path = "/admin/checkouts", tag = "admin", request_body = PauseRequest, security(("firebase" = [])), responses(
    (status = 200, body = Checkouts, description = "So it is"),
    ForAdmins, WithBody,
))]
pub(crate) async fn pause(
    State(app): State<App>,
    admin: Admin,
    Body(request): Body<PauseRequest>,
) -> Result<Json<Checkouts>, Problem> {
    let reason = crate::reason(&request.reason)?;
    let brake = app.gudok.set_brake(&admin.uid, request.paused, reason).await?;
    Ok(Json(Checkouts::of(brake, &app).await))
}
