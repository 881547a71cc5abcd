//! Rows kept in memory, in the order of their ids, with the indexes the simulator looks them up by
//! and a note of what has changed since it was last stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};

/// Something that is kept in a [`Table`].
pub(crate) trait Row: Clone + Serialize + DeserializeOwned {
    /// The table's name in the file.
    const TABLE: &'static str;

    /// A number that no other row of any table has; later rows have larger ones.
    fn id(&self) -> u64;

    /// What the row can be found by, besides its id.
    fn labels(&self) -> Vec<String> {
        Vec::new()
    }

    /// When something is to happen to it: UNIX seconds, then the order within that second.
    fn due(&self) -> Option<(i64, u64)> {
        None
    }
}

/// All rows of one kind. Rows go in by [`Table::put`] alone, so the indexes are always right.
#[derive(Debug)]
pub(crate) struct Table<R> {
    rows: BTreeMap<u64, R>,
    labels: BTreeMap<String, BTreeSet<u64>>,
    agenda: BTreeSet<(i64, u64, u64)>,
    changed: BTreeSet<u64>,
    changes: u64,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            labels: BTreeMap::new(),
            agenda: BTreeSet::new(),
            changed: BTreeSet::new(),
            changes: 0,
        }
    }
}

impl<R: Row> Table<R> {
    /// Adds the row, in place of one with the same id.
    pub(crate) fn put(&mut self, row: R) {
        let id = row.id();
        self.take(id);
        for label in row.labels() {
            self.labels.entry(label).or_default().insert(id);
        }
        if let Some((at, order)) = row.due() {
            self.agenda.insert((at, order, id));
        }
        self.rows.insert(id, row);
        self.changed.insert(id);
        self.changes = self.changes.wrapping_add(1);
    }

    /// Takes the row away, if there is one.
    pub(crate) fn take(&mut self, id: u64) -> Option<R> {
        let row = self.rows.remove(&id)?;
        for label in row.labels() {
            if let Some(ids) = self.labels.get_mut(&label) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.labels.remove(&label);
                }
            }
        }
        if let Some((at, order)) = row.due() {
            self.agenda.remove(&(at, order, id));
        }
        self.changed.insert(id);
        self.changes = self.changes.wrapping_add(1);
        Some(row)
    }

    /// The row with this id.
    pub(crate) fn get(&self, id: u64) -> Option<&R> {
        self.rows.get(&id)
    }

    /// All rows, oldest first.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.rows.values()
    }

    /// All rows with this label, oldest first.
    pub(crate) fn find(&self, label: &str) -> impl DoubleEndedIterator<Item = &R> {
        self.labels.get(label).into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// The newest row with this label.
    pub(crate) fn newest(&self, label: &str) -> Option<&R> {
        self.find(label).next_back()
    }

    /// What is to happen, earliest first: (UNIX seconds, order, id).
    pub(crate) fn agenda(&self) -> impl Iterator<Item = (i64, u64, u64)> + '_ {
        self.agenda.iter().copied()
    }

    /// What changed since [`Table::stored`]: ids with their rows as JSON, `None` for rows taken away.
    pub(crate) fn changes(&self) -> Result<Vec<(u64, Option<String>)>, serde_json::Error> {
        self.changed
            .iter()
            .map(|id| Ok((*id, self.rows.get(id).map(serde_json::to_string).transpose()?)))
            .collect()
    }

    /// How many times a row was put or taken away since the process began.
    pub(crate) fn revision(&self) -> u64 {
        self.changes
    }

    /// All changes are in the file now.
    pub(crate) fn stored(&mut self) {
        self.changed.clear();
    }
}
