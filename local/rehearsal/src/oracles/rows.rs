//! *One bad row* and *newer rows*: rows that were changed behind the program's back.

use crate::history::actions::NEWER_FIELD;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Item = Map<String, Value>;

/// Rows that are not as this release writes them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Unreadable rows by member, as they were before.
    unreadable: BTreeMap<String, Item>,
    /// Rows as a newer release left them.
    newer: BTreeMap<String, Value>,
}

impl Rows {
    /// A row becomes unreadable. Returns `false` if it already was.
    pub(crate) fn spoil(&mut self, uid: &str, good: Item) -> bool {
        if self.unreadable.contains_key(uid) {
            return false;
        }
        self.unreadable.insert(uid.to_owned(), good);
        true
    }

    /// All rows become readable again. Returns them as they were.
    pub(crate) fn mend(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.unreadable).into_values().collect()
    }

    pub(crate) fn is_unreadable(&self, uid: &str) -> bool {
        self.unreadable.contains_key(uid)
    }

    pub(crate) fn any_unreadable(&self) -> bool {
        !self.unreadable.is_empty()
    }

    /// A newer release wrote this row.
    pub(crate) fn newer(&mut self, uid: &str, row: Item) {
        self.newer.insert(uid.to_owned(), Value::Object(row));
    }

    /// Forgets what was put there: the table was restored.
    pub(crate) fn forget(&mut self) {
        self.newer.clear();
    }

    /// The members whose rows a newer release wrote.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        self.newer.keys().map(String::as_str)
    }

    /// Whether the member's current row has lost what a newer release wrote. A row of another run does not count.
    pub(crate) fn loses(&mut self, uid: &str, row: &Item) -> bool {
        let row = Value::Object(row.clone());
        let Some(before) = self.newer.get(uid) else { return false };
        if before.get("id") != row.get("id") {
            self.newer.remove(uid);
            return false;
        }
        let lost = !keeps_the_newer(before, &row);
        if lost {
            self.newer.remove(uid);
        }
        lost
    }
}

/// Whether a row keeps what a newer release wrote: at the top level, and in the consent as long as that is still the
/// same one.
fn keeps_the_newer(before: &Value, after: &Value) -> bool {
    let with = |row: &Value| row.pointer("/consent/M").and_then(Value::as_object).cloned();
    let without = |row: &Value| {
        let mut consent = with(row);
        if let Some(fields) = &mut consent {
            fields.remove(NEWER_FIELD);
        }
        consent
    };
    let same_consent = without(before) == without(after);
    let keeps = |consent: Map<String, Value>| consent.contains_key(NEWER_FIELD);
    let consent_keeps = with(before).is_none() || with(after).is_some_and(keeps);
    after.get(NEWER_FIELD).is_some() && (!same_consent || consent_keeps)
}
