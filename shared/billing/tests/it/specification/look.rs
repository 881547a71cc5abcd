//! One look: the loop with partners that answer by the facts, and the specification beside it.

use super::facts::{self, AskedFor, facts};
use super::partners::{Partners, words};
use crate::generated::{Bytes, Small};
use billing::{
    Access, ChargeState, Counted, Effect, Known, LostAccount, MerchantUid, OpenCharge, OpenState,
    Order, RefundDue, Refused, ScheduleSighting, Seen, SideEffect, Step, Subscription, Usage, Why,
    Won, decide_ahead,
};
use billing_spec::{self as spec, Next, Required, required};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

/// The most steps that one run may take: what the loop itself allows.
const MOST_STEPS: usize = 64;

/// What a look was like.
pub(super) struct Look {
    /// What was known when it began.
    pub(super) facts: spec::Situation,
    /// What partners said.
    pub(super) said: Vec<&'static str>,
    /// What the loop did, one line each.
    pub(super) did: Vec<String>,
    /// Whether the loop came to rest with every call answered, so that all of what it left was compared.
    pub(super) is_compared: bool,
    /// Where the two differ.
    pub(super) differs: Option<String>,
    /// The states and the configuration that it met.
    states: Vec<(&'static str, String)>,
    /// The rules that spoke, in the end and on the way.
    by: BTreeSet<&'static str>,
}

impl Look {
    /// All that it met, for the count.
    pub(super) fn met(&self) -> impl Iterator<Item = (&'static str, String)> {
        let said = self.said.iter().map(|said| ("answer", (*said).to_owned()));
        let by = self.by.iter().map(|rule| ("rule", (*rule).to_owned()));
        self.states.iter().cloned().chain(said).chain(by)
    }
}

/// The states that a look meets, each by its name.
fn states(small: &Small, it: &Subscription, asked: &[Order]) -> Vec<(&'static str, String)> {
    let name = |state: String| state.split([' ', '{']).next().unwrap_or_default().to_owned();
    let open = it.charges.iter().map(|open| ("open charge", name(format!("{:?}", open.outcome))));
    let windows = it.registrations.iter().map(|open| format!("{:?}", open.outcome));
    let windows = windows.map(|state| ("registration", name(state)));
    let asked = asked.iter().filter_map(|order| match order {
        Order::Registration { registration, .. } => {
            Some(("registration", name(format!("{:?}", registration.outcome))))
        }
        Order::Charge { charge, .. } => match &charge.outcome {
            ChargeState::Open(_) => None,
            ChargeState::Closed(state) => Some(("closed charge", name(format!("{state:?}")))),
        },
    });
    let choice = small.configuration.choice;
    let configuration = format!("prices {}, policy {}", choice % 8, choice / 8 % 8);
    let state = [("state", format!("{:?}", it.state())), ("configuration", configuration)];
    state.into_iter().chain(open).chain(windows).chain(asked).collect()
}

struct Run<'a> {
    small: &'a mut Small,
    partners: Partners,
    /// As the specification knows them by now.
    facts: spec::Situation,
    seen: Seen,
    asked: Vec<Order>,
    before: Subscription,
    booked: BTreeSet<String>,
    did: Vec<String>,
    by: BTreeSet<&'static str>,
    trouble: bool,
}

