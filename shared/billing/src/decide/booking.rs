//! Booking: money that moved is stored before anything else is looked at, whatever order it came under.

use super::charges::{close, disputed};
use super::{Change, Known, Step};
use crate::settle::{self, ChargeSettlement, Receipt};
use crate::{
    Charge, ChargeState, ClosedState, Dunning, News, Order, Payment, PlanId, RefundDue, Repayment,
    Subscription, Verdict, Won, kst_date, period_start,
};
use jiff::{SignedDuration, Timestamp};

/// Why money is given back that moved after the member had cancelled.
const AFTER_CANCELLING: &str = "해지 후 결제분 전액 환불";

/// Why money is given back that pays no period.
const FOR_NOTHING: &str = "이용 기간에 해당하지 않는 결제 전액 환불";

/// Money that nobody is waiting for: under an order that was closed, or that a person spoke on.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    late_money(known).or_else(|| {
        known.subscription.verdicts.first().and_then(|verdict| book_as_said(known, verdict))
    })
}

/// Stores that money moved.
pub(super) fn record<State>(
    known: &Known<'_>,
    charge: &Charge<State>,
    receipt: &Receipt,
) -> Option<Step> {
    let mut next = known.subscription.clone();
    let payment = book(known, &mut next, (&charge.plan, charge.period), receipt, true);
    let paid = ClosedState::Paid { imp_uid: receipt.imp_uid().clone() };
    close(known, next, charge, paid, Some(payment))
}

/// Money under an order that was closed: a decline that was paid after all (Iamport's own recovery), a
/// payment of ours that was given back at Iamport's console, or one that is nothing of ours, for a person.
fn late_money(known: &Known<'_>) -> Option<Step> {
    let Some(Order::Charge { charge, .. }) = known.asked else { return None };
    if known.subscription.charges.iter().any(|open| open.merchant_uid == charge.merchant_uid) {
        return None;
    }
    let records = known.seen.records.get(&charge.merchant_uid)?;
    let settlement = settle::charge(charge, records);
    match &charge.outcome {
        ChargeState::Closed(ClosedState::Paid { imp_uid }) => {
            let ChargeSettlement::Paid(receipt) = settlement else { return None };
            (receipt.imp_uid() == imp_uid).then(|| given_back(known, &receipt)).flatten()
        }
        // A person knows.
        ChargeState::Closed(ClosedState::Disputed) => None,
        ChargeState::Open(_)
        | ChargeState::Closed(ClosedState::Declined { .. } | ClosedState::Revoked) => {
            match settlement {
                ChargeSettlement::Paid(receipt) => record(known, charge, &receipt),
                ChargeSettlement::Contradiction(why) => {
                    let told = known.subscription.is_in_review(charge.merchant_uid);
                    (!told).then(|| disputed(known, charge, why)).flatten()
                }
                ChargeSettlement::Declined(_) | ChargeSettlement::Nothing => None,
            }
        }
    }
}

/// Notes on the payment's row what was given back without us.
fn given_back(known: &Known<'_>, receipt: &Receipt) -> Option<Step> {
    let ours = known.subscription.refunds.iter().any(|due| due.imp_uid == *receipt.imp_uid());
    let noted = known
        .seen
        .refunded
        .get(receipt.imp_uid())
        .is_some_and(|noted| *noted >= receipt.cancelled());
    if receipt.cancelled() == Won::ZERO || ours || noted {
        return None;
    }
    let repayment = Repayment {
        imp_uid: receipt.imp_uid().clone(),
        paid_at: receipt.paid_at(),
        refunded: receipt.cancelled(),
    };
    let mut next = known.subscription.clone();
    next.tell(
        known.now,
        News::Refunded { imp_uid: receipt.imp_uid().clone(), amount: receipt.cancelled() },
    );
    known.commit(Change { repayment: Some(repayment), ..Change::of(next) })
}

