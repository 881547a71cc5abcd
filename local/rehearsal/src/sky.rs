//! The wire of a rehearsal: every request passes here, where faults fall, functions die, bugs are planted,
//! and what went through is noted in the books.

use crate::actors::Hang;
use crate::books::{Books, item, items};
use crate::bugs;
use crate::chance::Chance;
use crate::configuration::Configuration;
use crate::history::{Climate, Outage, Partner};
use crate::life::{Life, Mortal};
use crate::logs::{self, RESTLESS};
use crate::plant::Plant;
use crate::points::{Matrix, outcome};
use crate::tables::Tables;
use crate::witness;
use crate::world::plus;
use billing::OpenState;
use bytes::Bytes;
use flows::{Gudok, Purpose};
use gudok_local::clock::Clock;
use gudok_local::google::Google;
use gudok_local::wire::{Host, Passage};
use http::{Request, Response, StatusCode};
use iamport_simulator::Simulator;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tower::BoxError;

/// The wire and the books. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Sky {
    inner: Arc<Mutex<Inner>>,
    pub(crate) clock: Clock,
    pub(crate) iamport: Simulator,
    pub(crate) google: Google,
}

pub(crate) struct Inner {
    seed: u64,
    climate: Climate,
    plant: Option<Plant>,
    /// Whether faults may fall.
    pub(crate) stormy: bool,
    /// How many seconds the functions' clock is ahead.
    skew: i64,
    pub(crate) books: Books,
    /// How often what happened.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// The names of the faults that happened, to be left out one by one.
    pub(crate) fired: BTreeSet<String>,
    /// What must not be logged.
    pub(crate) secrets: BTreeSet<String>,
    /// Who comes between a run and its write.
    pub(crate) racer: Option<Gudok>,
    /// The tables, where they are in memory.
    pub(crate) tables: Option<Arc<Mutex<Tables>>>,
    /// What was put on the bus and not handed on yet.
    pub(crate) events: Vec<Value>,
    pub(crate) requests: u64,
    pub(crate) trace: Option<Vec<String>>,
    doom: Option<Doom>,
    /// A request that a planted bug holds back, since when and for whom.
    late: Option<(Timestamp, Request<Bytes>, Host)>,
}

/// Where to die, for one run named in advance.
struct Doom {
    run: &'static str,
    dies_at: (usize, bool),
    life: Option<Arc<Life>>,
}

/// How the runs are named that come between another and its write.
const RACER: &str = "racer";

/// No history sends more requests; one that does never rests. The longest of 24 months send 30,000.
const MOST_REQUESTS: u64 = 200_000;

/// What `DynamoDB` says of a condition that does not hold.
const FIRST: &str = "ConditionalCheckFailed";

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Fair,
    NotSent,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// It arrives, and its answer breaks off.
    CutOff,
    /// It arrives, and its answer takes so many seconds.
    Slow(u64),
    /// It never arrives, and nobody says so.
    Swallowed,
    /// It arrives, and is never answered.
    Silent,
    /// It does not arrive, and this is the answer.
    Answered(u16, String),
    /// It arrives, and this is the answer.
    EffectThen(u16, String),
    /// Another run looks at the same member first.
    Outrun,
    /// The function dies, before or after it arrived.
    Die(bool),
}

/// A request, as far as anyone cares.
struct About {
    partner: Option<Partner>,
    /// Method and path, or the operation.
    what: String,
    /// Read once, for everyone on the way.
    body: Arc<Value>,
}

