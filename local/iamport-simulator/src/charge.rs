//! Payment records: what a charge, a registration and a refusal leave behind.

use crate::{
    card::{NO_ANSWER, NOTHING_TO_CHARGE, Verdict},
    fault::ScheduleFault,
    order::{Channel, Order, Way, order_of},
    records::{Customer, Payment, PaymentStatus, ScheduleStatus, Usage},
    rows::{AttemptRow, CustomerRow, PaymentRow, ScheduleRow, by_merchant_uid},
    settings::Switch,
    state::State,
    webhook,
};

/// A new payment record, without a result yet.
pub(crate) fn opened(
    state: &mut State,
    now: i64,
    order: &Order,
    channel: &Channel,
    way: Way,
    usage: Option<Usage>,
) -> PaymentRow {
    let imp_uid = state.new_imp_uid(way.prefix());
    let id = state.new_id();
    let shown = Payment {
        amount: order.amount,
        buyer_addr: order.buyer.addr.clone(),
        buyer_email: order.buyer.email.clone(),
        buyer_name: order.buyer.name.clone(),
        buyer_postcode: order.buyer.postcode.clone(),
        buyer_tel: order.buyer.tel.clone(),
        card_quota: order.card_quota,
        channel: way.channel().to_owned(),
        currency: order.currency.clone(),
        custom_data: order.custom_data.clone(),
        customer_uid: order.customer_uid.clone(),
        customer_uid_usage: usage,
        imp_uid,
        merchant_uid: order.merchant_uid.clone(),
        name: order.name.clone(),
        pay_method: "card".to_owned(),
        pg_id: channel.pg_id.clone(),
        pg_provider: channel.pg_provider.clone(),
        sandbox: channel.is_sandbox(),
        started_at: now,
        user_agent: order.user_agent.clone(),
        ..Payment::default()
    };
    PaymentRow {
        id,
        shown,
        notice_urls: order.notice_urls.clone(),
        vat_amount: order.vat_amount,
        updated_at: now,
    }
}

/// Copies the card's details into the payment.
pub(crate) fn show_card(payment: &mut Payment, customer: &Customer) {
    payment.card_code.clone_from(&customer.card_code);
    payment.card_issuer_code.clone_from(&customer.card_issuer_code);
    payment.card_issuer_name.clone_from(&customer.card_issuer_name);
    payment.card_name = Some(customer.card_name.clone());
    payment.card_number.clone_from(&customer.card_number);
    payment.card_publisher_code.clone_from(&customer.card_publisher_code);
    payment.card_publisher_name.clone_from(&customer.card_publisher_name);
    payment.card_type = customer.card_type;
}

/// Marks a payment paid. `apply_num` is empty for a registration: nothing was approved.
pub(crate) fn pay(state: &mut State, now: i64, row: &mut PaymentRow, tid_kind: &str) {
    let registration = row.shown.customer_uid_usage == Some(Usage::Issue);
    let digits = state.memo.rng.digits(6);
    let tid = format!("{tid_kind}{}{}{digits}", row.shown.pg_id, kst(now));
    row.shown.apply_num = Some(if registration { String::new() } else { state.memo.rng.digits(8) });
    row.shown.receipt_url =
        Some(format!("https://iniweb.inicis.com/receipt/iniReceipt.jsp?noTid={tid}"));
    row.shown.pg_tid = Some(tid);
    row.shown.status = PaymentStatus::Paid;
    row.shown.paid_at = now;
    row.updated_at = now;
}

/// Marks a payment failed.
pub(crate) fn fail(now: i64, row: &mut PaymentRow, reason: &str) {
    row.shown.status = PaymentStatus::Failed;
    row.shown.fail_reason = Some(reason.to_owned());
    row.shown.failed_at = now;
    row.updated_at = now;
}

/// `yyyymmddhhmmss` in Korea, as in Inicis' transaction ids.
pub(crate) fn kst(now: i64) -> String {
    jiff::Timestamp::from_second(now)
        .map(|now| now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))))
        .map(|now| now.strftime("%Y%m%d%H%M%S").to_string())
        .unwrap_or_default()
}

/// The result of charging a billing key.
pub(crate) enum Charged {
    /// There is a record, paid or failed.
    Recorded { payment: Box<PaymentRow>, hold: Option<std::time::Duration> },
    /// The request was lost before anything was recorded.
    NoTrace { hold: std::time::Duration },
}

