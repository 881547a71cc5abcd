//! EventBridge's timers: the nightly sweep, the catch-up sweep every ten minutes and the nightly reconciliation;
//! and Lambda, which retries what failed.

use crate::history::actions::OperatorAction;
use crate::history::configuration::Setting;
use crate::history::time::{
    CATCH_UP_EVERY, CATCH_UP_OFFSET, DAY, HOUR, MINUTE, NIGHTLY, RECONCILE, earlier, next_daily,
    next_tick, plus, plus_days,
};
use crate::world::queue::Event;
use crate::world::site::Site;
use flows::{SweepKind, SweepReport};
use jiff::Timestamp;
use serde_json::json;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state of the timers.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_rung: Option<Timestamp>,
    /// Since when reconciliation has failed every night.
    failing_since: Option<Timestamp>,
}

impl Timers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a timer next fires and finds something to do: someone who is due, something to tell in sums, or at night
    /// someone whose access is over. A sweep that finds nothing has no effect, so it is skipped.
    pub(crate) fn next(&self, site: &Site) -> Option<Timestamp> {
        let books = site.books();
        let waiting = books.subscriptions.values().filter(|s| s.due_at.is_some());
        let (due, over) = waiting.fold((None, None), |(due, over), subscription| {
            let ends = subscription.revoke_at(&books.configuration.policy);
            (earlier(due, subscription.due_at), earlier(over, ends))
        });
        let digest = books.sums.due(books.configuration.policy.digest_every);
        drop(books);
        let rung = self.state().last_rung.map_or(i64::MIN, |at| at.as_second().saturating_add(1));
        let after = rung.max(site.now().as_second());
        let tick = |at: Timestamp, every, offset| {
            Timestamp::from_second(next_tick(at.as_second().max(after), every, offset)).ok()
        };
        let catch_up =
            earlier(due, digest).and_then(|at| tick(at, CATCH_UP_EVERY, CATCH_UP_OFFSET));
        let night = due.and_then(|_| tick(earlier(due, over)?, DAY, NIGHTLY));
        earlier(catch_up, night)
    }

    /// A timer fires, perhaps twice.
    pub(crate) async fn ring(&self, site: &Site, at: Timestamp) {
        self.state().last_rung = Some(at);
        let nightly = at.as_second().rem_euclid(DAY) == NIGHTLY;
        if site.twice(&format!("timer {at}"), "a timer rings twice") {
            futures::future::join(sweep(site, nightly, 0), sweep(site, nightly, 0)).await;
        } else {
            sweep(site, nightly, 0).await;
        }
    }

    /// Reconciles, as every night.
    pub(crate) async fn reconcile(&self, site: &Site, attempt: u32) {
        let name = site.gateway.name("reconciliation");
        site.record().say(|| format!("{name} begins"));
        let faults = site.record().faults();
        let done = site.gateway.sweep(&name, json!({"sweep": "reconcile"})).await;
        site.record().say(|| format!("{name}: {done:?}"));
        let Some(done) = done else {
            harms_nobody(site, &name, faults);
            self.reconcile_again(site, attempt);
            return site.collect_events();
        };
        let now = site.now();
        if let sweep::Done::Reconciled(report) = &done
            && report.troubled == 0
            && report.next.is_none()
        {
            site.books().leaving.compared.insert(now);
            // As the runbook says, access ends again as it did before the rows were restored.
            if site.books().careful.take() == Some(false) {
                let back = OperatorAction::Restart(Setting::Review(false));
                site.queue.push(now, Event::Operator(back));
            }
        }
        if let Some(since) = self.state().failing_since.take() {
            let since = Some(plus_days(since, -3));
            site.queue.push(plus(now, 12 * HOUR), Event::AdminSettles { since });
        }
        site.collect_events();
    }

    /// Lambda retries twice; after that the next night does.
    fn reconcile_again(&self, site: &Site, attempt: u32) {
        let now = site.now();
        if attempt < 2 {
            let attempt = attempt.saturating_add(1);
            let at = plus(now, MINUTE.saturating_mul(attempt.into()));
            site.queue.push_once(at, Event::Reconcile { attempt });
        } else {
            self.state().failing_since.get_or_insert(now);
            site.queue.push_once(next_daily(now, RECONCILE), Event::Reconcile { attempt: 0 });
        }
    }
}

