//! What can go wrong with a request: pure functions of the request, the conditions and chance.

use crate::history::chance::Chance;
use crate::history::conditions::{Conditions, Partner};
use crate::network::call::Call;
use gudok_local::faults::Fault;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Something that happens to a request on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incident {
    /// The network, or the partner, fails.
    Fault(Fault),
    /// Another run looks at the same member first.
    AnotherRunFirst,
}

/// An incident that was drawn for a request.
pub(crate) struct Candidate {
    /// What it is counted as.
    pub(crate) kind: &'static str,
    /// Its name, by which it can be left out.
    pub(crate) name: String,
    pub(crate) incident: Incident,
}

/// The incidents drawn for a request, by priority: the first that is not left out happens.
pub(crate) fn candidates(
    conditions: &Conditions,
    (name, call): (&str, &Call),
    now: Timestamp,
    chance: &mut Chance,
) -> Vec<Candidate> {
    let mut all = Vec::new();
    let Some(partner) = call.partner else { return all };
    let down = conditions
        .outages
        .iter()
        .position(|outage| outage.partner == partner && outage.from <= now && now < outage.until);
    if let Some(number) = down {
        let incident = Incident::Fault(of_outage(partner, chance));
        let kind = outage_kind(partner);
        all.push(Candidate { kind, name: format!("outage {number}"), incident });
    }
    let hangs = conditions.hangs.iter().enumerate();
    let hang = hangs.into_iter().find(|(_, hang)| {
        let lasts = hang.from <= now && now < hang.until;
        hang.partner == partner && lasts && hang.calls.include(&call.what)
    });
    if let Some((number, hang)) = hang {
        let fault = if hang.arrives { Fault::NeverAnswered } else { Fault::Swallowed };
        let (kind, name) = ("a partner never answers", format!("hang {number}"));
        all.push(Candidate { kind, name, incident: Incident::Fault(fault) });
    }
    if chance.hits(conditions.rates.requests) {
        let (kind, incident) = any(partner, call, chance);
        all.push(Candidate { kind, name: name.to_owned(), incident });
    }
    all
}

const fn outage_kind(partner: Partner) -> &'static str {
    match partner {
        Partner::DynamoDb => "DynamoDB is down",
        Partner::Iamport => "Iamport is down",
        Partner::Google => "Google is down",
        Partner::Bus => "EventBridge is down",
        Partner::Slack => "Slack is down",
    }
}

/// How a partner that is down behaves.
fn of_outage(partner: Partner, chance: &mut Chance) -> Fault {
    match (chance.below(4), partner) {
        (0 | 1, _) => Fault::NotSent,
        (2, Partner::DynamoDb) => dynamodb(500, "InternalServerError"),
        (2, _) => Fault::Answered(503, "<html>down</html>".to_owned()),
        _ => Fault::Swallowed,
    }
}

/// Draws one of the incidents that this partner's requests can have.
fn any(partner: Partner, call: &Call, chance: &mut Chance) -> (&'static str, Incident) {
    let mut all = vec![
        ("a request is not sent", Fault::NotSent.into()),
        ("an answer is lost", Fault::AnswerLost.into()),
        ("an answer is lost", Fault::AnswerLost.into()),
        ("a request is swallowed", Fault::Swallowed.into()),
        ("an answer breaks off", Fault::AnswerCutOff.into()),
    ];
    all.extend(match partner {
        Partner::DynamoDb => of_dynamodb(call),
        Partner::Iamport => of_iamport(chance),
        Partner::Google => of_google(chance),
        Partner::Bus => of_bus(),
        Partner::Slack => of_slack(),
    });
    all.swap_remove(chance.place(all.len()))
}

type Incidents = Vec<(&'static str, Incident)>;

impl From<Fault> for Incident {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn answered(status: u16, body: impl Into<String>) -> Incident {
    Fault::Answered(status, body.into()).into()
}

fn after_effect(status: u16, body: impl Into<String>) -> Incident {
    Fault::AnsweredAfterEffect(status, body.into()).into()
}

fn slow(seconds: u64) -> (&'static str, Incident) {
    ("an answer is slow", Fault::AnswerLate(Duration::from_secs(seconds)).into())
}

fn of_dynamodb(call: &Call) -> Incidents {
    let busy = if call.what == "TransactWriteItems" {
        let (status, body) = cancelled(call, "TransactionConflict");
        Fault::Answered(status, body)
    } else {
        dynamodb(400, "TransactionConflictException")
    };
    vec![
        ("DynamoDB: TransactionConflict", busy.into()),
        ("another run comes first", Incident::AnotherRunFirst),
        ("another run comes first", Incident::AnotherRunFirst),
        ("DynamoDB: throttled", dynamodb(400, "ThrottlingException").into()),
        ("DynamoDB: 500", dynamodb(500, "InternalServerError").into()),
        (
            "DynamoDB: 500 after its effect",
            after_effect(500, dynamodb_error("InternalServerError")),
        ),
        slow(4),
    ]
}

fn of_iamport(chance: &mut Chance) -> Incidents {
    let error =
        |code: u16| answered(code, format!(r#"{{"code":-1,"message":"{code}","response":null}}"#));
    vec![
        ("Iamport: 401, the token is stale", error(401)),
        ("Iamport: 429", error(429)),
        ("Iamport: 500", error(500)),
        ("Iamport: 502 after its effect", after_effect(502, "<html>")),
        ("Iamport: maintenance page", answered(200, "<html>점검</html>")),
        slow(chance.one(&[8, 15, 21, 30, 60])),
    ]
}

fn of_google(chance: &mut Chance) -> Incidents {
    vec![
        ("Google: 503", answered(503, "{}")),
        ("Google: 401, the token is stale", answered(401, "{}")),
        ("Google: 500 after its effect", after_effect(500, "{}")),
        slow(chance.one(&[3, 6])),
    ]
}

fn of_bus() -> Incidents {
    let failed = r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}"#;
    vec![
        ("EventBridge: 500", answered(500, "{}")),
        ("EventBridge: an entry failed", after_effect(200, failed)),
        slow(4),
    ]
}

fn of_slack() -> Incidents {
    vec![
        ("Slack: 429", answered(429, "rate_limited")),
        ("Slack: 500", answered(500, "error")),
        slow(12),
    ]
}

fn dynamodb(status: u16, kind: &str) -> Fault {
    Fault::Answered(status, dynamodb_error(kind))
}

fn dynamodb_error(kind: &str) -> String {
    let name = format!("com.amazonaws.dynamodb.v20120810#{kind}");
    json!({"__type": name, "message": "simulated"}).to_string()
}

/// The answer to a transaction that is cancelled: this reason for the first write, none for the others.
pub(crate) fn cancelled(call: &Call, reason: &str) -> (u16, String) {
    let writes = call.body.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len);
    let others = std::iter::repeat_n("None", writes.saturating_sub(1));
    let codes = std::iter::once(reason).chain(others);
    let reasons: Vec<Value> = codes.map(|code| json!({"Code": code})).collect();
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": reasons,
    });
    (400, body.to_string())
}
