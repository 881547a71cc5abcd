//! Reconciliation: our tables compared with Iamport's payments and schedules, with the accounts of the
//! sign-in service, and with each other. What differs is a finding; what the loop can put right it is pointed
//! at, exactly as a webhook would point.

mod accounts;
mod journal;
mod past;
mod payments;
mod schedules;

use crate::each::{Look, Troubles, Whose};
use crate::work::{Part, Work};
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Act, MerchantUid, Uid, kst_date, start_of_day};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use schedules::Schedules;
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

/// Up to when a comparison is made in one run.
#[derive(Debug, Clone, Copy)]
pub struct InParts {
    /// The part to begin with.
    pub from: Part,
    /// No other part is begun after that; another run goes on with it.
    pub until: Timestamp,
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
    /// The part that another run goes on with; `None` if all were compared.
    pub next: Option<Part>,
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

/// A comparison under way. Of what differs all is counted, and as much kept as can be shown: it takes no more memory
/// the more there is.
struct Comparison {
    /// Whether it only looks.
    dry_run: bool,
    /// The days, both counted.
    days: RangeInclusive<Date>,
    troubles: Troubles,
    found: BTreeMap<FindingKind, usize>,
    mended: usize,
    /// The first of each kind.
    kept: BTreeMap<FindingKind, Vec<Finding>>,
}

impl Comparison {
    fn new(days: RangeInclusive<Date>, dry_run: bool) -> Self {
        Self {
            dry_run,
            days,
            troubles: Troubles::default(),
            found: BTreeMap::new(),
            mended: 0,
            kept: BTreeMap::new(),
        }
    }

    fn add(&mut self, finding: Finding) {
        let count = self.found.entry(finding.kind).or_default();
        *count = count.saturating_add(1);
        self.mended = self.mended.saturating_add(usize::from(finding.mended));
        let kept = self.kept.entry(finding.kind).or_default();
        if kept.len() < MOST_SHOWN {
            kept.push(finding);
        }
    }

    /// The first day's beginning.
    fn since(&self) -> Timestamp {
        start_of_day(*self.days.start())
    }

    /// The last day's end.
    fn end(&self) -> Timestamp {
        start_of_day(self.days.end().saturating_add(1.days()))
    }

    /// Members of whom Iamport holds something that their row does not refer to, and of whom the journal said
    /// nothing: their row may be gone together with it.
    fn lost_rows(&self) -> BTreeSet<Uid> {
        let of = |kinds: &[FindingKind]| -> BTreeSet<Uid> {
            let of = kinds.iter().filter_map(|kind| self.kept.get(kind)).flatten();
            of.filter_map(|finding| finding.uid.clone()).collect()
        };
        let orphaned = of(&[FindingKind::OrphanedKey, FindingKind::OrphanedSchedule]);
        orphaned.difference(&of(&[FindingKind::PastRow])).cloned().collect()
    }
}

impl Gudok {
    /// Compares, for payments begun on these days (both counted, at most 90) and what members were answered
    /// on them, for all that was given back of payments of the last 360 days, for all schedules of the next 40,
    /// and for the accounts of all who have access; and unless `dry_run` puts right what can be. A second run
    /// finds only what could not. All lists are read page by page and none is kept
    /// (docs/decisions/0035-a-comparison-keeps-no-list.md). With `parts` it is made in as many runs as it takes, each of which
    /// tells what it found.
    ///
    /// # Errors
    /// Denied when the range is empty, too long or not begun yet; trouble when the tables or Iamport's lists
    /// do not answer. One member's trouble is counted, and leaves that finding unmended and stops nobody else.
    pub async fn reconcile(
        &self,
        days: RangeInclusive<Date>,
        dry_run: bool,
        by: Option<&Uid>,
        parts: Option<InParts>,
    ) -> Result<Reconciliation, Error> {
        let at = self.books.now();
        let (from, to) = (*days.start(), *days.end());
        let last = from.saturating_add((LONGEST - 1).days());
        if to < from || to > last || to > kst_date(at) {
            return Err(Denied::BadRange.into());
        }
        let mut comparison = Comparison::new(days, dry_run);
        let end = comparison.end();
        let until = end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(end).min(at);
        let (mut payments, mut schedules, mut next) = (0, Schedules::default(), None);
        let from_part = parts.map_or(Part::default(), |parts| parts.from);
        for part in Part::ALL.into_iter().filter(|part| *part >= from_part) {
            if part > from_part && parts.is_some_and(|parts| self.books.now() >= parts.until) {
                next = Some(part);
                break;
            }
            match part {
                Part::Members => {
                    let ended = self.compare_what_was_answered(&mut comparison).await?;
                    self.compare_accounts(ended, &mut comparison).await?;
                }
                Part::Payments => {
                    let time = comparison.since()..=until;
                    payments = self.compare_payments(time, at, &mut comparison).await?;
                }
                Part::Schedules => schedules = self.compare_schedules(&mut comparison).await?,
            }
        }
        if let Some(part) = next {
            self.put_events(vec![self.work(&Work::Reconcile { part })?]).await?;
        }
        let owners = comparison.lost_rows();
        self.compare_past_rows(owners, &mut comparison).await?;
        let Comparison { troubles, found, mended, kept, .. } = comparison;
        let mut findings: Vec<Finding> = kept.into_values().flatten().collect();
        findings.sort_by_key(|finding| (finding.kind, finding.merchant_uid));
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
            mended,
            findings,
            next,
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

impl Gudok {
    /// Adds what these looks find.
    fn take_in<'a>(
        &'a self,
        looks: impl Iterator<Item = (Whose, Look<'a, Vec<Finding>>)> + Send + 'a,
        comparison: &'a mut Comparison,
    ) -> Look<'a, ()> {
        let found = self.each(AT_ONCE, looks);
        async move {
            let found = found.await.heard()?;
            comparison.troubles.add(found.troubles);
            found.done.into_iter().flatten().for_each(|finding| comparison.add(finding));
            Ok(())
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
