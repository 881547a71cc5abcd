//! Who gets an event from the bus, as the rules in `template.yaml` say.

use crate::permissions::TEMPLATE;
use serde_json::{Value, json};
use std::sync::LazyLock;
use yaml_serde::Value as Yaml;

/// Who is woken by an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// `sweep`, with the event's detail.
    Sweep,
    /// `announce`, by way of its queue.
    Announce,
}

/// What the rule `News` lets through.
static NEWS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let template: Option<Yaml> = yaml_serde::from_str(TEMPLATE).ok();
    let way = ["Resources", "News", "Properties", "EventPattern", "detail-type"];
    let names = template.and_then(|it| way.iter().try_fold(it, |at, name| at.get(name).cloned()));
    let names = names.as_ref().and_then(Yaml::as_sequence).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
});

/// Who gets this event, if anybody.
pub fn listener(event: &Value) -> Option<Listener> {
    let text = |name| event.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("source") {
        flows::WORK => Some(Listener::Sweep),
        "gudok" if NEWS.iter().any(|name| name == text("detail-type")) => Some(Listener::Announce),
        _ => None,
    }
}

/// The event as Lambda hands it to `announce`: from the queue, in a batch of one.
pub fn from_the_queue(event: &Value) -> Value {
    json!({"Records": [{"messageId": "one", "body": event.to_string()}]})
}
