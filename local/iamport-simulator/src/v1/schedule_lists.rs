//! Lists of schedules.

use serde::Serialize;

use crate::{
    answer::{Answer, Outcome},
    params::Params,
    records::ScheduleStatus,
    rows::{ScheduleRow, by_customer_uid},
    settings::Switch,
    shape,
    state::State,
    v1::paged::{Asked, Page},
};

/// The longest range of the lists, in seconds: three months, taken as 92 days.
const LONGEST_RANGE: i64 = 92 * 86_400;

/// `GET /subscribe/payments/schedule`
pub(super) fn range(state: &State, params: &Params) -> Outcome {
    let asked = Asked::read(params)?;
    let oldest_first = params.text("sorting").as_deref() == Some("scheduled");
    let filter = Filter::read(params, "schedule_from", "schedule_to")?;
    Ok(listed(state, asked, filter.of(state.schedules.all()), oldest_first))
}

/// `GET /subscribe/payments/schedule/customers/{customer_uid}` and
/// `GET /subscribe/customers/{customer_uid}/schedules`
pub(super) fn of_customer(state: &State, params: &Params, customer_uid: &str) -> Outcome {
    let asked = Asked::only_page(params)?;
    let filter = Filter::read(params, "from", "to")?;
    let rows = filter.of(state.schedules.find(&by_customer_uid(customer_uid)));
    Ok(listed(state, asked, rows, false))
}

fn listed(state: &State, asked: Asked, mut rows: Vec<&ScheduleRow>, oldest_first: bool) -> Answer {
    rows.sort_by_key(|row| (row.shown.schedule_at, row.id));
    if !oldest_first {
        rows.reverse();
    }
    let shown = rows.into_iter().map(|row| shape::schedule(state, &row.shown));
    let page = asked.of(shown.collect());
    as_page_or_array(state, page)
}

fn as_page_or_array<T: Serialize>(state: &State, page: Page<T>) -> Answer {
    if state.has(Switch::SchedulesAsArrays) {
        Answer::ok(&page.into_list())
    } else {
        Answer::ok(&page)
    }
}

/// Which schedules a list includes.
struct Filter {
    from: i64,
    to: i64,
    status: Option<ScheduleStatus>,
}

impl Filter {
    fn read(params: &Params, from: &str, to: &str) -> Result<Self, Answer> {
        let (from, to) = (params.required_number(from)?, params.required_number(to)?);
        if from > to || to.saturating_sub(from) > LONGEST_RANGE {
            // [GUESS] the range is documented, the text is not.
            return Err(Answer::error(400, "조회기간은 최대 3개월까지 지정할 수 있습니다."));
        }
        let status = params.text("schedule_status").or_else(|| params.text("schedule-status"));
        let status = match status.as_deref() {
            None => None,
            Some("scheduled") => Some(ScheduleStatus::Scheduled),
            Some("executed") => Some(ScheduleStatus::Executed),
            Some("revoked") => Some(ScheduleStatus::Revoked),
            // [GUESS] as for the status of payments.
            Some(_) => return Err(Answer::error(400, "지원되지 않는 상태값입니다.")),
        };
        Ok(Self { from, to, status })
    }

    fn of<'a>(&self, rows: impl Iterator<Item = &'a ScheduleRow>) -> Vec<&'a ScheduleRow> {
        rows.filter(|row| (self.from..self.to).contains(&row.shown.schedule_at))
            .filter(|row| self.status.is_none_or(|status| row.shown.schedule_status == status))
            .collect()
    }
}