/// One look at the member, if there is one. It may be pointed at any order, may die after any step, and any of its
/// calls may go unanswered.
pub(super) fn look(small: &mut Small, bytes: &mut Bytes<'_>, may_revoke: bool) -> Option<Look> {
    let before = small.subscription.clone()?;
    let pointed = usize::from(bytes.next());
    let mut asked = Vec::new();
    if !small.orders.is_empty() && pointed % 3 == 1 {
        asked.extend(small.orders.values().nth(pointed / 3 % small.orders.len()).cloned());
    }
    let states = states(small, &before, &asked);
    let partners = Partners::draw(small, &before, &asked, bytes);
    let may_end = may_revoke && !small.configuration.review;
    let known = facts(small, &before, &asked, &partners, may_end);
    let mut run = Run {
        facts: known.clone(),
        seen: Seen::default(),
        booked: BTreeSet::new(),
        did: Vec::new(),
        by: BTreeSet::new(),
        trouble: false,
        small,
        partners,
        asked,
        before,
    };
    run.point();
    let (dies, fails) = (bytes.next(), bytes.next());
    let ended = run.go(bytes, may_end, dies, fails);
    let is_compared = matches!(ended, Ok(true));
    let Run { partners, did, by, .. } = run;
    let said = partners.said;
    Some(Look { facts: known, said, did, is_compared, differs: ended.err(), states, by })
}

