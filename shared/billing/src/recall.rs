//! A row from the past: a table was put back to an earlier moment, and what was answered to members since
//! then is in the journal alone.

use crate::decide::{AFTER_CANCELLING, certainly_before};
use crate::{
    Cancellation, Consent, Entry, Erasure, MerchantUid, News, Refundable, State, Subscription,
    SubscriptionId, What, Won, kst_date,
};
use jiff::{Timestamp, civil::Date};

impl Entry {
    /// Which run of the subscription it came with, and the version of the row that was replaced then; `None`
    /// for an act that concerns no member. The row that is stored has a later one, unless it was put back.
    pub fn replaced(&self) -> Option<(SubscriptionId, u64)> {
        let mut parts = self.id.split('-');
        let (id, version) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().map(|_| (id, version))
    }

    /// Whether it is of a write that this row, read after the entry, does not hold.
    fn is_unknown_to(&self, subscription: &Subscription) -> bool {
        self.replaced().is_some_and(|(_, version)| version >= subscription.version)
    }

    /// Whether what it tells of can be had from nothing else that we or Iamport hold.
    fn is_all_there_is(&self) -> bool {
        match &self.what {
            What::Told(
                News::CardChanged | News::ReviewOpened { .. } | News::ReviewResolved { .. },
            ) => true,
            What::Told(
                News::Subscribed { .. }
                | News::Paid { .. }
                | News::Declined { .. }
                | News::ProviderTrouble { .. }
                | News::RetryPlanned { .. }
                | News::TriedAgain
                | News::TakenOver { .. }
                | News::CardAsked { .. }
                | News::DaysGiven { .. }
                | News::CardExpiring { .. }
                | News::CancelRequested { .. }
                | News::CheckoutWithdrawn
                | News::Resumed { .. }
                | News::RefundDue { .. }
                | News::Refunded { .. }
                | News::Revoked { .. }
                | News::ConsentAsked { .. }
                | News::ConsentGiven { .. }
                | News::ErasureRequested
                | News::Overdue { .. },
            )
            | What::Did { .. } => false,
        }
    }
}

/// Why money is given back of which the row has forgotten that it was to be.
const AS_DECIDED: &str = "환불 결정된 결제 전액 환불";

/// What the journal says last of what a member was answered.
#[derive(Debug, Default)]
struct Answered<'a> {
    /// Whether, and when, it was cancelled or resumed.
    cancelled: Option<(bool, Timestamp)>,
    /// The price and terms agreed to since it was asked last, and when.
    agreed: Option<(Won, &'a str, Timestamp)>,
    /// Whether access was taken away.
    ended: bool,
    /// How many days were given in all to a member who had paid, and until when that was.
    given: Option<(u16, Date)>,
    /// When everything was asked to be erased.
    erasure: Option<Timestamp>,
}

