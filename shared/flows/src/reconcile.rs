//! Reconciliation: our tables compared with Iamport's payments and schedules, with the accounts of the
//! sign-in service, and with each other. What differs is a finding; what the loop can put right it is pointed
//! at, exactly as a webhook would point.

mod accounts;
mod foreign;
mod journal;
mod past;
mod payments;
mod schedules;

use crate::each::{Look, Troubles, Whose};
use crate::work::Work;
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Act, MerchantUid, Record, Uid, start_of_day};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// How many calls to Iamport are under way at once; what it allows is not documented.
const AT_ONCE: usize = 4;

/// The most days at once, which is what Iamport lists.
const LONGEST: i32 = 90;

/// The most findings of a kind that a report holds; all are counted.
const MOST_KEPT: usize = 50;

/// The most findings that the bus is told one by one.
const MOST_TOLD: usize = 20;

/// How long a report is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Rows on a page of Iamport's lists.
const PAGE: u32 = 1_000;

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Where a comparison goes on. What members wanted comes first, so that nothing is booked or charged against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// What members were answered, and their accounts.
    Members,
    /// Payments and billing keys.
    Payments,
    /// Schedules.
    Schedules {
        /// Of members who are due from then on; `None` for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_from: Option<Timestamp>,
    },
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// A reconciliation: what it saw and did so far. It is stored as it goes on, for 30 days, so that another run can go on
/// with it and an admin can watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Which: that of a night has its date, that of an admin an id.
    pub id: String,
    /// When it began.
    pub at: Timestamp,
    /// Who had it made; `None` for that of a night.
    pub by: Option<Uid>,
    /// The first day of the payments, in Korea.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Whether it only looks.
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
    /// The first differences of each kind, at most 50.
    pub findings: Vec<Finding>,
    /// Where it goes on; `None` once all was compared.
    pub next: Option<Part>,
    /// When it was last stored.
    pub stored_at: Timestamp,
    /// How often it was stored.
    pub version: u64,
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
    report: Reconciliation,
    /// Of this run; those of the runs before are in the report.
    troubles: Troubles,
}

impl Reconciliation {
    fn new(id: String, at: Timestamp, days: &RangeInclusive<Date>) -> Self {
        Self {
            id,
            at,
            by: None,
            from: *days.start(),
            to: *days.end(),
            dry_run: false,
            payments: 0,
            schedules: 0,
            members: 0,
            troubled: 0,
            found: BTreeMap::new(),
            mended: 0,
            findings: Vec::new(),
            next: Some(Part::Members),
            stored_at: at,
            version: 0,
        }
    }

    fn of(&self, kind: FindingKind) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.kind == kind)
    }
}

impl Comparison {
    fn add(&mut self, finding: Finding) {
        let report = &mut self.report;
        let count = report.found.entry(finding.kind).or_default();
        *count = count.saturating_add(1);
        report.mended = report.mended.saturating_add(usize::from(finding.mended));
        if report.of(finding.kind).count() < MOST_KEPT {
            report.findings.push(finding);
            report.findings.sort_by_key(|finding| (finding.kind, finding.merchant_uid));
        }
    }

    const fn dry_run(&self) -> bool {
        self.report.dry_run
    }

    /// The first day's beginning.
    fn since(&self) -> Timestamp {
        start_of_day(self.report.from)
    }

    /// The last day's end.
    fn end(&self) -> Timestamp {
        start_of_day(self.report.to.saturating_add(1.days()))
    }

    /// Members of whom Iamport holds something that their row does not refer to, and of whom the journal said
    /// nothing: their row may be gone together with it.
    fn lost_rows(&self) -> BTreeSet<Uid> {
        let of = |kind| self.report.of(kind).filter_map(|finding| finding.uid.clone());
        let orphaned = of(FindingKind::OrphanedKey).chain(of(FindingKind::OrphanedSchedule));
        let past: BTreeSet<Uid> = of(FindingKind::PastRow).collect();
        orphaned.filter(|uid| !past.contains(uid)).collect()
    }
}

impl Gudok {
    /// The reconciliation of this night, of payments begun on these days: the one that was begun and is not over, or a
    /// new one.
    ///
    /// # Errors
    /// Denied as [`Self::begin_reconciliation`], and trouble when the tables do not answer.
    pub async fn reconciliation_of_the_night(
        &self,
        days: RangeInclusive<Date>,
    ) -> Result<Reconciliation, Error> {
        self.check_days(&days)?;
        let id = self.books.today().to_string();
        let before = self.books.ledger.run::<Reconciliation>(&id).await?;
        let version = before.as_ref().map_or(0, |before| before.version);
        if let Some(before) = before.filter(|before| before.next.is_some()) {
            return Ok(before);
        }
        Ok(Reconciliation { version, ..Reconciliation::new(id, self.books.now(), &days) })
    }

    /// Has a reconciliation made for an admin, of payments begun on these days (both counted, at most 90), by a run of the
    /// sweep. Unless `dry_run` it puts right what can be.
    ///
    /// # Errors
    /// Denied when the range is empty, too long or not begun yet; trouble when the tables or the bus do not answer.
    pub async fn begin_reconciliation(
        &self,
        days: RangeInclusive<Date>,
        dry_run: bool,
        by: &Uid,
    ) -> Result<Reconciliation, Error> {
        self.check_days(&days)?;
        let at = self.books.now();
        let new = Reconciliation::new((self.new_id)(at).to_string(), at, &days);
        let begun = Reconciliation { dry_run, by: Some(by.clone()), version: 1, ..new };
        self.books.ledger.set_run(&begun.id, 0, &begun, forgotten_at(at)).await?;
        self.put_events(vec![self.work(&Work::Reconcile { id: begun.id.clone() })?]).await?;
        Ok(begun)
    }