impl Sky {
    pub(crate) fn new(
        seed: u64,
        climate: Climate,
        configuration: Configuration,
        (plant, traced): (Option<Plant>, bool),
        (clock, iamport, google): (Clock, Simulator, Google),
    ) -> Self {
        let inner = Inner {
            seed,
            climate,
            plant,
            stormy: true,
            skew: 0,
            books: Books::new(configuration),
            faults: BTreeMap::new(),
            fired: BTreeSet::new(),
            secrets: BTreeSet::new(),
            racer: None,
            tables: None,
            events: Vec::new(),
            requests: 0,
            trace: traced.then(Vec::new),
            doom: None,
            late: None,
        };
        Self { inner: Arc::new(Mutex::new(inner)), clock, iamport, google }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time on the functions' clock.
    pub(crate) fn functions_now(&self) -> Timestamp {
        let skew = self.lock().skew;
        let now = self.clock.now();
        now.saturating_add(SignedDuration::from_secs(skew)).unwrap_or(now)
    }

    pub(crate) fn set_skew(&self, seconds: i64) {
        self.lock().skew = seconds;
    }

    /// Peace: nothing happens to anyone any more.
    pub(crate) fn calm(&self) {
        let mut inner = self.lock();
        inner.stormy = false;
        inner.skew = 0;
    }

    /// Chance about something in this history.
    pub(crate) fn chance(&self, about: &str) -> Chance {
        Chance::of(self.lock().seed, about)
    }

    pub(crate) fn fail(&self, oracle: &'static str, what: String) {
        let now = self.clock.now();
        self.say(|| format!("✗ {oracle}: {what}"));
        self.lock().books.fail(oracle, now, what);
    }

    /// Whether there is no need to go on: a planted bug has shown itself, or a row is written without end,
    /// which takes that long.
    pub(crate) fn is_given_away(&self) -> bool {
        let inner = self.lock();
        let endless = inner.requests > MOST_REQUESTS
            || inner.books.failures.iter().any(|failure| failure.oracle == "writes");
        let shown = !inner.books.failures.is_empty() || logs::say(RESTLESS);
        endless || (inner.plant.is_some() && shown)
    }

    /// Whether more was sent than any history has to send.
    pub(crate) fn is_endless(&self) -> bool {
        self.lock().requests > MOST_REQUESTS
    }

    /// Adds a line to the trace.
    pub(crate) fn say(&self, line: impl FnOnce() -> String) {
        let mut inner = self.lock();
        if let Some(trace) = &mut inner.trace {
            let now = self.clock.now().to_zoned(billing::SEOUL);
            trace.push(format!("{} {}", now.strftime("%Y-%m-%d %H:%M:%S%.3f"), line()));
        }
    }

    /// Whether a fault that chance asks for may happen; notes it if so.
    pub(crate) fn fault(&self, kind: &'static str, name: &str) -> bool {
        self.lock().fault(kind, name)
    }

    /// A new run of a function, that may have to die early.
    pub(crate) fn birth(&self, key: &str) -> Arc<Life> {
        let mut inner = self.lock();
        let mut chance = Chance::of(inner.seed, &format!("death {key}"));
        let mut dies_at = None;
        if inner.stormy && chance.hits(inner.climate.deaths) {
            let at = chance.one(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24]);
            dies_at = Some((at, chance.hits(500)));
        }
        if let Some(doom) =
            inner.doom.as_mut().filter(|doom| doom.life.is_none() && key.starts_with(doom.run))
        {
            let life = Life::new(key.to_owned(), Some(doom.dies_at));
            doom.life = Some(life.clone());
            return life;
        }
        Life::new(key.to_owned(), dies_at)
    }

    /// The next run whose name begins so dies at its request of that number.
    pub(crate) fn doom(&self, run: &'static str, at: usize, after: bool) {
        self.lock().doom = Some(Doom { run, dies_at: (at, after), life: None });
    }

    /// From now on nobody is doomed; how many requests the one who was sent.
    pub(crate) fn pardon(&self) -> usize {
        let doom = self.lock().doom.take();
        doom.and_then(|doom| doom.life).map_or(0, |life| life.sent())
    }

    /// A partner is down from now on for a while.
    pub(crate) fn outage(&self, outage: Outage) {
        self.lock().climate.outages.push(outage);
    }

    /// From now on a partner takes calls and does not answer them, for a while.
    pub(crate) fn hang(&self, hang: Hang) {
        self.lock().climate.hangs.push(hang);
    }

    /// How much has gone wrong on the way so far.
    pub(crate) fn faults(&self) -> u64 {
        self.lock().faults.values().sum()
    }

    pub(crate) fn passage(&self) -> Passage {
        let sky = self.clone();
        Arc::new(move |request, host| {
            // Asked at once, while the one whose request it is is being polled.
            let life = Life::current();
            Box::pin(sky.clone().pass(life, request, host))
        })
    }

