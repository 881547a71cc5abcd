//! Figures: what there is now, from the index of what is due, and what happened by day, as it is counted.

use super::groups::Group;
use crate::counting::Days;
use crate::each::Troubles;
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Day, State, Won, kst_date, start_of_day};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use ledger::{Listed, SHARDS, Watched};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The default range, in days.
const DEFAULT: i32 = 30;

/// How far back a range may begin, in days: five years.
const FARTHEST: i32 = 1_827;

/// A range of more days than this is shown by month.
const BY_DAY: i32 = 92;

/// So far back the journal is read for what was never counted, in days.
const UNCOUNTED: i32 = 366;

/// So many entries of the journal are read for what is not counted yet, and some more.
const UNCOUNTED_MOST: usize = 50_000;

/// For how many days renewals are counted ahead: today and the thirty after it.
const AHEAD: i32 = 30;

/// With more members than this those of the last night are shown: to count them takes longer than an admin waits.
const MANY: u64 = 50_000;

/// Figures of a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The first day, in Korea.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What there is, when it was counted.
    pub standing: Standing,
    /// Renewals and retries due on each day from today to the thirtieth after it.
    pub renewals: BTreeMap<Date, Due>,
    /// Each day of the range, the first first; each month, by its first day in the range, where there are many.
    pub days: Vec<Day>,
    /// Whether they are months.
    pub by_month: bool,
    /// The sum of them.
    pub total: Day,
    /// Until when what happened is counted.
    pub until: Timestamp,
    /// Members when the range began.
    pub members_at_first: u64,
    /// Of those, how many ended within the range.
    pub left: u64,
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// When it was counted.
    pub at: Timestamp,
    /// Members, each with access.
    pub live: u64,
    /// Of them, those who asked to cancel.
    pub cancelling: u64,
    /// Of them, those whose last charge was declined.
    pub past_due: u64,
    /// Of those who asked to cancel, whose access ends within a week.
    #[serde(default)]
    pub ending: u64,
    /// Those who may be asked about a higher price: who agreed already is among them.
    #[serde(default)]
    pub dearer: u64,
    /// What they pay in a month, of those who did not cancel.
    pub monthly: Won,
    /// What is due, by day.
    pub due: BTreeMap<Date, Due>,
}

/// What is due on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Charges.
    pub count: u64,
    /// Of them, those of members whose last charge was declined.
    pub retries: u64,
    /// How much, at the prices of today.
    pub amount: Won,
}

