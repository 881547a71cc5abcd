//! Figures: what there is now, from the index of what is due, and what happened by day, from the journal.

use crate::each::Troubles;
use crate::{Denied, Error, Gudok};
use billing::{Act, DeclineClass, Entry, ImpUid, News, State, What, Won, kst_date};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{ToSpan, civil::Date};
use ledger::Watched;
use std::collections::BTreeMap;

/// The longest range, in days.
const LONGEST: i32 = 92;

/// The default range, in days.
const DEFAULT: i32 = 30;

/// How far back a range may begin: what happened since then is read to know who was a member then.
const FARTHEST: i32 = 366;

/// For how many days renewals are counted ahead.
const AHEAD: i32 = 30;

/// How many days of the journal are read at once.
const AT_ONCE: usize = 8;

/// Figures of a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The first day, in Korea.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Members now.
    pub members: Members,
    /// What the members now pay in a month, of those who did not cancel.
    pub monthly: Won,
    /// Renewals due on each of the next 30 days that has any.
    pub renewals: Vec<Renewals>,
    /// Each day of the range, the first first.
    pub days: Vec<Day>,
    /// Members when the range began.
    pub members_at_first: u64,
    /// Of those, how many ended within the range, in basis points (1250 is 12.5 %), rounded down. `None`
    /// when there was nobody.
    pub churn: Option<u64>,
}

/// Members, each with access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Members {
    /// All of them.
    pub live: u64,
    /// Those who asked to cancel.
    pub cancelling: u64,
    /// Those whose last charge was declined.
    pub past_due: u64,
}

/// Renewals due on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewals {
    /// The day, in Korea.
    pub date: Date,
    /// How many.
    pub count: u64,
    /// How much, at the prices of today.
    pub amount: Won,
}

/// What happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day, in Korea.
    pub date: Date,
    /// First charges paid.
    pub subscribed: u64,
    /// Subscriptions that ended: access was taken away.
    pub ended: u64,
    /// Of those, how many an admin's button ended; the others the sweep did.
    pub ended_by_admin: u64,
    /// Periods paid.
    pub paid: u64,
    /// How much.
    pub paid_amount: Won,
    /// Of the periods paid, how many after a decline.
    pub recovered: u64,
    /// Declines, by what they mean.
    pub declined: BTreeMap<DeclineClass, u64>,
    /// Refunds seen.
    pub refunded: u64,
    /// How much.
    pub refunded_amount: Won,
}

impl Gudok {
    /// Figures of the days from `from` to `to`, both counted; the last 30 by default. Rows that cannot be read
    /// are not in them.
    ///
    /// # Errors
    /// Denied when the range is empty, longer than 92 days, not over yet or more than a year away.
    pub async fn figures(&self, from: Option<Date>, to: Option<Date>) -> Result<Figures, Error> {
        let today = kst_date(self.books.now());
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| to.saturating_sub((DEFAULT - 1).days()));
        let first = today.saturating_sub(FARTHEST.days());
        let last = from.saturating_add((LONGEST - 1).days());
        if to < from || to > last || to > today || from < first {
            return Err(Denied::BadRange.into());
        }
        let (watched, all_days) = futures::try_join!(
            async { Ok(self.books.ledger.watched().await?) },
            self.days(from, today)
        )?;
        let watched = self.readable(watched, &mut Troubles::default());
        let members = Members::of(&watched);
        let since = |count: fn(&Day) -> u64| all_days.iter().map(count).sum::<u64>();
        // Whoever is there now came before or since, and whoever went since was there.
        let members_at_first = members
            .live
            .saturating_add(since(|day| day.ended))
            .saturating_sub(since(|day| day.subscribed));
        let days: Vec<Day> = all_days.into_iter().filter(|day| day.date <= to).collect();
        let ended: u64 = days.iter().map(|day| day.ended).sum();
        Ok(Figures {
            from,
            to,
            monthly: sum(watched
                .iter()
                .filter(|member| goes_on(member))
                .map(|member| member.price)),
            renewals: renewals(&watched, today),
            members,
            members_at_first,
            churn: ended.saturating_mul(10_000).checked_div(members_at_first),
            days,
        })
    }

    /// What happened on each day of these, the first first.
    async fn days(&self, from: Date, to: Date) -> Result<Vec<Day>, Error> {
        let dates = from.series(1.day()).take_while(|date| *date <= to);
        let mut days: Vec<Day> = Vec::new();
        // Of a payment, what was given back so far.
        let mut given_back: BTreeMap<ImpUid, Won> = BTreeMap::new();
        let mut journals = stream::iter(dates)
            .map(|date| async move {
                Ok::<_, Error>((date, self.books.ledger.journal_of_day(date).await?))
            })
            .buffered(AT_ONCE);
        while let Some((date, entries)) = journals.try_next().await? {
            let mut day = Day::new(date);
            for entry in self.readable(entries, &mut Troubles::default()) {
                day.count(entry, &mut given_back);
            }
            days.push(day);
        }
        Ok(days)
    }
}

