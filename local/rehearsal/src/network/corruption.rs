//! What a program with a planted bug stores.

use crate::history::actions::NEWER_FIELD;
use crate::network::bugs::Bug;
use crate::oracles::stored::item;
use jiff::civil::Date;
use serde_json::{Value, json};

/// Bugs in the writes of a member's row.
const IN_A_MEMBERS_ROW: [Bug; 7] = [
    Bug::ForgetTheVersion,
    Bug::KeepAfterCancel,
    Bug::EndEarly,
    Bug::StripTheNewer,
    Bug::Forget,
    Bug::ForgetTheDays,
    Bug::ForgetTheConsent,
];

/// The body of a write as a program with this bug sends it; `None` if its writes are fine.
pub(super) fn corrupt(bug: Bug, body: &Value) -> Option<Value> {
    if bug == Bug::LoseThePayment {
        return Some(without_the_payment(body));
    }
    let mut body = body.clone();
    if bug == Bug::CountTheRegistration {
        count_the_registration(&mut body);
    } else if IN_A_MEMBERS_ROW.contains(&bug) {
        for put in members_rows(&mut body) {
            corrupt_row(bug, put);
        }
    } else {
        return None;
    }
    Some(body)
}

/// A write without its payment row.
pub(super) fn without_the_payment(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(writes) = body.get_mut("TransactItems").and_then(Value::as_array_mut) {
        writes.retain(|write| write.pointer("/Put/TableName") != Some(&json!("payments")));
    }
    body
}

/// The puts of members' rows in a write.
fn members_rows(body: &mut Value) -> Vec<&mut Value> {
    let puts: Vec<&mut Value> = if body.get("TableName").is_some() {
        vec![body]
    } else {
        let writes = body.get_mut("TransactItems").and_then(Value::as_array_mut);
        writes.into_iter().flatten().filter_map(|write| write.get_mut("Put")).collect()
    };
    let of_members = |put: &&mut Value| put.get("TableName") == Some(&json!("subscriptions"));
    puts.into_iter().filter(of_members).collect()
}

fn corrupt_row(bug: Bug, put: &mut Value) {
    if let (Bug::ForgetTheVersion, Some(put)) = (bug, put.as_object_mut()) {
        put.retain(|name, _| matches!(name.as_str(), "TableName" | "Item"));
    }
    let Some(row) = put.get_mut("Item") else { return };
    for (with, forgotten) in
        [(Bug::ForgetTheDays, "days_given"), (Bug::ForgetTheConsent, "consent")]
    {
        if let (true, Some(row)) = (bug == with, row.as_object_mut()) {
            row.remove(forgotten);
        }
    }
    let set = |row: &mut Value, pointer: &str, value: &str| {
        if let Some(field) = row.pointer_mut(pointer) {
            *field = json!(value);
        }
    };
    if bug == Bug::KeepAfterCancel {
        set(row, "/cancellation/M/requested_at/S", "2100-01-01T00:00:00Z");
    } else if bug == Bug::EndEarly {
        let anchor = row.pointer("/anchor/S").and_then(Value::as_str);
        let anchor = anchor.and_then(|date| date.parse::<Date>().ok());
        if let Some(date) = anchor.filter(|date| date.day() > 5) {
            set(row, "/anchor/S", &date.first_of_month().to_string());
        }
    } else if bug == Bug::StripTheNewer {
        strip(row);
    } else if bug == Bug::Forget {
        set(row, "/due_at/S", "2126-01-01T00:00:00Z");
        set(row, "/due_at_exact/S", "2126-01-01T00:00:00Z");
    }
}

/// Stores a card registration as a payment.
fn count_the_registration(body: &mut Value) {
    let Some(writes) = body.get_mut("TransactItems").and_then(Value::as_array_mut) else { return };
    let registered = writes.iter().find_map(|write| {
        let (_, item) = item(write)?;
        let outcome = item.pointer("/outcome/M")?;
        let imp_uid = outcome.get("imp_uid")?;
        (item.pointer("/purpose/S") == Some(&json!("registration")))
            .then(|| (item.clone().into_owned(), imp_uid.clone()))
    });
    let Some((order, imp_uid)) = registered else { return };
    let field = |name: &str| order.get(name).cloned().unwrap_or_default();
    let text =
        |value: &Value| value.get("S").and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = text(&field("opened_at"));
    let row = json!({
        "uid": field("uid"), "merchant_uid": field("merchant_uid"), "amount": field("amount"), "plan": field("plan"),
        "paid_at": {"S": format!("{at}#{}", text(&imp_uid))},
        "paid_at_exact": {"S": at}, "imp_uid": imp_uid, "refunded": {"N": "0"}, "period": {"N": "0"},
        "period_start": {"S": "2027-01-01"}, "period_end": {"S": "2027-02-01"},
    });
    writes.push(json!({"Put": {"TableName": "payments", "Item": row}}));
}

/// What a program would store that does not know what a newer one wrote.
fn strip(item: &mut Value) {
    if let Some(fields) = item.as_object_mut() {
        fields.remove(NEWER_FIELD);
    }
    if let Some(consent) = item.pointer_mut("/consent/M").and_then(Value::as_object_mut) {
        consent.remove(NEWER_FIELD);
    }
}
