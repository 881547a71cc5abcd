//! Reconciliation: our tables compared with Iamport's payments and schedules, with the accounts of the
//! sign-in service, and with each other. What differs is a finding; what the loop can put right it is pointed
//! at, exactly as a webhook would point.

mod accounts;
mod journal;
mod past;
mod payments;
mod schedules;

use crate::each::{Look, Troubles, Whose};
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Act, MerchantUid, Uid, kst_date, start_of_day};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// How many calls to Iamport are under way at once; what it allows is not documented.
const AT_ONCE: usize = 4;

/// The most days at once, which is what Iamport lists.
const LONGEST: i32 = 90;

/// The most findings that a report holds; all are counted.
const MOST_SHOWN: usize = 200;

/// The most findings that the bus is told one by one.
const MOST_TOLD: usize = 20;

/// Rows on a page of Iamport's lists.
const PAGE: u32 = 1_000;

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A record at Iamport under an id of ours that no order has. The order is stored again where the other
    /// tables say what it was.
    UnknownOrder,
    /// Money at Iamport that we do not hold as that order's payment.
    UnrecordedPayment,
    /// Money given back at Iamport that our payment does not know of.
    UnrecordedRefund,
    /// A payment that we hold and Iamport does not know. Only told.
    MissingAtIamport,
    /// A billing key at Iamport that nothing of ours refers to.
    OrphanedKey,
    /// A schedule at Iamport that the subscription does not carry.
    OrphanedSchedule,
    /// The same, while another one stands that it does carry.
    DoubleSchedule,
    /// A schedule at Iamport for another moment or amount than ours. Only told.
    ChangedSchedule,
    /// A schedule of ours that does not stand at Iamport.
    MissingSchedule,
    /// A member who is still to be charged, and whose account is deleted or disabled.
    LostAccount,
    /// The sign-in service lets a member in, or does not, against what it was told.
    ChangedAccess,
    /// A subscription's row that does not know what the journal says was answered to the member, or is gone:
    /// its table was put back to an earlier moment.
    PastRow,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What differs.
    pub kind: FindingKind,
    /// The order; `None` for a payment that only we know.
    pub merchant_uid: Option<MerchantUid>,
    /// Whose, where that is known.
    pub uid: Option<Uid>,
    /// The facts.
    pub what: String,
    /// Whether it was put right: looked at once more, it no longer differs.
    pub mended: bool,
}

/// What a reconciliation saw and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// When it began.
    pub at: Timestamp,
    /// The first day of the payments, in Korea.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Whether it only looked.
    pub dry_run: bool,
    /// Records of ours that Iamport listed for those days.
    pub payments: usize,
    /// Schedules of ours that stand at Iamport.
    pub schedules: usize,
    /// Members whose schedules were looked for.
    pub members: usize,
    /// What could not be compared: something did not answer for it, or a row cannot be read.
    pub troubled: usize,
    /// How many differences of each kind.
    pub found: BTreeMap<FindingKind, usize>,
    /// How many of them were put right.
    pub mended: usize,
    /// The differences, at most 200.
    pub findings: Vec<Finding>,
}

/// What the bus is told of a reconciliation that found something.
#[derive(Debug, Clone, Serialize)]
struct Told<'a> {
    at: Timestamp,
    from: Date,
    to: Date,
    found: &'a BTreeMap<FindingKind, usize>,
    mended: usize,
    /// What a person has to look at, at most 20.
    left: Vec<&'a Finding>,
}

