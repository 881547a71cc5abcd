//! All that is outside of a run: the tables, Iamport, the sign-in service, and the time.

use crate::hashed::Hashed;
use crate::iamport::Iamport;
use crate::tables::Tables;
use billing::ImpUid;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// All that is outside of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// What is stored.
    pub tables: Tables,
    /// What Iamport has.
    pub iamport: Hashed<Iamport>,
    /// Whether the sign-in service lets the member in.
    pub lets_in: bool,
    /// Whether it has no account of the member any more.
    pub gone: bool,
    /// How many runs of a subscription have begun.
    pub begun: u8,
    /// Whether the member's last wish that was answered was to leave.
    pub leaving: bool,
    /// What moved since then.
    pub after: Arc<BTreeSet<ImpUid>>,
}

impl World {
    /// One in which nothing has happened.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            tables: Tables::default(),
            iamport: Hashed::new(Iamport::default()),
            lets_in: false,
            gone: false,
            begun: 0,
            leaving: false,
            after: Arc::default(),
        }
    }

    /// Changes what Iamport has.
    pub fn change_iamport<T>(&mut self, change: impl FnOnce(&mut Iamport) -> T) -> T {
        let mut iamport = Iamport::clone(&self.iamport);
        let answer = change(&mut iamport);
        if self.leaving {
            let before: BTreeSet<_> = self.iamport.kept().map(|(_, it)| &it.imp_uid).collect();
            let moved = iamport.kept().map(|(_, it)| &it.imp_uid);
            let moved = moved.filter(|it| !before.contains(it)).cloned();
            Arc::make_mut(&mut self.after).extend(moved);
        }
        self.iamport = Hashed::new(iamport);
        answer
    }

    /// Notes what the member was answered last.
    pub fn answer(&mut self, leaving: bool) {
        self.leaving = leaving;
        self.after = Arc::default();
    }

    /// What tells it from others.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}
