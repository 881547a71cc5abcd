//! Records as answers show them, which some switches change.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    records::{Customer, Payment, Schedule, Usage},
    settings::Switch,
    state::State,
};

/// A record in an answer.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Shown<'a, T> {
    AsKept(&'a T),
    Otherwise(Value),
}

/// A payment as it is shown now.
pub(crate) fn payment<'a>(state: &State, payment: &'a Payment) -> Shown<'a, Payment> {
    let garbled = state.memo.garbled.contains(&payment.merchant_uid);
    let by_again = payment.customer_uid_usage == Some(Usage::Payment);
    let changes: [(Switch, &[&str], Change); 5] = [
        (Switch::CurrencyNull, &["currency"], Change::Null),
        (Switch::PaidAtNull, &["paid_at"], Change::Null),
        (Switch::NoStartedAt, &["started_at"], Change::Absent),
        (Switch::PlainCardNumbers, &["card_number"], Change::PlainDigits),
        (Switch::AgainWithoutUsage, &["customer_uid", "customer_uid_usage"], Change::Absent),
    ];
    let changes = changes.into_iter().filter(|(switch, _, _)| {
        state.has(*switch) && (by_again || *switch != Switch::AgainWithoutUsage)
    });
    let changes = changes.map(|(_, keys, change)| (keys, change));
    changed(payment, changes.chain(garbled.then_some(GARBLED)))
}

/// A schedule as it is shown now.
pub(crate) fn schedule<'a>(state: &State, schedule: &'a Schedule) -> Shown<'a, Schedule> {
    let garbled = state.memo.garbled.contains(&schedule.merchant_uid);
    changed(schedule, garbled.then_some(GARBLED).into_iter())
}

/// A customer as it is shown now.
pub(crate) fn customer<'a>(state: &State, customer: &'a Customer) -> Shown<'a, Customer> {
    let plain = state.has(Switch::PlainCardNumbers);
    let change = (&["card_number"][..], Change::PlainDigits);
    changed(customer, plain.then_some(change).into_iter())
}

/// A card's number as it is shown now.
pub(crate) fn card_number(state: &State, number: Option<&str>) -> Option<String> {
    let number = number?;
    Some(if state.has(Switch::PlainCardNumbers) { plain(number) } else { number.to_owned() })
}

#[derive(Clone, Copy)]
enum Change {
    Null,
    Absent,
    PlainDigits,
    Garbled,
}

/// An amount that cannot be read, and should not be guessed.
const GARBLED: (&[&str], Change) = (&["amount"], Change::Garbled);

fn changed<T: Serialize>(
    record: &T,
    changes: impl Iterator<Item = (&'static [&'static str], Change)>,
) -> Shown<'_, T> {
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        return Shown::AsKept(record);
    }
    let Ok(Value::Object(fields)) = serde_json::to_value(record) else {
        return Shown::AsKept(record);
    };
    let change_of = |key: &str| changes.iter().find(|(keys, _)| keys.contains(&key));
    let fields: Map<String, Value> = fields
        .into_iter()
        .filter_map(|(key, value)| match change_of(&key) {
            None => Some((key, value)),
            Some((_, Change::Absent)) => None,
            Some((_, Change::Null)) => Some((key, Value::Null)),
            Some((_, Change::Garbled)) => Some((key, Value::from("?"))),
            Some((_, Change::PlainDigits)) => {
                let digits = value.as_str().map(plain);
                Some((key, digits.map_or(Value::Null, Value::String)))
            }
        })
        .collect();
    Shown::Otherwise(Value::Object(fields))
}

/// A masked number with digits in place of the mask.
fn plain(number: &str) -> String {
    number.replace('*', "1")
}
