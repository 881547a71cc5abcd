//! Accounts, as Google's look-up shows them.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::transport::Trouble;

/// An account as Google keeps it. Its [`Debug`](fmt::Debug) leaves the e-mail address, the
/// name and the values of the claims out.
#[derive(Clone, Eq, PartialEq)]
pub struct Account {
    /// The member.
    pub uid: String,
    /// The e-mail address, if the account has one.
    pub email: Option<String>,
    /// The name that its owner goes by, if the account has one.
    pub name: Option<String>,
    /// Whether the account may sign in no more.
    pub disabled: bool,
    /// Sessions that signed in before this are revoked. Compare with
    /// [`IdToken::auth_time`](crate::IdToken::auth_time).
    pub valid_since: Option<Timestamp>,
    /// The custom claims.
    pub claims: Map<String, Value>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("uid", &self.uid)
            .field("disabled", &self.disabled)
            .field("valid_since", &self.valid_since)
            .finish_non_exhaustive()
    }
}

/// What an account may do at an admin's desk, by its custom claim [`ADMIN`](crate::ADMIN).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum DeskRight {
    /// Look at everything.
    Look,
    /// And act.
    Act,
}

impl DeskRight {
    /// By the claim's value: exactly `"viewer"` or `true`. Anything may be stored under a custom claim's name.
    pub fn of(claim: &Value) -> Option<Self> {
        if *claim == Value::Bool(true) {
            Some(Self::Act)
        } else {
            (claim.as_str() == Some("viewer")).then_some(Self::Look)
        }
    }
}

/// The look-up's answer; without `users` when there is none.
#[derive(Deserialize)]
pub(crate) struct Found<User> {
    #[serde(default = "Vec::new")]
    pub(crate) users: Vec<User>,
}

/// An account in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) local_id: String,
    email: Option<String>,
    display_name: Option<String>,
    #[serde(default)]
    disabled: bool,
    /// Seconds since 1970, as a string.
    valid_since: Option<String>,
    /// A JSON object, as a string.
    custom_attributes: Option<String>,
}

impl User {
    pub(crate) fn into_account(self) -> Result<Account, Trouble> {
        let unreadable = || Trouble::Unreadable { line: 0, column: 0 };
        let valid_since = self
            .valid_since
            .map(|seconds| {
                let seconds = seconds.parse().map_err(|_error| unreadable())?;
                Timestamp::from_second(seconds).map_err(|_error| unreadable())
            })
            .transpose()?;
        let claims = match self.custom_attributes.as_deref() {
            None | Some("") => Map::new(),
            Some(attributes) => serde_json::from_str(attributes)?,
        };
        Ok(Account {
            uid: self.local_id,
            email: self.email,
            name: self.display_name.filter(|name| !name.is_empty()),
            disabled: self.disabled,
            valid_since,
            claims,
        })
    }
}
