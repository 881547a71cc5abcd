//! Looking up payments.

use crate::{
    answer::{Answer, Outcome},
    params::{Params, missing},
    records::PaymentStatus,
    rows::{PaymentRow, by_merchant_uid},
    settings::Switch,
    shape,
    state::State,
    v1::paged::Asked,
    webhook::has_status,
};

/// The longest range of `GET /payments/status`, in seconds: 90 days.
const LONGEST_RANGE: i64 = 90 * 86_400;

pub(super) fn unknown() -> Answer {
    Answer::error(404, "존재하지 않는 결제정보입니다.")
}

/// `GET /payments/{imp_uid}`
pub(super) fn one(state: &State, params: &Params, imp_uid: &str) -> Outcome {
    let row = state.payment(imp_uid).ok_or_else(unknown)?;
    let hidden =
        state.has(Switch::HideSandbox) && row.shown.sandbox && !params.flag("include_sandbox");
    if hidden {
        return Err(unknown());
    }
    Ok(Answer::ok(&shape::payment(state, &row.shown)))
}

/// `GET /payments?imp_uid[]=…&merchant_uid[]=…`
pub(super) fn several(state: &State, params: &Params) -> Outcome {
    let imp_uids = params.texts("imp_uid");
    let merchant_uids = params.texts("merchant_uid");
    let asked = imp_uids.len().saturating_add(merchant_uids.len());
    if asked == 0 {
        return Err(missing("imp_uid, merchant_uid"));
    }
    if asked > 100 {
        // [GUESS] the limit is documented, the refusal's text is not.
        return Err(Answer::error(400, "한 번에 100건까지 조회할 수 있습니다."));
    }
    let found: Vec<_> = imp_uids
        .iter()
        .filter_map(|uid| state.payment(uid))
        .chain(merchant_uids.iter().filter_map(|uid| state.payments.newest(&by_merchant_uid(uid))))
        .map(|row| shape::payment(state, &row.shown))
        .collect();
    match found.len() {
        0 => Err(unknown()),
        len if len < asked => Ok(Answer::partly(&found)),
        _ => Ok(Answer::ok(&found)),
    }
}

/// `GET /payments/find/{merchant_uid}[/{status}]`
pub(super) fn find(
    state: &State,
    params: &Params,
    merchant_uid: &str,
    status: Option<&str>,
) -> Outcome {
    let rows = matching(state, params, merchant_uid, status)?;
    rows.first().map(|row| Answer::ok(&shape::payment(state, &row.shown))).ok_or_else(unknown)
}

/// `GET /payments/findAll/{merchant_uid}[/{status}]`
pub(super) fn find_all(
    state: &State,
    params: &Params,
    merchant_uid: &str,
    status: Option<&str>,
) -> Outcome {
    let asked = Asked::read(params)?;
    let rows = matching(state, params, merchant_uid, status)?;
    if rows.is_empty() {
        return Err(unknown());
    }
    let shown = rows.into_iter().map(|row| shape::payment(state, &row.shown));
    Ok(Answer::ok(&asked.of(shown.collect())))
}

/// `GET /payments/status/{status}`
pub(super) fn by_status(state: &State, now: i64, params: &Params, status: &str) -> Outcome {
    let asked = Asked::read(params)?;
    let status = parse_status(status)?;
    let to = params.number("to")?.unwrap_or(now);
    let from = params.number("from")?.unwrap_or_else(|| to.saturating_sub(LONGEST_RANGE));
    if from > to || to.saturating_sub(from) > LONGEST_RANGE {
        // [GUESS] the range is documented, the refusal's text is not.
        return Err(Answer::error(400, "조회기간은 최대 90일까지 지정할 수 있습니다."));
    }
    let mut rows: Vec<&PaymentRow> = state
        .payments
        .all()
        .filter(|row| has_status(row, status) && (from..=to).contains(&row.shown.started_at))
        .collect();
    sort(&mut rows, params)?;
    let shown = rows.into_iter().map(|row| shape::payment(state, &row.shown));
    Ok(Answer::ok(&asked.of(shown.collect())))
}

fn matching<'a>(
    state: &'a State,
    params: &Params,
    merchant_uid: &str,
    status: Option<&str>,
) -> Result<Vec<&'a PaymentRow>, Answer> {
    let status = status.map_or(Ok(None), parse_status)?;
    let mut rows: Vec<&PaymentRow> = state
        .payments
        .find(&by_merchant_uid(merchant_uid))
        .filter(|row| has_status(row, status))
        .collect();
    sort(&mut rows, params)?;
    Ok(rows)
}

fn parse_status(status: &str) -> Result<Option<PaymentStatus>, Answer> {
    match status {
        "all" => Ok(None),
        "ready" => Ok(Some(PaymentStatus::Ready)),
        "paid" => Ok(Some(PaymentStatus::Paid)),
        "failed" => Ok(Some(PaymentStatus::Failed)),
        "cancelled" => Ok(Some(PaymentStatus::Cancelled)),
        _ => Err(Answer::error(400, "지원되지 않는 상태값입니다.")),
    }
}

/// Sorts by `sorting`: newest start first by default.
fn sort(rows: &mut [&PaymentRow], params: &Params) -> Result<(), Answer> {
    let sorting = params.text("sorting").unwrap_or_else(|| "-started".to_owned());
    let (newest_first, by) =
        sorting.strip_prefix('-').map_or((false, sorting.as_str()), |by| (true, by));
    match by {
        "started" => rows.sort_by_key(|row| (row.shown.started_at, row.id)),
        "paid" => rows.sort_by_key(|row| (row.shown.paid_at, row.id)),
        "updated" => rows.sort_by_key(|row| (row.updated_at, row.id)),
        // [GUESS] an unknown order is a bad request.
        _ => return Err(Answer::error(400, "지원되지 않는 정렬값입니다.")),
    }
    if newest_first {
        rows.reverse();
    }
    Ok(())
}
