//! Giving money back.

use std::fmt;

use serde::Serialize;

use crate::limits::{self, Checked};

/// Gives money back (`POST /payments/cancel`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cancel {
    /// Which payment.
    #[serde(flatten)]
    pub target: CancelTarget,
    /// The won to give back, at least 1; all that is left without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// The tax-free part of the amount, in won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<u64>,
    /// The VAT in the amount, in won; has to be given where the payment gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// The won you believe can still be given back. Iamport refuses when it knows otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the money goes, for virtual accounts.
    #[serde(flatten)]
    pub refund: Option<RefundAccount>,
    /// Whether the promotion stays used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_promotion: Option<bool>,
    /// Whether Iamport sends a webhook for this cancellation; its default is not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_webhook: Option<bool>,
}

impl Cancel {
    /// Cancels all that is left of the payment with this `imp_uid`.
    pub fn imp_uid(imp_uid: impl Into<String>) -> Self {
        Self::new(CancelTarget::ImpUid(imp_uid.into()))
    }

    /// Cancels all that is left of the payment with this `merchant_uid`.
    pub fn merchant_uid(merchant_uid: impl Into<String>) -> Self {
        Self::new(CancelTarget::MerchantUid(merchant_uid.into()))
    }

    fn new(target: CancelTarget) -> Self {
        Self {
            target,
            amount: None,
            tax_free: None,
            vat_amount: None,
            checksum: None,
            reason: None,
            refund: None,
            retain_promotion: None,
            enable_webhook: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        match &self.target {
            CancelTarget::ImpUid(imp_uid) => limits::imp_uid(imp_uid)?,
            CancelTarget::MerchantUid(merchant_uid) => limits::merchant_uid(merchant_uid)?,
        }
        // Iamport reads 0 as "all of it", which nobody who writes 0 means.
        self.amount.map_or(Ok(()), limits::amount)
    }
}

/// Which payment to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum CancelTarget {
    /// The one with this `imp_uid`.
    #[serde(rename = "imp_uid")]
    ImpUid(String),
    /// The one with this `merchant_uid`.
    #[serde(rename = "merchant_uid")]
    MerchantUid(String),
}

/// The account a virtual-account payment is given back to. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RefundAccount {
    /// The holder.
    #[serde(rename = "refund_holder")]
    pub holder: String,
    /// The bank's code.
    #[serde(rename = "refund_bank")]
    pub bank: String,
    /// The account number.
    #[serde(rename = "refund_account")]
    pub account: String,
    /// The holder's telephone number.
    #[serde(rename = "refund_tel", skip_serializing_if = "Option::is_none")]
    pub tel: Option<String>,
}

impl fmt::Debug for RefundAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefundAccount").finish_non_exhaustive()
    }
}
