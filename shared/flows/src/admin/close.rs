//! A month's close: the payments that our books have of it against those that Iamport has, a slice of the month at a time.
//! It only looks; what differs is mended by the comparison ([`reconcile`](crate::reconcile)).

use crate::each::{Troubles, Whose};
use crate::{Denied, Error, Gudok, Trouble, translate};
use billing::{ImpUid, MerchantUid, Order, Record, Refundable, Won, start_of_day};
use futures::{FutureExt, TryStreamExt};
use iamport::{PaymentsByStatus, Sorting};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use ledger::PaymentLine;
use std::collections::BTreeMap;
use std::ops::Range;

/// So long Iamport's list is read for a slice. API Gateway waits 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// Rows on a page of Iamport's list, and of each part of our index.
const PAGE: u32 = 1_000;
const ROWS: u16 = 500;

/// The most ids that Iamport takes in one request.
const IDS: usize = 100;

/// How many payments are looked up at once.
const AT_ONCE: usize = 8;

/// So long before it is paid a payment may have been begun, by which Iamport lists it.
const BEGUN_BEFORE: SignedDuration = SignedDuration::from_hours(1);

/// The most differences of a slice that are named; all are counted.
const MOST_NAMED: usize = 100;

/// How far back a month may be, in days: five years.
const FARTHEST: i32 = 1_827;

/// Payments in sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// How many.
    pub payments: u64,
    /// How much was charged.
    pub paid: Won,
    /// How much of that was given back since, whenever that was.
    pub refunded: Won,
}

/// In what a payment differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseKind {
    /// Our books do not have it.
    OnlyAtIamport,
    /// Iamport does not know it.
    OnlyHere,
    /// Another amount was charged.
    Amount,
    /// Another amount was given back.
    Refunded,
}

/// A payment that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseDifference {
    /// In what.
    pub kind: CloseKind,
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order.
    pub merchant_uid: MerchantUid,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// How much our books say, of what it differs in.
    pub here: Option<Won>,
    /// How much Iamport says.
    pub there: Option<Won>,
}

/// A slice of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseSlice {
    /// By our books.
    pub ours: Sums,
    /// By Iamport's.
    pub theirs: Sums,
    /// How many payments differ.
    pub differing: usize,
    /// The first that do, at most 100.
    pub differences: Vec<CloseDifference>,
    /// Rows that could not be read or looked up.
    pub troubled: usize,
    /// Where the next slice begins; `None` after the last.
    pub next: Option<Timestamp>,
}

/// A payment as one side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    merchant_uid: MerchantUid,
    paid_at: Timestamp,
    amount: Won,
    refunded: Won,
}

/// One at Iamport.
struct There {
    side: Side,
    /// When it was begun, which is where it is on Iamport's list.
    begun: Timestamp,
    record: Record,
}

/// A slice as it is compared.
struct Slice {
    month: Range<Timestamp>,
    /// Of it.
    time: Range<Timestamp>,
    /// What it comes to.
    sums: CloseSlice,
}

impl Gudok {
    /// Compares a slice of the month with this first day, from `after` on, and says where the next begins. It ends with some
    /// `most` payments of either side, or with the month, or with what is not over yet of it. Payments belong to the month in
    /// Korea in which they were paid.
    ///
    /// # Errors
    /// Denied when it is no month's first day, not begun or more than five years ago, and when `after` is not in it; trouble
    /// when the tables or Iamport's list do not answer.
    pub async fn close(
        &self,
        first: Date,
        after: Option<Timestamp>,
        most: usize,
    ) -> Result<CloseSlice, Error> {
        let today = self.books.today();
        if first.day() != 1 || first > today || first < today.saturating_sub(FARTHEST.days()) {
            return Err(Denied::BadRange.into());
        }
        let month =
            start_of_day(first)..start_of_day(first.last_of_month().saturating_add(1.day()));
        let from = after.unwrap_or(month.start);
        if !month.contains(&from) || from.subsec_nanosecond() != 0 {
            return Err(Denied::BadCursor.into());
        }
        // What is paid at this second is not on the list yet.
        let now = Timestamp::from_second(self.books.now().as_second()).unwrap_or(month.end);
        let time = from..month.end.min(now.max(from));
        Ok(Box::pin(self.close_slice(month, time, most)).await?)
    }

    async fn close_slice(
        &self,
        month: Range<Timestamp>,
        mut time: Range<Timestamp>,
        most: usize,
    ) -> Result<CloseSlice, Trouble> {
        let mut troubles = Troubles::default();
        let whole = time.end;
        let mut there = self.listed_payments(&month, &mut time, most, &mut troubles).await?;
        let mut here = self.booked_payments(&mut time, most, &mut troubles).await?;
        // Ours may have ended it sooner.
        there.retain(|_, it| it.begun < time.end);
        let mut slice = Slice { month, sums: CloseSlice::none(), time };
        let both: Vec<_> = there.keys().filter(|id| here.contains_key(*id)).cloned().collect();
        for id in both {
            if let (Some(theirs), Some(ours)) = (there.remove(&id), here.remove(&id)) {
                slice.add_theirs(&theirs.side);
                slice.add_ours(&ours);
                slice.compare(id, &ours, &theirs.side);
            }
        }
        self.close_theirs(there, &mut slice, &mut troubles).await?;
        self.close_ours(here, &mut slice, &mut troubles).await?;
        let Slice { mut sums, time, .. } = slice;
        sums.differences.sort_by(|a, b| (a.paid_at, &a.imp_uid).cmp(&(b.paid_at, &b.imp_uid)));
        sums.troubled = troubles.count;
        sums.next = (time.end < whole).then_some(time.end);
        Ok(sums)
    }

