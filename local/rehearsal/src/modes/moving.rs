//! Histories of moving in: members of another system are taken over by the operator's command while the network fails and
//! the command dies, and that system goes on charging and scheduling. At the end each won that is kept has paid a period,
//! none was paid twice, and one schedule stands for each who goes on.

use crate::history::chance::Chance;
use crate::history::time::{DAY, HOUR, plus};
use crate::modes::run::on_paused_time;
use axum::body::Body;
use billing::{MerchantUid, Resolution, State, Subscription, Uid, kst_date};
use gudok_cli::{Conflict, Format, Import, Mapping, Outcome, read, undo};
use gudok_local::Stack;
use gudok_local::faults::Fault;
use gudok_local::google::SignIn;
use gudok_local::wire::InProcess;
use http::Request;
use http_body_util::BodyExt;
use iamport_simulator::{Card, Charge, ScheduleStatus};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tower::ServiceExt;

/// The monthly price, in won.
const PRICE: i64 = 9_900;

/// How often a request fails while it does, in a thousand.
const FAULTS: u64 = 60;

/// What a history came to.
#[derive(Debug, Clone, Default)]
pub struct Moved {
    /// What was wrong at the end.
    pub failures: Vec<String>,
    /// How many members there were.
    pub members: u64,
    /// How many were taken over.
    pub taken_over: u64,
    /// How many were handed back in the end.
    pub handed_back: u64,
    /// How often the other system charged after that, and was paid.
    pub charged_there: u64,
    /// How many reviews a person settled.
    pub settled: u64,
    /// How many requests failed.
    pub faults: u64,
}

impl Moved {
    /// Adds what another history came to, but for what was wrong.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.members, other.members),
            (&mut self.taken_over, other.taken_over),
            (&mut self.handed_back, other.handed_back),
            (&mut self.charged_there, other.charged_there),
            (&mut self.settled, other.settled),
            (&mut self.faults, other.faults),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// A member as the other system knows one.
struct Member {
    uid: Uid,
    key: String,
    /// The date of the first payment there.
    begun: Timestamp,
    cancelled: bool,
}

impl Member {
    /// When the other system charges next, as it was when the member was taken over: at nine in the morning.
    fn next(&self) -> Timestamp {
        let date = kst_date(self.begun).saturating_add(1.month());
        plus(billing::start_of_day(date), 9 * HOUR)
    }
}

struct World {
    stack: Stack,
    hosts: InProcess,
    partners: axum::Router,
    token: String,
    chance: Chance,
    orders: u32,
    faults: Arc<AtomicU64>,
    moved: Moved,
}

/// Runs the history of a seed.
///
/// # Panics
/// When the program under test panics, or the stack cannot be put together.
pub fn moving(seed: u64) -> Moved {
    on_paused_time(async |_| {
        let mut world = World::new(seed).await;
        world.live(seed).await;
        world.moved.faults = world.faults.load(Ordering::Relaxed);
        world.moved
    })
}

#[expect(clippy::expect_used, reason = "a rehearsal fails by panicking")]
impl World {
    async fn new(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "moving");
        let first: Timestamp = "2026-12-31T15:00:00Z".parse().expect("a time");
        let day = chance.between(0, 400).saturating_mul(DAY);
        let start = plus(first, day.saturating_add(chance.between(0, 23).saturating_mul(HOUR)));
        let (stack, hosts) = Stack::in_process(start, seed, &[]).await.expect("a stack");
        let partners = stack.partners();
        let mut world = Self {
            stack,
            hosts,
            partners,
            token: String::new(),
            chance,
            orders: 0,
            faults: Arc::default(),
            moved: Moved::default(),
        };
        let admin = SignIn {
            uid: "admin".to_owned(),
            email: "admin@example.com".to_owned(),
            admin: Some(true),
        };
        world.stack.google.sign_in(&admin).expect("an admin");
        world.sign_in().await;
        world
    }

    /// The other system's token at Iamport.
    async fn sign_in(&mut self) {
        let body = json!({"imp_key": "local_key", "imp_secret": "local_secret"});
        let answer = self.call("/users/getToken", body).await;
        let token = answer.pointer("/response/access_token").and_then(Value::as_str);
        token.expect("a token").clone_into(&mut self.token);
    }

