//! The books as they go out: pages of payments, of what was given back, of members and of the journal, each of as much as is
//! read in a moment, so that no answer is too large and no run too long, however much there is.

use crate::each::{Troubles, Whose};
use crate::{Denied, Error, Gudok, Trouble};
use billing::{Entry, ImpUid, MerchantUid, State, Subscription, Uid, Won, start_of_day};
use futures::{FutureExt, future::BoxFuture};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use ledger::{Listed, PaymentLine, RefundEntry};
use std::ops::{Range, RangeInclusive};

/// Rows of each part of an index that are read at once: five parts hold at most so many times as many.
const ROWS: u16 = 250;

/// Members on a page; each is read by itself.
const MEMBERS: u16 = 250;

/// A page with so many lines is long enough.
const ENOUGH: usize = 250;

/// So long it is read for a page. API Gateway waits 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// How many refunds are looked up at once.
const AT_ONCE: usize = 8;

/// How far back the books go out, in days: five years.
const FARTHEST: i32 = 1_827;

/// What was read, and where it goes on.
type Read<T> = Result<(Listed<T>, Option<String>), ledger::Error>;

/// A page of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookPage<T> {
    /// What is on it, the first first.
    pub lines: Vec<T>,
    /// How many rows could not be read, and are not on it.
    pub unreadable: usize,
    /// Where the next begins; `None` on the last.
    pub next: Option<String>,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundLine {
    /// Whose payment it was; `None` if they were erased.
    pub uid: Option<Uid>,
    /// When it was noted.
    pub at: Timestamp,
    /// Iamport's id of the payment.
    pub imp_uid: ImpUid,
    /// How much it was.
    pub amount: Won,
    /// The tax in it: what is left of the payment's tax is that of what is left of it.
    pub vat: Won,
    /// How much had been given back of the payment by then in all.
    pub in_all: Won,
    /// The payment; `None` if it is not stored.
    pub payment: Option<RefundedPayment>,
}

/// Of what money was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundedPayment {
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// What was charged.
    pub amount: Won,
    /// When.
    pub paid_at: Timestamp,
}

impl Gudok {
    /// A page of the payments made on these days in Korea, and the cursor of the next.
    ///
    /// # Errors
    /// Denied when the days are none, not over yet or begin more than five years ago, and when the cursor is none of ours.
    pub async fn payments_book(
        &self,
        days: RangeInclusive<Date>,
        after: Option<String>,
    ) -> Result<BookPage<PaymentLine>, Error> {
        let time = self.moments(&days)?;
        let ledger = &self.books.ledger;
        let read = |after: Option<String>| {
            let time = time.clone();
            async move { ledger.payments_in(&time, ROWS, after.as_deref()).await }.boxed()
        };
        self.page_of(after, read).await
    }

    /// A page of what happened on these days in Korea.
    ///
    /// # Errors
    /// Denied as [`payments_book`](Self::payments_book).
    pub async fn journal_book(
        &self,
        days: RangeInclusive<Date>,
        after: Option<String>,
    ) -> Result<BookPage<Entry>, Error> {
        let time = self.moments(&days)?;
        let ledger = &self.books.ledger;
        let read = |after: Option<String>| {
            let time = time.clone();
            async move { ledger.entries_in(&time, ROWS, after.as_deref()).await }.boxed()
        };
        self.page_of(after, read).await
    }

    /// A page of what was noted on these days in Korea to have been given back.
    ///
    /// # Errors
    /// Denied as [`payments_book`](Self::payments_book).
    pub async fn refunds_book(
        &self,
        days: RangeInclusive<Date>,
        after: Option<String>,
    ) -> Result<BookPage<RefundLine>, Error> {
        let time = self.moments(&days)?;
        let ledger = &self.books.ledger;
        // Few of the journal's rows are one, and each is looked up.
        let rows = ROWS.saturating_mul(4);
        let read = |after: Option<String>| {
            let time = time.clone();
            async move { ledger.refunds_in(&time, rows, after.as_deref()).await }.boxed()
        };
        let BookPage { lines, unreadable, next } = self.page_of(after, read).await?;
        let looks = lines.into_iter().map(|refund| {
            let whose = match &refund.whose {
                ledger::Whose::Member(uid) => Whose::Member(uid.clone()),
                ledger::Whose::Erased(_) => Whose::Nobody,
            };
            (whose, self.refund_line(refund).boxed())
        });
        let each = self.each(AT_ONCE, looks).await.heard()?;
        let unreadable = unreadable.saturating_add(each.troubles.count);
        Ok(BookPage { lines: each.done, unreadable, next })
    }

