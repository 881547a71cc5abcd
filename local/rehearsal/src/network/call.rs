//! The parts of a request that matter on the way.

use crate::history::conditions::Partner;
use crate::oracles::stored::items;
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use std::sync::Arc;

/// Paths of the sign-in service, which shares a host with the others.
const GOOGLE: [&str; 3] = ["/service_accounts", "/token", "/v1/projects"];

/// A request to a partner, or to anybody else.
pub(crate) struct Call {
    pub(crate) partner: Option<Partner>,
    /// Method and path, or the AWS operation.
    pub(crate) what: String,
    /// Parsed once, for everyone on the way.
    pub(crate) body: Arc<Value>,
}

impl Call {
    /// Parses a request.
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let what = match target {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => format!("{} {path}", request.method()),
        };
        let partner = match request.uri().host() {
            Some("dynamodb.test") => Some(Partner::DynamoDb),
            Some("simulator.test") => Some(at_the_simulator(path)),
            _ => None,
        };
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        Self { partner, what, body: Arc::new(body) }
    }

    /// A string in its body.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it charges a card.
    pub(crate) fn is_charge(&self) -> bool {
        self.what == "POST /subscribe/payments/again"
    }

    /// Whether it changes who has access.
    pub(crate) fn is_access(&self) -> bool {
        self.what.ends_with("accounts:update")
    }

    /// The order it moves money for, if it does.
    pub(crate) fn moves_money(&self) -> Option<&str> {
        match self.what.as_str() {
            "POST /subscribe/payments/again" => Some(self.text("/merchant_uid")),
            "POST /subscribe/payments/schedule" => Some(self.text("/schedules/0/merchant_uid")),
            _ => None,
        }
    }

    /// The member whose row it writes, if it does.
    pub(crate) fn member(&self) -> Option<String> {
        let rows = items(&self.body);
        rows.into_iter().find_map(|(_, row)| Some(row.pointer("/uid/S")?.as_str()?.to_owned()))
    }

    /// What it is about, for the trace.
    pub(crate) fn about(&self) -> String {
        let order = self.body.get("merchant_uid");
        let order = order.or_else(|| self.body.pointer("/schedules/0/merchant_uid"));
        let order =
            order.map(|order| order.as_str().map_or_else(|| order.to_string(), str::to_owned));
        let rows = items(&self.body);
        let rows = rows.iter().map(|(table, row)| about_row(table, row));
        order.into_iter().chain(rows).collect::<Vec<_>>().join(", ")
    }
}

/// Which partner a path belongs to: all of them share one host.
fn at_the_simulator(path: &str) -> Partner {
    if path.starts_with("/event-bridge") {
        Partner::Bus
    } else if path.starts_with("/slack") {
        Partner::Slack
    } else if GOOGLE.iter().any(|google| path.starts_with(google)) {
        Partner::Google
    } else {
        Partner::Iamport
    }
}

fn about_row(table: &str, row: &Value) -> String {
    let field = |pointer| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if table == "subscriptions" {
        let (uid, version) = (field("/uid/S"), field("/version/N"));
        format!("{uid} v{version} {} due {}", field("/state/S"), field("/due_at/S"))
    } else {
        format!("{table}:{} {}", field("/merchant_uid/S"), field("/outcome/M/state/S"))
    }
}
