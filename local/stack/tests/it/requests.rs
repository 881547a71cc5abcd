//! What each way through the functions asks of whom: requests, how often one waits for another, and what the tables
//! charge for it. The numbers stand in docs/performance.md, and are held there.

use crate::world::{Answer, World, moment};
use bytes::Bytes;
use gudok_local::wire::Host;
use http::{Request, Response};
use iamport_simulator::{Fault, FaultKind, WebhookFault};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use sweep::Done;

/// A member whose id is as long as Firebase's are: what is stored is paid by its length.
const MEMBER: &str = "Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92";

/// The table's head in docs/performance.md.
const HEAD: &str = "\
| way | requests | waits | tables | of them writes | Iamport | Google | bus | read units | write units |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// What only reads.
const READS: [&str; 2] = ["GetItem", "Query"];

/// Whom a function asks.
#[derive(Debug, Clone, Copy)]
enum To {
    Tables,
    Iamport,
    Google,
    Bus,
}

/// What one way costs.
#[derive(Debug, Clone, Default, PartialEq)]
struct Cost {
    /// Requests to the tables, by operation, in their order.
    tables: Vec<String>,
    /// Calls of Iamport's API.
    iamport: Vec<String>,
    /// Calls of Google's.
    google: usize,
    /// Calls of `EventBridge`.
    bus: usize,
    /// How often a request was sent while none was under way: round trips one after the other.
    waits: usize,
    /// How many are under way.
    under_way: usize,
    /// What `DynamoDB` charges, indexes with it.
    write_units: f64,
    read_units: f64,
}

impl Cost {
    fn requests(&self) -> usize {
        self.tables.len() + self.iamport.len() + self.google + self.bus
    }

    fn writes(&self) -> usize {
        self.tables.iter().filter(|operation| !READS.contains(&&operation[..])).count()
    }

    /// Counts a request, if a function sent it.
    fn begin(&mut self, to: Option<To>, what: &str) {
        match to {
            Some(To::Tables) => self.tables.push(what.to_owned()),
            Some(To::Iamport) => self.iamport.push(what.to_owned()),
            Some(To::Google) => self.google += 1,
            Some(To::Bus) => self.bus += 1,
            None => return,
        }
        if self.under_way == 0 {
            self.waits += 1;
        }
        self.under_way += 1;
    }

    /// Counts what the answer says that it costs.
    #[expect(clippy::float_arithmetic, reason = "DynamoDB counts in halves")]
    fn end(&mut self, to: Option<To>, what: &str, answer: &Response<Bytes>) {
        if to.is_none() {
            return;
        }
        self.under_way -= 1;
        if answer.status() == 401 {
            // The token was of yesterday.
            self.iamport.pop();
            self.waits -= 1;
        }
        let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let consumed = &said["ConsumedCapacity"];
        let all = consumed.as_array().map_or_else(|| vec![consumed], |all| all.iter().collect());
        let units: f64 = all.iter().filter_map(|one| one["CapacityUnits"].as_f64()).sum();
        if READS.contains(&what) {
            self.read_units += units;
        } else {
            self.write_units += units;
        }
    }
}

/// Whom a function asks, and what for. Webhooks and what Slack is told are sent by others.
fn called(request: &Request<Bytes>) -> (Option<To>, String) {
    let path = request.uri().path();
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    let to = match (request.uri().host().unwrap_or_default(), path) {
        ("dynamodb.test", _) => Some(To::Tables),
        // A token is everybody's for an hour.
        ("simulator.test", "/slack/webhook" | "/users/getToken" | "/token") => None,
        ("simulator.test", path) if path.starts_with("/event-bridge") => Some(To::Bus),
        ("simulator.test", path)
            if path.starts_with("/service_accounts") || path.starts_with("/v1/") =>
        {
            Some(To::Google)
        }
        ("simulator.test", _) => Some(To::Iamport),
        _ => None,
    };
    let what = operation.map_or_else(|| format!("{} {path}", request.method()), ToOwned::to_owned);
    (to, what)
}

/// Asks the tables to say what they charge.
fn asking_for_its_price(request: Request<Bytes>) -> Request<Bytes> {
    let (mut parts, body) = request.into_parts();
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&body) else {
        return Request::from_parts(parts, body);
    };
    body.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
    parts.headers.remove("content-length");
    // The body as it was read before it was signed: it is another now.
    parts.extensions.clear();
    Request::from_parts(parts, Value::Object(body).to_string().into())
}