impl Subscription {
    /// Takes up what this row has forgotten: a cancellation at its own time, one that was taken back in time,
    /// consent to the price that is asked about, which periods were paid, and what was to be given back. What was
    /// paid after such a cancellation pays for nothing and is owed back. Says whether anything changed.
    ///
    /// The entries, and the member's payments, must have been read after the row. Then they hold whatever the row
    /// holds, and a row that was not put back is left as it is, or is no longer the one that is stored.
    pub fn recall(&mut self, entries: &[Entry], payments: &[Refundable], now: Timestamp) -> bool {
        let answered = self.answered(entries);
        let mut changed = false;
        match (self.state(), answered.cancelled) {
            (
                State::None | State::Active | State::PastDue | State::Cancelling,
                Some((true, requested_at)),
            )
                // Cancelled, resumed and cancelled again: what was paid in between was wanted.
                if self.cancellation.as_ref().is_none_or(|wish| wish.requested_at < requested_at) =>
            {
                self.cancellation = Some(Cancellation::at(requested_at));
                for payment in payments {
                    self.uncount(payment, now);
                }
                changed = true;
            }
            (State::Cancelling, Some((false, at)))
                if self.cancellation.as_ref().is_some_and(|wish| wish.requested_at <= at)
                    && (self.paid_through().is_some_and(|date| kst_date(now) <= date)
                        || payments.iter().any(|payment| self.goes_on_with(payment, at))) =>
            {
                self.cancellation = None;
                self.doubt_schedules(now);
                changed = true;
            }
            (
                State::None | State::Active | State::PastDue | State::Cancelling | State::Ended,
                _,
            ) => {}
        }
        if let (Some(change), Some((price, terms, agreed_at))) =
            (&mut self.price_change, answered.agreed)
            && change.agreed.is_none()
            && change.version.price == price
        {
            let (version, plan) = (terms.to_owned(), self.plan.clone());
            change.agreed = Some(Consent { version, plan, price, agreed_at });
            changed = true;
        }
        changed |= self.take_up_days(answered.given);
        if let (None, Some(requested_at)) = (self.erasure, answered.erasure) {
            self.erasure = Some(Erasure { requested_at });
            self.withdraw(requested_at);
            changed = true;
        }
        let forgotten: Vec<&Entry> =
            entries.iter().filter(|entry| entry.is_unknown_to(self)).collect();
        let recounted = self.recount(&forgotten, payments);
        let owed = self.owe_again(&forgotten, payments, now);
        changed || recounted || owed
    }

    /// Takes up days that an admin gave. Says whether the row had forgotten any.
    fn take_up_days(&mut self, given: Option<(u16, Date)>) -> bool {
        let before = (self.days_given, self.complimentary);
        match given {
            Some((0, until)) if self.periods_paid == 0 => {
                self.complimentary = self.complimentary.max(Some(until));
            }
            Some((total, _)) => self.days_given = self.days_given.max(total),
            None => {}
        }
        before != (self.days_given, self.complimentary)
    }

    /// Counts the periods of which the journal says that they were paid, in writes that this row does not hold.
    /// While it goes on the loop would come upon each by itself, for it wants to charge the same period; once it
    /// was cancelled or a person has to look, nothing is charged and nobody would.
    fn recount(&mut self, forgotten: &[&Entry], payments: &[Refundable]) -> bool {
        let mut told: Vec<&Refundable> = forgotten
            .iter()
            .filter_map(|entry| match &entry.what {
                What::Told(News::Paid { imp_uid, .. }) => {
                    payments.iter().find(|payment| payment.imp_uid == *imp_uid)
                }
                What::Told(_) | What::Did { .. } => None,
            })
            .collect();
        told.sort_by_key(|payment| payment.merchant_uid);
        let before = self.periods_paid;
        for payment in told {
            let too_late = self.had_cancelled_by(payment.paid_at);
            let counts = self.period_for(payment) == Some(self.periods_paid);
            if !counts || too_late || self.ended_at.is_some() || self.owes_back(&payment.imp_uid) {
                continue;
            }
            let anchor = self.anchor.unwrap_or(kst_date(payment.paid_at));
            self.count(self.periods_paid, anchor, payment.amount);
            // Its order is closed.
            self.charges.retain(|charge| charge.merchant_uid != payment.merchant_uid);
        }
        self.periods_paid != before
    }

    /// Owes back again what the journal says was to be given back, in writes that this row does not hold, as far
    /// as it was not.
    fn owe_again(&mut self, forgotten: &[&Entry], payments: &[Refundable], now: Timestamp) -> bool {
        let mut owed = false;
        for entry in forgotten {
            let What::Told(News::RefundDue { imp_uid, amount }) = &entry.what else { continue };
            if self.is_to_give_back(imp_uid) {
                continue;
            }
            let payment = payments.iter().find(|payment| payment.imp_uid == *imp_uid);
            owed |= payment
                .is_some_and(|payment| self.owe_back(payment, *amount, AS_DECIDED, None, now));
        }
        owed
    }

