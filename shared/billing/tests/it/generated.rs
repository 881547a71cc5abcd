//! What can happen to a member, from a list of bytes: what members, admins and operators do, and when somebody looks.
//! What partners answer then is left to whoever uses this.

use crate::deciding::{at, secs};
use billing::{
    Catalogue, Change, Chosen, MerchantUid, Order, Plan, Policy, PriceVersion, Resolution,
    Subscription, SubscriptionId, Uid, Won,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;
use ulid::Ulid;

/// The act of agreeing to a price that was asked about.
pub(crate) const AGREES: u8 = 18;

/// One member, the orders, and the payments whose row stands.
pub(crate) struct Small {
    pub(crate) subscription: Option<Subscription>,
    pub(crate) orders: BTreeMap<MerchantUid, Order>,
    pub(crate) now: Timestamp,
    pub(crate) configuration: Configuration,
    runs: u128,
}

#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) catalogue: Catalogue,
    pub(crate) policy: Policy,
    /// Whether no run may end what is over, but a person does.
    pub(crate) review: bool,
    /// Which of all it is.
    pub(crate) choice: u8,
}

/// Each number of the policy changed, prices up, down, announced and withdrawn, the plan gone, other terms.
pub(crate) fn configuration(choice: u8) -> Configuration {
    let plan = |price| Plan::new("monthly".parse().unwrap(), "월 구독", Won::new(price));
    let from = |date: &str, price| PriceVersion {
        holds_from: date.parse().unwrap(),
        price: Won::new(price),
    };
    let other = Plan::new("other".parse().unwrap(), "다른 구독", Won::new(5_000));
    let plans = match choice % 8 {
        0 | 1 => vec![plan(9_900)],
        2 => vec![plan(12_900)],
        3 => vec![plan(7_900)],
        4 => vec![plan(9_900).change(from("2026-03-01", 12_900))],
        5 => vec![plan(9_900).change(from("2026-03-01", 11_000))],
        6 => vec![plan(9_900).change(from("2026-03-01", 7_900))],
        _ => vec![other],
    };
    let usual = Policy::default();
    let policy = match choice / 8 % 8 {
        1 => Policy { charge_hour: 0, ..usual },
        2 => Policy { retry_days: Vec::new(), grace_days: 0, ..usual },
        3 => Policy { transient_tries: 0, transient_wait: secs(1), ..usual },
        4 => Policy { lease: secs(1), schedule_slack: secs(1), patience: secs(1), ..usual },
        5 => Policy { window_life: secs(1), stuck_schedule: secs(1), ..usual },
        6 => Policy { consent_days: 90, refund_patience: secs(1), ..usual },
        7 => Policy { doubt_patience: secs(3_600), grace_days: 27, ..usual },
        _ => usual,
    };
    let terms_version =
        if (choice / 64).is_multiple_of(2) { "2026-01" } else { "2026-02" }.to_owned();
    Configuration {
        catalogue: Catalogue { plans, terms_version },
        policy,
        review: choice >= 128,
        choice,
    }
}

/// Bytes to choose by; when they are used up, everything is as usual.
pub(crate) struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }
}

pub(crate) fn uid() -> Uid {
    "member".parse().unwrap()
}

impl Small {
    pub(crate) fn new() -> Self {
        Self {
            subscription: None,
            orders: BTreeMap::new(),
            now: at("2026-01-15T01:00:00Z"),
            configuration: configuration(0),
            runs: 0,
        }
    }

    /// One thing that happens. Says whether that is that somebody looks, and whether who looks may take access away.
    pub(crate) fn happen(&mut self, bytes: &mut Bytes<'_>) -> Option<bool> {
        match bytes.next() % 28 {
            0..=3 => return Some(false),
            4 => return Some(true),
            5..=7 => self.wait_until_due(),
            8 => self.now += secs(i64::from(bytes.next()) * 60),
            9 => self.now += SignedDuration::from_hours(24 * i64::from(bytes.next() % 40)),
            10..=12 => self.open_checkout(),
            13 => self.configuration = configuration(bytes.next()),
            14 => self.settle(bytes),
            act => self.act(act, bytes),
        }
        None
    }

