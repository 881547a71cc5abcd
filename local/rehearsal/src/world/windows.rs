//! The registrations members opened, with the card window's parameters and result.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A registration that was opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) merchant_uid: String,
    pub(crate) request_pay: Value,
}

/// The registrations that each member opened, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    opened: Mutex<BTreeMap<usize, Vec<Opened>>>,
}

impl Windows {
    fn of<T>(&self, member: usize, with: impl FnOnce(&mut Vec<Opened>) -> T) -> T {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        with(opened.entry(member).or_default())
    }

    /// Adds a registration.
    pub(crate) fn open(&self, member: usize, opened: Opened) {
        self.of(member, |all| all.push(opened));
    }

    /// The newest registration, or the one before it.
    pub(crate) fn get(&self, member: usize, newest: bool) -> Option<Opened> {
        self.of(member, |all| {
            let before = all.iter().rev().nth(1).filter(|_| !newest);
            before.or(all.last()).cloned()
        })
    }
}
