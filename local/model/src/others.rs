//! What others do: the member, an operator, whoever is at Iamport's console, Iamport itself, and time.

use crate::iamport::{Bank, Call, Iamport};
use crate::interleavings::{Interleavings, What, Wish};
use crate::property::Property;
use crate::run::{Purpose, Run, Went};
use crate::state::{Left, State};
use crate::world::World;
use billing::{Change, Chosen, Order, Resolution, ScheduleSighting, Subscription};
use jiff::{SignedDuration, Timestamp};

/// Longer than a lease, and shorter than a run may live.
const A_WHILE: SignedDuration = SignedDuration::from_secs(130);

/// After this nothing is waited for any more without a person being told.
const LONG: SignedDuration = SignedDuration::from_hours(25);

impl Interleavings {
    pub(crate) fn people_act(&self, state: &State, all: &mut Vec<(What, State)>) {
        let left = state.left;
        if left.wishes > 0 && !state.world.gone {
            for wish in [Wish::Checkout, Wish::ChangeCard, Wish::Cancel, Wish::Resume, Wish::Erase]
            {
                if let Some(mut next) = self.wish(state, wish) {
                    next.left.wishes = left.wishes.saturating_sub(1);
                    all.push((What::Wishes(wish), next));
                }
            }
        }
        if left.acts > 0 {
            self.operator_acts(state, all);
        }
        if left.console > 0 {
            let mut console = Vec::new();
            Self::somebody_acts_at_the_console(&state.world, &mut console);
            all.extend(console.into_iter().map(|(what, world)| {
                let left = Left { console: left.console.saturating_sub(1), ..left };
                (what, State { world, left, ..state.clone() })
            }));
        }
    }

    /// What the member asks for is stored, with what follows from it. The run that does so goes on, if there is room for
    /// it.
    pub(crate) fn wish(&self, state: &State, wish: Wish) -> Option<State> {
        let now = state.world.now;
        match wish {
            Wish::Checkout | Wish::ChangeCard => self.open_window(state, wish),
            Wish::Cancel => {
                let mut next = self.record(state, None, |change| {
                    change.subscription.cancel(now).unwrap_or(false)
                })?;
                next.world.answer(true);
                Some(next)
            }
            Wish::Resume => {
                let mut next = self.record(state, None, |change| {
                    change.subscription.resume(now).unwrap_or(false)
                })?;
                next.world.answer(false);
                Some(next)
            }
            Wish::Erase => {
                let mut next = self.record(state, None, |change| change.subscription.erase(now))?;
                next.world.answer(true);
                Some(next)
            }
        }
    }

    fn open_window(&self, state: &State, wish: Wish) -> Option<State> {
        let mut next = state.clone();
        let (now, rules) = (state.world.now, &self.rules);
        let row = state.world.tables.row.as_deref().cloned();
        let (mut row, registration) = if wish == Wish::Checkout {
            let id = *rules.ids.get(usize::from(state.world.begun))?;
            let terms_version = &rules.catalogue.terms_version;
            let chosen = Chosen { plan: &rules.plan, terms_version };
            let opened = Subscription::open_checkout(
                row,
                &rules.uid,
                id,
                chosen,
                &rules.catalogue,
                now,
                &rules.policy,
            );
            opened.ok()?
        } else {
            let mut row = row?;
            let registration = row.open_card_change(now, &rules.policy).ok()?;
            (row, registration)
        };
        let used = rules.ids.iter().position(|id| *id == row.id)?;
        next.world.begun = u8::try_from(used.saturating_add(1)).ok()?.max(state.world.begun);
        let due = registration.look_at;
        row.due_at = Some(row.due_at.map_or(due, |at| at.min(due)));
        let order = Order::Registration { uid: row.uid.clone(), registration };
        let change = Change { opened: vec![order], ..Change::of(row) };
        if wish == Wish::Checkout {
            next.world.answer(false);
        }
        match next.world.tables.store(&change) {
            Ok(_) => {}
            Err(_) => next.broken = Some(Property::Tables),
        }
        Some(next)
    }

    /// Records what was asked for, with what follows from it. Nothing, if it changes nothing.
    fn record(
        &self,
        state: &State,
        found: Option<(Order, ScheduleSighting)>,
        act: impl FnOnce(&mut Change) -> bool,
    ) -> Option<State> {
        let mut next = state.clone();
        let found = found.map(|(order, sighting)| (order, None, Some(sighting)));
        let mut run = Run::new(Purpose::Look, found);
        if run.read(&state.world) == Went::Over {
            return None;
        }
        let mut change = Change::of((**run.row.as_ref()?).clone());
        if !act(&mut change) {
            return None;
        }
        change.subscription.due_at = Some(state.world.now);
        let mut change = run.known(&self.rules, state.world.now)?.with_what_follows(change);
        if let Some(planted) = self.planted {
            planted.store(&next.world, &mut change);
        }
        next.broken = self.unlawful(&run, &change, state.world.now);
        match next.world.tables.store(&change) {
            Ok(row) => {
                run.note(&change, row);
                if next.runs.len() < 2 {
                    next.runs.push(run);
                }
            }
            Err(_) => next.broken = Some(Property::Tables),
        }
        Some(next)
    }