    /// The period of this run that a payment was for.
    pub(crate) fn period_for(&self, payment: &Refundable) -> Option<u16> {
        match payment.merchant_uid {
            MerchantUid::Charge { subscription, period, .. } if subscription == self.id => {
                Some(period)
            }
            MerchantUid::Charge { .. }
            | MerchantUid::Registration { .. }
            | MerchantUid::Foreign(_) => None,
        }
    }

    /// Whether the next period was paid since then: so it was taken back in time.
    fn goes_on_with(&self, payment: &Refundable, resumed_at: Timestamp) -> bool {
        let next = self.period_for(payment) == Some(self.periods_paid);
        next && payment.refunded < payment.amount && payment.paid_at >= certainly_before(resumed_at)
    }

    /// Books a payment anew as it is booked when the cancellation is known: it pays for nothing.
    fn uncount(&mut self, payment: &Refundable, now: Timestamp) {
        let Some(period) = self.period_for(payment) else { return };
        if period >= self.periods_paid || !self.had_cancelled_by(payment.paid_at) {
            return;
        }
        self.periods_paid = period;
        if period == 0 {
            self.anchor = None;
            self.days_given = 0;
        }
        self.owe_back(payment, payment.amount, AFTER_CANCELLING, None, now);
    }

    /// Whether access was taken away, and this row has forgotten it.
    pub fn has_forgotten_its_end(&self, entries: &[Entry]) -> bool {
        self.ended_at.is_none() && self.answered(entries).ended
    }

    /// Whether this row has forgotten what a person has to look at: a card, a review, a whole run.
    pub fn has_lost_for_good(&self, entries: &[Entry]) -> bool {
        entries.iter().filter(|entry| entry.is_unknown_to(self)).any(|entry| {
            entry.is_all_there_is() || entry.replaced().is_some_and(|(run, _)| run != self.id)
        })
    }

    fn answered<'a>(&self, entries: &'a [Entry]) -> Answered<'a> {
        let of_this_run = |entry: &&Entry| {
            entry.replaced().is_some_and(|(subscription, _)| subscription == self.id)
        };
        let mut mine: Vec<&Entry> = entries.iter().filter(of_this_run).collect();
        mine.sort_by_key(|entry| (entry.at, entry.replaced()));
        let mut answered = Answered::default();
        for entry in mine {
            let What::Told(news) = &entry.what else { continue };
            match news {
                News::CancelRequested { .. } | News::CheckoutWithdrawn => {
                    answered.cancelled = Some((true, entry.at));
                }
                News::Resumed { .. } => answered.cancelled = Some((false, entry.at)),
                News::ConsentAsked { .. } => answered.agreed = None,
                News::ConsentGiven { price, terms_version } => {
                    answered.agreed = Some((*price, terms_version, entry.at));
                }
                News::Revoked { .. } => {
                    answered.ended = true;
                    answered.given = None;
                }
                News::DaysGiven { total, until, .. } => answered.given = Some((*total, *until)),
                News::ErasureRequested => answered.erasure = Some(entry.at),
                News::Subscribed { .. }
                | News::Paid { .. }
                | News::Declined { .. }
                | News::ProviderTrouble { .. }
                | News::RetryPlanned { .. }
                | News::TriedAgain
                | News::TakenOver { .. }
                | News::CardChanged
                | News::CardAsked { .. }
                | News::CardExpiring { .. }
                | News::RefundDue { .. }
                | News::Refunded { .. }
                | News::ReviewOpened { .. }
                | News::ReviewResolved { .. }
                | News::Overdue { .. } => {}
            }
        }
        answered
    }

    /// What the row that was put back relies on may have been taken back at Iamport since: it is looked for.
    fn doubt_schedules(&mut self, now: Timestamp) {
        for charge in &mut self.charges {
            charge.outcome = charge.outcome.doubted(now);
        }
    }
}
