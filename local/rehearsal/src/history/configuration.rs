//! What the functions are configured with, as the operator last left it, and all that ever was.

use crate::history::conditions::{Conditions, MONTHLY};
use billing::Policy;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The plan that costs more and never changes.
const PREMIUM: u64 = 19_900;

/// What the operator can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The price of the monthly plan itself, as everybody edits it who wants another one.
    Price(u64),
    /// Another price from a day on that is so many days ahead.
    Announce { price: u64, days: u8 },
    /// All that was announced is taken out again.
    Withdraw,
    /// Whether the monthly plan is on offer.
    Offered(bool),
    /// The version of the terms.
    Terms(&'static str),
    /// One of the numbers.
    Policy(Rule),
    /// `REVOCATION`: whether the admin's button takes access away, or the sweep.
    Review(bool),
}

/// A number of `POLICY`, with what it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `charge_hour`.
    ChargeHour(i8),
    /// `charge_window`.
    ChargeWindow(&'static str),
    /// `retry_days`.
    RetryDays(&'static [u8]),
    /// `grace_days`.
    GraceDays(u8),
    /// `transient_tries`.
    TransientTries(u8),
    /// `transient_wait`.
    TransientWait(&'static str),
    /// `lease`.
    Lease(&'static str),
    /// `schedule_slack`.
    ScheduleSlack(&'static str),
    /// `patience`.
    Patience(&'static str),
    /// `window_life`.
    WindowLife(&'static str),
    /// `stuck_schedule`.
    StuckSchedule(&'static str),
    /// `consent_days`.
    ConsentDays(u8),
    /// `refund_patience`.
    RefundPatience(&'static str),
    /// `doubt_patience`.
    DoubtPatience(&'static str),
}

impl Rule {
    /// What the operator may set.
    pub(crate) const ALL: [Self; 18] = [
        Self::ChargeHour(6),
        Self::ChargeHour(22),
        Self::ChargeWindow("0s"),
        Self::ChargeWindow("2h"),
        Self::RetryDays(&[1, 2, 4]),
        Self::RetryDays(&[2]),
        Self::GraceDays(14),
        Self::TransientTries(1),
        Self::TransientWait("5m"),
        Self::Lease("5m"),
        Self::ScheduleSlack("10m"),
        Self::Patience("30m"),
        Self::WindowLife("30m"),
        Self::StuckSchedule("6h"),
        Self::ConsentDays(14),
        Self::ConsentDays(60),
        Self::RefundPatience("1h"),
        Self::DoubtPatience("6h"),
    ];

    fn entry(self) -> (&'static str, Value) {
        match self {
            Self::ChargeHour(hour) => ("charge_hour", json!(hour)),
            Self::ChargeWindow(window) => ("charge_window", json!(window)),
            Self::RetryDays(days) => ("retry_days", json!(days)),
            Self::GraceDays(days) => ("grace_days", json!(days)),
            Self::TransientTries(tries) => ("transient_tries", json!(tries)),
            Self::TransientWait(wait) => ("transient_wait", json!(wait)),
            Self::Lease(lease) => ("lease", json!(lease)),
            Self::ScheduleSlack(slack) => ("schedule_slack", json!(slack)),
            Self::Patience(patience) => ("patience", json!(patience)),
            Self::WindowLife(life) => ("window_life", json!(life)),
            Self::StuckSchedule(stuck) => ("stuck_schedule", json!(stuck)),
            Self::ConsentDays(days) => ("consent_days", json!(days)),
            Self::RefundPatience(patience) => ("refund_patience", json!(patience)),
            Self::DoubtPatience(patience) => ("doubt_patience", json!(patience)),
        }
    }
}

/// What the functions are configured with.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    price: u64,
    changes: Vec<(Date, u64)>,
    offered: bool,
    pub(crate) terms: &'static str,
    rules: Map<String, Value>,
    pub(crate) review: bool,
    /// Every price that the monthly plan came to have, or was to have, after its first.
    pub(crate) prices: BTreeSet<i64>,
    /// Every set of numbers there ever was: a schedule stands at the time that held when it was placed.
    pub(crate) policies: Vec<Policy>,
    /// The fewest and the most days of grace there ever were.
    pub(crate) grace: (u8, u8),
    pub(crate) policy: Policy,
    /// All that the functions were ever configured with, the first first.
    pub(crate) deployed: Vec<Value>,
}

impl Configuration {
    /// The first.
    pub(crate) fn of(conditions: &Conditions) -> Self {
        let policy = Policy::default();
        let mut configuration = Self {
            price: MONTHLY,
            changes: conditions.price.into_iter().collect(),
            offered: true,
            terms: "2026-01",
            rules: Map::new(),
            review: conditions.review,
            prices: BTreeSet::new(),
            policies: Vec::new(),
            grace: (policy.grace_days, policy.grace_days),
            policy,
            deployed: Vec::new(),
        };
        configuration.remember();
        configuration
    }

    fn remember(&mut self) {
        let changes = self.changes.iter().map(|(_, price)| *price);
        self.prices.extend(changes.filter_map(|price| i64::try_from(price).ok()));
        if !self.policies.contains(&self.policy) {
            self.policies.push(self.policy.clone());
        }
        let days = self.policy.grace_days;
        self.grace = (self.grace.0.min(days), self.grace.1.max(days));
        let plans = self.plans();
        self.deployed.push(json!({"plans": plans, "policy": self.rules, "review": self.review}));
    }

    /// The same with something else set.
    pub(crate) fn with(&self, setting: Setting, today: Date) -> Self {
        let mut next = self.clone();
        match setting {
            Setting::Price(price) => next.price = price,
            Setting::Announce { price, days } => {
                let from = today.saturating_add(jiff::Span::new().days(i64::from(days)));
                next.changes.retain(|(other, _)| *other != from);
                next.changes.push((from, price));
            }
            Setting::Withdraw => next.changes.clear(),
            Setting::Offered(offered) => next.offered = offered,
            Setting::Terms(terms) => next.terms = terms,
            Setting::Review(review) => next.review = review,
            Setting::Policy(rule) => {
                let (name, value) = rule.entry();
                next.rules.insert(name.to_owned(), value);
                let rules = Value::Object(next.rules.clone());
                if let Ok(policy) = serde_json::from_value::<Policy>(rules)
                    && policy.mistake().is_none()
                {
                    next.policy = policy;
                }
            }
        }
        if matches!(setting, Setting::Price(_) | Setting::Withdraw) {
            next.prices.extend(i64::try_from(next.price));
        }
        next.remember();
        next
    }

    fn plans(&self) -> Value {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|(from, price)| json!({"holds_from": from, "price": price}))
            .collect();
        let monthly =
            json!({"id": "monthly", "name": "월 구독", "price": self.price, "changes": changes});
        let premium = json!({"id": "premium", "name": "고급 구독", "price": PREMIUM});
        let plans: Vec<Value> =
            self.offered.then_some(monthly).into_iter().chain([premium]).collect();
        Value::Array(plans)
    }

    /// The environment that says so.
    pub(crate) fn environment(&self, region: &str) -> Vec<(&'static str, String)> {
        let mut environment =
            vec![("AWS_REGION", region.to_owned()), ("PLANS", self.plans().to_string())];
        // So that the few there are do not fit on one page.
        environment.push(("LIST_PAGE", "1".to_owned()));
        if self.review {
            environment.push(("REVOCATION", "review".to_owned()));
        }
        if !self.rules.is_empty() {
            environment.push(("POLICY", Value::Object(self.rules.clone()).to_string()));
        }
        environment.push(("TERMS_VERSION", self.terms.to_owned()));
        environment
    }
}
