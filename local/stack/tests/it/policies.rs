//! What each function is allowed on AWS is what it does, no more: seen on the wire while members live their
//! lives, and compared with the policies in `template.yaml`. That it is no less, each test here and each
//! history of the rehearsal holds: what is not allowed is refused.

use crate::reconcile::behind_our_back;
use crate::world::{World, moment};
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use bytes::Bytes;
use gudok_local::permissions::{ALLOWED, Permission, needs};
use gudok_local::wire::router_host;
use http::{Method, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use yaml_serde::Value as Yaml;

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// Who looks at members runs one loop, and is allowed whatever that may come to.
const LOOKING: [&str; 5] = ["admin", "cancellation", "checkout", "iamport-webhook", "sweep"];

/// A world whose wire writes down who did what.
struct Watched {
    world: World,
    seen: Arc<Mutex<BTreeSet<Permission>>>,
    asked: Arc<Mutex<BTreeSet<String>>>,
    /// Whether Iamport takes no schedule back and gives no money back.
    stubborn: Arc<AtomicBool>,
}

impl Watched {
    async fn at(korean: &str, settings: &[(&'static str, &str)]) -> Self {
        let mut world = World::with(korean, settings).await;
        let asked: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let asks = asked.clone();
        let functions = world.stack.functions();
        let watched = functions.layer(from_fn(move |request: Request, next: Next| {
            let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
            asks.lock().unwrap().insert(format!("{} {path}", request.method()));
            next.run(request)
        }));
        world.gateway = gudok_local::gateway::before(watched);
        world.hosts.host("gateway.test", router_host(world.gateway.clone()));
        let (seen, stubborn) = (Arc::<Mutex<BTreeSet<Permission>>>::default(), Arc::default());
        let (written, is_stubborn): (_, Arc<AtomicBool>) = (seen.clone(), Arc::clone(&stubborn));
        world.hosts.intercept(Arc::new(move |request, host| {
            written.lock().unwrap().extend(needs(&request));
            let path = request.uri().path();
            let takes_back = path.ends_with("unschedule") || path == "/payments/cancel";
            let refused = takes_back && is_stubborn.load(Ordering::Relaxed);
            Box::pin(async move {
                if refused {
                    let mut away = Response::new(Bytes::new());
                    *away.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                    return Ok(away);
                }
                Ok(host(request).await)
            })
        }));
        Self { world, seen, asked, stubborn }
    }

    fn stubborn(&self, stubborn: bool) {
        self.stubborn.store(stubborn, Ordering::Relaxed);
    }

    /// Moves time and lets Iamport do what is due, while nobody of ours looks and no webhook arrives.
    async fn unseen_until(&self, korean: &str) {
        let lost = json!({"webhooks": "lost", "count": 9});
        self.world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
        self.world.stack.clock.move_to(moment(korean)).unwrap();
        self.world.stack.iamport.run_due(moment(korean)).await.unwrap();
    }

    /// A member whose renewal ran in the minute of the cancellation, unseen by us: money to record and to
    /// give back.
    async fn owed(&self, uid: &str) -> Value {
        let world = &self.world;
        let opened = world.checkout(uid).await;
        world.window(&opened, json!({})).await;
        assert_eq!(world.complete(uid, &opened).await.status, 200);
        world.settle().await;
        world.until("2026-02-28T09:59").await;
        self.stubborn(true);
        assert_eq!(world.cancel(uid).await.status, 200);
        self.unseen_until("2026-02-28T10:02").await;
        self.stubborn(false);
        opened
    }

    fn tell(self, told: &mut Told) {
        told.permissions.append(&mut self.seen.lock().unwrap());
        told.routes.append(&mut self.asked.lock().unwrap());
    }
}

/// What came of all stories.
#[derive(Default)]
struct Told {
    permissions: BTreeSet<Permission>,
    routes: BTreeSet<String>,
}

fn resources() -> BTreeMap<String, Yaml> {
    let template: BTreeMap<String, Yaml> = yaml_serde::from_str(TEMPLATE).unwrap();
    yaml_serde::from_value(template["Resources"].clone()).unwrap()
}

/// A text with its tag, if it has one, taken off.
fn text(value: &Yaml) -> String {
    if let Yaml::Tagged(tagged) = value {
        return text(&tagged.value);
    }
    value.as_str().unwrap().to_owned()
}

/// All routes.
fn routes() -> BTreeSet<String> {
    let resources = resources();
    let routes = resources.values().filter(|it| it["Type"] == "AWS::ApiGatewayV2::Route");
    routes.map(|it| text(&it["Properties"]["RouteKey"])).collect()
}

#[tokio::test(start_paused = true)]
async fn each_function_is_allowed_what_it_does_and_nothing_else() {
    let mut told = Told::default();
    a_life().await.tell(&mut told);
    lost_webhooks().await.tell(&mut told);
    a_dearer_plan().await.tell(&mut told);
    a_contradiction().await.tell(&mut told);
    a_second_try().await.tell(&mut told);
    two_who_leave().await.tell(&mut told);
    for look in LOOKS {
        money_after_a_cancellation(look).await.tell(&mut told);
        a_card_that_is_finished(look).await.tell(&mut told);
    }
    let untold: Vec<_> = routes().difference(&told.routes).cloned().collect();
    assert!(untold.is_empty(), "routes that no story here asks: {untold:?}");
    let done = |(function, action, what): &&Permission| {
        let by =
            |who: &str| told.permissions.contains(&(who.to_owned(), action.clone(), what.clone()));
        by(function) || LOOKING.contains(&function.as_str()) && LOOKING.into_iter().any(by)
    };
    // What Lambda itself does by the function's role: to hand over dead letters, to decrypt its environment.
    let lambdas = |action: &str| action.starts_with("sqs:") || action == "kms:Decrypt";
    let granted = ALLOWED.iter().filter(|(_, action, _)| !lambdas(action));
    let more: Vec<_> = granted.filter(|granted| !done(granted)).collect();
    assert!(more.is_empty(), "granted, and never done: {more:#?}");
}

/// From the checkout to the end, and a payment given back by an admin.
async fn a_life() -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[]).await;
    let world = &watched.world;
    assert_eq!(world.send(Method::GET, "/plans", None, None).await.status, 200);
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.settle().await;
    // The webhook of a charge that is recorded already.
    let paid = world.stack.iamport.charges()[0].clone();
    assert_eq!(world.webhook(&paid.imp_uid, &paid.merchant_uid).await, 200);
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    assert_eq!(world.get("/payments?limit=1", "minji").await.status, 200);

    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);

    let expiry =
        world.post("/subscription/card/expiry", "minji", json!({"month": "2027-01"})).await;
    assert_eq!(expiry.status, 200, "{expiry:?}");

    let refund = format!("/admin/payments/{}/refund", paid.merchant_uid);
    let answer = world.post(&refund, "admin", json!({"amount": 9_900, "reason": "문의"})).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    assert_eq!(world.cancel("minji").await.status, 200);
    assert_eq!(world.post("/subscription/resume", "minji", json!({})).await.status, 200);
    for act in ["resume", "cancel"] {
        let asked = json!({"act": act, "reason": "전화 요청"});
        let answer = world.post("/admin/members/minji/acts", "admin", asked).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let waiting = world.get("/admin/cancellations", "admin").await;
    assert_eq!(waiting.body["cancellations"].as_array().unwrap().len(), 1, "{waiting:?}");
    let brake = json!({"paused": true, "reason": "도용 의심"});
    assert_eq!(world.post("/admin/checkouts", "admin", brake).await.status, 200);
    for path in [
        "members/minji",
        "members/minji/forecast",
        "members?state=cancelling",
        "find?q=minji",
        "standing",
        "figures",
        "checkouts",
    ] {
        let path = format!("/admin/{path}");
        assert_eq!(world.get(&path, "admin").await.status, 200, "{path}");
    }
    let days = json!({"from": "2026-01-31", "to": "2026-02-28", "dry_run": false});
    let found = world.reconcile(days).await;
    assert_eq!(found.body["findings"], json!([]), "{found:?}");
    the_books(world).await;
    let dry = world.would_end().await;
    assert_eq!(dry.status, 200, "{dry:?}");
    world.until("2026-04-01T01:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    watched
}

/// An admin takes the books along and closes a month.
async fn the_books(world: &World) {
    for book in ["payments", "refunds", "journal"] {
        let days = json!({"from": "2026-01-31", "to": "2026-02-28", "format": "csv"});
        let page = world.post(&format!("/admin/books/{book}"), "admin", days).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    let closed = world.post("/admin/close", "admin", json!({"month": "2026-01"})).await;
    assert_eq!(closed.body["differing"], 0, "{closed:?}");
}

/// No webhook arrives, so the sweep finds the renewal.
async fn lost_webhooks() -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[]).await;
    let world = &watched.world;
    world.subscribe("minji").await;
    let lost = json!({"webhooks": "lost", "count": 99});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    watched
}

/// A price rises, and the member agrees.
async fn a_dearer_plan() -> Watched {
    let plans = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
        "changes": [{"holds_from": "2026-04-01", "price": 12900}]}]"#;
    let watched = Watched::at("2026-01-15T09:00", &[("PLANS", plans)]).await;
    let world = &watched.world;
    world.subscribe("minji").await;
    world.until("2026-03-20T12:00").await;
    let consent = json!({"price": 12_900, "version": "2026-01"});
    assert_eq!(world.post("/subscription/consent", "minji", consent).await.status, 200);
    watched
}

