//! The member whom all others are made from: subscribed in a stack in this process.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a field is null")]

use crate::binaries::BinariesError;
use crate::google::SignIn;
use crate::stack::{Stack, StackError};
use crate::wire::InProcess;
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

/// The member's uid, as long as Firebase's are.
pub(super) const UID: &str = "seed-000000000000000000000000";

/// What is stored of a member, and what Iamport has.
#[derive(Debug, Clone)]
pub(super) struct Seed {
    /// The subscription's id.
    pub(super) id: String,
    pub(super) row: Value,
    /// The order of the charge that is scheduled.
    pub(super) order: Value,
    /// Iamport's answers about it.
    pub(super) schedule: Value,
    pub(super) payment: Value,
}

impl Seed {
    /// When the schedule runs.
    pub(super) fn runs_at(&self) -> Timestamp {
        let second = self.schedule["response"]["schedule_at"].as_i64().unwrap_or_default();
        Timestamp::from_second(second).unwrap_or_default()
    }

    /// When the member is due.
    pub(super) fn due_at(&self) -> Timestamp {
        let due_at = self.row["due_at"]["S"].as_str().and_then(|at| at.parse().ok());
        due_at.unwrap_or_default()
    }
}

/// A member who subscribed then; with `lost`, whose first renewal was made and whose webhook never came.
pub(super) async fn seed(start: Timestamp, lost: bool) -> Result<Seed, BinariesError> {
    let (stack, hosts) = Stack::in_process(start, 1, &[]).await?;
    let client = Client(hosts);
    subscribe(&stack, &client).await?;
    let standing = stack.iamport.schedules();
    let standing = standing.first().ok_or_else(|| nobody("no schedule stands"))?;
    let order = standing.merchant_uid.as_str();
    // Of before it is made: nobody hears of that.
    let row = client.row("subscriptions", &json!({"uid": {"S": UID}})).await?;
    let stored = client.row("orders", &json!({"merchant_uid": {"S": order}})).await?;
    if lost {
        let due = Timestamp::from_second(standing.schedule_at.saturating_add(120));
        let due = due.unwrap_or(start);
        stack.clock.move_to(due).map_err(StackError::from)?;
        stack.iamport.run_due(due).await.map_err(StackError::from)?;
    }
    let asked = json!({"imp_key": "local_key", "imp_secret": "local_secret"});
    let json = ("content-type", "application/json");
    let got = client.post("http://simulator.test/users/getToken", &[json], &asked).await?;
    let token = got["response"]["access_token"].as_str().unwrap_or_default();
    let schedule = format!("http://simulator.test/subscribe/payments/schedule/{order}");
    let payment = format!("http://simulator.test/payments/findAll/{order}?include_sandbox=true");
    Ok(Seed {
        id: order.split('-').nth(1).unwrap_or_default().to_owned(),
        row,
        order: stored,
        schedule: client.get(&schedule, token).await?,
        payment: client.get(&payment, token).await?,
    })
}

async fn subscribe(stack: &Stack, client: &Client) -> Result<(), BinariesError> {
    let email = format!("{UID}@privat.example");
    let sign_in = SignIn { uid: UID.to_owned(), email, admin: None };
    let token = stack.google.sign_in(&sign_in).map_err(|error| nobody(&error.to_string()))?;
    let bearer = format!("Bearer {token}");
    let signed = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let opened = client.post("http://gateway.test/checkout", &signed, &body).await?;
    let window =
        json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": "lost"});
    let window = serde_json::from_value(window).map_err(|error| nobody(&error.to_string()))?;
    stack.iamport.card_window(&window).await.map_err(|error| nobody(&error.to_string()))?;
    let registration = opened["merchant_uid"].as_str().unwrap_or_default();
    let complete = format!("http://gateway.test/checkout/{registration}/complete");
    client.post(&complete, &signed, &json!({})).await?;
    Ok(())
}

fn nobody(why: &str) -> BinariesError {
    BinariesError::Nobody(why.to_owned())
}

/// The hosts in this process, asked as a client asks.
struct Client(InProcess);

impl Client {
    async fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, BinariesError> {
        let with = |request: http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        let request = headers.iter().fold(Request::post(url), with);
        self.send(request.body(Bytes::from(body.to_string()))).await
    }

    async fn get(&self, url: &str, token: &str) -> Result<Value, BinariesError> {
        self.send(Request::get(url).header("authorization", token).body(Bytes::new())).await
    }

    async fn row(&self, table: &str, key: &Value) -> Result<Value, BinariesError> {
        let target = ("x-amz-target", "DynamoDB_20120810.GetItem");
        let asked = json!({"TableName": table, "Key": key});
        Ok(self.post("http://dynamodb.test/", &[target], &asked).await?["Item"].clone())
    }

    async fn send(&self, request: http::Result<Request<Bytes>>) -> Result<Value, BinariesError> {
        let request = request.map_err(|error| nobody(&error.to_string()))?;
        let answer = self.0.wire().oneshot(request).await;
        let answer = answer.map_err(|error| nobody(&error.to_string()))?;
        serde_json::from_slice(answer.body()).map_err(|error| nobody(&error.to_string()))
    }
}
