//! The file with a simulator's state: one `SQLite` table of JSON rows.
//!
//! A write reaches the operating system before the answer that depends on it goes out, so that
//! nothing is lost if the process ends at any moment. A power failure may lose something.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, params};

use crate::table::{Row, Table};

/// Why the state could not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened, read or written, or another process has it open.
    #[error("the simulator's file cannot be used")]
    File(#[from] rusqlite::Error),
    /// The file was written by another version of the simulator.
    #[error("the simulator's file was written by another version")]
    Row(#[from] serde_json::Error),
}

#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        // A simulator keeps its file to itself until it ends.
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = OFF;
             CREATE TABLE IF NOT EXISTS rows (
                 kind TEXT NOT NULL, id INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, id)
             ) WITHOUT ROWID;",
        )?;
        Ok(Self { connection })
    }

    pub(crate) fn load<R: Row>(&self) -> Result<Table<R>, StoreError> {
        let mut table = Table::default();
        let mut statement = self.connection.prepare("SELECT json FROM rows WHERE kind = ?1")?;
        let mut rows = statement.query(params![R::TABLE])?;
        while let Some(row) = rows.next()? {
            let json: String = row.get(0)?;
            table.put(serde_json::from_str(&json)?);
        }
        table.stored();
        Ok(table)
    }

    /// Opens a transaction; what is written takes effect with [`Store::commit`].
    pub(crate) fn begin(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    pub(crate) fn write<R: Row>(&self, table: &Table<R>) -> Result<(), StoreError> {
        for (id, json) in table.changes()? {
            // Ids count up from one, so they fit.
            let id = i64::try_from(id).unwrap_or(i64::MAX);
            match json {
                Some(json) => self
                    .connection
                    .prepare_cached(
                        "INSERT INTO rows (kind, id, json) VALUES (?1, ?2, ?3)
                         ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json",
                    )?
                    .execute(params![R::TABLE, id, json])?,
                None => self
                    .connection
                    .prepare_cached("DELETE FROM rows WHERE kind = ?1 AND id = ?2")?
                    .execute(params![R::TABLE, id])?,
            };
        }
        Ok(())
    }

    pub(crate) fn commit(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    pub(crate) fn roll_back(&self) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch("ROLLBACK")?)
    }
}