    async fn pass(
        self,
        life: Option<Arc<Life>>,
        request: Request<Bytes>,
        host: Host,
    ) -> Result<Response<Bytes>, BoxError> {
        let about = About::of(&request);
        let (fate, lag) = self.fate(life.as_deref(), &about);
        if let Some((before, _)) = lag {
            tokio::time::sleep(before).await;
        }
        let request = self.planted(request, &about, &host).await;
        let Some(request) = request else { return Ok(self.plants_answer(&about)) };
        if life.is_some() {
            self.in_time(&about);
        }
        let answer = match &fate {
            Fate::NotSent => Err(not_sent()),
            Fate::Swallowed | Fate::Die(false) => {
                if let (Fate::Die(_), Some(life)) = (&fate, &life) {
                    life.die();
                }
                self.saw(life.as_deref(), &about, &fate, None);
                futures::future::pending().await
            }
            Fate::Answered(status, body) => Ok(answered(*status, body)),
            Fate::Fair
            | Fate::Outrun
            | Fate::AnswerLost
            | Fate::CutOff
            | Fate::Slow(_)
            | Fate::Silent
            | Fate::EffectThen(..)
            | Fate::Die(true) => {
                if fate == Fate::Outrun {
                    self.race(&about).await;
                }
                let arrived = if self.lock().plant.is_some() {
                    About::of(&request).body
                } else {
                    about.body.clone()
                };
                let mut request = request;
                let plain = self.lock().plant.map(|_| request.clone());
                request.extensions_mut().insert(arrived.clone());
                let mut answer = host(request).await;
                if let (Some(request), Some(_)) = (plain, &life) {
                    self.planted_after(&request, &about, &host, &mut answer).await;
                }
                if !answer.status().is_success()
                    && answer.body().windows(19).any(|text| text == b"ValidationException")
                {
                    self.fail(
                        "tables",
                        format!("{}: {}", about.what, String::from_utf8_lossy(answer.body())),
                    );
                }
                let answer = self.arrived(&about, &arrived, answer);
                match &fate {
                    Fate::AnswerLost => Err("the answer was lost".into()),
                    Fate::CutOff => Err("the answer broke off".into()),
                    Fate::EffectThen(status, body) => Ok(answered(*status, body)),
                    Fate::Slow(seconds) => {
                        self.saw(life.as_deref(), &about, &fate, None);
                        tokio::time::sleep(Duration::from_secs(*seconds)).await;
                        Ok(answer)
                    }
                    Fate::Die(_) | Fate::Silent => {
                        if let (Fate::Die(_), Some(life)) = (&fate, &life) {
                            life.die();
                        }
                        self.saw(life.as_deref(), &about, &fate, None);
                        futures::future::pending().await
                    }
                    Fate::Fair
                    | Fate::Outrun
                    | Fate::NotSent
                    | Fate::Swallowed
                    | Fate::Answered(..) => Ok(answer),
                }
            }
        };
        if let Some((_, after)) = lag {
            tokio::time::sleep(after).await;
        }
        self.saw(life.as_deref(), &about, &fate, answer.as_ref().ok());
        answer
    }

    /// A call that moves money leaves while its claim holds, and not after: by then somebody else may have
    /// claimed it, or given it up and said so.
    fn in_time(&self, about: &About) {
        let order = match about.what.as_str() {
            "POST /subscribe/payments/again" => about.body.get("merchant_uid"),
            "POST /subscribe/payments/schedule" => about.body.pointer("/schedules/0/merchant_uid"),
            _ => return,
        };
        let order = order.and_then(Value::as_str).unwrap_or_default();
        let uid = self.owner(order);
        let now = self.functions_now();
        let inner = self.lock();
        if inner.books.restored.is_some() {
            return;
        }
        let subscription = inner.books.subscriptions.get(&uid);
        let mut charges = subscription.into_iter().flat_map(|subscription| &subscription.charges);
        let charge = charges.find(|charge| charge.merchant_uid.to_string() == order);
        let until = charge.and_then(|charge| match charge.outcome {
            OpenState::Charging { until } | OpenState::Scheduling { until, .. } => Some(until),
            OpenState::Planned { .. } | OpenState::Scheduled { .. } => None,
        });
        // The functions' clock may have jumped since.
        let in_time = until.is_some_and(|until| now <= plus(until, 12));
        drop(inner);
        if !in_time {
            self.fail("claim", format!("{order} is sent at {now}, claimed until {until:?}"));
        }
    }

    /// What a planted bug does once an answer is there.
    async fn planted_after(
        &self,
        request: &Request<Bytes>,
        about: &About,
        host: &Host,
        answer: &mut Response<Bytes>,
    ) {
        let Some(plant) = self.lock().plant else { return };
        bugs::misread(plant, &about.what, &about.body, answer);
        let of_schedule = about.what.starts_with("GET /subscribe/payments/schedule/");
        if plant == Plant::FightTheConsole
            && of_schedule
            && let Some(again) = bugs::in_place_of(request, answer)
        {
            host(again).await;
        }
        let of_member = about.body.get("TableName") == Some(&json!("subscriptions"));
        if plant == Plant::WriteForNothing && about.what == "GetItem" && of_member {
            let mut told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let Some(row) = told.get_mut("Item") else { return };
            for times in 1..=bugs::FOR_NOTHING {
                let again = bugs::for_nothing(request, row, times);
                let written = About::of(&again);
                let stored = host(again).await;
                self.arrived(&written, &written.body, stored);
            }
        }
    }

    /// Another run looks at the member whose row is about to be written, and does what is to be done.
    async fn race(&self, about: &About) {
        let racer = self.lock().racer.clone();
        let uid = items(&about.body)
            .into_iter()
            .find_map(|(_, item)| item.pointer("/uid/S")?.as_str()?.parse().ok());
        if let (Some(racer), Some(uid)) = (racer, uid) {
            let life = Life::new(format!("{RACER} {}", self.clock.now().as_millisecond()), None);
            // What comes of it is in the tables, or is troubled, and then nothing comes of it.
            drop(Mortal::new(life, Box::pin(racer.advance(&uid, Purpose::Look))).await);
        }
    }

