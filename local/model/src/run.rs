//! One run of the loop, step by step: what `flows` does around `billing::decide_ahead`, without the waiting. What a call
//! changes and what its answer says come in one step, for whoever waits for an answer does nothing else in between.

use crate::hashed::Hashed;
use crate::iamport::{Answer, Bank, Call};
use crate::rules::Rules;
use crate::tables::Lost;
use crate::world::World;
use billing::{
    Change, Counted, Effect, Known, Leased, LostAccount, MerchantUid, Order, Record, Refused,
    ScheduleSighting, Seen, Step, Subscription, decide_ahead,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// What a run may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Look.
    Look,
    /// Also erase whoever asked for it.
    Sweep,
    /// Also take access away where it is over.
    Night,
}

/// How one step of a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should; what a bank is asked for it approves.
    Well,
    /// The bank says no, for today.
    Later,
    /// The bank says no, for good.
    Never,
    /// It never arrives; a write is refused as if somebody had been there before.
    Unsent,
    /// It is done, and the answer is lost; a write's second sending finds somebody there before: itself.
    Unheard,
    /// It is given up, and arrives at any time after that.
    Late,
    /// It is refused outright.
    Refused,
    /// The sign-in service knows no such account.
    Gone,
}

impl Outcome {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Well,
        Self::Later,
        Self::Never,
        Self::Unsent,
        Self::Unheard,
        Self::Late,
        Self::Refused,
        Self::Gone,
    ];

    const fn bank(self) -> Bank {
        match self {
            Self::Later => Bank::SaysLater,
            Self::Never => Bank::SaysNever,
            Self::Well | Self::Unsent | Self::Unheard | Self::Late | Self::Refused | Self::Gone => {
                Bank::Approves
            }
        }
    }
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Went {
    /// The run goes on.
    On,
    /// The run goes on with a row that somebody else may have written.
    Again,
    /// There is nothing left to look at.
    Over,
    /// The tables do not hold what the row says.
    Torn,
}

/// One run of the loop.
#[derive(Debug, Clone)]
pub struct Run {
    /// What it may do.
    pub purpose: Purpose,
    /// The row as it was read; `None` as long as only what the run was pointed at is read.
    pub row: Option<Hashed<Subscription>>,
    /// The orders that it looks at.
    pub asked: Hashed<Vec<Order>>,
    /// What it has seen.
    pub seen: Seeing,
    /// Until when what it holds the lease of is its own.
    pub until: Option<Timestamp>,
    /// What was decided, by what was known then: it is shared with all states in which the same is known.
    decided: Arc<OnceLock<(Key, Step)>>,
}

/// What tells what is known in a run from what is known in others.
type Key = (Purpose, Timestamp, [u64; 3]);

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.purpose == other.purpose
            && self.row == other.row
            && self.asked == other.asked
            && self.seen == other.seen
            && self.until == other.until
    }
}

impl Eq for Run {}

/// What a run has seen.
pub type Seeing = Hashed<Seen>;

impl Hash for Run {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.purpose.hash(state);
        self.row.hash(state);
        self.asked.hash(state);
        self.seen.hash(state);
        self.until.hash(state);
    }
}

impl Run {
    /// A run that has read nothing yet but what it was pointed at.
    pub fn new(
        purpose: Purpose,
        found: Option<(Order, Option<Vec<Record>>, Option<ScheduleSighting>)>,
    ) -> Self {
        let mut seen = Seen::default();
        let mut asked = Vec::new();
        if let Some((order, records, schedule)) = found {
            let id = order.merchant_uid();
            seen.records.extend(records.map(|records| (id, records)));
            seen.schedules.extend(schedule.map(|sighting| (id, sighting)));
            asked.push(order);
        }
        let (asked, seen) = (Hashed::new(asked), Hashed::new(seen));
        Self { purpose, row: None, asked, seen, until: None, decided: Arc::default() }
    }

    /// What is known in it; `None` before the row was read.
    pub fn known<'a>(&'a self, rules: &'a Rules, now: Timestamp) -> Option<Known<'a>> {
        Some(Known {
            subscription: self.row.as_ref()?,
            asked: &self.asked,
            seen: &self.seen,
            now,
            policy: &rules.policy,
            catalogue: &rules.catalogue,
            may_revoke: self.purpose == Purpose::Night,
            may_erase: self.purpose == Purpose::Sweep,
        })
    }

