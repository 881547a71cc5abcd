//! What can be subscribed to, and what a member agreed to.

use crate::{PlanId, Won};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Something to subscribe to, charged once a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name in requests and tables.
    pub id: PlanId,
    /// Its name for people, in Korean; at most 20 characters, so that it fits Iamport's `name` (40).
    pub name: String,
    /// The price of one month, until the first of the changes.
    pub price: Won,
    /// Later prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<PriceVersion>,
}

/// A price and the day in Korea from which it holds: for every period that begins on that day or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceVersion {
    /// The first day.
    pub holds_from: Date,
    /// The price of one month.
    pub price: Won,
}

/// The plans on offer and the version of the terms that a member agrees to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// All plans, as shown.
    pub plans: Vec<Plan>,
    /// The version of the consent text now in force, such as `2026-01`.
    pub terms_version: String,
}

/// What a member agreed to, and when (design: consent; Korea's e-commerce law wants it provable).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The version of the text that was shown.
    pub version: String,
    /// The plan agreed to.
    pub plan: PlanId,
    /// The monthly price agreed to.
    pub price: Won,
    /// When it was agreed.
    pub agreed_at: Timestamp,
}

impl Plan {
    /// The price of a period that begins on that day.
    pub fn price_on(&self, date: Date) -> Won {
        self.version_on(date).map_or(self.price, |version| version.price)
    }

    /// The latest change that holds on that day.
    pub fn version_on(&self, date: Date) -> Option<PriceVersion> {
        self.changes
            .iter()
            .copied()
            .filter(|version| version.holds_from <= date)
            .max_by_key(|version| version.holds_from)
    }

    /// The next change after that day.
    pub fn version_after(&self, date: Date) -> Option<PriceVersion> {
        self.changes
            .iter()
            .copied()
            .filter(|version| version.holds_from > date)
            .min_by_key(|version| version.holds_from)
    }
}

impl Catalogue {
    /// The plan of that name, if it is on offer.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }
}
