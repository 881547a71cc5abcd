//! What a table knows of another that was put back to an earlier moment: a subscription whose row is gone, from
//! its orders and payments, and an order that is gone, from the subscription, a payment and Iamport's records.

use crate::{
    Access, Card, Charge, ChargeState, ClosedState, Consent, CustomerUid, Decline, Intent,
    MerchantUid, OpenState, Order, PlanId, Record, RecordStatus, Refundable, Registration,
    RegistrationState, Subscription, Uid, Usage, Why, kst_date,
};
use jiff::Timestamp;

/// What the other tables hold of a member.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// All orders.
    pub orders: &'a [Order],
    /// All payments.
    pub payments: &'a [Refundable],
    /// The version of the terms that a checkout of these days agreed to.
    pub terms_version: &'a str,
}

impl Subscription {
    /// The latest run that the orders know of, if `row`, which is stored, knows nothing of it: what was paid and
    /// by which card, what is under way, and what a person has to look at. What was announced or answered is
    /// not in it ([`recall`](Self::recall)), and what failed is tried anew. The sign-in service is told again,
    /// whatever it was told.
    pub fn rebuilt(row: Option<&Self>, uid: &Uid, kept: Kept<'_>, now: Timestamp) -> Option<Self> {
        let run =
            kept.orders.iter().filter_map(|order| order.merchant_uid().subscription()).max()?;
        let knows = |row: &Self| {
            row.id > run || row.id == run && !row.has_forgotten_its_payments(kept.payments)
        };
        if row.is_some_and(knows) {
            return None;
        }
        let mut orders: Vec<&Order> = kept.orders.iter().collect();
        orders.retain(|order| order.merchant_uid().subscription() == Some(run));
        orders.sort_by_key(|order| order.merchant_uid());
        let shown = orders.iter().rev().find_map(|order| match order {
            Order::Charge { charge, .. } => Some((&charge.plan, charge.amount)),
            Order::Registration { .. } => None,
        });
        let registrations = orders.iter().filter_map(|order| match order {
            Order::Registration { registration, .. } => Some(registration),
            Order::Charge { .. } => None,
        });
        let first = registrations.clone().find(|it| it.intent == Intent::Subscribe)?;
        let (plan, price) = shown.unwrap_or((&first.plan, first.amount));
        let (version, agreed_at) = (kept.terms_version.to_owned(), first.opened_at);
        let consent = Consent { version, plan: plan.clone(), price, agreed_at };
        let mut built = match row {
            Some(row) => row.clone().again_with(run, consent),
            None => Self::new(uid.clone(), run, consent),
        };
        built.due_at = Some(now);
        built.access = Access::Telling { enter: false, until: now };
        for registration in registrations {
            let generation = registration.customer_uid.generation();
            built.next_generation = generation.map_or(0, |latest| latest.saturating_add(1));
            built.take_up_registration(registration, now);
        }
        built.count_payments(kept.payments);
        for order in orders {
            if let Order::Charge { charge, .. } = order {
                built.take_up_charge(charge, kept.payments, now);
            }
        }
        Some(built)
    }

    /// Whether a payment of this run stands, and the row is from before it: it has neither a card nor a period.
    pub fn has_forgotten_its_payments(&self, payments: &[Refundable]) -> bool {
        self.card.is_none()
            && self.periods_paid == 0
            && payments.iter().any(|payment| {
                payment.merchant_uid.subscription() == Some(self.id)
                    && payment.refunded < payment.amount
                    && !self.is_to_give_back(&payment.imp_uid)
            })
    }

    fn take_up_registration(&mut self, registration: &Registration, now: Timestamp) {
        match registration.outcome {
            RegistrationState::Open => self.registrations.push(registration.clone()),
            RegistrationState::Registered { .. } => {
                let card = Card {
                    customer_uid: registration.customer_uid,
                    name: None,
                    number: None,
                    registered_at: registration.opened_at,
                    expires: None,
                    expiry_told: false,
                };
                self.unwanted_keys.extend(self.card.replace(card).map(|old| old.customer_uid));
            }
            RegistrationState::Contradicted => {
                self.review(registration.merchant_uid, Why::ReviewForgotten, &[], now);
            }
            RegistrationState::Failed { .. } | RegistrationState::Abandoned => {}
        }
    }

    fn count_payments(&mut self, payments: &[Refundable]) {
        for payment in payments {
            let Some(period) = self.period_for(payment) else { continue };
            self.periods_paid = self.periods_paid.max(period.saturating_add(1));
            if period == 0 {
                self.anchor = Some(kst_date(payment.paid_at));
            }
        }
    }

    fn take_up_charge(&mut self, charge: &Charge, payments: &[Refundable], now: Timestamp) {
        let MerchantUid::Charge { period, attempt, .. } = charge.merchant_uid else { return };
        if period == self.periods_paid {
            self.next_attempt = attempt.saturating_add(1);
        }
        match &charge.outcome {
            ChargeState::Open(open) => self.charges.push(charge.with(*open)),
            ChargeState::Closed(ClosedState::Paid { imp_uid }) => {
                if !payments.iter().any(|payment| payment.imp_uid == *imp_uid) {
                    self.charges.push(charge.with(OpenState::Charging { until: now }));
                }
            }
            ChargeState::Closed(ClosedState::Contradicted) => {
                self.review(charge.merchant_uid, Why::ReviewForgotten, &[], now);
            }
            ChargeState::Closed(ClosedState::Declined { .. } | ClosedState::Abandoned) => {}
        }
    }

