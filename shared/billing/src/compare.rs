//! The comparison's judgement: what our books do not say of what a partner shows. Pure, as
//! [`decide`](crate::decide()) is: what is read for it, and what is done about it, is the caller's.

use crate::{
    ChargeState, ClosedState, CustomerUid, ImpUid, MerchantUid, OpenCharge, OpenState, Order,
    Policy, Record, RecordStatus, Refundable, RegistrationState, ScheduleSighting, State,
    Subscription, Usage, Won,
};
use jiff::Timestamp;

/// What our books have to say of a record that Iamport has under an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: no money moved, a person knows of it, or the loop may still have it in hand.
    Nothing,
    /// What they do not say, whatever else they hold: the order was not paid with it.
    Unrecorded,
    /// Its row, and under this time.
    Row {
        /// When it was paid.
        paid_at: Timestamp,
    },
}

/// In what our books differ from a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentDiffers {
    /// We do not hold it as its order's payment.
    Unrecorded,
    /// More was given back of it than our row knows.
    GivenBack {
        /// What our row says.
        here: Won,
    },
}

/// A schedule as it stands at Iamport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingSchedule {
    /// When it charges, if Iamport says so.
    pub at: Option<Timestamp>,
    /// How much.
    pub amount: Won,
}

/// In what a subscription differs from the schedules at Iamport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleDiffers {
    /// One stands that it does not carry.
    Orphaned,
    /// The same, while another stands that it does carry.
    Double,
    /// One stands for another moment or amount than it carries.
    Changed,
    /// One that it carries does not stand.
    Missing,
}

/// A member's account at the sign-in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Whether nobody can sign in with it.
    pub is_disabled: bool,
    /// Whether its claim lets the member in.
    pub lets_in: bool,
}

/// In what an account is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountDiffers {
    /// The member is charged and cannot sign in.
    Lost,
    /// Who should be kept out is let in (`true`), or the other way round.
    Claim(bool),
}

/// What our books have to say of a record under this order.
pub fn claim(order: &Order, record: &Record, now: Timestamp, policy: &Policy) -> Claim {
    let young = is_young(record, now, policy);
    match order {
        _ if !matches!(record.status, RecordStatus::Paid | RecordStatus::Cancelled) => {
            Claim::Nothing
        }
        // A card's registration is never a payment; its key is looked at by itself.
        Order::Registration { .. } if record.usage == Usage::Issue => Claim::Nothing,
        Order::Registration { registration, .. } => {
            let told = registration.outcome == RegistrationState::Contradicted;
            if told || young { Claim::Nothing } else { Claim::Unrecorded }
        }
        Order::Charge { charge, .. } => {
            let ours = charge.paid_with() == Some(&record.imp_uid);
            let told = charge.outcome == ChargeState::Closed(ClosedState::Contradicted);
            if told || (young && !ours) {
                Claim::Nothing
            } else if ours {
                Claim::Row { paid_at: record.at.unwrap_or(charge.opened_at) }
            } else {
                Claim::Unrecorded
            }
        }
    }
}

/// In what our row of a payment, which says that this much was given back, differs from the record.
pub fn payment(record: &Record, row: Option<Won>) -> Option<PaymentDiffers> {
    match row {
        None => Some(PaymentDiffers::Unrecorded),
        Some(here) if here < record.cancelled => Some(PaymentDiffers::GivenBack { here }),
        Some(_) => None,
    }
}

/// In what a payment that is kept of a member who was erased differs from the record.
pub fn retained(record: &Record, kept: Option<&Refundable>) -> Option<PaymentDiffers> {
    if record.is_money() { payment(record, kept.map(|kept| kept.refunded)) } else { None }
}

/// Whether the record says that a card was registered, and so left a billing key, long enough ago that the loop
/// does not have it in hand.
pub fn leaves_a_key(record: &Record, now: Timestamp, policy: &Policy) -> bool {
    record.usage == Usage::Issue && !is_young(record, now, policy)
}

