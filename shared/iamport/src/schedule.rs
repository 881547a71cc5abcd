//! Schedules: charges that Iamport makes by itself later, and the requests to set and revoke them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::{
    Buyer, ChargeOptions, PaymentStatus, ScheduleStatus, lenient,
    limits::{self, Checked},
};

/// One schedule (`ScheduleResultAnnotation`). The schema promises no field at all; one without its
/// order, amount or status is an error. `Debug` shows ids, amounts and states.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Schedule {
    /// The billing key that is charged.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_uid: Option<String>,
    /// The order's id.
    #[serde(deserialize_with = "lenient::required_text")]
    pub merchant_uid: String,
    /// The payment it led to, once it ran. A failed run may have left none.
    #[serde(default, deserialize_with = "lenient::text")]
    pub imp_uid: Option<String>,
    /// When it is due. It runs up to about a minute later. `None` if the server does not say: the
    /// schema gives it a default of 0.
    #[serde(default, deserialize_with = "lenient::time")]
    pub schedule_at: Option<Timestamp>,
    /// When it ran.
    #[serde(default, deserialize_with = "lenient::time")]
    pub executed_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, deserialize_with = "lenient::time")]
    pub revoked_at: Option<Timestamp>,
    /// The amount in won.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// The currency.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// The name of the order.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The buyer (`buyer_…`).
    #[serde(flatten)]
    pub buyer: Buyer,
    /// Its status.
    #[serde(deserialize_with = "lenient::required_word")]
    pub schedule_status: ScheduleStatus,
    /// The status of the payment, once it ran. The schema does not promise it.
    #[serde(default, deserialize_with = "lenient::word")]
    pub payment_status: Option<PaymentStatus>,
    /// Why the payment failed.
    #[serde(default, deserialize_with = "lenient::text")]
    pub fail_reason: Option<String>,
    /// The PG, such as `html5_inicis`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_provider: Option<String>,
    /// The shop's id at the PG (MID).
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_id: Option<String>,
    /// The merchant's id of the person.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_id: Option<String>,
    /// What the merchant stored with it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub custom_data: Option<String>,
    /// The promotion to apply.
    #[serde(default, deserialize_with = "lenient::text")]
    pub promotion_id: Option<String>,
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule")
            .field("customer_uid", &self.customer_uid)
            .field("merchant_uid", &self.merchant_uid)
            .field("imp_uid", &self.imp_uid)
            .field("schedule_at", &self.schedule_at)
            .field("executed_at", &self.executed_at)
            .field("revoked_at", &self.revoked_at)
            .field("amount", &self.amount)
            .field("schedule_status", &self.schedule_status)
            .field("payment_status", &self.payment_status)
            .field("fail_reason", &self.fail_reason)
            .finish_non_exhaustive()
    }
}

/// Schedules charges (`POST /subscribe/payments/schedule`).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ScheduleRequest {
    /// The billing key to charge, at most 80 visible ASCII characters.
    pub customer_uid: String,
    /// The charges, at least one, each with a `merchant_uid` of its own.
    pub schedules: Vec<ScheduleItem>,
    /// The merchant's id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The channel, at most 55 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_key: Option<String>,
}

impl ScheduleRequest {
    /// Schedules these charges to `customer_uid`.
    pub fn new(
        customer_uid: impl Into<String>,
        schedules: impl IntoIterator<Item = ScheduleItem>,
    ) -> Self {
        Self {
            customer_uid: customer_uid.into(),
            schedules: schedules.into_iter().collect(),
            customer_id: None,
            channel_key: None,
        }
    }

    pub(crate) fn check(&self, now: Timestamp) -> Checked {
        limits::customer_uid(&self.customer_uid)?;
        limits::count("schedules", self.schedules.len(), usize::MAX)?;
        for item in &self.schedules {
            item.check(now)?;
        }
        limits::distinct(
            "merchant_uid",
            self.schedules.iter().map(|item| item.merchant_uid.as_str()),
        )?;
        limits::optional("channel_key", self.channel_key.as_ref(), 55)
    }
}

/// One charge to schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScheduleItem {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// When to charge; in the future by the client's clock. Iamport counts in whole seconds.
    #[serde(serialize_with = "seconds")]
    pub schedule_at: Timestamp,
    /// The amount in won, at least 1.
    pub amount: u64,
    /// The name of the order, 1 to 40 characters.
    pub name: String,
    /// Everything optional.
    #[serde(flatten)]
    pub options: ChargeOptions,
}

impl ScheduleItem {
    /// A charge of `amount` won at `schedule_at`.
    pub fn new(
        merchant_uid: impl Into<String>,
        schedule_at: Timestamp,
        amount: u64,
        name: impl Into<String>,
    ) -> Self {
        Self {
            merchant_uid: merchant_uid.into(),
            schedule_at,
            amount,
            name: name.into(),
            options: ChargeOptions {
                // Documented as required, though servers accept items without it.
                currency: Some("KRW".to_owned()),
                ..ChargeOptions::default()
            },
        }
    }

    fn check(&self, now: Timestamp) -> Checked {
        limits::merchant_uid(&self.merchant_uid)?;
        limits::in_future(self.schedule_at, now)?;
        limits::amount(self.amount)?;
        limits::required("name", &self.name, 40)?;
        self.options.check(self.amount)
    }
}

fn seconds<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(at.as_second())
}

/// Revokes schedules (`POST /subscribe/payments/unschedule`). Those that already ran are left alone;
/// if nothing is left to revoke, the call is refused
/// ([`Refusal::NothingToUnschedule`](crate::Refusal::NothingToUnschedule)).
///
/// To Iamport a billing key without ids means *all* of its schedules. That must not follow from an
/// empty list, so it is a separate variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Unschedule {
    /// Every pending schedule of a billing key.
    All {
        /// The billing key, at most 80 visible ASCII characters.
        customer_uid: String,
    },
    /// Some schedules.
    These {
        /// The billing key. Known clients always send it, though the newest documentation allows
        /// leaving it out.
        #[serde(skip_serializing_if = "Option::is_none")]
        customer_uid: Option<String>,
        /// The schedules, at least one.
        merchant_uid: Vec<String>,
    },
}

impl Unschedule {
    /// Revokes every pending schedule of this billing key.
    pub fn all(customer_uid: impl Into<String>) -> Self {
        Self::All { customer_uid: customer_uid.into() }
    }

    /// Revokes one schedule of this billing key.
    pub fn one(customer_uid: impl Into<String>, merchant_uid: impl Into<String>) -> Self {
        Self::These {
            customer_uid: Some(customer_uid.into()),
            merchant_uid: vec![merchant_uid.into()],
        }
    }

    pub(crate) fn check(&self) -> Checked {
        match self {
            Self::All { customer_uid } => limits::customer_uid(customer_uid),
            Self::These { customer_uid, merchant_uid } => {
                customer_uid.as_deref().map_or(Ok(()), limits::customer_uid)?;
                limits::count("merchant_uid", merchant_uid.len(), usize::MAX)?;
                merchant_uid.iter().try_for_each(|id| limits::merchant_uid(id))
            }
        }
    }
}
