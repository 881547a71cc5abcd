//! Refunds: money that is to be given back, and what was.

use crate::{ImpUid, MerchantUid, Uid, Won};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Money given back, noted on the payment's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Iamport's id of the payment.
    pub imp_uid: ImpUid,
    /// When it had been paid: with the `imp_uid` the row's key.
    pub paid_at: Timestamp,
    /// All that has been given back of it by now.
    pub refunded: Won,
}

/// A payment to be given back, in full unless an admin says how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundDue {
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// How much of it is to have been given back in all, whoever gave it: what was charged, or less.
    pub amount: Won,
    /// When it was charged.
    pub paid_at: Timestamp,
    /// Why, as Iamport's console is to show it.
    pub reason: String,
    /// Since when Iamport has refused to.
    pub refused_since: Option<Timestamp>,
    /// The admin who said so; `None` for money that went back by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Uid>,
}

/// What an admin gives back on a day, noted with the act that gives it back: no more than is allowed, or the act is
/// not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Who gives back.
    pub by: Uid,
    /// The day, in Korea.
    pub on: Date,
    /// How much more, in won.
    pub amount: Won,
    /// How much of that day in all may be, in won.
    pub of: Won,
}

/// A payment that was booked, as far as giving it back goes; all that is kept of it once its member is erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refundable {
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// What was charged.
    pub amount: Won,
    /// What was given back since.
    pub refunded: Won,
    /// When it was charged, by Iamport's clock.
    pub paid_at: Timestamp,
}

impl Refundable {
    /// What is owed of it: that so much has gone back in all, because somebody (`by`) says so, and why.
    pub(crate) fn due(&self, in_all: Won, reason: &str, by: Option<&Uid>) -> RefundDue {
        RefundDue {
            imp_uid: self.imp_uid.clone(),
            merchant_uid: self.merchant_uid,
            amount: in_all,
            paid_at: self.paid_at,
            reason: reason.to_owned(),
            refused_since: None,
            by: by.cloned(),
        }
    }
}
