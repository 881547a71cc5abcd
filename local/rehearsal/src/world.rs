//! One history, run: the whole stack in this process, its members, and the passing of time.

use crate::actors::{self, Actor, Outside, TableName};
use crate::audit;
use crate::books::{Cancelled, Resumed};
use crate::configuration::{Configuration, Setting};
use crate::history::{
    Climate, Company, Deed, History, MONTHLY, Ordinary, Outage, PEACE, Step, When, Whose,
};
use crate::life::{Life, Mortal};
use crate::plant::Plant;
use crate::run::Way;
use crate::sky::Sky;
use crate::tables::Tables;
use crate::witness;
use announce::Slack;
use axum::body::Body;
use bytes::Bytes;
use edge::App;
use flows::{SweepKind, SweepReport};
use futures::future::{BoxFuture, join_all};
use gudok_local::Stack;
use gudok_local::google::{Google, SignIn, Signature};
use gudok_local::permissions::acting;
use gudok_local::wire::{Host, InProcess};
use http::{Method, Request};
use http_body_util::BodyExt;
use iamport_simulator::{Fault, FaultKind, WebhookFault};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower::ServiceExt;

const PLAN_IDS: [&str; 2] = ["monthly", "premium"];

/// How long API Gateway and Lambda wait for a function.
const HTTP_LIMIT: Duration = Duration::from_secs(29);
const SWEEP_LIMIT: Duration = Duration::from_mins(15);
const ANNOUNCE_LIMIT: Duration = Duration::from_secs(15);

/// 00:10 in Korea, 00:40 and the other timer, in seconds of a UTC day.
const NIGHTLY: i64 = 15 * 3_600 + 600;
const RECONCILE: i64 = NIGHTLY + 1_800;
const DAY: i64 = 86_400;
const TEN_MINUTES: i64 = 600;
const AFTER_TEN_MINUTES: i64 = 300;

/// No history takes more turns; one that does never rests.
const MOST_TURNS: usize = 200_000;

pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) sky: Sky,
    hosts: InProcess,
    /// The functions as they run now.
    running: Mutex<Running>,
    /// The tables, unless they are in the embedded `DynamoDB`.
    tables: Option<Arc<Mutex<Tables>>>,
    slack: Slack,
    tokens: Vec<String>,
    admin: String,
    desk: Mutex<Desk>,
}

/// All functions, begun with one configuration.
#[derive(Clone)]
struct Running {
    app: App,
    gateway: axum::Router,
}

/// Something to be looked at once, at its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The books are right: one night has passed since a table was restored.
    Books(TableName),
    /// Whoever may enter can: a day has passed since the last storm.
    Doors,
}

/// What is going on outside of the functions.
#[derive(Default)]
struct Desk {
    /// Each member's opened registrations, with what the window is given and said.
    opened: BTreeMap<usize, Vec<Opened>>,
    /// Events that wait to be handed on.
    waiting: BTreeMap<(Timestamp, usize), (Value, u32)>,
    events: usize,
    /// Sweeps that Lambda tries again.
    again: BTreeMap<(Timestamp, usize), (bool, u32)>,
    sweeps: usize,
    /// When the admin presses the button, for a sweep said that someone waits for it.
    button: Option<Timestamp>,
    /// Nights in which the books are compared, and how often that was tried: the ones in which there is
    /// something to find.
    nights: BTreeMap<(Timestamp, usize), u32>,
    /// How many charges stand under orders that were given up.
    unasked: usize,
    /// When an admin settles whatever there is, and since when the books are to be compared before.
    workdays: BTreeMap<(Timestamp, usize), Option<Timestamp>>,
    /// What is to be looked at.
    checks: BTreeMap<(Timestamp, usize), Check>,
    /// How many runs have had this name.
    runs: BTreeMap<String, usize>,
    last_rung: Option<Timestamp>,
    /// Since when each night's comparison has failed.
    failing_since: Option<Timestamp>,
}