    fn operator_acts(&self, state: &State, all: &mut Vec<(What, State)>) {
        let Some(row) = &state.world.tables.row else { return };
        let (world, now) = (&state.world, state.world.now);
        for (number, review) in row.reviews.iter().enumerate() {
            let Some(order) = world.tables.orders.get(&review.merchant_uid) else { continue };
            for resolution in review.actions() {
                let sighting = world.iamport.sighting(review.merchant_uid);
                let found = (resolution == Resolution::Dismiss && !order.is_closed())
                    .then(|| (Order::clone(order), sighting));
                let next = self.record(state, found, |change| {
                    let closed = change.subscription.resolve(
                        &review.id,
                        resolution,
                        order,
                        &self.rules.admin,
                        now,
                    );
                    let Ok(closed) = closed else { return false };
                    change.orders.extend(closed);
                    true
                });
                all.extend(next.map(|next| (What::Resolves(number, resolution), next.acted())));
            }
        }
        for imp_uid in world.tables.payments.keys() {
            let Some(payment) = world.tables.refundable(imp_uid) else { continue };
            let admin = Some(&self.rules.admin);
            let next = self.record(state, None, |change| {
                change.subscription.owe_back(&payment, payment.amount, "환불", admin, now)
            });
            all.extend(next.map(|next| (What::GivesBack(imp_uid.clone()), next.acted())));
        }
    }

    fn somebody_acts_at_the_console(world: &World, all: &mut Vec<(What, World)>) {
        let now = world.now;
        let mut act = |what, change: &dyn Fn(&mut Iamport)| {
            let mut next = world.clone();
            next.change_iamport(change);
            all.push((what, next));
        };
        for (_, record) in world.iamport.kept() {
            let imp_uid = &record.imp_uid;
            let call = Call::Cancel(imp_uid.clone());
            act(What::ConsoleGivesBack(imp_uid.clone()), &|iamport| {
                iamport.take(&call, now, Bank::Approves);
            });
        }
        for key in &world.iamport.keys {
            act(What::ConsoleDeletes(*key), &|iamport| _ = iamport.keys.remove(key));
        }
        for schedule in world.iamport.standing() {
            let id = schedule.charge.merchant_uid;
            let call = Call::Unschedule(id);
            act(What::ConsoleTakesBack(id), &|iamport| {
                iamport.take(&call, now, Bank::Approves);
            });
        }
        for open in world.tables.row.iter().flat_map(|row| &row.charges) {
            if world.iamport.under(open.merchant_uid).is_empty() {
                act(What::PaysInAnotherWay(open.merchant_uid), &|iamport| {
                    iamport.pay_in_another_way(open, now);
                });
            }
        }
    }

    pub(crate) fn iamport_acts(&self, state: &State, all: &mut Vec<(What, State)>) {
        let (world, now) = (&state.world, state.world.now);
        let banks = |declines: u8| {
            let some: &[Bank] = &[Bank::Approves, Bank::SaysLater, Bank::SaysNever];
            some.iter().copied().take(if declines > 0 { 3 } else { 1 })
        };
        let mut act = |what, bank: Bank, change: &dyn Fn(&mut Iamport)| {
            let mut next = state.clone();
            next.world.change_iamport(change);
            let declined = u8::from(bank != Bank::Approves);
            next.left.declines = next.left.declines.saturating_sub(declined);
            all.push((what, next));
        };
        for order in world.tables.orders.values() {
            let Order::Registration { registration, .. } = &**order else { continue };
            let id = registration.merchant_uid;
            let until = registration.opened_at.saturating_add(self.rules.policy.window_life);
            if world.iamport.under(id).is_empty() && until.is_ok_and(|until| now < until) {
                for bank in banks(state.left.declines).take(2) {
                    act(What::Window(id, bank), bank, &|iamport| {
                        iamport.close_window(registration, now, bank);
                    });
                }
            }
        }
        for schedule in world.iamport.standing().filter(|it| it.at <= now) {
            let id = schedule.charge.merchant_uid;
            for bank in banks(state.left.declines) {
                act(What::Runs(id, bank), bank, &|iamport| iamport.run(id, now, bank));
            }
        }
        if let Some(call) = world.iamport.late.first() {
            let charges = matches!(call, Call::Charge(_) | Call::Schedule(..));
            act(What::Arrives, Bank::Approves, &|iamport| {
                let call = iamport.late.remove(0);
                iamport.take(&call, now, Bank::Approves);
            });
            if let Some((_, next)) = all.last_mut() {
                next.late |= charges;
            }
        }
    }

    /// Time passes: a while, in which runs go on; or long enough that none of today's is left.
    pub(crate) fn time_passes(&self, state: &State, all: &mut Vec<(What, State)>) {
        if state.left.jumps == 0 {
            return;
        }
        let (world, now) = (&state.world, state.world.now);
        let row = world.tables.row.as_ref();
        let mut times = vec![now.saturating_add(A_WHILE).ok()];
        if state.runs.is_empty() {
            times.push(row.and_then(|row| row.due_at));
            times.push(world.iamport.standing().map(|it| it.at).min());
            times.push(row.and_then(|row| row.revoke_at(&self.rules.policy)));
            times.push(now.saturating_add(LONG).ok());
        }
        let mut times: Vec<Timestamp> =
            times.into_iter().flatten().filter(|at| *at > now).collect();
        times.sort_unstable();
        times.dedup();
        for at in times {
            let mut next = state.clone();
            next.world.now = at;
            next.runs = next.runs.into_iter().map(Run::knowing_more).collect();
            next.left.jumps = next.left.jumps.saturating_sub(1);
            all.push((What::Jumps(at), next));
        }
    }
}

impl State {
    fn acted(mut self) -> Self {
        self.left.acts = self.left.acts.saturating_sub(1);
        self
    }
}
