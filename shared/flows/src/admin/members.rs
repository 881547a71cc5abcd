//! What the desk shows of one member, which is everything that is known, and what an admin asks for in a member's
//! place.

use crate::advance::MOST_RACES;
use crate::member::{cancel, erase};
use crate::{Denied, Error, Gudok, NotAsShown, Purpose, Settings, Trouble};
use billing::{
    Act, Change, Entry, Expected, Order, Refusal, State, Subscription, SubscriptionId, Uid,
    forecast,
};
use identity::ClaimsError;
use jiff::{Timestamp, civil::Date};
use ledger::{BookedPayment, CommitError};

/// What an admin does to a member's subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskAct {
    /// Cancels it: access stays until the paid-through date.
    Cancel,
    /// Takes the cancellation back.
    Resume,
    /// Ends it now, however long it is paid for.
    EndNow,
    /// Gives days to whoever has paid; lets anybody else in for so many.
    GiveDays {
        /// How many.
        days: u16,
    },
    /// Has the charge that failed tried again at once.
    TryAgain,
    /// Has whoever tells the member ask for another card.
    AskForCard,
}

impl DeskAct {
    /// As it comes into the journal.
    fn noted(self, reason: String) -> Act {
        match self {
            Self::Cancel => Act::Cancelled { reason },
            Self::Resume => Act::Resumed { reason },
            Self::EndNow => Act::Ended { reason },
            Self::GiveDays { days } => Act::GaveDays { days, reason },
            Self::TryAgain => Act::TriedAgain { reason },
            Self::AskForCard => Act::AskedForCard { reason },
        }
    }
}

/// What an admin asks for, why, and what was shown.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What is to be done.
    pub act: DeskAct,
    /// Why, in the admin's words.
    pub reason: &'a str,
    /// The date that was shown as the one through which the member may enter, paid or given; `None` if there was none.
    /// To end it and to give days it has to be so still; a cancellation is held to it only if it was shown.
    pub shown: Option<Date>,
}

/// Everything known of a member.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The subscription.
    pub subscription: Subscription,
    /// Every intent, the newest first.
    pub orders: Vec<Order>,
    /// Money that moved, the newest first.
    pub payments: Vec<BookedPayment>,
    /// A page of what was announced and done, the newest first.
    pub journal: Vec<Entry>,
    /// Where the journal's next page begins.
    pub cursor: Option<String>,
}

