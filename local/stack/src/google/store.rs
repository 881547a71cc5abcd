//! What outlives a restart: the keys and the accounts, in one JSON file.

use std::{collections::BTreeMap, fs, io, path::PathBuf, sync::OnceLock};

use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::generate_pem;

/// The kept state and where it is kept; only in memory without a path.
pub(super) struct Store {
    path: Option<PathBuf>,
    kept: Kept,
}

#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Kept {
    /// PEM.
    pub(super) signing_key: String,
    /// PEM.
    pub(super) service_account_key: String,
    /// By uid.
    pub(super) accounts: BTreeMap<String, Account>,
}

impl Kept {
    /// No accounts, and two new keys.
    fn new() -> Result<Self, StoreError> {
        Ok(Self {
            signing_key: generate_pem()?,
            service_account_key: generate_pem()?,
            accounts: BTreeMap::new(),
        })
    }
}

#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Account {
    pub(super) email: String,
    /// The name that its owner goes by.
    #[serde(default)]
    pub(super) name: Option<String>,
    pub(super) custom_claims: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) last_sign_in_at: Timestamp,
    #[serde(default)]
    pub(super) disabled: bool,
    /// When its sessions were last revoked.
    #[serde(default)]
    pub(super) revoked_at: Option<Timestamp>,
}

/// Why the state can be neither read nor kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read or replaced.
    #[error("the identity stand-in's file cannot be read or replaced")]
    File(#[from] io::Error),
    /// The file is none of the stand-in's.
    #[error("the identity stand-in's file is not its own")]
    Json(#[from] serde_json::Error),
    /// A key in the file is no RSA key.
    #[error("a key in the identity stand-in's file is broken")]
    Key(#[from] jsonwebtoken::errors::Error),
    /// No key could be made.
    #[error("no RSA key could be made")]
    Generate(#[from] Unspecified),
}

impl Store {
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self, StoreError> {
        let file = match path.as_ref().map(fs::read) {
            None => None,
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Some(file) => Some(file?),
        };
        if let Some(file) = file {
            return Ok(Self { path, kept: serde_json::from_slice(&file)? });
        }
        let store = Self { path, kept: Kept::new()? };
        store.write(&store.kept)?;
        Ok(store)
    }

    /// In memory only, with the keys of all such in this process: to make new ones takes longer than most
    /// of what tests do with them.
    pub(super) fn with_this_processs_keys() -> Result<Self, StoreError> {
        static NEW: OnceLock<Kept> = OnceLock::new();
        if let Some(kept) = NEW.get() {
            return Ok(Self { path: None, kept: kept.clone() });
        }
        let kept = Kept::new()?;
        Ok(Self { path: None, kept: NEW.get_or_init(|| kept).clone() })
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Changes the state in the file first: what could not be kept has not happened.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Kept) -> T,
    ) -> Result<T, StoreError> {
        let mut kept = self.kept.clone();
        let outcome = change(&mut kept);
        self.write(&kept)?;
        self.kept = kept;
        Ok(outcome)
    }

    /// Through a file beside it and a rename, so that the file is never half written.
    fn write(&self, kept: &Kept) -> Result<(), StoreError> {
        let Some(path) = &self.path else { return Ok(()) };
        let beside = path.with_added_extension("new");
        fs::write(&beside, serde_json::to_vec_pretty(kept)?)?;
        fs::rename(&beside, path)?;
        Ok(())
    }
}
