//! What there is, as lists: whole, or a page of it, searched. A list that has not changed since it was last asked for is
//! not sent again.

use std::sync::LazyLock;

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Card, Customer, Simulator, state::State as Rows};

pub(crate) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/simulator/charges", list(|rows| rows.payments.revision(), Simulator::charges))
        .route("/simulator/payments", list(|rows| rows.payments.revision(), Simulator::payments))
        .route("/simulator/schedules", list(|rows| rows.schedules.revision(), Simulator::schedules))
        .route("/simulator/customers", list(|rows| rows.customers.revision(), customers))
        .route("/simulator/webhooks", list(|rows| rows.webhooks.revision(), Simulator::webhooks))
}

/// Which part of a list. Without anything it is the whole, oldest first.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// Only what says this somewhere.
    #[serde(default)]
    q: String,
    /// At most so many, newest first.
    newest: Option<usize>,
    /// After so many.
    #[serde(default)]
    skip: usize,
}

/// How many there are in all of what was asked for.
const TOTAL: &str = "x-total-count";

/// Revisions are counted from the start of the process.
static STARTED: LazyLock<i64> = LazyLock::new(|| Timestamp::now().as_microsecond());

fn list<T: Serialize + 'static>(
    revision: fn(&Rows) -> u64,
    rows: fn(&Simulator) -> Vec<T>,
) -> axum::routing::MethodRouter<Simulator> {
    get(
        async move |State(simulator): State<Simulator>,
                    Query(asked): Query<Asked>,
                    headers: HeaderMap| {
            let revision = revision(&simulator.lock());
            let tag = format!("\"{:x}-{revision:x}\"", *STARTED);
            let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == tag);
            let mut answer = if known {
                StatusCode::NOT_MODIFIED.into_response()
            } else {
                asked.answer(&rows(&simulator))
            };
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                answer.headers_mut().insert(header::ETAG, tag);
            }
            answer
        },
    )
}

impl Asked {
    fn answer<T: Serialize>(&self, rows: &[T]) -> Response {
        let wanted = self.q.trim().to_lowercase();
        let all = rows.iter().filter_map(|row| serde_json::to_value(row).ok());
        let mut found: Vec<Value> = all.filter(|row| says(row, &wanted)).collect();
        let total = found.len();
        if let Some(newest) = self.newest {
            found = found.into_iter().rev().skip(self.skip).take(newest).collect();
        }
        let mut response = Json(found).into_response();
        response.headers_mut().insert(TOTAL, HeaderValue::from(total));
        response
    }
}

/// Whether a value says so somewhere; the names of its fields say nothing.
fn says(value: &Value, wanted: &str) -> bool {
    match value {
        _ if wanted.is_empty() => true,
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => number.to_string().contains(wanted),
        Value::String(text) => text.to_lowercase().contains(wanted),
        Value::Array(values) => values.iter().any(|value| says(value, wanted)),
        Value::Object(fields) => fields.values().any(|value| says(value, wanted)),
    }
}

#[derive(Serialize)]
struct CustomerAndCard {
    #[serde(flatten)]
    customer: Customer,
    card: Card,
}

fn customers(simulator: &Simulator) -> Vec<CustomerAndCard> {
    let customers = simulator.customers().into_iter();
    customers.map(|(customer, card)| CustomerAndCard { customer, card }).collect()
}
