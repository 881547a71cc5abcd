//! Every write refuses what it does not know.

use crate::declines::set_card;
use crate::forgery::everything;
use crate::reviews::{pay_the_order_of_the_schedule, review};
use crate::world::{Answer, World};
use http::Method;
use serde_json::{Value, json};

const UIDS: [&str; 8] = ["minji", "jiwoo", "sua", "dahye", "hana", "yuna", "mina", "nari"];

/// A field that no request has.
const UNKNOWN: &str = "nobody_knows_this";

/// A write, as somebody sends it who means it.
struct Write {
    /// Its path in the document.
    route: &'static str,
    path: String,
    by: &'static str,
    body: Value,
}

/// The writes of the document. Iamport may add fields to its webhooks.
fn documented() -> Vec<String> {
    let document: Value = serde_json::from_str(&gudok_local::openapi().to_json().unwrap()).unwrap();
    let mut writes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if method != "get" && operation["tags"] != json!(["iamport"]) {
                assert_eq!(method, "post", "{path}");
                writes.push(path.clone());
            }
        }
    }
    writes
}

/// A world in which every write has something to do, and the writes.
#[expect(clippy::too_many_lines, reason = "one list, a line for each write")]
async fn busy() -> (World, Vec<Write>) {
    let plans = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
        "changes": [{"holds_from": "2026-03-01", "price": 12900}]}]"#;
    let settings = [("REVOCATION", "review"), ("PLANS", plans)];
    let world = World::with("2026-01-15T09:00", &settings).await;
    for uid in ["minji", "jiwoo", "sua"] {
        world.subscribe(uid).await;
    }
    world.cancel("jiwoo").await;
    pay_the_order_of_the_schedule(&world).await;
    world.until("2026-01-16T09:00").await;
    world.subscribe("nari").await;
    world.until("2026-02-16T09:00").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-20T12:00").await;
    set_card(&world, "approve");
    world.subscribe("dahye").await;
    world.cancel("dahye").await;
    for uid in ["yuna", "mina"] {
        world.subscribe(uid).await;
    }
    let review = review(&world).await;
    let opened = world.checkout("hana").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    let paid = world.payments("minji").await[0].merchant_uid.to_string();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let write = |route: &'static str, id: &str, by, body| {
        let path = match (route.find('{'), route.find('}')) {
            (Some(from), Some(to)) => format!("{}{id}{}", &route[..from], &route[to + 1..]),
            _ => route.to_owned(),
        };
        Write { route, path, by, body }
    };
    let writes = vec![
        write(
            "/checkout/{merchant_uid}/complete",
            &text(&opened["merchant_uid"]),
            "hana",
            json!({}),
        ),
        write(
            "/checkout",
            "",
            "bora",
            json!({"plan": "monthly", "consent": {"version": "2026-01", "price": 9_900}}),
        ),
        write("/subscription/card", "", "sua", json!({})),
        write("/subscription/card/expiry", "", "sua", json!({"month": "2029-05"})),
        write("/subscription/consent", "", "sua", json!({"price": 12_900, "version": "2026-01"})),
        write("/subscription/retry", "", "nari", json!({})),
        write("/subscription/cancel", "", "sua", json!({"paid_through": "2026-03-15"})),
        write("/subscription/resume", "", "sua", json!({})),
        write("/subscription/erase", "", "yuna", json!({"paid_through": "2026-03-20"})),
        write(
            "/admin/members/{uid}/erase",
            "mina",
            "admin",
            json!({"reason": "전화 요청", "paid_through": "2026-03-20"}),
        ),
        write(
            "/admin/members/{uid}/acts",
            "sua",
            "admin",
            json!({"act": "cancel", "reason": "전화 요청"}),
        ),
        write(
            "/admin/cancellations/process",
            "",
            "admin",
            json!({"dry_run": false, "uids": ["jiwoo"]}),
        ),
        write(
            "/admin/payments/{merchant_uid}/refund",
            &paid,
            "admin",
            json!({"amount": 9_900, "reason": "고객 요청"}),
        ),
        write(
            "/admin/reviews/{id}/resolve",
            &text(&review["id"]),
            "admin",
            json!({"action": "accept", "amount": 9_900}),
        ),
        write("/admin/checkouts", "", "admin", json!({"paused": true, "reason": "도용 의심"})),
        write(
            "/admin/books/{book}",
            "payments",
            "admin",
            json!({"from": "2026-02-01", "to": "2026-02-20", "format": "csv"}),
        ),
        write("/admin/close", "", "admin", json!({"month": "2026-02"})),
        write(
            "/admin/reconcile",
            "",
            "admin",
            json!({"from": "2026-02-01", "to": "2026-02-20", "dry_run": false}),
        ),
    ];
    (world, writes)
}

async fn post(world: &World, write: &Write, query: &str, body: Value) -> Answer {
    world.send(Method::POST, &format!("{}{query}", write.path), Some(write.by), Some(body)).await
}

fn problem(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default();
    (answer.status, text("type"), text("field"))
}

#[tokio::test(start_paused = true)]
async fn a_write_with_a_field_that_is_not_known_is_refused_by_name_and_changes_nothing() {
    let (world, writes) = busy().await;
    let mut tried: Vec<String> = writes.iter().map(|write| write.route.to_owned()).collect();
    tried.sort();
    let mut all = documented();
    all.sort();
    assert_eq!(tried, all, "every write of the document is tried");

    let before = everything(&world, &UIDS).await;
    for write in &writes {
        let path = &write.path;
        let mut body = write.body.clone();
        body[UNKNOWN] = json!(1);
        let answer = post(&world, write, "", body).await;
        assert_eq!(problem(&answer), (400, "/problems/unknown-field", UNKNOWN), "{path}");
        for (name, _) in write.body.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
            let mut body = write.body.clone();
            body[name][UNKNOWN] = json!({"deep": []});
            let answer = post(&world, write, "", body).await;
            let deep = format!("{name}.{UNKNOWN}");
            assert_eq!(problem(&answer), (400, "/problems/unknown-field", &*deep), "{path}");
        }
        let answer = post(&world, write, &format!("?{UNKNOWN}=1"), write.body.clone()).await;
        assert_eq!(problem(&answer), (400, "/problems/unknown-field", UNKNOWN), "{path}");
        for other in [json!([]), json!([write.body]), json!(null), json!("text"), json!(1)] {
            let answer = post(&world, write, "", other.clone()).await;
            assert_eq!(
                problem(&answer),
                (400, "/problems/malformed-request", ""),
                "{path} {other}"
            );
        }
    }
    assert_eq!(everything(&world, &UIDS).await, before);
    for write in &writes {
        let answer = post(&world, write, "", write.body.clone()).await;
        assert!(
            (200..300).contains(&answer.status),
            "it would have acted: {} {answer:?}",
            write.path
        );
    }
}