    /// What it does next; `None` if that is to read the row.
    pub fn next(&self, rules: &Rules, now: Timestamp) -> Option<Step> {
        let known = self.known(rules, now)?;
        let row = self.row.as_ref()?.fingerprint();
        let key: Key =
            (self.purpose, now, [row, self.asked.fingerprint(), self.seen.fingerprint()]);
        let (decided_by, step) = self.decided.get_or_init(|| (key, decide_ahead(&known)));
        Some(if *decided_by == key { step.clone() } else { decide_ahead(&known) })
    }

    /// The same run, in which something else is known now.
    pub fn knowing_more(mut self) -> Self {
        self.decided = Arc::default();
        self
    }

    /// Sees something.
    pub fn see(&mut self, change: impl FnOnce(&mut Seen)) {
        let mut seen = Seen::clone(&self.seen);
        change(&mut seen);
        self.seen = Hashed::new(seen);
    }

    /// Reads the row, and with it what the run looks at.
    pub fn read(&mut self, world: &World) -> Went {
        self.row.clone_from(&world.tables.row);
        self.recall_payments(world);
        if self.row.is_some() { Went::On } else { Went::Over }
    }

    /// Reads again after a write that was not taken, and keeps of what was seen only what cannot have changed.
    fn read_again(&mut self, world: &World) -> Went {
        let Some(row) = world.tables.row.clone() else { return Went::Over };
        self.until = None;
        self.see(|seen| {
            seen.leased = None;
            seen.schedules.clear();
            seen.stored.clear();
            seen.records.retain(|_, records| !records.is_empty());
        });
        let carried = |id: &MerchantUid| row.charges.iter().any(|it| it.merchant_uid == *id);
        let money = self.seen.records.iter().filter(|(_, them)| them.iter().any(Record::is_money));
        let money = money.map(|(id, _)| *id).filter(|id| !carried(id));
        let ids: BTreeSet<_> = self.asked.iter().map(Order::merchant_uid).chain(money).collect();
        let orders = ids.iter().filter_map(|id| world.tables.orders.get(id));
        self.asked = Hashed::new(orders.map(|order| Order::clone(order)).collect());
        self.row = Some(row);
        self.recall_payments(world);
        Went::Again
    }

    /// What is noted as given back of the payments of the orders that it looks at.
    fn recall_payments(&mut self, world: &World) {
        let mut noted = Vec::new();
        for order in self.asked.iter() {
            let Order::Charge { charge, .. } = order else { continue };
            let Some(imp_uid) = charge.paid_with() else { continue };
            let records = self.seen.records.get(&charge.merchant_uid);
            if records.is_some_and(|them| them.iter().any(|it| it.imp_uid == *imp_uid)) {
                noted.push((imp_uid.clone(), world.tables.payments.get(imp_uid)));
            }
        }
        if noted.is_empty() {
            return;
        }
        self.see(|seen| {
            for (imp_uid, row) in noted {
                match row {
                    Some(row) => {
                        seen.unbooked.remove(&imp_uid);
                        seen.refunded.insert(imp_uid, row.refunded);
                    }
                    None => _ = seen.unbooked.insert(imp_uid),
                }
            }
        });
    }

    /// Remembers a change that is stored.
    pub fn note(&mut self, change: &Change, row: Hashed<Subscription>) {
        let leased = change.lease.map(|(leased, _)| leased).or(self.seen.leased);
        self.until = change.lease.map(|(_, until)| until).or(self.until);
        if !self.asked.is_empty() {
            let mut asked = Vec::clone(&self.asked);
            change.note_in(&mut asked);
            self.asked = Hashed::new(asked);
        }
        self.see(|seen| {
            seen.note(change);
            seen.leased = leased;
        });
        self.row = Some(row);
    }

    /// Stores what it decided. `None` if it cannot go like this.
    pub fn store(&mut self, world: &mut World, change: &Change, outcome: Outcome) -> Option<Went> {
        match outcome {
            Outcome::Well => {}
            Outcome::Unsent => return Some(self.read_again(world)),
            Outcome::Unheard => {
                world.tables.store(change).ok()?;
                return Some(self.read_again(world));
            }
            Outcome::Later | Outcome::Never | Outcome::Late | Outcome::Refused | Outcome::Gone => {
                return None;
            }
        }
        Some(match world.tables.store(change) {
            Ok(row) => {
                self.note(change, row);
                Went::On
            }
            Err(Lost::Race) => self.read_again(world),
            // Somebody has booked it since the order was read.
            Err(Lost::Booked(imp_uid)) => {
                self.see(|seen| _ = seen.booked.insert(imp_uid));
                self.read_again(world)
            }
            Err(Lost::Taken(_) | Lost::NoSuchPayment(_)) => Went::Torn,
        })
    }