    fn saw(
        &self,
        life: Option<&Life>,
        about: &About,
        fate: &Fate,
        answer: Option<&Response<Bytes>>,
    ) {
        let Some(life) = life else { return };
        let status = answer.map(Response::status);
        if let Some(step) = witness::step(&about.what) {
            let outcome = match (fate, answer) {
                (Fate::Fair | Fate::Outrun, Some(answer)) => witness::came_of(answer),
                (Fate::Fair | Fate::Outrun, None) => outcome::TROUBLE,
                (Fate::NotSent, _) => outcome::NOT_SENT,
                (Fate::AnswerLost | Fate::CutOff | Fate::Swallowed | Fate::Silent, _) => {
                    outcome::NO_ANSWER
                }
                (Fate::Slow(_), _) => outcome::LATE,
                (Fate::Answered(..), _) => outcome::TROUBLE,
                (Fate::EffectThen(..), _) => outcome::DONE_AND_TROUBLE,
                (Fate::Die(_), _) => outcome::DEATH,
            };
            witness::note(&mut self.lock().books.points, Matrix::Steps, step, outcome);
        }
        self.say(|| {
            let fate = match fate {
                Fate::Fair => String::new(),
                other => format!("   ⚡ {other:?}"),
            };
            let status =
                status.map_or_else(|| "-".to_owned(), |status| status.as_u16().to_string());
            format!("      [{}] {} {} {status}{fate}", life.key, about.what, about.whose())
        });
    }

    /// What is to happen to a request, and how long it is on its way there and back.
    fn fate(&self, life: Option<&Life>, about: &About) -> (Fate, Option<(Duration, Duration)>) {
        let now = self.clock.now();
        let mut inner = self.lock();
        inner.requests += 1;
        let Some(life) = life else { return (Fate::Fair, None) };
        if life.is_dead() {
            return (Fate::Swallowed, None);
        }
        let number = life.sends();
        let name = format!("{} #{number}", life.key);
        let mut chance = Chance::of(inner.seed, &name);
        let lag = inner.climate.latency.then(|| {
            let there = if chance.hits(30) { 900 } else { 40 };
            (
                Duration::from_millis(1 + chance.below(there)),
                Duration::from_millis(1 + chance.below(20)),
            )
        });
        if let Some((at, after)) = life.dies_at
            && at == number
        {
            let kind = if after {
                "a function dies after a request"
            } else {
                "a function dies before a request"
            };
            if inner.fault(kind, &format!("{name} dies")) {
                return (Fate::Die(after), lag);
            }
        }
        let strikes = inner.stormy && !life.key.starts_with(RACER);
        let Some(partner) = about.partner.filter(|_| strikes) else { return (Fate::Fair, lag) };
        let down = inner.climate.outages.iter().position(|outage| {
            outage.partner == partner && outage.from <= now && now < outage.until
        });
        if let Some(outage) = down {
            let fate = match (chance.below(4), partner) {
                (0 | 1, _) => Fate::NotSent,
                (2, Partner::DynamoDb) => dynamodb(500, "InternalServerError"),
                (2, _) => Fate::Answered(503, "<html>down</html>".to_owned()),
                _ => Fate::Swallowed,
            };
            if inner.fault(of_outage(partner), &format!("outage {outage}")) {
                return (fate, lag);
            }
        }
        let hang = inner.climate.hangs.iter().position(|hang| {
            hang.partner == partner
                && hang.from <= now
                && now < hang.until
                && hang.calls.include(&about.what)
        });
        if let Some(number) = hang {
            let arrives = inner.climate.hangs[number].arrives;
            if inner.fault("a partner never answers", &format!("hang {number}")) {
                return (if arrives { Fate::Silent } else { Fate::Swallowed }, lag);
            }
        }
        if chance.hits(inner.climate.rain) {
            let (kind, fate) = rain(&mut chance, partner, about);
            if inner.fault(kind, &name) {
                return (fate, lag);
            }
        }
        (Fate::Fair, lag)
    }