    /// What Iamport lists as begun at these moments and paid in the month. Where that is too much, the slice ends sooner.
    async fn listed_payments(
        &self,
        month: &Range<Timestamp>,
        time: &mut Range<Timestamp>,
        most: usize,
        troubles: &mut Troubles,
    ) -> Result<BTreeMap<ImpUid, There>, Trouble> {
        let mut found = BTreeMap::new();
        if time.is_empty() {
            return Ok(found);
        }
        let until = self.books.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let mut request = PaymentsByStatus::new();
        request.from = Some(first_begun(month, time));
        request.to = time.end.saturating_sub(SignedDuration::from_secs(1)).ok();
        request.limit = Some(PAGE);
        request.sorting = Some(Sorting::StartedOldestFirst);
        let (mut rows, mut read) = (self.iamport.payments_by_status_stream(request), 0_usize);
        let mut last = time.start;
        while let Some(row) = rows.try_next().await? {
            let Some(payment) = self.listed(row, troubles) else { continue };
            let begun = payment.started_at.or(payment.paid_at).unwrap_or(last);
            read = read.saturating_add(1);
            let is_enough = read > most || self.books.now() >= until;
            if is_enough && begun > time.start && begun < time.end {
                time.end = begun;
                break;
            }
            last = last.max(begun);
            let Ok(id) = payment.merchant_uid.parse::<MerchantUid>() else { continue };
            match translate::record(payment) {
                Ok(record) if record.is_money() => {
                    let side = Side::there(id, &record, begun);
                    if month.contains(&side.paid_at) {
                        let imp_uid = record.imp_uid.clone();
                        found.insert(imp_uid, There { side, begun, record });
                    }
                }
                Ok(_) => {}
                Err(trouble) => troubles.note(&Whose::Order(id), trouble, self),
            }
        }
        Ok(found)
    }