/// Sweeps. Lambda may retry it if it fails.
pub(crate) async fn sweep(site: &Site, nightly: bool, attempt: u32) {
    let at = site.now();
    let name = site.gateway.name(if nightly { "nightly" } else { "catch-up" });
    let kind = if nightly { SweepKind::Nightly } else { SweepKind::CatchUp };
    site.record().say(|| format!("{name} begins"));
    let faults = site.record().faults();
    let report = match site.gateway.sweep(&name, json!({"sweep": kind})).await {
        Some(sweep::Done::Swept(report)) => Some(report),
        Some(_) | None => None,
    };
    site.record().say(|| match &report {
        Some(report) => format!(
            "{name}: looked at {}, troubled {}, revoked {}, waiting {}",
            report.looked_at, report.troubled, report.revoked, report.waiting
        ),
        None => format!("{name}: failed"),
    });
    if report.is_none() {
        harms_nobody(site, &name, faults);
    }
    let now = site.now();
    site.books().waits_for_ever(now);
    if let Some(report) = report {
        swept(site, (&name, at, nightly), &report, faults);
    } else if site.network.troubles.chance(&format!("retry {name}")).hits(700) && attempt < 2 {
        let attempt = attempt.saturating_add(1);
        let at = plus(site.now(), MINUTE.saturating_mul(attempt.into()));
        site.queue.push(at, Event::Sweep { nightly, attempt });
    }
    site.collect_events();
}

/// Checks what a finished sweep reported, and has the admin press the button if someone is waiting for it.
fn swept(
    site: &Site,
    (name, at, nightly): (&str, Timestamp, bool),
    report: &SweepReport,
    faults_before: u64,
) {
    if report.guard_tripped {
        site.record().fail("guard", "so few members cannot trip it".to_owned());
    } else if report.waiting > 0 {
        let mut chance = site.network.troubles.chance(&format!("button {name}"));
        let tampered = site.has_tables() && site.books().tampered;
        let late = !site.network.troubles.is_healed() && tampered && chance.hits(300);
        let wait = chance.between(10 * MINUTE, if late { 12 * DAY } else { 4 * DAY });
        site.queue.push_button(plus(at, wait));
    } else if nightly && came_through(site, report, faults_before) {
        let charges = site.stack.iamport.charges();
        let google = &site.stack.google;
        let may_enter =
            |uid: &str| google.claims(uid).is_some_and(|claims| claims.contains_key("subscriber"));
        let mut books = site.books();
        if !books.configuration.review {
            books.swept(at, &charges, may_enter);
        }
    }
}

/// A sweep or reconciliation failed. That is fine if a partner does not answer (whoever asked a minute ago in vain is not
/// asked again) or it died, but not if all that is wrong is one unreadable row.
fn harms_nobody(site: &Site, name: &str, faults_before: u64) {
    let now = site.now();
    let silent = site.network.troubles.conditions(|conditions| {
        let hangs = conditions.hangs.iter().map(|hang| (hang.from, hang.until));
        let outages = conditions.outages.iter().map(|outage| (outage.from, outage.until));
        hangs.chain(outages).any(|(from, until)| from <= now && now < plus(until, MINUTE))
    });
    let unreadable = site.books().rows.any_unreadable();
    if unreadable && !silent && site.record().faults() == faults_before {
        let what = format!("{name} failed for everybody, and all that is wrong is one row");
        site.record().fail("one bad row", what);
    }
}

/// Whether a sweep reached everybody: nothing went wrong, or nothing but unreadable rows, which are no reason to
/// skip anyone else.
fn came_through(site: &Site, report: &SweepReport, faults_before: u64) -> bool {
    let unreadable = site.books().rows.any_unreadable();
    report.troubled == 0 || (unreadable && site.record().faults() == faults_before)
}
