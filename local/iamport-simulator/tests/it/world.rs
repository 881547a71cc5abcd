//! A simulator with a stopped clock, a caller of its API, and a receiver of webhooks.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use iamport_simulator::{Builder, Card, CardWindow, Simulator};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

/// 2026-01-01 09:00 in Korea.
pub(crate) const START: i64 = 1_767_225_600;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const CONSOLE: &str = "https://shop.test/webhook";

/// One webhook as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub url: String,
    pub content_type: String,
    pub body: String,
}

/// An answer of the simulator.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The `response` of a success.
    #[track_caller]
    pub(crate) fn response(&self) -> Value {
        let body = self.json();
        assert_eq!(
            (self.status, &body["code"], &body["message"]),
            (200, &json!(0), &Value::Null),
            "{body}"
        );
        body["response"].clone()
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: i32, message: &str) {
        let refusal = json!({ "code": code, "message": message, "response": null });
        assert_eq!((self.status, self.json()), (status, refusal));
    }
}

pub(crate) struct World {
    pub simulator: Simulator,
    pub router: Router,
    pub token: String,
    hooks: Arc<Mutex<Vec<Hook>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let hooks = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (arrived, to_give) = (Arc::clone(&hooks), Arc::clone(&answers));
        let builder = Simulator::builder()
            .clock(Arc::new(|| at(START)))
            .seed(7)
            .console_webhook_url(CONSOLE)
            .deliver(Arc::new(move |request: Request<Bytes>| {
                let hook = Hook {
                    url: request.uri().to_string(),
                    content_type: request.headers()["content-type"].to_str().unwrap().to_owned(),
                    body: String::from_utf8(request.body().to_vec()).unwrap(),
                };
                arrived.lock().unwrap().push(hook);
                let status = to_give.lock().unwrap().pop_front().unwrap_or(200);
                Box::pin(async move {
                    let mut answer = Response::new(Bytes::from_static(b"thank you"));
                    *answer.status_mut() = http::StatusCode::from_u16(status)?;
                    Ok(answer)
                })
            }));
        let simulator = change(builder).build().unwrap();
        let router = simulator.router().merge(simulator.clock_router());
        let mut world = Self { simulator, router, token: String::new(), hooks, answers };
        let token = world
            .send(
                "POST",
                "/users/getToken",
                &[],
                r#"{"imp_key":"imp_key","imp_secret":"imp_secret"}"#,
            )
            .await
            .response();
        token["access_token"].as_str().unwrap().clone_into(&mut world.token);
        world
    }

    /// A raw request; without a `content-type` among the headers the body is JSON.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// Like [`World::send`]; `None` if the connection broke.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Reply> {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[("authorization", &self.token)], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[("authorization", &self.token)], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &[("authorization", &self.token)], &body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, &[("authorization", &self.token)], &body.to_string()).await
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Reply {
        let headers = [
            ("authorization", self.token.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", path, &headers, body).await
    }

    /// Registers `customer_uid` with this card through the window, and forgets the webhook.
    pub(crate) async fn register(&self, customer_uid: &str, card: Card) {
        let callback = self.window(json!({
            "request_pay": registration(&format!("issue-{customer_uid}"), customer_uid),
            "card": card,
        }));
        assert_eq!(callback.await["success"], true);
        self.hooks();
    }

    pub(crate) async fn window(&self, window: Value) -> Value {
        let window: CardWindow = serde_json::from_value(window).unwrap();
        self.simulator.card_window(&window).await.unwrap()
    }

    pub(crate) async fn again(&self, customer_uid: &str, merchant_uid: &str, amount: i64) -> Reply {
        self.post(
            "/subscribe/payments/again",
            json!({
                "customer_uid": customer_uid, "merchant_uid": merchant_uid,
                "amount": amount, "name": "월 구독",
            }),
        )
        .await
    }

    pub(crate) async fn schedule(&self, customer_uid: &str, merchant_uid: &str, at: i64) -> Reply {
        self.post(
            "/subscribe/payments/schedule",
            json!({
                "customer_uid": customer_uid,
                "schedules": [{
                    "merchant_uid": merchant_uid, "schedule_at": at,
                    "amount": 9900, "currency": "KRW", "name": "월 구독",
                }],
            }),
        )
        .await
    }

    pub(crate) async fn run_due(&self) {
        self.simulator.run_due(self.simulator.now()).await.unwrap();
    }

    pub(crate) async fn advance_to(&self, seconds: i64) {
        self.simulator.advance_to(at(seconds)).await.unwrap();
    }

    /// A token that is valid now.
    pub(crate) async fn renew_token(&mut self) {
        let token = self
            .send(
                "POST",
                "/users/getToken",
                &[],
                r#"{"imp_key":"imp_key","imp_secret":"imp_secret"}"#,
            )
            .await
            .response();
        token["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// The webhooks that arrived since the last look.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        std::mem::take(&mut *self.hooks.lock().unwrap())
    }

    /// `status` and `merchant_uid` of the webhooks that arrived since the last look.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        self.hooks()
            .into_iter()
            .map(|hook| {
                let body: Value = serde_json::from_str(&hook.body).unwrap();
                let text = |name: &str| body[name].as_str().unwrap().to_owned();
                (text("status"), text("merchant_uid"))
            })
            .collect()
    }

    /// The receiver answers the next webhook with this status.
    pub(crate) fn answer_next(&self, status: u16) {
        self.answers.lock().unwrap().push_back(status);
    }

    /// What was charged and not given back, by `merchant_uid`.
    pub(crate) fn charged(&self) -> Vec<(String, i64)> {
        self.simulator
            .charges()
            .into_iter()
            .map(|charge| (charge.merchant_uid, charge.amount - charge.cancelled_amount))
            .collect()
    }
}

pub(crate) fn registration(merchant_uid: &str, customer_uid: &str) -> Value {
    json!({
        "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": merchant_uid,
        "name": "카드 등록", "amount": 9900, "customer_uid": customer_uid,
        "buyer_name": "홍길동", "buyer_email": "member@example.com", "buyer_tel": "01000000000",
    })
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(crate) fn pair(status: &str, merchant_uid: &str) -> (String, String) {
    (status.to_owned(), merchant_uid.to_owned())
}

pub(crate) fn owed(merchant_uid: &str, amount: i64) -> (String, i64) {
    (merchant_uid.to_owned(), amount)
}
