//! What each function may do with the tables and the bus, as `template.yaml` says: on AWS whatever is not
//! allowed there is refused.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::LazyLock;
use yaml_serde::Value as Yaml;

/// The functions' permissions and the rules of the bus are the deployed ones.
pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

/// How the template writes the name of a table, before the part that the code knows it by.
const TABLE: &str =
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${DataStack}-";

tokio::task_local! {
    /// Which function is running.
    static FUNCTION: &'static str;
}

/// Runs this as that function, by its folder's name. Nobody else is kept from anything.
pub async fn acting<F: Future>(function: &'static str, run: F) -> F::Output {
    FUNCTION.scope(function, run).await
}

/// A function, an action, and what it is done to: a table, an index or the bus (`orders`, `orders/index/member`,
/// `Bus.Arn`).
pub type Permission = (String, String, String);

/// What `template.yaml` allows.
pub static ALLOWED: LazyLock<BTreeSet<Permission>> = LazyLock::new(|| {
    let template = yaml_serde::from_str(TEMPLATE);
    template.ok().as_ref().map(allowed).unwrap_or_default()
});

/// What this request does on AWS, if a function is running; nothing if it goes elsewhere.
pub fn needs(request: &Request<Bytes>) -> Vec<Permission> {
    let asked = || {
        let function = FUNCTION.try_with(|function| *function).ok()?;
        let target = request.headers().get("x-amz-target")?.to_str().ok()?;
        let (service, operation) = target.split_once('.')?;
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let done = match service {
            "AWSEvents" => vec![(format!("events:{operation}"), "Bus.Arn".to_owned())],
            _ => on_tables(operation, &body),
        };
        Some((function, done))
    };
    let Some((function, done)) = asked() else { return Vec::new() };
    done.into_iter().map(|(action, what)| (function.to_owned(), action, what)).collect()
}

/// What the function that is running may not do of what this request does; `None` when it may do all of it.
pub(crate) fn forbidden(request: &Request<Bytes>) -> Option<String> {
    let forbidden = needs(request).into_iter().find(|deed| !ALLOWED.contains(deed));
    forbidden.map(|(function, action, what)| format!("{function} may not {action} on {what}"))
}

/// AWS' answer to what is not allowed.
pub(crate) fn denied(what: &str) -> Response<Bytes> {
    let body = json!({
        "__type": "com.amazon.coral.service#AccessDeniedException", "message": what,
    });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// Each action with its resource.
fn on_tables(operation: &str, body: &Value) -> Vec<(String, String)> {
    let of = |operation: &str, body: &Value| {
        let table = body["TableName"].as_str().unwrap_or_default();
        let index = body["IndexName"].as_str().map(|index| format!("/index/{index}"));
        (format!("dynamodb:{operation}"), format!("{table}{}", index.unwrap_or_default()))
    };
    let Some(writes) = body["TransactItems"].as_array() else { return vec![of(operation, body)] };
    let each = writes.iter().filter_map(Value::as_object).flatten();
    each.map(|(kind, write)| of(&format!("{kind}Item"), write)).collect()
}

fn allowed(template: &Yaml) -> BTreeSet<Permission> {
    let mut allowed = BTreeSet::new();
    let resources = template.get("Resources").and_then(Yaml::as_mapping);
    for (id, resource) in resources.into_iter().flatten() {
        let Some(id) = id.as_str().and_then(|id| id.strip_suffix("Function")) else { continue };
        let policies = resource.get("Properties").and_then(|it| it.get("Policies"));
        let policies = policies.and_then(Yaml::as_sequence).into_iter().flatten();
        let statements = policies.filter_map(|policy| policy.get("Statement")?.as_sequence());
        for statement in statements.flatten() {
            let texts = |name| statement.get(name).map(texts).unwrap_or_default();
            for action in texts("Action") {
                for resource in texts("Resource") {
                    let resource = resource.strip_prefix(TABLE).unwrap_or(&resource);
                    allowed.insert((folder(id), action.clone(), resource.to_owned()));
                }
            }
        }
    }
    allowed
}

/// The texts in a value, whatever tags they have.
fn texts(value: &Yaml) -> Vec<String> {
    match value {
        Yaml::String(text) => vec![text.clone()],
        Yaml::Sequence(values) => values.iter().flat_map(texts).collect(),
        Yaml::Tagged(tagged) => texts(&tagged.value),
        Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Mapping(_) => Vec::new(),
    }
}

/// `IamportWebhook` as the folder is called: `iamport-webhook`.
fn folder(id: &str) -> String {
    let mut folder = String::new();
    for (place, letter) in id.char_indices() {
        if place > 0 && letter.is_ascii_uppercase() {
            folder.push('-');
        }
        folder.push(letter.to_ascii_lowercase());
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::{ALLOWED, acting, forbidden};
    use bytes::Bytes;
    use http::Request;
    use serde_json::{Value, json};

    async fn asked(function: &'static str, operation: &str, body: Value) -> Option<String> {
        let request = Request::post("http://dynamodb.test/")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        acting(function, async { forbidden(&request) }).await
    }

    #[tokio::test]
    async fn a_function_may_do_what_the_template_says_and_nothing_else() {
        let functions: Vec<_> = ALLOWED.iter().map(|(function, ..)| function.as_str()).collect();
        assert!(functions.contains(&"iamport-webhook") && functions.contains(&"sweep"));
        let read = json!({"TableName": "subscriptions", "Key": {"uid": {"S": "member"}}});
        assert_eq!(asked("account", "GetItem", read.clone()).await, None);
        let may_not = asked("account", "PutItem", read.clone()).await;
        let expected = "account may not dynamodb:PutItem on subscriptions";
        assert_eq!(may_not.as_deref(), Some(expected));
        let due = json!({"TableName": "subscriptions", "IndexName": "due"});
        assert_eq!(asked("sweep", "Query", due.clone()).await, None);
        assert!(asked("checkout", "Query", due).await.is_some());
        let writes = json!({"TransactItems": [
            {"Put": {"TableName": "subscriptions"}}, {"Update": {"TableName": "orders"}},
        ]});
        assert_eq!(asked("cancellation", "TransactWriteItems", writes.clone()).await, None);
        assert!(asked("account", "TransactWriteItems", writes).await.is_some());
        assert!(asked("announce", "GetItem", read).await.is_some());
    }
}