impl Gudok {
    /// Figures of the days from `from` to `to`, both counted; the last 30 by default. Rows that cannot be read
    /// are not in them.
    ///
    /// # Errors
    /// Denied when the range is empty, not over yet or begins more than five years ago.
    pub async fn figures(&self, from: Option<Date>, to: Option<Date>) -> Result<Figures, Error> {
        let today = self.books.today();
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| to.saturating_sub((DEFAULT - 1).days()));
        if to < from || to > today || from < today.saturating_sub(FARTHEST.days()) {
            return Err(Denied::BadRange.into());
        }
        let (standing, (mut days, until)) =
            futures::try_join!(self.standing(), self.days(from, today))?;
        // Whoever is there now came before or since, and whoever went since was there.
        let since = |count: fn(&Day) -> u64| days.values().map(count).sum::<u64>();
        let members_at_first = standing
            .live
            .saturating_add(since(|day| day.ended))
            .saturating_sub(since(|day| day.subscribed));
        days.retain(|date, _| *date <= to);
        let mut total = Day::new(from);
        for day in days.values() {
            total.add(day);
        }
        let last = today.saturating_add(AHEAD.days());
        let renewals = standing.due.range(today..=last).map(|(date, due)| (*date, *due)).collect();
        let by_month = to > from.saturating_add((BY_DAY - 1).days());
        Ok(Figures {
            from,
            to,
            renewals,
            standing,
            left: total.ended_of.range(..from).map(|(_, count)| count).sum(),
            total,
            days: if by_month { months(days) } else { days.into_values().collect() },
            by_month,
            until,
            members_at_first,
        })
    }

    /// What happened on each day of these, and until when that is known.
    async fn days(&self, from: Date, to: Date) -> Result<(Days, Timestamp), Trouble> {
        let now = self.books.now();
        let ledger = &self.books.ledger;
        let (mut counted, mut days) = (ledger.counted().await?, Days::new());
        loop {
            let stored = ledger.days(from, to).await?;
            let again = ledger.counted().await?;
            // What was counted between the two is in neither or in both.
            if again == counted {
                days.extend(stored.into_iter().map(|day| (day.date, day)));
                break;
            }
            counted = again;
        }
        let farthest = to.saturating_sub(UNCOUNTED.days());
        let first = start_of_day(from.max(farthest));
        // What happens in this second is among it.
        let end = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now);
        let (before, after) = match counted {
            None => (first..first, first..end),
            Some(counted) => (first..counted.since, first.max(counted.until)..end),
        };
        let known_until = after.start;
        let mut until = known_until;
        for uncounted in [before, after] {
            let (end, mut more) = (uncounted.end, Days::new());
            let mut troubles = Troubles::default();
            if self.count(uncounted, UNCOUNTED_MOST, &mut more, &mut troubles).await? {
                for (date, more) in more {
                    days.entry(date).or_insert_with(|| Day::new(date)).add(&more);
                }
                until = end;
            } else {
                until = known_until;
            }
        }
        for date in from.series(1.day()).take_while(|date| *date <= to) {
            days.entry(date).or_insert_with(|| Day::new(date));
        }
        Ok((days, until.min(now)))
    }

    /// What there is now; as it was last night, where that takes long to count.
    pub(super) async fn standing(&self) -> Result<Standing, Trouble> {
        let stored = self.books.ledger.standing::<Standing>().await?;
        if let Some(stored) = stored.filter(|stored| stored.live > MANY) {
            return Ok(stored);
        }
        let (standing, unreadable) = self.count_members().await?;
        self.readable(unreadable, &mut Troubles::default());
        Ok(standing)
    }

    /// Stores what there is, for who looks at it where it takes long to count. The sweep has told what it cannot read.
    pub(crate) async fn store_standing(&self) -> Result<(), Trouble> {
        let (standing, _) = self.count_members().await?;
        Ok(self.books.ledger.set_standing(&standing).await?)
    }

    /// What there is, and the rows that cannot be read.
    async fn count_members(&self) -> Result<(Standing, Listed<Watched>), Trouble> {
        let at = self.books.now();
        let of_shard = |shard| async move {
            let (mut standing, mut after) = (Standing::none(at), None);
            let mut unreadable = Listed::default();
            loop {
                let (mut page, next) = self.books.ledger.watched_page(shard, after).await?;
                for member in page.rows.drain(..) {
                    standing.count(&member);
                    let of = |group: Group| u64::from(self.may_be_in(group, &member));
                    standing.ending = standing.ending.saturating_add(of(Group::Ending));
                    standing.dearer = standing.dearer.saturating_add(of(Group::PriceQuestion));
                }
                unreadable.extend(page);
                after = next;
                if after.is_none() {
                    return Ok::<_, Trouble>((standing, unreadable));
                }
            }
        };
        let shards = try_join_all((0..SHARDS).map(of_shard)).await?;
        let (mut all, mut unreadable) = (Standing::none(at), Listed::default());
        for (standing, more) in shards {
            all.add(&standing);
            unreadable.extend(more);
        }
        Ok((all, unreadable))
    }
}

impl Standing {
    const fn none(at: Timestamp) -> Self {
        Self {
            at,
            live: 0,
            cancelling: 0,
            past_due: 0,
            ending: 0,
            dearer: 0,
            monthly: Won::ZERO,
            due: BTreeMap::new(),
        }
    }

    fn count(&mut self, member: &Watched) {
        let (goes_on, due) = match member.state {
            State::Active => (true, member.paid_through),
            // What is due at midnight is an end of access, and no charge.
            State::PastDue => {
                let date = kst_date(member.due_at);
                (true, (member.due_at != start_of_day(date)).then_some(date))
            }
            State::Cancelling => (false, None),
            State::None | State::Ended => return,
        };
        let of = |state| u64::from(member.state == state);
        let due = due.map(|date| {
            (date, Due { count: 1, retries: of(State::PastDue), amount: member.price })
        });
        self.add(&Self {
            at: self.at,
            live: 1,
            cancelling: of(State::Cancelling),
            past_due: of(State::PastDue),
            monthly: if goes_on { member.price } else { Won::ZERO },
            due: due.into_iter().collect(),
            ..Self::none(self.at)
        });
    }

    fn add(&mut self, other: &Self) {
        let sum = |one: Won, other: Won| Won::new(one.get().saturating_add(other.get()));
        self.live = self.live.saturating_add(other.live);
        self.cancelling = self.cancelling.saturating_add(other.cancelling);
        self.past_due = self.past_due.saturating_add(other.past_due);
        self.ending = self.ending.saturating_add(other.ending);
        self.dearer = self.dearer.saturating_add(other.dearer);
        self.monthly = sum(self.monthly, other.monthly);
        for (date, more) in &other.due {
            let none = Due { count: 0, retries: 0, amount: Won::ZERO };
            let due = self.due.entry(*date).or_insert(none);
            due.count = due.count.saturating_add(more.count);
            due.retries = due.retries.saturating_add(more.retries);
            due.amount = sum(due.amount, more.amount);
        }
    }
}

/// Days by month, each with the date of its first.
fn months(days: Days) -> Vec<Day> {
    let mut months: Vec<Day> = Vec::new();
    for (date, day) in days {
        match months.last_mut().filter(|month| month.date.first_of_month() == date.first_of_month())
        {
            Some(month) => month.add(&day),
            None => months.push(day),
        }
    }
    months
}
