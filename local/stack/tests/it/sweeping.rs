//! The sweep: its time limit, and the figures it and the loop leave behind.

use crate::world::{World, moment};
use edge::metrics::embedded;
use gudok_local::faults::Fault;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use sweep::Done;
use tracing_subscriber::layer::SubscriberExt;

/// Takes what is written, as standard output would.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    pub fn take(&self) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Each figure, summed up; the largest where it is an age.
    pub fn figures(&self) -> BTreeMap<String, u64> {
        let mut figures = BTreeMap::new();
        for line in self.take() {
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap().to_owned();
                let value = line[&name].as_u64().unwrap();
                let sum = figures.entry(name).or_insert(0);
                *sum = if metric["Unit"] == "Seconds" { value.max(*sum) } else { *sum + value };
            }
        }
        figures
    }
}

/// Figures that are told until the guard is dropped.
pub fn listening() -> (Written, tracing::subscriber::DefaultGuard) {
    let written = Written::default();
    let writer = written.clone();
    let subscriber =
        tracing_subscriber::registry().with(embedded(move || -> Written { writer.clone() }));
    (written, tracing::subscriber::set_default(subscriber))
}

/// Errors that are logged until the guard is dropped.
pub fn logged() -> (Written, tracing::subscriber::DefaultGuard) {
    let written = Written::default();
    let writer = written.clone();
    let lines = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::ERROR)
        .with_writer(move || writer.clone())
        .finish();
    (written, tracing::subscriber::set_default(lines))
}