/// A renewal is declined, the member has it tried again, and an admin gives days besides.
async fn a_second_try() -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[]).await;
    let world = &watched.world;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:00").await;
    crate::declines::set_card(world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    crate::declines::set_card(world, "approve");
    let tried = world.post("/subscription/retry", "minji", json!({})).await;
    assert_eq!((tried.status, &tried.body["state"]), (200, &json!("active")), "{tried:?}");
    let days = json!({"act": "give_days", "days": 3, "reason": "보상", "shown": "2026-03-31"});
    assert_eq!(world.post("/admin/members/minji/acts", "admin", days).await.status, 200);
    watched
}

/// Someone pays in an ordinary way under the order of our charge, and an admin settles it.
async fn a_contradiction() -> Watched {
    let watched = Watched::at("2026-01-15T09:00", &[]).await;
    let world = &watched.world;
    world.subscribe("minji").await;
    let schedules = serde_json::to_value(world.stack.iamport.schedules()).unwrap();
    let ordinary = json!({"request_pay": {
        "pg": "html5_inicis.INIBillTst", "pay_method": "card",
        "merchant_uid": schedules[0]["merchant_uid"], "name": "월 구독", "amount": 9_900,
        "buyer_email": "m@example.com", "buyer_name": "구독 회원", "buyer_tel": "010-0000-0000",
    }, "card": "approve"});
    world.stack.iamport.card_window(&serde_json::from_value(ordinary).unwrap()).await.unwrap();
    world.until("2026-02-20T12:00").await;
    let reviews = world.get("/admin/reviews", "admin").await.body;
    let id = reviews["reviews"][0]["id"].as_str().unwrap();
    let path = format!("/admin/reviews/{id}/resolve");
    let refund = json!({"action": "refund", "amount": 9_900, "reason": "중복 결제"});
    assert_eq!(world.post(&path, "admin", refund).await.status, 200);
    world.settle().await;
    watched
}

