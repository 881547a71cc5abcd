//! What billing must bring about: who is charged what and when, what goes back, how long access lasts, what a person must
//! see. The rules are about the world (what a member agreed to, what Iamport's books say) and know nothing of how the code
//! in `billing` comes to it.
//!
//! [`required`] takes the facts of one look ([`Situation`]) and says what must be so when nothing is left to do. What is
//! found out on the way (a call's answer, say) is one more fact, and it is asked for again. Each rule is a sentence, said
//! where it holds, with its source: a section of the design, a decision by its number, a law.
#![allow(missing_docs, reason = "a field is explained on its own line, so that all are seen at once")]

mod notes;
mod situation;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use notes::{add_days, later, seoul, start_of};
pub use situation::*;
use std::collections::BTreeSet;

/// What must be so when nothing is left to do.
#[derive(Debug, Clone)]
pub struct Required {
    pub is: Situation,       // as it is then: what is paid, owed, before a person, and so on
    pub booked: Vec<String>, // payments that come into the books
    pub person: Vec<(String, &'static str)>, // orders that come before a person, and by which rule
    pub stop: Vec<String>,   // orders whose schedule must not stand
    pub next: Option<Next>,  // what is charged next
    pub access: Option<Timestamp>, // when access ends; `None` without any
    pub late: BTreeSet<String>, // orders in doubt that a person must see for as long as they are
    pub by: BTreeSet<&'static str>, // the rules that spoke
    open: Vec<Order>,        // orders of which more may come
}

/// What is charged next: how much, when, and under which order's name if not a new one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Now(Won, Option<String>),              // it must be charged now
    Place(Won, Timestamp, Option<String>), // it must be placed at Iamport now, for that time
    Stands(Won, Timestamp),                // Iamport charges it at that time, and must have the schedule
    Planned(Won, Timestamp),               // we charge it at that time, and Iamport must not know of it
    Unknown,                               // nobody knows yet what comes of an order, and nothing else is begun
}

pub const CONTRADICTION: &str = "Where order and record disagree, a person looks (design 1.1, 0013).";
pub const PAID_TWICE: &str = "A second payment under a paid order is for a person (0013).";
pub const BY_OTHERS: &str = "A schedule that others took back is for a person (0023).";
pub const REFUSED: &str = "A refund that is refused for too long is for a person (0013).";

/// What must be so when nothing is left to do, by these facts.
pub fn required(facts: &Situation) -> Required {
    let (is, by, late) = (facts.clone(), BTreeSet::new(), BTreeSet::new());
    let (booked, person, stop, open) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut it = Required { is, booked, person, stop, next: None, access: None, late, by, open };
    facts.windows.iter().for_each(|window| it.register(window));
    let (over, open): (Vec<_>, Vec<_>) = facts.orders.iter().partition(|order| order.is_over());
    for order in over {
        it.look_at(order, false);
    }
    for order in open {
        let relied_on = it.wants(order);
        it.set_price();
        it.look_at(order, relied_on);
    }
    it.set_price();
    it.give_up();
    it.leave();
    it.next = it.next.take().or_else(|| it.begin());
    it.end();
    it.wait();
    it
}

impl Required {
    // ---- What came of windows and orders ----

    fn register(&mut self, window: &Window) {
        let Some(paid) = window.records.iter().find(|record| record.says == Says::Paid) else { return };
        if paid.usage != Usage::Registration || paid.card != Some(window.card) {
            if !(window.closed && self.is_seen(&window.name, &window.records)) {
                self.show(CONTRADICTION, &window.name, None);
            }
            return;
        }
        self.say("A card's registration gives a card and is never a payment (design 1.1).");
        let held = self.is.card.map(|(card, _)| card);
        let needed = match window.shows {
            Some(_) => held.is_none() && self.is.paid == 0 && self.is.cancelled.is_none(),
            None => held.is_none_or(|held| held < window.card),
        };
        let barred = self.is.ended || self.is.leaves.is_some() || self.is.takes_no_card;
        if needed && window.this_run && !barred {
            self.say("A new card charges the month to pay at once (design 5).");
            self.is.card = Some((window.card, paid.at.unwrap_or(window.opened_at)));
            self.is.failed = Failed { declines: self.is.failed.declines, ..Failed::default() };
            if let Some((price, listed)) = &window.shows {
                (self.is.price, self.is.listed) = (*price, listed.clone());
            }
        }
    }