impl Members {
    fn of(watched: &[Watched]) -> Self {
        let count = |of: fn(State) -> bool| {
            let those = watched.iter().filter(|member| of(member.state)).count();
            u64::try_from(those).unwrap_or(u64::MAX)
        };
        Self {
            live: count(|state| {
                matches!(state, State::Active | State::PastDue | State::Cancelling)
            }),
            cancelling: count(|state| state == State::Cancelling),
            past_due: count(|state| state == State::PastDue),
        }
    }
}

impl Day {
    fn new(date: Date) -> Self {
        use DeclineClass::{Hard, Provider, Soft, Transient, Unknown};
        Self {
            date,
            subscribed: 0,
            ended: 0,
            ended_by_admin: 0,
            paid: 0,
            paid_amount: Won::ZERO,
            recovered: 0,
            declined: [Hard, Provider, Soft, Transient, Unknown].map(|class| (class, 0)).into(),
            refunded: 0,
            refunded_amount: Won::ZERO,
        }
    }

    fn count(&mut self, entry: Entry, given_back: &mut BTreeMap<ImpUid, Won>) {
        let one_more = |count: &mut u64| *count = count.saturating_add(1);
        match entry.what {
            What::Told(News::Subscribed { .. }) => one_more(&mut self.subscribed),
            What::Told(News::Revoked { .. }) => one_more(&mut self.ended),
            What::Told(News::Paid { amount, recovered, .. }) => {
                one_more(&mut self.paid);
                self.paid_amount = sum([self.paid_amount, amount]);
                if recovered {
                    one_more(&mut self.recovered);
                }
            }
            What::Told(News::Declined { decline, .. }) => {
                one_more(self.declined.entry(decline.class).or_default());
            }
            What::Told(News::Refunded { imp_uid, amount }) => {
                one_more(&mut self.refunded);
                // Told is what was given back in all.
                let before = given_back.insert(imp_uid, amount).unwrap_or(Won::ZERO);
                let now = Won::new(amount.get().saturating_sub(before.get()));
                self.refunded_amount = sum([self.refunded_amount, now]);
            }
            What::Did { act: Act::EndedAccess, .. } => one_more(&mut self.ended_by_admin),
            What::Told(_) | What::Did { .. } => {}
        }
    }
}

/// Whether the member is charged again, if nothing happens.
fn goes_on(member: &Watched) -> bool {
    matches!(member.state, State::Active | State::PastDue)
}

fn renewals(watched: &[Watched], today: Date) -> Vec<Renewals> {
    let last = today.saturating_add((AHEAD - 1).days());
    let mut by_day: BTreeMap<Date, Renewals> = BTreeMap::new();
    for member in watched.iter().filter(|member| member.state == State::Active) {
        if let Some(date) = member.paid_through.filter(|date| (today..=last).contains(date)) {
            let day = by_day.entry(date).or_insert(Renewals { date, count: 0, amount: Won::ZERO });
            day.count = day.count.saturating_add(1);
            day.amount = sum([day.amount, member.price]);
        }
    }
    by_day.into_values().collect()
}

/// A sum that stays at the largest amount there is rather than lose any.
fn sum(amounts: impl IntoIterator<Item = Won>) -> Won {
    Won::new(amounts.into_iter().fold(0, |sum, amount| sum.saturating_add(amount.get())))
}
