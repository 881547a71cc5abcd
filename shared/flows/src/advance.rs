//! The loop.

use crate::{Gudok, Trouble, metrics::Tally};
use billing::{
    Act, Change, ChargeState, Known, Order, Record, ScheduleSighting, Seen, Step, Subscription,
    Uid, decide,
};
use ledger::{CommitError, Committed, Lease, Stored};

/// More steps than any history needs; a loop that takes more is a bug and stops.
const MOST_STEPS: usize = 64;

/// What a run of the loop may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Look, and do what is to be done, but take nobody's access away.
    Look,
    /// Also take access away where it is over.
    Revoke {
        /// The admin who pressed the button; `None` is the sweep under its guard.
        by: Option<Uid>,
    },
}

/// An order that someone pointed at, with what Iamport says of it.
#[derive(Debug, Clone)]
pub(crate) struct Hint {
    pub(crate) order: Order,
    pub(crate) records: Option<Vec<Record>>,
    pub(crate) schedule: Option<ScheduleSighting>,
}

/// How a run of the loop ended.
#[derive(Debug)]
pub struct Advanced {
    /// The member's subscription as it now is; `None` when there is none.
    pub subscription: Option<Subscription>,
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
        hint: Option<Hint>,
        purpose: Purpose,
    ) -> Result<Advanced, Trouble> {
        let mut tally = Tally::default();
        let advanced = self.run(uid, hint, purpose, &mut tally).await;
        tally.tell(self);
        advanced
    }

    async fn run(
        &self,
        uid: &Uid,
        hint: Option<Hint>,
        purpose: Purpose,
        tally: &mut Tally,
    ) -> Result<Advanced, Trouble> {
        let mut seen = Seen::default();
        let mut asked = None;
        let mut trouble = None;
        // What this run has claimed and not yet done.
        let mut lease: Option<Lease> = None;
        if let Some(Hint { order, records, schedule }) = hint {
            seen.records.extend(records.map(|records| (order.merchant_uid(), records)));
            seen.schedules.extend(schedule.map(|sighting| (order.merchant_uid(), sighting)));
            self.recall_repayments(&order, &mut seen).await?;
            asked = Some(order);
        }
        let mut stored = self.ledger.stored(uid).await?;
        for _ in 0..MOST_STEPS {
            let Some(subscription) = &stored else {
                return Ok(Advanced { subscription: None, trouble: None });
            };
            seen.claimed = lease.as_ref().map(Lease::claim);
            let step = decide(&Known {
                subscription,
                asked: asked.as_ref(),
                seen: &seen,
                now: self.now(),
                policy: &self.settings.policy,
                catalogue: &self.settings.catalogue,
                may_revoke: matches!(purpose, Purpose::Revoke { .. }),
            });
            if let Step::Rest(_) = step {
                return Ok(Advanced { subscription: looked_at(stored), trouble });
            }
            tally.step();
            match step {
                Step::Commit(mut change) => {
                    let ends =
                        subscription.ended_at.is_none() && change.subscription.ended_at.is_some();
                    if let (true, Purpose::Revoke { by: Some(admin) }) = (ends, &purpose) {
                        change.note_act(self.now(), admin, Act::EndedAccess);
                    }
                    match self.ledger.commit(stored.as_ref(), &change).await {
                        Ok(Committed { subscription: after, lease: claimed }) => {
                            tally.stored(&change, subscription);
                            stored = Some(after);
                            note(*change, &mut asked, &mut seen);
                            if claimed.is_some() {
                                lease = claimed;
                                seen.told = None;
                            }
                        }
                        Err(
                            CommitError::Lost | CommitError::Taken(_) | CommitError::Booked(_),
                        ) => {
                            lease = None;
                            // Whoever was first may have placed a schedule or charged since: what was
                            // not there may be there now.
                            seen.schedules.clear();
                            seen.records.retain(|_, records| !records.is_empty());
                            stored = self.ledger.stored(uid).await?;
                            if let Some(order) = &mut asked
                                && let Some(newer) =
                                    self.ledger.order(&order.merchant_uid()).await?
                            {
                                *order = newer;
                                self.recall_repayments(order, &mut seen).await?;
                            }
                        }
                        Err(CommitError::NoSuchPayment(imp_uid)) => {
                            return Err(Trouble::NoSuchPayment(imp_uid));
                        }
                        Err(CommitError::Ledger(error)) => return Err(error.into()),
                    }
                }
                // Returned above.
                Step::Rest(_) => {}
                effect @ (Step::LookUp(_)
                | Step::LookUpSchedule(_)
                | Step::Charge(_)
                | Step::Schedule(..)
                | Step::Unschedule(..)
                | Step::Refund(_)
                | Step::DeleteKey(_)
                | Step::Grant
                | Step::Revoke
                | Step::Announce(_)) => {
                    let errand = effect.errand();
                    if let Step::Charge(_) | Step::Schedule(..) = effect {
                        lease = None;
                    }
                    if let Err(failed) = self.perform(effect, subscription, &mut seen).await {
                        trouble = Some(failed);
                        match errand {
                            // Others need not wait for it; a later run tries again.
                            Some(errand) => {
                                seen.failed.insert(errand);
                            }
                            None => {
                                return Ok(Advanced { subscription: looked_at(stored), trouble });
                            }
                        }
                    }
                }
            }
        }
        Ok(Advanced { subscription: looked_at(stored), trouble: Some(Trouble::Restless) })
    }

    /// For a charge that was recorded as paid: what is noted as given back of it.
    async fn recall_repayments(&self, order: &Order, seen: &mut Seen) -> Result<(), Trouble> {
        let Order::Charge { uid, charge } = order else { return Ok(()) };
        let ChargeState::Paid { imp_uid } = &charge.outcome else { return Ok(()) };
        let Some(record) = seen
            .records
            .get(&charge.merchant_uid)
            .and_then(|records| records.iter().find(|r| r.imp_uid == *imp_uid))
        else {
            return Ok(());
        };
        if let Some(payment) = self.ledger.payment(uid, record.at, imp_uid).await? {
            seen.refunded.insert(payment.imp_uid, payment.refunded);
        }
        Ok(())
    }
}

fn looked_at(stored: Option<Stored>) -> Option<Subscription> {
    stored.map(Stored::into_subscription)
}

/// Remembers what a commit made true.
fn note(change: Change, asked: &mut Option<Order>, seen: &mut Seen) {
    if let Some(repayment) = change.repayment {
        seen.refunded.insert(repayment.imp_uid, repayment.refunded);
    }
    for order in change.orders {
        if asked.as_ref().is_some_and(|asked| asked.merchant_uid() == order.merchant_uid()) {
            *asked = Some(order);
        }
    }
}
