//! Moving time: everything that falls due on the way is done, in the order of time.

use crate::permissions::acting;
use crate::rules::{Listener, from_the_queue, listener};
use crate::timers::Held;
use crate::{Stack, StackError};
use billing::digest_due;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Between two catch-up sweeps.
const TEN_MINUTES: i64 = 600;

/// 00:10 in Korea, in seconds of a UTC day.
const NIGHTLY: i64 = 15 * 3_600 + 600;

/// 00:40 in Korea, in seconds of a UTC day.
const RECONCILE: i64 = NIGHTLY + 30 * 60;

/// The seconds of a day.
const DAY: i64 = 86_400;

impl Stack {
    /// Does what is due now: schedules at Iamport, webhooks, timers, announcements, and what comes of them.
    ///
    /// # Errors
    /// When a stand-in cannot keep what happened.
    pub async fn settle(&self) -> Result<(), StackError> {
        self.advance_to(self.clock.now()).await
    }

    /// Moves time on by this much.
    ///
    /// # Errors
    /// When a stand-in cannot keep what happened.
    pub async fn advance_by(&self, duration: SignedDuration) -> Result<(), StackError> {
        self.advance_to(self.clock.now().saturating_add(duration).unwrap_or(Timestamp::MAX)).await
    }

    /// Moves time to `target` and does on the way all that falls due, each at its own time. A target that
    /// is over does only what is due now.
    ///
    /// # Errors
    /// When a stand-in cannot keep what happened.
    pub async fn advance_to(&self, target: Timestamp) -> Result<(), StackError> {
        let mut rung = self.time.lock().await;
        loop {
            let last = *rung.last.get_or_insert_with(|| self.clock.now());
            self.iamport.run_due(self.clock.now()).await?;
            while let Some((number, event)) = self.bus.next_due() {
                let taken = self.take(event).await;
                self.bus.handed_over(number, taken)?;
            }
            let timer = self.next_timer(last, target.max(self.clock.now())).await;
            let seen_to = rung.nights.replace(self.clock.now()).unwrap_or(self.clock.now());
            // If nothing has changed elsewhere since the last time, there is nothing to find.
            let reconcile = (rung.reconciled.as_ref() != Some(&self.held_elsewhere()))
                .then(|| daily_at_or_after(seen_to.as_second().saturating_add(1), RECONCILE))
                .flatten();
            let event = [self.iamport.next_event_at(), self.bus.next_at(), timer, reconcile]
                .into_iter()
                .flatten()
                .min();
            let now = self.clock.now();
            match event {
                Some(at) if at <= target.max(now) => {
                    self.clock.move_to(at)?;
                    if timer == Some(at) {
                        rung.last = Some(at);
                        self.ring(at).await;
                    }
                    if reconcile == Some(at) {
                        self.wake("reconcile", at).await;
                        rung.reconciled = Some(self.held_elsewhere());
                        rung.nights = Some(at);
                    }
                }
                Some(_) | None => {
                    self.clock.move_to(target)?;
                    rung.nights = Some(self.clock.now());
                    return Ok(());
                }
            }
        }
    }

    fn held_elsewhere(&self) -> Held {
        (self.iamport.revision(), self.google.accounts())
    }

    /// When a timer rings next that finds something to do. One that finds nothing does nothing, so it is
    /// left out: that is what makes a jump of a year quick.
    async fn next_timer(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        if tick_after(after.as_second().saturating_add(1))? > until {
            return None;
        }
        let soonest = after.as_second().saturating_add(1);
        let every = self.app.gudok.books.settings.policy.digest_every;
        let digest = self.bus.first_uncounted().map(|at| digest_due(at, every).as_second());
        let digest = digest.and_then(|at| tick_after(at.max(soonest)));
        let due = match self.app.gudok.books.ledger.earliest_due().await {
            Ok(Some(due)) => due,
            Ok(None) => return digest,
            Err(error) => {
                // The tables are behind a simulated network too: the next tick tries again.
                tracing::warn!(%error, "it could not be seen what is due");
                after
            }
        };
        // The nightly one asks for all who are due before the next day begins.
        let day_before = due.as_second().saturating_sub(DAY - 10 * 60);
        let night = daily_at_or_after(soonest.max(day_before), NIGHTLY);
        [tick_after(due.as_second().max(soonest)), night, digest].into_iter().flatten().min()
    }

    /// Rings the timer of that moment: the nightly one at 00:10 in Korea, the other at every ten minutes.
    async fn ring(&self, at: Timestamp) {
        let nightly = at.as_second().rem_euclid(DAY) == NIGHTLY;
        self.wake(if nightly { "nightly" } else { "catch-up" }, at).await;
        if self.bus.first_uncounted().is_some()
            && let Ok(Some(until)) = self.app.gudok.books.ledger.digested().await
        {
            self.bus.counted(until);
        }
    }

    /// Wakes the sweep at that moment, as EventBridge does.
    async fn wake(&self, kind: &str, at: Timestamp) {
        self.sweep(json!({"sweep": kind}), at).await;
    }

    async fn sweep(&self, event: Value, at: Timestamp) -> bool {
        // Lambda's time limit, which no sweep here comes near: its clock stands still meanwhile.
        let deadline = at.saturating_add(SignedDuration::from_mins(15)).unwrap_or(at);
        let run = Box::pin(sweep::handle(&self.app, event, deadline));
        let done = acting("sweep", run).await.inspect_err(|error| {
            tracing::warn!(%error, "a sweep did not finish; the next goes on from there");
        });
        done.is_ok()
    }

    /// Hands over an event from the bus, as the rules in `template.yaml` say.
    async fn take(&self, mut event: Value) -> bool {
        match listener(&event) {
            Some(Listener::Sweep) => {
                let work = event.get_mut("detail").map(Value::take).unwrap_or_default();
                self.sweep(work, self.clock.now()).await
            }
            Some(Listener::Announce) => {
                let told = self.slack.handle(from_the_queue(&event)).await.inspect_err(|error| {
                    tracing::warn!(%error, "an event was not taken; it is handed over again");
                });
                told.is_ok()
            }
            None => true,
        }
    }
}

/// The first ring at this second or after it of a timer that rings daily at that second of the UTC day.
fn daily_at_or_after(second: i64, second_of_day: i64) -> Option<Timestamp> {
    let ring = second
        .saturating_sub(second_of_day)
        .saturating_add(DAY - 1)
        .div_euclid(DAY)
        .saturating_mul(DAY)
        .saturating_add(second_of_day);
    Timestamp::from_second(ring).ok()
}

/// The first tick of the ten-minute timer at this second or after it.
fn tick_after(second: i64) -> Option<Timestamp> {
    let tick =
        second.saturating_add(TEN_MINUTES - 1).div_euclid(TEN_MINUTES).saturating_mul(TEN_MINUTES);
    Timestamp::from_second(tick).ok()
}
