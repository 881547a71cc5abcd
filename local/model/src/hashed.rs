//! Values that are shared between states, each with a fingerprint of all that is in it.

use std::cell::RefCell;
use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A value with its fingerprint. Two of one fingerprint are one: states are told apart by nothing else either.
pub struct Hashed<T>(Arc<(u64, T)>);

thread_local! {
    static SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

impl<T: Debug> Hashed<T> {
    /// The value, and what tells it from others: all of its fields, as they are shown.
    pub fn new(value: T) -> Self {
        let hash = SHOWN.with_borrow_mut(|shown| {
            shown.clear();
            let mut hasher = DefaultHasher::new();
            // Nothing here fails to be shown.
            write!(shown, "{value:?}").map_or(0, |()| {
                hasher.write(shown.as_bytes());
                hasher.finish()
            })
        });
        Self(Arc::new((hash, value)))
    }
}

impl<T> Hashed<T> {
    /// The fingerprint.
    pub fn fingerprint(&self) -> u64 {
        self.0.0
    }
}

impl<T> Deref for Hashed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.1
    }
}

impl<T> Clone for Hashed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Hashed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint()
    }
}

impl<T> Eq for Hashed<T> {}

impl<T> Hash for Hashed<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fingerprint());
    }
}

impl<T: Debug> Debug for Hashed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.1.fmt(f)
    }
}