    /// A request had its effect: what that is.
    fn arrived(&self, about: &About, body: &Value, answer: Response<Bytes>) -> Response<Bytes> {
        if !answer.status().is_success() {
            if answer.body().windows(FIRST.len()).any(|text| text == FIRST.as_bytes()) {
                *self.lock().faults.entry("DynamoDB: someone else was first").or_default() += 1;
            }
            return answer;
        }
        let now = self.functions_now();
        match (about.partner, about.what.as_str()) {
            (Some(Partner::DynamoDb), "PutItem" | "TransactWriteItems") => {
                let pays = items(body).iter().any(|(table, _)| *table == "payments");
                let charges = if pays { self.iamport.charges() } else { Vec::new() };
                self.lock().books.wrote(body, now, &charges);
                self.keeps_the_newer();
            }
            (Some(Partner::Iamport), "POST /subscribe/payments/again") => {
                let charges = self.iamport.charges();
                self.lock().books.moved(now, &charges);
                if self.lock().climate.decline_is_error {
                    return as_error(answer);
                }
            }
            (Some(Partner::Iamport), "POST /subscribe/payments/schedule") => self.standing(),
            (Some(Partner::Iamport), "POST /users/getToken") => {
                self.keep_secret(answer.body(), "/response/access_token");
            }
            (Some(Partner::Google), "POST /token") => {
                self.keep_secret(answer.body(), "/access_token");
            }
            (Some(Partner::Google), what) if what.ends_with("accounts:update") => {
                let uid = about.body.get("localId").and_then(Value::as_str).unwrap_or_default();
                let charges = self.iamport.charges();
                let may_enter = self.may_enter(uid);
                self.say(|| {
                    format!("{uid} {}", if may_enter { "may enter" } else { "may no longer enter" })
                });
                self.lock().books.access(uid, may_enter, now, &charges);
            }
            (Some(Partner::Bus), _) => {
                let entries = about.body.get("Entries").and_then(Value::as_array).cloned();
                let events = entries.unwrap_or_default().into_iter().map(|entry| {
                    let detail = entry.get("Detail").and_then(Value::as_str).unwrap_or_default();
                    let detail: Value = serde_json::from_str(detail).unwrap_or_default();
                    json!({"detail-type": entry.get("DetailType"), "detail": detail})
                });
                self.lock().events.extend(events);
            }
            (Some(Partner::Slack), _) => {
                let id = about.body.get("blocks").and_then(Value::as_array);
                let id = id.and_then(|blocks| blocks.last()?.pointer("/elements/0/text")?.as_str());
                let id = id.and_then(|text| text.rsplit("  ·  ").next()).unwrap_or_default();
                self.say(|| format!("Slack: {} ({id})", about.body["text"]));
                self.lock().books.told.insert(id.to_owned());
            }
            _ => {}
        }
        answer
    }

    /// What a newer version wrote into a row is still there.
    fn keeps_the_newer(&self) {
        let mut inner = self.lock();
        let Some(tables) = inner.tables.clone() else { return };
        let tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
        let members: Vec<String> = inner.books.rows.members().map(str::to_owned).collect();
        let lost: Vec<String> = members
            .into_iter()
            .filter(|uid| {
                let row = tables.row("subscriptions", uid);
                row.is_some_and(|row| inner.books.rows.loses(uid, row))
            })
            .collect();
        drop((inner, tables));
        for uid in lost {
            self.fail("newer rows", format!("{uid}: what a newer version wrote is gone"));
        }
    }

    /// Never do two schedules stand for one member.
    pub(crate) fn standing(&self) {
        let mut standing: BTreeMap<String, u32> = BTreeMap::new();
        for schedule in self.iamport.schedules() {
            if schedule.schedule_status == iamport_simulator::ScheduleStatus::Scheduled {
                *standing.entry(self.owner(&schedule.merchant_uid)).or_default() += 1;
            }
        }
        for (uid, number) in standing.into_iter().filter(|(_, number)| *number > 1) {
            self.fail("one schedule", format!("{number} schedules stand for {uid}"));
        }
    }

    /// Whose order that is.
    pub(crate) fn owner(&self, merchant_uid: &str) -> String {
        let id = merchant_uid.parse::<billing::MerchantUid>().map(|id| id.subscription());
        let inner = self.lock();
        id.ok().and_then(|id| inner.books.owners.get(&id).cloned()).unwrap_or_default()
    }

    /// Whether the sign-in service lets the member in.
    pub(crate) fn may_enter(&self, uid: &str) -> bool {
        let claims = self.google.claims(uid);
        claims.is_some_and(|claims| claims.get("subscriber") == Some(&json!(true)))
    }

