//! What can be subscribed to, and what a member agreed to.

use crate::{PlanId, Won};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use serde::{Deserialize, Serialize};

/// Something to subscribe to, charged once a month. Its price of every day is one of a list of dated prices,
/// so that none can be dearer than another without a day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Configured")]
pub struct Plan {
    /// Its name in requests and tables.
    pub id: PlanId,
    /// Its name for people, in Korean; at most 20 characters, so that it fits Iamport's `name` (40).
    pub name: String,
    /// The price that has always held, then the later ones by their first day.
    prices: Vec<PriceVersion>,
}

/// A price and the day in Korea from which it holds: for every period that begins on that day or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceVersion {
    /// The first day; [`PriceVersion::ALWAYS`] for the first price of a plan.
    pub holds_from: Date,
    /// The price of one month.
    pub price: Won,
}

/// A plan as configuration spells it: the price that has always held, and the changes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configured {
    id: PlanId,
    name: String,
    price: Won,
    #[serde(default)]
    changes: Vec<ConfiguredPrice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfiguredPrice {
    holds_from: Date,
    price: Won,
}

/// The plans on offer and the version of the terms that a member agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// All plans, as shown.
    pub plans: Vec<Plan>,
    /// The version of the consent text now in force, such as `2026-01`.
    pub terms_version: String,
}

/// What a member agreed to, and when. Korea's E-Commerce Act wants it provable.
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

impl PriceVersion {
    /// The day from which a plan's first price holds: before anything was sold.
    pub const ALWAYS: Date = date(1, 1, 1);
}

impl Plan {
    /// A plan with the price that has always held.
    pub fn new(id: PlanId, name: &str, price: Won) -> Self {
        let first = PriceVersion { holds_from: PriceVersion::ALWAYS, price };
        Self { id, name: name.to_owned(), prices: vec![first] }
    }

    /// The same with another price from a day on.
    #[must_use]
    pub fn change(mut self, version: PriceVersion) -> Self {
        self.prices.push(version);
        self.prices.sort_by_key(|version| version.holds_from);
        self
    }

    /// All prices, the first first.
    pub fn prices(&self) -> &[PriceVersion] {
        &self.prices
    }

    /// The price of a period that begins on that day.
    pub fn price_on(&self, date: Date) -> Won {
        self.version_on(date).price
    }

    /// The price that holds on that day, with the day from which it does.
    pub fn version_on(&self, date: Date) -> PriceVersion {
        let mut held = self.prices.iter().rev();
        let held = held.find(|version| version.holds_from <= date).or(self.prices.first());
        held.copied().unwrap_or(PriceVersion { holds_from: PriceVersion::ALWAYS, price: Won::ZERO })
    }

    /// The next change after that day.
    pub fn version_after(&self, date: Date) -> Option<PriceVersion> {
        self.prices.iter().copied().find(|version| version.holds_from > date)
    }
}

impl From<Configured> for Plan {
    fn from(Configured { id, name, price, changes }: Configured) -> Self {
        changes.into_iter().fold(Self::new(id, &name, price), |plan, later| {
            plan.change(PriceVersion { holds_from: later.holds_from, price: later.price })
        })
    }
}

impl Catalogue {
    /// The plan of that name, if it is on offer.
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }
}
