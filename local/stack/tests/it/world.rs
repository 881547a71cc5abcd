//! A member, an admin and the clock: what the facts are told with.

use axum::body::Body;
use billing::evidence::{self, ChargeEvidence};
use billing::{Charge, ClosedState, CustomerUid, Payment, Record, RecordStatus, Uid, Usage};
use gudok_local::Stack;
use gudok_local::google::SignIn;
use gudok_local::wire::InProcess;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use ledger::BookedPayment;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// The whole system in this process.
pub struct World {
    pub stack: Stack,
    pub hosts: InProcess,
    pub gateway: axum::Router,
}

/// An answer of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.hosts.denied(), [""; 0], "template.yaml does not allow it");
        }
    }
}

impl World {
    /// A new world at this moment in Korea (`2026-01-31T15:30`).
    pub async fn at(korean: &str) -> Self {
        Self::with(korean, &[]).await
    }

    /// The same, configured. Unless they say otherwise renewals run at ten sharp, so that a fact can name the moment;
    /// that they are spread is a fact of `rules`.
    pub async fn with(korean: &str, settings: &[(&'static str, &str)]) -> Self {
        let mut settings = settings.to_vec();
        if !settings.iter().any(|(name, _)| *name == "POLICY") {
            settings.push(("POLICY", r#"{"charge_window": "0s"}"#));
        }
        let (stack, hosts) = Stack::in_process(moment(korean), 1, &settings).await.unwrap();
        let gateway = stack.gateway();
        Self { stack, hosts, gateway }
    }

    /// Sends a request as this member and brings the answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        uid: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let token = uid.map(|uid| self.token(uid));
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.raw(request.body(body).unwrap()).await
    }

    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let answer = self.gateway.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status, body }
    }

    pub fn token(&self, uid: &str) -> String {
        let sign_in = SignIn {
            uid: uid.to_owned(),
            email: format!("{uid}@example.com"),
            admin: (uid == "admin").then_some(true),
        };
        self.stack.google.sign_in(&sign_in).unwrap()
    }

    pub async fn post(&self, path: &str, uid: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(uid), Some(body)).await
    }

    pub async fn get(&self, path: &str, uid: &str) -> Answer {
        self.send(Method::GET, path, Some(uid), None).await
    }

    /// `POST /checkout`, which has to go well.
    pub async fn checkout(&self, uid: &str) -> Value {
        let answer = self
            .post("/checkout", uid, json!({"plan": "monthly", "consent": {"version": "2026-01"}}))
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body
    }

    /// What a member does in Inicis' window; gives what the browser is told.
    pub async fn window(&self, opened: &Value, more: Value) -> Value {
        let mut window = json!({"request_pay": opened["request_pay"], "card": "approve"});
        merge(window.as_object_mut().unwrap(), more);
        self.stack.iamport.card_window(&serde_json::from_value(window).unwrap()).await.unwrap()
    }

    /// `POST /checkout/{merchant_uid}/complete` with what the browser was told.
    pub async fn complete(&self, uid: &str, opened: &Value) -> Answer {
        let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
        self.post(&path, uid, json!({})).await
    }

    /// From the checkout to the first payment, which has to go well.
    pub async fn subscribe(&self, uid: &str) -> Answer {
        let opened = self.checkout(uid).await;
        let told = self.window(&opened, json!({})).await;
        let answer = self.complete(uid, &opened).await;
        assert_eq!(answer.status, 200, "{answer:?} after {told}");
        self.settle().await;
        answer
    }

    pub async fn cancel(&self, uid: &str) -> Answer {
        self.post("/subscription/cancel", uid, json!({})).await
    }

    /// Whom the admins' button would end.
    pub async fn would_end(&self) -> Answer {
        self.post("/admin/cancellations/process", "admin", json!({"dry_run": true})).await
    }

    /// The admins' button, for these members.
    pub async fn end(&self, uids: &[&str]) -> Answer {
        let body = json!({"dry_run": false, "uids": uids});
        self.post("/admin/cancellations/process", "admin", body).await
    }

