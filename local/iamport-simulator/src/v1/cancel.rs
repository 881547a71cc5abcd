//! `POST /payments/cancel`: refunds, in full or in part.

use crate::{
    answer::{Answer, Outcome},
    params::Params,
    records::{Cancellation, PaymentStatus, Usage},
    rows::{PaymentRow, ScheduleRow, by_merchant_uid},
    settings::Switch,
    shape,
    state::State,
    webhook::{self, has_status},
};

pub(crate) fn post(state: &mut State, now: i64, params: &Params) -> Outcome {
    let mut row = target(state, params)?;
    let amount = admitted(&row, params)?;
    let reason = params.text("reason").unwrap_or_else(|| "취소요청api".to_owned());
    let cancellation_id = state.memo.rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20);
    row.shown.cancel_amount = row.shown.cancel_amount.saturating_add(amount);
    row.shown.cancelled_at = now;
    row.shown.cancel_reason = Some(reason.clone());
    row.shown.cancel_history.push(Cancellation {
        amount,
        cancellation_id: cancellation_id.clone(),
        cancelled_at: now,
        pg_tid: row.shown.pg_tid.clone().unwrap_or_default(),
        reason,
        receipt_url: row.shown.receipt_url.clone(),
    });
    row.shown.cancel_receipt_urls.extend(row.shown.receipt_url.clone());
    // A partial refund also reads `cancelled`, as was observed.
    row.shown.status = PaymentStatus::Cancelled;
    row.updated_at = now;
    state.payments.put(row.clone());
    let schedule = state
        .schedule(&row.shown.merchant_uid)
        .filter(|schedule| schedule.shown.imp_uid.as_ref() == Some(&row.shown.imp_uid))
        .cloned();
    if let Some(mut schedule) = schedule {
        let ScheduleRow { shown, .. } = &mut schedule;
        shown.payment_status = Some(PaymentStatus::Cancelled);
        state.schedules.put(schedule);
    }
    if params.flag("enable_webhook") {
        webhook::queue(state, now, &row, Some(&cancellation_id));
    }
    Ok(Answer::ok(&shape::payment(state, &row.shown)))
}

/// How much to refund, or the refusal.
fn admitted(row: &PaymentRow, params: &Params) -> Result<i64, Answer> {
    let refused = |message| Err(Answer::refused(1, message));
    match row.shown.status {
        PaymentStatus::Paid | PaymentStatus::Cancelled => {}
        // [GUESS] the answer for what was never paid is as if it did not exist.
        PaymentStatus::Ready | PaymentStatus::Failed => return Err(nothing_to_cancel()),
    }
    let left = row.shown.amount.saturating_sub(row.shown.cancel_amount);
    if row.shown.status == PaymentStatus::Cancelled && left <= 0 {
        return refused("이미 전액취소된 주문입니다.");
    }
    if row.shown.customer_uid_usage == Some(Usage::Issue) {
        // [GUESS] the PG approved nothing at registration, so there is nothing to cancel.
        return refused("PG사 취소요청에 실패하였습니다. [승인거래가 존재하지 않습니다.]");
    }
    if params.number("checksum")?.is_some_and(|checksum| checksum != left) {
        // [GUESS] the rule is documented, the text is not.
        return refused("취소 가능 금액이 checksum과 일치하지 않습니다.");
    }
    let amount = match params.number("amount")? {
        None | Some(0) => left,
        Some(amount) => amount,
    };
    if !(1..=left).contains(&amount) {
        // [GUESS] text.
        return refused("취소 요청금액이 취소 가능 금액을 초과하였습니다.");
    }
    if row.vat_amount.is_some() && params.number("vat_amount")?.is_none() {
        // [GUESS] the rule is documented, the text is not.
        return refused("부가세를 지정한 결제건은 취소 시에도 vat_amount를 지정해주셔야합니다.");
    }
    Ok(amount)
}

fn nothing_to_cancel() -> Answer {
    Answer::refused(1, "취소할 결제건이 존재하지 않습니다.")
}

/// The payment that is meant; `imp_uid` takes precedence over `merchant_uid`.
fn target(state: &State, params: &Params) -> Result<PaymentRow, Answer> {
    if let Some(imp_uid) = params.text("imp_uid") {
        return state.payment(&imp_uid).cloned().ok_or_else(nothing_to_cancel);
    }
    let Some(merchant_uid) = params.text("merchant_uid") else {
        let message = "취소하실 imp_uid 또는 merchant_uid를 지정해주셔야합니다.";
        return Err(if state.has(Switch::CancelWithoutUidIs400) {
            Answer::error(400, message)
        } else {
            Answer::refused(1, message)
        });
    };
    let label = by_merchant_uid(&merchant_uid);
    let newest =
        |status| state.payments.find(&label).rev().find(|row| has_status(row, Some(status)));
    newest(PaymentStatus::Paid)
        .or_else(|| newest(PaymentStatus::Cancelled))
        .cloned()
        .ok_or_else(nothing_to_cancel)
}
