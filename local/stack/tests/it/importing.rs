//! The operator's import: what is said of each row, and that it does what it says, once, wherever it is broken off.

use crate::moving_in::Old;
use crate::world::{World, moment};
use gudok_cli::{Format, Import, Line, Mapping, Read, read, summary, undo};
use gudok_local::faults::Fault;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NAMES: &str =
    "uid,customer_uid,plan,price,next_payment_date,anchor_day,agreed_at,terms_version,cancelled_at";

/// A row of the file.
fn row(uid: &str, more: &str) -> String {
    format!("{uid},user_{uid},monthly,9900,{more}")
}

fn rows(rows: &[String]) -> Vec<Read> {
    let file = format!("{NAMES}\n{}\n", rows.join("\n"));
    read(&file, Format::Csv, &Mapping::default()).unwrap()
}

async fn look(world: &World, rows: Vec<Read>, accept: &[&str]) -> Import {
    let accept: BTreeSet<String> = accept.iter().map(|name| (*name).to_owned()).collect();
    Import::look(world.stack.app.gudok.clone(), rows, &accept).await.unwrap()
}

async fn dry(world: &World, rows: Vec<Read>, accept: &[&str]) -> Vec<Value> {
    said(&look(world, rows, accept).await.lines())
}

async fn apply(world: &World, rows: Vec<Read>, accept: &[&str]) -> Vec<Value> {
    let lines = look(world, rows, accept).await.take_over(|_| {}).await;
    world.settle().await;
    said(&lines)
}

/// What is said of each, without where it stands.
fn said(lines: &[Line]) -> Vec<Value> {
    let line = |line: &Line| {
        let mut said = serde_json::to_value(line).unwrap();
        said.as_object_mut().unwrap().remove("line");
        said.as_object_mut().unwrap().remove("who");
        said
    };
    lines.iter().map(line).collect()
}

/// A member who has paid on the 30th of November, and whose next payment the other system scheduled.
async fn plain<'a>(world: &'a World, uid: &str) -> Old<'a> {
    let old = Old::member(world, uid).await;
    old.charge(&format!("order_{uid}_1")).await;
    old.schedule(&format!("order_{uid}_2"), "2025-12-30T10:00").await;
    old
}

const PLAIN: &str = "2025-12-30,30,2025-10-30,old-1,";

