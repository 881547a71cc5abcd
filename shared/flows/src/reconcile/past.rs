//! Rows from the past: a table of subscriptions was put back, and the journal still knows what members were
//! answered since.

use super::{Finding, FindingKind};
use crate::checkout::MOST_RACES;
use crate::each::{Troubles, Whose};
use crate::{Gudok, Purpose, Trouble};
use billing::{Change, Entry, Subscription, Uid};
use futures::FutureExt;
use jiff::Timestamp;
use ledger::{CommitError, Stored};
use std::collections::BTreeSet;

impl Gudok {
    /// Whose row has forgotten what these members were answered.
    pub(super) async fn past_rows(
        &self,
        answered: BTreeSet<Uid>,
        since: Timestamp,
        dry_run: bool,
        troubles: &mut Troubles,
    ) -> Result<Vec<Finding>, Trouble> {
        let looks = answered
            .into_iter()
            .map(|uid| (Whose::Member(uid.clone()), self.past_row(uid, since, dry_run).boxed()));
        self.findings(looks, troubles).await
    }

    async fn past_row(
        &self,
        uid: Uid,
        since: Timestamp,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let Some(what) = self.forgotten(&uid, since).await? else { return Ok(Vec::new()) };
        let mut mended = false;
        if !dry_run {
            match self.recall(&uid, since).await {
                Ok(()) => mended = self.forgotten(&uid, since).await?.is_none(),
                Err(trouble) => trouble.log_for(&uid),
            }
        }
        let kind = FindingKind::PastRow;
        Ok(vec![Finding { kind, merchant_uid: None, uid: Some(uid), what, mended }])
    }

    /// What the member's row has forgotten, in words; `None` if nothing.
    async fn forgotten(&self, uid: &Uid, since: Timestamp) -> Result<Option<String>, Trouble> {
        let (row, entries) = self.row_and_journal(uid, since).await?;
        let newest = entries.iter().filter_map(|entry| Some(entry.replaced()?.1)).max();
        let newest = newest.map_or(0, |replaced| replaced.saturating_add(1));
        let Some(row) = row else {
            return Ok(Some(format!("no row is stored, the journal knows of version {newest}")));
        };
        let forgets = row.clone().recall(&entries, self.now())
            || row.has_forgotten_its_end(&entries)
            || row.has_lost_for_good(&entries);
        let version = row.version;
        Ok(forgets
            .then(|| format!("version {version} is stored, the journal knows of version {newest}")))
    }

    /// Has the row know again what can be taken from the journal, then has the loop see to it. Whoever was
    /// ended under the guard is ended again if that is so by this row too.
    async fn recall(&self, uid: &Uid, since: Timestamp) -> Result<(), Trouble> {
        for _ in 0..MOST_RACES {
            let (row, entries) = self.row_and_journal(uid, since).await?;
            let Some(read) = row else { return Ok(()) };
            let mut row = Subscription::clone(&read);
            let now = self.now();
            if row.recall(&entries, now) {
                row.due_at = Some(now);
                match self.ledger.commit(Some(&read), &Change::of(row.clone())).await {
                    Ok(_) => {}
                    Err(CommitError::Lost | CommitError::Taken(_) | CommitError::Booked(_)) => {
                        continue;
                    }
                    Err(CommitError::NoSuchPayment(imp_uid)) => {
                        return Err(Trouble::NoSuchPayment(imp_uid));
                    }
                    Err(CommitError::Ledger(error)) => return Err(error.into()),
                }
            }
            let purpose = if row.has_forgotten_its_end(&entries) {
                Purpose::Revoke { by: None }
            } else {
                Purpose::Look
            };
            let advanced = Box::pin(self.advance(uid, purpose)).await?;
            return advanced.trouble.map_or(Ok(()), Err);
        }
        Err(Trouble::Restless)
    }

    /// The row, and then the journal, which so knows of all that the row knows.
    async fn row_and_journal(
        &self,
        uid: &Uid,
        since: Timestamp,
    ) -> Result<(Option<Stored>, Vec<Entry>), Trouble> {
        let row = self.ledger.stored(uid).await?;
        Ok((row, self.journal_since(uid, since).await?))
    }
}