#[tokio::test(start_paused = true)]
async fn a_sweep_whose_time_is_over_leaves_the_rest_due_and_the_next_goes_on() {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["minji", "jisu", "hana"] {
        world.subscribe(uid).await;
        world.cancel(uid).await;
    }
    let app = &world.stack.app;
    world.stack.clock.move_to(moment("2026-03-01T00:10")).unwrap();
    let (written, _listening) = listening();
    let now = world.stack.clock.now();
    let nightly = || json!({"sweep": "nightly"});
    let Done::Swept(report) = sweep::handle(app, nightly(), now).await.unwrap() else { panic!() };
    assert_eq!((report.looked_at, report.revoked), (0, 0));
    assert!(report.left >= 3, "{report:?}");
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
    let figures = written.figures();
    // Access ended with the day: ten minutes ago.
    assert_eq!(figures["OldestDueAgeSeconds"], 600, "{figures:?}");
    assert_eq!(figures["DueLeft"], u64::try_from(report.left).unwrap());

    let deadline = now.saturating_add(SignedDuration::from_mins(15)).unwrap();
    let Done::Swept(report) = sweep::handle(app, nightly(), deadline).await.unwrap() else {
        panic!()
    };
    assert_eq!((report.left, report.revoked), (0, 3));
    let figures = written.figures();
    assert_eq!((figures["OldestDueAgeSeconds"], figures["Revocations"]), (0, 3), "{figures:?}");
    assert_eq!(figures["DueLeft"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_members_trouble_is_logged_once_and_names_nobody() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.inject(Arc::new(|request| {
        let iamport = request.uri().host() == Some("simulator.test");
        if iamport { Some(Fault::NotSent) } else { None }
    }));
    let (written, _listening) = logged();
    world.stack.clock.move_to(moment("2026-02-28T12:00")).unwrap();
    let swept = sweep::handle(&world.stack.app, json!({"sweep": "catch-up"}), Timestamp::MAX);
    let Done::Swept(report) = swept.await.unwrap() else { panic!() };
    assert_eq!((report.looked_at, report.troubled), (1, 1));
    let lines = written.take();
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    let digest = world.stack.app.gudok.key.pseudonym(&"minji".parse().unwrap());
    assert_eq!(line["span"], json!({"name": "member", "digest": digest}));
    assert_eq!(line["fields"]["message"], "something did not answer, or would not do it");
    assert!(!line.to_string().contains("minji"));
}

#[tokio::test(start_paused = true)]
async fn a_start_opens_connections_and_waits_for_nobody_who_does_not_answer() {
    let world = World::at("2026-01-31T15:30").await;
    world.hosts.take_sent();
    let hosts = ["http://gateway.test", "http://nowhere.test/x", "http://simulator.test/v1"];
    edge::transport::open(&world.hosts.wire(), hosts.map(|host| host.parse().unwrap())).await;
    let sent = [("gateway.test", "HEAD /"), ("simulator.test", "HEAD /v1")];
    let sent = sent.map(|(host, what)| (host.to_owned(), what.to_owned()));
    assert_eq!(world.hosts.take_sent(), sent);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_with_nobody_due_says_so() {
    let world = World::at("2026-01-31T15:30").await;
    let (written, _listening) = listening();
    let before = Timestamp::now().as_millisecond();
    sweep::handle(&world.stack.app, json!({"sweep": "catch-up"}), Timestamp::MAX).await.unwrap();
    let lines = written.take();
    let [line] = &lines[..] else { panic!("one line: {lines:?}") };
    let at = line["_aws"]["Timestamp"].as_i64().unwrap();
    assert!((before..=Timestamp::now().as_millisecond()).contains(&at), "{line}");
    assert_eq!(
        *line,
        json!({
            "_aws": { "Timestamp": at, "CloudWatchMetrics": [{
                "Namespace": "Gudok",
                "Dimensions": [["EventBus"]],
                "Metrics": [
                    { "Name": "DueBacklog", "Unit": "Count" },
                    { "Name": "DueLeft", "Unit": "Count" },
                    { "Name": "OldestDueAgeSeconds", "Unit": "Seconds" },
                ],
            }] },
            "EventBus": "gudok", "DueBacklog": 0, "DueLeft": 0, "OldestDueAgeSeconds": 0,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn charges_declines_refunds_and_ends_are_counted_once_and_name_nobody() {
    let world = World::at("2026-01-31T15:30").await;
    let (written, _listening) = listening();
    world.subscribe("minji").await;
    assert_eq!(written.figures()["Charges"], 1);

    // The card is declined at the renewal, and on every retry.
    let card = world.stack.iamport.customers()[0].0.customer_uid.clone();
    world.stack.iamport.set_card(&card, iamport_simulator::Card::InsufficientFunds).unwrap();
    world.until("2026-03-20T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    let lines = written.take();
    let told = lines.iter().map(Value::to_string).collect::<String>();
    for person in ["minji", &card, "example.com"] {
        assert!(!told.contains(person), "{person}");
    }
    let sum = |name: &str| lines.iter().filter_map(|line| line[name].as_u64()).sum::<u64>();
    let declined = world.news().iter().filter(|news| *news == "declined").count();
    assert_eq!(sum("DeclinesSoft"), u64::try_from(declined).unwrap());
    assert_eq!((sum("DeclinesHard"), sum("Charges"), sum("Revocations")), (0, 0, 1));
    assert_eq!(sum("FirstChargesDeclined"), 0, "the first was paid");
    assert!(sum("Steps") > 10);
    // What did not happen is left out.
    for name in ["Charges", "Refunds", "Revocations", "DeclinesSoft", "DeclinesHard"] {
        assert!(!lines.iter().any(|line| line[name] == 0), "{name}");
    }

    // Looking again counts nothing again.
    world.send(Method::GET, "/subscription", Some("minji"), None).await;
    sweep::handle(&world.stack.app, json!({"sweep": "nightly"}), Timestamp::MAX).await.unwrap();
    let figures = written.figures();
    assert_eq!(figures.get("Revocations"), None, "{figures:?}");
}

/// Whom a sweep looks at, in order: whose row it reads first.
async fn looked_at(world: &World, kind: &str) -> Vec<String> {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let written = seen.clone();
    world.hosts.intercept(Arc::new(move |request, host| {
        let target = request.headers().get("x-amz-target").map(|it| it.to_str().unwrap());
        if target == Some("DynamoDB_20120810.GetItem") {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            if let Some(uid) = body["Key"]["uid"]["S"].as_str() {
                written.lock().unwrap().push(uid.to_owned());
            }
        }
        Box::pin(async move { Ok(host(request).await) })
    }));
    let wake = sweep::handle(&world.stack.app, json!({"sweep": kind}), Timestamp::MAX);
    wake.await.unwrap();
    world.hosts.clear();
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    let mut before = std::collections::BTreeSet::new();
    seen.retain(|uid| before.insert(uid.clone()));
    seen
}

#[tokio::test(start_paused = true)]
async fn who_pays_is_looked_at_before_who_only_opened_a_checkout() {
    let world = World::at("2026-01-31T15:30").await;
    let strangers: Vec<String> = (0..20).map(|number| format!("stranger-{number}")).collect();
    for uid in &strangers {
        world.checkout(uid).await;
    }
    let due_since = |uid: &str, due: &'static str| {
        let key = json!({"uid": {"S": uid}});
        crate::tables::change(&world, "subscriptions", key, move |row| {
            row.insert("due_at".to_owned(), json!({"S": due}));
        })
    };
    let members = ["minji", "jisu"];
    for uid in members {
        world.subscribe(uid).await;
        due_since(uid, "2026-01-31T06:30:00Z").await;
    }
    for uid in &strangers {
        due_since(uid, "2026-01-31T00:00:00Z").await;
    }
    let order = looked_at(&world, "catch-up").await;
    assert_eq!(order.len(), 22, "{order:?}");
    // Eight are begun with together.
    assert!(members.iter().all(|uid| order[..8].contains(&(*uid).to_owned())), "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn sweeps_one_after_another_begin_with_different_members_and_with_the_longest_waiting_of_them()
 {
    let world = World::at("2026-01-31T15:30").await;
    // Two in each shard.
    let mut members: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for number in 0.. {
        let uid = format!("member-{number}");
        let shard = ledger::shard(&uid.parse().unwrap());
        let those = members.entry(shard).or_default();
        if those.len() < 2 {
            those.push(uid);
        }
        if members.len() == 8 && members.values().all(|those| those.len() == 2) {
            break;
        }
    }
    for uid in members.values().flatten() {
        world.subscribe(uid).await;
        world.wait(1).await;
    }
    let mut heads = std::collections::BTreeSet::new();
    for run in 0..8 {
        let at = moment("2026-02-28T10:05").saturating_add(SignedDuration::from_mins(10 * run));
        world.stack.clock.move_to(at.unwrap()).unwrap();
        // All are due again, whatever the last run did.
        for uid in members.values().flatten() {
            let due = "2026-02-28T01:00:00Z";
            crate::tables::change(&world, "subscriptions", json!({"uid": {"S": uid}}), |row| {
                row.insert("due_at".to_owned(), json!({"S": due}));
            })
            .await;
        }
        let order = looked_at(&world, "catch-up").await;
        let shards: Vec<u8> =
            order.iter().map(|uid| ledger::shard(&uid.parse().unwrap())).collect();
        assert_eq!(order.len(), 16, "everybody is looked at: {order:?}");
        // Eight are begun with together, and only the first of them is certain to be read before the others.
        assert!(shards[1..8].contains(&shards[0]), "one part comes first: {shards:?}");
        heads.insert(shards[0]);
    }
    assert_eq!(heads.len(), 8, "each part comes first in its turn");
}

/// The rows of a member, once for each of many others, all due.
async fn due_like(world: &World, uid: &str, many: usize) -> Vec<String> {
    let key = json!({"uid": {"S": uid}});
    let mut row = crate::tables::row(world, "subscriptions", key).await;
    let mut others = Vec::new();
    for number in 0..many {
        let other = format!("{uid}-{number}");
        row["due_shard"] = json!({"N": ledger::shard(&other.parse().unwrap()).to_string()});
        row["uid"] = json!({"S": other});
        row["due_at"] = json!({"S": "2026-01-31T07:00:00Z"});
        crate::tables::put_back(world, "subscriptions", &row).await;
        others.push(other);
    }
    others
}

/// How many events there were that wake the sweep, by their work.
fn works(world: &World) -> BTreeMap<String, usize> {
    let mut works = BTreeMap::new();
    for event in world.stack.bus.events() {
        if event["source"] == "gudok.work" {
            *works.entry(event["detail"]["sweep"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    works
}

#[tokio::test(start_paused = true)]
async fn more_than_one_run_looks_at_are_shared_among_a_run_for_each_shard() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.subscribe("jisu").await;
    world.cancel("jisu").await;
    due_like(&world, "minji", 501).await;
    let app = &world.stack.app;
    world.stack.clock.move_to(moment("2026-01-31T16:05")).unwrap();
    let wake = |kind: &str| {
        let event = json!({"sweep": kind});
        Box::pin(async move {
            let done = sweep::handle(app, event, Timestamp::MAX).await.unwrap();
            let Done::Swept(report) = done else { panic!() };
            report
        })
    };
    let report = wake("catch-up").await;
    assert_eq!((report.shared, report.looked_at, report.left), (true, 0, 0));
    assert_eq!(works(&world), BTreeMap::from([("shard".to_owned(), 8)]));
    // Whose turn is over is left to the next.
    let late = json!({"sweep": "shard", "shard": 0, "until": "2026-01-31T07:05:00Z"});
    let Done::Swept(late) = sweep::handle(app, late, Timestamp::MAX).await.unwrap() else {
        panic!()
    };
    assert!(late.looked_at == 0 && late.left > 0, "{late:?}");
    world.settle().await;
    let report = wake("catch-up").await;
    assert_eq!((report.shared, report.looked_at), (false, 0), "all were looked at");

    // At night that many keep nobody from being ended, and are not looked at twice.
    due_like(&world, "minji", 501).await;
    world.stack.clock.move_to(moment("2026-03-01T00:10")).unwrap();
    let report = wake("nightly").await;
    assert_eq!((report.shared, report.looked_at, report.revoked), (true, 0, 1), "{report:?}");
    assert_eq!(works(&world), BTreeMap::from([("shard".to_owned(), 8)]));
    assert_eq!(world.subscription("jisu").await["state"], "ended");
}

#[tokio::test(start_paused = true)]
async fn whose_access_could_not_be_ended_in_one_run_is_ended_by_the_next_at_once() {
    let world = World::at("2026-01-31T15:30").await;
    let members: Vec<String> = (0..12).map(|number| format!("member-{number}")).collect();
    for uid in &members {
        world.subscribe(uid).await;
        world.cancel(uid).await;
    }
    world.stack.clock.move_to(moment("2026-03-01T00:10")).unwrap();
    // Time passes while accounts are told, so that it is over after some.
    let clock = world.stack.clock.clone();
    let until = moment("2026-03-01T00:12");
    world.hosts.intercept(Arc::new(move |request, host| {
        if request.uri().path().ends_with(":update") {
            clock.move_to(until).unwrap();
        }
        Box::pin(async move { Ok(host(request).await) })
    }));
    let app = &world.stack.app;
    let deadline = moment("2026-03-01T00:14");
    let done = sweep::handle(app, json!({"sweep": "nightly"}), deadline).await.unwrap();
    let Done::Swept(report) = done else { panic!() };
    assert!(report.revoked > 0 && report.left > 0, "{report:?}");
    assert_eq!(works(&world), BTreeMap::from([("nightly".to_owned(), 1)]));
    world.hosts.clear();
    world.settle().await;
    for uid in &members {
        assert_eq!(world.subscription(uid).await["state"], "ended", "{uid}");
    }
}
