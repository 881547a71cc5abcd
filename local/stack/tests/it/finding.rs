//! The desk finds: members by what an admin has of them, and by what is the matter with them.

use crate::declines::set_card;
use crate::world::{Answer, World};
use gudok_local::faults::Fault;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// 9,900 won, and 12,900 from 1 April on; and another plan at what that one costs now.
const DEARER: &str = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
    "changes": [{"holds_from": "2026-04-01", "price": 12900}]},
    {"id": "small", "name": "작은 구독", "price": 9900}]"#;

async fn find(world: &World, what: &str) -> Answer {
    let what = utf8_percent_encode(what, NON_ALPHANUMERIC);
    world.get(&format!("/admin/find?q={what}"), "admin").await
}

/// As what it was read, and who was found.
async fn found(world: &World, what: &str) -> (String, Vec<String>) {
    let answer = find(world, what).await;
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    (answer.body["read_as"].as_str().unwrap().to_owned(), uids(&answer.body))
}

fn uids(page: &Value) -> Vec<String> {
    let rows = page["members"].as_array().unwrap().iter();
    rows.map(|row| row["uid"].as_str().unwrap().to_owned()).collect()
}

async fn list(world: &World, state: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/admin/members?state={state}{cursor}");
        let page = world.get(&path, "admin").await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        all.extend(uids(&page.body));
        let Some(next) = page.body["cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_is_found_by_whatever_an_admin_has_of_them() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.wait(60).await;
    world.subscribe("jisu").await;
    world.stack.google.rename("minji", "김민지").unwrap();
    let paid = &world.payments("minji").await[0];
    let (order, imp_uid) = (paid.merchant_uid.to_string(), paid.imp_uid.to_string());
    let number = paid.card_number.clone().unwrap();
    let window = world.stack.iamport.payments();
    let window = window.iter().find(|it| it.merchant_uid.starts_with("reg-")).unwrap();
    let only = |read_as: &str| (read_as.to_owned(), vec!["minji".to_owned()]);
    let both = vec!["minji".to_owned(), "jisu".to_owned()];
    assert_eq!(found(&world, "minji").await, only("uid"));
    assert_eq!(found(&world, " Minji@Example.com ").await, only("email"));
    assert_eq!(found(&world, &order).await, only("order"));
    assert_eq!(found(&world, &window.merchant_uid).await, only("order"));
    assert_eq!(found(&world, &imp_uid).await, only("payment"));
    assert_eq!(found(&world, &window.imp_uid).await, only("payment"));
    // Inicis shows the first six digits and the last one.
    let (first, last) = (&number[..6], number.chars().last().unwrap());
    let of_jisu = world.payments("jisu").await[0].card_number.clone().unwrap();
    let last_of_jisu = of_jisu.chars().last().unwrap();
    let by_card = async |what: String| {
        let (read_as, uids) = found(&world, &what).await;
        assert_eq!(read_as, "card", "{what}");
        uids
    };
    assert_eq!(by_card(format!("{first} 2026-01-31")).await, both);
    assert_eq!(by_card(format!("{first} 123{last} 2026-01-31 15:35")).await, ["minji"]);
    assert_eq!(by_card(format!("{first} 123{last_of_jisu} 2026-01-31 16:35")).await, ["jisu"]);
    assert_eq!(by_card(format!("{first} 2026-01-30")).await, [""; 0]);
    assert_eq!(by_card("111111 2026-01-31".to_owned()).await, [""; 0]);
    let other = if last == '9' { '8' } else { '9' };
    assert_eq!(by_card(format!("123{other} 2026-01-31 15:35")).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_is_found_is_shown_with_the_address_the_name_and_the_state() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.token("visitor");
    world.stack.google.rename("minji", "김민지").unwrap();
    let answer = find(&world, "minji@example.com").await.body;
    let row = &answer["members"][0];
    assert_eq!(row["who"], json!({"email": "minji@example.com", "name": "김민지"}));
    assert_eq!((&row["state"], &row["price"]), (&json!("active"), &json!(9_900)));
    assert_eq!(row["paid_through"], "2026-02-28");
    let visitor = find(&world, "visitor@example.com").await.body;
    let row = &visitor["members"][0];
    assert_eq!((&row["uid"], &row["state"]), (&json!("visitor"), &json!("none")));
}

#[tokio::test(start_paused = true)]
async fn whatever_is_typed_is_answered_and_nobody_is_made_up() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let nobody = async |what: &str| {
        let (_, uids) = found(&world, what).await;
        assert_eq!(uids, [""; 0], "{what}");
    };
    nobody("김민지").await;
    nobody("nobody@example.com").await;
    nobody("pay-01KAQ3X0000000000000000000-0-0").await;
    nobody("imp_000000000000").await;
    nobody("'; drop table members; --".split(' ').next().unwrap()).await;
    nobody("minji\u{0}").await;
    let refused = async |what: &str, status: u16, problem: &str| {
        let answer = find(&world, what).await;
        let kind = answer.body["type"].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, kind), (status, format!("/problems/{problem}")), "{what}");
    };
    for what in ["", "  ", "김 민지", "1234 yesterday", "123 2026-01-31", "2026-01-31 15:35"] {
        refused(what, 400, "malformed-request").await;
    }
    refused(&"a".repeat(257), 400, "malformed-request").await;
    refused("1234 2026-02-01", 422, "bad-range").await;
    refused("1234 2020-01-31", 422, "bad-range").await;
    let answer = world.get("/admin/find", "admin").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(find(&world, "minji").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn to_find_one_of_many_by_address_is_one_request_to_google_and_one_to_the_tables_and_is_noted()
 {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["minji", "jisu", "hana"] {
        world.subscribe(uid).await;
    }
    let asked = world.get("/admin/standing", "admin").await;
    assert_eq!(asked.status, 200, "{asked:?}");
    world.hosts.take_sent();
    assert_eq!(found(&world, "jisu@example.com").await.1, ["jisu"]);
    let sent = world.hosts.take_sent();
    let asked: Vec<&str> =
        sent.iter().map(|(_, what)| what.rsplit(['/', ' ']).next().unwrap()).collect();
    // The first is whether the admin still is one, as with every request.
    assert_eq!(asked, ["accounts:lookup", "accounts:lookup", "GetItem", "PutItem"]);
}

#[tokio::test(start_paused = true)]
async fn members_are_listed_by_what_is_the_matter_with_them_and_counted() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    for uid in ["minji", "jisu", "hana", "dahye"] {
        world.subscribe(uid).await;
    }
    world.until("2026-02-10T12:00").await;
    world.cancel("jisu").await;
    set_card(&world, "insufficient_funds");
    world.wait(1).await;
    world.cancel("dahye").await;
    let count = async || world.get("/admin/standing", "admin").await.body;
    assert_eq!((&count().await["cancelling"], &count().await["ending"]), (&json!(2), &json!(0)));
    assert_eq!(list(&world, "cancelling").await, ["jisu", "dahye"]);
    assert_eq!(list(&world, "ending").await, [""; 0]);
    // Seven days, and the last of them is today.
    world.until("2026-02-21T23:50").await;
    assert_eq!(list(&world, "ending").await, [""; 0]);
    world.until("2026-02-22T00:30").await;
    let both: BTreeSet<_> = ["jisu".to_owned(), "dahye".to_owned()].into();
    let listed = list(&world, "ending").await;
    assert_eq!((listed.len(), listed.into_iter().collect()), (2, both.clone()));
    assert_eq!(list(&world, "past_due").await, [""; 0]);
    world.until("2026-03-01T12:00").await;
    let listed: BTreeSet<_> = list(&world, "past_due").await.into_iter().collect();
    assert_eq!(listed, ["minji".to_owned(), "hana".to_owned()].into());
    // Over, and waiting for an admin's button.
    let listed: BTreeSet<_> = list(&world, "ending").await.into_iter().collect();
    assert_eq!(listed, both);
    let counts = count().await;
    for (group, of) in [("past_due", 2), ("ending", 2), ("cancelling", 2), ("under_review", 0)] {
        assert_eq!(counts[group], of, "{group}: {counts}");
    }
    let bad = world.get("/admin/members?state=past_due&cursor=eHg", "admin").await;
    assert_eq!((bad.status, &bad.body["type"]), (400, &json!("/problems/malformed-request")));
    for path in ["/admin/members", "/admin/members?state=rich"] {
        assert_eq!(world.get(path, "admin").await.status, 400, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_about_a_price_is_listed_until_they_agree() {
    let world = World::with("2026-01-15T09:00", &[("PLANS", DEARER)]).await;
    for uid in ["minji", "jisu"] {
        world.subscribe(uid).await;
    }
    let small = json!({"plan": "small", "consent": {"version": "2026-01"}});
    let opened = world.post("/checkout", "hana", small).await.body;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("hana", &opened).await.status, 200);
    world.until("2026-03-15T12:00").await;
    assert_eq!(list(&world, "price_question").await, [""; 0]);
    world.until("2026-03-16T12:00").await;
    let listed: BTreeSet<_> = list(&world, "price_question").await.into_iter().collect();
    assert_eq!(listed, ["minji".to_owned(), "jisu".to_owned()].into());
    // The index knows of no answer, and a price that another plan has too is no sign: so many at most.
    let at_most = world.get("/admin/standing", "admin").await.body["price_question"].clone();
    assert_eq!(at_most, 3);
    let agreed = json!({"price": 12_900, "version": "2026-01"});
    assert_eq!(world.post("/subscription/consent", "minji", agreed).await.status, 200);
    assert_eq!(list(&world, "price_question").await, ["jisu"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_is_shown_without_names_while_google_does_not_say_them() {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["minji", "jisu"] {
        world.subscribe(uid).await;
        world.wait(1).await;
        world.cancel(uid).await;
    }
    let lists = ["/admin/members?state=cancelling", "/admin/cancellations"];
    let names = async |path: &str| {
        let page = world.get(path, "admin").await;
        assert_eq!(page.status, 200, "{page:?}");
        let rows = page.body.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        rows.iter().map(|row| row["who"]["email"].clone()).collect::<Vec<_>>()
    };
    for path in lists {
        assert_eq!(names(path).await, ["minji@example.com", "jisu@example.com"], "{path}");
    }
    // Whether the admin is one has to be said all the same.
    world.hosts.inject(Arc::new(|request| {
        let is_lookup = request.uri().path().ends_with("accounts:lookup");
        let is_of_admin = String::from_utf8_lossy(request.body()).contains("\"admin\"");
        (is_lookup && !is_of_admin).then_some(Fault::NotSent)
    }));
    for path in lists {
        assert_eq!(names(path).await, [Value::Null, Value::Null], "{path}");
    }
    assert_eq!(find(&world, "minji").await.status, 200);
    assert_eq!(find(&world, "minji@example.com").await.status, 503);
    world.hosts.clear();
}
