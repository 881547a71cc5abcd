//! Accounts at the sign-in service: whose is gone, and whom it lets in against what it was told
//! (docs/decisions/0022-accounts-are-looked-at-each-night.md).

use super::{AT_ONCE, Comparison, Finding, FindingKind};
use crate::each::Whose;
use crate::{Error, Gudok, Trouble};
use billing::compare::{self, AccountDiffers};
use billing::{Change, LostAccount, State, Uid};
use futures::{FutureExt, StreamExt, stream};
use identity::{Account, ClaimsError, MOST_ACCOUNTS};
use ledger::{SHARDS, Watched};
use std::collections::{BTreeMap, BTreeSet};

/// So many are looked at together: a few requests, side by side.
const MANY: usize = MOST_ACCOUNTS * 8;

/// By uid; who has none is not among them.
type Accounts = BTreeMap<String, Result<Account, identity::Trouble>>;

/// Members of whose account something is odd.
#[derive(Debug, Default)]
struct Odd {
    /// It is gone or disabled.
    lost: Vec<Uid>,
    /// It lets in, or does not, against what it was told.
    claims: Vec<(Uid, bool)>,
}

impl Odd {
    fn add(&mut self, uid: Uid, differs: Option<AccountDiffers>) {
        match differs {
            Some(AccountDiffers::Lost) => self.lost.push(uid),
            Some(AccountDiffers::Claim(lets_in)) => self.claims.push((uid, lets_in)),
            None => {}
        }
    }
}

impl Gudok {
    /// Members with access, and those whose access `ended` on the days that are compared, whose account is
    /// not as it should be. When the service does not answer, the others are left for the next night.
    pub(super) async fn compare_accounts(
        &self,
        ended: BTreeSet<Uid>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        // Whoever began again since is among those watched.
        let ended = self.read(ended.into_iter().collect()).await.heard()?;
        comparison.troubles.add(ended.troubles);
        let ended = ended.done.into_iter().flatten().map(|row| (row.uid.clone(), row.state()));
        let mut some: Vec<_> = ended.filter(|(_, state)| *state == State::Ended).collect();
        let mut lost = Vec::new();
        let mut place = Some((0, None));
        while let Some((shard, after)) = place {
            let (page, next) = self.books.ledger.watched_page(shard, after).await?;
            let watched = self.readable(page, &mut comparison.troubles);
            // The states of a moment ago: whose is odd is read again.
            let enters = |it: &Watched| it.state != State::None || it.paid_through.is_some();
            let watched = watched.into_iter().filter(enters);
            some.extend(watched.map(|member| (member.uid, member.state)));
            place = match next {
                Some(after) => Some((shard, Some(after))),
                None => shard.checked_add(1).filter(|next| *next < SHARDS).map(|next| (next, None)),
            };
            if place.is_none() || some.len() >= MANY {
                let mut odd = Odd::default();
                let some = std::mem::take(&mut some);
                let answered = self.odd_accounts(some, &mut odd, comparison).await;
                lost.extend(odd.lost);
                self.changed_accesses(odd.claims, comparison).await?;
                if !answered {
                    break;
                }
            }
        }
        self.lost_accounts(lost, comparison).await
    }

    /// So many at once are more likely our mistake, such as another project's address.
    async fn lost_accounts(
        &self,
        lost: Vec<Uid>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry = comparison.dry_run() || self.too_many(lost.len()).await?;
        let looks = lost
            .into_iter()
            .map(|uid| (Whose::Member(uid.clone()), self.lost_account(uid, dry).boxed()));
        self.take_in(looks, comparison).await
    }

    async fn changed_accesses(
        &self,
        claims: Vec<(Uid, bool)>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry_run = comparison.dry_run();
        let looks = claims.into_iter().map(|(uid, lets_in)| {
            (Whose::Member(uid.clone()), self.changed_access(uid, lets_in, dry_run).boxed())
        });
        self.take_in(looks, comparison).await
    }

    /// Those of these of whose account something is odd. Returns whether the service answered.
    async fn odd_accounts(
        &self,
        some: Vec<(Uid, State)>,
        odd: &mut Odd,
        comparison: &mut Comparison,
    ) -> bool {
        let looks: Vec<_> = some
            .chunks(MOST_ACCOUNTS)
            .map(|some| self.accounts_of(some.to_vec()).boxed())
            .collect();
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        while let Some((some, accounts)) = looks.next().await {
            let mut accounts = match accounts {
                Ok(accounts) => accounts,
                Err(error) => {
                    comparison.troubles.note(&Whose::Nobody, error.into(), self);
                    return false;
                }
            };
            for (uid, state) in some {
                match accounts.remove(uid.as_str()).transpose() {
                    Ok(account) => {
                        let account = account.map(|account| compare::Account {
                            is_disabled: account.disabled,
                            lets_in: self.lets_in(&account),
                        });
                        odd.add(uid, compare::account(state, account));
                    }
                    Err(trouble) => {
                        let trouble = ClaimsError::Unavailable(trouble).into();
                        comparison.troubles.note(&Whose::Member(uid), trouble, self);
                    }
                }
            }
        }
        true
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
                Err(error) => self.note(&uid, &error),
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
                Err(error) => self.note(&uid, &error),
            }
        }
        let what = if lets_in { "is let in" } else { "is kept out" };
        Ok(vec![finding(FindingKind::ChangedAccess, uid, what, mended)])
    }

    /// Trouble is logged; what is denied concerns nobody who is there any more.
    fn note(&self, uid: &Uid, error: &Error) {
        match error {
            Error::Trouble(trouble) => trouble.log_for(uid, self),
            Error::Denied(_) => {}
        }
    }

    fn lets_in(&self, account: &Account) -> bool {
        account.claims.get(&self.books.settings.access_claim) == Some(&true.into())
    }
}

fn finding(kind: FindingKind, uid: Uid, what: &str, mended: bool) -> Finding {
    Finding { kind, merchant_uid: None, uid: Some(uid), what: what.to_owned(), mended }
}