    /// Has an effect. `None` if it cannot go like this.
    pub fn perform(&mut self, world: &mut World, effect: Effect, outcome: Outcome) -> Option<Went> {
        let side_effect = effect.side_effect();
        let done = match effect {
            Effect::Charge(charge) => return self.charge(world, charge, outcome),
            Effect::Schedule(charge, at) => return self.schedule(world, charge, at, outcome),
            Effect::Unschedule(_, id) => self.unschedule(world, id, outcome)?,
            Effect::Refund(due) => {
                let call = Call::Cancel(due.imp_uid.clone());
                match world.send(call, outcome)? {
                    Some(Answer::GivenBack(won)) => {
                        self.see(|seen| _ = seen.refunded.insert(due.imp_uid, won));
                        true
                    }
                    Some(Answer::Refused(words)) => {
                        self.see(|seen| {
                            seen.refund_refused.insert(due.imp_uid, words.to_owned());
                        });
                        false
                    }
                    Some(
                        Answer::Record(_) | Answer::PaidBefore | Answer::Schedule(_) | Answer::Done,
                    )
                    | None => false,
                }
            }
            Effect::DeleteKey(key) => {
                let heard = world.send(Call::DeleteKey(key), outcome)?.is_some();
                if heard {
                    self.see(|seen| _ = seen.deleted_keys.insert(key));
                }
                heard
            }
            Effect::Grant | Effect::Revoke => self.tell(world, effect == Effect::Grant, outcome)?,
            asks @ (Effect::ReadOrder(_)
            | Effect::LookUp(_)
            | Effect::LookUpSchedule(_)
            | Effect::Count(..)
            | Effect::Announce(_)
            | Effect::Erase) => self.ask(world, asks, outcome)?,
        };
        if !done {
            self.see(|seen| match side_effect {
                Some(side_effect) => _ = seen.failed.insert(side_effect),
                None => seen.is_stuck = true,
            });
        }
        let over = self.seen.is_erased;
        Some(if over { Went::Over } else { Went::On })
    }

    /// What changes nothing at Iamport: it is answered, or it is not.
    fn ask(&mut self, world: &mut World, effect: Effect, outcome: Outcome) -> Option<bool> {
        match outcome {
            Outcome::Well => {}
            Outcome::Unsent => return Some(false),
            Outcome::Later
            | Outcome::Never
            | Outcome::Unheard
            | Outcome::Late
            | Outcome::Refused
            | Outcome::Gone => return None,
        }
        let row = self.row.clone()?;
        let mut done = true;
        let mut seen = Seen::clone(&self.seen);
        match effect {
            Effect::ReadOrder(id) => {
                let order = world.tables.orders.get(&id).map(|order| Order::clone(order));
                seen.stored.insert(id, order);
            }
            Effect::LookUp(id) => {
                seen.records.insert(id, world.iamport.under(id).to_vec());
            }
            Effect::LookUpSchedule(id) => {
                seen.schedules.insert(id, world.iamport.sighting(id));
            }
            Effect::Count(id, decline) => {
                seen.counted.insert((id, decline.class), Counted { count: 1, first: id });
            }
            Effect::Announce(news) => seen.announced.extend(news.into_iter().map(|it| it.id)),
            Effect::Erase => {
                // The account first, whoever is first at the row.
                (world.gone, world.lets_in) = (true, false);
                seen.is_erased = world.tables.erase(&row);
                done = seen.is_erased;
            }
            Effect::Charge(_)
            | Effect::Schedule(..)
            | Effect::Unschedule(..)
            | Effect::Refund(_)
            | Effect::DeleteKey(_)
            | Effect::Grant
            | Effect::Revoke => return None,
        }
        self.seen = Hashed::new(seen);
        Some(done)
    }

    /// The lease of this order, which is nobody's any more: whether the call may leave.
    fn take_lease(&mut self, id: MerchantUid, now: Timestamp) -> bool {
        let in_time = self.seen.leased == Some(Leased::Order(id))
            && self.until.is_some_and(|until| now < until);
        self.until = None;
        self.see(|seen| seen.leased = None);
        in_time
    }

    fn charge(
        &mut self,
        world: &mut World,
        charge: billing::OpenCharge,
        outcome: Outcome,
    ) -> Option<Went> {
        let (id, now) = (charge.merchant_uid, world.now);
        let in_time = self.take_lease(id, now);
        let answer = world.send_if(in_time, Call::Charge(charge), outcome)?;
        self.see(|seen| {
            seen.records.remove(&id);
            match answer {
                Some(Answer::Record(record)) => _ = seen.records.insert(id, vec![*record]),
                Some(Answer::Refused(words)) => {
                    seen.refused.insert(id, Refused::Said(words.to_owned(), now));
                }
                Some(Answer::PaidBefore) => _ = seen.refused.insert(id, Refused::PaidBefore),
                Some(Answer::Schedule(_) | Answer::GivenBack(_) | Answer::Done) | None => {}
            }
        });
        Some(Went::On)
    }