/// In what a subscription with these charges differs from a schedule that stands under this order; `None` also
/// while the loop has it in hand: it ran meanwhile, or is being placed or taken back.
pub fn standing(
    id: MerchantUid,
    charges: &[OpenCharge],
    schedule: StandingSchedule,
) -> Option<ScheduleDiffers> {
    match charges.iter().find(|charge| charge.merchant_uid == id) {
        Some(charge) => {
            let differs = charge.scheduled_at().is_some() && !charge.is_scheduled_as(schedule);
            differs.then_some(ScheduleDiffers::Changed)
        }
        None if charges.iter().any(|charge| charge.scheduled_at().is_some()) => {
            Some(ScheduleDiffers::Double)
        }
        None => Some(ScheduleDiffers::Orphaned),
    }
}

/// In what a charge whose schedule was not listed differs from what Iamport says of that by itself.
pub fn carried(
    charge: &OpenCharge,
    sighting: &ScheduleSighting,
    schedule: Option<StandingSchedule>,
) -> Option<ScheduleDiffers> {
    match (sighting, schedule) {
        (ScheduleSighting::Missing | ScheduleSighting::TakenBack, _) => {
            Some(ScheduleDiffers::Missing)
        }
        (ScheduleSighting::Standing, Some(schedule)) if !charge.is_scheduled_as(schedule) => {
            Some(ScheduleDiffers::Changed)
        }
        (
            ScheduleSighting::Standing | ScheduleSighting::Executed | ScheduleSighting::Failed(_),
            _,
        ) => None,
    }
}

/// In what the account (`None` if there is none) of a member in this state is not as it should be.
pub fn account(state: State, account: Option<Account>) -> Option<AccountDiffers> {
    let charged = matches!(state, State::Active | State::PastDue);
    if charged && account.is_none_or(|account| account.is_disabled) {
        return Some(AccountDiffers::Lost);
    }
    let Account { lets_in, .. } = account?;
    (lets_in == (state == State::Ended)).then_some(AccountDiffers::Claim(lets_in))
}

/// Whether the loop may still have the record in hand. One without a time is not.
fn is_young(record: &Record, now: Timestamp, policy: &Policy) -> bool {
    record.at.is_some_and(|at| now.duration_since(at) < policy.patience)
}

impl OpenCharge {
    /// When Iamport is to charge, for one that it was asked to.
    pub fn scheduled_at(&self) -> Option<Timestamp> {
        match self.outcome {
            OpenState::Scheduling { at, .. } | OpenState::Scheduled { at } => Some(at),
            OpenState::Planned { .. } | OpenState::Charging { .. } => None,
        }
    }

    /// Whether Iamport is known to hold its schedule.
    pub fn is_scheduled(&self) -> bool {
        matches!(self.outcome, OpenState::Scheduled { .. })
    }

    /// Whether this is what Iamport was asked for.
    pub fn is_scheduled_as(&self, schedule: StandingSchedule) -> bool {
        self.scheduled_at().is_some_and(|at| schedule.at == Some(at))
            && self.amount == schedule.amount
    }
}

impl Subscription {
    /// Whether this payment is to be given back already.
    pub fn owes_back(&self, payment: &ImpUid) -> bool {
        self.refunds.iter().any(|due| due.imp_uid == *payment)
    }

    /// The same, or it is before a person, for Iamport would not.
    pub(crate) fn is_to_give_back(&self, payment: &ImpUid) -> bool {
        let mut refused = self.reviews.iter().filter_map(|review| review.refund.as_ref());
        self.owes_back(payment) || refused.any(|due| due.imp_uid == *payment)
    }

    /// Whether it has the key as its card, means to delete it, or still waits for it.
    pub fn refers_to(&self, key: CustomerUid) -> bool {
        self.card.as_ref().is_some_and(|card| card.customer_uid == key)
            || self.unwanted_keys.contains(&key)
            || self.registrations.iter().any(|it| it.customer_uid == key)
            || self.charges.iter().any(|it| it.customer_uid == key)
    }
}