    /// A page of the members who have access, as they are now.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn members_book(
        &self,
        after: Option<String>,
    ) -> Result<BookPage<Subscription>, Error> {
        let live = |state| matches!(state, State::Active | State::PastDue | State::Cancelling);
        let ledger = &self.books.ledger;
        let watched = ledger.watched_where(MEMBERS, after.as_deref(), |it| live(it.state));
        let ((watched, next), mut troubles) = (watched.await?, Troubles::default());
        let members = self.readable(watched, &mut troubles).into_iter().map(|it| it.uid);
        let read = self.read(members.collect()).await.heard()?;
        troubles.add(read.troubles);
        let lines = read.done.into_iter().flatten().filter(|member| live(member.state()));
        Ok(BookPage { lines: lines.collect(), unreadable: troubles.count, next })
    }

    /// The moments of these days.
    fn moments(&self, days: &RangeInclusive<Date>) -> Result<Range<Timestamp>, Denied> {
        let (from, to, today) = (*days.start(), *days.end(), self.books.today());
        if to < from || to > today || from < today.saturating_sub(FARTHEST.days()) {
            return Err(Denied::BadRange);
        }
        Ok(start_of_day(from)..start_of_day(to.saturating_add(1.day())))
    }

    /// What is read until it is a page.
    async fn page_of<'a, T>(
        &self,
        mut after: Option<String>,
        read: impl Fn(Option<String>) -> BoxFuture<'a, Read<T>>,
    ) -> Result<BookPage<T>, Error> {
        let until = self.books.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let (mut lines, mut troubles) = (Vec::new(), Troubles::default());
        loop {
            let (page, next) = read(after).await?;
            lines.extend(self.readable(page, &mut troubles));
            after = next;
            if after.is_none() || lines.len() >= ENOUGH || self.books.now() >= until {
                return Ok(BookPage { lines, unreadable: troubles.count, next: after });
            }
        }
    }

    /// How much a refund was of which payment.
    async fn refund_line(&self, refund: RefundEntry) -> Result<RefundLine, Trouble> {
        let RefundEntry { whose, at, id, imp_uid, in_all } = refund;
        let ledger = &self.books.ledger;
        let (uid, before, payment) = match whose {
            ledger::Whose::Member(uid) => {
                let before = self.given_back_before(&uid, (at, &id), &imp_uid).await?;
                let mut payments = ledger.all_payments(&uid).await?.into_iter();
                let paid = payments.find(|paid| paid.imp_uid == imp_uid);
                (Some(uid), before, paid.map(|paid| paid.refundable()))
            }
            ledger::Whose::Erased(run) => {
                let kept = ledger.refunds_kept(run).await?.into_iter();
                let earlier =
                    kept.filter(|it| it.imp_uid == imp_uid && (it.at, &it.id) < (at, &id));
                let before = earlier.map(|it| it.in_all).max().unwrap_or_default();
                let payments = ledger.retained(run).await?.unwrap_or_default();
                let paid = payments.into_iter().find(|paid| paid.imp_uid == imp_uid);
                (None, before, paid)
            }
        };
        let payment = payment.map(|paid| RefundedPayment {
            merchant_uid: paid.merchant_uid,
            amount: paid.amount,
            paid_at: paid.paid_at,
        });
        let less = |all: Won, before: Won| all.checked_sub(before).unwrap_or_default();
        let vat = less(in_all.vat(), before.vat());
        Ok(RefundLine { uid, at, imp_uid, amount: less(in_all, before), vat, in_all, payment })
    }
}
