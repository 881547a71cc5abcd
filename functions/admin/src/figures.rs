//! `GET /admin/figures`: what there is now, and what happened by day.

use axum::Json;
use axum::extract::State;
use billing::{Day, DeclineClass};
use edge::answers::ForAdmins;
use edge::{App, Desk, Problem, Query};
use flows::{Due, Figures};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Which days.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub(crate) struct Range {
    /// The first day, in Korea; by default 29 days before the last, at most five years ago.
    from: Option<Date>,
    /// The last day, in Korea; by default today.
    to: Option<Date>,
}

/// Figures. Days are Korea's, amounts won.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FiguresView {
    /// The first day.
    from: Date,
    /// The last day.
    to: Date,
    /// When members were counted: now, or last night where there are many.
    members_at: Timestamp,
    /// Members then: all who have access.
    members: u64,
    /// Of them, those who asked to cancel.
    cancelling: u64,
    /// Of them, those whose last charge was declined.
    past_due: u64,
    /// What members pay in a month, without those who asked to cancel (MRR).
    monthly: u64,
    /// Charges due on each day from today to the thirtieth after it.
    renewals: Vec<RenewalsView>,
    /// Until when what happened is counted.
    counted_until: Timestamp,
    /// What happened on each day of the range, the first first; in each month, where they are more than 92.
    days: Vec<DayView>,
    /// Whether they are months; each has the date of its first day in the range.
    by_month: bool,
    /// What happened in all.
    total: DayView,
    /// Members when the range began.
    members_at_first: u64,
    /// Of those, how many ended in the range.
    left: u64,
    /// The same in basis points (1250 is 12.5 %), rounded down; absent when there was nobody.
    churn_basis_points: Option<u64>,
}

/// Charges due on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RenewalsView {
    /// The day.
    date: Date,
    /// How many.
    count: u64,
    /// Of them, those of members whose last charge was declined.
    retries: u64,
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
    /// Of those that ended, by what the decline meant because of which.
    lost: DeclinedView,
    /// Periods paid.
    paid: u64,
    /// How much.
    paid_amount: u64,
    /// How much for each plan, by its id.
    paid_for: BTreeMap<String, u64>,
    /// Of the periods paid, how many after a decline.
    recovered: u64,
    /// Of those, by what the last decline meant.
    recovered_from: DeclinedView,
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
    (status = 422, body = Problem, description = "Not a range of days of the last five years until today"),
    ForAdmins,
))]
pub(crate) async fn figures(
    State(app): State<App>,
    _: Desk,
    Query(range): Query<Range>,
) -> Result<Json<FiguresView>, Problem> {
    Ok(Json(app.gudok.figures(range.from, range.to).await?.into()))
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        let Figures { standing, left, members_at_first, .. } = figures;
        let renewals = figures.renewals.into_iter();
        Self {
            from: figures.from,
            to: figures.to,
            members_at: standing.at,
            members: standing.live,
            cancelling: standing.cancelling,
            past_due: standing.past_due,
            monthly: standing.monthly.get(),
            renewals: renewals.map(|(date, due)| RenewalsView::of(date, due)).collect(),
            counted_until: figures.until,
            days: figures.days.into_iter().map(DayView::from).collect(),
            by_month: figures.by_month,
            total: figures.total.into(),
            members_at_first,
            left,
            churn_basis_points: left.saturating_mul(10_000).checked_div(members_at_first),
        }
    }
}

impl RenewalsView {
    const fn of(date: Date, Due { count, retries, amount }: Due) -> Self {
        Self { date, count, retries, amount: amount.get() }
    }
}

impl From<Day> for DayView {
    fn from(day: Day) -> Self {
        let paid_for = day.paid_for.into_iter();
        Self {
            date: day.date,
            subscribed: day.subscribed,
            ended: day.ended,
            revoked_by_sweep: day.ended.saturating_sub(day.ended_by_admin),
            revoked_by_admin: day.ended_by_admin,
            lost: DeclinedView::of(&day.lost),
            paid: day.paid,
            paid_amount: day.paid_amount.get(),
            paid_for: paid_for.map(|(plan, amount)| (plan.to_string(), amount.get())).collect(),
            recovered: day.recovered,
            recovered_from: DeclinedView::of(&day.recovered_from),
            declined: DeclinedView::of(&day.declined),
            refunded: day.refunded,
            refunded_amount: day.refunded_amount.get(),
        }
    }
}

impl DeclinedView {
    fn of(counts: &BTreeMap<DeclineClass, u64>) -> Self {
        let of = |class| counts.get(&class).copied().unwrap_or_default();
        Self {
            transient: of(DeclineClass::Transient),
            soft: of(DeclineClass::Soft),
            provider: of(DeclineClass::Provider),
            hard: of(DeclineClass::Hard),
            unknown: of(DeclineClass::Unknown),
        }
    }
}
