//! Charging a card: with a billing key (`again`), or with its data (`onetime`).

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

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
    /// The order's id, at most 40 visible ASCII characters. One that was ever paid or cancelled is
    /// refused, which is what makes it safe to ask again under the same id; the id of the card's
    /// registration counts as paid.
    pub merchant_uid: String,
    /// The amount in won, at least 1.
    pub amount: u64,
    /// The name of the order, 1 to 40 characters.
    pub name: String,
    /// Everything that need not be said.
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

/// Charges a card from its data, and keeps a billing key when `customer_uid` is set
/// (`POST /subscribe/payments/onetime`).
///
/// KG Inicis also wants `options.buyer`'s name, e-mail address and telephone number, and opens
/// this to shops with a contract for it only.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Onetime {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// The amount in won, at least 1.
    pub amount: u64,
    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// The name of the order, 1 to 40 characters.
    pub name: String,
    /// Keeps a billing key under this id, at most 80 visible ASCII characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_uid: Option<String>,
    /// `provider` or `provider.MID`, at most 80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pg: Option<String>,
    /// Everything that need not be said.
    #[serde(flatten)]
    pub options: ChargeOptions,
}

impl Onetime {
    /// Charges `amount` won to `card`.
    pub fn new(
        merchant_uid: impl Into<String>,
        amount: u64,
        name: impl Into<String>,
        card: Card,
    ) -> Self {
        Self {
            merchant_uid: merchant_uid.into(),
            amount,
            card,
            name: name.into(),
            customer_uid: None,
            pg: None,
            options: ChargeOptions::default(),
        }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::merchant_uid(&self.merchant_uid)?;
        limits::amount(self.amount)?;
        limits::required("name", &self.name, 40)?;
        self.card.check()?;
        self.customer_uid.as_deref().map_or(Ok(()), limits::customer_uid)?;
        limits::optional("pg", self.pg.as_ref(), 80)?;
        self.options.check(self.amount)
    }
}

/// What a charge may also say, now or scheduled.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct ChargeOptions {
    /// Who buys. What is left out comes from the billing key's customer for a schedule.
    #[serde(flatten)]
    pub buyer: Buyer,
    /// The currency; Iamport's default is `KRW`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The tax-free part of the amount, in won; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<u64>,
    /// The VAT in the amount, in won; worked out by the PG by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// Months of instalment, 0 for a lump sum; more than 1 from 50,000 won on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_quota: Option<u32>,
    /// Whether the merchant pays the interest of the instalments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest_free_by_merchant: Option<bool>,
    /// Whether the card's points are spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_card_point: Option<bool>,
    /// Kept with the payment and given back, often JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<String>,
    /// Where the webhook goes instead of the console's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_url: Option<String>,
    /// The buyer's address on the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_ip: Option<String>,
    /// What kind of product it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
    /// How many of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_count: Option<u32>,
    /// Whom the cash receipt is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_receipt_type: Option<CashReceiptType>,
    /// What the PG gets unchanged, JSON as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<String>,
    /// What single PGs want besides.
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

/// What kind of product is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductType {
    /// Something that is shipped.
    Real,
    /// Content.
    Digital,
}

/// Whom a cash receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CashReceiptType {
    /// A person.
    Person,
    /// A company.
    Company,
    /// Nobody by name.
    Anonymous,
}

/// What single PGs want besides (`SubscribePaymentExtra`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Extra {
    /// The day Naver Pay counts as the day of use, `YYYYMMDD`.
    #[serde(rename = "naverUseCfm", skip_serializing_if = "Option::is_none")]
    pub naver_use_cfm: Option<String>,
}

/// Who buys (`buyer_…`). A field that is empty, or blank, is not sent: KG Inicis refuses charges
/// with empty ones (`ER0102`). `Debug` shows nothing of it.
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

/// A card's data. `Debug` shows nothing of them.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Card {
    /// The number, 13 to 19 digits; Iamport documents `dddd-dddd-dddd-dddd`.
    #[serde(rename = "card_number", serialize_with = "expose")]
    pub number: SecretString,
    /// `YYYY-MM`.
    #[serde(serialize_with = "expose")]
    pub expiry: SecretString,
    /// The holder's birthday `YYMMDD`, or the company's 10-digit number.
    #[serde(serialize_with = "expose_some", skip_serializing_if = "Option::is_none")]
    pub birth: Option<SecretString>,
    /// The first two digits of the card's password.
    #[serde(serialize_with = "expose_some", skip_serializing_if = "Option::is_none")]
    pub pwd_2digit: Option<SecretString>,
    /// The code on the card's back, 3 or 4 digits.
    #[serde(serialize_with = "expose_some", skip_serializing_if = "Option::is_none")]
    pub cvc: Option<SecretString>,
}

impl Card {
    /// A card by its number and its expiry `YYYY-MM`.
    pub fn new(number: impl Into<SecretString>, expiry: impl Into<SecretString>) -> Self {
        Self {
            number: number.into(),
            expiry: expiry.into(),
            birth: None,
            pwd_2digit: None,
            cvc: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        let number = self.number.expose_secret();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if !(13..=19).contains(&digits)
            || !number.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
        {
            return limits::fail("card_number", Problem::Malformed("dddd-dddd-dddd-dddd"));
        }
        let in_digits = |text: &str, length| limits::digits("expiry", text, &[length]).is_ok();
        if !self.expiry.expose_secret().split_once('-').is_some_and(|(year, month)| {
            in_digits(year, 4) && in_digits(month, 2) && matches!(month.parse(), Ok(1..=12))
        }) {
            return limits::fail("expiry", Problem::Malformed("YYYY-MM"));
        }
        let digits = |field, value: &Option<SecretString>, lengths| {
            value
                .as_ref()
                .map_or(Ok(()), |value| limits::digits(field, value.expose_secret(), lengths))
        };
        digits("birth", &self.birth, &[6, 10])?;
        digits("pwd_2digit", &self.pwd_2digit, &[2])?;
        digits("cvc", &self.cvc, &[3, 4])
    }
}

fn expose<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn expose_some<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(to)
}
