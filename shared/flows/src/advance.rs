//! The loop.

use crate::{Gudok, Trouble, metrics::Tally};
use billing::{
    Act, Change, Effect, ImpUid, Known, Leased, MerchantUid, Order, Record, ScheduleSighting, Seen,
    Step, Subscription, Uid, decide_ahead,
};
use ledger::{BookedPayment, CommitError, Committed, Lease, Stored};
use std::collections::BTreeSet;

/// How often to look again when others keep changing the same member.
pub(crate) const MOST_RACES: usize = 8;

/// More steps than any history needs; a loop that takes more is a bug and stops.
const MOST_STEPS: usize = 64;

/// What a run of the loop may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Look, and do what is to be done, but take nobody's access away.
    Look,
    /// Also erase whoever asked for it: the sweep alone may delete rows and accounts.
    Sweep,
    /// Also take access away where it is over.
    Revoke {
        /// The admin who pressed the button; `None` is the sweep under its guard.
        by: Option<Uid>,
    },
}

/// An order that someone pointed at, with what Iamport says of it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) order: Order,
    pub(crate) records: Option<Vec<Record>>,
    pub(crate) schedule: Option<ScheduleSighting>,
}

/// How a run of the loop ended.
#[derive(Debug)]
pub struct Advanced {
    /// The member's subscription as it now is; `None` when there is none.
    pub subscription: Option<Subscription>,
    /// The orders that the run was pointed at, or found money under, as it last knew them.
    pub(crate) asked: Vec<Order>,
    /// The payment that the run booked last, with what it noted as given back of it.
    pub(crate) booked: Option<BookedPayment>,
    /// What kept the run from coming to rest. What it had recorded stands.
    pub trouble: Option<Trouble>,
}

impl Gudok {
    /// Looks at a member and does what is to be done, until there is nothing.
    ///
    /// # Errors
    /// Only when the tables do not answer; any other trouble is in [`Advanced::trouble`], because what was
    /// recorded before it stands.
    pub async fn advance(&self, uid: &Uid, purpose: Purpose) -> Result<Advanced, Trouble> {
        self.advance_with(uid, None, purpose).await
    }

    pub(crate) async fn advance_with(
        &self,
        uid: &Uid,
        found: Option<Found>,
        purpose: Purpose,
    ) -> Result<Advanced, Trouble> {
        let Some(stored) = self.books.ledger.stored(uid).await? else {
            let asked = found.into_iter().map(|found| found.order).collect();
            return Ok(Advanced { subscription: None, asked, booked: None, trouble: None });
        };
        self.advance_from(stored, Run::new(found, purpose)).await
    }

    /// Goes on from a subscription as this caller has just read or stored it: it is not read again. Somebody who
    /// has changed it since is noticed by the first write, as always.
    pub(crate) async fn advance_from(
        &self,
        stored: Stored,
        mut run: Run,
    ) -> Result<Advanced, Trouble> {
        let looked = Box::pin(async {
            self.recall_payments(&mut run).await?;
            Box::pin(self.run(stored, &mut run)).await
        })
        .await;
        run.tally.tell(self);
        let (subscription, trouble) = looked?;
        let Run { asked, booked, .. } = run;
        Ok(Advanced { subscription, asked, booked, trouble })
    }

    /// The loop itself. Gives back the subscription as it then is, `None` if the member was erased, and what kept it from
    /// coming to rest. It is large: whoever calls it holds it in a box.
    async fn run(
        &self,
        mut stored: Stored,
        run: &mut Run,
    ) -> Result<(Option<Subscription>, Option<Trouble>), Trouble> {
        let mut trouble = None;
        for _ in 0..MOST_STEPS {
            match self.decide(&stored, run) {
                Step::Rest(_) if run.seen.is_erased => return Ok((None, trouble)),
                Step::Rest(_) => return Ok((Some(stored.into_subscription()), trouble)),
                Step::Commit(change) => {
                    run.tally.step();
                    let Some(next) = self.store(*change, &stored, run).await? else {
                        return Ok((None, trouble));
                    };
                    stored = next;
                }
                Step::Do(effect) => {
                    run.tally.step();
                    if let Err(failed) = self.carry_out(effect, &stored, run).await {
                        trouble = Some(failed);
                    }
                }
            }
        }
        Ok((Some(stored.into_subscription()), Some(Trouble::Restless)))
    }