/// A member and an admin have two members erased, whose payments are given back at the console afterwards.
async fn two_who_leave() -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[]).await;
    let world = &watched.world;
    for uid in ["minji", "jisu"] {
        world.subscribe(uid).await;
    }
    let paid = world.stack.iamport.charges();
    let shown = json!({"paid_through": "2026-02-28"});
    let asked = world.post("/subscription/erase", "minji", shown).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let asked = json!({"reason": "전화 요청", "paid_through": "2026-02-28"});
    let asked = world.post("/admin/members/jisu/erase", "admin", asked).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    world.wait(15).await;
    let give_back = async |imp_uid: &str| {
        let path = "/payments/cancel";
        behind_our_back(world, Method::POST, path, json!({"imp_uid": imp_uid})).await;
    };
    give_back(&paid[0].imp_uid).await;
    let days = json!({"from": "2026-01-31", "to": "2026-01-31", "dry_run": false});
    let found = world.reconcile(days).await;
    assert_eq!(found.body["mended"], 1, "{found:?}");
    give_back(&paid[1].imp_uid).await;
    world.until("2026-02-01T01:00").await;
    assert!(world.news().contains(&"reconciled".to_owned()));
    watched
}

/// Who looks first at a member to whom money is owed.
#[derive(Debug, Clone, Copy)]
enum Look {
    Checkout,
    Cancellation,
    Webhook,
    Sweep,
    Button,
}

