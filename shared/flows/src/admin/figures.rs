//! Figures: what there is, and what happened by day, as it is counted.

use super::standing::{Due, Standing};
use crate::counting::Days;
use crate::each::Troubles;
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Day, start_of_day};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
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
