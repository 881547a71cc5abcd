//! Rows in memory, in the order of their ids, with the indexes that the simulator uses and a record
//! of what has changed since it was last stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};

/// Something that is kept in a [`Table`].
pub(crate) trait Row: Clone + Serialize + DeserializeOwned {
    /// The table's name in the file.
    const TABLE: &'static str;

    /// A number that is unique across all tables and increases over time.
    fn id(&self) -> u64;

    /// What the row can be found by, besides its id.
    fn labels(&self) -> Vec<String> {
        Vec::new()
    }

    /// When something is due: UNIX seconds, then the order within that second.
    fn due(&self) -> Option<(i64, u64)> {
        None
    }
}

/// All rows of one kind. Only [`Table::put`] adds rows, so the indexes are always right.
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
    /// Adds the row, replacing one with the same id.
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

    /// Removes the row, if there is one.
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

    /// What is due, earliest first: (UNIX seconds, order, id).
    pub(crate) fn agenda(&self) -> impl Iterator<Item = (i64, u64, u64)> + '_ {
        self.agenda.iter().copied()
    }

    /// What changed since [`Table::stored`]: ids with their rows as JSON, `None` for removed rows.
    pub(crate) fn changes(&self) -> Result<Vec<(u64, Option<String>)>, serde_json::Error> {
        self.changed
            .iter()
            .map(|id| Ok((*id, self.rows.get(id).map(serde_json::to_string).transpose()?)))
            .collect()
    }

    /// How many times a row was put or removed since the process started.
    pub(crate) fn revision(&self) -> u64 {
        self.changes
    }

    /// Records that all changes are in the file.
    pub(crate) fn stored(&mut self) {
        self.changed.clear();
    }
}