const LOOKS: [Look; 5] =
    [Look::Checkout, Look::Cancellation, Look::Webhook, Look::Sweep, Look::Button];

/// Money moves after a cancellation; whoever looks first records it and gives it back.
async fn money_after_a_cancellation(look: Look) -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    let opened = watched.owed("minji").await;
    let world = &watched.world;
    match look {
        Look::Checkout => drop(world.complete("minji", &opened).await),
        Look::Cancellation => drop(world.cancel("minji").await),
        Look::Webhook => {
            let charge = world.stack.iamport.charges()[1].clone();
            assert_eq!(world.webhook(&charge.imp_uid, &charge.merchant_uid).await, 200);
        }
        Look::Sweep => world.wait(20).await,
        Look::Button => {
            watched.unseen_until("2026-03-01T00:20").await;
            assert_eq!(world.end(&["minji"]).await.status, 200);
        }
    }
    let refunded = world.stack.iamport.charges()[1].cancelled_amount;
    assert_eq!(refunded, 9900, "{look:?}");
    watched
}

/// The renewal is declined for good while nobody looks; whoever looks first books it.
async fn a_card_that_is_finished(look: Look) -> Watched {
    let watched = Watched::at("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    let world = &watched.world;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.settle().await;
    crate::declines::set_card(world, "expired");
    world.until("2026-02-28T09:59").await;
    watched.stubborn(true);
    if matches!(look, Look::Cancellation) {
        assert_eq!(world.cancel("minji").await.status, 200);
    }
    watched.unseen_until("2026-02-28T10:02").await;
    watched.stubborn(false);
    match look {
        Look::Checkout => drop(world.complete("minji", &opened).await),
        Look::Cancellation => {
            let resumed = world.post("/subscription/resume", "minji", json!({})).await;
            assert_eq!(resumed.status, 200, "{resumed:?}");
        }
        Look::Webhook => {
            let payments = world.stack.iamport.payments();
            let failed = payments.iter().find(|payment| payment.failed_at > 0).unwrap();
            assert_eq!(world.webhook(&failed.imp_uid, &failed.merchant_uid).await, 200);
        }
        Look::Sweep => world.wait(20).await,
        Look::Button => {
            watched.unseen_until("2026-03-08T00:20").await;
            assert_eq!(world.end(&["minji"]).await.status, 200);
        }
    }
    let member = world.get("/admin/members/minji", "admin").await.body;
    assert!(member.to_string().contains("유효기간 경과"), "{look:?}: {member}");
    watched
}