    /// Compares these days (both counted, at most 90) at once and to the end, and puts nothing right: for an operator's
    /// command, which no time limits.
    ///
    /// # Errors
    /// Denied as [`Self::begin_reconciliation`], and trouble when the tables, Iamport's lists or the bus do not answer.
    pub async fn verify(&self, days: RangeInclusive<Date>) -> Result<Reconciliation, Error> {
        self.check_days(&days)?;
        let at = self.books.now();
        let new = Reconciliation::new((self.new_id)(at).to_string(), at, &days);
        let report = Reconciliation { dry_run: true, ..new };
        Ok(self.reconcile(report, Timestamp::MAX).await?)
    }

    /// A reconciliation as it was last stored; `None` if there is none of that id, or none any more.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn reconciliation(&self, id: &str) -> Result<Option<Reconciliation>, Trouble> {
        Ok(self.books.ledger.run(id).await?)
    }

    fn check_days(&self, days: &RangeInclusive<Date>) -> Result<(), Denied> {
        let (from, to) = (*days.start(), *days.end());
        let last = from.saturating_add((LONGEST - 1).days());
        let is_range = from <= to && to <= last && to <= self.books.today();
        if is_range { Ok(()) } else { Err(Denied::BadRange) }
    }

    /// Goes on with a reconciliation, part by part. It compares payments begun on its days and what members were answered
    /// on them, all that was given back of payments of the last 360 days, all schedules of the next 40, and the accounts of
    /// all who have access; and unless it is a dry run puts right what can be. A second one finds only what could not. All
    /// lists are read page by page and none is kept (docs/decisions/0035-a-comparison-keeps-no-list.md). After each part
    /// it is stored; what would begin after `until` is left to another run of the sweep, which is woken for it. What was
    /// found is told once all is compared.
    ///
    /// # Errors
    /// When the tables, Iamport's lists or the bus do not answer: the part is made again by whoever goes on. One member's
    /// trouble is counted, and leaves that finding unmended and stops nobody else.
    pub async fn reconcile(
        &self,
        report: Reconciliation,
        until: Timestamp,
    ) -> Result<Reconciliation, Trouble> {
        let troubled = report.troubled;
        let mut comparison = Comparison { report, troubles: Troubles::default() };
        while let Some(part) = comparison.report.next {
            let next = Box::pin(self.compare(part, &mut comparison)).await?;
            comparison.report.next = next;
            if next.is_none() {
                let owners = comparison.lost_rows();
                self.compare_past_rows(owners, &mut comparison).await?;
            }
            let report = &mut comparison.report;
            report.troubled = troubled.saturating_add(comparison.troubles.count);
            if next.is_none() {
                self.tell_of(report).await?;
            }
            let (was, at) = (report.version, self.books.now());
            (report.version, report.stored_at) = (was.saturating_add(1), at);
            let stored = self
                .books
                .ledger
                .set_run(&report.id, was, &*report, forgotten_at(report.at))
                .await?;
            if !stored {
                tracing::info!(id = report.id, "another run goes on with this reconciliation");
                break;
            }
            if next.is_some() && at >= until {
                let id = report.id.clone();
                self.put_events(vec![self.work(&Work::Reconcile { id })?]).await?;
                break;
            }
        }
        Ok(comparison.report)
    }

    /// Compares a part, and says which is next.
    async fn compare(
        &self,
        part: Part,
        comparison: &mut Comparison,
    ) -> Result<Option<Part>, Trouble> {
        Ok(match part {
            Part::Members => {
                let ended = self.compare_what_was_answered(comparison).await?;
                self.compare_accounts(ended, comparison).await?;
                Some(Part::Payments)
            }
            Part::Payments => {
                self.compare_payments(comparison).await?;
                Some(Part::Schedules { due_from: None })
            }
            Part::Schedules { due_from } => {
                let next = self.compare_schedules(due_from, comparison).await?;
                next.map(|next| Part::Schedules { due_from: Some(next) })
            }
        })
    }

    /// Tells the bus, when there is something to tell, and notes what an admin had done.
    async fn tell_of(&self, report: &Reconciliation) -> Result<(), Trouble> {
        let Reconciliation { at, from, to, ref found, mended, .. } = *report;
        if report.dry_run {
            return Ok(());
        }
        if !found.is_empty() {
            let left = report.findings.iter().filter(|finding| !finding.mended).take(MOST_TOLD);
            let told = Told { at, from, to, found, mended, left: left.collect() };
            self.put_events(vec![self.event("reconciled", &told)?]).await?;
        }
        let Some(admin) = &report.by else { return Ok(()) };
        let act = Act::Reconciled { from, to, found: found.values().sum(), mended };
        self.note_act(admin, at, act).await
    }
}

/// When nobody looks at a reconciliation any more that began then.
fn forgotten_at(at: Timestamp) -> Timestamp {
    at.saturating_add(KEPT).unwrap_or(Timestamp::MAX)
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
    pub(crate) fn listed<T>(&self, row: iamport::Row<T>, troubles: &mut Troubles) -> Option<T> {
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

/// A finding of money that is at Iamport and not in our books.
fn unrecorded(record: &Record) -> (FindingKind, String) {
    let Record { imp_uid, amount, at, .. } = record;
    let at = at.map_or_else(|| "a time that Iamport does not say".to_owned(), |at| at.to_string());
    (FindingKind::UnrecordedPayment, format!("{imp_uid}: {amount} at {at}"))
}