impl Gudok {
    /// Compares, for payments begun on these days (both counted, at most 90) and what members were answered
    /// on them, for all that was given back of payments of the last 360 days, for all schedules of the next 40,
    /// and for the accounts of all who have access; and unless `dry_run` puts right what can be. A second run
    /// finds only what could not.
    ///
    /// # Errors
    /// Denied when the range is empty, too long or not begun yet; trouble when the tables or Iamport's lists
    /// do not answer. One member's trouble is counted, and leaves that finding unmended and stops nobody else.
    pub async fn reconcile(
        &self,
        days: RangeInclusive<Date>,
        dry_run: bool,
        by: Option<&Uid>,
    ) -> Result<Reconciliation, Error> {
        let at = self.books.now();
        let (from, to) = (*days.start(), *days.end());
        let last = from.saturating_add((LONGEST - 1).days());
        if to < from || to > last || to > kst_date(at) {
            return Err(Denied::BadRange.into());
        }
        let end = start_of_day(to.saturating_add(1.days()));
        let until = end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(end).min(at);
        let mut troubles = Troubles::default();
        let listed = self.listed_payments(start_of_day(from)..=until, at, &mut troubles).await?;
        let journal = self.journal_of_days(days, &mut troubles).await?;
        // First what members wanted, so that nothing is booked or charged against it.
        let since = start_of_day(from);
        let mut findings = self.past_rows(journal.answered, since, dry_run, &mut troubles).await?;
        findings.extend(self.differing_accounts(journal.ended, dry_run, &mut troubles).await?);
        findings.extend(self.missing_payments(journal.paid, &listed.imp_uids).await?);
        let payments = listed.imp_uids.len();
        let differing = self.differing_payments(listed, &journal.runs, dry_run, &mut troubles);
        findings.extend(differing.await?);
        let schedules = self.differing_schedules(dry_run, &mut troubles).await?;
        findings.extend(schedules.findings);
        let owners = lost_rows(&findings);
        findings.extend(self.past_rows(owners, since, dry_run, &mut troubles).await?);
        findings.sort_by_key(|finding| (finding.kind, finding.merchant_uid));
        let mut found = BTreeMap::new();
        for finding in &findings {
            let count: &mut usize = found.entry(finding.kind).or_default();
            *count = count.saturating_add(1);
        }
        let mut report = Reconciliation {
            at,
            from,
            to,
            dry_run,
            payments,
            schedules: schedules.standing,
            members: schedules.members,
            troubled: troubles.count,
            found,
            mended: findings.iter().filter(|finding| finding.mended).count(),
            findings,
        };
        if !dry_run {
            self.tell_of(&report).await?;
        }
        if let Some(admin) = by.filter(|_| !dry_run) {
            self.note_reconciliation(admin, &report).await?;
        }
        report.findings.truncate(MOST_SHOWN);
        Ok(report)
    }

    /// Tells the bus, when there is something to tell.
    async fn tell_of(&self, report: &Reconciliation) -> Result<(), Trouble> {
        let Reconciliation { at, from, to, ref found, mended, .. } = *report;
        if found.is_empty() {
            return Ok(());
        }
        let left = report.findings.iter().filter(|finding| !finding.mended).take(MOST_TOLD);
        let told = Told { at, from, to, found, mended, left: left.collect() };
        self.put_events(vec![self.event("reconciled", &told)?]).await
    }

    /// Notes who did it: the act of one admin that concerns no member alone.
    async fn note_reconciliation(
        &self,
        admin: &Uid,
        report: &Reconciliation,
    ) -> Result<(), Trouble> {
        let act = Act::Reconciled {
            from: report.from,
            to: report.to,
            found: report.found.values().sum(),
            mended: report.mended,
        };
        self.note_act(admin, report.at, act).await
    }
}

/// Members of whom Iamport holds something that their row does not refer to, and of whom the journal said
/// nothing: their row may be gone together with it.
fn lost_rows(findings: &[Finding]) -> BTreeSet<Uid> {
    let of = |kinds: &[FindingKind]| -> BTreeSet<Uid> {
        let of = findings.iter().filter(|finding| kinds.contains(&finding.kind));
        of.filter_map(|finding| finding.uid.clone()).collect()
    };
    let orphaned = of(&[FindingKind::OrphanedKey, FindingKind::OrphanedSchedule]);
    orphaned.difference(&of(&[FindingKind::PastRow])).cloned().collect()
}

impl Gudok {
    /// What these looks find.
    fn findings<'a>(
        &'a self,
        looks: impl Iterator<Item = (Whose, Look<'a, Vec<Finding>>)> + Send + 'a,
        troubles: &'a mut Troubles,
    ) -> Look<'a, Vec<Finding>> {
        let found = self.each(AT_ONCE, looks);
        async move {
            let found = found.await.heard()?;
            troubles.add(found.troubles);
            Ok(found.done.into_iter().flatten().collect())
        }
        .boxed()
    }

    /// A row of Iamport's lists of everybody's; one that cannot be read is said once and left out, and
    /// counted if it may be ours.
    fn listed<T>(&self, row: iamport::Row<T>, troubles: &mut Troubles) -> Option<T> {
        row.inspect_err(|bad| {
            // Others' ids may be anything; ours name nobody.
            let id = bad.merchant_uid.as_ref();
            let ours = id.and_then(|id| id.parse::<MerchantUid>().ok());
            tracing::error!(
                merchant_uid = ours.map(|id| id.to_string()),
                cause = std::error::Error::source(bad).map(ToString::to_string),
                "Iamport listed a row that cannot be read"
            );
            if ours.is_some() || id.is_none() {
                troubles.unreadable(self);
            }
        })
        .ok()
    }
}
