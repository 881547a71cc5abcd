//! *One bad row harms one*, and *what a newer version wrote is kept*: rows that the operator changed behind
//! the program's back.

use crate::history::actions::NEWER_FIELD;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Item = Map<String, Value>;

/// Rows that are not as today's version writes them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Rows that cannot be read, as they were before, by member.
    unreadable: BTreeMap<String, Item>,
    /// Rows as a newer version left them.
    newer: BTreeMap<String, Value>,
}

impl Rows {
    /// A row cannot be read from now on. `false` if that is so already.
    pub(crate) fn spoil(&mut self, uid: &str, good: Item) -> bool {
        if self.unreadable.contains_key(uid) {
            return false;
        }
        self.unreadable.insert(uid.to_owned(), good);
        true
    }

    /// The rows as they were; none is unreadable any more.
    pub(crate) fn mend(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.unreadable).into_values().collect()
    }

    pub(crate) fn is_unreadable(&self, uid: &str) -> bool {
        self.unreadable.contains_key(uid)
    }

    pub(crate) fn any_unreadable(&self) -> bool {
        !self.unreadable.is_empty()
    }

    /// A newer version left this row.
    pub(crate) fn newer(&mut self, uid: &str, row: Item) {
        self.newer.insert(uid.to_owned(), Value::Object(row));
    }

    /// Forgets what was put there: the table was restored.
    pub(crate) fn forget(&mut self) {
        self.newer.clear();
    }

    /// Whose rows a newer version left.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        self.newer.keys().map(String::as_str)
    }

    /// This is the member's row now; whether something of a newer version is lost. A row of another run of
    /// the subscription is another's.
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

/// Whether a row holds what a newer version put there: at the top, and in the consent as long as that is
/// the one it was put into.
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
    let consent_keeps = with(after).is_some_and(|consent| consent.contains_key(NEWER_FIELD));
    after.get(NEWER_FIELD).is_some() && (!same_consent || consent_keeps)
}