    fn keep_secret(&self, body: &Bytes, pointer: &str) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(secret) = body.pointer(pointer).and_then(Value::as_str) {
            self.lock().secrets.insert(secret.to_owned());
        }
    }

    /// The request as a planted bug would send it; `None` if it would not.
    async fn planted(
        &self,
        mut request: Request<Bytes>,
        about: &About,
        host: &Host,
    ) -> Option<Request<Bytes>> {
        let plant = self.lock().plant;
        let Some(plant) = plant else { return Some(request) };
        let what = about.what.as_str();
        let late = plus(self.clock.now(), -bugs::LATE);
        let held = self.lock().late.take_if(|(at, ..)| *at <= late);
        if let Some((_, request, host)) = held {
            self.in_time(&About::of(&request));
            host(request).await;
        }
        match plant {
            Plant::ChargeTwice if what == "POST /subscribe/payments/again" => {
                let again = another(&request, "merchant_uid");
                let answer = host(again).await;
                self.arrived(about, &about.body, answer);
            }
            Plant::ScheduleTwice if what == "POST /subscribe/payments/schedule" => {
                let again = another(&request, "/schedules/0/merchant_uid");
                host(again).await;
            }
            Plant::WrongPrice if what == "POST /subscribe/payments/again" => {
                let mut body = Value::clone(&about.body);
                let amount = body["amount"].as_u64().unwrap_or_default();
                body["amount"] = json!(amount + 100);
                *request.body_mut() = Bytes::from(body.to_string());
            }
            Plant::SendLate if what == "POST /subscribe/payments/again" => {
                self.lock().late = Some((self.clock.now(), request, host.clone()));
                return None;
            }
            Plant::WipeTheClaims if what.ends_with("accounts:update") => {
                *request.body_mut() = Bytes::from(bugs::ours_alone(&about.body).to_string());
            }
            Plant::NeverHeal if what.ends_with("accounts:update") => {
                let uid = about.body["localId"].as_str().unwrap_or_default();
                if self.lock().books.replaced_claims.contains_key(uid) {
                    return None;
                }
            }
            Plant::LoseTheNight if what == "TransactWriteItems" && !self.lock().stormy => {
                let mut body = Value::clone(&about.body);
                corrupt(Plant::LoseThePayment, &mut body);
                *request.body_mut() = Bytes::from(body.to_string());
            }
            Plant::HarmAll if about.partner == Some(Partner::DynamoDb) => {
                // Whoever met a row that cannot be read takes everything for broken.
                let unreadable = self.lock().books.rows.any_unreadable();
                let timers = life_is_a_timers();
                if unreadable && timers && what == "Query" {
                    return None;
                }
            }
            Plant::SayNothing if about.partner == Some(Partner::Bus) => return None,
            Plant::NeverRevoke if what.ends_with("accounts:update") => {
                let attributes = about.body["customAttributes"].as_str().unwrap_or_default();
                if !attributes.contains("subscriber") {
                    return None;
                }
            }
            Plant::KeepTheKeys if what.starts_with("DELETE") => return None,
            Plant::LogTheAddress if what == "POST /subscribe/payments/again" => {
                let secrets = self.lock().secrets.clone();
                let address = secrets.iter().find(|secret| secret.contains('@'));
                tracing::info!(address, "charging");
            }
            Plant::NeverRest if what == "TransactWriteItems" => {
                let charging = about.body.to_string().contains("scheduling");
                return (!charging).then_some(request);
            }
            Plant::LoseThePayment
            | Plant::CountTheRegistration
            | Plant::KeepAfterCancel
            | Plant::EndEarly
            | Plant::Forget
            | Plant::ForgetTheVersion
            | Plant::StripTheNewer
                if matches!(what, "PutItem" | "TransactWriteItems") =>
            {
                let mut body = Value::clone(&about.body);
                corrupt(plant, &mut body);
                *request.body_mut() = Bytes::from(body.to_string());
            }
            _ => {}
        }
        Some(request)
    }

    /// What a request that a planted bug did not send is answered.
    fn plants_answer(&self, about: &About) -> Response<Bytes> {
        match about.what.as_str() {
            "TransactWriteItems" => {
                let reasons = vec![json!({"Code": "ConditionalCheckFailed"})];
                let Fate::Answered(status, body) = cancelled(about, reasons) else {
                    return Response::new(Bytes::new());
                };
                answered(status, &body)
            }
            "Query" => answered(
                400,
                r#"{"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException"}"#,
            ),
            what if what.starts_with("DELETE") => {
                answered(404, r#"{"code":-1,"message":"no","response":null}"#)
            }
            _ => answered(200, r#"{"FailedEntryCount":0,"Entries":[]}"#),
        }
    }
}

impl Inner {
    fn fault(&mut self, kind: &'static str, name: &str) -> bool {
        if self.climate.only.as_ref().is_some_and(|only| !only.contains(name)) {
            return false;
        }
        *self.faults.entry(kind).or_default() += 1;
        self.fired.insert(name.to_owned());
        true
    }

    pub(crate) fn climate(&self) -> &Climate {
        &self.climate
    }
}

impl About {
    fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let what = match target {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => format!("{} {path}", request.method()),
        };
        let partner = match request.uri().host() {
            Some("dynamodb.test") => Some(Partner::DynamoDb),
            Some("simulator.test") if path.starts_with("/event-bridge") => Some(Partner::Bus),
            Some("simulator.test") if path.starts_with("/slack") => Some(Partner::Slack),
            Some("simulator.test")
                if ["/service_accounts", "/token", "/v1/projects"]
                    .iter()
                    .any(|google| path.starts_with(google)) =>
            {
                Some(Partner::Google)
            }
            Some("simulator.test") => Some(Partner::Iamport),
            _ => None,
        };
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        Self { partner, what, body: Arc::new(body) }
    }

    /// The order it is about, for the trace.
    fn whose(&self) -> String {
        let orders: Vec<String> = items(&self.body)
            .into_iter()
            .map(|(table, item)| {
                let field = |pointer| item.pointer(pointer).and_then(Value::as_str);
                match table {
                    "subscriptions" => format!(
                        "{} v{} {} due {}",
                        field("/uid/S").unwrap_or_default(),
                        field("/version/N").unwrap_or_default(),
                        field("/state/S").unwrap_or_default(),
                        field("/due_at/S").unwrap_or_default()
                    ),
                    _ => format!(
                        "{table}:{} {}",
                        field("/merchant_uid/S").unwrap_or_default(),
                        field("/outcome/M/state/S").unwrap_or_default()
                    ),
                }
            })
            .collect();
        let order = self
            .body
            .get("merchant_uid")
            .or_else(|| self.body.pointer("/schedules/0/merchant_uid"));
        let order = order.map(|order| match order {
            Value::String(order) => order.clone(),
            other => other.to_string(),
        });
        order.into_iter().chain(orders).collect::<Vec<_>>().join(", ")
    }
}