    fn look_at(&mut self, order: &Order, relied_on: bool) {
        match (&order.request, order.meaning()) {
            (Request::Placed(at), _) if self.is_early(order) => self.stand(order, *at),
            (Request::Judged(Some((payment, counts))), _) => {
                self.say("Money that a person judged counts, or goes back, as they said (0013).");
                if let Some(money) = order.money().find(|money| money.payment == *payment) {
                    self.book(order, money, *counts);
                    self.find_more(order);
                }
            }
            (Request::Judged(None), _) => {}
            (Request::Over(Some(_)), _) => self.find_more(order),
            (_, Meaning::Paid(money)) => self.book(order, money, true),
            (_, Meaning::Contradiction) if order.is_over() && self.is_seen(&order.name, &order.records) => {}
            (_, Meaning::Contradiction) if self.may_run(order) => {
                self.say("What may still charge is stopped before a person looks (0013).");
                self.stop(order);
            }
            (_, Meaning::Contradiction) => self.show(CONTRADICTION, &order.name, order.month),
            (Request::Over(None), _) => {}
            (Request::Planned(_), _) => self.pursue(order, relied_on, false),
            (_, Meaning::Declined(fault)) if !self.may_run(order) => self.decline(order, fault),
            (_, meaning) => self.pursue(order, relied_on, matches!(meaning, Meaning::Unclear)),
        }
        if order.schedule == Schedule::Standing && !self.open.iter().any(|open| open.name == order.name) {
            self.say("No schedule stands for an order that is over (design 1.4).");
            self.stop.push(order.name.clone());
        }
    }

    /// Nothing has come of the order yet.
    fn pursue(&mut self, order: &Order, relied_on: bool, unclear: bool) {
        let (amount, name, wanted) = (order.amount, Some(order.name.clone()), self.wants(order));
        let due = |at: &Timestamp| *at <= self.is.now;
        match (&order.request, order.schedule) {
            (Request::Planned(at), _) if wanted && !due(at) => self.keep(order, Next::Planned(amount, *at)),
            (Request::Planned(_), _) if wanted && !self.is_over() => {
                self.say("What is planned keeps its time, whatever is configured since (0033).");
                self.keep(order, Next::Now(amount, name));
            }
            (Request::Charge(until) | Request::Place(_, until), Schedule::Missing) if unclear || !due(until) => {
                self.say("Until its answer must have come, a call is in doubt (design 1.2).");
                self.keep(order, Next::Unknown);
            }
            (Request::Charge(_), _) if wanted && self.has_begun(order) && !self.is_over() => {
                self.say("What never arrived is sent again, under its own name (design 1.2).");
                self.keep(order, Next::Now(amount, name));
            }
            (Request::Place(at, _), Schedule::Missing) if wanted && *at > self.soon() => {
                self.keep(order, Next::Place(amount, *at, name));
            }
            (_, Schedule::Declined(fault)) => self.decline(order, fault),
            (_, Schedule::Ran) => self.keep(order, Next::Unknown),
            (Request::Placed(_), Schedule::TakenBack) if relied_on && self.cost().is_some() => {
                self.show(BY_OTHERS, &order.name, order.month);
            }
            (Request::Place(..), Schedule::Refused) if wanted => {
                self.say("A schedule that Iamport would not take is charged by us, when it is due (0006).");
                self.is.failed.retry_at = self.paid_through().map(|date| self.at_its_time(date));
            }
            (Request::Place(at, _) | Request::Placed(at), Schedule::Standing) => {
                let stuck = self.is_after(*at, |numbers| numbers.stuck_schedule);
                self.say_if(stuck, "A schedule that stands for too long is taken back (0006).");
                self.say_if(!wanted, "A schedule that is not wanted is taken back (design 1.4, 0007).");
                if stuck || !wanted { self.stop(order) } else { self.stand(order, *at) }
            }
            _ => self.say("What came to nothing, or is not wanted, is over (0007)."),
        }
    }

