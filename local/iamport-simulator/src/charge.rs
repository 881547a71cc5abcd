//! Making payment records: what a charge, a registration and a refusal leave behind.

use crate::{
    card::{NO_ANSWER, NOTHING_TO_CHARGE, Verdict},
    params::{Call, Params},
    records::{
        AttemptRow, Customer, CustomerRow, Payment, PaymentRow, PaymentStatus, Schedule,
        ScheduleRow, ScheduleStatus, Usage, by_merchant_uid,
    },
    state::State,
    webhook,
};

/// What a merchant asks for, before anything comes of it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub merchant_uid: String,
    pub customer_uid: Option<String>,
    pub amount: i64,
    pub currency: String,
    pub name: Option<String>,
    pub buyer: Buyer,
    pub custom_data: Option<String>,
    pub notice_urls: Vec<String>,
    pub card_quota: i64,
    pub vat_amount: Option<i64>,
    pub user_agent: Option<String>,
}

/// Who is said to buy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buyer {
    pub name: Option<String>,
    pub email: Option<String>,
    pub tel: Option<String>,
    pub addr: Option<String>,
    pub postcode: Option<String>,
}

impl Buyer {
    pub(crate) fn read(params: &Params) -> Self {
        Self {
            name: params.short("buyer_name", 16),
            email: params.short("buyer_email", 64),
            tel: params.short("buyer_tel", 16),
            addr: params.short("buyer_addr", 128),
            postcode: params.short("buyer_postcode", 8),
        }
    }

    /// What is missing is taken from the customer.
    pub(crate) fn or_of(self, customer: &Customer) -> Self {
        Self {
            name: self.name.or_else(|| customer.customer_name.clone()),
            email: self.email.or_else(|| customer.customer_email.clone()),
            tel: self.tel.or_else(|| customer.customer_tel.clone()),
            addr: self.addr.or_else(|| customer.customer_addr.clone()),
            postcode: self.postcode.or_else(|| customer.customer_postcode.clone()),
        }
    }
}

impl Order {
    /// Reads what `again`, `onetime`, a schedule's item and the window have in common.
    pub(crate) fn read(
        params: &Params,
        call: Option<&Call>,
    ) -> Result<Self, crate::answer::Answer> {
        Ok(Self {
            merchant_uid: params.required("merchant_uid", 40)?,
            customer_uid: None,
            amount: params.required_number("amount")?,
            currency: params.text("currency").unwrap_or_else(|| "KRW".to_owned()),
            name: params.short("name", 40),
            buyer: Buyer::read(params),
            custom_data: params.text("custom_data"),
            notice_urls: params.texts("notice_url"),
            card_quota: params.number("card_quota")?.unwrap_or(0),
            vat_amount: params.number("vat_amount")?,
            user_agent: call.and_then(|call| call.user_agent.clone()),
        })
    }
}

/// The merchant's contract with the PG that a payment goes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub pg_provider: String,
    pub pg_id: String,
}

impl Channel {
    /// Reads `provider[.MID]`; Inicis' test MID for billing by default.
    pub(crate) fn parse(pg: Option<&str>) -> Self {
        let pg = pg.unwrap_or("html5_inicis");
        let (provider, mid) = pg.split_once('.').unwrap_or((pg, "INIBillTst"));
        Self { pg_provider: provider.to_owned(), pg_id: mid.to_owned() }
    }

    /// Inicis' public test MIDs.
    pub(crate) fn is_sandbox(&self) -> bool {
        matches!(self.pg_id.as_str(), "INIBillTst" | "INIpayTest" | "iniescrow0")
    }
}

/// The way a payment was made: it shows in ids and in `channel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    WindowPc,
    WindowMobile,
    Api,
}

impl Way {
    const fn channel(self) -> &'static str {
        match self {
            Self::WindowPc => "pc",
            Self::WindowMobile => "mobile",
            Self::Api => "api",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::WindowPc | Self::WindowMobile => "imp",
            Self::Api => "imps",
        }
    }
}