impl Gudok {
    /// Everything known of a member, with a page of the journal.
    ///
    /// # Errors
    /// Denied when there is no such member, and when the cursor is none of ours.
    pub async fn timeline(
        &self,
        uid: &Uid,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<Timeline, Error> {
        let ledger = &self.books.ledger;
        let (subscription, orders, payments, (journal, cursor)) = futures::try_join!(
            ledger.subscription(uid),
            ledger.orders_of(uid),
            ledger.all_payments(uid),
            ledger.journal(uid, limit, cursor),
        )?;
        let subscription = subscription.ok_or(Denied::NoSuchMember)?;
        let mut orders = orders;
        orders.sort_by_key(|order| std::cmp::Reverse((order.opened_at(), order.merchant_uid())));
        Ok(Timeline { subscription, orders, payments, journal, cursor })
    }

    /// The member's next charges under today's rules, without making them.
    ///
    /// # Errors
    /// Denied when there is no such member.
    pub async fn forecast(&self, uid: &Uid, count: u16) -> Result<Vec<Expected>, Error> {
        let subscription =
            self.books.ledger.subscription(uid).await?.ok_or(Denied::NoSuchMember)?;
        let Settings { catalogue, policy, .. } = &*self.books.settings;
        Ok(forecast(&subscription, catalogue, policy, self.books.now(), count))
    }

    /// What would become of a member's subscription by an act, without doing it.
    ///
    /// # Errors
    /// Denied as [`act_for`](Self::act_for) is.
    pub async fn would_act_for(&self, uid: &Uid, asked: Asked<'_>) -> Result<Subscription, Error> {
        let existing = self.books.ledger.subscription(uid).await?;
        if existing.is_none() {
            self.is_to_be_let_in(uid, asked.act).await?;
        }
        Ok(self.asked_of(existing, uid, asked, self.books.now())?.0)
    }

    /// Does what an admin says, and why, to a member's subscription, and gives back how that then stands. An act that
    /// was shown with a date is carried out only if that is still so.
    ///
    /// # Errors
    /// Denied as the act is by [`billing`], when it was shown with another date, and when there is no such member.
    pub async fn act_for(
        &self,
        by: &Uid,
        uid: &Uid,
        asked: Asked<'_>,
    ) -> Result<Subscription, Error> {
        for _ in 0..MOST_RACES {
            let act = asked.act.noted(asked.reason.to_owned());
            let asks = |change: &mut Change, now| {
                let existing = Some(change.subscription.clone());
                let (next, changed) = self.asked_of(existing, uid, asked, now)?;
                change.subscription = next;
                Ok(changed)
            };
            if let Some(done) = self.record(uid, Some((by, act.clone())), asks).await? {
                return Ok(done);
            }
            self.is_to_be_let_in(uid, asked.act).await?;
            let now = self.books.now();
            let (next, _) = self.asked_of(None, uid, asked, now)?;
            let mut change = Change::of(Subscription { due_at: Some(now), ..next });
            change.note_act(now, by, act);
            match self.books.ledger.commit(None, &change).await {
                Ok(_) => {
                    let seen = self.advance(uid, Purpose::Look).await?;
                    return Ok(seen.subscription.unwrap_or(change.subscription));
                }
                // Somebody was first: what there is now is asked for the same.
                Err(CommitError::Ledger(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(Trouble::Restless.into())
    }

    /// Denied unless the act is one for somebody of whom nothing is stored, and there is such an account: a uid may be
    /// mistyped.
    async fn is_to_be_let_in(&self, uid: &Uid, act: DeskAct) -> Result<(), Error> {
        if !matches!(act, DeskAct::GiveDays { .. }) {
            return Err(Denied::NoSuchMember.into());
        }
        match self.claims.account(uid.as_str(), self.books.now()).await {
            Ok(_) => Ok(()),
            Err(ClaimsError::NoSuchUser) => Err(Denied::NoSuchMember.into()),
            Err(error) => Err(Trouble::from(error).into()),
        }
    }

    /// The subscription as the act leaves it, and whether it changed anything.
    fn asked_of(
        &self,
        existing: Option<Subscription>,
        uid: &Uid,
        Asked { act, shown, .. }: Asked<'_>,
        now: Timestamp,
    ) -> Result<(Subscription, bool), Error> {
        let Settings { catalogue, policy, .. } = &*self.books.settings;
        let lasts = existing.as_ref().and_then(Subscription::lasts_through);
        let as_shown = || if shown == lasts { Ok(()) } else { Err(NotAsShown::PaidThrough) };
        let live = |it: &Subscription| {
            matches!(it.state(), State::Active | State::PastDue | State::Cancelling)
                && !it.is_revocation_due(now, policy)
        };
        if let DeskAct::GiveDays { days } = act
            && !existing.as_ref().is_some_and(live)
        {
            as_shown()?;
            let plan = existing.as_ref().and_then(|it| catalogue.plan(&it.plan));
            let plan = plan.or(catalogue.plans.first()).ok_or(Refusal::UnknownPlan)?;
            let id = SubscriptionId::new((self.new_id)(now));
            let let_in = Subscription::let_in(existing, uid, id, (plan, days), now, policy)?;
            return Ok((let_in, true));
        }
        let mut it = existing.ok_or(Denied::NoSuchMember)?;
        let changed = match act {
            DeskAct::Cancel => cancel(&mut it, shown, now)?,
            DeskAct::Resume => it.resume(now)?,
            DeskAct::EndNow => {
                let ends = it.end_now(now)?;
                if ends {
                    as_shown()?;
                }
                ends
            }
            DeskAct::GiveDays { days } => {
                as_shown()?;
                it.give_days(days, now)?;
                true
            }
            DeskAct::TryAgain => it.try_again(now, policy)?,
            DeskAct::AskForCard => it.ask_for_card(now)?,
        };
        Ok((it, changed))
    }

    /// Has everything of a member erased, because an admin says so, and why. What the admin did stays in the admin's own
    /// journal.
    ///
    /// # Errors
    /// Denied as [`erase`](Self::erase) is, and when there is no such member.
    pub async fn erase_for(
        &self,
        by: &Uid,
        uid: &Uid,
        reason: &str,
        shown: Option<Date>,
    ) -> Result<Subscription, Error> {
        self.no_admin(uid).await?;
        let act = Act::Erased { reason: reason.to_owned() };
        let asks = |change: &mut Change, now| erase(&mut change.subscription, shown, now);
        Ok(self.record(uid, Some((by, act)), asks).await?.ok_or(Denied::NoSuchMember)?)
    }
}