/// Whether it is a timer's run that asks.
fn life_is_a_timers() -> bool {
    Life::current().is_some_and(|life| {
        ["nightly", "catch-up", "reconciliation"].iter().any(|timer| life.key.starts_with(timer))
    })
}

fn not_sent() -> BoxError {
    Box::new(edge::transport::NotSent::new("the network is down"))
}

fn answered(status: u16, body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// Iamport's other way to say that a card was declined: an error and no payment.
fn as_error(answer: Response<Bytes>) -> Response<Bytes> {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if body.pointer("/response/status") != Some(&json!("failed")) {
        return answer;
    }
    let reason = body.pointer("/response/fail_reason").cloned().unwrap_or_default();
    let message = format!("결제승인에 실패하였습니다. {}", reason.as_str().unwrap_or_default());
    answered(200, &json!({"code": -1, "message": message, "response": null}).to_string())
}

fn dynamodb(status: u16, kind: &str) -> Fate {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": "simulated"});
    Fate::Answered(status, body.to_string())
}

/// A transaction that was cancelled: the first reason given, the others in order.
fn cancelled(about: &About, mut reasons: Vec<Value>) -> Fate {
    let writes = about.body.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len);
    while reasons.len() < writes {
        reasons.push(json!({"Code": "None"}));
    }
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    });
    Fate::Answered(400, body.to_string())
}

const fn of_outage(partner: Partner) -> &'static str {
    match partner {
        Partner::DynamoDb => "DynamoDB is down",
        Partner::Iamport => "Iamport is down",
        Partner::Google => "Google is down",
        Partner::Bus => "EventBridge is down",
        Partner::Slack => "Slack is down",
    }
}

/// One fault of those that this partner's requests can have.
fn rain(chance: &mut Chance, partner: Partner, about: &About) -> (&'static str, Fate) {
    let common = [
        ("a request is not sent", Fate::NotSent),
        ("an answer is lost", Fate::AnswerLost),
        ("an answer is lost", Fate::AnswerLost),
        ("a request is swallowed", Fate::Swallowed),
        ("an answer breaks off", Fate::CutOff),
    ];
    let own: Vec<(&'static str, Fate)> = match partner {
        Partner::DynamoDb => {
            let busy = if about.what == "TransactWriteItems" {
                cancelled(about, vec![json!({"Code": "TransactionConflict"})])
            } else {
                dynamodb(400, "TransactionConflictException")
            };
            let internal = dynamodb(500, "InternalServerError");
            let Fate::Answered(status, body) = internal.clone() else { return ("", Fate::Fair) };
            vec![
                ("DynamoDB: TransactionConflict", busy),
                ("another run comes first", Fate::Outrun),
                ("another run comes first", Fate::Outrun),
                ("DynamoDB: throttled", dynamodb(400, "ThrottlingException")),
                ("DynamoDB: 500", internal),
                ("DynamoDB: 500 after its effect", Fate::EffectThen(status, body)),
                ("an answer is slow", Fate::Slow(4)),
            ]
        }
        Partner::Iamport => {
            let error = |code: u16| format!(r#"{{"code":-1,"message":"{code}","response":null}}"#);
            vec![
                ("Iamport: 401, the token is stale", Fate::Answered(401, error(401))),
                ("Iamport: 429", Fate::Answered(429, error(429))),
                ("Iamport: 500", Fate::Answered(500, error(500))),
                ("Iamport: 502 after its effect", Fate::EffectThen(502, "<html>".to_owned())),
                ("Iamport: maintenance page", Fate::Answered(200, "<html>점검</html>".to_owned())),
                ("an answer is slow", Fate::Slow(chance.one(&[8, 15, 21, 30, 60]))),
            ]
        }
        Partner::Google => vec![
            ("Google: 503", Fate::Answered(503, "{}".to_owned())),
            ("Google: 401, the token is stale", Fate::Answered(401, "{}".to_owned())),
            ("Google: 500 after its effect", Fate::EffectThen(500, "{}".to_owned())),
            ("an answer is slow", Fate::Slow(chance.one(&[3, 6]))),
        ],
        Partner::Bus => vec![
            ("EventBridge: 500", Fate::Answered(500, "{}".to_owned())),
            (
                "EventBridge: an entry failed",
                Fate::EffectThen(
                    200,
                    r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}"#
                        .to_owned(),
                ),
            ),
            ("an answer is slow", Fate::Slow(4)),
        ],
        Partner::Slack => vec![
            ("Slack: 429", Fate::Answered(429, "rate_limited".to_owned())),
            ("Slack: 500", Fate::Answered(500, "error".to_owned())),
            ("an answer is slow", Fate::Slow(12)),
        ],
    };
    let mut all: Vec<_> = common.into_iter().chain(own).collect();
    let index = usize::try_from(chance.below(all.len() as u64)).unwrap_or_default();
    all.swap_remove(index)
}