    /// The order under this id, which is gone, as far as this subscription, the member's payment under it with
    /// its plan, and Iamport's records tell. `None` where they do not say what it was: a person has to.
    pub fn lost_order(
        &self,
        id: MerchantUid,
        records: &[Record],
        payment: Option<(&Refundable, &PlanId)>,
    ) -> Option<Order> {
        // It goes because its member is erased.
        if self.erasure.is_some() {
            return None;
        }
        let order = match id {
            MerchantUid::Charge { period, .. } => {
                let open = self.charges.iter().find(|open| open.merchant_uid == id).cloned();
                let charge = open.map(Into::into);
                let charge = charge.or_else(|| self.closed_charge(id, period, records, payment));
                let charge = charge.or_else(|| self.charge_in_review(id, period))?;
                Order::Charge { uid: self.uid.clone(), charge }
            }
            MerchantUid::Foreign(_) => {
                let mut charges = self.charges.iter();
                let open = charges.find(|open| open.merchant_uid == id).cloned().map(Into::into);
                let period = self.taken_over_with().unwrap_or(self.periods_paid);
                let charge = open.or_else(|| self.charge_in_review(id, period))?;
                Order::Charge { uid: self.uid.clone(), charge }
            }
            MerchantUid::Registration { subscription, generation } => {
                let key = CustomerUid::Ours { subscription, generation };
                let mut open = self.registrations.iter();
                let open = open.find(|open| open.merchant_uid == id).cloned();
                let registration = open.or_else(|| self.registered(id, key, records))?;
                Order::Registration { uid: self.uid.clone(), registration }
            }
        };
        Some(order)
    }

    fn closed_charge(
        &self,
        merchant_uid: MerchantUid,
        period: u16,
        records: &[Record],
        payment: Option<(&Refundable, &PlanId)>,
    ) -> Option<Charge> {
        let (record, outcome, amount, plan, opened_at);
        if let Some((paid, of)) = payment {
            record = records.iter().find(|record| record.imp_uid == paid.imp_uid)?;
            outcome = ClosedState::Paid { imp_uid: paid.imp_uid.clone() };
            (amount, plan, opened_at) = (paid.amount, of, paid.paid_at);
        } else if records.iter().any(Record::is_money) {
            return None;
        } else {
            record = records.first()?;
            let reason = record.fail_reason.as_deref().unwrap_or_default();
            outcome = ClosedState::Declined { decline: Decline::new(reason, record.at?) };
            (amount, plan, opened_at) = (record.amount, &self.plan, record.at?);
        }
        let customer_uid = record.customer_uid.as_ref()?.parse().ok()?;
        let (plan, outcome) = (plan.clone(), outcome.into());
        Some(Charge { merchant_uid, customer_uid, amount, plan, period, opened_at, outcome })
    }

    /// A charge that a person looks at: what it was is what they are asked about.
    fn charge_in_review(&self, merchant_uid: MerchantUid, period: u16) -> Option<Charge> {
        let mut reviews = self.reviews.iter();
        let review = reviews.find(|review| review.merchant_uid == merchant_uid)?;
        let refund = review.refund.as_ref().map(|due| &due.imp_uid);
        let outcome = match (review.booked.as_ref().or(refund), &review.why) {
            (Some(imp_uid), _) => ClosedState::Paid { imp_uid: imp_uid.clone() },
            (None, Why::ScheduleTakenBack) => ClosedState::Abandoned,
            (None, _) => ClosedState::Contradicted,
        };
        let known = review
            .facts
            .iter()
            .find_map(|fact| CustomerUid::named(fact.customer_uid.as_ref()?).ok());
        Some(Charge {
            merchant_uid,
            customer_uid: known.or(self.card.as_ref().map(|card| card.customer_uid))?,
            amount: review.facts.first().map_or(self.price, |fact| fact.amount),
            plan: self.plan.clone(),
            period,
            opened_at: review.at,
            outcome: outcome.into(),
        })
    }

    fn registered(
        &self,
        merchant_uid: MerchantUid,
        key: CustomerUid,
        records: &[Record],
    ) -> Option<Registration> {
        let issued =
            |record: &&Record| record.usage == Usage::Issue && record.status == RecordStatus::Paid;
        let record = records.iter().find(issued)?;
        // A card that this row does not have was replaced, or never needed, and may be deleted by now: as a change of
        // card it could be taken up again.
        let in_use = self.card.as_ref().is_some_and(|card| card.customer_uid == key);
        let changed = in_use && key.generation() > Some(0);
        Some(Registration {
            merchant_uid,
            customer_uid: key,
            intent: if changed { Intent::ChangeCard } else { Intent::Subscribe },
            plan: self.plan.clone(),
            amount: record.amount,
            opened_at: record.at?,
            look_at: record.at?,
            outcome: RegistrationState::Registered { imp_uid: record.imp_uid.clone() },
        })
    }
}