#[derive(Clone)]
struct Opened {
    merchant_uid: String,
    request_pay: Value,
    imp_uid: Option<String>,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// A token that is good in every history. Signing takes long, so it is done once for each uid.
fn token(google: &Google, uid: &str) -> String {
    static SIGNED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut signed = SIGNED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = signed.get(uid) {
        return token.clone();
    }
    let mut claims = google.id_token_claims(uid).expect("has an account");
    for (name, at) in [("iat", 0), ("auth_time", 0), ("exp", i64::from(u32::MAX))] {
        claims[name] = json!(at);
    }
    let token = google.sign(&claims, Signature::Genuine).expect("signs");
    signed.insert(uid.to_owned(), token.clone());
    token
}

/// The tables in memory, as a host.
fn in_memory(tables: Arc<Mutex<Tables>>) -> Host {
    Arc::new(move |request| {
        let answer = tables.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
        Box::pin(std::future::ready(answer))
    })
}

pub(crate) fn uid(member: usize) -> String {
    format!("zQ{member}xUid{member}Kw")
}

/// So many seconds later.
pub(crate) fn plus(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

/// The racer's clock holds the sky: unless one lets go, no history is ever freed.
impl Drop for World {
    fn drop(&mut self) {
        self.sky.lock().racer = None;
    }
}

impl World {
    /// A new world with so many members, none of whom has done anything.
    pub(crate) async fn new(
        seed: u64,
        start: Timestamp,
        members: usize,
        climate: Climate,
        plant: Option<Plant>,
        Way { traced, embedded }: Way,
    ) -> Arc<Self> {
        let configuration = Configuration::of(&climate);
        let environment = configuration.environment(&region());
        let settings: Vec<(&'static str, &str)> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tables = (!embedded).then(|| Arc::new(Mutex::new(Tables::default())));
        let (mut stack, hosts): (Stack, InProcess) =
            Stack::in_process_over(start, seed, &settings, tables.clone().map(in_memory))
                .await
                .expect("the stack goes together");
        let parts = (stack.clock.clone(), stack.iamport.clone(), stack.google.clone());
        let sky = Sky::new(seed, climate, configuration, (plant, traced), parts);
        let skewed = sky.clone();
        stack.app.gudok.clock = Arc::new(move || skewed.functions_now());
        sky.lock().tables.clone_from(&tables);
        let sign_in = |uid: String, admin: Option<bool>| {
            let email = format!("{uid}@privat.example");
            sky.lock().secrets.extend([uid.clone(), email.clone()]);
            stack.google.enrol(&SignIn { uid: uid.clone(), email, admin }).expect("signs in");
            let token = token(&stack.google, &uid);
            sky.lock().secrets.insert(token.clone());
            token
        };
        // The first member is an admin too, whose other claims must stay.
        let tokens = (0..members)
            .map(|member| sign_in(uid(member), (member == 0).then_some(true)))
            .collect();
        let admin = sign_in("zQadminUidKw".to_owned(), Some(true));
        sky.lock()
            .secrets
            .extend(["local_secret", "PRIVATE KEY", "010-0000-0000"].map(str::to_owned));
        sky.lock().racer = Some(stack.app.gudok.clone());
        let running = Running { app: stack.app.clone(), gateway: stack.gateway() };
        let slack =
            Slack::new(hosts.wire(), "http://simulator.test/slack/webhook".to_owned().into());
        let world = Arc::new(Self {
            stack,
            sky: sky.clone(),
            hosts,
            running: Mutex::new(running),
            tables,
            slack,
            tokens,
            admin,
            desk: Mutex::default(),
        });
        let at_the_door = Arc::downgrade(&world);
        world.hosts.host(
            "gateway.test",
            Arc::new(move |request| {
                let world = at_the_door.upgrade();
                Box::pin(async move {
                    match world {
                        Some(world) => world.webhook(request).await,
                        None => http::Response::new(Bytes::new()),
                    }
                })
            }),
        );
        world.hosts.passage(sky.passage());
        // The SDK's pauses have jitter, from this thread's source of chance; making tables has used it.
        fastrand::seed(seed);
        world
    }

    /// The functions as they run now.
    fn running(&self) -> Running {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The application as it runs now.
    pub(crate) fn app(&self) -> App {
        self.running().app
    }

    /// The tables, where they are in memory.
    pub(crate) fn tables(&self) -> Option<&Mutex<Tables>> {
        self.tables.as_deref()
    }

    /// All functions begin anew with this set. A configuration that is refused stops the deployment, and the
    /// old functions go on.
    pub(crate) fn reconfigure(&self, setting: Setting) {
        let today = billing::kst_date(self.now());
        let configuration = self.sky.lock().books.configuration.with(setting, today);
        let environment = configuration.environment(&region());
        let settings: Vec<(&'static str, &str)> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        match self.stack.restarted(&self.hosts, &settings) {
            Ok(mut app) => {
                let skewed = self.sky.clone();
                app.gudok.clock = Arc::new(move || skewed.functions_now());
                let gateway = Stack::gateway_of(app.clone());
                let mut inner = self.sky.lock();
                inner.racer = Some(app.gudok.clone());
                inner.books.configuration = configuration;
                drop(inner);
                *self.running.lock().unwrap_or_else(PoisonError::into_inner) =
                    Running { app, gateway };
            }
            Err(error) => self.sky.say(|| format!("  not deployed: {error}")),
        }
    }

    /// As the runbook says before members' rows are restored: nobody's access ends, and nobody presses the
    /// button, until a night has compared them.
    pub(crate) fn be_careful(&self) {
        let before = {
            let books = &mut self.sky.lock().books;
            let review = books.configuration.review;
            books.careful.replace(books.careful.unwrap_or(review))
        };
        if before.is_none() {
            self.reconfigure(Setting::Review(true));
        }
    }

    /// A night has compared them.
    fn be_careful_no_more(&self) {
        let before = self.sky.lock().books.careful.take();
        if before == Some(false) {
            self.reconfigure(Setting::Review(false));
        }
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.stack.clock.now()
    }

    /// Waits until then.
    pub(crate) async fn sleep_until(&self, at: Timestamp) {
        let missing = at.duration_since(self.now());
        if let Ok(missing) = Duration::try_from(missing)
            && !missing.is_zero()
        {
            tokio::time::advance(missing).await;
        }
    }

    /// Runs the whole history, faults and peace.
    pub(crate) async fn live(self: &Arc<Self>, history: &History) {
        let worldly = !history.cast.is_empty();
        self.sky.lock().books.tampered = history.tampered || worldly;
        if let (true, Some(tables)) = (history.cast.contains(&Actor::Operator), &self.tables) {
            let mut tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
            tables.keep_the_past(self.stack.clock.clone());
        }
        let mut scripts: Vec<VecDeque<Step>> =
            history.members.iter().map(|steps| steps.iter().cloned().collect()).collect();
        let mut next: Vec<Option<Timestamp>> = scripts
            .iter()
            .enumerate()
            .map(|(member, steps)| steps.front().map(|step| self.resolve(member, step.when)))
            .collect();
        let mut webhooks: VecDeque<_> = history.climate.webhooks.iter().copied().collect();
        let mut skews: VecDeque<_> = history.climate.skews.iter().copied().collect();
        let last = plus(history.end, PEACE.as_secs());
        let mut calm = false;
        for _ in 0..MOST_TURNS {
            if self.sky.is_given_away() {
                if self.sky.is_endless() {
                    self.sky.fail("restless", "the history never ends".to_owned());
                }
                return;
            }
            let now = self.now();
            if now >= history.end && !calm {
                calm = true;
                self.sky.calm();
                self.stack.iamport.clear_faults().expect("kept in memory");
                self.sky.say(|| "— peace —".to_owned());
                actors::mend(self);
                if worldly {
                    self.peace(history);
                }
                if history.tampered {
                    let first = std::iter::once(Some(history.start));
                    let days = (1..).zip(first.chain([None; 4]));
                    let days = days.map(|(day, since)| ((plus(now, day * DAY), 0), since));
                    self.desk().workdays.extend(days);
                }
            }
            let step = next
                .iter()
                .enumerate()
                .filter_map(|(member, at)| Some(((*at)?.max(now), member)))
                .filter(|(at, _)| *at < history.end && !calm)
                .min();
            let other = self.next_event();
            let skew = skews.front().map(|(at, _)| *at).filter(|at| *at < history.end);
            let hook = webhooks.front().map(|(at, ..)| *at).filter(|at| *at < history.end);
            let peace = (!calm).then_some(history.end);
            let Some(at) =
                [step.map(|(at, _)| at), other, skew, hook, peace].into_iter().flatten().min()
            else {
                break;
            };
            if at > last {
                break;
            }
            self.sleep_until(at).await;
            if skew == Some(at)
                && let Some((_, seconds)) = skews.pop_front()
            {
                if self.sky.fault("the clock jumps", &format!("skew {at}")) {
                    self.sky.say(|| format!("the functions' clock is {seconds} s ahead"));
                    self.sky.set_skew(seconds);
                }
            } else if hook == Some(at)
                && let Some((_, fault, count, late)) = webhooks.pop_front()
            {
                self.order(at, fault, count, late);
            } else if let Some((when, member)) = step
                && when == at
            {
                if let Some(step) = scripts[member].pop_front() {
                    self.take(member, &step).await;
                    next[member] =
                        scripts[member].front().map(|step| self.resolve(member, step.when));
                }
            } else {
                self.happen().await;
            }
        }
        self.sleep_until(last).await;
        if self.now() < last {
            self.sky.fail("restless", "the history never ends".to_owned());
        }
    }

    /// Lets time pass until then, doing what falls due.
    pub(crate) async fn until(self: &Arc<Self>, target: Timestamp) {
        self.collect();
        for _ in 0..MOST_TURNS {
            match self.next_event() {
                Some(at) if at <= target => {
                    self.sleep_until(at).await;
                    self.happen().await;
                }
                _ => break,
            }
        }
        self.sleep_until(target).await;
    }

    /// Orders a trouble with webhooks.
    pub(crate) fn order(&self, at: Timestamp, fault: WebhookFault, count: u32, late: u32) {
        let kind = match fault {
            WebhookFault::Lost => "webhooks are lost",
            WebhookFault::Doubled => "webhooks come twice",
            WebhookFault::Delayed => "webhooks are late",
            WebhookFault::Reordered => "webhooks overtake each other",
        };
        if self.sky.fault(kind, &format!("webhooks {at}")) {
            self.sky.say(|| format!("the next {count} webhooks: {fault:?} {late} s"));
            let fault =
                Fault { kind: FaultKind::Webhooks(fault), count, path: None, seconds: late };
            self.stack.iamport.inject(fault).expect("kept in memory");
        }
    }

    /// When something happens that no member does.
    fn next_event(&self) -> Option<Timestamp> {
        let desk = self.desk();
        let waiting = desk.waiting.keys().next().map(|(at, _)| *at);
        let again = desk.again.keys().next().map(|(at, _)| *at);
        let night = desk.nights.keys().next().map(|(at, _)| *at);
        let workday = desk.workdays.keys().next().map(|(at, _)| *at);
        let check = desk.checks.keys().next().map(|(at, _)| *at);
        let (rung, button) = (desk.last_rung, desk.button);
        drop(desk);
        let iamport = self.stack.iamport.next_event_at();
        [iamport, waiting, again, night, workday, check, button, self.next_timer(rung)]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.max(self.now()))
    }

    /// There may be something to find in the nights to come.
    pub(crate) fn compare_for_nights(&self) {
        let first = next_tick(self.now().as_second(), DAY, RECONCILE);
        let nights = (0..3).filter_map(|night| Timestamp::from_second(first + night * DAY).ok());
        self.desk().nights.extend(nights.map(|at| ((at, 0), 0)));
    }

    /// After trouble that lasted longer than the nights look back, an admin has all of it compared.
    async fn compare_since(&self, start: Timestamp) {
        let (mut from, today) = (billing::kst_date(start), billing::kst_date(self.now()));
        while from <= today {
            let to = from.saturating_add(30.days()).min(today);
            let body = json!({"from": from, "to": to, "dry_run": false});
            self.order_to(&format!("reconcile {from}"), "/admin/reconcile", body).await;
            from = to.saturating_add(1.days());
        }
    }

    /// The books are compared, as each night.
    async fn compare(&self, attempt: u32) {
        let key = self.key("reconciliation");
        self.sky.say(|| format!("{key} begins"));
        let deadline = plus(self.sky.functions_now(), SWEEP_LIMIT.as_secs().cast_signed());
        let event = json!({"sweep": "reconcile"});
        let app = self.app();
        let faults = self.sky.faults();
        let run = acting("sweep", Box::pin(sweep::handle(&app, event, deadline)));
        let done = self.run(&key, SWEEP_LIMIT, run).await.and_then(Result::ok);
        self.sky.say(|| format!("{key}: {done:?}"));
        if let Some(sweep::Done::Reconciled(report)) = &done
            && report.troubled == 0
        {
            let now = self.now();
            self.sky.lock().books.leaving.compared.insert(now);
            self.be_careful_no_more();
        }
        if done.is_none() {
            self.nobody_is_harmed(&key, faults);
            let now = self.now();
            let next = next_tick(now.as_second(), DAY, RECONCILE);
            let (at, attempt) = match (attempt, Timestamp::from_second(next)) {
                (0 | 1, _) | (_, Err(_)) => (plus(now, 60 * i64::from(attempt + 1)), attempt + 1),
                // There is a night after each night.
                (_, Ok(next)) => {
                    self.desk().failing_since.get_or_insert(now);
                    (next, 0)
                }
            };
            self.desk().nights.entry((at, 0)).or_insert(attempt);
        }
        let failing = done.and_then(|_| self.desk().failing_since.take());
        if let Some(since) = failing {
            let now = self.now();
            self.desk().workdays.insert((plus(now, DAY / 2), 1), Some(plus(since, -3 * DAY)));
        }
        self.collect();
    }

    /// When a timer rings next that finds something to do: someone due, or at night someone whose access is
    /// over. One that finds nothing does nothing.
    fn next_timer(&self, rung: Option<Timestamp>) -> Option<Timestamp> {
        let inner = self.sky.lock();
        let waiting = inner.books.subscriptions.values().filter(|s| s.due_at.is_some());
        let (due, over) = waiting.fold((None, None), |(due, over), subscription| {
            let ends = subscription.revoke_at(&inner.books.configuration.policy);
            (earlier(due, subscription.due_at), earlier(over, ends))
        });
        drop(inner);
        let after = rung.map_or(i64::MIN, |at| at.as_second() + 1).max(self.now().as_second());
        let other = next_tick(due?.as_second().max(after), TEN_MINUTES, AFTER_TEN_MINUTES);
        let nightly = next_tick(earlier(due, over)?.as_second().max(after), DAY, NIGHTLY);
        Timestamp::from_second(nightly.min(other)).ok()
    }

    /// Does what is due now: Iamport's schedules and webhooks, timers, announcements.
    async fn happen(self: &Arc<Self>) {
        let now = self.now();
        if self.stack.iamport.next_event_at().is_some_and(|at| at <= now) {
            self.run_iamport().await;
        }
        let again = self.pop(|desk| &mut desk.again);
        if let Some((nightly, attempt)) = again {
            self.sweep(nightly, attempt).await;
        }
        if let Some(attempt) = self.pop(|desk| &mut desk.nights) {
            self.compare(attempt).await;
        }
        if let Some(since) = self.pop(|desk| &mut desk.workdays) {
            if let Some(since) = since {
                self.compare_since(since).await;
            }
            for member in 0..self.tokens.len() {
                self.act(&format!("workday {now}"), member, Deed::Settle).await;
            }
            self.collect();
        }
        if let Some(check) = self.pop(|desk| &mut desk.checks) {
            self.check(check).await;
        }
        while let Some((event, attempt)) = self.pop(|desk| &mut desk.waiting) {
            self.announce(event, attempt).await;
        }
        let now = self.now();
        let pressed = self.desk().button.take_if(|at| *at <= now);
        if let Some(at) = pressed {
            self.act(&format!("waiting {at}"), 0, Deed::Button { dry_run: false }).await;
            self.collect();
        }
        let rung = self.desk().last_rung;
        if let Some(at) = self.next_timer(rung).filter(|at| *at <= now) {
            self.desk().last_rung = Some(at);
            let nightly = at.as_second().rem_euclid(DAY) == NIGHTLY;
            let twice = self.twice(&format!("timer {at}"), "a timer rings twice");
            if twice {
                futures::future::join(self.sweep(nightly, 0), self.sweep(nightly, 0)).await;
            } else {
                self.sweep(nightly, 0).await;
            }
        }
    }

    fn pop<T>(&self, of: impl Fn(&mut Desk) -> &mut BTreeMap<(Timestamp, usize), T>) -> Option<T> {
        let now = self.now();
        let mut desk = self.desk();
        let queue = of(&mut desk);
        let key = *queue.keys().next().filter(|(at, _)| *at <= now)?;
        queue.remove(&key)
    }

    fn twice(&self, name: &str, kind: &'static str) -> bool {
        let (stormy, doubles) = {
            let inner = self.sky.lock();
            (inner.stormy, inner.climate().doubles)
        };
        let name = format!("twice {name}");
        stormy && self.sky.chance(&name).hits(doubles) && self.sky.fault(kind, &name)
    }

    /// Iamport runs its schedules and sends its webhooks.
    pub(crate) async fn run_iamport(&self) {
        self.stack.iamport.run_due(self.now()).await.expect("kept in memory");
        self.charged_at_iamport();
        self.collect();
    }

    /// Iamport may have charged by itself.
    pub(crate) fn charged_at_iamport(&self) {
        let charges = self.stack.iamport.charges();
        let now = self.now();
        let unasked = {
            let mut inner = self.sky.lock();
            inner.books.moved(now, &charges);
            inner.books.unasked(&charges)
        };
        // Recovery pays what was given up, and its webhook may be lost.
        let before = std::mem::replace(&mut self.desk().unasked, unasked);
        if before < unasked {
            self.compare_for_nights();
        }
    }

    /// A webhook comes in.
    async fn webhook(self: Arc<Self>, request: Request<Bytes>) -> http::Response<Bytes> {
        let said = String::from_utf8_lossy(request.body()).into_owned();
        let order: Value = serde_json::from_str(&said).unwrap_or_default();
        let order = order["merchant_uid"].as_str().unwrap_or_default().to_owned();
        let key = self.key(&format!("webhook {}", label(&order)));
        self.sky.say(|| format!("  webhook {said}"));
        let owner = self.sky.owner(&order);
        self.sky.lock().books.happens(&owner, "webhook");
        let path = request.uri().path().to_owned();
        let answer = self.call(&key, request.map(Body::from)).await;
        self.sky.say(|| format!("  webhook → {} {path}", answer.status));
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
        response
    }

    /// A name for the next run of something, the same when other things are left out.
    fn key(&self, about: &str) -> String {
        let key = format!("{about} {}", self.now().as_millisecond());
        let mut desk = self.desk();
        let before = desk.runs.entry(key.clone()).or_default();
        *before += 1;
        if *before == 1 { key } else { format!("{key} ({before})") }
    }

    /// Runs a function behind the gateway. One that dies or takes too long is answered for by the gateway.
    async fn call(&self, key: &str, request: Request<Body>) -> Answer {
        let gateway = self.running().gateway;
        let run = async move {
            let answer = gateway.oneshot(request).await.expect("never fails");
            let status = answer.status().as_u16();
            let bytes = answer.into_body().collect().await.expect("in memory").to_bytes();
            (status, bytes)
        };
        match self.run(key, HTTP_LIMIT, run).await {
            Some((status, bytes)) => {
                Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
            }
            None => Answer { status: 502, body: json!({"type": "died"}) },
        }
    }

    /// Runs a function until it is done, dies or its time is over.
    async fn run<T>(
        &self,
        key: &str,
        limit: Duration,
        run: impl Future<Output = T> + Send,
    ) -> Option<T> {
        let life: Arc<Life> = self.sky.birth(key);
        let done = tokio::time::timeout(limit, Mortal::new(life.clone(), run)).await;
        match done {
            Ok(Some(done)) => Some(done),
            Ok(None) => {
                self.sky.say(|| format!("  ☠ {key}"));
                None
            }
            Err(_) => {
                self.sky.say(|| format!("  ⏱ {key} took too long"));
                *self.sky.lock().faults.entry("a function takes too long").or_default() += 1;
                None
            }
        }
    }

    /// A sweep, which Lambda may try again if it fails.
    pub(crate) async fn sweep(&self, nightly: bool, attempt: u32) -> Option<SweepReport> {
        let number = {
            let mut desk = self.desk();
            desk.sweeps += 1;
            desk.sweeps
        };
        let at = self.now();
        let key = self.key(if nightly { "nightly" } else { "catch-up" });
        let kind = if nightly { SweepKind::Nightly } else { SweepKind::CatchUp };
        self.sky.say(|| format!("{key} begins"));
        let deadline = plus(self.sky.functions_now(), SWEEP_LIMIT.as_secs().cast_signed());
        let app = self.app();
        let faults = self.sky.faults();
        let run = acting("sweep", Box::pin(sweep::handle(&app, json!({"sweep": kind}), deadline)));
        let done = self.run(&key, SWEEP_LIMIT, run).await;
        let report = match done.and_then(Result::ok) {
            Some(sweep::Done::Swept(report)) => Some(report),
            Some(_) | None => None,
        };
        self.sky.say(|| match &report {
            Some(report) => format!(
                "{key}: looked at {}, troubled {}, revoked {}, waiting {}",
                report.looked_at, report.troubled, report.revoked, report.waiting
            ),
            None => format!("{key}: failed"),
        });
        if report.is_none() {
            self.nobody_is_harmed(&key, faults);
        }
        self.too_long();
        match &report {
            Some(report) if report.guard_tripped => {
                self.sky.fail("guard", "so few members cannot trip it".to_owned());
            }
            Some(report) if report.waiting > 0 => {
                let mut chance = self.sky.chance(&format!("button {key}"));
                let stormy = self.sky.lock().stormy;
                let late = stormy && self.is_worldly() && chance.hits(300);
                let wait = chance.between(600, if late { 12 * DAY } else { 4 * DAY });
                self.desk().button.get_or_insert(plus(at, wait));
            }
            Some(report) if nightly && self.untroubled(report, faults) && !self.review() => {
                let charges = self.stack.iamport.charges();
                let sky = self.sky.clone();
                let google = self.sky.google.clone();
                let may_enter = |uid: &str| {
                    google.claims(uid).is_some_and(|claims| claims.contains_key("subscriber"))
                };
                sky.lock().books.swept(at, &charges, may_enter);
            }
            Some(_) => {}
            None => {
                let retried = self.sky.chance(&format!("retry {key}")).hits(700);
                if retried && attempt < 2 {
                    let at = plus(self.now(), 60 * i64::from(attempt + 1));
                    self.desk().again.insert((at, number), (nightly, attempt + 1));
                }
            }
        }
        self.collect();
        report
    }

    /// A cancellation was answered. Which run it was of is certain only if another did not begin meanwhile.
    pub(crate) fn cancelled(
        &self,
        uid: String,
        run: Option<billing::SubscriptionId>,
        began: Timestamp,
    ) {
        let moved = self.stack.iamport.charges();
        let moved = moved.into_iter().map(|charge| charge.imp_uid).collect();
        let mut inner = self.sky.lock();
        if let Some(subscription) = run.filter(|run| inner.books.run_of(&uid) == Some(*run)) {
            inner.books.cancelled.push(Cancelled { uid, subscription, began, moved });
        }
    }

    /// What functions tried that they are not allowed on AWS.
    pub(crate) fn denied(&self) -> Vec<String> {
        self.hosts.denied()
    }

    fn review(&self) -> bool {
        self.sky.lock().books.configuration.review
    }

    fn is_worldly(&self) -> bool {
        self.tables.is_some() && self.sky.lock().books.tampered
    }

    /// In peace: whatever is to be settled is, the books are compared in the first nights, and what must be
    /// right after one day is looked at then.
    fn peace(&self, history: &History) {
        let now = self.now();
        let mut chance = self.sky.chance("peace");
        if history.cast.contains(&Actor::Operator) && chance.hits(300) {
            let table = chance.one(&TableName::ALL);
            let minutes = chance.one(&[60, 600, 2_880]);
            self.sky.say(|| format!("{table:?} is restored to {minutes} minutes ago"));
            actors::restore(self, table, plus(now, -60 * minutes));
            // The timer of ten past, and the comparison after it.
            let night = next_tick(now.as_second(), DAY, NIGHTLY) + RECONCILE - NIGHTLY;
            let morning = Timestamp::from_second(night + 3_600).unwrap_or(now);
            self.desk().checks.insert((morning, 0), Check::Books(table));
        }
        self.compare_for_nights();
        let mut desk = self.desk();
        desk.checks.insert((plus(now, 26 * 3_600), 1), Check::Doors);
        desk.workdays.extend((1..=5).map(|day| ((plus(now, day * DAY), 0), None)));
    }

    async fn check(&self, check: Check) {
        match check {
            Check::Books(table) => audit::one_night(self, table.name()).await,
            Check::Doors => audit::doors(self),
        }
    }

    /// A run of the timers failed. It may, where partners did not answer or it died, but not because one row
    /// cannot be read.
    fn nobody_is_harmed(&self, key: &str, faults_before: u64) {
        let unreadable = self.sky.lock().books.rows.any_unreadable();
        if unreadable && self.sky.faults() == faults_before {
            let what = format!("{key} failed for everybody, and all that is wrong is one row");
            self.sky.fail("one bad row", what);
        }
    }

    /// Whether a sweep came through: nothing stood in its way, or nothing but rows that cannot be read, which
    /// are no reason to leave out anybody else.
    fn untroubled(&self, report: &SweepReport, faults_before: u64) -> bool {
        let unreadable = self.sky.lock().books.rows.any_unreadable();
        report.troubled == 0 || (unreadable && self.sky.faults() == faults_before)
    }

    /// Nobody waits for ever.
    fn too_long(&self) {
        let now = self.now();
        let mut inner = self.sky.lock();
        let waiting: Vec<String> = inner
            .books
            .waiting
            .too_long(now)
            .filter(|(uid, ..)| !inner.books.rows.is_unreadable(uid))
            .map(|(uid, what, since)| format!("{uid} waits for {what} since {since}"))
            .collect();
        for what in waiting {
            inner.books.fail("waiting", now, what);
        }
    }

    /// Takes what was put on the bus, to hand it on.
    fn collect(&self) {
        let events = std::mem::take(&mut self.sky.lock().events);
        let soon = plus(self.now(), 1);
        for event in events {
            let number = {
                let mut desk = self.desk();
                desk.events += 1;
                desk.events
            };
            if self.twice(&format!("event {number}"), "an event comes twice") {
                self.desk().waiting.insert((plus(soon, 30), number), (event.clone(), 0));
            }
            self.desk().waiting.insert((soon, number), (event, 0));
        }
    }

    /// Hands an event to the announcer, again and again until it is taken.
    async fn announce(&self, event: Value, attempt: u32) {
        let key = self.key("announce");
        let slack = self.slack.clone();
        let said = event.clone();
        let taken = self.run(&key, ANNOUNCE_LIMIT, async move { slack.handle(said).await }).await;
        if !matches!(taken, Some(Ok(()))) {
            let wait = 60 << attempt.min(6);
            let mut desk = self.desk();
            desk.events += 1;
            let number = desk.events;
            desk.waiting.insert((plus(self.now(), wait), number), (event, attempt + 1));
        }
    }

    /// When a step is to be taken.
    fn resolve(&self, member: usize, when: When) -> Timestamp {
        let now = self.now();
        let inner = self.sky.lock();
        let subscription = inner.books.subscriptions.get(&uid(member));
        let paid_through = subscription.and_then(billing::Subscription::paid_through);
        let renewal = paid_through.map(|date| billing::kst_at_hour(date, 10));
        let resolved = match when {
            When::After(seconds) => Some(plus(now, seconds)),
            When::Renewal(seconds) => renewal.map(|at| plus(at, seconds)),
            When::WithTheSchedule => renewal,
            When::Retry(seconds) => subscription
                .and_then(|subscription| {
                    let planned =
                        subscription.charges.iter().find_map(|charge| match charge.outcome {
                            billing::OpenState::Planned { at } => Some(at),
                            _ => None,
                        });
                    planned.or(subscription.dunning.retry_at)
                })
                .map(|at| plus(at, seconds)),
            When::LastDay(seconds) => paid_through
                .map(|date| plus(billing::start_of_day(date.saturating_add(1.days())), seconds)),
            When::AccessEnds(seconds) => subscription
                .and_then(|subscription| subscription.revoke_at(&inner.books.configuration.policy))
                .map(|at| plus(at, seconds)),
            When::Nightly(seconds) => {
                Timestamp::from_second(next_tick(now.as_second(), DAY, NIGHTLY))
                    .ok()
                    .map(|at| plus(at, seconds))
            }
        };
        resolved.unwrap_or_else(|| plus(now, 3_600)).max(now)
    }

    /// Takes a step, together with what happens at the same time.
    async fn take(self: &Arc<Self>, member: usize, step: &Step) {
        if step.when == When::WithTheSchedule
            && let Some(at) = self.stack.iamport.next_event_at()
            && at <= plus(self.now(), 70)
        {
            self.sleep_until(at).await;
        }
        let mut runs: Vec<BoxFuture<'_, ()>> =
            vec![Box::pin(self.act(&step.id, member, step.deed))];
        if step.when == When::WithTheSchedule {
            runs.push(Box::pin(self.run_iamport()));
        }
        for (number, (after, company)) in step.company.iter().enumerate() {
            let world = self.clone();
            let id = format!("{}c{number}", step.id);
            let (after, company) = (*after, *company);
            runs.push(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(after)).await;
                match company {
                    Company::Iamport => world.run_iamport().await,
                    Company::Sweep { nightly } => {
                        world.sweep(nightly, 0).await;
                    }
                    Company::Deed(deed) => world.act(&id, member, deed).await,
                }
            }));
        }
        join_all(runs).await;
        self.collect();
    }