/// Charges a billing key, as `again` does.
pub(crate) fn charge(
    state: &mut State,
    now: i64,
    mut order: Order,
    customer: &CustomerRow,
    usage: Usage,
) -> Charged {
    let attempted = by_merchant_uid(&order.merchant_uid);
    let first = state.attempts.newest(&attempted).is_none();
    let verdict = if order.amount <= 0 {
        Verdict::Declined(NOTHING_TO_CHARGE)
    } else {
        customer.card.verdict(now.saturating_sub(customer.shown.updated), first)
    };
    if let (Verdict::NeverArrived { hold }, Usage::Payment) = (verdict, usage) {
        let id = state.new_id();
        state.attempts.put(AttemptRow { id, merchant_uid: order.merchant_uid });
        return Charged::NoTrace { hold };
    }
    order.buyer = order.buyer.or_of(&customer.shown);
    order.customer_uid = Some(customer.shown.customer_uid.clone());
    let channel = Channel {
        pg_provider: customer.shown.pg_provider.clone(),
        pg_id: customer.shown.pg_id.clone(),
    };
    let mut row = opened(state, now, &order, &channel, Way::Api, Some(usage));
    show_card(&mut row.shown, &customer.shown);
    let hold = match verdict {
        Verdict::Approved { hold } => {
            pay(state, now, &mut row, "INIAPICARD");
            hold
        }
        Verdict::Declined(reason) => {
            fail(now, &mut row, reason);
            None
        }
        Verdict::NeverArrived { .. } => {
            fail(now, &mut row, NO_ANSWER);
            None
        }
    };
    state.payments.put(row.clone());
    Charged::Recorded { payment: Box::new(row), hold }
}

/// The refusal of a `merchant_uid` that was paid or cancelled before.
pub(crate) const USED: &str =
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)";
/// The refusal of an unknown `customer_uid`.
pub(crate) const UNKNOWN_BUYER: &str = "등록되지 않은 구매자입니다.";

/// [GUESS] the reason of a schedule that was refused before there was a payment; an older answer of
/// `again` was worded like this.
const REFUSED: &str = "결제승인에 실패하였습니다.";

/// Runs a schedule that is due.
pub(crate) fn run_schedule(state: &mut State, id: u64) {
    let Some(schedule) = state.schedules.get(id).cloned() else { return };
    let now = schedule.run_at;
    attempt(state, now, schedule);
}

/// Charges for a schedule, records the result on it, and queues the webhook.
pub(crate) fn attempt(state: &mut State, now: i64, mut schedule: ScheduleRow) {
    schedule.shown.schedule_status = ScheduleStatus::Executed;
    schedule.shown.executed_at = now;
    let merchant_uid = schedule.shown.merchant_uid.clone();
    let customer = state.customer(&schedule.shown.customer_uid).cloned();
    let without_record = match (state.fault_of_schedule(&merchant_uid), &customer) {
        (Some(ScheduleFault::Silent), _) => Some(None),
        (Some(ScheduleFault::Unrecorded), _) => Some(Some(REFUSED)),
        // [GUESS] refused as `again` would be: no new record, hence no webhook.
        (None, _) if state.is_used(&merchant_uid) => Some(Some(USED)),
        (None, None) if state.has(Switch::GoneKeyLeavesNoRecord) => Some(Some(UNKNOWN_BUYER)),
        (None, _) => None,
    };
    if let Some(reason) = without_record {
        schedule.shown.payment_status = reason.map(|_| PaymentStatus::Failed);
        schedule.shown.fail_reason = reason.map(str::to_owned);
        state.schedules.put(schedule);
        return;
    }
    let order = order_of(&schedule);
    let charged = if let Some(customer) = customer {
        charge(state, now, order, &customer, Usage::Scheduled)
    } else {
        // [GUESS] the key was deleted in the meantime: the run fails and leaves a failed payment.
        let channel = Channel {
            pg_provider: schedule.shown.pg_provider.clone(),
            pg_id: schedule.shown.pg_id.clone(),
        };
        let mut row = opened(state, now, &order, &channel, Way::Api, Some(Usage::Scheduled));
        fail(now, &mut row, UNKNOWN_BUYER);
        state.payments.put(row.clone());
        Charged::Recorded { payment: Box::new(row), hold: None }
    };
    if let Charged::Recorded { payment, hold: _ } = charged {
        schedule.shown.imp_uid = Some(payment.shown.imp_uid.clone());
        schedule.shown.payment_status = Some(payment.shown.status);
        schedule.shown.fail_reason.clone_from(&payment.shown.fail_reason);
        webhook::queue(state, now, &payment, None);
    }
    state.schedules.put(schedule);
}
