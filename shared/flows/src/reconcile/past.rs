//! Rows from the past: a table of subscriptions was put back, and the journal still knows what members were
//! answered since; and where the whole row is gone, the orders and payments what was bought.

use super::{Comparison, Finding, FindingKind};
use crate::advance::{Advanced, MOST_RACES, Run};
use crate::each::Whose;
use crate::{Gudok, Purpose, Trouble};
use billing::{Change, Entry, Kept, MerchantUid, Order, Record, Refundable, Subscription, Uid};
use futures::FutureExt;
use jiff::Timestamp;
use ledger::{BookedPayment, CommitError, Stored};
use std::collections::BTreeSet;

impl Gudok {
    /// Whose row has forgotten what these members were answered.
    pub(super) async fn compare_past_rows(
        &self,
        answered: BTreeSet<Uid>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let (since, dry_run) = (comparison.since(), comparison.dry_run());
        let looks = answered
            .into_iter()
            .map(|uid| (Whose::Member(uid.clone()), self.past_row(uid, since, dry_run).boxed()));
        self.take_in(looks, comparison).await
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
                Err(trouble) => trouble.log_for(&uid, self),
            }
        }
        let kind = FindingKind::PastRow;
        Ok(vec![Finding { kind, merchant_uid: None, uid: Some(uid), what, mended }])
    }

    /// What the member's row has forgotten, in words; `None` if nothing.
    async fn forgotten(&self, uid: &Uid, since: Timestamp) -> Result<Option<String>, Trouble> {
        let past = self.past(uid, since).await?;
        let Past { row, entries, payments, .. } = &past;
        let newest = entries.iter().filter_map(|entry| Some(entry.replaced()?.1)).max();
        let newest = newest.map_or(0, |replaced| replaced.saturating_add(1));
        let Some(row) = row else {
            // Whoever was erased since the days were read has left nothing.
            if entries.is_empty() && payments.is_empty() {
                return Ok(None);
            }
            return Ok(Some(format!("no row is stored, the journal knows of version {newest}")));
        };
        let forgets = Subscription::clone(row).recall(entries, payments, self.books.now())
            || row.has_forgotten_its_end(entries)
            || past.is_lost_to(row);
        let version = row.version;
        Ok(forgets
            .then(|| format!("version {version} is stored, the journal knows of version {newest}")))
    }

    /// Has the row know again what can be taken from the journal, then has the loop see to it. Whoever was
    /// ended under the guard is ended again if that is so by this row too.
    async fn recall(&self, uid: &Uid, since: Timestamp) -> Result<(), Trouble> {
        for _ in 0..MOST_RACES {
            let past = self.past(uid, since).await?;
            let rebuilt = self.rebuilt(uid, &past).await?;
            let Past { row: read, entries, payments, .. } = &past;
            let now = self.books.now();
            let lost = rebuilt.is_some();
            let Some(mut row) = rebuilt.or_else(|| read.as_deref().cloned()) else {
                return Ok(());
            };
            let changed = row.recall(entries, payments, now) || lost;
            let purpose = if row.has_forgotten_its_end(entries) {
                Purpose::Revoke { by: None }
            } else {
                Purpose::Look
            };
            let stored = if changed {
                row.due_at = Some(now);
                match self.books.ledger.commit(read.as_ref(), &Change::of(row)).await {
                    Ok(committed) => committed.subscription,
                    Err(CommitError::Ledger(error)) => return Err(error.into()),
                    Err(_) => continue,
                }
            } else {
                let Some(read) = past.row else { return Ok(()) };
                read
            };
            let Advanced { trouble, .. } =
                self.advance_from(stored, Run::new(None, purpose)).await?;
            return trouble.map_or(Ok(()), Err);
        }
        Err(Trouble::Restless)
    }

    /// A run of the member that the row knows nothing of, or no row is there at all.
    async fn rebuilt(&self, uid: &Uid, past: &Past) -> Result<Option<Subscription>, Trouble> {
        let Past { row, payments, shown, .. } = past;
        if row.as_ref().is_some_and(|row| !past.is_lost_to(row)) {
            return Ok(None);
        }
        let orders = self.books.ledger.orders_of(uid).await?;
        let terms_version = &self.books.settings.catalogue.terms_version;
        let kept = Kept { orders: &orders, payments, terms_version };
        let mut built = Subscription::rebuilt(row.as_deref(), uid, kept, self.books.now());
        if let Some(card) = built.as_mut().and_then(|built| built.card.as_mut()) {
            (card.name, card.number) = shown.clone();
        }
        Ok(built)
    }

    /// Stores an order again that is gone, for the table was put back to an earlier moment, as far as the
    /// member's row, a payment and the records tell what it was.
    pub(crate) async fn find_order(
        &self,
        id: MerchantUid,
        uid: &Uid,
        records: &[Record],
    ) -> Result<Option<Order>, Trouble> {
        let Some(row) = self.books.ledger.stored(uid).await? else { return Ok(None) };
        let mut payment = None;
        for record in records.iter().filter(|record| record.is_money()) {
            let booked = self.books.payment_with(uid, &record.imp_uid).await?;
            payment = payment.or(booked.filter(|booked| booked.merchant_uid == id));
        }
        let paid = payment.as_ref().map(|payment| (payment.refundable(), &payment.plan));
        let paid = paid.as_ref().map(|(payment, plan)| (payment, *plan));
        let Some(order) = row.lost_order(id, records, paid) else { return Ok(None) };
        let change = Change { opened: vec![order.clone()], ..Change::of(row.clone()) };
        match self.books.ledger.commit(Some(&row), &change).await {
            Ok(_) => Ok(Some(order)),
            Err(CommitError::Ledger(error)) => Err(error.into()),
            // Someone else is at it; the next night looks again.
            Err(_) => Ok(None),
        }
    }

    /// The row, and then the journal and the payments, which so know of all that the row knows.
    async fn past(&self, uid: &Uid, since: Timestamp) -> Result<Past, Trouble> {
        let row = self.books.ledger.stored(uid).await?;
        let entries = self.journal_since(uid, since).await?;
        let (payments, _) = self.books.ledger.payments(uid, MOST_PAYMENTS, None).await?;
        let shown = payments.first().map(|it| (it.card_name.clone(), it.card_number.clone()));
        let payments = payments.iter().map(BookedPayment::refundable).collect();
        Ok(Past { row, entries, payments, shown: shown.unwrap_or_default() })
    }
}

/// Payments that are looked at of a member, the latest first: eight years of them.
const MOST_PAYMENTS: u16 = 100;

/// What is stored of a member.
struct Past {
    row: Option<Stored>,
    entries: Vec<Entry>,
    payments: Vec<Refundable>,
    /// What the latest payment shows of the card: its name and masked number.
    shown: (Option<String>, Option<String>),
}

impl Past {
    /// Whether what this row has forgotten cannot be recalled: a person or the other tables have to say it.
    fn is_lost_to(&self, row: &Subscription) -> bool {
        row.has_lost_for_good(&self.entries) || row.has_forgotten_its_payments(&self.payments)
    }
}