    /// A call of the other system's; nothing on its network fails.
    async fn call(&self, path: &str, body: Value) -> Value {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let answer = self.partners.clone().oneshot(request).await.expect("an answer");
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    async fn until(&self, at: Timestamp) {
        self.stack.advance_to(at).await.expect("time moves");
    }

    fn now(&self) -> Timestamp {
        self.stack.clock.now()
    }

    /// A name of the other system's.
    fn order(&mut self, member: &Member) -> String {
        self.orders = self.orders.saturating_add(1);
        format!("order_{}_{}", member.uid, self.orders)
    }

    async fn charge(&mut self, member: &Member) -> bool {
        self.sign_in().await;
        let order = self.order(member);
        let body = json!({
            "customer_uid": member.key, "merchant_uid": order, "amount": PRICE, "name": "구독",
            "buyer_tel": "010-0000-0000",
        });
        let answer = self.call("/subscribe/payments/again", body).await;
        answer.pointer("/response/status").is_some_and(|status| status == "paid")
    }

    async fn schedule(&mut self, member: &Member, at: Timestamp) {
        self.sign_in().await;
        let order = self.order(member);
        let body = json!({"customer_uid": member.key, "schedules": [{
            "merchant_uid": order, "schedule_at": at.as_second(), "amount": PRICE, "name": "구독",
            "buyer_tel": "010-0000-0000", "currency": "KRW",
        }]});
        self.call("/subscribe/payments/schedule", body).await;
    }

    /// Somebody joins there: a key, a payment, and the next month's schedule; two of them by its trap.
    async fn join(&mut self, number: u64) -> Member {
        let uid: Uid = format!("zMoved{number}").parse().expect("a uid");
        let key = format!("user_{number}");
        let sign_in =
            SignIn { uid: uid.to_string(), email: format!("{uid}@example.com"), admin: None };
        self.stack.google.sign_in(&sign_in).expect("an account");
        let window = json!({"card": "approve", "request_pay": {
            "pg": "html5_inicis.INIBillTst", "pay_method": "card", "amount": PRICE, "name": "카드",
            "merchant_uid": format!("key_{number}"), "customer_uid": key,
            "buyer_tel": "010-0000-0000",
        }});
        let window = serde_json::from_value(window).expect("a window");
        self.stack.iamport.card_window(&window).await.expect("a key");
        let member = Member { uid, key, begun: self.now(), cancelled: self.chance.hits(200) };
        self.charge(&member).await;
        for _ in 0..self.chance.weighed(&[(100, 0), (600, 1), (300, 2_u8)]) {
            let hour = self.chance.between(0, 12).saturating_mul(HOUR);
            self.schedule(&member, plus(member.next(), hour)).await;
        }
        member
    }

    /// Makes requests fail from now on: each by chance, and all after so many.
    fn trouble(&mut self, dies_after: Option<u64>) {
        let chance = Mutex::new(Chance::of(self.chance.below(u64::MAX), "network"));
        let (sent, faults) = (AtomicU64::new(0), Arc::clone(&self.faults));
        self.hosts.inject(Arc::new(move |_| {
            let number = sent.fetch_add(1, Ordering::Relaxed);
            let mut chance = chance.lock().unwrap_or_else(PoisonError::into_inner);
            let dead = dies_after.is_some_and(|last| number >= last);
            let fault = (dead || chance.hits(FAULTS)).then(|| match chance.below(5) {
                0 => Fault::NotSent,
                1 => Fault::AnswerLost,
                2 => Fault::status(503),
                3 => Fault::AnswerLate(Duration::from_secs(9)),
                _ => Fault::AnsweredAfterEffect(500, String::new()),
            });
            faults.fetch_add(u64::from(fault.is_some()), Ordering::Relaxed);
            fault
        }));
    }

    /// The operator's command, which may die.
    async fn import(&mut self, members: &[Member], dies: bool) {
        let rows = read(&table(members), Format::Csv, &Mapping::default()).expect("a table");
        let gudok = self.stack.app.gudok.clone();
        let accepted: BTreeSet<String> = Conflict::NAMES.map(str::to_owned).into();
        let dies_after = dies.then(|| self.chance.below(60));
        self.trouble(dies_after);
        if let Ok(import) = Import::look(gudok, rows, &accepted).await {
            import.take_over(|_| {}).await;
        }
        self.trouble(None);
    }

    async fn live(&mut self, seed: u64) {
        let many = self.chance.between(1, 3).unsigned_abs();
        self.moved.members = many;
        let mut members = Vec::new();
        for number in 0..many {
            members.push(self.join(seed.saturating_mul(10).saturating_add(number)).await);
            let hours = self.chance.between(0, 30).saturating_mul(HOUR);
            self.until(plus(self.now(), hours)).await;
        }
        let days = self.chance.between(1, 24).saturating_mul(DAY);
        self.until(plus(self.now(), days)).await;
        self.trouble(None);
        let imported_at = self.now();
        for _ in 0..self.chance.between(1, 3) {
            let dies = self.chance.hits(600);
            self.import(&members, dies).await;
        }
        let many = self.chance.between(0, 3);
        for _ in 0..many {
            self.go_on_there(&members).await;
        }
        self.members_act(&members).await;
        self.peace(&members).await;
        self.audit(&members, imported_at).await;
    }

    /// The other system was not switched off.
    async fn go_on_there(&mut self, members: &[Member]) {
        let hours = self.chance.between(1, 20 * 24).saturating_mul(HOUR);
        self.until(plus(self.now(), hours)).await;
        let place = self.chance.place(members.len());
        let Some(member) = members.get(place) else { return };
        if self.chance.hits(500) {
            let paid = self.charge(member).await;
            self.moved.charged_there = self.moved.charged_there.saturating_add(u64::from(paid));
        } else {
            let at = plus(self.now(), self.chance.between(1, 40 * 24).saturating_mul(HOUR));
            self.schedule(member, at).await;
        }
        if self.chance.hits(300) {
            let dies = self.chance.hits(300);
            self.import(members, dies).await;
        }
    }

    async fn members_act(&mut self, members: &[Member]) {
        for member in members {
            let gudok = &self.stack.app.gudok;
            match self.chance.below(5) {
                0 => drop(gudok.cancel(&member.uid, None).await),
                1 => drop(self.stack.iamport.set_card(&member.key, Card::InsufficientFunds)),
                _ => {}
            }
        }
        let hours = self.chance.between(1, 30 * 24).saturating_mul(HOUR);
        self.until(plus(self.now(), hours)).await;
    }

    /// Nothing fails any more, nobody begins anything, and a person settles what is open each day.
    async fn peace(&mut self, members: &[Member]) {
        self.hosts.clear();
        // Clients that were refused a token rest by the runtime's clock.
        tokio::time::sleep(Duration::from_mins(5)).await;
        if self.chance.hits(200) {
            let file = table(members);
            let rows = read(&file, Format::Csv, &Mapping::default()).expect("a table");
            let lines = undo(&self.stack.app.gudok, rows, |_| {}).await.expect("everybody answers");
            let back = lines.iter().filter(|line| line.outcome == Outcome::HandedBack).count();
            self.moved.handed_back = u64::try_from(back).unwrap_or_default();
        }
        self.compare().await;
        for _ in 0..4 {
            self.until(plus(self.now(), DAY)).await;
            self.settle().await;
        }
        self.until(plus(self.now(), DAY)).await;
    }

    /// What the nights have missed while much failed, an admin has compared by day.
    async fn compare(&self) {
        let gudok = &self.stack.app.gudok;
        let (today, admin) = (gudok.books.today(), "admin".parse().expect("a uid"));
        let days = today.saturating_sub(60.days())..=today;
        let begun = gudok.begin_reconciliation(days, false, &admin).await.expect("it is begun");
        gudok.reconcile(begun, Timestamp::MAX).await.expect("everybody answers");
    }

    async fn settle(&mut self) {
        let gudok = self.stack.app.gudok.clone();
        let admin: Uid = "admin".parse().expect("a uid");
        let (members, _) = gudok.reviewing(100, None).await.expect("the tables answer");
        for review in members.iter().flat_map(|it| &it.reviews) {
            let actions = review.actions();
            let resolution = if actions.contains(&Resolution::Accept) && self.chance.hits(500) {
                Resolution::Accept
            } else if actions.contains(&Resolution::Refund) {
                Resolution::Refund
            } else {
                Resolution::Dismiss
            };
            let settled = gudok.resolve(&admin, &review.id, resolution, None, Some("확인")).await;
            self.moved.settled = self.moved.settled.saturating_add(u64::from(settled.is_ok()));
        }
    }

    async fn audit(&mut self, members: &[Member], imported_at: Timestamp) {
        let charges = self.stack.iamport.charges();
        let mut standing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for schedule in self.stack.iamport.schedules() {
            if schedule.schedule_status == ScheduleStatus::Scheduled {
                standing.entry(schedule.customer_uid).or_default().push(schedule.merchant_uid);
            }
        }
        for member in members {
            let stored = self.stack.app.gudok.books.ledger.subscription(&member.uid).await;
            let Ok(stored) = stored else {
                self.moved.failures.push(format!("{}: the row cannot be read", member.uid));
                continue;
            };
            let stands = standing.get(&member.key).map_or(&[][..], Vec::as_slice);
            match stored {
                // Whoever was handed back, or could not be taken over, is the other system's.
                None => {
                    let ours = stands.iter().filter(|id| id.parse::<MerchantUid>().is_ok());
                    let ours: Vec<&String> = ours.collect();
                    if !ours.is_empty() {
                        let what = format!("{}: {ours:?} stand for nobody", member.uid);
                        self.moved.failures.push(what);
                    }
                }
                Some(it) => {
                    self.moved.taken_over = self.moved.taken_over.saturating_add(1);
                    let seen = it.origin.map_or(imported_at, |origin| origin.at);
                    let wrong = wrong_money(&it, &member.key, &charges, seen);
                    let wrong = wrong.into_iter().chain(wrong_schedules(&it, stands));
                    let enters = self.stack.google.claims(member.uid.as_str());
                    let enters =
                        enters.is_some_and(|all| all.get("subscriber") == Some(&json!(true)));
                    let wrong: Vec<String> = wrong
                        .chain(
                            (enters == it.ended_at.is_some()).then(|| format!("enters: {enters}")),
                        )
                        .collect();
                    let uid = &member.uid;
                    let told = wrong.into_iter().map(|what| format!("{uid}: {what}"));
                    self.moved.failures.extend(told);
                }
            }
        }
        let today = self.stack.app.gudok.books.today();
        match self.stack.app.gudok.verify(today.saturating_sub(60.days())..=today).await {
            Ok(report) if report.found.is_empty() && report.troubled == 0 => {}
            Ok(report) => self.moved.failures.push(format!("verify: {:?}", report.findings)),
            Err(error) => self.moved.failures.push(format!("verify: {error}")),
        }
    }
}

/// The other system's table, as it is written down.
fn table(members: &[Member]) -> String {
    let mut rows = "uid,customer_uid,plan,price,next_payment_date,anchor_day,agreed_at,\
                    terms_version,cancelled_at\n"
        .to_owned();
    for member in members {
        let next = kst_date(member.next());
        let cancelled = if member.cancelled { member.begun.to_string() } else { String::new() };
        let (uid, key, begun) = (&member.uid, &member.key, member.begun);
        let day = kst_date(begun).day();
        let row = format!("{uid},{key},monthly,{PRICE},{next},{day},{begun},old-1,{cancelled}\n");
        rows.push_str(&row);
    }
    rows
}

/// Each won that moved since the takeover and is kept has paid one period, and each period was paid with one payment.
fn wrong_money(
    it: &Subscription,
    key: &str,
    charges: &[Charge],
    seen: Timestamp,
) -> Option<String> {
    let kept: Vec<&Charge> = charges
        .iter()
        .filter(|charge| charge.customer_uid.as_deref() == Some(key))
        .filter(|charge| charge.paid_at >= seen && charge.cancelled_amount < charge.amount)
        .collect();
    let paid = it.origin.map_or(0, |origin| it.periods_paid.saturating_sub(origin.periods));
    let open = !it.reviews.is_empty() || !it.refunds.is_empty();
    (usize::from(paid) != kept.len() || open).then(|| {
        let ids: Vec<&str> = kept.iter().map(|charge| charge.merchant_uid.as_str()).collect();
        format!("{paid} periods were paid with {ids:?}, open: {open}")
    })
}

/// One schedule stands for whoever goes on, ours; none for anybody else.
fn wrong_schedules(it: &Subscription, stands: &[String]) -> Option<String> {
    let ours = stands.iter().filter(|id| id.parse::<MerchantUid>().is_ok()).count();
    let wanted = usize::from(it.state() == State::Active && it.card.is_some());
    (ours != stands.len() || ours != wanted)
        .then(|| format!("{:?}: {stands:?} stand instead of {wanted}", it.state()))
}