    fn decide(&self, subscription: &Subscription, run: &mut Run) -> Step {
        run.seen.leased = run.lease.as_ref().map(Lease::leased);
        decide_ahead(&self.known(subscription, run))
    }

    /// What is known in this run of a subscription that was read.
    pub(crate) fn known<'a>(&'a self, subscription: &'a Subscription, run: &'a Run) -> Known<'a> {
        Known {
            subscription,
            asked: &run.asked,
            seen: &run.seen,
            now: self.books.now(),
            policy: &self.books.settings.policy,
            catalogue: &self.books.settings.catalogue,
            may_revoke: matches!(run.purpose, Purpose::Revoke { .. }),
            may_erase: run.purpose == Purpose::Sweep,
        }
    }

    /// Performs an effect, with the lease that is for it. One that fails is noted, and a later run tries again.
    async fn carry_out(
        &self,
        effect: Effect,
        stored: &Stored,
        run: &mut Run,
    ) -> Result<(), Trouble> {
        let side_effect = effect.side_effect();
        let lease = run.lease_of(&effect);
        let done = self.perform(effect, lease, stored, &mut run.seen).await;
        if done.is_err() {
            match side_effect {
                // Others need not wait for it.
                Some(side_effect) => {
                    run.seen.failed.insert(side_effect);
                }
                // Nothing else can be done in this run but to note that.
                None => run.seen.is_stuck = true,
            }
        }
        done
    }

    /// Stores a change, and gives back the subscription as it then is: as stored, or as whoever was first left
    /// it; `None` if that was the sweep which erased the member.
    async fn store(
        &self,
        mut change: Change,
        before: &Stored,
        run: &mut Run,
    ) -> Result<Option<Stored>, Trouble> {
        let ends = before.ended_at.is_none() && change.subscription.ended_at.is_some();
        if let (true, Purpose::Revoke { by: Some(admin) }) = (ends, &run.purpose) {
            change.note_act(self.books.now(), admin, Act::EndedAccess);
        }
        match self.books.ledger.commit(Some(before), &change).await {
            Ok(Committed { subscription: after, lease }) => {
                run.note(&change, before, lease);
                Ok(Some(after))
            }
            Err(lost) => {
                self.learn_why(lost, before, run).await?;
                self.read_again(&before.uid, run).await
            }
        }
    }

    /// What it says that a write was not taken: that somebody else was first, or that a table was put back to an
    /// earlier moment, and which of the two knows more.
    async fn learn_why(
        &self,
        lost: CommitError,
        before: &Subscription,
        run: &mut Run,
    ) -> Result<(), Trouble> {
        match lost {
            // The loop gives back what is owed, on nobody's allowance.
            CommitError::Lost | CommitError::OverAllowance | CommitError::KeyTaken => {}
            CommitError::Taken(id) => {
                run.seen.taken.extend(self.books.ledger.order(&id).await?.map(|order| (id, order)));
            }
            CommitError::Booked(imp_uid) => {
                run.seen.booked.insert(imp_uid);
            }
            CommitError::NoSuchPayment(imp_uid) => {
                let order = self.order_paid_with(&imp_uid, before).await?;
                run.asked.push(order.ok_or(Trouble::NoSuchPayment(imp_uid.clone()))?);
                run.seen.unbooked.insert(imp_uid);
            }
            CommitError::Ledger(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The order that was paid with a payment which is owed back.
    async fn order_paid_with(
        &self,
        imp_uid: &ImpUid,
        subscription: &Subscription,
    ) -> Result<Option<Order>, Trouble> {
        let due = subscription.refunds.iter().find(|due| due.imp_uid == *imp_uid);
        let Some(due) = due else { return Ok(None) };
        let order = self.books.ledger.order(&due.merchant_uid).await?;
        Ok(order.filter(|order| order.is_paid_by(imp_uid)))
    }

    /// The subscription after a write that was lost, and with it what this run looks at.
    async fn read_again(&self, uid: &Uid, run: &mut Run) -> Result<Option<Stored>, Trouble> {
        let Some(now) = self.books.ledger.stored(uid).await? else { return Ok(None) };
        run.forget_what_may_have_changed();
        self.take_up(&now, run).await?;
        Ok(Some(now))
    }

    /// Reads the orders again that this run looks at. Money that it has seen under an order which is no longer
    /// carried is looked at too: whoever was first may not have seen it.
    async fn take_up(&self, now: &Subscription, run: &mut Run) -> Result<(), Trouble> {
        let asked = run.asked.iter().map(Order::merchant_uid);
        let carried = |id: &MerchantUid| now.charges.iter().any(|it| it.merchant_uid == *id);
        let seen = run.seen.records.iter().filter(|(_, them)| them.iter().any(Record::is_money));
        let seen = seen.map(|(id, _)| *id).filter(|id| !carried(id));
        let ids: BTreeSet<MerchantUid> = asked.chain(seen).collect();
        let mut orders = Vec::new();
        for id in ids {
            orders.extend(self.books.ledger.order(&id).await?);
        }
        run.asked = orders;
        self.recall_payments(run).await
    }

    /// For charges that were recorded as paid: what is noted as given back of them, and whether their row
    /// still stands.
    async fn recall_payments(&self, run: &mut Run) -> Result<(), Trouble> {
        for order in &run.asked {
            let Order::Charge { uid, charge } = order else { continue };
            let Some(imp_uid) = charge.paid_with() else { continue };
            let records = run.seen.records.get(&charge.merchant_uid).into_iter().flatten();
            let Some(record) = records.into_iter().find(|record| record.imp_uid == *imp_uid) else {
                continue;
            };
            let paid_at = record.at.unwrap_or(charge.opened_at);
            let mut row = self.books.ledger.payment(uid, paid_at, imp_uid).await?;
            if row.is_none() {
                // Iamport may have said another time when it was booked.
                row = self.books.payment_with(uid, imp_uid).await?;
            }
            match row {
                Some(payment) => {
                    run.seen.unbooked.remove(imp_uid);
                    run.seen.refunded.insert(payment.imp_uid, payment.refunded);
                }
                None => {
                    run.seen.unbooked.insert(imp_uid.clone());
                }
            }
        }
        Ok(())
    }
}

/// One run of the loop: what it may do, what it was pointed at, and what it has seen.
pub(crate) struct Run {
    purpose: Purpose,
    asked: Vec<Order>,
    seen: Seen,
    /// What it holds the lease of and has not yet done.
    lease: Option<Lease>,
    booked: Option<BookedPayment>,
    tally: Tally,
}

impl Run {
    pub(crate) fn new(found: Option<Found>, purpose: Purpose) -> Self {
        let mut run = Self {
            purpose,
            asked: Vec::new(),
            seen: Seen::default(),
            lease: None,
            booked: None,
            tally: Tally::default(),
        };
        if let Some(Found { order, records, schedule }) = found {
            let id = order.merchant_uid();
            run.seen.records.extend(records.map(|records| (id, records)));
            run.seen.schedules.extend(schedule.map(|sighting| (id, sighting)));
            run.asked.push(order);
        }
        run
    }

    /// Remembers what a commit made true of what stood there before, and counts it.
    pub(crate) fn note(&mut self, change: &Change, before: &Subscription, lease: Option<Lease>) {
        self.tally.stored(change, before);
        if lease.is_some() {
            self.lease = lease;
        }
        self.booked = change.payment.as_ref().map(BookedPayment::from).or(self.booked.take());
        if let (Some(refund), Some(booked)) = (&change.refund, &mut self.booked)
            && refund.imp_uid == booked.imp_uid
        {
            booked.refunded = refund.refunded;
        }
        self.seen.note(change);
        change.note_in(&mut self.asked);
    }

    /// The right to move money with this effect. It is the effect's from now on, and nobody's after it.
    fn lease_of(&mut self, effect: &Effect) -> Option<Lease> {
        let (Effect::Charge(charge) | Effect::Schedule(charge, _)) = effect else { return None };
        self.lease.take_if(|lease| lease.leased() == Leased::Order(charge.merchant_uid))
    }

    /// Whoever was first may have placed a schedule or charged since: what was not there may be there now. What a
    /// schedule has come to, it has come to.
    fn forget_what_may_have_changed(&mut self) {
        self.lease = None;
        self.seen.schedules.retain(|_, sighting| sighting.is_final());
        self.seen.stored.clear();
        self.seen.records.retain(|_, records| !records.is_empty());
    }
}