    fn book(&mut self, order: &Order, money: &Record, may_count: bool) {
        self.booked.push(money.payment.clone());
        let at = money.at.unwrap_or(order.opened_at);
        let certain = |wish| later(wish, SignedDuration::from_secs(-10)).as_second();
        let late = self.is.cancelled.is_some_and(|wish| money.at.is_none() || at.as_second() >= certain(wish));
        if may_count && order.month == Some(self.is.paid) && !self.is.ended && !late {
            self.say("Money for the month to pay, of this run, pays it (design 1.3, 0007).");
            self.begin_with(at.to_zoned(seoul()).date());
            self.is.paid = self.is.paid.saturating_add(1);
            self.is.failed = Failed::default();
            if let Some((price, Some(_))) = self.is.asked.filter(|(price, _)| *price == money.amount) {
                (self.is.price, self.is.asked) = (price, None);
            }
        } else if money.given_back < money.amount {
            self.say_if(late, "Money of ten seconds before a cancellation, or later, goes back (design 1.5, 0014).");
            self.say_if(!late, "Money that pays for no month goes back (design 1.2, 0007).");
            let (payment, order, month) = (money.payment.clone(), order.name.clone(), order.month);
            self.is.owed.push(Owed { payment, order, month, refused_since: None });
        }
    }

    fn decline(&mut self, order: &Order, fault: Fault) {
        if !self.wants(order) {
            return self.say("A decline of what is not wanted counts for nothing (0007).");
        }
        let numbers = self.is.numbers.clone();
        let many = fault == Fault::Card && self.is.declined_alike > numbers.hard_declines_an_hour;
        self.say_if(many, "So many dead cards at once are the provider's trouble (0020).");
        let Failed { declines, transients, .. } = self.is.failed;
        if fault == Fault::Nobody && transients < numbers.transient_tries {
            self.say("What passes in minutes is tried again in minutes, a few times (design 5, 0006).");
            self.is.failed.transients = transients.saturating_add(1);
            self.is.failed.retry_at = Some(later(self.is.now, numbers.transient_wait));
            return;
        }
        self.is.failed = Failed { declines: declines.saturating_add(1), ..Failed::default() };
        let Some(due) = self.paid_through() else {
            self.say("A card whose first charge is declined is forgotten (0006).");
            self.is.card = None;
            return;
        };
        let days = numbers.retry_days.iter().map(|days| self.at_its_time(add_days(due, (*days).into())));
        let retry_at = days.into_iter().find(|at| *at > self.is.now).filter(|_| fault != Fault::Card || many);
        self.say_if(retry_at.is_some(), "A decline is tried again on the next retry day (design 5, 0006).");
        self.say_if(retry_at.is_none(), "A dead card, or one that was tried enough, is not tried again (design 5).");
        (self.is.failed.retry_at, self.is.failed.stopped) = (retry_at, retry_at.is_none());
    }

    /// Nobody asked for a second payment under an order that is paid.
    fn find_more(&mut self, order: &Order) {
        let known = |payment: &str| {
            let mut orders = self.is.orders.iter().filter(|it| it.name == order.name);
            orders.any(|it| it.is_about(payment)) || self.is.owed.iter().any(|due| due.payment == payment)
        };
        let more = order.money().any(|money| money.given_back < money.amount && !known(&money.payment));
        if more && order.pointed_at && !self.is.reviews.iter().any(|(name, _)| *name == order.name) {
            self.show(PAID_TWICE, &order.name, order.month);
        }
    }

    fn give_up(&mut self) {
        let withdrawn = self.is.paid == 0 && self.is.cancelled.is_some();
        if (withdrawn || self.is_too_late()) && self.open.is_empty() && !self.is_before_a_person() {
            self.say_if(self.is.card.is_some(), "A card that has paid nothing in time is forgotten (0023).");
            self.is.card = None;
        }
        for due in self.is.owed.clone() {
            let mut since = due.refused_since.filter(|_| self.is.refunds_refused).into_iter();
            if since.any(|at| self.is_after(at, |numbers| numbers.refund_patience)) {
                self.is.owed.retain(|other| *other != due);
                self.show(REFUSED, &due.order, due.month);
            }
        }
    }

