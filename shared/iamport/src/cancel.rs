//! Refunds.

use serde::Serialize;

use crate::limits::{self, Checked};

/// Refunds a payment, in full or in part (`POST /payments/cancel`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cancel {
    /// The payment.
    #[serde(flatten)]
    pub target: CancelTarget,
    /// The amount to refund in won, at least 1; everything that is left if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// The tax-free part of the amount, in won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<u64>,
    /// The VAT in the amount, in won; required if the payment gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// The amount you believe can still be refunded, in won. Iamport refuses if it is not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the promotion remains used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_promotion: Option<bool>,
    /// Whether Iamport sends a webhook for this cancellation; it does not if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_webhook: Option<bool>,
}

impl Cancel {
    /// Refunds everything that is left of the payment with this `imp_uid`.
    pub fn imp_uid(imp_uid: impl Into<String>) -> Self {
        Self::new(CancelTarget::ImpUid(imp_uid.into()))
    }

    /// Refunds everything that is left of the payment with this `merchant_uid`.
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
            retain_promotion: None,
            enable_webhook: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        match &self.target {
            CancelTarget::ImpUid(imp_uid) => limits::imp_uid(imp_uid)?,
            CancelTarget::MerchantUid(merchant_uid) => limits::merchant_uid(merchant_uid)?,
        }
        // Iamport reads 0 as "everything", which is not what a caller who writes 0 means.
        self.amount.map_or(Ok(()), limits::amount)
    }
}

/// Which payment to refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum CancelTarget {
    /// The one with this `imp_uid`.
    #[serde(rename = "imp_uid")]
    ImpUid(String),
    /// The one with this `merchant_uid`.
    #[serde(rename = "merchant_uid")]
    MerchantUid(String),
}
