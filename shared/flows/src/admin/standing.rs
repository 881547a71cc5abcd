//! What there is: members, counted from the index of what is due, and how many of them something is the matter with.

use super::groups::Group;
use crate::each::Troubles;
use crate::{Error, Gudok, Trouble};
use billing::{State, Won, kst_date, start_of_day};
use futures::future::try_join_all;
use jiff::{Timestamp, civil::Date};
use ledger::{Listed, SHARDS, Watched};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// With more members than this those of the last night are shown: to count them takes longer than an admin waits.
const MANY: u64 = 50_000;

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
    pub ending: u64,
    /// Those who may be asked about a higher price: who agreed already is among them.
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

/// How many there are in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// When they were counted: now, or last night where there are many. Reviews are always counted now.
    pub at: Timestamp,
    /// [`Group::PastDue`].
    pub past_due: u64,
    /// [`Group::PriceQuestion`] at most: who agreed is counted until the price is charged.
    pub price_question: u64,
    /// [`Group::UnderReview`].
    pub under_review: u64,
    /// [`Group::Ending`].
    pub ending: u64,
    /// [`Group::Cancelling`].
    pub cancelling: u64,
}

impl Gudok {
    /// How many members there are in each group.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn counts(&self) -> Result<Counts, Error> {
        let (standing, under_review) = futures::try_join!(self.standing(), async {
            Ok(self.books.ledger.count_reviewing().await?)
        })?;
        let Standing { at, past_due, dearer, ending, cancelling, .. } = standing;
        Ok(Counts { at, past_due, price_question: dearer, under_review, ending, cancelling })
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
