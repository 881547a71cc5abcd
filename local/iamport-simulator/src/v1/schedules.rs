//! Charges that Iamport makes by itself when they are due.

use std::collections::BTreeSet;

use crate::{
    answer::{Answer, Outcome},
    card::{Card, Verdict},
    charge::{Charged, UNKNOWN_BUYER, USED, charge, fail, opened, pay, show_card},
    key::{customer, face_of, register},
    order::{Buyer, Channel, Order, Way, order_of},
    params::{Call, Params, missing},
    records::{Cancellation, PaymentStatus, Schedule, ScheduleStatus, Usage},
    rows::{CustomerRow, ScheduleRow, by_customer_uid, by_merchant_uid},
    shape,
    state::State,
    v1::subscribe::told,
};

/// `POST /subscribe/payments/schedule`
pub(super) fn post(state: &mut State, now: i64, call: &Call, params: &Params) -> Outcome {
    let customer_uid = params.required("customer_uid", 80)?;
    let items = params.objects("schedules");
    if items.is_empty() {
        return Err(missing("schedules"));
    }
    let orders = read_items(state, now, call, &items)?;
    let customer = match state.customer(&customer_uid) {
        Some(customer) => customer.clone(),
        None => registered(state, now, params, &customer_uid)?,
    };
    if let Some(amount) = params.number("checking_amount")?.filter(|amount| *amount > 0) {
        check_card(state, now, amount, &customer)?;
    }
    let mut results = Vec::new();
    for (order, schedule_at) in orders {
        let buyer = order.buyer.or_of(&customer.shown);
        let shown = Schedule {
            customer_uid: customer_uid.clone(),
            merchant_uid: order.merchant_uid,
            imp_uid: None,
            customer_id: params.text("customer_id").or_else(|| customer.shown.customer_id.clone()),
            schedule_at,
            executed_at: 0,
            revoked_at: 0,
            amount: order.amount,
            name: order.name,
            buyer_name: buyer.name,
            buyer_tel: buyer.tel,
            buyer_email: buyer.email,
            buyer_addr: buyer.addr,
            buyer_postcode: buyer.postcode,
            schedule_status: ScheduleStatus::Scheduled,
            payment_status: None,
            fail_reason: None,
            custom_data: order.custom_data,
            currency: order.currency,
            pg_provider: customer.shown.pg_provider.clone(),
            pg_id: customer.shown.pg_id.clone(),
            promotion_id: None,
        };
        let row = ScheduleRow {
            id: state.new_id(),
            run_at: run_at(state, schedule_at),
            notice_urls: order.notice_urls,
            card_quota: order.card_quota,
            vat_amount: order.vat_amount,
            user_agent: order.user_agent,
            shown: shown.clone(),
        };
        state.schedules.put(row);
        results.push(shown);
    }
    let shown: Vec<_> = results.iter().map(|it| shape::schedule(state, it)).collect();
    Ok(Answer::ok(&shown))
}

/// Reads all items first: one bad item refuses them all [GUESS].
fn read_items(
    state: &State,
    now: i64,
    call: &Call,
    items: &[Params],
) -> Result<Vec<(Order, i64)>, Answer> {
    let mut orders = Vec::new();
    let mut seen = BTreeSet::new();
    for item in items {
        let order = Order::read(item, Some(call))?;
        let schedule_at = time(now, item)?.ok_or_else(past)?;
        if state.is_used(&order.merchant_uid) {
            return Err(Answer::refused(1, USED));
        }
        let pending = state
            .schedules
            .find(&by_merchant_uid(&order.merchant_uid))
            .any(|row| row.shown.schedule_status == ScheduleStatus::Scheduled);
        if pending || !seen.insert(order.merchant_uid.clone()) {
            // [GUESS] that it is refused is documented, the text is not.
            return Err(Answer::refused(
                1,
                &format!("이미 예약된 merchant_uid({})입니다.", order.merchant_uid),
            ));
        }
        orders.push((order, schedule_at));
    }
    Ok(orders)
}

/// [GUESS] that a time in the past is refused is documented, the text is not.
fn past() -> Answer {
    Answer::refused(1, "예약시각(schedule_at)은 현재시각 이후여야 합니다.")
}

/// `schedule_at` of an item; the inner `None` means that it is in the past or out of range.
fn time(now: i64, params: &Params) -> Result<Option<i64>, Answer> {
    let at = params.required_number("schedule_at")?;
    Ok(Some(at).filter(|at| *at > now && jiff::Timestamp::from_second(*at).is_ok()))
}