#[tokio::test(start_paused = true)]
async fn a_dry_run_changes_nothing_and_asks_iamport_only_for_what_there_is() {
    let world = World::at("2025-11-30T10:00").await;
    for uid in ["minji", "jisu"] {
        plain(&world, uid).await;
    }
    world.until("2025-12-05T15:00").await;
    let before = (world.stack.iamport.revision(), world.news().len());
    world.hosts.take_sent();
    let told = dry(&world, rows(&[row("minji", PLAIN), row("jisu", PLAIN)]), &[]).await;
    let ready = json!({"outcome": "ready", "next": "2025-12-30"});
    assert_eq!(told, [ready.clone(), ready]);
    let asked: Vec<_> = world.hosts.take_sent();
    let changes = asked.iter().filter(|(host, call)| {
        let only_asks = call.starts_with("GET ")
            || ["GetItem", "Query", "accounts:lookup", "getToken", "/token"]
                .iter()
                .any(|read| call.contains(read));
        assert!(!host.is_empty());
        !only_asks
    });
    assert_eq!(changes.collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!((world.stack.iamport.revision(), world.news().len()), before);
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_told_by_its_name_and_taken_over_once_it_is_accepted() {
    let world = World::at("2025-11-30T10:00").await;
    // Booked twice by the trap.
    let twice = plain(&world, "twice").await;
    twice.schedule("order_twice_3", "2025-12-30T11:00").await;
    // Charged twice, and both kept.
    let paid = plain(&world, "paid").await;
    paid.charge("order_paid_9").await;
    // Only a key was ever issued, and its record was counted.
    let issue = Old::member(&world, "issue").await;
    issue.schedule("order_issue_2", "2025-12-30T10:00").await;
    // Another date stands than the row says.
    let date = Old::member(&world, "date").await;
    date.charge("order_date_1").await;
    date.schedule("order_date_2", "2025-12-31T10:00").await;
    // The key was deleted at the console.
    let key = Old::member(&world, "key").await;
    key.charge("order_key_1").await;
    let act = json!({"delete_key": {"customer_uid": key.key}});
    world.stack.iamport.console(&serde_json::from_value(act).unwrap()).unwrap();
    world.until("2025-12-05T15:00").await;
    let file = || rows(&["twice", "paid", "issue", "date", "key"].map(|uid| row(uid, PLAIN)));
    let told = dry(&world, file(), &[]).await;
    let conflicts: Vec<&Value> = told.iter().map(|it| &it["conflicts"][0]).collect();
    assert_eq!(
        conflicts[0],
        &json!({"conflict": "two_schedules", "dates": ["2025-12-30", "2025-12-30"]})
    );
    assert_eq!(conflicts[1]["conflict"], "paid_twice");
    assert_eq!(conflicts[1]["give_back"].as_array().unwrap().len(), 1);
    assert_eq!(conflicts[2], &json!({"conflict": "issue_counted"}));
    assert_eq!(conflicts[3], &json!({"conflict": "another_date", "date": "2025-12-31"}));
    assert_eq!(conflicts[4], &json!({"conflict": "no_key"}));
    let lines = look(&world, file(), &[]).await.lines();
    assert!(!summary(&lines).is_clean());
    assert_eq!(summary(&lines).charged_twice, 9_900);
    let accept = ["two_schedules", "paid_twice", "another_date", "no_key"];
    let told = apply(&world, file(), &accept).await;
    let outcomes: Vec<&Value> = told.iter().map(|it| &it["outcome"]).collect();
    assert_eq!(outcomes, ["taken_over", "taken_over", "conflict", "taken_over", "taken_over"]);
    assert_eq!(told[0]["took_back"].as_array().unwrap().len(), 2);
    let ours = world.standing();
    let expected = ("2025-12-30 10:00".to_owned(), 9_900);
    let of_issue = expected.clone();
    assert_eq!(
        ours,
        [of_issue, expected.clone(), expected.clone(), expected],
        "that of the conflict stays"
    );
    assert!(world.may_enter("key"), "keeps the days, and is asked for a card");
    world.until("2025-12-31T15:00").await;
    for uid in ["twice", "paid", "date"] {
        assert_eq!(world.charged_on(uid).await, ["2025-12-30"], "{uid}");
    }
    assert_eq!(world.charged_on("key").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_over_is_refused_with_its_reason_and_spoils_no_other_row() {
    let world = World::at("2025-11-30T10:00").await;
    let plain_one = plain(&world, "minji").await;
    for uid in ["over", "due", "same", "since"] {
        plain(&world, uid).await;
    }
    world.subscribe("ours").await;
    world.until("2025-12-05T15:00").await;
    let told = dry(
        &world,
        rows(&[
            row("minji", PLAIN),
            row("minji2", PLAIN),
            row("ours", PLAIN),
            row("over", "2025-11-05,5,2025-10-30,old-1,2025-11-01"),
            row("due", "2025-12-05,5,2025-10-30,old-1,"),
            row("since", "2025-11-30,30,2025-10-30,old-1,"),
            row("same", PLAIN),
            row("same", PLAIN),
            format!("jisu,{},monthly,9900,{PLAIN}", plain_one.key),
            "bad,user_bad,monthly,nine,2025-12-30,30,2025-10-30,old-1,".to_owned(),
            "plan,user_plan,yearly,9900,2025-12-30,30,2025-10-30,old-1,".to_owned(),
        ]),
        &[],
    )
    .await;
    let reasons: Vec<&str> =
        told.iter().map(|it| it["reason"].as_str().or(it["outcome"].as_str()).unwrap()).collect();
    let expected = [
        "same_key",
        "no_account",
        "already_subscribed",
        "over",
        "due_now",
        "paid_since",
        "same_member",
        "same_member",
        "no_account",
        "bad_value",
        "no_account",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(told[9]["column"], "price");
    let alone = dry(&world, rows(&[row("minji", PLAIN)]), &[]).await;
    assert_eq!(alone[0]["outcome"], "ready");
}

#[tokio::test(start_paused = true)]
async fn an_array_of_payments_is_reduced_to_the_last_of_each_member_under_the_names_it_has() {
    let world = World::at("2025-11-30T10:00").await;
    plain(&world, "minji").await;
    let array = json!([
        {"uid": "minji", "customerUid": "user_minji", "amount": 9_900, "nextPaymentDate": "2025-11-30",
         "paidAt": 1_761_786_000, "cancel": false},
        {"uid": "minji", "customerUid": "user_minji", "amount": "9,900원", "nextPaymentDate": "2025-12-30",
         "paidAt": "2025-11-30T10:00:00+09:00", "cancel": null},
    ]);
    let mapping: Mapping = serde_json::from_value(json!({
        "customer_uid": "customerUid", "price": "amount", "next_payment_date": "nextPaymentDate",
        "agreed_at": "paidAt", "plan": "=monthly", "terms_version": "=old-1", "cancelled_at": "cancel",
    }))
    .unwrap();
    let rows = read(&array.to_string(), Format::Json, &mapping).unwrap();
    assert_eq!(rows.len(), 1);
    let told = dry(&world, rows, &[]).await;
    assert_eq!(told, [json!({"outcome": "ready", "next": "2025-12-30"})]);
    let unnamed = read(&array.to_string(), Format::Json, &Mapping::default());
    assert_eq!(
        unnamed.unwrap_err().to_string(),
        "no row has the column \"customer_uid\"; name what stands for it with --mapping"
    );
}

#[tokio::test(start_paused = true)]
async fn an_import_that_dies_at_any_request_is_run_again_and_charges_once() {
    let mut died = 0;
    for until in 0.. {
        let world = World::at("2025-11-30T10:00").await;
        let old = plain(&world, "minji").await;
        old.schedule("order_minji_3", "2026-01-30T10:00").await;
        world.until("2025-12-05T15:00").await;
        let file = || rows(&[row("minji", PLAIN)]);
        let import = look(&world, file(), &["two_schedules"]).await;
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        world.hosts.inject(Arc::new(move |_| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            (number >= until).then_some(if number.is_multiple_of(2) {
                Fault::AnswerLost
            } else {
                Fault::NotSent
            })
        }));
        drop(import.take_over(|_| {}).await);
        world.hosts.clear();
        if sent.load(Ordering::SeqCst) <= until {
            break;
        }
        died += 1;
        let again = apply(&world, file(), &["two_schedules"]).await;
        assert!(
            ["taken_over", "waits", "done"].contains(&again[0]["outcome"].as_str().unwrap()),
            "{again:?}"
        );
        // Whoever died may have held a lease; the sweep goes on after it.
        world.wait(15).await;
        assert_eq!(world.standing(), [("2025-12-30 10:00".to_owned(), 9_900)], "after {until}");
        assert!(world.may_enter("minji"), "after {until}");
        world.until("2025-12-31T15:00").await;
        assert_eq!(world.charged_on("minji").await, ["2025-12-30"], "after {until}");
    }
    assert!(died > 8, "{died}");
}

#[tokio::test(start_paused = true)]
async fn an_import_is_undone_by_the_same_file_and_what_was_charged_stays() {
    let world = World::at("2025-11-30T10:00").await;
    for uid in ["minji", "jisu"] {
        plain(&world, uid).await;
    }
    world.until("2025-12-05T15:00").await;
    let file = || rows(&[row("minji", PLAIN), row("jisu", PLAIN)]);
    apply(&world, file(), &[]).await;
    let gudok = &world.stack.app.gudok;
    let undone = undo(gudok, rows(&[row("jisu", PLAIN)]), |_| {}).await.unwrap();
    assert_eq!(said(&undone), [json!({"outcome": "handed_back"})]);
    world.until("2025-12-31T15:00").await;
    let undone = undo(gudok, file(), |_| {}).await.unwrap();
    assert_eq!(said(&undone), [json!({"outcome": "too_late"}), json!({"outcome": "handed_back"})]);
    assert_eq!(world.charged_on("minji").await, ["2025-12-30"]);
    assert_eq!(world.standing(), [("2026-01-30 10:00".to_owned(), 9_900)]);
    let found = gudok
        .verify(moment("2025-12-25T00:00").to_zoned(billing::SEOUL).date()..=gudok.books.today())
        .await;
    assert_eq!(found.unwrap().found.len(), 0, "the books and Iamport agree");
}

#[tokio::test(start_paused = true)]
async fn a_member_costs_two_calls_to_iamport_and_a_hundred_members_cost_few_more_to_look_at() {
    let world = World::at("2025-11-30T10:00").await;
    for number in 0..20 {
        plain(&world, &format!("m{number}")).await;
    }
    world.until("2025-12-05T15:00").await;
    let file: Vec<String> = (0..20).map(|number| row(&format!("m{number}"), PLAIN)).collect();
    world.hosts.take_sent();
    let import = look(&world, rows(&file), &[]).await;
    let looked = world.hosts.take_sent();
    let calls = |sent: &[(String, String)], call: &str| {
        sent.iter().filter(|(_, sent)| sent.contains(call)).count()
    };
    import.take_over(|_| {}).await;
    let taken = world.hosts.take_sent();
    let lists = ["/subscribe/customers", "/payments/status", "/subscribe/payments/schedule"];
    let lists = lists.map(|call| calls(&looked, call));
    assert!(lists.iter().zip([2, 1, 4]).all(|(many, most)| *many <= most), "{lists:?}");
    assert_eq!(calls(&looked, "GetItem"), 20);
    for (call, each) in [
        ("/unschedule", 1),
        ("/subscribe/payments/schedule", 1),
        ("accounts:", 2),
        ("PutEvents", 1),
        ("GetItem", 2),
        ("PutItem", 1),
        ("TransactWriteItems", 3),
    ] {
        assert_eq!(calls(&taken, call), 20 * each, "{call}");
    }
    assert_eq!(taken.len(), 20 * 11, "and nothing else");
}
