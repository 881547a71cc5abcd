//! Days in sums: the journal is counted as it grows, each entry once, so that figures of any range are a few rows however
//! many members there are (docs/decisions/0049-days-are-counted-once.md).

use crate::each::Troubles;
use crate::{Gudok, Trouble};
use billing::{Day, FIRST, ImpUid, News, SETTLED, Uid, What, Won, kst_date};
use jiff::{SignedDuration, Timestamp, civil::Date};
use ledger::{Counted, JournalPlace};
use std::collections::BTreeMap;
use std::ops::Range;

/// So much is counted before it is stored: not more days than a transaction takes.
const AT_ONCE: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Entries on a page of a member's journal.
const PAGE: u16 = 100;

/// Days, by date.
pub(crate) type Days = BTreeMap<Date, Day>;

impl Gudok {
    /// Counts what happened since it was last counted, if it is time; what there is no time for until then is left to the
    /// next.
    pub(crate) async fn count_days(
        &self,
        until: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<(), Trouble> {
        let now = self.books.now();
        let mut was = self.books.ledger.counted().await?;
        let settled = now.saturating_sub(SETTLED).unwrap_or(now);
        let every = self.books.settings.policy.digest_every;
        let from =
            was.map_or(settled.saturating_sub(FIRST), |was| Ok(was.until)).unwrap_or(settled);
        if was.is_some_and(|was| settled.duration_since(was.until) < every) {
            return Ok(());
        }
        let since = was.map_or(from, |was| was.since);
        let mut at = from;
        while at < settled && self.books.now() < until {
            let end = at.saturating_add(AT_ONCE).unwrap_or(settled).min(settled);
            let stored = self.books.ledger.days(kst_date(at), kst_date(end)).await?;
            let before: Days = stored.into_iter().map(|day| (day.date, day)).collect();
            let mut days = before.clone();
            self.count(at..end, usize::MAX, &mut days, troubles).await?;
            let counted = Counted { since, until: end };
            let changed = days.values().filter(|day| before.get(&day.date) != Some(day));
            if !self.books.ledger.set_days(was, counted, changed).await? {
                // Another run counts.
                break;
            }
            (was, at) = (Some(counted), end);
        }
        Ok(())
    }

    /// Adds to the days what the journal says from then until then. Says whether that is all of it: of more than so many
    /// entries it is not.
    pub(crate) async fn count(
        &self,
        time: Range<Timestamp>,
        most: usize,
        days: &mut Days,
        troubles: &mut Troubles,
    ) -> Result<bool, Trouble> {
        let mut place = (!time.is_empty()).then(|| JournalPlace::at(time.start));
        let mut read = 0_usize;
        while let Some(at) = place {
            if read >= most {
                return Ok(false);
            }
            let (page, next) = self.books.ledger.journal_page(at, time.end).await?;
            read = read.saturating_add(page.rows.len());
            for entry in self.readable(page, troubles) {
                if time.contains(&entry.at) {
                    let before = match &entry.what {
                        What::Told(News::Refunded { imp_uid, .. }) => {
                            let when = (entry.at, entry.id.as_str());
                            self.given_back_before(&entry.uid, when, imp_uid).await?
                        }
                        What::Told(_) | What::Did { .. } => Won::ZERO,
                    };
                    let date = kst_date(entry.at);
                    days.entry(date).or_insert_with(|| Day::new(date)).count(&entry, before);
                }
            }
            place = next;
        }
        Ok(true)
    }

    /// What had been given back of a member's payment before that was told.
    pub(crate) async fn given_back_before(
        &self,
        uid: &Uid,
        when: (Timestamp, &str),
        payment: &ImpUid,
    ) -> Result<Won, Trouble> {
        let mut cursor = None::<String>;
        loop {
            let (page, next) = self.books.ledger.journal(uid, PAGE, cursor.as_deref()).await?;
            let earlier = page.iter().filter(|it| (it.at, it.id.as_str()) < when);
            let told = earlier.filter_map(|it| match &it.what {
                What::Told(News::Refunded { imp_uid, amount }) if imp_uid == payment => {
                    Some(*amount)
                }
                What::Told(_) | What::Did { .. } => None,
            });
            match (told.max(), next) {
                (Some(before), _) => return Ok(before),
                (None, Some(next)) => cursor = Some(next),
                (None, None) => return Ok(Won::ZERO),
            }
        }
    }
}
