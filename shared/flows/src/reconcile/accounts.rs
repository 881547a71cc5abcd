//! Accounts at the sign-in service: whose is gone, and whom it lets in against what it was told
//! (docs/decisions/0022-accounts-are-looked-at-each-night.md).

use super::{AT_ONCE, Finding, FindingKind};
use crate::each::{Troubles, Whose};
use crate::{Error, Gudok, Trouble};
use billing::compare::{self, AccountDiffers};
use billing::{Change, LostAccount, State, Uid};
use futures::{FutureExt, StreamExt, stream};
use identity::{Account, ClaimsError, MOST_ACCOUNTS};
use std::collections::{BTreeMap, BTreeSet};

/// By uid; who has none is not among them.
type Accounts = BTreeMap<String, Result<Account, identity::Trouble>>;

impl Gudok {
    /// Members with access, and those whose access `ended` on the days that are compared, whose account is
    /// not as it should be.
    pub(super) async fn differing_accounts(
        &self,
        ended: BTreeSet<Uid>,
        dry_run: bool,
        troubles: &mut Troubles,
    ) -> Result<Vec<Finding>, Trouble> {
        let watched = self.readable(self.books.ledger.watched().await?, troubles);
        // The states of a moment ago: whose is odd is read again.
        let mut members: BTreeMap<Uid, State> =
            ended.into_iter().map(|uid| (uid, State::Ended)).collect();
        members.extend(watched.into_iter().map(|member| (member.uid, member.state)));
        members.retain(|_, state| *state != State::None);
        let mut lost = Vec::new();
        let mut claims = Vec::new();
        for (uid, differs) in self.odd_accounts(members.into_iter().collect(), troubles).await {
            match differs {
                AccountDiffers::Lost => lost.push(uid),
                AccountDiffers::Claim(lets_in) => claims.push((uid, lets_in)),
            }
        }
        // So many at once are more likely our mistake, such as another project's address.
        let dry = dry_run || self.too_many(lost.len()).await?;
        let looks = lost
            .into_iter()
            .map(|uid| (Whose::Member(uid.clone()), self.lost_account(uid, dry).boxed()));
        let mut findings = self.findings(looks, troubles).await?;
        let looks = claims.into_iter().map(|(uid, lets_in)| {
            (Whose::Member(uid.clone()), self.changed_access(uid, lets_in, dry_run).boxed())
        });
        findings.extend(self.findings(looks, troubles).await?);
        Ok(findings)
    }

    /// Those of whose account something is odd. When the service does not answer, the others are left for
    /// the next night.
    async fn odd_accounts(
        &self,
        members: Vec<(Uid, State)>,
        troubles: &mut Troubles,
    ) -> Vec<(Uid, AccountDiffers)> {
        let mut odd = Vec::new();
        let looks: Vec<_> = members
            .chunks(MOST_ACCOUNTS)
            .map(|some| self.accounts_of(some.to_vec()).boxed())
            .collect();
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        while let Some((some, accounts)) = looks.next().await {
            let mut accounts = match accounts {
                Ok(accounts) => accounts,
                Err(error) => {
                    troubles.note(&Whose::Nobody, error.into(), self);
                    break;
                }
            };
            for (uid, state) in some {
                match accounts.remove(uid.as_str()).transpose() {
                    Ok(account) => {
                        let account = account.map(|account| compare::Account {
                            is_disabled: account.disabled,
                            lets_in: self.lets_in(&account),
                        });
                        odd.extend(compare::account(state, account).map(|differs| (uid, differs)));
                    }
                    Err(trouble) => {
                        let trouble = ClaimsError::Unavailable(trouble).into();
                        troubles.note(&Whose::Member(uid), trouble, self);
                    }
                }
            }
        }
        odd
    }

    async fn accounts_of(
        &self,
        members: Vec<(Uid, State)>,
    ) -> (Vec<(Uid, State)>, Result<Accounts, ClaimsError>) {
        let uids: Vec<&str> = members.iter().map(|(uid, _)| uid.as_str()).collect();
        let accounts = self.claims.accounts(&uids, self.books.now()).await;
        (members, accounts)
    }

    /// Looks at the account by itself, and cancels if it is gone.
    async fn lost_account(&self, uid: Uid, dry_run: bool) -> Result<Vec<Finding>, Trouble> {
        let account = match self.claims.account(uid.as_str(), self.books.now()).await {
            Err(ClaimsError::NoSuchUser) => LostAccount::Deleted,
            Ok(account) if account.disabled => LostAccount::Disabled,
            Ok(_) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut mended = false;
        if !dry_run {
            let lose =
                |change: &mut Change, now| Ok(change.subscription.lose_account(account, now));
            match Box::pin(self.record(&uid, None, lose)).await {
                Ok(now) => mended = now.is_some_and(|now| !now.is_live()),
                Err(Error::Trouble(trouble)) => trouble.log_for(&uid, self),
                // It concerns nobody who is there any more.
                Err(Error::Denied(_)) => {}
            }
        }
        let what = match account {
            LostAccount::Deleted => "the account was deleted",
            LostAccount::Disabled => "the account is disabled",
        };
        Ok(vec![finding(FindingKind::LostAccount, uid, what, mended)])
    }

    /// Has the loop tell the service once more, if the member's row says that it was told.
    async fn changed_access(
        &self,
        uid: Uid,
        lets_in: bool,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let row = self.books.ledger.subscription(&uid).await?;
        let Some(mut row) = row else { return Ok(Vec::new()) };
        if !row.doubt_access(lets_in, self.books.now()) {
            return Ok(Vec::new());
        }
        let mut mended = false;
        if !dry_run {
            let doubt =
                |change: &mut Change, now| Ok(change.subscription.doubt_access(lets_in, now));
            match Box::pin(self.record(&uid, None, doubt)).await {
                Ok(now) => mended = now.is_some_and(|now| now.is_access_told()),
                Err(Error::Trouble(trouble)) => trouble.log_for(&uid, self),
                // It concerns nobody who is there any more.
                Err(Error::Denied(_)) => {}
            }
        }
        let what = if lets_in { "is let in" } else { "is kept out" };
        Ok(vec![finding(FindingKind::ChangedAccess, uid, what, mended)])
    }

    fn lets_in(&self, account: &Account) -> bool {
        account.claims.get(&self.books.settings.access_claim) == Some(&true.into())
    }
}

fn finding(kind: FindingKind, uid: Uid, what: &str, mended: bool) -> Finding {
    Finding { kind, merchant_uid: None, uid: Some(uid), what: what.to_owned(), mended }
}