    /// Does something once.
    pub(crate) async fn act(self: &Arc<Self>, id: &str, member: usize, deed: Deed) {
        self.sky.say(|| format!("member {member}: {deed:?}"));
        let (now, mine) = (self.now(), uid(member));
        let by_member = matches!(
            deed,
            Deed::Open { .. }
                | Deed::ChangeCard
                | Deed::Window { .. }
                | Deed::Complete { .. }
                | Deed::Cancel { .. }
                | Deed::Resume { .. }
                | Deed::Look
                | Deed::Agree
                | Deed::Expiry { .. }
        );
        if by_member && self.sky.lock().books.leaving.is_gone(&mine, now) {
            return;
        }
        if by_member && deed != Deed::Look {
            self.sky.lock().books.leaving.speaks(&mine, now);
        }
        self.witness(&mine, deed);
        match deed {
            Deed::Open { plan } => {
                let plan = PLAN_IDS[usize::from(plan) % PLAN_IDS.len()];
                let terms = self.sky.lock().books.configuration.terms;
                let body = json!({"plan": plan, "consent": {"version": terms}});
                self.open(id, member, "/checkout", body).await;
            }
            Deed::ChangeCard => self.open(id, member, "/subscription/card", json!({})).await,
            Deed::Window { newest, card, action, webhook } => {
                let Some(opened) = self.opened(member, newest) else { return };
                let window = json!({
                    "request_pay": opened.request_pay, "card": card, "action": action, "webhook": webhook,
                });
                let window = serde_json::from_value(window).expect("a window");
                let key =
                    opened.request_pay["customer_uid"].as_str().unwrap_or_default().to_owned();
                let shown = opened.request_pay["amount"].as_i64().unwrap_or_default();
                self.sky.lock().books.shown.insert(key, shown);
                let told = self.stack.iamport.card_window(&window).await.expect("kept in memory");
                self.sky
                    .say(|| format!("  the page is told {} {}", told["success"], told["imp_uid"]));
                // A page that is told nothing can still be loaded again and ask.
                let imp_uid = told["imp_uid"].as_str().unwrap_or("imp_000000000000").to_owned();
                let mut desk = self.desk();
                let all = desk.opened.entry(member).or_default();
                for other in
                    all.iter_mut().filter(|other| other.merchant_uid == opened.merchant_uid)
                {
                    other.imp_uid = Some(imp_uid.clone());
                }
            }
            Deed::Complete { newest, times } => {
                let Some(opened) = self.opened(member, newest) else { return };
                let path = format!("/checkout/{}/complete", opened.merchant_uid);
                let imp_uid = opened.imp_uid.unwrap_or_else(|| "imp_000000000000".to_owned());
                self.ask(id, times, member, Method::POST, &path, json!({"imp_uid": imp_uid})).await;
            }
            Deed::Cancel { times } => {
                let (began, uid) = (self.now(), uid(member));
                let run = self.sky.lock().books.run_of(&uid);
                let answers = self
                    .ask(id, times, member, Method::POST, "/subscription/cancel", json!({}))
                    .await;
                if answers.iter().any(|answer| answer.status == 200) {
                    self.cancelled(uid, run, began);
                }
            }
            Deed::Resume { times } => {
                let answers = self
                    .ask(id, times, member, Method::POST, "/subscription/resume", json!({}))
                    .await;
                if answers.iter().any(|answer| answer.status == 200 || answer.status >= 500) {
                    let ended = self.now();
                    let resumed = Resumed { uid: uid(member), ended };
                    self.sky.lock().books.resumed.push(resumed);
                }
            }
            Deed::Look => {
                for path in ["/subscription", "/payments", "/plans"] {
                    self.ask(id, 1, member, Method::GET, path, Value::Null).await;
                }
            }
            Deed::SetCard(card) => {
                let key = {
                    let inner = self.sky.lock();
                    let subscription = inner.books.subscriptions.get(&uid(member));
                    subscription.and_then(|s| s.card.as_ref()).map(|card| card.customer_uid)
                };
                let gone = |key: &billing::CustomerUid| {
                    let books = &self.sky.lock().books;
                    books.leaving.deleted_keys.contains(key) || books.is_from_the_past(self.now())
                };
                if let Some(key) = key
                    && !gone(&key)
                    && self.stack.iamport.set_card(&key.to_string(), card).is_err()
                {
                    self.sky.fail("keys", format!("{key} is charged and gone from Iamport"));
                }
            }
            Deed::Button { dry_run } => {
                if self.sky.lock().books.careful.is_some() {
                    return;
                }
                let path = "/admin/cancellations/process";
                let shown = json!({"dry_run": true});
                let shown = self.order_to(&format!("button {id}"), path, shown).await;
                let rows = shown.body["revocations"].as_array().cloned().unwrap_or_default();
                if !dry_run && !rows.is_empty() {
                    let uids: Vec<&Value> = rows.iter().map(|row| &row["uid"]).collect();
                    let body = json!({"dry_run": false, "uids": uids});
                    self.order_to(&format!("button {id} go"), path, body).await;
                }
            }
            Deed::List => self.pry(id, "/admin/cancellations").await,
            Deed::Agree => {
                let body = self.agreement(&mine);
                self.ask(id, 1, member, Method::POST, "/subscription/consent", body).await;
            }
            Deed::Expiry { months } => {
                let today = billing::kst_date(self.now());
                let last = today.saturating_add(i64::from(months).months());
                let body = json!({"month": last.strftime("%Y-%m").to_string()});
                self.ask(id, 1, member, Method::POST, "/subscription/card/expiry", body).await;
            }
            Deed::GiveBack { newest } => {
                let order = self.sky.lock().books.give_back(&uid(member), newest);
                let Some(order) = order else { return };
                let path = format!("/admin/payments/{order}/refund");
                let charges = self.stack.iamport.charges().into_iter();
                let mine = charges.filter(|charge| charge.merchant_uid == order);
                let left = mine.map(|charge| charge.amount.saturating_sub(charge.cancelled_amount));
                let body = json!({"amount": left.max().unwrap_or(0), "reason": "고객 요청"});
                self.order_to(&format!("refund {id}"), &path, body).await;
            }
            Deed::Reconcile { dry_run } => {
                let to = billing::kst_date(self.sky.functions_now());
                let from = to.saturating_sub(30.days());
                let body = json!({"from": from, "to": to, "dry_run": dry_run});
                self.order_to(&format!("reconcile {id}"), "/admin/reconcile", body).await;
            }
            Deed::Pry => {
                let to = billing::kst_date(self.sky.functions_now());
                let from = to.saturating_sub(30.days());
                let uid = uid(member);
                for path in [
                    "/admin/reviews".to_owned(),
                    format!("/admin/members/{uid}"),
                    format!("/admin/members/{uid}/forecast"),
                    format!("/admin/figures?from={from}&to={to}"),
                ] {
                    self.pry(id, &path).await;
                }
            }
            Deed::Cut { partner, seconds } => {
                let from = self.now();
                self.sky.outage(Outage { partner, from, until: plus(from, seconds.into()) });
            }
            Deed::Pay { order, how, webhook } => {
                let Some(order) = self.payable(member, order) else { return };
                *self.sky.lock().faults.entry("someone pays in an ordinary way").or_default() += 1;
                let amount = if how == Ordinary::Half { MONTHLY / 2 } else { MONTHLY };
                let action = if how == Ordinary::Refused { "refused" } else { "approve" };
                let window = json!({"request_pay": {
                    "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": order,
                    "name": "월 구독", "amount": amount, "buyer_name": "구독 회원",
                    "buyer_email": format!("{}@privat.example", uid(member)),
                    "buyer_tel": "010-0000-0000",
                    "notice_url": "http://gateway.test/iamport-callback",
                }, "action": action, "webhook": webhook});
                let window = serde_json::from_value(window).expect("a window");
                let told = self.stack.iamport.card_window(&window).await.expect("kept in memory");
                self.sky.say(|| format!("  {order}: {} {}", told["success"], told["imp_uid"]));
                if let (Ordinary::Refused, Some(imp_uid)) = (how, told["imp_uid"].as_str()) {
                    self.say_so(id, imp_uid, &order).await;
                }
                self.compare_for_nights();
            }
            Deed::Settle => self.settle(id, member).await,
            Deed::Outside(outside) => {
                *self.sky.lock().faults.entry(named(outside)).or_default() += 1;
                actors::act(self, id, member, outside).await;
            }
            Deed::Forge(kind) => self.forge(id, member, kind).await,
            Deed::Resend => {
                let mine = uid(member);
                let webhooks: Vec<u64> = self
                    .stack
                    .iamport
                    .webhooks()
                    .iter()
                    .filter(|webhook| self.sky.owner(&webhook.merchant_uid) == mine)
                    .map(|webhook| webhook.id)
                    .collect();
                *self.sky.lock().faults.entry("an old webhook comes again").or_default() +=
                    webhooks.len().min(6) as u64;
                for id in webhooks.into_iter().rev().take(6) {
                    self.stack.iamport.resend(id).await.expect("kept in memory");
                }
            }
        }
    }

