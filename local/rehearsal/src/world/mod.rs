//! Runs a history: takes the next event from the queue, lets time pass until it is due, dispatches it. Actors act
//! through the gateway and push events for what follows.

pub(crate) mod queue;
pub(crate) mod windows;
pub(crate) mod gateway;
pub(crate) mod site;
pub(crate) mod moments;
pub(crate) mod members;
pub(crate) mod admin;
pub(crate) mod strangers;
pub(crate) mod operator;
pub(crate) mod console;
pub(crate) mod partners;
pub(crate) mod accounts;
pub(crate) mod claims;
pub(crate) mod actors;
pub(crate) mod bus;
pub(crate) mod timers;
pub(crate) mod checks;
pub(crate) mod export;

use crate::history::History;
use crate::history::actions::{Action, AdminAction, Meanwhile, Step, TableName, When};
use crate::history::conditions::WebhookTrouble;
use crate::history::outsiders::Actor;
use crate::history::time::{HOUR, MINUTE, NIGHTLY, PEACE, RECONCILE, next_daily, plus, plus_days};
use futures::future::{BoxFuture, join_all};
use jiff::Timestamp;
use queue::Event;
use site::{Setup, Site};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use timers::Timers;

/// More events than any history has; one that has more never comes to rest.
const MOST_TURNS: usize = 200_000;

/// A site, and time.
pub(crate) struct World {
    pub(crate) site: Arc<Site>,
    timers: Timers,
}

impl World {
    /// A new world in which nobody has done anything yet.
    pub(crate) async fn new(setup: Setup) -> Self {
        Self { site: Site::new(setup).await, timers: Timers::default() }
    }

    /// Runs a whole history, and the days of peace after it.
    pub(crate) async fn live(&self, history: &History) {
        let site = &self.site;
        site.books().tampered = history.tampered || !history.cast.is_empty();
        if history.cast.contains(&Actor::Operator)
            && let Some(mut tables) = site.tables()
        {
            tables.keep_the_past(site.stack.clock.clone());
        }
        for (at, seconds) in &history.conditions.skews {
            site.queue.push(*at, Event::ClockSkew(*seconds));
        }
        for (at, trouble) in &history.conditions.webhooks {
            site.queue.push(*at, Event::WebhookTrouble(*trouble));
        }
        for (member, steps) in history.members.iter().enumerate() {
            self.go_on(member, steps.iter().cloned().collect());
        }
        site.queue.push(history.end, Event::Heal(Box::new(history.clone())));
        self.until(plus(history.end, PEACE.as_secs())).await;
    }

    /// Lets time pass until `target`, dispatching every event that is due.
    pub(crate) async fn until(&self, target: Timestamp) {
        let site = &self.site;
        site.collect_events();
        for _ in 0..MOST_TURNS {
            if site.network.is_over() {
                break;
            }
            site.queue.expect(site.stack.iamport.next_event_at(), self.timers.next(site));
            let Some((at, event)) = site.queue.pop(site.now(), target) else {
                return site.sleep_until(target).await;
            };
            site.sleep_until(at).await;
            self.happen(at, event).await;
        }
        if !site.network.is_over() || site.record().is_endless() {
            site.record().fail("restless", "the history never ends".to_owned());
        }
    }

    /// Dispatches an event.
    async fn happen(&self, at: Timestamp, event: Event) {
        let site = &*self.site;
        match event {
            Event::Heal(history) => self.heal(&history),
            Event::ClockSkew(seconds) => {
                if site.record().allows("the clock jumps", &format!("skew {at}")) {
                    site.record().say(|| format!("the functions' clock is {seconds} s ahead"));
                    site.network.clock.set_ahead(seconds);
                }
            }
            Event::WebhookTrouble(trouble) => partners::trouble_webhooks(site, at, trouble),
            Event::MemberStep { member, mut script } => {
                if let Some(step) = script.pop_front() {
                    self.take(member, &step).await;
                }
                self.go_on(member, script);
            }
            Event::Iamport => partners::run_iamport(site).await,
            Event::Sweep { nightly, attempt } => timers::sweep(site, nightly, attempt).await,
            Event::Reconcile { attempt } => self.timers.reconcile(site, attempt).await,
            Event::AdminSettles { since } => self.settle(since).await,
            Event::NightIsOver(table) => checks::after_one_night(site, table).await,
            Event::DayIsOver => checks::after_one_day(site),
            Event::BusDelivery { event, attempt } => bus::deliver(site, event, attempt).await,
            Event::Operator(action) => operator::act(site, "runbook", 0, action).await,
            Event::AdminButton => {
                let press = AdminAction::Button { dry_run: false };
                self.act(&format!("waiting {at}"), 0, press.into()).await;
                site.collect_events();
            }
            Event::Timer => self.timers.ring(site, at).await,
        }
    }