/// Books a payment as a person said, if it is still there.
fn book_as_said(known: &Known<'_>, verdict: &Verdict) -> Option<Step> {
    let id = verdict.order.merchant_uid();
    let Some(records) = known.seen.records.get(&id) else { return Some(Step::LookUp(id)) };
    let mut next = known.subscription.clone();
    next.verdicts.retain(|other| other.imp_uid != verdict.imp_uid);
    let record = records.iter().find(|record| record.imp_uid == verdict.imp_uid);
    let Some(receipt) = record.and_then(|record| Receipt::as_said(id, record)) else {
        return known.commit(Change::of(next));
    };
    let (plan, period) = match &verdict.order {
        Order::Charge { charge, .. } => (&charge.plan, charge.period),
        Order::Registration { registration, .. } => (&registration.plan, 0),
    };
    let payment = book(known, &mut next, (plan, period), &receipt, verdict.counts);
    let paid = ClosedState::Paid { imp_uid: verdict.imp_uid.clone() };
    let orders = match &verdict.order {
        Order::Charge { charge, .. } => vec![known.charge_order(charge.with(paid.into()))],
        Order::Registration { .. } => Vec::new(),
    };
    known.commit(Change { orders, payment: Some(payment), ..Change::of(next) })
}

/// Books money that moved: it pays the period if that is what it was for (and `may_count`), else it is
/// owed back.
fn book(
    known: &Known<'_>,
    next: &mut Subscription,
    (plan, period): (&PlanId, u16),
    receipt: &Receipt,
    may_count: bool,
) -> Payment {
    let subscription = known.subscription;
    let this_run = receipt.merchant_uid().subscription() == subscription.id;
    let paid_on = kst_date(receipt.paid_at());
    let anchor = subscription.anchor.unwrap_or(paid_on);
    let after_cancelling = subscription
        .cancellation
        .as_ref()
        .is_some_and(|wish| receipt.paid_at() >= certainly_before(wish.requested_at));
    let counts = may_count
        && this_run
        && period == subscription.periods_paid
        && subscription.ended_at.is_none()
        && !after_cancelling;
    let (start, end) = if this_run {
        (period_start(anchor, period), period_start(anchor, period.saturating_add(1)))
    } else {
        // Money for a run that is over pays for nothing; it is given back.
        (paid_on, paid_on)
    };
    if counts {
        next.anchor = Some(anchor);
        next.periods_paid = period.saturating_add(1);
        next.next_attempt = 0;
        next.dunning = Dunning::default();
        let agreed = next.price_change.take_if(|change| {
            change.agreed.as_ref().is_some_and(|consent| consent.price == receipt.amount())
        });
        if let Some(consent) = agreed.and_then(|change| change.agreed) {
            next.price = consent.price;
            next.consent = consent;
        }
        if period == 0 {
            next.tell(known.now, News::Subscribed { plan: plan.clone(), paid_through: end });
        }
        let (imp_uid, amount) = (receipt.imp_uid().clone(), receipt.amount());
        let recovered = subscription.dunning.failures > 0;
        next.tell(known.now, News::Paid { imp_uid, amount, paid_through: end, recovered });
    } else if receipt.cancelled() < receipt.amount() {
        next.refunds.push(RefundDue {
            imp_uid: receipt.imp_uid().clone(),
            merchant_uid: receipt.merchant_uid(),
            amount: receipt.amount(),
            paid_at: receipt.paid_at(),
            reason: if after_cancelling { AFTER_CANCELLING } else { FOR_NOTHING }.to_owned(),
            refused_since: None,
        });
    }
    Payment::of(receipt, &subscription.uid, plan, period, start, end)
}

/// How far our clock may be ahead of Iamport's, whose times know no part of a second.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(10);

/// Money of this second of Iamport's or a later one may have moved after what we did at `at`. In doubt the
/// member gets it back.
fn certainly_before(at: Timestamp) -> Timestamp {
    let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
    second.saturating_sub(CLOCKS_APART).unwrap_or(second)
}
