//! Booking: money that moved is stored before anything else is looked at, whatever order it came under.

use super::known::Known;
use super::step::{Change, Effect, Step};
use super::transition::{close, contradicted};
use crate::evidence::{self, ChargeEvidence, Receipt};
use crate::{
    Charge, ChargeState, ClosedState, ImpUid, News, Order, Payment, PlanId, Record, Refund,
    RefundDue, Subscription, Uid, Verdict, Why, Won, kst_date,
};
use jiff::{SignedDuration, Timestamp, civil::Date};

/// Why money is given back that moved after the member had cancelled.
pub(crate) const AFTER_CANCELLING: &str = "해지 후 결제분 전액 환불";

/// Why money is given back that pays no period.
const FOR_NOTHING: &str = "이용 기간에 해당하지 않는 결제 전액 환불";

/// Money that nobody is waiting for: under an order that was closed, or that a person spoke on.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    late_money(known).or_else(|| {
        known.subscription.verdicts.first().and_then(|verdict| book_as_said(known, verdict))
    })
}

/// Stores that money moved. Where its row stands already, a table was put back to an earlier moment, and only
/// the rest is stored again.
pub(super) fn record<State>(
    known: &Known<'_>,
    charge: &Charge<State>,
    receipt: &Receipt,
) -> Option<Step> {
    let mut next = known.subscription.clone();
    let bought = Bought { plan: &charge.plan, period: charge.period, by: None };
    let payment = book(known, &mut next, bought, receipt, true);
    let paid = ClosedState::Paid { imp_uid: receipt.imp_uid().clone() };
    let new = !known.seen.booked.contains(receipt.imp_uid());
    close(known, next, charge, paid, new.then_some(payment))
}

/// Money under an order that was closed.
fn late_money(known: &Known<'_>) -> Option<Step> {
    known.asked.iter().find_map(|order| {
        let Order::Charge { charge, .. } = order else { return None };
        let id = charge.merchant_uid;
        let mut carried = known.subscription.charges.iter();
        if carried.any(|open| open.merchant_uid == id) {
            return None;
        }
        match (charge.paid_with(), known.seen.records.get(&id)) {
            (Some(paid), Some(records)) => under_a_paid_order(known, order, charge, paid, records),
            // Its row is gone: what it said is asked for again.
            (Some(paid), None) => {
                known.seen.unbooked.contains(paid).then_some(Effect::LookUp(id).into())
            }
            (None, Some(records)) => under_a_closed_order(known, charge, records),
            (None, None) => None,
        }
    })
}

/// A decline that was paid after all (Iamport's own recovery), or a payment that is nothing of ours, for a
/// person.
fn under_a_closed_order(known: &Known<'_>, charge: &Charge, records: &[Record]) -> Option<Step> {
    // A person knows.
    if charge.outcome == ChargeState::Closed(ClosedState::Contradicted) {
        return None;
    }
    match evidence::charge(charge, records) {
        // The order was put back to an earlier moment: all that came of the payment stands.
        ChargeEvidence::Paid(receipt) if known.seen.booked.contains(receipt.imp_uid()) => {
            let paid = ClosedState::Paid { imp_uid: receipt.imp_uid().clone() };
            close(known, known.subscription.clone(), charge, paid, None)
        }
        ChargeEvidence::Paid(receipt) => record(known, charge, &receipt),
        ChargeEvidence::Contradiction(why) => {
            if !known.subscription.is_in_review(charge.merchant_uid) {
                return contradicted(known, charge, why);
            }
            // A person has the order before them, and perhaps not the money that came since.
            let mut next = known.subscription.clone();
            let mut reviews = next.reviews.iter_mut();
            let review = reviews.find(|review| review.merchant_uid == charge.merchant_uid)?;
            if review.knows_all_money(records) {
                return None;
            }
            review.why = why;
            review.facts = records.to_vec();
            known.commit(Change::of(next))
        }
        ChargeEvidence::Declined(_) | ChargeEvidence::Nothing => None,
    }
}

