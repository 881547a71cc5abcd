//! Lists in which one row that cannot be read hides no other.

use crate::Error;
use crate::schema::{self, Row};
use billing::Uid;
use jiff::Timestamp;

/// Where a list goes on that is read page by page.
#[derive(Debug, Clone, PartialEq)]
pub struct Place(pub(crate) Row);

/// Where the journal of all members goes on that is read page by page, from a moment on: month by month, and of each one
/// part of the members after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalPlace {
    pub(crate) since: Timestamp,
    pub(crate) shard: u8,
    pub(crate) after: Option<Place>,
}

impl JournalPlace {
    /// The first page of what happened since then.
    pub const fn at(since: Timestamp) -> Self {
        Self { since, shard: 0, after: None }
    }
}

/// A row of a list that cannot be read. The others can.
#[derive(Debug)]
pub struct Unreadable {
    /// Whose it is, where that can be read.
    pub uid: Option<Uid>,
    /// What is the matter with it.
    pub error: Error,
}

/// What a list holds, row by row: one that cannot be read hides no other.
#[derive(Debug)]
pub struct Listed<T> {
    /// What can be read, in the list's order.
    pub rows: Vec<T>,
    /// What cannot.
    pub unreadable: Vec<Unreadable>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new() }
    }
}

impl<T> Listed<T> {
    /// Adds a row as it is read.
    pub(crate) fn add(&mut self, row: Row, read: impl FnOnce(Row) -> Result<T, Error>) {
        let uid = row.get(schema::UID).and_then(|uid| uid.as_s().ok()?.parse().ok());
        match read(row) {
            Ok(row) => self.rows.push(row),
            Err(error) => self.unreadable.push(Unreadable { uid, error }),
        }
    }

    /// Adds what another part of the list holds.
    pub fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.unreadable.extend(other.unreadable);
    }
}
