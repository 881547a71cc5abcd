//! What can be subscribed to, and what a member agreed to.

use crate::{PlanId, Won};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something to subscribe to, charged once a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name in requests and tables.
    pub id: PlanId,
    /// Its name for people, in Korean; at most 20 characters, so that it fits Iamport's `name` (40).
    pub name: String,
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

impl Catalogue {
    /// The plan of that name, if it is on offer.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }
}