/// A second payment under an order that is paid, for a person; or a payment of ours that was given back at
/// Iamport's console, or whose row is gone.
fn under_a_paid_order(
    known: &Known<'_>,
    order: &Order,
    charge: &Charge,
    paid: &ImpUid,
    records: &[Record],
) -> Option<Step> {
    let subscription = known.subscription;
    // What this run has given back is still kept in what it saw before.
    let went_back = |record: &Record| {
        known.seen.refunded.get(&record.imp_uid).is_some_and(|back| *back >= record.amount)
    };
    let another = records.iter().any(|record| {
        record.is_kept()
            && record.imp_uid != *paid
            && !subscription.owes_back(&record.imp_uid)
            && !went_back(record)
    });
    if another && !subscription.is_in_review(charge.merchant_uid) {
        let mut next = subscription.clone();
        let review = next.review(charge.merchant_uid, Why::PaidOnceMore, records, known.now);
        review.booked = Some(paid.clone());
        return known.commit(Change::of(next));
    }
    let record = records.iter().find(|record| record.imp_uid == *paid)?;
    let receipt = Receipt::as_said(order, record)?;
    if known.seen.unbooked.contains(paid) {
        let (start, end) = covers(subscription, &receipt, charge.period);
        let payment =
            Payment::of(&receipt, &subscription.uid, &charge.plan, charge.period, start, end);
        return known.commit(Change { payment: Some(payment), ..Change::of(subscription.clone()) });
    }
    given_back(known, &receipt)
}

/// Notes on the payment's row what was given back without us.
fn given_back(known: &Known<'_>, receipt: &Receipt) -> Option<Step> {
    let ours = known.subscription.owes_back(receipt.imp_uid());
    let noted = known
        .seen
        .refunded
        .get(receipt.imp_uid())
        .is_some_and(|noted| *noted >= receipt.cancelled());
    if receipt.cancelled() == Won::ZERO || ours || noted {
        return None;
    }
    let refund = Refund {
        imp_uid: receipt.imp_uid().clone(),
        paid_at: receipt.paid_at(),
        refunded: receipt.cancelled(),
    };
    let mut next = known.subscription.clone();
    next.tell(
        known.now,
        News::Refunded { imp_uid: receipt.imp_uid().clone(), amount: receipt.cancelled() },
    );
    known.commit(Change { refund: Some(refund), ..Change::of(next) })
}

/// Books a payment as a person said, if it is still there.
fn book_as_said(known: &Known<'_>, verdict: &Verdict) -> Option<Step> {
    let id = verdict.order.merchant_uid();
    let Some(records) = known.seen.records.get(&id) else { return Some(Effect::LookUp(id).into()) };
    let mut next = known.subscription.clone();
    next.verdicts.retain(|other| other.imp_uid != verdict.imp_uid);
    let record = records.iter().find(|record| record.imp_uid == verdict.imp_uid);
    let receipt = record.and_then(|record| Receipt::as_said(&verdict.order, record));
    let Some(receipt) = receipt else { return known.commit(Change::of(next)) };
    let bought = match &verdict.order {
        Order::Charge { charge, .. } => {
            Bought { plan: &charge.plan, period: charge.period, by: verdict.by.as_ref() }
        }
        Order::Registration { registration, .. } => {
            Bought { plan: &registration.plan, period: 0, by: verdict.by.as_ref() }
        }
    };
    let payment = book(known, &mut next, bought, &receipt, verdict.counts);
    let paid = ClosedState::Paid { imp_uid: verdict.imp_uid.clone() };
    let orders = match &verdict.order {
        // What it was paid with first stays what it was paid with.
        Order::Charge { charge, .. } if charge.paid_with().is_some() => Vec::new(),
        Order::Charge { charge, .. } => vec![known.charge_order(charge.with(paid.into()))],
        Order::Registration { .. } => Vec::new(),
    };
    let new = !known.seen.booked.contains(&verdict.imp_uid);
    let payment = new.then_some(payment);
    known.commit(Change { orders, payment, ..Change::of(next) })
}

