//! What this release does not know of a row, and keeps when it writes it: another release wrote it, which is
//! in a canary beside this one or was taken back (docs/decisions/0021).

use crate::schema::Row;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// What tells the values of one list apart, where they have it.
const IDS: [&str; 3] = ["id", "imp_uid", "merchant_uid"];

/// `after`, and beside it what is in `stored` and in neither of the two that this release makes: `before` is
/// the stored row as this release writes it, so whatever it lacks is not known here.
///
/// It goes into maps and lists. A value of a list is known by its ids, or by being the same as before; a new
/// one has nothing to keep.
pub(crate) fn keep(stored: &Row, before: &Row, mut after: Row) -> Row {
    for (name, stored) in stored {
        match (before.get(name), after.get_mut(name)) {
            (None, None) => {
                after.insert(name.clone(), stored.clone());
            }
            (Some(before), Some(after)) => keep_within(stored, before, after),
            // Known here, and not written by this release while there was nothing in it.
            (None, Some(after)) => keep_within(stored, &AttributeValue::M(Row::new()), after),
            // Known here, and taken away.
            (Some(_), None) => {}
        }
    }
    after
}

fn keep_within(stored: &AttributeValue, before: &AttributeValue, after: &mut AttributeValue) {
    match (stored, before, after) {
        (AttributeValue::M(stored), AttributeValue::M(before), AttributeValue::M(after)) => {
            *after = keep(stored, before, std::mem::take(after));
        }
        (AttributeValue::L(stored), AttributeValue::L(before), AttributeValue::L(after))
            if stored.len() == before.len() =>
        {
            for value in after {
                let mut pairs = stored.iter().zip(before);
                if let Some((stored, before)) = pairs.find(|(_, before)| is_same(before, value)) {
                    keep_within(stored, before, value);
                }
            }
        }
        _ => {}
    }
}

/// Whether two values of a list are one and the same, before and after.
fn is_same(before: &AttributeValue, after: &AttributeValue) -> bool {
    let ids = |value: &HashMap<_, _>| IDS.map(|id| value.get(id).cloned());
    match (before, after) {
        (AttributeValue::M(before), AttributeValue::M(after)) => {
            let before_ids = ids(before);
            if before_ids.iter().all(Option::is_none) {
                before == after
            } else {
                before_ids == ids(after)
            }
        }
        _ => before == after,
    }
}