impl Run<'_> {
    /// Whoever points at an order has asked Iamport for its records, and for its schedule.
    fn point(&mut self) {
        for order in &self.asked {
            let id = order.merchant_uid();
            let records = self.partners.records.get(&id).cloned();
            self.seen.records.insert(id, records.unwrap_or_default());
            if let Order::Charge { charge, .. } = order {
                if let Some(sighting) = self.partners.schedules.get(&id) {
                    self.seen.schedules.insert(id, sighting.clone());
                }
                if let Some(paid) = charge.paid_with() {
                    self.seen.refunded.insert(paid.clone(), Won::ZERO);
                }
            }
        }
    }

    /// The loop. Says whether it came to rest with every call answered.
    fn go(
        &mut self,
        bytes: &mut Bytes<'_>,
        may_revoke: bool,
        dies: u8,
        fails: u8,
    ) -> Result<bool, String> {
        for number in 0..MOST_STEPS {
            let it = self.small.subscription.clone().ok_or("erased in the middle")?;
            let step = decide_ahead(&Known {
                subscription: &it,
                asked: &self.asked,
                seen: &self.seen,
                now: self.small.now,
                policy: &self.small.configuration.policy,
                catalogue: &self.small.configuration.catalogue,
                may_revoke,
                may_erase: dies.is_multiple_of(2),
            });
            if (200..232).contains(&dies) && usize::from(dies - 200) == number {
                self.partners.said.push("the process died");
                return Ok(false);
            }
            match step {
                Step::Rest(_) if self.trouble => return Ok(false),
                Step::Rest(_) => return self.compare(&it).map(|()| true),
                Step::Commit(change) => {
                    self.booked.extend(
                        change.payment.iter().map(|paid| paid.receipt().imp_uid().to_string()),
                    );
                    let leased = change.lease.map(|(lease, _)| lease).or(self.seen.leased.take());
                    self.seen.note(&change);
                    change.note_in(&mut self.asked);
                    self.seen.leased = leased;
                    self.small.store(*change);
                }
                Step::Do(Effect::Erase) => {
                    (self.small.subscription, self.small.orders) = Default::default();
                    return Ok(false);
                }
                Step::Do(effect) => {
                    self.may(&effect)?;
                    if (200..232).contains(&fails) && usize::from(fails - 200) == number {
                        self.partners.said.push("no answer");
                        self.no_answer(&effect);
                    } else {
                        self.perform(effect, &it, bytes);
                    }
                }
            }
        }
        Err("The loop never rests.".to_owned())
    }

    /// Whether the specification lets this be done.
    fn may(&mut self, effect: &Effect) -> Result<(), String> {
        let said = required(&self.facts);
        self.by.extend(&said.by);
        let new = |charge: &OpenCharge| {
            let name = charge.merchant_uid.to_string();
            self.facts.orders.iter().any(|order| order.name == name).then_some(name)
        };
        let (what, may) = match effect {
            Effect::Charge(charge) => (
                format!(
                    "charges {} won with card {} under {}",
                    charge.amount, charge.customer_uid, charge.merchant_uid
                ),
                said.next == Some(Next::Now(charge.amount.get(), new(charge)))
                    && self.is_due(&said, charge),
            ),
            Effect::Schedule(charge, at) => (
                format!("places {} won for {at} under {}", charge.amount, charge.merchant_uid),
                said.next == Some(Next::Place(charge.amount.get(), *at, new(charge)))
                    && self.is_due(&said, charge),
            ),
            // To ask for what does not stand changes nothing.
            Effect::Unschedule(_, id) => (
                format!("takes back the schedule of {id}"),
                said.stop.contains(&id.to_string())
                    || self.partners.sighting(*id) != ScheduleSighting::Standing,
            ),
            Effect::Refund(due) => (
                format!("gives back {}", due.imp_uid),
                self.facts
                    .owed
                    .iter()
                    .chain(&said.is.owed)
                    .any(|owed| owed.payment == due.imp_uid.to_string()),
            ),
            // Access may last until a person is told in this very look.
            Effect::Grant => {
                let may = said.access.is_some() || said.is.ended;
                ("lets the member in".to_owned(), may)
            }
            Effect::Revoke => ("keeps the member out".to_owned(), said.access.is_none()),
            Effect::ReadOrder(_)
            | Effect::LookUp(_)
            | Effect::LookUpSchedule(_)
            | Effect::Count(..)
            | Effect::DeleteKey(_)
            | Effect::Announce(_)
            | Effect::Erase => return Ok(()),
        };
        self.did.push(what.clone());
        if may { Ok(()) } else { Err(format!("The code {what}. {}", told(&said))) }
    }

    /// Whether a charge is for the month to pay, with the card in use.
    fn is_due(&self, said: &Required, charge: &OpenCharge) -> bool {
        let id = self.before.id;
        charge.period == said.is.paid
            && charge.merchant_uid.subscription() == Some(id)
            && charge.customer_uid.subscription() == Some(id)
            && said.is.card.is_some_and(|(card, _)| Some(card) == charge.customer_uid.generation())
    }

    fn no_answer(&mut self, effect: &Effect) {
        self.trouble = true;
        match effect.side_effect() {
            Some(side_effect) => _ = self.seen.failed.insert(side_effect),
            None => self.seen.is_stuck = true,
        }
    }

    fn perform(&mut self, effect: Effect, it: &Subscription, bytes: &mut Bytes<'_>) {
        match effect {
            Effect::LookUp(id) => {
                let records = self.partners.records.get(&id).cloned().unwrap_or_default();
                self.seen.records.insert(id, records);
            }
            Effect::LookUpSchedule(id) => {
                self.seen.schedules.insert(id, self.partners.sighting(id));
            }
            Effect::Unschedule(_, id) => {
                self.seen.taken_back.insert(id);
                if self.partners.sighting(id) == ScheduleSighting::Standing {
                    self.partners.schedule(id, ScheduleSighting::TakenBack);
                }
                self.seen.schedules.insert(id, self.partners.sighting(id));
                for order in &mut self.facts.orders {
                    order.given_up |= order.name == id.to_string();
                }
                self.learn(id);
            }
            Effect::Charge(charge) => self.charge(&charge, it, bytes),
            Effect::Schedule(charge, _) => self.place(&charge, it, bytes),
            Effect::ReadOrder(id) => {
                let mut charges = it.charges.iter().filter(|open| open.merchant_uid == id);
                let charge = charges.next().map(|open| open.clone().into());
                let order = charge.map(|charge| Order::Charge { uid: it.uid.clone(), charge });
                self.seen.stored.insert(id, order);
            }
            Effect::Count(order, decline) => {
                let counted = Counted { count: self.partners.declined_alike, first: order };
                self.seen.counted.insert((order, decline.class), counted);
            }
            Effect::Refund(due) => self.give_back(due),
            Effect::DeleteKey(key) => _ = self.seen.deleted_keys.insert(key),
            Effect::Grant => {
                if self.partners.account_gone {
                    self.partners.said.push("the account is gone");
                    self.seen.account = Some(LostAccount::Deleted);
                    self.facts.account_gone = true;
                }
                self.seen.told = Some(self.small.now);
            }
            Effect::Revoke => self.seen.told = Some(self.small.now),
            Effect::Announce(news) => self.seen.announced.extend(news.into_iter().map(|it| it.id)),
            Effect::Erase => {}
        }
    }

    fn give_back(&mut self, due: RefundDue) {
        let payment = due.imp_uid.to_string();
        if self.partners.refunds_refused {
            self.partners.said.push("a refund is refused");
            self.facts.refunds_refused = true;
            self.seen.refund_refused.insert(due.imp_uid.clone(), "no".to_owned());
            self.seen.failed.insert(SideEffect::Refund(due.imp_uid));
            return;
        }
        self.partners.said.push("a refund is made");
        self.facts.owed.retain(|owed| owed.payment != payment);
        for record in self.facts.orders.iter_mut().flat_map(|order| &mut order.records) {
            if record.payment == payment {
                record.given_back = record.amount;
            }
        }
        self.partners.give_back(&due.imp_uid);
        self.seen.refunded.insert(due.imp_uid, due.amount);
    }

    /// The specification learns what Iamport says of an order by now.
    fn learn(&mut self, id: MerchantUid) {
        for order in self.facts.orders.iter_mut().filter(|order| order.name == id.to_string()) {
            order.schedule = self.partners.schedule_said(id);
            order.records = self.partners.records_said(id);
        }
    }

    /// The specification learns that Iamport was asked for something.
    fn asked_for(&mut self, it: &Subscription, charge: &OpenCharge) {
        let order = facts::open_order(it, charge, &self.partners);
        let orders = &mut self.facts.orders;
        match orders.iter_mut().find(|known| known.name == order.name) {
            Some(known) => {
                *known =
                    spec::Order { pointed_at: known.pointed_at, given_up: known.given_up, ..order }
            }
            None => orders.push(order),
        }
    }

    fn charge(&mut self, charge: &OpenCharge, it: &Subscription, bytes: &mut Bytes<'_>) {
        let id = charge.merchant_uid;
        let order = Order::Charge { uid: it.uid.clone(), charge: charge.clone().into() };
        self.seen.leased = None;
        self.seen.records.remove(&id);
        let choice = bytes.next();
        match choice % 12 {
            9 | 10 => self.partners.decline(self.small, &order, Usage::Payment, bytes),
            11 => {
                let words = words(bytes.next());
                let said = Refused::Said(words.to_owned(), self.small.now);
                self.seen.refused.insert(id, said);
                self.partners.said.push("the charge is refused");
                // Iamport's no to a call is a decline, though no record says so.
                let decline = self.partners.refuse(self.small, &order, words);
                self.asked_for(it, charge);
                let known = self.facts.orders.iter_mut().filter(|it| it.name == id.to_string());
                known.for_each(|it| it.records.push(decline.clone()));
                return;
            }
            8 => {
                self.seen.refused.insert(id, Refused::PaidBefore);
                self.partners.said.push("paid before");
                self.partners.unclear.insert(id);
            }
            7 => self.partners.nothing(self.small, &order, bytes),
            _ => self.partners.pay(self.small, it, &order, self.small.now, bytes),
        }
        if choice.is_multiple_of(5) && choice != 0 {
            self.partners.said.push("the answer is lost");
        } else if let Some(records) = self.partners.records.get(&id).filter(|said| !said.is_empty())
        {
            self.seen.records.insert(id, records.clone());
        }
        self.asked_for(it, charge);
    }

    fn place(&mut self, charge: &OpenCharge, it: &Subscription, bytes: &mut Bytes<'_>) {
        let id = charge.merchant_uid;
        self.seen.leased = None;
        self.seen.schedules.remove(&id);
        let choice = bytes.next();
        match choice % 10 {
            7 => {
                self.seen.refused.insert(id, Refused::Said("no".to_owned(), self.small.now));
                self.partners.said.push("a schedule is refused");
                self.partners.refused.insert(id);
            }
            8 => {
                self.seen.refused.insert(id, Refused::PaidBefore);
                self.partners.said.push("a schedule was paid before");
                self.partners.unclear.insert(id);
            }
            9 => self.partners.schedule(id, ScheduleSighting::Missing),
            _ => {
                self.partners.schedule(id, ScheduleSighting::Standing);
                if choice.is_multiple_of(5) && choice != 0 {
                    self.partners.said.push("the answer is lost");
                } else {
                    self.seen.schedules.insert(id, ScheduleSighting::Standing);
                }
            }
        }
        self.asked_for(it, charge);
    }

    /// How the code has left it, and how the specification would.
    fn compare(&mut self, it: &Subscription) -> Result<(), String> {
        let said = required(&self.facts);
        self.by.extend(&said.by);
        let (code, spec) = (self.left(it), left(it, &said));
        if code == spec {
            return Ok(());
        }
        let lines = code.lines().into_iter().zip(spec.lines()).filter(|(code, spec)| code != spec);
        let lines = lines.map(|(code, spec)| format!("The code: {code} The specification: {spec}"));
        Err(format!("{} {}", lines.collect::<Vec<_>>().join("\n"), told(&said)))
    }

    fn left(&self, it: &Subscription) -> Left {
        let standing = self.partners.schedules.iter();
        let standing = standing.filter(|(_, sighting)| **sighting == ScheduleSighting::Standing);
        let standing: Vec<String> = standing.map(|(id, _)| id.to_string()).collect();
        let known = |id: &String| self.before.reviews.iter().any(|review| review.id == *id);
        let new = it.reviews.iter().filter(|review| !review.waits && !known(&review.id));
        let waits = it.reviews.iter().filter(|review| review.waits);
        Left {
            paid: it.periods_paid,
            anchor: it.anchor,
            booked: self.booked.clone(),
            owed: it.refunds.iter().map(|due| due.imp_uid.to_string()).collect(),
            person: new.map(|it| (it.merchant_uid.to_string(), why(&it.why))).collect(),
            costs: goes_on(it).then(|| (it.price.get(), facts::asked_for(it))),
            card: it.card.as_ref().and_then(|card| card.customer_uid.generation()),
            ended: it.ended_at.is_some(),
            access: it.revoke_at(&self.small.configuration.policy),
            failed: goes_on(it).then(|| facts::failed(it)),
            stop: BTreeSet::new(),
            late: waits.map(|review| review.merchant_uid.to_string()).collect(),
            next: self.next(it, &standing),
            enters: match it.access {
                Access::Telling { .. } => None,
                Access::Granted { .. } => Some(true),
                Access::None | Access::Revoked { .. } => Some(false),
            }
            .filter(|_| is_told(it)),
        }
    }

    /// What is charged next, as the code has left it.
    fn next(&self, it: &Subscription, standing: &[String]) -> Option<Next> {
        let mut open =
            it.charges.iter().filter(|open| open.merchant_uid.subscription() == Some(it.id));
        let open = open.next()?;
        let amount = open.amount.get();
        Some(match open.outcome {
            OpenState::Planned { at } => Next::Planned(amount, at),
            OpenState::Scheduled { at }
                if at > self.small.now && standing.contains(&open.merchant_uid.to_string()) =>
            {
                Next::Stands(amount, at)
            }
            OpenState::Charging { .. }
            | OpenState::Scheduling { .. }
            | OpenState::Scheduled { .. } => Next::Unknown,
        })
    }
}