    /// Notes what is done, and what it was done to.
    fn witness(&self, uid: &str, deed: Deed) {
        let now = self.now();
        let books = &mut self.sky.lock().books;
        if let Some(act) = witness::act(deed) {
            books.acts(uid, act, now);
        }
        let Some(event) = witness::event(deed) else { return };
        if matches!(event, "restart" | "table restored" | "the button" | "comparison") {
            let all: Vec<String> = books.subscriptions.keys().cloned().collect();
            for uid in all {
                books.happens(&uid, event);
            }
        } else {
            books.happens(uid, event);
        }
    }

    /// What a member agrees to who agrees to the price that is coming.
    fn agreement(&self, uid: &str) -> Value {
        let mut inner = self.sky.lock();
        let asked = inner.books.subscriptions.get(uid);
        let asked = asked.and_then(|subscription| subscription.price_change.as_ref());
        let coming = inner.climate().price.map_or(MONTHLY, |(_, price)| price);
        let price = asked.map_or(coming, |change| change.version.price.get());
        let agreed = (uid.to_owned(), i64::try_from(price).unwrap_or_default());
        inner.books.agreed.insert(agreed);
        json!({"price": price, "version": inner.books.configuration.terms})
    }

    /// An order that someone may pay in an ordinary way.
    fn payable(&self, member: usize, order: Whose) -> Option<String> {
        let mine = uid(member);
        match order {
            Whose::Registration => self.opened(member, true).map(|opened| opened.merchant_uid),
            Whose::Open => {
                let inner = self.sky.lock();
                let charge = inner.books.subscriptions.get(&mine)?.charges.last()?;
                Some(charge.merchant_uid.to_string())
            }
            Whose::Schedule => {
                let schedules = self.stack.iamport.schedules();
                let mut orders = schedules.into_iter().rev().map(|schedule| schedule.merchant_uid);
                orders.find(|order| self.sky.owner(order) == mine)
            }
        }
    }

