//! What strangers send.

use crate::world::World;
use axum::body::Body;
use gudok_local::google::Signature;
use http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Everything there is: the tables' rows of a member, what moved, what is scheduled, what was told.
pub async fn everything(world: &World, uids: &[&str]) -> Vec<Value> {
    let mut all =
        vec![json!(world.stack.iamport.charges()), json!(world.standing()), json!(world.news())];
    for uid in uids {
        all.push(json!(world.payments(uid).await));
        all.push(json!(
            world.stack.app.gudok.books.ledger.subscription(&uid.parse().unwrap()).await.unwrap()
        ));
    }
    all
}

fn imp_uid_of(world: &World, usage: &str) -> (String, String) {
    let payments = json!(world.stack.iamport.payments());
    let found = payments
        .as_array()
        .unwrap()
        .iter()
        .find(|payment| payment["customer_uid_usage"] == usage)
        .unwrap()
        .clone();
    (
        found["imp_uid"].as_str().unwrap().to_owned(),
        found["merchant_uid"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_forged_webhook_changes_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.subscribe("jiwoo").await;
    let before = everything(&world, &["minji", "jiwoo"]).await;
    let (registration, registration_order) = imp_uid_of(&world, "issue");
    let (payment, payment_order) = imp_uid_of(&world, "payment");
    let others = world.payments("jiwoo").await[0].clone();
    for (imp_uid, merchant_uid, what) in [
        ("imps_999999999999", payment_order.as_str(), "an imp_uid that Iamport does not know"),
        (others.imp_uid.as_str(), payment_order.as_str(), "another member's imp_uid"),
        (payment.as_str(), payment_order.as_str(), "a payment replayed"),
        (registration.as_str(), registration_order.as_str(), "a registration replayed"),
        (
            registration.as_str(),
            payment_order.as_str(),
            "a registration's imp_uid under a charge's order",
        ),
        (
            payment.as_str(),
            registration_order.as_str(),
            "a charge's imp_uid under a registration's order",
        ),
        ("'; DROP TABLE payments", payment_order.as_str(), "an imp_uid that cannot be"),
    ] {
        world.wait(1).await;
        assert_eq!(world.webhook(imp_uid, merchant_uid).await, 200, "{what}");
        world.settle().await;
        assert_eq!(everything(&world, &["minji", "jiwoo"]).await, before, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_webhook_for_an_order_that_is_none_of_ours_costs_no_call_to_iamport() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.take_sent();
    for merchant_uid in
        ["order-1", "", "pay-01KAQ3X0000000000000000000-0-0", "reg-01KAQ3X0000000000000000000-0"]
    {
        assert_eq!(world.webhook("imp_000000000001", merchant_uid).await, 200);
    }
    let called: Vec<_> =
        world.hosts.take_sent().into_iter().filter(|(host, _)| host != "dynamodb.test").collect();
    assert_eq!(called, []);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_may_be_json_or_a_form_and_garbage_is_a_problem() {
    let world = World::at("2026-01-31T15:30").await;
    let send = |kind: &'static str, body: &'static [u8]| {
        let request = Request::post("/iamport-callback/schedule").header("content-type", kind);
        world.raw(request.body(Body::from(body)).unwrap())
    };
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(
        send(
            "application/json",
            br#"{"imp_uid":"imp_1","merchant_uid":"x","status":"paid","new":1}"#
        )
        .await
        .status,
        200
    );
    assert_eq!(
        send(form, b"imp_uid=imp_1&merchant_uid=x&status=paid&cancellation_id=A").await.status,
        200
    );
    for (kind, body) in [
        ("application/json", &b""[..]),
        ("application/json", b"[1, 2]"),
        ("application/json", br#"{"imp_uid": 7, "merchant_uid": {}}"#),
        ("application/json", b"\xff\xfe"),
        (form, b"%ff%fe"),
        (form, b"imp_uid=only"),
    ] {
        let answer = send(kind, body).await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (400, &json!("/problems/malformed-request")),
            "{body:?}"
        );
    }
}

/// Whatever else is in a body, and whatever it says it is: it is heard if it names a payment and an order.
#[tokio::test(start_paused = true)]
async fn a_webhook_is_heard_if_it_names_a_payment_and_an_order() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let (payment, order) = imp_uid_of(&world, "payment");
    let json = format!(r#"{{"imp_uid":"{payment}","merchant_uid":"{order}"#);
    let form = format!("imp_uid={payment}&merchant_uid={order}");
    let is_form = "application/x-www-form-urlencoded";
    let long = "x".repeat(50_000);
    let euc_kr = b"\xb1\xe8\xb9\xce\xc1\xf6";
    let asked = format!("GET /payments/{payment}");
    for (kind, body) in [
        (None, form.clone().into_bytes()),
        (Some("APPLICATION/X-WWW-FORM-URLENCODED"), form.clone().into_bytes()),
        (Some("application/x-www-form-urlencoded;charset=EUC-KR"), form.clone().into_bytes()),
        (Some("application/json"), form.clone().into_bytes()),
        (Some("text/plain"), format!("\u{feff}{form}").into_bytes()),
        (Some(is_form), [form.as_bytes(), b"&buyer_name=", euc_kr].concat()),
        (Some(is_form), format!("imp_uid=imps_0&name={long}&name=%&{form}").into_bytes()),
        (None, format!("{json}\"}}").into_bytes()),
        (Some(is_form), format!("{json}\"}}").into_bytes()),
        (Some("Application/JSON; Charset=UTF-8"), format!("\u{feff}\n{json}\"}}\n").into_bytes()),
        (
            Some("application/json"),
            [json.as_bytes(), b"\",\"buyer_name\":\"", euc_kr, b"\"}"].concat(),
        ),
        (Some("application/json"), format!("{json}\",\"name\":\"\\ud800 {long}\"}}").into_bytes()),
        (
            Some("application/json"),
            format!(r#"{{"imp_uid":7,"status":{{"a":[null]}},{}"}}"#, &json[1..]).into_bytes(),
        ),
    ] {
        let mut request = Request::post("/iamport-callback");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        world.wait(1).await;
        world.hosts.take_sent();
        let said = String::from_utf8_lossy(&body).chars().take(90).collect::<String>();
        let answer = world.raw(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 200, "{kind:?} {said}");
        let sent = world.hosts.take_sent();
        assert!(sent.iter().any(|(_, request)| *request == asked), "{kind:?} {said}: {sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_of_garbage_ten_megabytes_or_wrong_types_is_a_problem() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let opened = world.checkout("jiwoo").await;
    let complete = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
    let before = everything(&world, &["minji", "jiwoo"]).await;
    let huge = vec![b' '; 10 * 1024 * 1024];
    for path in
        ["/checkout", complete.as_str(), "/admin/cancellations/process", "/iamport-callback"]
    {
        for (body, status) in [
            (b"garbage".to_vec(), 400),
            (b"\xff\xff\xff".to_vec(), 400),
            (br#"{"plan": 7, "consent": "yes", "imp_uid": [], "dry_run": "no"}"#.to_vec(), 400),
            (huge.clone(), 413),
        ] {
            let request = Request::post(path)
                .header("authorization", format!("Bearer {}", world.token("admin")))
                .header("content-type", "application/json");
            let answer = world.raw(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            assert!(
                answer.body["type"].as_str().unwrap().starts_with("/problems/"),
                "{path}: {answer:?}"
            );
        }
    }
    assert_eq!(everything(&world, &["minji", "jiwoo"]).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_right_gets_401_and_no_data() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let google = &world.stack.google;
    let right = google.id_token_claims("minji").unwrap();
    let sign = |claims: &Value, signature| google.sign(claims, signature).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        sign(&claims, Signature::Genuine)
    };
    let now = world.stack.clock.now().as_second();
    let tokens = [
        ("another project's", with("aud", json!("another-project"))),
        ("another issuer's", with("iss", json!("https://securetoken.google.com/another-project"))),
        ("expired", with("exp", json!(now - 1))),
        ("from the future", with("iat", json!(now + 3_600))),
        ("without a subject", with("sub", json!(""))),
        ("unsigned", sign(&right, Signature::Unsigned)),
        ("signed by a stranger", sign(&right, Signature::StrangersKey)),
        ("signed with the public key as a secret", sign(&right, Signature::PublicKeyAsSecret)),
        ("with an unknown key", sign(&right, Signature::UnknownKey)),
        ("garbage", "garbage".to_owned()),
    ];
    let get = |authorization: String| {
        let request = Request::get("/subscription").header("authorization", authorization);
        world.raw(request.body(Body::empty()).unwrap())
    };
    for (what, token) in tokens {
        let answer = get(format!("Bearer {token}")).await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (401, &json!("/problems/unauthenticated")),
            "{what}"
        );
        assert_eq!(answer.body.get("state"), None, "{what}");
    }
    assert_eq!(get("Basic bWluamk6".to_owned()).await.status, 401);
    assert_eq!(world.send(Method::GET, "/subscription", None, None).await.status, 401);
    assert_eq!(get(format!("bearer {}", sign(&right, Signature::Genuine))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn another_members_order_is_not_found_and_shows_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    let before = everything(&world, &["minji", "mallory"]).await;
    let answer = world.complete("mallory", &opened).await;
    assert_eq!((answer.status, &answer.body["type"]), (404, &json!("/problems/no-such-order")));
    assert_eq!(everything(&world, &["minji", "mallory"]).await, before);
    for path in
        ["/checkout/nonsense/complete", "/checkout/pay-01KAQ3X0000000000000000000-0-0/complete"]
    {
        assert_eq!(world.post(path, "minji", json!({})).await.status, 404, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_on_an_admins_route_gets_403() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let listed = world.get("/admin/cancellations", "minji").await;
    let pressed =
        world.post("/admin/cancellations/process", "minji", json!({"dry_run": false})).await;
    assert_eq!((listed.status, pressed.status), (403, 403));
    assert_eq!(listed.body["type"], "/problems/admins-only");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_on_offer_is_refused_and_changes_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    for (plan, version, kind) in [
        ("yearly", "2026-01", "/problems/unknown-plan"),
        ("monthly", "2025-12", "/problems/unknown-terms"),
    ] {
        let body = json!({"plan": plan, "consent": {"version": version}});
        let answer = world.post("/checkout", "minji", body).await;
        assert_eq!((answer.status, &answer.body["type"]), (422, &json!(kind)));
    }
    assert_eq!(
        world.stack.app.gudok.books.ledger.subscription(&"minji".parse().unwrap()).await.unwrap(),
        None
    );
    assert_eq!(world.get("/nowhere", "minji").await.status, 404);
    assert_eq!(world.get("/checkout", "minji").await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_real_payment_under_a_registrations_order_counts_as_nothing_and_an_admin_is_told() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    // Someone opens the window without a customer_uid: an ordinary payment under our registration's order.
    let mut tampered = opened.clone();
    tampered["request_pay"].as_object_mut().unwrap().remove("customer_uid");
    world.window(&tampered, json!({})).await;
    let answer = world.complete("minji", &opened).await;
    assert_eq!((answer.status, &answer.body["type"]), (409, &json!("/problems/under-review")));
    world.settle().await;
    assert_eq!(world.payments("minji").await, vec![]);
    assert!(world.slack().contains(&"🚨 확인 필요".to_owned()));
    assert!(!world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_kept_or_taken_for_another_kind() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    for path in ["/plans", "/subscription", "/payments", "/admin/members/minji", "/nothing"] {
        let token = format!("Bearer {}", world.token("admin"));
        let request = Request::get(path).header("authorization", token);
        let answer = world.gateway.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let headers = answer.unwrap().headers().clone();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers.contains_key("strict-transport-security"), "{path}");
    }
}
