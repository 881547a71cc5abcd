//! What the lines of each book hold.

use super::file::{Cell, Column};
use crate::journal::EntryView;
use billing::{Entry, Subscription, Won};
use edge::words::StateView;
use flows::{Faces, PaymentLine, RefundLine};
use serde_json::Value;

/// Of members who were erased neither the member nor the card.
pub(super) const PAYMENTS: [Column; 15] = [
    ("paid_at", "결제 시각"),
    ("imp_uid", "아임포트 번호"),
    ("merchant_uid", "주문 번호"),
    ("uid", "회원"),
    ("plan", "상품"),
    ("amount", "결제 금액"),
    ("supply", "공급가액"),
    ("vat", "부가세"),
    ("refunded", "환불된 금액"),
    ("period", "회차"),
    ("period_start", "이용 시작일"),
    ("period_end", "다음 결제일"),
    ("card_name", "카드사"),
    ("card_number", "카드 번호"),
    ("receipt_url", "매출전표"),
];

pub(super) const REFUNDS: [Column; 10] = [
    ("refunded_at", "환불 시각"),
    ("imp_uid", "아임포트 번호"),
    ("merchant_uid", "주문 번호"),
    ("uid", "회원"),
    ("amount", "환불 금액"),
    ("supply", "공급가액"),
    ("vat", "부가세"),
    ("refunded_in_all", "누적 환불 금액"),
    ("paid_at", "결제 시각"),
    ("paid", "결제 금액"),
];

pub(super) const MEMBERS: [Column; 13] = [
    ("uid", "회원"),
    ("state", "상태"),
    ("plan", "상품"),
    ("price", "월 요금"),
    ("first_paid_on", "첫 결제일"),
    ("periods_paid", "결제 횟수"),
    ("paid_through", "이용 종료일"),
    ("next_payment_date", "다음 결제일"),
    ("cancel_requested_at", "해지 신청 시각"),
    ("card_name", "카드사"),
    ("card_number", "카드 번호"),
    ("terms_version", "약관 버전"),
    ("agreed_at", "동의 시각"),
];

pub(super) const JOURNAL: [Column; 7] = [
    ("at", "시각"),
    ("uid", "회원"),
    ("entry", "구분"),
    ("type", "종류"),
    ("by", "관리자"),
    ("details", "내용"),
    ("id", "번호"),
];

pub(super) fn payment(line: &PaymentLine) -> Vec<Cell> {
    let vat = line.amount.vat();
    vec![
        Cell::Moment(line.paid_at),
        Cell::Text(line.imp_uid.to_string()),
        Cell::Text(line.merchant_uid.to_string()),
        Cell::text(line.uid.as_ref()),
        Cell::Text(line.plan.to_string()),
        won(line.amount),
        won(without(line.amount, vat)),
        won(vat),
        won(line.refunded),
        // For people periods are counted from one.
        Cell::Number(u64::from(line.period).saturating_add(1)),
        Cell::Date(line.period_start),
        Cell::Date(line.period_end),
        Cell::text(line.card_name.as_ref()),
        Cell::text(line.card_number.as_ref()),
        Cell::text(line.receipt_url.as_ref()),
    ]
}

pub(super) fn refund(line: &RefundLine) -> Vec<Cell> {
    let payment = line.payment;
    vec![
        Cell::Moment(line.at),
        Cell::Text(line.imp_uid.to_string()),
        Cell::text(payment.map(|paid| paid.merchant_uid)),
        Cell::text(line.uid.as_ref()),
        won(line.amount),
        won(without(line.amount, line.vat)),
        won(line.vat),
        won(line.in_all),
        Cell::moment(payment.map(|paid| paid.paid_at)),
        Cell::number(payment.map(|paid| paid.amount.get())),
    ]
}

pub(super) fn member(member: &Subscription) -> Vec<Cell> {
    let card = member.card.as_ref();
    let consent = member.consent.as_ref();
    let wish = member.cancellation.as_ref();
    vec![
        Cell::Text(member.uid.to_string()),
        word(StateView::from(member.state())),
        Cell::Text(member.plan.to_string()),
        won(member.price),
        Cell::date(member.anchor),
        Cell::Number(u64::from(member.periods_paid)),
        Cell::date(member.paid_through()),
        Cell::date(member.next_payment_date()),
        Cell::moment(wish.map(|wish| wish.requested_at)),
        Cell::text(card.and_then(|card| card.name.as_ref())),
        Cell::text(card.and_then(|card| card.number.as_ref())),
        Cell::text(consent.map(|consent| &consent.version)),
        Cell::moment(consent.map(|consent| consent.agreed_at)),
    ]
}

/// As the desk shows it.
pub(super) fn entry(entry: Entry) -> Vec<Cell> {
    let (at, uid) = (entry.at, entry.uid.to_string());
    let mut shown = serde_json::to_value(EntryView::of(entry, &Faces::new())).unwrap_or_default();
    let mut take = |name| shown.get_mut(name).map(Value::take).unwrap_or_default();
    let mut text = |name| Cell::text(take(name).as_str());
    let (kind, what, by, id) = (text("entry"), text("type"), text("by"), text("id"));
    vec![Cell::Moment(at), Cell::Text(uid), kind, what, by, Cell::Facts(take("details")), id]
}

const fn won(amount: Won) -> Cell {
    Cell::Number(amount.get())
}

fn without(amount: Won, vat: Won) -> Won {
    amount.checked_sub(vat).unwrap_or_default()
}

/// A word as answers spell it.
fn word(word: StateView) -> Cell {
    Cell::text(serde_json::to_value(word).unwrap_or_default().as_str())
}
