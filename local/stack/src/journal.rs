//! A file that grows by a line for each thing that must survive a `kill -9`.

use serde::{Serialize, de::DeserializeOwned};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file of JSON lines. What was added is there after the process was killed.
#[derive(Debug)]
pub(crate) struct Journal<T> {
    file: Mutex<File>,
    lines: PhantomData<fn(T)>,
}

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file.
    #[error("the journal could not be read or written")]
    Io(#[from] io::Error),
    /// A line.
    #[error("a line of the journal is not what it should be")]
    Line(#[from] serde_json::Error),
}

impl<T: Serialize + DeserializeOwned> Journal<T> {
    /// Opens a journal, made if it is not there, with what it holds so far. A last line that was cut off
    /// by a kill had not been answered for and is dropped.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<T>), JournalError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let whole = text.rfind('\n').map_or("", |end| text.get(..=end).unwrap_or_default());
        let lines = whole.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(u64::try_from(whole.len()).unwrap_or_default())?;
        Ok((Self { file: Mutex::new(file), lines: PhantomData }, lines))
    }

    /// Adds a line.
    pub(crate) fn add(&self, line: &T) -> Result<(), JournalError> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())?;
        Ok(())
    }
}
