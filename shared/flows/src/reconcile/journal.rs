//! What the journal says happened on the days that are compared, page by page.

use super::Comparison;
use crate::{Gudok, Trouble};
use billing::{Entry, ImpUid, News, SubscriptionId, Uid, What};
use jiff::Timestamp;
use ledger::JournalPlace;
use std::collections::{BTreeMap, BTreeSet};

/// Entries on a page of a member's journal.
const PAGE: u16 = 100;

/// Of a page of the days.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// Money that we hold, and whose it is.
    pub(super) paid: BTreeMap<ImpUid, Uid>,
    /// Members who were answered something, or to whom something happened, that their row must know.
    pub(super) answered: BTreeSet<Uid>,
    /// Members whose access was taken away.
    pub(super) ended: BTreeSet<Uid>,
    /// Whose run it is, of all runs that something happened to.
    pub(super) runs: BTreeMap<SubscriptionId, Uid>,
}

impl Gudok {
    /// Compares what members were answered on the days, and says whose access was taken away on them.
    pub(super) async fn compare_what_was_answered(
        &self,
        comparison: &mut Comparison,
    ) -> Result<BTreeSet<Uid>, Trouble> {
        let (mut ended, mut seen) = (BTreeSet::new(), Some(comparison.first_page()));
        while let Some(at) = seen {
            let (happened, next) = self.happened(at, comparison).await?;
            ended.extend(happened.ended);
            self.compare_past_rows(happened.answered, comparison).await?;
            seen = next;
        }
        Ok(ended)
    }

    /// What happened on a page of the days, and where the next one is.
    pub(super) async fn happened(
        &self,
        at: JournalPlace,
        comparison: &mut Comparison,
    ) -> Result<(Happened, Option<JournalPlace>), Trouble> {
        let (entries, next) = self.books.ledger.journal_page(at, comparison.end()).await?;
        let mut happened = Happened::default();
        for entry in self.readable(entries, &mut comparison.troubles) {
            happened.add(entry);
        }
        Ok((happened, next))
    }

    /// What happened to a member since then, and maybe a little before.
    pub(super) async fn journal_since(
        &self,
        uid: &Uid,
        since: Timestamp,
    ) -> Result<Vec<Entry>, Trouble> {
        let (mut entries, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let (page, next) = self.books.ledger.journal(uid, PAGE, cursor.as_deref()).await?;
            let enough = page.last().is_none_or(|oldest| oldest.at < since);
            entries.extend(page);
            match next {
                Some(_) if !enough => cursor = next,
                Some(_) | None => return Ok(entries),
            }
        }
    }
}

impl Comparison {
    /// The first page of the journal's days.
    pub(super) fn first_page(&self) -> JournalPlace {
        JournalPlace::at(self.since())
    }
}

impl Happened {
    fn add(&mut self, entry: Entry) {
        if let Some((run, _)) = entry.replaced() {
            self.runs.insert(run, entry.uid.clone());
        }
        let Entry { uid, what, .. } = entry;
        let What::Told(news) = what else { return };
        match news {
            News::Paid { imp_uid, .. } => {
                self.paid.insert(imp_uid, uid);
            }
            News::Revoked { .. } => {
                self.ended.insert(uid.clone());
                self.answered.insert(uid);
            }
            News::Subscribed { .. }
            | News::TakenOver { .. }
            | News::CardChanged
            | News::CancelRequested { .. }
            | News::CheckoutWithdrawn
            | News::DaysGiven { .. }
            | News::RefundDue { .. }
            | News::Resumed { .. }
            | News::ConsentGiven { .. }
            | News::ErasureRequested
            | News::ReviewOpened { .. }
            | News::ReviewResolved { .. } => {
                self.answered.insert(uid);
            }
            News::Declined { .. }
            | News::ProviderTrouble { .. }
            | News::RetryPlanned { .. }
            | News::TriedAgain
            | News::CardAsked { .. }
            | News::CardExpiring { .. }
            | News::Refunded { .. }
            | News::ConsentAsked { .. }
            | News::Overdue { .. } => {}
        }
    }
}
