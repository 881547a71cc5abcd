//! Firebase for a backend: verifies ID tokens, reads and merges custom claims.
//!
//! Three things live here, and they share nothing but the [`Transport`] and how a signature is checked:
//!
//! - [`Verifier`] answers *who is asking*. It checks an ID token against Google's published
//!   keys and yields an [`IdToken`], or says whose fault it is that it cannot
//!   ([`VerifyError`]).
//! - [`AppCheck`] answers *what is asking*: whether an App Check token comes from one of our apps.
//! - [`Claims`] changes *what a member may open*. It looks the account up, merges, and writes
//!   only a difference, under an access token bought with a [`ServiceAccount`].
//!
//! None knows the clock: every call takes `now`. How long a key set or an access token has
//! been held is measured on [`tokio::time::Instant`], so that a paused runtime decides it in a
//! test. None knows a host either: each address is configuration, and there is no mode for
//! an emulator; a stand-in is reached by other addresses and is verified like production.
//!
//! Nothing is logged. A [`std::fmt::Debug`] of anything here holds no token, no key and no
//! e-mail address.

mod verifier;
mod app_check;
mod signed;
mod keys;
mod claims;
mod account;
mod service_account;
mod access;
mod transport;

pub use account::{Account, DeskRight};
pub use app_check::{AppCheck, AppCheckConfig};
pub use claims::{
    ADMIN, Claims, ClaimsConfig, ClaimsError, IDENTITY_TOOLKIT_URL, MOST_ACCOUNTS, Merge, RESERVED,
};
pub use keys::{APP_CHECK_JWKS_URL, SECURE_TOKEN_JWKS_URL};
pub use service_account::{InvalidServiceAccount, ServiceAccount};
pub use signed::{Rejection, VerifyError};
pub use transport::{DEFAULT_TIMEOUT, REST, Transport, Trouble};
pub use verifier::{IdToken, Verifier, VerifierConfig};