/// What this costs.
async fn cost_of<T>(world: &World, way: impl Future<Output = T>) -> (Cost, T) {
    let cost = Arc::new(Mutex::new(Cost::default()));
    let counting = cost.clone();
    world.hosts.intercept(Arc::new(move |request: Request<Bytes>, host: Host| {
        let cost = counting.clone();
        Box::pin(async move {
            let (to, what) = called(&request);
            cost.lock().unwrap().begin(to, &what);
            // So that whoever sends another beside it has the time to.
            tokio::task::yield_now().await;
            let answer = match to {
                Some(To::Tables) => host(asking_for_its_price(request)).await,
                Some(To::Iamport | To::Google | To::Bus) | None => host(request).await,
            };
            cost.lock().unwrap().end(to, &what, &answer);
            Ok(answer)
        })
    }));
    let came = way.await;
    world.hosts.clear();
    let cost = cost.lock().unwrap().clone();
    (cost, came)
}

/// The cost of a request that is answered with this status.
async fn answered(world: &World, status: u16, way: impl Future<Output = Answer>) -> Cost {
    let (cost, answer) = cost_of(world, way).await;
    assert_eq!(answer.status, status, "{answer:?}");
    cost
}

async fn webhook(world: &World, imp_uid: &str, merchant_uid: &str) -> Cost {
    let (cost, status) = cost_of(world, world.webhook(imp_uid, merchant_uid)).await;
    assert_eq!(status, 200);
    cost
}

/// The catch-up sweep, which looks at so many members, and has told in sums a moment ago.
async fn sweep(world: &World, members: usize) -> Cost {
    let ledger = &world.stack.app.gudok.books.ledger;
    let was = ledger.digested().await.unwrap();
    ledger.set_digested(was, world.stack.clock.now()).await.unwrap();
    let event = json!({"sweep": "catch-up"});
    let deadline = world.stack.clock.now() + jiff::SignedDuration::from_mins(15);
    let (cost, done) = cost_of(world, sweep::handle(&world.stack.app, event, deadline)).await;
    let Ok(Done::Swept(report)) = done else { panic!("{done:?}") };
    assert_eq!((report.looked_at, report.troubled), (members, 0), "{report:?}");
    cost
}

/// Iamport runs what is scheduled then, and its webhooks go their way, or nowhere. No timer rings.
async fn iamport_at(world: &World, korean: &str, webhooks: bool) -> Cost {
    let at = moment(korean);
    world.stack.clock.move_to(at).unwrap();
    if !webhooks {
        world.stack.iamport.inject(Fault::once(FaultKind::Webhooks(WebhookFault::Lost))).unwrap();
    }
    let (cost, done) = cost_of(world, world.stack.iamport.run_due(at)).await;
    done.unwrap();
    cost
}

