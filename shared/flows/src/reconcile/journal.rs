//! What the journal says happened on the days that are compared.

use crate::each::Troubles;
use crate::{Gudok, Trouble};
use billing::{Entry, ImpUid, News, SubscriptionId, Uid, What};
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Entries on a page of a member's journal.
const PAGE: u16 = 100;

/// Of some days.
#[derive(Debug, Default)]
pub(super) struct Days {
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
    /// What happened on these days, both counted.
    pub(super) async fn journal_of_days(
        &self,
        range: RangeInclusive<Date>,
        troubles: &mut Troubles,
    ) -> Result<Days, Trouble> {
        let mut days = Days::default();
        for date in range.start().series(1.day()).take_while(|date| date <= range.end()) {
            let entries = self.books.ledger.journal_of_day(date).await?;
            for entry in self.readable(entries, troubles) {
                days.add(entry);
            }
        }
        Ok(days)
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

impl Days {
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
            | News::CardChanged
            | News::CancelRequested { .. }
            | News::CheckoutWithdrawn
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
            | News::CardExpiring { .. }
            | News::Refunded { .. }
            | News::ConsentAsked { .. }
            | News::Overdue { .. } => {}
        }
    }
}
