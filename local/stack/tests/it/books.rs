//! The books as they go out, and a month's close.

use crate::looks::{looks, pseudonyms};
use crate::reconcile::behind_our_back;
use crate::tables::{change, dynamodb, put_back};
use crate::world::{Answer, World, moment};
use bytes::Bytes;
use flows::{CloseDifference, Sums};
use gudok_local::faults::Fault;
use http::Method;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

async fn page(world: &World, book: &str, asked: Value) -> Answer {
    world.post(&format!("/admin/books/{book}"), "admin", asked).await
}

/// A book as a file, page by page, and how many pages that took.
async fn file(world: &World, book: &str, mut asked: Value) -> (String, usize) {
    let (mut file, mut pages) = (String::new(), 0);
    loop {
        let answer = page(world, book, asked.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["unreadable"], 0);
        file += answer.body["content"].as_str().unwrap();
        pages += 1;
        asked["cursor"] = answer.body["cursor"].clone();
        if asked["cursor"].is_null() {
            return (file, pages);
        }
    }
}

/// The lines of a book of these days.
async fn lines(world: &World, book: &str, from: &str, to: &str) -> Vec<Value> {
    let asked = json!({"from": from, "to": to, "format": "jsonl"});
    let (file, _) = file(world, book, asked).await;
    file.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All slices of a month's close as one, and how many there were.
async fn close(world: &World, month: &str) -> (Value, usize) {
    let mut sum = json!({"differences": []});
    let (mut after, mut slices) = (Value::Null, 0);
    loop {
        let asked = json!({"month": month, "after": after});
        let answer = world.post("/admin/close", "admin", asked).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        for side in ["ours", "theirs"] {
            for name in ["payments", "paid", "refunded"] {
                let more = answer.body[side][name].as_u64().unwrap();
                sum[side][name] = json!(sum[side][name].as_u64().unwrap_or(0) + more);
            }
        }
        let found = answer.body["differences"].as_array().unwrap().clone();
        assert_eq!(answer.body["differing"], found.len());
        sum["differences"].as_array_mut().unwrap().extend(found);
        slices += 1;
        after = answer.body["next"].clone();
        if after.is_null() {
            return (sum, slices);
        }
    }
}

/// Has everything of a member erased, by the member.
async fn erase(world: &World, uid: &str) {
    let shown = world.subscription(uid).await["paid_through"].clone();
    let asked = world.post("/subscription/erase", uid, json!({"paid_through": shown})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    world.wait(15).await;
}

fn kinds(closed: &Value) -> Vec<(String, Value, Value)> {
    let found = closed["differences"].as_array().unwrap().iter();
    let kind = |it: &Value| it["kind"].as_str().unwrap().to_owned();
    found.map(|it| (kind(it), it["here"].clone(), it["there"].clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_months_payments_are_in_the_book_once_each_also_of_who_was_erased() {
    let world = World::at("2026-01-30T15:30").await;
    for uid in ["minji", "jisu", "hana"] {
        world.subscribe(uid).await;
    }
    world.until("2026-03-01T00:00").await;
    erase(&world, "jisu").await;
    let february = lines(&world, "payments", "2026-02-01", "2026-02-28").await;
    let charged = world.stack.iamport.charges();
    let in_february = charged.iter().filter(|it| it.paid_at >= moment("2026-02-01T00:00"));
    let expected: BTreeSet<_> = in_february.map(|it| it.imp_uid.clone()).collect();
    let ids: Vec<_> =
        february.iter().map(|it| it["imp_uid"].as_str().unwrap().to_owned()).collect();
    assert_eq!((ids.len(), ids.into_iter().collect::<BTreeSet<_>>()), (3, expected));
    let times: Vec<_> = february.iter().map(|it| it["paid_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times.iter().all(|time| time.ends_with("+09:00")), "{times:?}");
    let of = |uid: Value| february.iter().find(|it| it["uid"] == uid).unwrap().clone();
    let (minji, jisu) = (of(json!("minji")), of(Value::Null));
    for (name, value) in [
        ("amount", json!(9_900)),
        ("supply", json!(9_000)),
        ("vat", json!(900)),
        ("period", json!(2)),
        ("period_start", json!("2026-02-28")),
        ("refunded", json!(0)),
    ] {
        assert_eq!((&minji[name], &jisu[name]), (&value, &value), "{name}");
    }
    assert!(minji["card_number"].is_string() && jisu["card_number"].is_null());
    assert!(jisu["merchant_uid"].as_str().unwrap().starts_with("pay-"));
    let both = lines(&world, "payments", "2026-01-01", "2026-03-01").await;
    assert_eq!(both.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_spreadsheet_gets_its_mark_and_names_once_and_no_formula() {
    let world = World::at("2026-01-30T15:30").await;
    world.subscribe("=1+1").await;
    world.subscribe("minji").await;
    let asked = json!({"format": "csv"});
    let (members, _) = file(&world, "members", asked).await;
    let rows: Vec<_> = members.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 3, "{members}");
    assert!(rows[0].starts_with("회원 (uid),상태 (state),"), "{members}");
    let begins: BTreeSet<_> = rows[1..].iter().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(begins, BTreeSet::from(["'=1+1", "minji"]));
    let days = json!({"from": "2026-01-30", "to": "2026-01-30", "format": "csv"});
    let (payments, _) = file(&world, "payments", days).await;
    assert!(payments.contains("\r\n2026-01-30 15:30:"), "{payments}");
    assert_eq!(payments.matches('\u{feff}').count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refund_is_in_the_book_on_the_day_it_was_noted_with_its_part_of_the_tax() {
    let world = World::at("2026-01-30T15:30").await;
    world.subscribe("minji").await;
    let paid = world.payments("minji").await.remove(0);
    let path = format!("/admin/payments/{}/refund", paid.merchant_uid);
    for (amount, left, until) in
        [(4_000, 9_900, "2026-01-31T12:00"), (5_900, 5_900, "2026-02-01T00:30")]
    {
        world.until(until).await;
        let asked = json!({"amount": amount, "left": left, "reason": "=HYPERLINK(\"a\")"});
        let answer = world.post(&path, "admin", asked).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let all = lines(&world, "refunds", "2026-01-30", "2026-02-01").await;
    let [first, second] = all.as_slice() else { panic!("{all:#?}") };
    for (line, amount, vat, in_all) in [(first, 4_000, 364, 4_000), (second, 5_900, 536, 9_900)] {
        assert_eq!(
            (&line["amount"], &line["vat"], &line["refunded_in_all"]),
            (&json!(amount), &json!(vat), &json!(in_all))
        );
        assert_eq!(line["merchant_uid"], paid.merchant_uid.to_string());
        assert_eq!(line["imp_uid"], paid.imp_uid.to_string());
    }
    let later = lines(&world, "refunds", "2026-02-01", "2026-02-01").await;
    assert_eq!(later, std::slice::from_ref(second));
    let entries = lines(&world, "journal", "2026-01-30", "2026-02-01").await;
    let why = entries.iter().find(|it| it["entry"] == "did").unwrap();
    assert_eq!((&why["by"], &why["details"]["amount"]), (&json!("admin"), &json!(4_000)));
    let days = json!({"from": "2026-01-30", "to": "2026-02-01", "format": "csv"});
    let (csv, _) = file(&world, "journal", days).await;
    assert!(!csv.contains("\r\n=") && !csv.contains(",="), "{csv}");
    // Erased, the same stays, and names nobody.
    erase(&world, "minji").await;
    let after = lines(&world, "refunds", "2026-01-30", "2026-02-01").await;
    let nobodys = |line: &Value| {
        let mut line = line.clone();
        line["uid"] = Value::Null;
        line
    };
    assert_eq!(after, all.iter().map(nobodys).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn more_than_a_page_goes_on_where_it_ended_and_the_names_come_once() {
    let world = World::at("2026-01-30T15:30").await;
    world.subscribe("minji").await;
    let query = json!({
        "TableName": "journal", "KeyConditionExpression": "uid = :uid",
        "ExpressionAttributeValues": {":uid": {"S": "minji"}},
    });
    let mut row = dynamodb(&world, "Query", query).await["Items"][0].clone();
    for number in 0..300 {
        row["id"] = json!({"S": format!("more-{number}")});
        row["at"] = json!({"S": format!("2026-01-30T07:00:{:02}Z#more-{number}", number % 60)});
        put_back(&world, "journal", &row).await;
    }
    let days = json!({"from": "2026-01-30", "to": "2026-01-30", "format": "csv"});
    let (csv, pages) = file(&world, "journal", days).await;
    let rows = csv.matches("\r\n").count();
    assert_eq!((rows, pages, csv.matches('\u{feff}').count()), (303, 2, 1));
    let ids: BTreeSet<_> = csv.split_terminator("\r\n").map(|row| row.rsplit(',').next()).collect();
    assert_eq!(ids.len(), rows, "each once");
}

#[tokio::test(start_paused = true)]
async fn a_month_that_both_have_alike_closes_and_each_difference_is_named() {
    let world = World::at("2026-01-30T15:30").await;
    for uid in ["minji", "jisu", "hana", "sua"] {
        world.subscribe(uid).await;
    }
    world.until("2026-03-02T09:00").await;
    let alike = json!({"payments": 4, "paid": 39_600, "refunded": 0});
    for month in ["2026-01", "2026-02"] {
        let (closed, _) = close(&world, month).await;
        assert_eq!((&closed["ours"], &closed["theirs"]), (&alike, &alike), "{month}");
        assert_eq!(kinds(&closed), []);
    }
    let lost = json!({"webhooks": "lost", "count": 99});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
    let paid = async |uid: &str| world.payments(uid).await.remove(1);
    // Given back at the console.
    let body = json!({"imp_uid": paid("minji").await.imp_uid, "amount": 900});
    behind_our_back(&world, Method::POST, "/payments/cancel", body).await;
    let key = async |uid: &str| {
        let query = json!({
            "TableName": "payments", "KeyConditionExpression": "uid = :uid",
            "ExpressionAttributeValues": {":uid": {"S": uid}},
        });
        let row = dynamodb(&world, "Query", query).await["Items"][1].clone();
        json!({"uid": row["uid"], "paid_at": row["paid_at"]})
    };
    // Lost here, booked wrongly here, and not known there.
    let gone = json!({"TableName": "payments", "Key": key("jisu").await});
    dynamodb(&world, "DeleteItem", gone).await;
    change(&world, "payments", key("hana").await, |row| {
        row.insert("amount".to_owned(), json!({"N": "9000"}));
    })
    .await;
    let mut row =
        dynamodb(&world, "GetItem", json!({"TableName": "payments", "Key": key("sua").await}))
            .await["Item"]
            .clone();
    row["imp_uid"] = json!({"S": "imps_none"});
    row["paid_at"] = json!({"S": "2026-02-27T03:00:00Z#imps_none"});
    row["paid_at_exact"] = json!({"S": "2026-02-27T03:00:00Z"});
    dynamodb(&world, "PutItem", json!({"TableName": "payments", "Item": row})).await;

    let (closed, _) = close(&world, "2026-02").await;
    assert_eq!(closed["ours"], json!({"payments": 4, "paid": 38_700, "refunded": 0}));
    assert_eq!(closed["theirs"], json!({"payments": 4, "paid": 39_600, "refunded": 900}));
    let mut found = kinds(&closed);
    found.sort_by_key(|it| it.0.clone());
    let named = |kind: &str, here: Value, there: Value| (kind.to_owned(), here, there);
    assert_eq!(
        found,
        [
            named("amount", json!(9_000), json!(9_900)),
            named("only_at_iamport", Value::Null, json!(9_900)),
            named("only_here", json!(9_900), Value::Null),
            named("refunded", json!(0), json!(900)),
        ]
    );
}

/// All slices of January, each of so many payments, as one.
async fn sliced(world: &World, most: usize) -> (Sums, Sums, Vec<CloseDifference>, usize) {
    let (mut ours, mut theirs, mut found) = (Sums::default(), Sums::default(), Vec::new());
    let (mut after, mut slices) = (None, 0);
    let add = |sums: &mut Sums, more: Sums| {
        sums.payments += more.payments;
        sums.paid = sums.paid.checked_add(more.paid).unwrap();
        sums.refunded = sums.refunded.checked_add(more.refunded).unwrap();
    };
    loop {
        let slice = world.stack.app.gudok.close(date(2026, 1, 1), after, most).await.unwrap();
        add(&mut ours, slice.ours);
        add(&mut theirs, slice.theirs);
        found.extend(slice.differences);
        slices += 1;
        assert!(slice.next.is_none() || slice.next > after, "it goes on");
        after = slice.next;
        if after.is_none() {
            return (ours, theirs, found, slices);
        }
    }
}

/// Has Iamport say of each payment that it was begun so many seconds before it was.
fn begun_before(world: &World, seconds: i64) {
    world.hosts.intercept(Arc::new(move |request, host| {
        let path = request.uri().path().to_owned();
        let from = request.uri().query().and_then(|query| {
            query.split('&').find_map(|pair| pair.strip_prefix("from=")?.parse::<i64>().ok())
        });
        Box::pin(async move {
            let answer = host(request).await;
            if path != "/payments" && !path.starts_with("/payments/status") {
                return Ok(answer);
            }
            let mut body: Value = serde_json::from_slice(answer.body()).unwrap();
            let listed = body.pointer_mut("/response/list");
            let rows = match listed {
                Some(rows) => rows,
                None => &mut body["response"],
            };
            if rows.is_null() {
                return Ok(answer);
            }
            for row in rows.as_array_mut().unwrap() {
                row["started_at"] = json!(row["started_at"].as_i64().unwrap() - seconds);
            }
            let is_listed =
                |row: &Value| from.is_none_or(|from| row["started_at"].as_i64() >= Some(from));
            rows.as_array_mut().unwrap().retain(is_listed);
            Ok(answer.map(|_| Bytes::from(body.to_string())))
        })
    }));
}

#[tokio::test(start_paused = true)]
async fn a_month_closes_in_slices_as_it_does_at_once_whenever_payments_were_begun() {
    for before in [0, 7] {
        let world = World::at("2026-01-01T00:00").await;
        for (number, uid) in ["minji", "jisu", "hana", "sua", "bora", "nari"].iter().enumerate() {
            world.subscribe(uid).await;
            let seconds = [0, 1, 4, 86_400, 1, 2][number];
            world.stack.advance_by(SignedDuration::from_secs(seconds)).await.unwrap();
        }
        world.until("2026-02-01T00:10").await;
        let row = world.payments("jisu").await.remove(0);
        let refund = json!({"imp_uid": row.imp_uid, "amount": 900});
        let lost = json!({"webhooks": "lost", "count": 99});
        world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
        behind_our_back(&world, Method::POST, "/payments/cancel", refund).await;
        begun_before(&world, before);
        let whole = sliced(&world, 1_000).await;
        assert_eq!((whole.0.payments, whole.2.len(), whole.3), (6, 1, 1), "{before}: {whole:?}");
        for most in [1, 2, 4] {
            let (ours, theirs, found, slices) = sliced(&world, most).await;
            assert_eq!((ours, theirs, &found), (whole.0, whole.1, &whole.2), "{before}, {most}");
            assert!(slices > 1, "{before}, {most}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_the_index_does_not_have_yet_closes_with_the_others() {
    let world = World::at("2026-01-31T23:50").await;
    world.subscribe("minji").await;
    world.subscribe("jisu").await;
    world.until("2026-02-02T00:00").await;
    let query = json!({
        "TableName": "payments", "KeyConditionExpression": "uid = :uid",
        "ExpressionAttributeValues": {":uid": {"S": "minji"}},
    });
    let row = dynamodb(&world, "Query", query).await["Items"][0].clone();
    let key = json!({"uid": row["uid"], "paid_at": row["paid_at"]});
    change(&world, "payments", key, |row| {
        row.remove("day").unwrap();
    })
    .await;
    assert_eq!(lines(&world, "payments", "2026-01-31", "2026-01-31").await.len(), 1);
    let (closed, _) = close(&world, "2026-01").await;
    assert_eq!((&closed["ours"], kinds(&closed)), (&closed["theirs"], Vec::new()));
    assert_eq!(closed["ours"]["payments"], 2);
}

#[tokio::test(start_paused = true)]
async fn who_was_erased_closes_with_the_month() {
    let world = World::at("2026-01-30T15:30").await;
    for uid in ["minji", "jisu"] {
        world.subscribe(uid).await;
    }
    erase(&world, "jisu").await;
    let (closed, _) = close(&world, "2026-01").await;
    assert_eq!((&closed["ours"], kinds(&closed)), (&closed["theirs"], Vec::new()));
    assert_eq!(closed["ours"]["payments"], 2);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked_for_is_refused_by_name() {
    let world = World::at("2026-11-30T15:30").await;
    let days = |from: &str, to: &str| json!({"from": from, "to": to, "format": "csv"});
    for (book, asked, refused) in [
        ("payments", days("2026-11-30", "2026-11-29"), (422, "/problems/bad-range")),
        ("payments", days("2026-11-30", "2026-12-01"), (422, "/problems/bad-range")),
        ("journal", days("2021-11-28", "2026-11-30"), (422, "/problems/bad-range")),
        ("refunds", json!({"format": "csv"}), (400, "/problems/malformed-request")),
        ("members", days("2026-11-30", "2026-11-30"), (400, "/problems/malformed-request")),
        ("members", json!({"format": "xls"}), (400, "/problems/malformed-request")),
        ("secrets", json!({"format": "csv"}), (404, "/problems/not-found")),
        ("members", json!({"format": "csv", "cursor": "-"}), (400, "/problems/malformed-request")),
    ] {
        let answer = page(&world, book, asked).await;
        assert_eq!((answer.status, answer.body["type"].as_str().unwrap()), refused, "{book}");
    }
    let mut asked = days("2026-11-29", "2026-11-30");
    asked["cursor"] = json!("nonsense");
    assert_eq!(page(&world, "payments", asked).await.status, 400);
    for (asked, status) in [
        (json!({"month": "2026-11"}), 200),
        (json!({"month": "2026-12"}), 422),
        (json!({"month": "2021-11"}), 422),
        (json!({"month": "2026-1"}), 400),
        (json!({"month": "2026-11-01"}), 400),
        (json!({"month": "2026-11", "after": "2026-12-01T00:00:00Z"}), 400),
        (json!({"month": "2026-11", "after": "2026-11-02T00:00:00.5Z"}), 400),
    ] {
        let answer = world.post("/admin/close", "admin", asked.clone()).await;
        assert_eq!(answer.status, status, "{asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_a_book_along_is_noted_with_whom_it_shows_or_gets_none() {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["hana", "minji"] {
        world.subscribe(uid).await;
    }
    let asked = json!({"from": "2026-01-31", "to": "2026-01-31", "format": "csv"});
    assert_eq!(page(&world, "payments", asked.clone()).await.status, 200);
    let whose = pseudonyms(&world, &["hana", "minji"]);
    let noted = looks(&world, "2026-01").await;
    assert_eq!(noted, [("admin".to_owned(), "books/payments".to_owned(), whose)]);
    world.hosts.inject(Arc::new(|request| {
        let body = String::from_utf8_lossy(request.body());
        body.contains("looks-2026-01").then_some(Fault::NotSent)
    }));
    assert_eq!(page(&world, "payments", asked).await.status, 503);
    world.hosts.clear();
}

/// How many megabytes this process has held at most.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

/// Has the index of payments hold so many of January, like this row, one a second.
fn made_up(world: &World, row: &Value, many: i64) {
    let (row, first) = (row.clone(), moment("2026-01-01T00:00").as_second());
    world.hosts.intercept(Arc::new(move |request, host| {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if body["IndexName"] != "days" || body["TableName"] != "payments" {
            return Box::pin(async move { Ok(host(request).await) });
        }
        let value = |name: &str| body["ExpressionAttributeValues"][name]["S"].as_str().unwrap();
        let shard: i64 = value(":month").split_once('#').unwrap().1.parse().unwrap();
        let (from, limit) = (value(":from").to_owned(), body["Limit"].as_u64().unwrap());
        let second: jiff::Timestamp = from.split('#').next().unwrap().parse().unwrap();
        let key = |number: i64| {
            let at = jiff::Timestamp::from_second(first + number).unwrap();
            (at, format!("{}#imps_{number:012}", at.strftime("%Y-%m-%dT%H:%M:%SZ")))
        };
        let mut items = Vec::new();
        let begin = (second.as_second() - first).max(0);
        let mut numbers = (begin..many).filter(|it| it % 4 == shard && key(*it).1 >= from);
        for number in numbers.by_ref().take(usize::try_from(limit).unwrap()) {
            let (mut item, (at, sort)) = (row.clone(), key(number));
            item["imp_uid"] = json!({"S": format!("imps_{number:012}")});
            item["paid_at"] = json!({"S": sort});
            item["paid_at_exact"] = json!({"S": at.to_string()});
            items.push(item);
        }
        let mut page = json!({"Count": items.len(), "ScannedCount": items.len()});
        if numbers.next().is_some() {
            page["LastEvaluatedKey"] = items.last().unwrap().clone();
        }
        page["Items"] = items.into();
        Box::pin(async move { Ok(http::Response::new(Bytes::from(page.to_string()))) })
    }));
}

/// `LINES=1000000` measures a million, and says what it took.
#[tokio::test(start_paused = true)]
async fn a_book_takes_no_more_memory_the_longer_it_is() {
    let many: i64 = std::env::var("LINES").map_or(12_000, |lines| lines.parse().unwrap());
    let world = World::at("2026-01-30T15:30").await;
    world.subscribe("minji").await;
    let query = json!({
        "TableName": "payments", "KeyConditionExpression": "uid = :uid",
        "ExpressionAttributeValues": {":uid": {"S": "minji"}},
    });
    let row = dynamodb(&world, "Query", query).await["Items"][0].clone();
    made_up(&world, &row, many);
    let mut asked = json!({"from": "2026-01-01", "to": "2026-01-30", "format": "csv"});
    let (mut lines, mut pages, mut bytes, mut early) = (0, 0, 0, 0);
    loop {
        let answer = page(&world, "payments", asked.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let held = answer.body["content"].as_str().unwrap().len();
        assert!(held < 1_000_000, "far below what Lambda answers: {held}");
        (lines, pages, bytes) =
            (lines + answer.body["lines"].as_i64().unwrap(), pages + 1, bytes + held);
        if pages == 4 {
            early = peak();
        }
        asked["cursor"] = answer.body["cursor"].clone();
        if asked["cursor"].is_null() {
            break;
        }
    }
    println!(
        "{lines} lines, {pages} pages, {bytes} bytes, {early} MB after four pages and {} MB at most",
        peak()
    );
    assert_eq!(lines, many, "each once");
    assert!(peak() < early + 8, "{early} MB after four pages, {} at the end", peak());
}