    /// An admin reads what there is to settle about a member, and settles it one way or another.
    async fn settle(self: &Arc<Self>, id: &str, member: usize) {
        let key = self.key(&format!("reviews {id}"));
        let request = self.request(Some(&self.admin), Method::GET, "/admin/reviews", &Value::Null);
        let list = self.call(&key, request).await;
        self.heard("GET /admin/reviews", &list);
        let reviews = list.body["reviews"].as_array().cloned().unwrap_or_default();
        let calm = !self.sky.lock().stormy;
        for review in reviews.iter().filter(|review| review["uid"] == uid(member)) {
            let name = review["id"].as_str().unwrap_or_default();
            let mut actions: Vec<&str> = review["actions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            // In the end it is settled for good.
            actions.retain(|action| !calm || *action != "look_again");
            if actions.is_empty() {
                continue;
            }
            let action = self.sky.chance(&format!("settle {id} {name}")).one(&actions);
            self.sky.say(|| format!("  {name}: {action}"));
            let path = format!("/admin/reviews/{name}/resolve");
            let amount = &review["amount"];
            let body = json!({"action": action, "amount": amount, "reason": "기록 확인"});
            self.order_to(&format!("settle {id}"), &path, body).await;
        }
    }

    /// An admin has something done.
    pub(crate) async fn order_to(&self, key: &str, path: &str, body: Value) -> Answer {
        let request = self.request(Some(&self.admin), Method::POST, path, &body);
        let answer = self.call(&self.key(key), request).await;
        self.heard(&format!("POST {path}"), &answer);
        answer
    }

    /// An admin looks at something.
    async fn pry(&self, id: &str, path: &str) {
        let request = self.request(Some(&self.admin), Method::GET, path, &Value::Null);
        let answer = self.call(&self.key(&format!("list {id}")), request).await;
        self.heard(&format!("GET {path}"), &answer);
    }

    fn opened(&self, member: usize, newest: bool) -> Option<Opened> {
        let desk = self.desk();
        let all = desk.opened.get(&member)?;
        let opened = if newest { all.last() } else { all.iter().rev().nth(1).or(all.last()) };
        opened.cloned()
    }

    async fn open(self: &Arc<Self>, id: &str, member: usize, path: &str, body: Value) {
        let answers = self.ask(id, 1, member, Method::POST, path, body).await;
        for answer in answers.into_iter().filter(|answer| answer.status == 201) {
            let opened = Opened {
                merchant_uid: answer.body["merchant_uid"].as_str().unwrap_or_default().to_owned(),
                request_pay: answer.body["request_pay"].clone(),
                imp_uid: None,
            };
            self.desk().opened.entry(member).or_default().push(opened);
        }
    }

    fn request(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        request.body(body).expect("a request")
    }

    /// The first member's `authorization`, or the admin's.
    pub(crate) fn bearer(&self, admin: bool) -> String {
        format!("Bearer {}", if admin { &self.admin } else { &self.tokens[0] })
    }

    /// Sends anything at all; the answer's status, or `None` for what is no request.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: http::HeaderMap,
        body: Vec<u8>,
    ) -> Option<u16> {
        let mut request =
            Request::builder().method(method).uri(path).body(Body::from(body)).ok()?;
        *request.headers_mut() = headers;
        Some(self.call(&self.key("anything"), request).await.status)
    }