    // ---- What it costs, and how long access lasts ----

    fn set_price(&mut self) {
        let Some(from) = self.paid_through().filter(|_| self.goes_on()) else { return };
        let asked_from = start_of(from.saturating_sub(i64::from(self.is.numbers.consent_days).days()));
        let held = self.is.listed.iter().rev().find(|(day, _)| *day <= from).or(self.is.listed.first());
        let held = held.filter(|_| asked_from <= self.is.now && self.is.now < start_of(from));
        let Some(listed) = held.map(|(_, price)| *price) else { return };
        if listed <= self.is.price {
            self.say_if(listed < self.is.price, "A lower price is charged to everybody (0012, 0024).");
            (self.is.price, self.is.asked) = (listed, None);
        } else {
            self.say("A higher price is asked for when the law lets it be (0012, E-Commerce Act).");
            let agreed = self.is.asked.and_then(|(_, agreed)| agreed);
            self.is.asked = Some((listed, agreed.filter(|agreed| *agreed >= listed)));
        }
    }

    /// What the month to pay costs; `None` while the member has not agreed to it.
    fn cost(&self) -> Option<Won> {
        self.is.asked.map_or(Some(self.is.price), |(price, agreed)| agreed.map(|_| price))
    }

    /// The last paid day, on which the next month is due: always counted from the first (design 1.7).
    fn paid_through(&self) -> Option<Date> {
        self.begins(self.is.paid).filter(|_| self.is.paid > 0)
    }

    fn until(&self) -> Option<(Timestamp, &'static str)> {
        let last = self.paid_through().or(self.is.free).filter(|_| !self.is.ended)?;
        let after = |days: u8| start_of(add_days(last, i64::from(days).saturating_add(1)));
        let said = self.is.leaves.into_iter().chain(self.is.put_out).min().filter(|at| *at < after(0));
        Some(match (said, self.is.cancelled.is_some(), self.cost()) {
            (Some(at), _, _) => (at, "Who is to be erased, or was put out, has no access from then on (0032, 0052)."),
            _ if self.is.paid == 0 => (after(0), "Whom an admin lets in has the days that were given (0052)."),
            (_, true, _) => (after(0), "Who cancelled keeps what is paid, and no more (design 1.5)."),
            (_, _, None) => (after(0), "Without consent it ends, and there is no grace (design 5, 0012)."),
            _ => (after(self.is.numbers.grace_days), "While a card fails, access lasts through the grace (design 5)."),
        })
    }

    fn leave(&mut self) {
        if self.is.account_gone && self.is.paid > 0 && self.goes_on() {
            self.say("Whose account is gone has cancelled (0022).");
            self.is.cancelled = Some(self.is.now);
            self.withdraw();
        }
    }

    fn end(&mut self) {
        let until = self.until();
        self.access = until.map(|(at, _)| at);
        self.by.extend(until.map(|(_, rule)| rule));
        let waited = |(at, told)| told || self.is_after(at, |numbers| numbers.doubt_patience);
        let waited = self.is.undone.is_some_and(waited);
        let planned = self.open.iter().all(|order| matches!(order.request, Request::Planned(_)));
        let undone = matches!(self.next, Some(Next::Now(..) | Next::Place(..))) || !self.stop.is_empty();
        let any = self.is.leaves.is_some() || self.is.put_out.is_some() || self.is.paid == 0;
        if until.is_none_or(|(until, _)| until > self.is.now) || !(self.is.may_end || any) {
            return;
        }
        if undone || !(planned || waited) {
            self.say("While something may have paid for more, access stays (0008, 0023).");
        } else {
            self.say("Access ends with the first look after its last day (design 1.6, 0008).");
            (self.is.free, self.access) = (None, None);
            if self.is.paid > 0 {
                (self.is.ended, self.is.card) = (true, None);
                self.withdraw();
            }
        }
    }