    fn schedule(
        &mut self,
        world: &mut World,
        charge: billing::OpenCharge,
        at: Timestamp,
        outcome: Outcome,
    ) -> Option<Went> {
        let (id, now) = (charge.merchant_uid, world.now);
        let in_time = self.take_lease(id, now);
        let answer = world.send_if(in_time, Call::Schedule(charge, at), outcome)?;
        self.see(|seen| {
            seen.schedules.remove(&id);
            match answer {
                Some(Answer::Schedule(sighting)) => _ = seen.schedules.insert(id, sighting),
                Some(Answer::Refused(words)) => {
                    seen.refused.insert(id, Refused::Said(words.to_owned(), now));
                }
                Some(Answer::PaidBefore) => _ = seen.refused.insert(id, Refused::PaidBefore),
                Some(Answer::Record(_) | Answer::GivenBack(_) | Answer::Done) | None => {}
            }
        });
        Some(Went::On)
    }

    fn unschedule(&mut self, world: &mut World, id: MerchantUid, outcome: Outcome) -> Option<bool> {
        if outcome == Outcome::Refused {
            return None;
        }
        let answer = world.send(Call::Unschedule(id), outcome)?;
        self.see(|seen| {
            seen.taken_back.insert(id);
            if let Some(Answer::Schedule(sighting)) = &answer {
                seen.schedules.insert(id, sighting.clone());
            }
        });
        Some(answer.is_some())
    }

    /// Tells the sign-in service whether the member may enter.
    fn tell(&mut self, world: &mut World, enter: bool, outcome: Outcome) -> Option<bool> {
        world.gone |= enter && outcome == Outcome::Gone;
        let (arrives, answered) = match outcome {
            Outcome::Well => (true, true),
            Outcome::Unsent => (false, false),
            Outcome::Unheard => (true, false),
            Outcome::Gone if enter => (true, true),
            Outcome::Gone | Outcome::Later | Outcome::Never | Outcome::Late | Outcome::Refused => {
                return None;
            }
        };
        if arrives {
            world.lets_in = enter && !world.gone;
        }
        if answered {
            let (gone, now) = (world.gone && enter, world.now);
            self.see(|seen| {
                seen.told = Some(now);
                seen.account = gone.then_some(LostAccount::Deleted);
            });
        }
        Some(answered)
    }
}

impl World {
    /// Sends a call. What is answered, if anything; `None` if it cannot go like this.
    #[expect(clippy::option_option, reason = "no such outcome, or no answer")]
    fn send(&mut self, call: Call, outcome: Outcome) -> Option<Option<Answer>> {
        let now = self.now;
        let charges = matches!(call, Call::Charge(_));
        match outcome {
            Outcome::Later | Outcome::Never if !charges => None,
            Outcome::Gone => None,
            Outcome::Refused if matches!(call, Call::DeleteKey(_)) => None,
            Outcome::Refused => Some(Some(Answer::Refused("취소할 수 없습니다."))),
            Outcome::Unsent => Some(None),
            Outcome::Late => {
                self.change_iamport(|iamport| iamport.late.push(call));
                Some(None)
            }
            Outcome::Well | Outcome::Later | Outcome::Never | Outcome::Unheard => {
                let answer =
                    self.change_iamport(|iamport| iamport.take(&call, now, outcome.bank()));
                Some(Some(answer).filter(|_| outcome != Outcome::Unheard))
            }
        }
    }

    /// The same for a call that leaves only in time.
    #[expect(clippy::option_option, reason = "no such outcome, or no answer")]
    fn send_if(&mut self, in_time: bool, call: Call, outcome: Outcome) -> Option<Option<Answer>> {
        match (in_time, outcome) {
            (true, _) => self.send(call, outcome),
            (false, Outcome::Well) => Some(None),
            (false, _) => None,
        }
    }
}

/// The leases that two runs hold at once, of the same order.
pub fn share_a_lease(runs: &[Run], now: Timestamp) -> bool {
    let held = |run: &Run| match run.seen.leased {
        Some(Leased::Order(id)) if run.until.is_some_and(|until| now < until) => Some(id),
        Some(Leased::Order(_) | Leased::Access) | None => None,
    };
    let held: Vec<_> = runs.iter().filter_map(held).collect();
    held.iter().collect::<BTreeSet<_>>().len() < held.len()
}
