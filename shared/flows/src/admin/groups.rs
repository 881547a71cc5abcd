//! Members by what is the matter with them: whose charge was declined, who is asked about a price, what only a person can
//! settle, and who is about to go.

use crate::each::Troubles;
use crate::{Error, Gudok};
use billing::{Catalogue, PriceVersion, State, Subscription, Won};
use jiff::{ToSpan, civil::Date};
use ledger::Watched;

/// How many days count as soon, with today.
const SOON: i32 = 7;

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The last charge was declined.
    PastDue,
    /// A higher price is asked about, and not agreed to yet.
    PriceQuestion,
    /// Something is open that only a person can settle.
    UnderReview,
    /// It was asked to cancel, and access ends within a week, or is over and was not taken away yet.
    Ending,
    /// It was asked to cancel, and access lasts.
    Cancelling,
}

impl Gudok {
    /// A page of a group, at most `limit` members, and the cursor of the next. Each is read again: whoever is no longer in it
    /// is left out, so that a page may have fewer, or none, and a cursor.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn members_in(
        &self,
        group: Group,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<(Vec<Subscription>, Option<String>), Error> {
        let (ledger, troubles) = (&self.books.ledger, &mut Troubles::default());
        let (members, next) = match group {
            Group::UnderReview => {
                let (open, next) = ledger.reviewing(limit, cursor).await?;
                let open = self.readable(open, troubles).into_iter();
                (open.map(|open| open.uid).collect(), next)
            }
            Group::Cancelling => {
                let (waiting, next) = ledger.cancelling(limit, cursor).await?;
                let waiting = self.readable(waiting, troubles).into_iter();
                (waiting.map(|waiting| waiting.uid).collect(), next)
            }
            Group::PastDue | Group::PriceQuestion | Group::Ending => {
                let is_in = |member: &Watched| self.may_be_in(group, member);
                let (watched, next) = ledger.watched_where(limit, cursor, is_in).await?;
                let watched = self.readable(watched, troubles).into_iter();
                (watched.map(|member| member.uid).collect::<Vec<_>>(), next)
            }
        };
        let members = self.read(members).await.heard()?.done;
        let today = self.books.today();
        let still = members.into_iter().flatten().filter(|member| group.has(member, today));
        Ok((still.collect(), next))
    }

    /// Whether the index says that a member is in the group. Of a price it does not know whether it was agreed to.
    pub(super) fn may_be_in(&self, group: Group, member: &Watched) -> bool {
        let today = self.books.today();
        match group {
            Group::PastDue => member.state == State::PastDue,
            Group::Cancelling => member.state == State::Cancelling,
            Group::Ending => {
                member.state == State::Cancelling && is_soon(member.paid_through, today)
            }
            Group::PriceQuestion => {
                let days = i64::from(self.books.settings.policy.consent_days);
                let goes_on = matches!(member.state, State::Active | State::PastDue);
                let asked = |from: &Date| from.saturating_sub(days.days()) <= today;
                let from = member.paid_through.filter(|_| goes_on).filter(asked);
                from.is_some_and(|from| {
                    is_dearer(&self.books.settings.catalogue, member.price, from)
                })
            }
            Group::UnderReview => false,
        }
    }
}

impl Group {
    /// Whether this member is in it.
    fn has(self, member: &Subscription, today: Date) -> bool {
        let state = member.state();
        match self {
            Self::PastDue => state == State::PastDue,
            Self::Cancelling => state == State::Cancelling,
            Self::Ending => state == State::Cancelling && is_soon(member.paid_through(), today),
            Self::PriceQuestion => {
                matches!(state, State::Active | State::PastDue)
                    && member.price_change.as_ref().is_some_and(|change| change.agreed.is_none())
            }
            Self::UnderReview => !member.reviews.is_empty(),
        }
    }
}

fn is_soon(until: Option<Date>, today: Date) -> bool {
    until.is_some_and(|until| until < today.saturating_add(SOON.days()))
}

/// Whether the period from that day on costs more than this in a plan that has or had this price.
fn is_dearer(catalogue: &Catalogue, price: Won, from: Date) -> bool {
    let has_had = |version: &PriceVersion| version.price == price;
    let mut plans = catalogue.plans.iter();
    plans.any(|plan| plan.prices().iter().any(has_had) && plan.price_on(from) > price)
}