/// What a charge was for.
#[derive(Debug, Clone, Copy)]
struct Bought<'a> {
    plan: &'a PlanId,
    period: u16,
    /// The admin who says so.
    by: Option<&'a Uid>,
}

/// Books money that moved: it pays the period if that is what it was for (and `may_count`), else it is
/// owed back.
fn book(
    known: &Known<'_>,
    next: &mut Subscription,
    Bought { plan, period, by }: Bought<'_>,
    receipt: &Receipt,
    may_count: bool,
) -> Payment {
    let subscription = known.subscription;
    let this_run = subscription.has_ordered(receipt.merchant_uid());
    let anchor = subscription.anchor.unwrap_or(kst_date(receipt.paid_at()));
    let after_cancelling = subscription.cancellation.is_some() && !receipt.is_dated()
        || subscription.had_cancelled_by(receipt.paid_at());
    let counts = may_count
        && this_run
        && period == subscription.periods_paid
        && subscription.ended_at.is_none()
        && !after_cancelling;
    let (start, end) = covers(subscription, receipt, period);
    if counts {
        next.count(period, anchor, receipt.amount());
        if period == 0 {
            next.tell(known.now, News::Subscribed { plan: plan.clone(), paid_through: end });
        }
        let (imp_uid, amount) = (receipt.imp_uid().clone(), receipt.amount());
        let recovered = subscription.dunning.failures > 0;
        let last = subscription.dunning.last.as_ref().filter(|_| recovered);
        let recovered_from = last.map(|decline| decline.class);
        let plan = Some(plan.clone());
        let paid_through = end;
        next.tell(
            known.now,
            News::Paid { imp_uid, amount, paid_through, recovered, recovered_from, plan },
        );
    } else if receipt.cancelled() < receipt.amount() {
        let due = RefundDue {
            imp_uid: receipt.imp_uid().clone(),
            merchant_uid: receipt.merchant_uid(),
            amount: receipt.amount(),
            paid_at: receipt.paid_at(),
            reason: if after_cancelling { AFTER_CANCELLING } else { FOR_NOTHING }.to_owned(),
            refused_since: None,
            by: by.cloned(),
        };
        next.owe(due, known.now);
    }
    Payment::of(receipt, &subscription.uid, plan, period, start, end)
}

/// The first day that a payment pays for, and the first that it does not. Money for a run that is over pays for
/// nothing; it is given back.
fn covers(subscription: &Subscription, receipt: &Receipt, period: u16) -> (Date, Date) {
    let paid_on = kst_date(receipt.paid_at());
    if !subscription.has_ordered(receipt.merchant_uid()) {
        return (paid_on, paid_on);
    }
    let mut counted = subscription.clone();
    if counted.anchor.is_none() {
        counted.count(period, paid_on, receipt.amount());
    }
    let day = |index| counted.begins(index).unwrap_or(paid_on);
    let is_first = subscription.anchor.is_none() && period == 0;
    let first = if is_first { paid_on } else { day(period) };
    (first, day(period.saturating_add(1)))
}

/// How far our clock may be ahead of Iamport's, whose times know no part of a second.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(10);

/// Money of this second of Iamport's or a later one may have moved after what we did at `at`. In doubt the
/// member gets it back.
pub(crate) fn certainly_before(at: Timestamp) -> Timestamp {
    let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
    second.saturating_sub(CLOCKS_APART).unwrap_or(second)
}

impl Subscription {
    /// Whether what moved then may have moved after the cancellation that stands: it pays for nothing.
    pub(crate) fn had_cancelled_by(&self, paid_at: Timestamp) -> bool {
        let wish = self.cancellation.as_ref();
        wish.is_some_and(|wish| paid_at >= certainly_before(wish.requested_at))
    }
}
