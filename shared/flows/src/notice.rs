//! The address that Iamport's webhooks are sent to, and what it proves; how members are called in logs; and a memory of
//! a moment, so that nobody can have us ask Iamport as often as they like.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use billing::{MerchantUid, Uid};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How much of the code is sent, in bytes: nobody guesses 80 bits over the wire.
const CODE: usize = 10;

/// More orders than this are not remembered for longer than they count.
const MANY: usize = 1_024;

/// With what our own addresses are signed and the names of members in logs are made. The address of a charge never
/// passes a browser, so whoever knows it is Iamport.
#[derive(Clone)]
pub struct OwnKey(SecretString);

impl OwnKey {
    /// From a secret that is kept for something else too. What it takes to sign is made when something is signed: most
    /// that starts signs nothing.
    pub const fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The code of that order.
    pub(crate) fn code(&self, order: MerchantUid) -> String {
        let tag = self.tag(&format!("gudok notice {order}"));
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..CODE).unwrap_or_default())
    }

    /// Whether this is that order's code.
    pub(crate) fn is_code(&self, order: MerchantUid, code: &str) -> bool {
        verify_slices_are_equal(self.code(order).as_bytes(), code.as_bytes()).is_ok()
    }

    /// What stands for a member in logs: the same each time, and who has the logs alone can neither read the uid from
    /// it nor try uids. The runbook tells how it is computed.
    pub fn pseudonym(&self, uid: &Uid) -> String {
        let tag = self.tag(&format!("gudok log {uid}"));
        let bytes = tag.as_ref().first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(bytes))
    }

    fn tag(&self, text: &str) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret().as_bytes());
        hmac::sign(&key, text.as_bytes())
    }
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnKey").finish_non_exhaustive()
    }
}

/// Who wants an order looked up, and need not be who they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asks {
    /// A webhook whose address proves nothing: anyone.
    Webhook,
    /// A member whose browser waits for what came of the window.
    Browser,
}

impl Asks {
    /// So many look-ups of one order in so long.
    const fn limit(self) -> (u16, SignedDuration) {
        match self {
            Self::Webhook => (1, SignedDuration::from_secs(10)),
            // The page asks every few seconds.
            Self::Browser => (30, SignedDuration::from_mins(1)),
        }
    }
}

/// How often orders were looked up a moment ago, in this process.
#[derive(Debug, Default)]
pub struct Lately(Mutex<BTreeMap<(Asks, MerchantUid), (Timestamp, u16)>>);

impl Lately {
    /// Whether this order was looked up as often as may be; if not, it is once more now.
    pub(crate) fn is_enough(&self, asks: Asks, order: MerchantUid, now: Timestamp) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back forgets.
        let lately = |asks: Asks, since: Timestamp| {
            since <= now && now.duration_since(since) < asks.limit().1
        };
        if looks.len() >= MANY {
            looks.retain(|(asks, _), (since, _)| lately(*asks, *since));
        }
        let (since, times) = looks.entry((asks, order)).or_insert((now, 0));
        if !lately(asks, *since) {
            (*since, *times) = (now, 0);
        }
        let enough = *times >= asks.limit().0;
        *times = times.saturating_add(1);
        enough
    }
}
