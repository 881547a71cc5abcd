//! What people and other programs do to accounts behind the backend's back.

use super::{Google, store::StoreError};
use jiff::Timestamp;
use serde_json::{Map, Value};

impl Google {
    /// The account is deleted, as by its member; whether there was one.
    ///
    /// # Errors
    /// When that could not be kept.
    pub fn delete(&self, uid: &str) -> Result<bool, StoreError> {
        self.store().change(|kept| kept.accounts.remove(uid).is_some())
    }

    /// The account is disabled: nobody signs in with it any more; whether there is one.
    ///
    /// # Errors
    /// When that could not be kept.
    pub fn disable(&self, uid: &str) -> Result<bool, StoreError> {
        self.store().change(|kept| match kept.accounts.get_mut(uid) {
            Some(account) => {
                account.disabled = true;
                true
            }
            None => false,
        })
    }

    /// The account's owner goes by another name from now on; whether there is such an account.
    ///
    /// # Errors
    /// When that could not be kept.
    pub fn rename(&self, uid: &str, name: &str) -> Result<bool, StoreError> {
        self.store().change(|kept| match kept.accounts.get_mut(uid) {
            Some(account) => {
                account.name = Some(name.to_owned());
                true
            }
            None => false,
        })
    }

    /// Signs the account out everywhere: who signed in before that is to sign in again. Whether there is such an account.
    ///
    /// # Errors
    /// When that could not be kept.
    pub fn revoke_sessions(&self, uid: &str, before: Timestamp) -> Result<bool, StoreError> {
        self.store().change(|kept| match kept.accounts.get_mut(uid) {
            Some(account) => {
                account.revoked_at = Some(before);
                true
            }
            None => false,
        })
    }

    /// Another program puts these claims in the place of all; whether there is such an account.
    ///
    /// # Errors
    /// When that could not be kept.
    pub fn replace_claims(
        &self,
        uid: &str,
        claims: Map<String, Value>,
    ) -> Result<bool, StoreError> {
        self.store().change(|kept| match kept.accounts.get_mut(uid) {
            Some(account) => {
                account.custom_claims = claims;
                true
            }
            None => false,
        })
    }
}