    /// Asks so many times at once, and perhaps again after an answer of 5xx.
    async fn ask(
        self: &Arc<Self>,
        id: &str,
        times: u8,
        member: usize,
        method: Method,
        path: &str,
        body: Value,
    ) -> Vec<Answer> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let asked = (0..times.max(1)).map(|copy| {
            let (world, method, body) = (self.clone(), method.clone(), body.clone());
            let key = format!("{id} {name} {copy}");
            async move {
                let token = world.tokens[member].clone();
                let send = async |key: &str| {
                    let request = world.request(Some(&token), method.clone(), path, &body);
                    let answer = world.call(key, request).await;
                    world.heard(&format!("  {method} {path}"), &answer);
                    answer
                };
                let answer = send(&key).await;
                let persistence = world.sky.lock().climate().persistence;
                if answer.status < 500
                    || !world.sky.chance(&format!("persist {key}")).hits(persistence)
                {
                    return answer;
                }
                tokio::time::sleep(Duration::from_secs(2)).await;
                send(&format!("{key} again")).await
            }
        });
        join_all(asked).await
    }

    fn heard(&self, what: &str, answer: &Answer) {
        self.sky.say(|| {
            let more = &answer.body;
            let more = [&more["state"], &more["type"], &more["paid_through"]];
            let more: Vec<&str> = more.into_iter().filter_map(Value::as_str).collect();
            format!("{what} → {} {}", answer.status, more.join(" "))
        });
        if !matches!(answer.status, 200 | 201 | 202 | 402 | 404 | 409 | 422 | 429 | 502 | 503) {
            self.sky.fail("answers", format!("{what} → {} {}", answer.status, answer.body));
        }
    }

    /// A stranger's webhook.
    async fn forge(self: &Arc<Self>, id: &str, member: usize, kind: u8) {
        let payments = self.stack.iamport.payments();
        let mine = uid(member);
        let of = |other: bool| {
            payments
                .iter()
                .rev()
                .find(|payment| (self.sky.owner(&payment.merchant_uid) == mine) != other)
        };
        let (imp_uid, merchant_uid) = match (kind, of(false), of(true)) {
            (1, Some(mine), _) => ("imps_999999999999".to_owned(), mine.merchant_uid.clone()),
            (2, Some(mine), Some(other)) => (other.imp_uid.clone(), mine.merchant_uid.clone()),
            (3, Some(mine), _) => {
                let open = mine.merchant_uid.rsplit_once('-').map(|(rest, _)| format!("{rest}-9"));
                (mine.imp_uid.clone(), open.unwrap_or_default())
            }
            _ => ("imp_1".to_owned(), "nobody's".to_owned()),
        };
        *self.sky.lock().faults.entry("a webhook is forged").or_default() += 1;
        self.say_so(id, &imp_uid, &merchant_uid).await;
    }

    /// Someone who is not Iamport calls our webhook.
    async fn say_so(self: &Arc<Self>, id: &str, imp_uid: &str, merchant_uid: &str) {
        let body = json!({"imp_uid": imp_uid, "merchant_uid": merchant_uid, "status": "paid"});
        let mut request = self.request(None, Method::POST, "/iamport-callback", &body);
        request
            .headers_mut()
            .insert("content-type", http::HeaderValue::from_static("application/json"));
        let answer = self.call(&self.key(&format!("forged {id}")), request).await;
        self.heard("  forged webhook", &answer);
    }
}

/// A name for the AWS SDK's region: the SDK keeps its budget of retries by region, for the whole process.
fn region() -> String {
    static REGION: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    format!("rehearsal-{}", REGION.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// What someone outside did, for the count.
const fn named(outside: Outside) -> &'static str {
    match outside {
        Outside::Operator(_) => "the operator acts",
        Outside::Console(_) => "someone acts at Iamport's console",
        Outside::Partner(_) => "a partner falls silent",
        Outside::Account(_) => "an account is deleted or disabled",
        Outside::Claims(_) => "another program replaces all claims",
    }
}

/// What a webhook is about, without the subscription's id, which depends on everyone's history.
fn label(merchant_uid: &str) -> String {
    let mut parts = merchant_uid.split('-');
    let purpose = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.skip(1).collect();
    format!("{purpose} {}", rest.join("-"))
}

/// The earlier of two moments, where there are any.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The first moment from `at` on that is `offset` seconds into a stretch of `every` seconds.
fn next_tick(at: i64, every: i64, offset: i64) -> i64 {
    let since = (at - offset).rem_euclid(every);
    if since == 0 { at } else { at - since + every }
}
