//! Money: whole won, never a float.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in whole won (KRW has no minor unit).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Won(u64);

impl Won {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// `amount` won.
    pub const fn new(amount: u64) -> Self {
        Self(amount)
    }

    /// The number of won.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The VAT in a price that includes it: a tenth of what is left without it, to the nearest won (부가가치세법 제29조 제7항,
    /// 제30조). What is left is the supply price.
    pub fn vat(self) -> Self {
        let nearest = u128::from(self.0).saturating_mul(2).saturating_add(11).checked_div(22);
        Self(nearest.and_then(|vat| u64::try_from(vat).ok()).unwrap_or_default())
    }

    /// The difference, or `None` when `other` is more.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// As Koreans write it: `9,900원`.
impl fmt::Display for Won {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && digits.len().saturating_sub(index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str("원")
    }
}
