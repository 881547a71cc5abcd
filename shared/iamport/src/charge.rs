//! Charging a billing key, and what a charge, made now or scheduled, may say besides.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    lenient,
    limits::{self, Checked, Problem},
};

/// Charges a billing key now (`POST /subscribe/payments/again`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Again {
    /// The billing key, at most 80 visible ASCII characters.
    pub customer_uid: String,
    /// The order's id, at most 40 visible ASCII characters. An id that was ever paid or cancelled
    /// is refused, which makes it safe to repeat a charge under the same id. The id of the card's
    /// registration counts as paid.
    pub merchant_uid: String,
    /// The amount in won, at least 1.
    pub amount: u64,
    /// The name of the order, 1 to 40 characters.
    pub name: String,
    /// Everything optional.
    #[serde(flatten)]
    pub options: ChargeOptions,
}

impl Again {
    /// Charges `amount` won to `customer_uid`.
    pub fn new(
        customer_uid: impl Into<String>,
        merchant_uid: impl Into<String>,
        amount: u64,
        name: impl Into<String>,
    ) -> Self {
        Self {
            customer_uid: customer_uid.into(),
            merchant_uid: merchant_uid.into(),
            amount,
            name: name.into(),
            options: ChargeOptions::default(),
        }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::customer_uid(&self.customer_uid)?;
        limits::merchant_uid(&self.merchant_uid)?;
        limits::amount(self.amount)?;
        limits::required("name", &self.name, 40)?;
        self.options.check(self.amount)
    }
}

/// The optional fields of a charge, made now or scheduled.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct ChargeOptions {
    /// The buyer. For a schedule, Iamport fills in what is left out from the billing key.
    #[serde(flatten)]
    pub buyer: Buyer,
    /// The currency; `KRW` if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The tax-free part of the amount, in won; 0 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<u64>,
    /// The VAT in the amount, in won; the PG works it out if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// The number of monthly instalments, 0 for a lump sum. More than 1 takes at least 50,000 won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_quota: Option<u32>,
    /// Whether the merchant pays the interest on the instalments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest_free_by_merchant: Option<bool>,
    /// Whether to spend the card's points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_card_point: Option<bool>,
    /// Stored with the payment and returned as it is, often JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<String>,
    /// Where the webhook goes, instead of the address set in the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_url: Option<String>,
    /// The buyer's IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_ip: Option<String>,
    /// The kind of product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
    /// The quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_count: Option<u32>,
    /// Who the cash receipt is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_receipt_type: Option<CashReceiptType>,
    /// Passed on to the PG unchanged, JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<String>,
    /// Fields that only some PGs ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<Extra>,
    /// The promotion to apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// The channel, at most 55 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_key: Option<String>,
}

impl ChargeOptions {
    pub(crate) fn check(&self, amount: u64) -> Checked {
        self.buyer.check()?;
        limits::optional("channel_key", self.channel_key.as_ref(), 55)?;
        if self.card_quota.is_some_and(|months| months > 1) && amount < 50_000 {
            return limits::fail("card_quota", Problem::InstalmentsTooSmall);
        }
        Ok(())
    }
}

impl fmt::Debug for ChargeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChargeOptions")
            .field("currency", &self.currency)
            .field("card_quota", &self.card_quota)
            .finish_non_exhaustive()
    }
}

/// The kind of product sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductType {
    /// Physical goods.
    Real,
    /// Digital content.
    Digital,
}

/// Who a cash receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CashReceiptType {
    /// A person.
    Person,
    /// A company.
    Company,
    /// Nobody in particular.
    Anonymous,
}

/// Fields that only some PGs ask for (`SubscribePaymentExtra`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Extra {
    /// The date of use for Naver Pay, `YYYYMMDD`.
    #[serde(rename = "naverUseCfm", skip_serializing_if = "Option::is_none")]
    pub naver_use_cfm: Option<String>,
}

/// The buyer (`buyer_…`). An empty or blank field is not sent, because KG Inicis refuses charges
/// that have one (`ER0102`). `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Buyer {
    /// The name, at most 16 characters.
    #[serde(
        rename = "buyer_name",
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "is_blank"
    )]
    pub name: Option<String>,
    /// The e-mail address, at most 64 characters.
    #[serde(
        rename = "buyer_email",
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "is_blank"
    )]
    pub email: Option<String>,
    /// The telephone number, at most 16 characters.
    #[serde(
        rename = "buyer_tel",
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "is_blank"
    )]
    pub tel: Option<String>,
    /// The postal address, at most 128 characters.
    #[serde(
        rename = "buyer_addr",
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "is_blank"
    )]
    pub addr: Option<String>,
    /// The post code, at most 8 characters.
    #[serde(
        rename = "buyer_postcode",
        default,
        deserialize_with = "lenient::text",
        skip_serializing_if = "is_blank"
    )]
    pub postcode: Option<String>,
}

impl Buyer {
    fn check(&self) -> Checked {
        limits::optional("buyer_name", self.name.as_ref(), 16)?;
        limits::optional("buyer_email", self.email.as_ref(), 64)?;
        limits::optional("buyer_tel", self.tel.as_ref(), 16)?;
        limits::optional("buyer_addr", self.addr.as_ref(), 128)?;
        limits::optional("buyer_postcode", self.postcode.as_ref(), 8)
    }
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn is_blank(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(|text| text.trim().is_empty())
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer").finish_non_exhaustive()
    }
}