    /// The admins' button, for all whom it would end.
    pub async fn press(&self) -> Answer {
        let shown = self.would_end().await;
        assert_eq!(shown.status, 200, "{shown:?}");
        let rows = shown.body["revocations"].as_array().unwrap().iter();
        self.end(&rows.map(|row| row["uid"].as_str().unwrap()).collect::<Vec<_>>()).await
    }

    pub async fn subscription(&self, uid: &str) -> Value {
        let answer = self.get("/subscription", uid).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Moves time to this moment in Korea.
    pub async fn until(&self, korean: &str) {
        self.stack.advance_to(moment(korean)).await.unwrap();
    }

    pub async fn settle(&self) {
        self.stack.settle().await.unwrap();
    }

    pub async fn wait(&self, minutes: i64) {
        self.stack.advance_by(SignedDuration::from_mins(minutes)).await.unwrap();
    }

    /// Has an admin compare these days, at once: the answer, or the report that it came to.
    pub async fn reconcile(&self, days: Value) -> Answer {
        let begun = self.post("/admin/reconcile", "admin", days).await;
        if begun.status != 202 {
            return begun;
        }
        let id = begun.body["id"].as_str().unwrap();
        let deadline = self.stack.clock.now() + SignedDuration::from_mins(15);
        let work = json!({"sweep": "reconcile", "id": id});
        // What came of it is in the report, also where it failed.
        drop(sweep::handle(&self.stack.app, work, deadline).await);
        self.get(&format!("/admin/reconcile/{id}"), "admin").await
    }

    /// All rows of a member's payments, oldest first.
    pub async fn payments(&self, uid: &str) -> Vec<BookedPayment> {
        let uid: Uid = uid.parse().unwrap();
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let (page, next) = self
                .stack
                .app
                .gudok
                .books
                .ledger
                .payments(&uid, 7, cursor.as_deref())
                .await
                .unwrap();
            all.extend(page);
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// The dates in Korea on which a member was charged.
    pub async fn charged_on(&self, uid: &str) -> Vec<String> {
        self.payments(uid)
            .await
            .iter()
            .map(|payment| billing::kst_date(payment.paid_at).to_string())
            .collect()
    }

    /// Schedules that stand at Iamport: when, in Korea, and for how much.
    pub fn standing(&self) -> Vec<(String, u64)> {
        let schedules = serde_json::to_value(self.stack.iamport.schedules()).unwrap();
        let standing = |schedule: &&Value| schedule["schedule_status"] == "scheduled";
        let shown = |schedule: &Value| {
            let at = Timestamp::from_second(schedule["schedule_at"].as_i64().unwrap()).unwrap();
            let at = at.to_zoned(billing::SEOUL).strftime("%Y-%m-%d %H:%M").to_string();
            (at, schedule["amount"].as_u64().unwrap())
        };
        schedules.as_array().unwrap().iter().filter(standing).map(shown).collect()
    }

    /// Whether the sign-in service lets the member in.
    pub fn may_enter(&self, uid: &str) -> bool {
        self.stack
            .google
            .claims(uid)
            .is_some_and(|claims| claims.get("subscriber") == Some(&json!(true)))
    }

    /// The titles of what Slack was told.
    pub fn slack(&self) -> Vec<String> {
        self.stack
            .bus
            .messages()
            .iter()
            .map(|message| message["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How much of a kind the digests count that Slack took.
    pub fn counted(&self, name: &str) -> u64 {
        let events = self.stack.bus.events();
        let digests = events.iter().filter(|event| event["detail-type"] == "digest");
        let told = self.stack.bus.messages().iter().map(Value::to_string).collect::<String>();
        let counts: std::collections::BTreeMap<_, _> = digests
            .map(|event| &event["detail"])
            .filter(|digest| told.contains(digest["id"].as_str().unwrap()))
            .map(|digest| (digest["id"].to_string(), digest["counts"][name].as_u64().unwrap_or(0)))
            .collect();
        counts.values().sum()
    }

    /// What the bus was told, by name, without what wakes the sweep.
    pub fn news(&self) -> Vec<String> {
        let events = self.stack.bus.events();
        events
            .iter()
            .filter(|event| event["source"] != flows::WORK)
            .map(|event| event["detail-type"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Money that moved at Iamport equals what the table holds, row by row.
    pub async fn check_books(&self, uids: &[&str]) {
        let row =
            |imp_uid: String, merchant_uid: String, amount: u64, refunded: u64, at: Timestamp| {
                json!([at.to_string(), imp_uid, merchant_uid, amount, refunded])
            };
        let mut moved: Vec<Value> = serde_json::to_value(self.stack.iamport.charges())
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|charge| {
                row(
                    charge["imp_uid"].as_str().unwrap().to_owned(),
                    charge["merchant_uid"].as_str().unwrap().to_owned(),
                    charge["amount"].as_u64().unwrap(),
                    charge["cancelled_amount"].as_u64().unwrap(),
                    charge["paid_at"].as_str().unwrap().parse().unwrap(),
                )
            })
            .collect();
        let mut held = Vec::new();
        for uid in uids {
            held.extend(self.payments(uid).await.into_iter().map(|payment| {
                row(
                    payment.imp_uid.to_string(),
                    payment.merchant_uid.to_string(),
                    payment.amount.get(),
                    payment.refunded.get(),
                    payment.paid_at,
                )
            }));
        }
        moved.sort_by_key(Value::to_string);
        held.sort_by_key(Value::to_string);
        assert_eq!(held, moved, "the table holds what moved, and nothing else");
    }

    /// Sends a webhook as a stranger would.
    pub async fn webhook(&self, imp_uid: &str, merchant_uid: &str) -> StatusCode {
        let body = json!({"imp_uid": imp_uid, "merchant_uid": merchant_uid, "status": "paid"});
        let answer = self.send(Method::POST, "/iamport-callback", None, Some(body)).await;
        assert!(answer.status != 200 || answer.body == Value::Null, "a guesser is told nothing");
        StatusCode::from_u16(answer.status).unwrap()
    }
}

/// A moment in Korea, written `2026-01-31T15:30`.
pub fn moment(korean: &str) -> Timestamp {
    let time: jiff::civil::DateTime = korean.parse().unwrap();
    time.to_zoned(billing::SEOUL).unwrap().timestamp()
}

fn merge(object: &mut Map<String, Value>, more: Value) {
    for (name, value) in more.as_object().unwrap() {
        object.insert(name.clone(), value.clone());
    }
}

/// A payment that looks like this row, from the record at Iamport that would prove it.
pub fn payment(row: &BookedPayment) -> Payment {
    let record = Record {
        imp_uid: row.imp_uid.clone(),
        merchant_uid: row.merchant_uid.to_string(),
        status: RecordStatus::Paid,
        usage: Usage::Payment,
        customer_uid: None,
        amount: row.amount,
        cancelled: row.refunded,
        currency: Some("KRW".to_owned()),
        at: Some(row.paid_at),
        fail_reason: None,
        card_name: row.card_name.clone(),
        card_number: row.card_number.clone(),
        receipt_url: row.receipt_url.clone(),
    };
    let charge: Charge = Charge {
        merchant_uid: row.merchant_uid,
        customer_uid: CustomerUid::Ours {
            subscription: row.merchant_uid.subscription().unwrap(),
            generation: 0,
        },
        amount: row.amount,
        plan: row.plan.clone(),
        period: row.period,
        opened_at: row.paid_at,
        outcome: ClosedState::Abandoned.into(),
    };
    let settled = evidence::charge(&charge, &[record]);
    let ChargeEvidence::Paid(receipt) = settled else { panic!("{settled:?}") };
    Payment::of(&receipt, &row.uid, &row.plan, row.period, row.period_start, row.period_end)
}