/// The same request for the next attempt.
fn another(request: &Request<Bytes>, pointer: &str) -> Request<Bytes> {
    let mut body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let pointer = format!("/{}", pointer.trim_start_matches('/'));
    if let Some(id) = body.pointer_mut(&pointer) {
        let old = id.as_str().unwrap_or_default();
        let (rest, attempt) = old.rsplit_once('-').unwrap_or((old, "0"));
        *id = json!(format!("{rest}-{}", attempt.parse::<u32>().unwrap_or_default() + 5_000));
    }
    let mut again = request.clone();
    *again.body_mut() = Bytes::from(body.to_string());
    again
}

/// What a wrong program would store.
fn corrupt(plant: Plant, body: &mut Value) {
    if plant == Plant::LoseThePayment
        && let Some(writes) = body.get_mut("TransactItems").and_then(Value::as_array_mut)
    {
        writes.retain(|write| write.pointer("/Put/TableName") != Some(&json!("payments")));
    }
    if plant == Plant::CountTheRegistration {
        count_the_registration(body);
    }
    let alone = body.get("TableName").is_some();
    let rows: Vec<&mut Value> = if alone {
        vec![body]
    } else {
        let writes = body.get_mut("TransactItems").and_then(Value::as_array_mut);
        writes.into_iter().flatten().filter_map(|write| write.get_mut("Put")).collect()
    };
    for row in rows {
        if row.get("TableName") != Some(&json!("subscriptions")) {
            continue;
        }
        if let (Plant::ForgetTheVersion, Some(put)) = (plant, row.as_object_mut()) {
            put.retain(|name, _| matches!(name.as_str(), "TableName" | "Item"));
        }
        let Some(item) = row.get_mut("Item") else { continue };
        match plant {
            Plant::KeepAfterCancel => {
                if let Some(at) = item.pointer_mut("/cancellation/M/requested_at/S") {
                    *at = json!("2100-01-01T00:00:00Z");
                }
            }
            Plant::EndEarly => {
                if let Some(anchor) = item.pointer_mut("/anchor/S")
                    && let Some(date) =
                        anchor.as_str().and_then(|date| date.parse::<jiff::civil::Date>().ok())
                    && date.day() > 5
                {
                    *anchor = json!(date.first_of_month().to_string());
                }
            }
            Plant::StripTheNewer => bugs::strip(item),
            Plant::Forget => {
                for name in ["due_at", "due_at_exact"] {
                    if item.get(name).is_some() {
                        item[name] = json!({"S": "2126-01-01T00:00:00Z"});
                    }
                }
            }
            _ => {}
        }
    }
}

fn count_the_registration(body: &mut Value) {
    let Some(writes) = body.get_mut("TransactItems").and_then(Value::as_array_mut) else { return };
    let registered = writes.iter().find_map(|write| {
        let (_, item) = item(write)?;
        let outcome = item.pointer("/outcome/M")?;
        let imp_uid = outcome.get("imp_uid")?;
        (item.pointer("/purpose/S") == Some(&json!("registration")))
            .then(|| (item.clone().into_owned(), imp_uid.clone()))
    });
    if let Some((order, imp_uid)) = registered {
        let at = order.pointer("/opened_at/S").and_then(Value::as_str).unwrap_or_default();
        let row = json!({
            "uid": order["uid"], "merchant_uid": order["merchant_uid"], "amount": order["amount"], "plan": order["plan"],
            "paid_at": {"S": format!("{at}#{}", imp_uid["S"].as_str().unwrap_or_default())},
            "paid_at_exact": {"S": at}, "imp_uid": imp_uid, "refunded": {"N": "0"}, "period": {"N": "0"},
            "period_start": {"S": "2027-01-01"}, "period_end": {"S": "2027-02-01"},
        });
        writes.push(json!({"Put": {"TableName": "payments", "Item": row}}));
    }
}

#[cfg(test)]
mod tests {
    use crate::history::History;
    use crate::run::{Way, on_paused_time};
    use crate::world::World;
    use std::sync::Arc;

    #[test]
    fn a_history_is_freed_when_it_is_over() {
        let history = History::of(1);
        let left = on_paused_time(async |_| {
            let (members, climate) = (history.members.len(), history.climate.clone());
            let (seed, start) = (history.seed, history.start);
            let world = World::new(seed, start, members, climate, None, Way::default()).await;
            world.live(&history).await;
            Arc::downgrade(&world.sky.inner)
        });
        assert!(left.upgrade().is_none());
    }
}
