//! Iamport's answers in the domain's words.

use crate::Trouble;
use billing::compare::StandingSchedule;
use billing::{OpenCharge, Record, RecordStatus, ScheduleSighting, Usage, Won};
use iamport::{Payment, PaymentStatus, Schedule, ScheduleStatus};

/// A payment record.
pub(crate) fn record(payment: Payment) -> Result<Record, Trouble> {
    let status = match payment.status {
        PaymentStatus::Ready => RecordStatus::Ready,
        PaymentStatus::Paid => RecordStatus::Paid,
        PaymentStatus::Failed => RecordStatus::Failed,
        PaymentStatus::Cancelled => RecordStatus::Cancelled,
        PaymentStatus::Other(_) => RecordStatus::Other,
    };
    let at = match status {
        RecordStatus::Failed => payment.failed_at,
        RecordStatus::Paid
        | RecordStatus::Cancelled
        | RecordStatus::Ready
        | RecordStatus::Other => payment.paid_at,
    };
    Ok(Record {
        imp_uid: payment
            .imp_uid
            .parse()
            .map_err(|_| Trouble::Nonsense("an imp_uid it cannot have"))?,
        merchant_uid: payment.merchant_uid,
        status,
        usage: match payment.customer_uid_usage {
            Some(iamport::Usage::Issue) => Usage::Issue,
            Some(iamport::Usage::Payment) => Usage::Payment,
            Some(iamport::Usage::PaymentScheduled) => Usage::Scheduled,
            Some(iamport::Usage::Other(_)) | None => Usage::Other,
        },
        customer_uid: payment.customer_uid,
        amount: Won::new(payment.amount),
        cancelled: Won::new(payment.cancel_amount),
        currency: payment.currency,
        at: at.or(payment.started_at),
        fail_reason: payment.fail_reason,
        card_name: payment.card.name,
        card_number: payment.card.number.as_deref().map(masked),
        receipt_url: payment.receipt_url,
    })
}

/// The answer to our own charge. Answers of older years do not say what the billing key was used for. Where
/// that is missing, the second sign is that it answers the request which named the key: no look-up and no
/// webhook can say so.
pub(crate) fn answer(payment: Payment, charge: &OpenCharge) -> Result<Record, Trouble> {
    let says_nothing = payment.customer_uid_usage.is_none();
    let record = record(payment)?;
    let key = charge.customer_uid.to_string();
    let ours = record.merchant_uid == charge.merchant_uid.to_string()
        && record.customer_uid.as_ref().is_none_or(|named| *named == key);
    Ok(if says_nothing && ours { Record { usage: Usage::Payment, ..record } } else { record })
}

/// A schedule. One in a status that is not known yet is taken to stand: it may still charge.
pub(crate) fn sighting(schedule: &Schedule) -> ScheduleSighting {
    match schedule.schedule_status {
        ScheduleStatus::Scheduled | ScheduleStatus::Other(_) => ScheduleSighting::Standing,
        ScheduleStatus::Executed if schedule.payment_status == Some(PaymentStatus::Failed) => {
            ScheduleSighting::Failed(schedule.fail_reason.clone().unwrap_or_default())
        }
        ScheduleStatus::Executed => ScheduleSighting::Executed,
        ScheduleStatus::Revoked => ScheduleSighting::TakenBack,
    }
}

/// A schedule as it stands.
pub(crate) fn standing(schedule: &Schedule) -> StandingSchedule {
    StandingSchedule { at: schedule.schedule_at, amount: Won::new(schedule.amount) }
}

/// A card number of which no more can be read than a receipt may show: the first six digits and the last four.
/// Most PGs mask it, not all.
pub(crate) fn masked(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let mut seen: usize = 0;
    let mut mask = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        seen = seen.saturating_add(1);
        if seen <= 6 || digits.saturating_sub(seen) < 4 { c } else { '*' }
    };
    // Ten digits or fewer are what is left of a masked number.
    if digits <= 10 { number.to_owned() } else { number.chars().map(&mut mask).collect() }
}
