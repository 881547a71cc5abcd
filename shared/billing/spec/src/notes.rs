//! How a rule notes what it says, what a person has before them, and times in Korea (design 1.7).

use crate::{Month, Next, Numbers, Order, Record, Request, Required, Schedule};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};

impl Required {
    /// The first month is paid: what is left of the days that were given comes after it (0052).
    pub(crate) fn begin_with(&mut self, paid_on: Date) {
        if self.is.anchor.is_none() {
            let left = self.is.free.take().and_then(|until| paid_on.until(until).ok());
            let left = left.map_or(0, |left| left.get_days());
            self.is.given = self.is.given.saturating_add(u16::try_from(left).unwrap_or_default());
            self.is.anchor = Some(paid_on);
        }
    }

    /// The first day of a month, counted from the first that was paid, and the days that were given besides.
    pub(crate) fn begins(&self, month: u16) -> Option<Date> {
        let counted = self.is.anchor?.saturating_add(i64::from(month).months());
        Some(counted.saturating_add(i64::from(self.is.given).days()))
    }

    pub(crate) fn has_begun(&self, order: &Order) -> bool {
        let begins = self.begins(order.month.unwrap_or_default());
        begins.is_none_or(|begins| self.at_its_time(begins) <= self.is.now)
    }

    /// When what failed is tried again: not before its month begins, where days were given (0052).
    pub(crate) fn retry_at(&self, due: Option<Timestamp>) -> Option<Timestamp> {
        let begins = due.filter(|_| self.is.given > 0);
        self.is.failed.retry_at.map(|at| begins.map_or(at, |due| at.max(due)))
    }

    /// Whether it would be charged before its month begins, for days were given since it was begun (0052).
    pub(crate) fn is_before_its_month(&self, order: &Order) -> bool {
        let (Request::Planned(at) | Request::Place(at, _) | Request::Placed(at)) = order.request else {
            return false;
        };
        let begins = self.begins(self.is.paid).filter(|_| self.is.given > 0 && self.is.paid > 0);
        begins.is_some_and(|begins| at.to_zoned(seoul()).date() < begins)
    }

    /// Whether a person has the month to pay before them.
    pub(crate) fn is_before_a_person(&self) -> bool {
        self.is.reviews.iter().any(|(_, month)| *month == Some(self.is.paid))
    }

    /// Whether a person has an order before them, or has just spoken of its money.
    pub(crate) fn is_seen(&self, order: &str, records: &[Record]) -> bool {
        let judged = |record: &Record| self.booked.contains(&record.payment);
        self.is.reviews.iter().any(|(name, _)| *name == order) || records.iter().any(judged)
    }

    pub(crate) fn show(&mut self, rule: &'static str, order: &str, month: Month) {
        self.say(rule);
        self.person.push((order.to_owned(), rule));
        self.is.reviews.push((order.to_owned(), month));
    }

    pub(crate) fn stand(&mut self, order: &Order, at: Timestamp) {
        let stands = Next::Stands(order.amount, at);
        self.keep(order, if at > self.is.now { stands } else { Next::Unknown });
    }

    pub(crate) fn stop(&mut self, order: &Order) {
        self.stop.extend((order.schedule == Schedule::Standing).then(|| order.name.clone()));
        self.keep(order, Next::Unknown);
    }

    /// It does not go on: what stands is taken back, and what is only planned is over.
    pub(crate) fn withdraw(&mut self) {
        self.open.retain(|order| !matches!(order.request, Request::Planned(_)));
        let standing = self.open.iter().filter(|order| order.schedule == Schedule::Standing);
        self.stop.extend(standing.map(|order| order.name.clone()));
        self.next = self.open.iter().any(|order| order.month.is_some()).then_some(Next::Unknown);
    }

    pub(crate) fn keep(&mut self, order: &Order, next: Next) {
        self.open.push(order.clone());
        let is_first = self.next.is_none() || matches!(next, Next::Now(..) | Next::Place(..));
        if order.month.is_some() && is_first {
            self.next = Some(next);
        }
    }

    pub(crate) fn say(&mut self, rule: &'static str) {
        self.by.insert(rule);
    }

    pub(crate) fn say_if(&mut self, holds: bool, rule: &'static str) {
        self.by.extend(holds.then_some(rule));
    }

    pub(crate) fn soon(&self) -> Timestamp {
        later(self.is.now, self.is.numbers.lease)
    }

    pub(crate) fn is_after(&self, at: Timestamp, wait: impl Fn(&Numbers) -> SignedDuration) -> bool {
        later(at, wait(&self.is.numbers)) <= self.is.now
    }

    pub(crate) fn at_its_time(&self, date: Date) -> Timestamp {
        let at = date.to_datetime(self.is.numbers.charged_at).to_zoned(seoul());
        at.map_or(Timestamp::MAX, |at| at.timestamp())
    }
}

pub(crate) fn seoul() -> TimeZone {
    jiff::tz::get!("Asia/Seoul")
}

pub(crate) fn later(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

pub(crate) fn add_days(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}

pub(crate) fn start_of(date: Date) -> Timestamp {
    date.to_zoned(seoul()).map_or(Timestamp::MAX, |at| at.timestamp())
}
