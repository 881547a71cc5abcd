//! What a merchant asks for, and on which channel.

use crate::{
    answer::Answer,
    params::{Call, Params},
    records::{Customer, Schedule},
    rows::ScheduleRow,
};

/// What a merchant asks for.
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

/// The buyer, according to the merchant.
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

    /// Fills in what is missing from the customer.
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
    pub(crate) fn read(params: &Params, call: Option<&Call>) -> Result<Self, Answer> {
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

/// The merchant's contract with the PG that a payment uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub pg_provider: String,
    pub pg_id: String,
}

impl Channel {
    /// Reads `provider[.MID]`; the default is Inicis' test MID for billing.
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

/// How a payment was made, which shows in its id and in `channel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    WindowPc,
    WindowMobile,
    Api,
}

impl Way {
    /// `channel` of its payments.
    pub(crate) const fn channel(self) -> &'static str {
        match self {
            Self::WindowPc => "pc",
            Self::WindowMobile => "mobile",
            Self::Api => "api",
        }
    }

    /// The prefix of its payments' ids.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::WindowPc | Self::WindowMobile => "imp",
            Self::Api => "imps",
        }
    }
}

/// The order behind a schedule.
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