    pub(crate) fn wait_until_due(&mut self) {
        if let Some(due) = self.subscription.as_ref().and_then(|it| it.due_at) {
            self.now = self.now.max(due);
        }
    }

    pub(crate) fn open_checkout(&mut self) {
        self.runs += 1;
        let plan = self.configuration.catalogue.plans.first().unwrap().id.clone();
        let opened = Subscription::open_checkout(
            self.subscription.clone(),
            &uid(),
            SubscriptionId::new(Ulid(self.runs)),
            Chosen { plan: &plan, terms_version: &self.configuration.catalogue.terms_version },
            &self.configuration.catalogue,
            self.now,
            &self.configuration.policy,
        );
        if let Ok((subscription, registration)) = opened {
            let order = Order::Registration { uid: uid(), registration };
            self.store(Change { orders: vec![order], ..Change::of(subscription) });
        }
    }

    /// Something that a member or an operator does.
    pub(crate) fn act(&mut self, act: u8, bytes: &mut Bytes<'_>) {
        let Some(mut it) = self.subscription.clone() else { return };
        let (now, policy) = (self.now, self.configuration.policy.clone());
        let catalogue = self.configuration.catalogue.clone();
        let mut orders = Vec::new();
        let changed = match act {
            15 | 16 => it.cancel(now).unwrap_or(false),
            17 => it.resume(now).unwrap_or(false),
            AGREES => {
                let asked = it.price_change.as_ref().map(|change| change.version.price);
                let terms = &catalogue.terms_version;
                it.agree(asked.unwrap_or(Won::ZERO), terms, &catalogue, now).unwrap_or(false)
            }
            19 | 20 => it.open_card_change(now, &policy).is_ok_and(|registration| {
                orders.push(Order::Registration { uid: uid(), registration });
                true
            }),
            21 => {
                let expires = billing::kst_date(now) + i64::from(bytes.next()).days();
                it.card_expires(expires, now).unwrap_or(false)
            }
            23 => it.end_now(now).unwrap_or(false),
            24 => it.give_days(u16::from(bytes.next() % 40), now).is_ok(),
            25 => it.try_again(now, &policy).unwrap_or(false),
            26 => self.let_in(&mut it, bytes.next()),
            27 => it.ask_for_card(now).unwrap_or(false),
            _ => bytes.next().is_multiple_of(4) && it.erase(now),
        };
        if changed {
            it.due_at = Some(now);
            self.store(Change { orders, ..Change::of(it) });
        }
    }

    fn let_in(&mut self, it: &mut Subscription, days: u8) -> bool {
        self.runs += 1;
        let plan = self.configuration.catalogue.plans.first().unwrap();
        let (id, given) = (SubscriptionId::new(Ulid(self.runs)), (plan, u16::from(days % 40)));
        let (now, policy) = (self.now, &self.configuration.policy);
        let let_in = Subscription::let_in(Some(it.clone()), &uid(), id, given, now, policy);
        let_in.is_ok_and(|let_in| {
            *it = let_in;
            true
        })
    }

    /// A person settles the first review, in one of the ways it offers.
    pub(crate) fn settle(&mut self, bytes: &mut Bytes<'_>) {
        let Some(mut it) = self.subscription.clone() else { return };
        let Some(review) = it.reviews.first().cloned() else { return };
        let Some(order) = self.orders.get(&review.merchant_uid).cloned() else { return };
        let actions: Vec<Resolution> = review.actions();
        let action = *actions.get(usize::from(bytes.next()) % actions.len()).unwrap();
        let closed =
            it.resolve(&review.id, action, &order, &"admin".parse().unwrap(), self.now).unwrap();
        it.due_at = Some(self.now);
        self.store(Change { orders: closed.into_iter().collect(), ..Change::of(it) });
    }

    pub(crate) fn store(&mut self, change: Change) {
        for order in change.orders.into_iter().chain(change.opened) {
            self.orders.insert(order.merchant_uid(), order);
        }
        let version = change.subscription.version + 1;
        self.subscription = Some(Subscription { version, ..change.subscription });
    }
}