/// Every way, by what it is, and what it costs.
#[expect(clippy::too_many_lines, reason = "it is a list")]
async fn ways() -> Vec<(&'static str, Cost)> {
    let world = World::at("2026-01-31T15:30").await;
    let mut ways = Vec::new();
    let mut note = |what, cost| ways.push((what, cost));
    // Whoever comes first pays for the tokens; after that they are there for an hour.
    world.subscribe("first").await;

    let opened = {
        let ask = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let (cost, answer) = cost_of(&world, world.post("/checkout", MEMBER, ask)).await;
        assert_eq!(answer.status, 201);
        note("`POST /checkout`", cost);
        answer.body
    };
    world.settle().await;
    let told = world.window(&opened, json!({"webhook": "lost"})).await;
    note(
        "`POST /checkout/{merchant_uid}/complete`",
        answered(&world, 200, world.complete(MEMBER, &opened)).await,
    );
    note("completing again", answered(&world, 200, world.complete(MEMBER, &opened)).await);
    let registered = (told["imp_uid"].as_str().unwrap(), opened["merchant_uid"].as_str().unwrap());
    note(
        "a webhook of the card registered by then",
        webhook(&world, registered.0, registered.1).await,
    );
    let paid = world.payments(MEMBER).await.remove(0);
    let paid = (paid.imp_uid.to_string(), paid.merchant_uid.to_string());
    note("a webhook of a payment booked by then", webhook(&world, &paid.0, &paid.1).await);
    let again = async {
        let status = world.webhook(&paid.0, &paid.1).await.as_u16();
        Answer { status, body: Value::Null }
    };
    note("the same within ten seconds", answered(&world, 503, again).await);
    world.wait(1).await;
    note(
        "a webhook of an order that is none of ours",
        webhook(&world, "imp_000000000001", "order-1").await,
    );
    note(
        "a webhook of another's payment under an order of ours",
        webhook(&world, registered.0, &paid.1).await,
    );
    note("`GET /subscription`", answered(&world, 200, world.get("/subscription", MEMBER)).await);
    note("`GET /payments`", answered(&world, 200, world.get("/payments", MEMBER)).await);
    note("`GET /plans`", answered(&world, 200, world.get("/plans", MEMBER)).await);

    let world = World::at("2026-01-31T15:30").await;
    world.subscribe(MEMBER).await;
    world.until("2026-02-28T09:00").await;
    note("renewal, by webhook", iamport_at(&world, "2026-02-28T10:05", true).await);
    world.until("2026-03-31T09:00").await;
    assert_eq!(iamport_at(&world, "2026-03-31T10:05", false).await, Cost::default());
    world.stack.clock.move_to(moment("2026-03-31T10:20")).unwrap();
    // What is added up each half hour is a line of its own.
    let ledger = &world.stack.app.gudok.books.ledger;
    let until = moment("2026-03-31T10:15");
    ledger.set_digested(ledger.digested().await.unwrap(), until).await.unwrap();
    let before = ledger.counted().await.unwrap();
    let counted = ledger::Counted { since: before.map_or(until, |it| it.since), until };
    assert!(ledger.set_days(before, counted, [].iter()).await.unwrap());
    note("renewal, by sweep, whose webhook was lost", sweep(&world, 1).await);
    world.stack.clock.move_to(moment("2026-03-31T10:50")).unwrap();
    note("a catch-up with nobody due, which adds up half an hour", sweep(&world, 0).await);
    world.until("2026-04-30T09:00").await;
    crate::declines::set_card(&world, "insufficient_funds");
    note(
        "renewal that is declined, by webhook",
        iamport_at(&world, "2026-04-30T10:05", true).await,
    );
    crate::declines::set_card(&world, "approve");
    world.until("2026-05-10T09:00").await;
    note("`POST /subscription/cancel`", answered(&world, 200, world.cancel(MEMBER)).await);
    note("cancelling again", answered(&world, 200, world.cancel(MEMBER)).await);
    let resume = world.post("/subscription/resume", MEMBER, json!({}));
    note("`POST /subscription/resume`", answered(&world, 200, resume).await);
    let expiry = world.post("/subscription/card/expiry", MEMBER, json!({"month": "2029-05"}));
    note("`POST /subscription/card/expiry`", answered(&world, 200, expiry).await);
    let reason = json!({"act": "cancel", "reason": "by phone"});
    let path = format!("/admin/members/{MEMBER}/acts");
    let cancel = world.post(&path, "admin", reason);
    note("`POST /admin/members/{uid}/acts`, to cancel", answered(&world, 200, cancel).await);
    world.until("2026-05-11T09:00").await;
    note("the sweep, when nobody is due", sweep(&world, 0).await);
    ways
}

/// The ways as they stand in the document.
fn table(ways: &[(&'static str, Cost)]) -> String {
    let mut table = String::from(HEAD);
    for (what, cost) in ways {
        let Cost { tables, iamport, google, bus, waits, write_units, read_units, .. } = cost;
        let (writes, tables, iamport) = (cost.writes(), tables.len(), iamport.len());
        writeln!(
            table,
            "| {what} | {} | {waits} | {tables} | {writes} | {iamport} | {google} | {bus} | {read_units} | {write_units} |",
            cost.requests(),
        )
        .unwrap();
    }
    table
}

#[tokio::test(start_paused = true)]
async fn each_way_asks_as_often_as_the_document_says_and_no_more_than_is_promised() {
    let ways = ways().await;
    let cost = |what: &str| &ways.iter().find(|(name, _)| *name == what).unwrap().1;

    let complete = cost("`POST /checkout/{merchant_uid}/complete`");
    assert!(complete.requests() <= 11 && complete.writes() <= 4, "{complete:?}");
    for act in ["`POST /subscription/cancel`", "`POST /subscription/resume`"] {
        assert!(cost(act).requests() <= 6, "{:?}", cost(act));
    }
    assert_eq!(cost("`GET /subscription`").waits, 1);
    assert_eq!(cost("a webhook of an order that is none of ours").requests(), 0);
    assert_eq!(cost("the same within ten seconds").requests(), 1);
    for renewal in ["renewal, by webhook", "renewal, by sweep, whose webhook was lost"] {
        assert!(cost(renewal).write_units <= 21.0, "{:?}", cost(renewal));
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once("<!-- requests -->\n").unwrap();
    let (said, after) = rest.split_once("<!-- /requests -->").unwrap();
    let table = table(&ways);
    if said != table && std::env::var_os("WRITE").is_some() {
        let anew = format!("{before}<!-- requests -->\n{table}<!-- /requests -->{after}");
        std::fs::write(path, anew).unwrap();
        return;
    }
    assert_eq!(said, table, "docs/performance.md is to say so: WRITE=1 writes it");
}