    /// What is in doubt for a day comes before a person.
    fn wait(&mut self) {
        for order in &self.open {
            let relied_on = order.schedule == Schedule::Standing || matches!(order.request, Request::Placed(_));
            let since = match (&order.request, relied_on && self.wants(order)) {
                (Request::Planned(at), _) | (Request::Placed(at) | Request::Place(at, _), true) => *at,
                _ => order.opened_at,
            };
            let is_late = since == order.opened_at || self.is_after(since, |numbers| numbers.schedule_slack);
            let since = since.max(order.opened_at).max(self.is.undone.map_or(self.is.now, |(at, _)| at));
            let waited = order.shown || self.is_after(since, |numbers| numbers.doubt_patience);
            if is_late && waited && !self.is_seen(&order.name, &order.records) {
                self.by.insert("What is in doubt for a day is shown to a person until it is known (0023).");
                self.late.insert(order.name.clone());
            }
        }
    }

    // ---- What is charged next ----

    fn begin(&mut self) -> Option<Next> {
        let owed = self.is.owed.iter().any(|due| due.month == Some(self.is.paid));
        self.say_if(owed, "A month is charged again only when its money went back (0015).");
        let may = self.may_charge() && !self.is.failed.stopped && !owed && !self.is_over();
        let cost = self.cost().filter(|_| may)?;
        self.say_if(self.is.asked.is_some(), "A higher price is paid by who agreed to it, or to more (0012).");
        let due = self.paid_through().map(|date| self.at_its_time(date));
        let (next, rule) = match (self.retry_at(due), due) {
            (Some(at), _) if at > self.is.now => {
                (Next::Planned(cost, at), "A retry is charged by us, in its time (0006).")
            }
            (None, Some(at)) if at > self.soon() => {
                (Next::Place(cost, at, None), "One schedule stands for a month (design 1.4).")
            }
            (None, Some(at)) if at > self.is.now => {
                (Next::Planned(cost, at), "What is too soon for a schedule, we charge (0006).")
            }
            _ => (Next::Now(cost, None), "What is due is charged at once (0006)."),
        };
        self.say(rule);
        Some(next)
    }

    fn may_charge(&self) -> bool {
        self.is.card.is_some() && self.goes_on() && !self.is_too_late() && !self.is_before_a_person()
    }

    /// Whether an order is what should happen now.
    fn wants(&self, order: &Order) -> bool {
        let card = self.is.card.map(|(card, _)| card);
        let as_it_is = Some(order.amount) == self.cost() && order.card == card && order.month == Some(self.is.paid);
        self.may_charge() && as_it_is && !order.given_up && !self.is_before_its_month(order)
    }

    /// Whether what we asked Iamport for may still charge. What was charged as we charge, we charged.
    fn may_run(&self, order: &Order) -> bool {
        let ours = order.records.iter().any(|record| record.usage == Usage::RegisteredCard);
        let runs = match (&order.request, order.schedule) {
            (Request::Charge(until), _) | (Request::Place(_, until), Schedule::Missing) => self.is.now < *until,
            (Request::Place(..) | Request::Placed(_), Schedule::Standing) => true,
            _ => false,
        };
        runs && !ours
    }

    /// Whether a schedule is not looked for yet.
    fn is_early(&self, order: &Order) -> bool {
        let before = |at| !self.is_after(at, |numbers| numbers.schedule_slack);
        matches!(order.request, Request::Placed(at) if before(at)) && !order.pointed_at && self.wants(order)
    }

    fn is_over(&self) -> bool {
        self.is.paid > 0 && self.until().is_some_and(|(until, _)| until <= self.is.now)
    }

    fn is_too_late(&self) -> bool {
        let late = |(_, at)| self.is_after(at, |numbers| numbers.window_life);
        self.is.paid == 0 && self.is.card.is_some_and(late)
    }

    fn goes_on(&self) -> bool {
        self.is.cancelled.is_none() && !self.is.ended
    }
}