    /// Performs an action concerning a member.
    pub(crate) async fn act(&self, id: &str, member: usize, action: Action) {
        actors::act(&self.site, id, member, action).await;
    }

    /// Loses, doubles, delays or reorders the next few webhooks.
    pub(crate) fn trouble_webhooks(&self, trouble: WebhookTrouble) {
        partners::trouble_webhooks(&self.site, self.site.now(), trouble);
    }

    /// Runs the checks at the end of a history.
    pub(crate) async fn audit(&self, logged: &str) {
        checks::at_the_end(&self.site, logged).await;
    }

    /// Schedules the next step of a member's script, unless the history is over.
    fn go_on(&self, member: usize, script: VecDeque<Step>) {
        let Some(step) = script.front() else { return };
        if !self.site.network.troubles.is_healed() {
            let at = moments::resolve(&self.site, member, step.when);
            self.site.queue.push(at, Event::MemberStep { member, script });
        }
    }

    /// Performs a step, and concurrently whatever else the script has happen with it.
    async fn take(&self, member: usize, step: &Step) {
        let site = &*self.site;
        let with_the_schedule = step.when == When::WithTheSchedule;
        if with_the_schedule
            && let Some(at) = site.stack.iamport.next_event_at()
            && at <= plus(site.now(), 70)
        {
            site.sleep_until(at).await;
        }
        let mut runs: Vec<BoxFuture<'_, ()>> =
            vec![Box::pin(self.act(&step.id, member, step.action))];
        if with_the_schedule {
            runs.push(Box::pin(partners::run_iamport(site)));
        }
        for (number, (after, meanwhile)) in step.meanwhile.iter().enumerate() {
            let id = format!("{}c{number}", step.id);
            runs.push(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(*after)).await;
                match *meanwhile {
                    Meanwhile::Iamport => partners::run_iamport(site).await,
                    Meanwhile::Sweep { nightly } => timers::sweep(site, nightly, 0).await,
                    Meanwhile::Action(action) => self.act(&id, member, action).await,
                }
            }));
        }
        join_all(runs).await;
        site.collect_events();
    }

    /// An admin settles the open reviews of every member.
    async fn settle(&self, since: Option<Timestamp>) {
        let id = format!("workday {}", self.site.now());
        if let Some(since) = since {
            admin::compare_since(&self.site, since).await;
        }
        for member in 0..self.site.gateway.members() {
            self.act(&id, member, AdminAction::Settle.into()).await;
        }
        self.site.collect_events();
    }

    /// Faults stop and nobody starts anything new; what is left undone gets done in peace.
    fn heal(&self, history: &History) {
        let site = &*self.site;
        site.queue.end_the_history();
        site.network.heal();
        partners::heal(site);
        site.record().say(|| "— peace —".to_owned());
        operator::mend(site);
        if !history.cast.is_empty() {
            self.after_outsiders(history);
        }
        if history.tampered {
            for day in 1..=5 {
                let since = (day == 1).then_some(history.start);
                let at = plus_days(site.now(), day);
                site.queue.push(at, Event::AdminSettles { since });
            }
        }
    }

    /// After outsiders acted: open reviews get settled, the first nights reconcile, and the checks for one day and
    /// one night later are scheduled.
    fn after_outsiders(&self, history: &History) {
        let site = &*self.site;
        let now = site.now();
        let mut chance = site.network.troubles.chance("peace");
        if history.cast.contains(&Actor::Operator) && chance.hits(300) {
            let table = chance.one(&TableName::ALL);
            let minutes: i64 = chance.one(&[60, 600, 2_880]);
            site.record().say(|| format!("{table:?} is restored to {minutes} minutes ago"));
            operator::restore(site, table, plus(now, minutes.saturating_mul(-MINUTE)));
            // The timer of ten past, and the comparison after it.
            let night = plus(next_daily(now, NIGHTLY), RECONCILE - NIGHTLY);
            site.queue.push(plus(night, HOUR), Event::NightIsOver(table));
        }
        site.compare_for_nights();
        site.queue.push(plus(now, 26 * HOUR), Event::DayIsOver);
        for day in 1..=5 {
            site.queue.push(plus_days(now, day), Event::AdminSettles { since: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::World;
    use super::site::{RunOptions, Setup};
    use crate::history::History;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn a_history_is_freed_when_it_is_over() {
        let history = History::of(1);
        let setup = Setup::of(&history, None, RunOptions::default());
        let world = World::new(setup).await;
        world.live(&history).await;
        let left = Arc::downgrade(&world.site);
        let functions = Arc::downgrade(&world.site.gateway);
        drop(world);
        assert!(left.upgrade().is_none());
        assert!(functions.upgrade().is_none());
    }
}
