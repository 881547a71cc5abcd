//! The model: from each state, all that can happen next.

use crate::iamport::Bank;
use crate::judge::{broken, broken_at_rest, torn};
use crate::measure::is_nearer;
use crate::planted::Planted;
use crate::points::Points;
use crate::property::Property;
use crate::rules::Rules;
use crate::run::{Outcome, Purpose, Run, Went};
use crate::state::{Left, State};
use crate::world::World;
use billing::{
    Change, CustomerUid, ImpUid, MerchantUid, OpenState, Order, Resolution, ScheduleSighting, Step,
    Subscription,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A sweep, or somebody who asks again for what is so already.
    Look,
    /// The sweep that may erase.
    Sweep,
    /// The sweep that may take access away.
    Night,
    /// A webhook, a browser that comes back, or a comparison points at an order with what Iamport has under it.
    Hear(MerchantUid),
    /// A comparison points at an order with what Iamport says of its schedule.
    Compare(MerchantUid),
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A run begins.
    Begins(Start),
    /// A run takes its next step, and it goes like this.
    Steps(usize, Outcome),
    /// A run dies before its next step.
    Dies(usize),
    /// The member asks for it.
    Wishes(Wish),
    /// An operator settles the review of this number.
    Resolves(usize, Resolution),
    /// An operator gives a payment back.
    GivesBack(ImpUid),
    /// Somebody gives it back at Iamport's console.
    ConsoleGivesBack(ImpUid),
    /// Somebody deletes a billing key at Iamport's console.
    ConsoleDeletes(CustomerUid),
    /// Somebody takes a schedule back at Iamport's console.
    ConsoleTakesBack(MerchantUid),
    /// Somebody pays under an order in a way that was never offered.
    PaysInAnotherWay(MerchantUid),
    /// The window is done with.
    Window(MerchantUid, Bank),
    /// Iamport runs a schedule.
    Runs(MerchantUid, Bank),
    /// The first call that is late arrives.
    Arrives,
    /// It is then.
    Jumps(Timestamp),
}

/// What a member asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To subscribe.
    Checkout,
    /// To go on with another card.
    ChangeCard,
    /// To leave at the end of what is paid.
    Cancel,
    /// To stay after all.
    Resume,
    /// To be forgotten.
    Erase,
}

/// What is known of a world, whoever is looking at it.
#[derive(Debug, Clone)]
struct Judged {
    broken: Option<Property>,
    starts: Arc<[Start]>,
}

/// The model.
#[derive(Debug)]
pub struct Interleavings {
    /// The rules.
    pub rules: Rules,
    /// What may happen on a path.
    pub left: Left,
    /// The bug that is planted.
    pub planted: Option<Planted>,
    /// What was met.
    pub points: Arc<Points>,
    /// Where it begins.
    pub begins: Vec<World>,
    judged: Mutex<HashMap<u64, Judged>>,
}

impl Interleavings {
    /// The model within these bounds, from these beginnings.
    pub fn new(rules: Rules, left: Left, planted: Option<Planted>) -> Self {
        let (points, judged) = (Arc::default(), Mutex::default());
        let begins = vec![World::new(rules.begins)];
        let mut model = Self { rules, left, planted, points, begins, judged };
        let subscribed = model.subscribed();
        model.begins.extend(subscribed);
        model
    }