    /// What our books have as paid at these moments. Where that is too much, the slice ends sooner.
    async fn booked_payments(
        &self,
        time: &mut Range<Timestamp>,
        most: usize,
        troubles: &mut Troubles,
    ) -> Result<BTreeMap<ImpUid, Side>, Trouble> {
        let (mut found, mut cursor) = (BTreeMap::new(), None::<String>);
        loop {
            let page = self.books.ledger.payments_in(time, ROWS, cursor.as_deref()).await?;
            let lines = self.readable(page.0, troubles);
            let last =
                lines.last().and_then(|line| Timestamp::from_second(line.paid_at.as_second()).ok());
            found.extend(lines.into_iter().map(|line| (line.imp_uid.clone(), Side::here(&line))));
            cursor = page.1;
            if let Some(last) = last.filter(|last| *last > time.start)
                && cursor.is_some()
                && found.len() > most
            {
                time.end = time.end.min(last);
                found.retain(|_, side: &mut Side| side.paid_at < time.end);
                return Ok(found);
            }
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// What Iamport lists and our books do not have in the slice: it may be in another, for it was begun before or after it
    /// was paid.
    async fn close_theirs(
        &self,
        there: BTreeMap<ImpUid, There>,
        slice: &mut Slice,
        troubles: &mut Troubles,
    ) -> Result<(), Trouble> {
        let looks = there.into_iter().map(|(id, there)| {
            let order = there.side.merchant_uid;
            let look = async move {
                let booked = self.booked(order, &there.record).await?;
                Ok((id, there.side, booked))
            };
            (Whose::Order(order), look.boxed())
        });
        let each = self.each(AT_ONCE, looks).await.heard()?;
        troubles.add(each.troubles);
        for (id, theirs, booked) in each.done {
            slice.add_theirs(&theirs);
            match booked {
                Some(ours) if slice.time.contains(&ours.paid_at) => {
                    // The index follows its table within moments: it should have been on our list.
                    slice.add_ours(&ours);
                    slice.compare(id, &ours, &theirs);
                }
                // It is compared where it is ours.
                Some(ours) if slice.month.contains(&ours.paid_at) => {}
                Some(_) | None => {
                    let there = Some(theirs.amount);
                    slice.differ(CloseKind::OnlyAtIamport, id, &theirs, None, there);
                }
            }
        }
        Ok(())
    }

    /// A record's payment as it is stored, also of somebody who was erased.
    async fn booked(&self, id: MerchantUid, record: &Record) -> Result<Option<Side>, Trouble> {
        let ledger = &self.books.ledger;
        let side = |paid: Refundable| Side {
            merchant_uid: paid.merchant_uid,
            paid_at: paid.paid_at,
            amount: paid.amount,
            refunded: paid.refunded,
        };
        if let Some(order) = ledger.order(&id).await? {
            let paid_at = record.at.unwrap_or_else(|| order.opened_at());
            let row = ledger.payment(Order::uid(&order), paid_at, &record.imp_uid).await?;
            return Ok(row.map(|row| side(row.refundable())));
        }
        let Some(run) = id.subscription() else { return Ok(None) };
        let kept = ledger.retained(run).await?.unwrap_or_default();
        Ok(kept.into_iter().find(|paid| paid.imp_uid == record.imp_uid).map(side))
    }

    /// What our books have in the slice and Iamport does not list in it.
    async fn close_ours(
        &self,
        here: BTreeMap<ImpUid, Side>,
        slice: &mut Slice,
        troubles: &mut Troubles,
    ) -> Result<(), Trouble> {
        let here: Vec<_> = here.into_iter().collect();
        for some in here.chunks(IDS) {
            let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
            let mut known = BTreeMap::new();
            for row in self.iamport.payments(&ids, &[]).await? {
                let Some(payment) = self.listed(row, troubles) else { continue };
                let begun = payment.started_at.or(payment.paid_at);
                match translate::record(payment) {
                    Ok(record) => {
                        known.insert(record.imp_uid.clone(), (record, begun));
                    }
                    Err(trouble) => troubles.note(&Whose::Nobody, trouble, self),
                }
            }
            for (id, ours) in some {
                slice.add_ours(ours);
                let known = known.remove(id).filter(|(record, _)| record.is_money());
                if let Some((record, begun)) = known {
                    let begun = begun.unwrap_or(ours.paid_at);
                    let theirs = Side::there(ours.merchant_uid, &record, begun);
                    if !slice.is_listed(begun) {
                        slice.add_theirs(&theirs);
                    }
                    slice.compare(id.clone(), ours, &theirs);
                } else {
                    let here = Some(ours.amount);
                    slice.differ(CloseKind::OnlyHere, id.clone(), ours, here, None);
                }
            }
        }
        Ok(())
    }
}

/// From when on Iamport's list is read for a slice.
fn first_begun(month: &Range<Timestamp>, time: &Range<Timestamp>) -> Timestamp {
    if time.start > month.start {
        return time.start;
    }
    time.start.saturating_sub(BEGUN_BEFORE).unwrap_or(time.start)
}

impl Side {
    fn here(line: &PaymentLine) -> Self {
        let PaymentLine { merchant_uid, paid_at, amount, refunded, .. } = *line;
        Self { merchant_uid, paid_at, amount, refunded }
    }

    fn there(merchant_uid: MerchantUid, record: &Record, begun: Timestamp) -> Self {
        let paid_at = record.at.unwrap_or(begun);
        Self { merchant_uid, paid_at, amount: record.amount, refunded: record.cancelled }
    }
}

impl Slice {
    fn add_ours(&mut self, side: &Side) {
        self.sums.ours.add(side);
    }

    fn add_theirs(&mut self, side: &Side) {
        self.sums.theirs.add(side);
    }

    /// Whether what was begun then is on Iamport's list of one of the month's slices.
    fn is_listed(&self, begun: Timestamp) -> bool {
        (first_begun(&self.month, &self.month)..self.month.end).contains(&begun)
    }

    fn compare(&mut self, id: ImpUid, ours: &Side, theirs: &Side) {
        if ours.amount != theirs.amount {
            self.differ(CloseKind::Amount, id, ours, Some(ours.amount), Some(theirs.amount));
        } else if ours.refunded != theirs.refunded {
            self.differ(CloseKind::Refunded, id, ours, Some(ours.refunded), Some(theirs.refunded));
        }
    }

    fn differ(
        &mut self,
        kind: CloseKind,
        imp_uid: ImpUid,
        side: &Side,
        here: Option<Won>,
        there: Option<Won>,
    ) {
        self.sums.differing = self.sums.differing.saturating_add(1);
        if self.sums.differences.len() < MOST_NAMED {
            let Side { merchant_uid, paid_at, .. } = *side;
            let found = CloseDifference { kind, imp_uid, merchant_uid, paid_at, here, there };
            self.sums.differences.push(found);
        }
    }
}

impl Sums {
    fn add(&mut self, side: &Side) {
        self.payments = self.payments.saturating_add(1);
        self.paid = self.paid.checked_add(side.amount).unwrap_or(self.paid);
        self.refunded = self.refunded.checked_add(side.refunded).unwrap_or(self.refunded);
    }
}

impl CloseSlice {
    fn none() -> Self {
        let (ours, theirs) = (Sums::default(), Sums::default());
        Self { ours, theirs, differing: 0, differences: Vec::new(), troubled: 0, next: None }
    }
}