/// How it is left.
#[derive(PartialEq)]
struct Left {
    paid: u16,
    anchor: Option<Date>,
    booked: BTreeSet<String>,
    owed: BTreeSet<String>,
    person: BTreeSet<(String, &'static str)>,
    costs: Option<(u64, AskedFor)>,
    card: Option<u16>,
    ended: bool,
    access: Option<Timestamp>,
    failed: Option<spec::Failed>,
    stop: BTreeSet<String>,
    late: BTreeSet<String>,
    next: Option<Next>,
    enters: Option<bool>,
}

/// As the specification would leave it.
fn left(it: &Subscription, said: &Required) -> Left {
    Left {
        paid: said.is.paid,
        anchor: said.is.anchor,
        booked: said.booked.iter().cloned().collect(),
        owed: said.is.owed.iter().map(|due| due.payment.clone()).collect(),
        person: said.person.iter().cloned().collect(),
        costs: goes_on(it).then_some((said.is.price, said.is.asked)),
        card: said.is.card.map(|(card, _)| card),
        ended: said.is.ended,
        access: said.access,
        failed: goes_on(it).then_some(said.is.failed),
        stop: said.stop.iter().cloned().collect(),
        late: said.late.clone(),
        next: said.next.clone(),
        enters: is_told(it).then_some(said.access.is_some()),
    }
}

/// Whether the card may still be tried again.
fn goes_on(it: &Subscription) -> bool {
    it.cancellation.is_none() && it.ended_at.is_none()
}

/// Whether the sign-in service was told how it is. Whoever subscribes again may be paying while the last run's end is
/// still to be told, and another run may be about to tell it.
fn is_told(it: &Subscription) -> bool {
    let pays = it.charges.iter().any(|open| !matches!(open.outcome, OpenState::Planned { .. }));
    match it.access {
        Access::Telling { .. } => false,
        Access::Granted { .. } => !pays || it.periods_paid > 0 && it.ended_at.is_none(),
        Access::None | Access::Revoked { .. } => true,
    }
}

impl Left {
    fn lines(&self) -> Vec<String> {
        let Self { paid, anchor, booked, owed, person, costs, card, .. } = self;
        let Self { ended, access, failed, stop, late, next, enters, .. } = self;
        vec![
            format!("{paid} months are paid, counted from {anchor:?}."),
            format!("These payments come into the books: {booked:?}."),
            format!("Owed back are {owed:?}."),
            format!("Before a person come {person:?}."),
            format!("The price, and one that was asked for with what was agreed to: {costs:?}."),
            format!("The card in use is {card:?}."),
            format!(
                "Access has ended: {ended}; it lasts until {access:?}; the member may enter: {enters:?}."
            ),
            format!("How it has failed so far: {failed:?}."),
            format!("These schedules must not stand and do: {stop:?}."),
            format!("In doubt for a day are {late:?}."),
            format!("Next: {next:?}."),
        ]
    }
}

fn told(said: &Required) -> String {
    let by = &said.by;
    format!(
        "By the rules {by:?}: next {:?}, access until {:?}, owed {:?}, for a person {:?}.",
        said.next, said.access, said.is.owed, said.person
    )
}

/// The rule by which a review is opened.
fn why(why: &Why) -> &'static str {
    match why {
        Why::PaymentUnderRegistration
        | Why::AnotherBillingKey
        | Why::TwoPayments
        | Why::RegistrationUnderCharge
        | Why::NotWithBillingKey
        | Why::AnotherAmount => spec::CONTRADICTION,
        Why::PaidOnceMore => spec::PAID_TWICE,
        Why::ScheduleTakenBack => spec::BY_OTHERS,
        Why::RefundRefused => spec::REFUSED,
        Why::AnotherAdmin
        | Why::PaidElsewhere
        | Why::ReviewForgotten
        | Why::ScheduleWithoutPayment
        | Why::ScheduleStuck
        | Why::ChargeUnknown
        | Why::Written(_) => "no rule",
    }
}
