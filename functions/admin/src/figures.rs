//! `GET /admin/figures`: what there is now, and what happened by day.

use axum::Json;
use axum::extract::State;
use billing::DeclineClass;
use edge::answers::ForAdmins;
use edge::{Admin, App, Problem, Query};
use flows::{Day, Figures, Renewals};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which days.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub(crate) struct Range {
    /// The first day, in Korea; by default 29 days before the last.
    from: Option<Date>,
    /// The last day, in Korea; by default today. At most 92 days in all, from at most a year ago.
    to: Option<Date>,
}

/// Figures. Days are Korea's, amounts won.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FiguresView {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// Members now: all who have access.
    members: u64,
    /// Of them, those who asked to cancel.
    cancelling: u64,
    /// Of them, those whose last charge was declined.
    past_due: u64,
    /// What members pay in a month, without those who asked to cancel (MRR).
    monthly: u64,
    /// Renewals due on each of the next 30 days that has any.
    renewals: Vec<RenewalsView>,
    /// What happened on each day of the range, the first first.
    days: Vec<DayView>,
    /// Members when the range began.
    members_at_first: u64,
    /// Subscriptions that ended in the range by those, in basis points (1250 is 12.5 %), rounded down; absent when
    /// there was nobody.
    churn_basis_points: Option<u64>,
}

/// Renewals due on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RenewalsView {
    /// The day.
    date: Date,
    /// How many.
    count: u64,
    /// How much, at today's prices.
    amount: u64,
}

/// What happened on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DayView {
    /// The day.
    date: Date,
    /// First charges paid.
    subscribed: u64,
    /// Subscriptions that ended: access was taken away.
    ended: u64,
    /// Of those, revocations by the sweep.
    revoked_by_sweep: u64,
    /// Of those, revocations by an admin's button.
    revoked_by_admin: u64,
    /// Periods paid.
    paid: u64,
    /// How much.
    paid_amount: u64,
    /// Of the periods paid, how many after a decline.
    recovered: u64,
    /// Declines by what they mean.
    declined: DeclinedView,
    /// Refunds.
    refunded: u64,
    /// How much.
    refunded_amount: u64,
}

/// Declines by what they mean for trying again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeclinedView {
    /// Passes by itself.
    transient: u64,
    /// May work on another day.
    soft: u64,
    /// The shop's or the provider's trouble, and no card's.
    provider: u64,
    /// Wants another card.
    hard: u64,
    /// Not known.
    unknown: u64,
}

/// Figures of a range of days.
#[utoipa::path(get, path = "/admin/figures", tag = "admin", params(Range), security(("firebase" = [])), responses(
    (status = 200, body = FiguresView, description = "The figures"),
    (status = 400, body = Problem, description = "The request cannot be read"),
    (status = 422, body = Problem, description = "Not a range of at most 92 days of the last year"),
    ForAdmins,
))]
pub(crate) async fn figures(
    State(app): State<App>,
    _: Admin,
    Query(range): Query<Range>,
) -> Result<Json<FiguresView>, Problem> {
    Ok(Json(app.gudok.figures(range.from, range.to).await?.into()))
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        Self {
            from: figures.from,
            to: figures.to,
            members: figures.members.live,
            cancelling: figures.members.cancelling,
            past_due: figures.members.past_due,
            monthly: figures.monthly.get(),
            renewals: figures.renewals.into_iter().map(RenewalsView::from).collect(),
            days: figures.days.into_iter().map(DayView::from).collect(),
            members_at_first: figures.members_at_first,
            churn_basis_points: figures.churn,
        }
    }
}

impl From<Renewals> for RenewalsView {
    fn from(Renewals { date, count, amount }: Renewals) -> Self {
        Self { date, count, amount: amount.get() }
    }
}

impl From<Day> for DayView {
    fn from(day: Day) -> Self {
        let declined = |class| day.declined.get(&class).copied().unwrap_or_default();
        Self {
            date: day.date,
            subscribed: day.subscribed,
            ended: day.ended,
            revoked_by_sweep: day.ended.saturating_sub(day.ended_by_admin),
            revoked_by_admin: day.ended_by_admin,
            paid: day.paid,
            paid_amount: day.paid_amount.get(),
            recovered: day.recovered,
            declined: DeclinedView {
                transient: declined(DeclineClass::Transient),
                soft: declined(DeclineClass::Soft),
                provider: declined(DeclineClass::Provider),
                hard: declined(DeclineClass::Hard),
                unknown: declined(DeclineClass::Unknown),
            },
            refunded: day.refunded,
            refunded_amount: day.refunded_amount.get(),
        }
    }
}