/// A payment's record in which nothing has come of it yet.
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
        apply_num: None,
        bank_code: None,
        bank_name: None,
        buyer_addr: order.buyer.addr.clone(),
        buyer_email: order.buyer.email.clone(),
        buyer_name: order.buyer.name.clone(),
        buyer_postcode: order.buyer.postcode.clone(),
        buyer_tel: order.buyer.tel.clone(),
        cancel_amount: 0,
        cancel_history: Vec::new(),
        cancel_reason: None,
        cancel_receipt_urls: Vec::new(),
        cancelled_at: 0,
        card_code: None,
        card_issuer_code: None,
        card_issuer_name: None,
        card_name: None,
        card_number: None,
        card_publisher_code: None,
        card_publisher_name: None,
        card_quota: order.card_quota,
        card_type: None,
        cash_receipt_issued: false,
        channel: way.channel().to_owned(),
        currency: order.currency.clone(),
        custom_data: order.custom_data.clone(),
        customer_uid: order.customer_uid.clone(),
        customer_uid_usage: usage,
        emb_pg_provider: None,
        escrow: false,
        fail_reason: None,
        failed_at: 0,
        imp_uid,
        merchant_uid: order.merchant_uid.clone(),
        name: order.name.clone(),
        paid_at: 0,
        pay_method: "card".to_owned(),
        pg_id: channel.pg_id.clone(),
        pg_provider: channel.pg_provider.clone(),
        pg_tid: None,
        receipt_url: None,
        sandbox: channel.is_sandbox(),
        started_at: now,
        status: PaymentStatus::Ready,
        user_agent: order.user_agent.clone(),
        vbank_code: None,
        vbank_date: 0,
        vbank_holder: None,
        vbank_issued_at: 0,
        vbank_name: None,
        vbank_num: None,
    };
    PaymentRow {
        id,
        shown,
        notice_urls: order.notice_urls.clone(),
        vat_amount: order.vat_amount,
        updated_at: now,
    }
}

/// Shows whose card it is.
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

/// What a billing key's charge came to.
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

/// The order that a schedule stands for.
pub(crate) fn order_of(schedule: &ScheduleRow) -> Order {
    let Schedule {
        customer_uid,
        merchant_uid,
        imp_uid: _,
        customer_id: _,
        schedule_at: _,
        executed_at: _,
        revoked_at: _,
        amount,
        name,
        buyer_name,
        buyer_tel,
        buyer_email,
        buyer_addr,
        buyer_postcode,
        schedule_status: _,
        payment_status: _,
        fail_reason: _,
        custom_data,
        currency,
        pg_provider: _,
        pg_id: _,
        promotion_id: _,
    } = schedule.shown.clone();
    Order {
        merchant_uid,
        customer_uid: Some(customer_uid),
        amount,
        currency,
        name,
        buyer: Buyer {
            name: buyer_name,
            email: buyer_email,
            tel: buyer_tel,
            addr: buyer_addr,
            postcode: buyer_postcode,
        },
        custom_data,
        notice_urls: schedule.notice_urls.clone(),
        card_quota: schedule.card_quota,
        vat_amount: schedule.vat_amount,
        user_agent: schedule.user_agent.clone(),
    }
}

/// [GUESS] what a schedule says whose `merchant_uid` was paid otherwise before it ran.
pub(crate) const USED: &str =
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)";
pub(crate) const UNKNOWN_BUYER: &str = "등록되지 않은 구매자입니다.";

/// Runs a schedule whose time has come.
pub(crate) fn run_schedule(state: &mut State, id: u64) {
    let Some(mut schedule) = state.schedules.get(id).cloned() else { return };
    let now = schedule.run_at;
    schedule.shown.schedule_status = ScheduleStatus::Executed;
    schedule.shown.executed_at = now;
    if state.is_used(&schedule.shown.merchant_uid) {
        // [GUESS] refused as `again` would be: no new record, hence no webhook.
        schedule.shown.payment_status = Some(PaymentStatus::Failed);
        schedule.shown.fail_reason = Some(USED.to_owned());
        state.schedules.put(schedule);
        return;
    }
    let order = order_of(&schedule);
    let customer = state.customer(&schedule.shown.customer_uid).cloned();
    let charged = if let Some(customer) = customer {
        charge(state, now, order, &customer, Usage::Scheduled)
    } else {
        // [GUESS] the key was deleted meanwhile: the run fails and leaves a failed payment.
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