/// When the schedule really runs: Iamport looks for due schedules about once a minute.
fn run_at(state: &mut State, schedule_at: i64) -> i64 {
    schedule_at.saturating_add(state.memo.rng.seconds_of_a_minute())
}

/// Registers the card that came with the schedules of an unknown customer.
fn registered(
    state: &mut State,
    now: i64,
    params: &Params,
    customer_uid: &str,
) -> Result<CustomerRow, Answer> {
    let unknown = || Answer::refused(1, "등록된 고객정보가 없습니다.");
    if params.text("card_number").is_none() {
        return Err(unknown());
    }
    let face = face_of(params)?.map_err(|trouble| {
        Answer::refused(1, &format!("카드정보 확인에 실패하였습니다. {trouble}"))
    })?;
    let channel = Channel::parse(params.text("pg").as_deref());
    let shown = customer(now, customer_uid, &channel, face, params);
    register(state, now, shown, Card::Approve);
    state.customer(customer_uid).cloned().ok_or_else(unknown)
}

/// `checking_amount`: charged and refunded immediately. The ids of that payment are [GUESS].
fn check_card(
    state: &mut State,
    now: i64,
    amount: i64,
    customer: &CustomerRow,
) -> Result<(), Answer> {
    let order = Order {
        merchant_uid: format!("checking_{}", state.memo.rng.digits(12)),
        customer_uid: Some(customer.shown.customer_uid.clone()),
        amount,
        currency: "KRW".to_owned(),
        name: None,
        buyer: Buyer::default().or_of(&customer.shown),
        custom_data: None,
        notice_urls: Vec::new(),
        card_quota: 0,
        vat_amount: None,
        user_agent: None,
    };
    let channel = Channel {
        pg_provider: customer.shown.pg_provider.clone(),
        pg_id: customer.shown.pg_id.clone(),
    };
    let mut row = opened(state, now, &order, &channel, Way::Api, Some(Usage::Payment));
    show_card(&mut row.shown, &customer.shown);
    let age = now.saturating_sub(customer.shown.updated);
    match customer.card.verdict(age, false) {
        Verdict::Approved { .. } => {
            pay(state, now, &mut row, "INIAPICARD");
            row.shown.status = PaymentStatus::Cancelled;
            row.shown.cancel_amount = amount;
            row.shown.cancelled_at = now;
            row.shown.cancel_history.push(Cancellation {
                amount,
                cancellation_id: state.memo.rng.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 20),
                cancelled_at: now,
                pg_tid: row.shown.pg_tid.clone().unwrap_or_default(),
                reason: "취소요청api".to_owned(),
                receipt_url: row.shown.receipt_url.clone(),
            });
            state.payments.put(row);
            Ok(())
        }
        Verdict::Declined(reason) => {
            fail(now, &mut row, reason);
            state.payments.put(row);
            Err(Answer::refused(1, &format!("카드정보 확인에 실패하였습니다. {reason}")))
        }
        Verdict::NeverArrived { hold } => {
            Err(Answer::page(504, "504 Gateway Time-out").held(Some(hold)))
        }
    }
}

/// `POST /subscribe/payments/unschedule`
pub(crate) fn unschedule(state: &mut State, now: i64, params: &Params) -> Outcome {
    let customer_uid = params.text("customer_uid");
    let merchant_uids = params.texts("merchant_uid");
    if customer_uid.is_none() && merchant_uids.is_empty() {
        return Err(missing("customer_uid, merchant_uid"));
    }
    let revoked = revoke(state, now, customer_uid.as_deref(), &merchant_uids);
    if revoked.is_empty() {
        return Err(Answer::refused(1, "취소할 예약결제 기록이 존재하지 않습니다."));
    }
    let shown: Vec<_> = revoked.iter().map(|it| shape::schedule(state, it)).collect();
    Ok(Answer::ok(&shown))
}