    /// How many worlds were met.
    pub fn worlds(&self) -> usize {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The states it begins with.
    pub fn beginnings(&self) -> Vec<State> {
        let state = |world: &World| State {
            world: world.clone(),
            runs: Vec::new(),
            left: self.left,
            late: false,
            broken: None,
        };
        self.begins.iter().map(state).collect()
    }

    /// All that can happen next, and what is so then.
    pub fn happens(&self, state: &State) -> Vec<(What, State)> {
        let mut all = Vec::new();
        if state.broken.is_some() {
            return all;
        }
        self.runs_go_on(state, &mut all);
        if state.runs.len() < 2 {
            for start in self.judge(&state.world).starts.iter() {
                let mut next = state.clone();
                next.runs.extend(self.begin(&state.world, *start));
                all.push((What::Begins(*start), next));
            }
        }
        self.people_act(state, &mut all);
        self.iamport_acts(state, &mut all);
        self.time_passes(state, &mut all);
        all.into_iter().map(|(what, next)| (what, self.seen(next))).collect()
    }

    /// The state as it is told from others, with what is broken in it.
    fn seen(&self, state: State) -> State {
        let mut state = state.canonical();
        state.broken = state.broken.or_else(|| broken(&state));
        if state.broken.is_none() && torn(&state.world) {
            state.broken = Some(Property::Tables);
        }
        state.broken = state.broken.or_else(|| self.judge(&state.world).broken);
        state
    }

    fn runs_go_on(&self, state: &State, all: &mut Vec<(What, State)>) {
        for (slot, run) in state.runs.iter().enumerate() {
            let mut without = state.clone();
            without.runs.remove(slot);
            let step = run.next(&self.rules, state.world.now);
            if let Some(step) = &step {
                self.points.take(step);
            }
            for outcome in Outcome::ALL {
                let mut next = without.clone();
                let Some(paid) = next.left.pay(outcome) else { continue };
                next.left = paid;
                if self.steps(&mut next, run, step.as_ref(), outcome).is_some() {
                    all.push((What::Steps(slot, outcome), next));
                }
            }
            if state.left.faults > 0 && !matches!(step, None | Some(Step::Rest(_))) {
                without.left.faults = without.left.faults.saturating_sub(1);
                all.push((What::Dies(slot), without));
            }
        }
    }

    /// One step of a run, in a state that is without it.
    fn steps(
        &self,
        next: &mut State,
        run: &Run,
        step: Option<&Step>,
        outcome: Outcome,
    ) -> Option<()> {
        let mut after = run.clone().knowing_more();
        let went = match step {
            None | Some(Step::Rest(_)) if outcome != Outcome::Well => return None,
            None => Ok(self.read(&mut after, &next.world)),
            Some(step) => self.take(&mut next.world, &mut after, step, outcome)?,
        };
        match went {
            Ok(Went::Over | Went::Torn) => {}
            Ok(Went::On | Went::Again) => next.runs.push(after),
            Err(broken) => next.broken = Some(broken),
        }
        Some(())
    }

    /// Has a run take a step; `None` if it cannot go like this. What is broken by that comes instead of how it went.
    fn take(
        &self,
        world: &mut World,
        run: &mut Run,
        step: &Step,
        outcome: Outcome,
    ) -> Option<Result<Went, Property>> {
        let before = run.clone();
        *run = run.clone().knowing_more();
        let went = match step {
            Step::Rest(_) => Went::Over,
            Step::Commit(change) => {
                let mut change = Change::clone(change);
                if let Some(planted) = self.planted {
                    planted.store(world, &mut change);
                }
                let unlawful = self.unlawful(run, &change, world.now);
                let went = run.store(world, &change, outcome)?;
                if let (Some(unlawful), Went::On) = (unlawful, went) {
                    return Some(Err(unlawful));
                }
                went
            }
            Step::Do(effect) => {
                let effect = match self.planted {
                    None => Some(effect.clone()),
                    Some(planted) => planted.perform(world, run, effect.clone()),
                };
                match effect {
                    Some(effect) => run.perform(world, effect, outcome)?,
                    None => Went::On,
                }
            }
        };
        if let Some(planted) = self.planted {
            planted.after(run, world.now);
        }
        Some(match went {
            Went::Torn => Err(Property::Tables),
            Went::On if !self.is_nearer(&before, run, world.now) => Err(Property::Nearer),
            Went::On | Went::Again | Went::Over => Ok(went),
        })
    }

    /// Whether the second is nearer to its rest than the first.
    fn is_nearer(&self, before: &Run, after: &Run, now: Timestamp) -> bool {
        let (before, after) = (before.known(&self.rules, now), after.known(&self.rules, now));
        before.zip(after).is_some_and(|(before, after)| is_nearer(&before, &after))
    }

    /// What a change must never say.
    pub(crate) fn unlawful(&self, run: &Run, change: &Change, now: Timestamp) -> Option<Property> {
        let (row, next) = (run.row.as_ref()?, &change.subscription);
        let counts = next.periods_paid > row.periods_paid;
        let paid_at = change.payment.as_ref().map(|payment| payment.receipt().paid_at());
        let left = row.cancellation.as_ref().map(|wish| wish.requested_at);
        if counts && left.is_some_and(|left| paid_at.is_none_or(|paid_at| left <= paid_at)) {
            return Some(Property::Leaving);
        }
        let ends = row.ended_at.is_none() && next.ended_at.is_some();
        let not_yet = Subscription { ended_at: None, ..next.clone() };
        (ends && !not_yet.is_revocation_due(now, &self.rules.policy)).then_some(Property::Access)
    }

    /// A run that begins: one that is pointed at something has read that, and the row comes next.
    fn begin(&self, world: &World, start: Start) -> Option<Run> {
        let order = |id: MerchantUid| world.tables.orders.get(&id).map(|order| Order::clone(order));
        let mut run = match start {
            Start::Look => Run::new(Purpose::Look, None),
            Start::Sweep => Run::new(Purpose::Sweep, None),
            Start::Night => Run::new(Purpose::Night, None),
            Start::Hear(id) => {
                let records = world.iamport.under(id).to_vec();
                return Some(Run::new(Purpose::Look, Some((order(id)?, Some(records), None))));
            }
            Start::Compare(id) => {
                let sighting = world.iamport.sighting(id);
                return Some(Run::new(Purpose::Look, Some((order(id)?, None, Some(sighting)))));
            }
        };
        (self.read(&mut run, world) == Went::On).then_some(run)
    }

    fn read(&self, run: &mut Run, world: &World) -> Went {
        let went = run.read(world);
        if let Some(planted) = self.planted {
            planted.begin(run, world.now);
        }
        went
    }

    /// Whoever may have something to do here.
    fn candidates(&self, world: &World) -> Vec<Start> {
        let Some(row) = &world.tables.row else { return Vec::new() };
        let mut all = vec![Start::Look];
        if row.erasure.is_some() {
            all.push(Start::Sweep);
        }
        if row.is_revocation_due(world.now, &self.rules.policy) {
            all.push(Start::Night);
        }
        all.extend(world.iamport.records.keys().copied().map(Start::Hear));
        let carried = |id: &MerchantUid| {
            row.charges.iter().any(|open| {
                open.merchant_uid == *id && matches!(open.outcome, OpenState::Scheduled { .. })
            })
        };
        let differs =
            world.iamport.schedules.iter().filter(|(id, schedule)| {
                carried(id) != (schedule.is == ScheduleSighting::Standing)
            });
        all.extend(differs.map(|(id, _)| Start::Compare(*id)));
        all
    }

    /// What is known of a world; found out once.
    fn judge(&self, world: &World) -> Judged {
        let fingerprint = world.fingerprint();
        let known = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(judged) = known.get(&fingerprint) {
            return judged.clone();
        }
        drop(known);
        self.points.meet(world);
        let starts = self.candidates(world).into_iter().filter(|start| {
            let Some(mut run) = self.begin(world, *start) else { return false };
            (run.row.is_some() || self.read(&mut run, world) == Went::On)
                && !matches!(run.next(&self.rules, world.now), None | Some(Step::Rest(_)))
        });
        let judged = Judged { starts: starts.collect(), broken: self.broken_in_the_end(world) };
        let mut known = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(fingerprint, judged.clone());
        judged
    }

    // ---- Nobody interferes, and partners answer ----

    /// A run from its beginning to its rest.
    fn run_alone(&self, world: &mut World, start: Start) -> Option<Property> {
        let mut run = self.begin(world, start)?;
        if run.row.is_none() && self.read(&mut run, world) == Went::Over {
            return None;
        }
        for _ in 0..MOST_STEPS {
            let step = run.next(&self.rules, world.now)?;
            match self.take(world, &mut run, &step, Outcome::Well)? {
                Ok(Went::Over) => return None,
                Ok(_) => {}
                Err(broken) => return Some(broken),
            }
        }
        Some(Property::Nearer)
    }

    /// What is broken once everything has arrived, everybody is heard, and there is nothing to do before another day.
    fn broken_in_the_end(&self, world: &World) -> Option<Property> {
        let mut world = world.clone();
        self.end(&mut world)
    }

    /// Brings a world to its end, as far as nothing is broken on the way.
    pub fn end(&self, world: &mut World) -> Option<Property> {
        let now = world.now;
        world.change_iamport(|iamport| {
            for call in std::mem::take(&mut iamport.late) {
                iamport.take(&call, now, Bank::Approves);
            }
        });
        for _ in 0..MOST_LOOKS {
            let now = world.now;
            let due = world.iamport.standing().filter(|it| it.at <= now);
            let due: Vec<_> = due.map(|it| it.charge.merchant_uid).collect();
            if !due.is_empty() {
                world.change_iamport(|iamport| {
                    for id in &due {
                        iamport.run(*id, now, Bank::Approves);
                    }
                });
            }
            for start in self.candidates(world) {
                let broken = self.run_alone(world, start);
                if broken.is_some() {
                    return broken;
                }
            }
            let due = world.tables.row.as_ref().and_then(|row| row.due_at);
            let Some(due) = due.filter(|due| *due <= now.saturating_add(A_DAY).unwrap_or(now))
            else {
                return broken_at_rest(&self.rules, world);
            };
            world.now = world.now.max(due);
        }
        Some(Property::Done)
    }

    /// A member who has paid a month, whose next charge stands at Iamport.
    fn subscribed(&self) -> Option<World> {
        let mut world = World::new(self.rules.begins);
        let state = State { world, ..self.beginnings().into_iter().next()? };
        world = self.wish(&state, Wish::Checkout)?.world;
        let (id, now) = (*world.tables.orders.keys().next()?, world.now);
        let Order::Registration { registration, .. } = Order::clone(world.tables.orders.get(&id)?)
        else {
            return None;
        };
        world.change_iamport(|iamport| iamport.close_window(&registration, now, Bank::Approves));
        self.run_alone(&mut world, Start::Hear(id));
        Some(world)
    }
}

/// More steps than any run may take.
const MOST_STEPS: usize = 64;

/// More looks than it takes until there is nothing to do.
const MOST_LOOKS: usize = 64;

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

impl Left {
    /// What is left once a step went like that; `None` if it cannot any more.
    fn pay(mut self, outcome: Outcome) -> Option<Self> {
        let left = match outcome {
            Outcome::Well => return Some(self),
            Outcome::Later | Outcome::Never => &mut self.declines,
            Outcome::Unsent
            | Outcome::Unheard
            | Outcome::Late
            | Outcome::Refused
            | Outcome::Gone => &mut self.faults,
        };
        *left = left.checked_sub(1)?;
        Some(self)
    }
}