/// Revokes what has not run yet, of this customer, with these ids, or both.
pub(super) fn revoke(
    state: &mut State,
    now: i64,
    customer_uid: Option<&str>,
    merchant_uids: &[String],
) -> Vec<Schedule> {
    let labels: Vec<String> = if merchant_uids.is_empty() {
        customer_uid.map(by_customer_uid).into_iter().collect()
    } else {
        merchant_uids.iter().map(|uid| by_merchant_uid(uid)).collect()
    };
    let pending: Vec<ScheduleRow> = labels
        .iter()
        .flat_map(|label| state.schedules.find(label))
        .filter(|row| row.shown.schedule_status == ScheduleStatus::Scheduled)
        .filter(|row| customer_uid.is_none_or(|uid| row.shown.customer_uid == uid))
        .cloned()
        .collect();
    let mut revoked = Vec::new();
    let mut seen = BTreeSet::new();
    for mut row in pending {
        if seen.insert(row.id) {
            row.shown.schedule_status = ScheduleStatus::Revoked;
            row.shown.revoked_at = now;
            revoked.push(row.shown.clone());
            state.schedules.put(row);
        }
    }
    revoked
}

/// [GUESS] the text; the schema has HTTP 404.
fn unknown() -> Answer {
    Answer::error(404, "존재하지 않는 예약결제입니다.")
}

/// `GET /subscribe/payments/schedule/{merchant_uid}`
pub(super) fn one(state: &State, merchant_uid: &str) -> Outcome {
    let row = state.schedule(merchant_uid).ok_or_else(unknown)?;
    Ok(Answer::ok(&shape::schedule(state, &row.shown)))
}

/// `PUT /subscribe/payments/schedule/{merchant_uid}`
pub(crate) fn put(state: &mut State, now: i64, params: &Params, merchant_uid: &str) -> Outcome {
    let row = state.schedule(merchant_uid).cloned().ok_or_else(unknown)?;
    if row.shown.schedule_status != ScheduleStatus::Scheduled {
        // [GUESS] the rule is documented, the text is not.
        return Err(Answer::error(400, "이미 실행되었거나 취소된 예약결제입니다."));
    }
    moved(state, now, params, row)
}

/// `POST /subscribe/payments/schedule/{merchant_uid}/reschedule`
pub(super) fn reschedule(
    state: &mut State,
    now: i64,
    params: &Params,
    merchant_uid: &str,
) -> Outcome {
    let row = failed_or_revoked(state, merchant_uid)?;
    moved(state, now, params, row)
}

fn moved(state: &mut State, now: i64, params: &Params, mut row: ScheduleRow) -> Outcome {
    let schedule_at = time(now, params)?
        .ok_or_else(|| Answer::error(400, "예약시각(schedule_at)은 현재시각 이후여야 합니다."))?;
    row.run_at = run_at(state, schedule_at);
    row.shown.schedule_at = schedule_at;
    row.shown.schedule_status = ScheduleStatus::Scheduled;
    row.shown.executed_at = 0;
    row.shown.revoked_at = 0;
    row.shown.imp_uid = None;
    row.shown.payment_status = None;
    row.shown.fail_reason = None;
    let answer = Answer::ok(&shape::schedule(state, &row.shown));
    state.schedules.put(row);
    Ok(answer)
}

/// `POST /subscribe/payments/schedule/{merchant_uid}/retry`
pub(super) fn retry(state: &mut State, now: i64, merchant_uid: &str) -> Outcome {
    let mut row = failed_or_revoked(state, merchant_uid)?;
    if state.is_used(merchant_uid) {
        return Err(Answer::error(400, USED));
    }
    let Some(customer) = state.customer(&row.shown.customer_uid).cloned() else {
        // [GUESS] the refusal if the key is gone.
        return Err(Answer::error(400, UNKNOWN_BUYER));
    };
    let charged = charge(state, now, order_of(&row), &customer, Usage::Scheduled);
    if let Charged::Recorded { payment, .. } = &charged {
        row.shown.schedule_status = ScheduleStatus::Executed;
        row.shown.executed_at = now;
        row.shown.revoked_at = 0;
        row.shown.imp_uid = Some(payment.shown.imp_uid.clone());
        row.shown.payment_status = Some(payment.shown.status);
        row.shown.fail_reason.clone_from(&payment.shown.fail_reason);
        state.schedules.put(row);
    }
    Ok(told(state, now, charged))
}

fn failed_or_revoked(state: &State, merchant_uid: &str) -> Result<ScheduleRow, Answer> {
    let row = state.schedule(merchant_uid).cloned().ok_or_else(unknown)?;
    let revoked = row.shown.schedule_status == ScheduleStatus::Revoked;
    let failed = row.shown.payment_status == Some(PaymentStatus::Failed);
    if revoked || failed {
        Ok(row)
    } else {
        // [GUESS] the rule is documented, the text is not.
        Err(Answer::error(400, "실패했거나 취소된 예약결제만 다시 요청할 수 있습니다."))
    }
}
