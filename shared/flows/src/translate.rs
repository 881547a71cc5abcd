//! Iamport's answers in the domain's words.

use crate::Trouble;
use billing::{Record, RecordStatus, ScheduleSighting, Usage, Won};
use iamport::{Payment, PaymentStatus, Schedule, ScheduleStatus};
use jiff::Timestamp;

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
        // None is not ours, so that a person looks.
        currency: payment.currency.unwrap_or_default(),
        at: at.or(payment.started_at).unwrap_or(Timestamp::UNIX_EPOCH),
        fail_reason: payment.fail_reason,
        card_name: payment.card_name,
        card_number: payment.card_number,
        receipt_url: payment.receipt_url,
    })
}

/// A schedule. One in a status that is not known yet is taken to stand: it may still charge.
pub(crate) fn sighting(schedule: &Schedule) -> ScheduleSighting {
    match schedule.schedule_status {
        ScheduleStatus::Scheduled | ScheduleStatus::Other(_) => ScheduleSighting::Standing,
        ScheduleStatus::Executed => ScheduleSighting::Executed,
        ScheduleStatus::Revoked => ScheduleSighting::Revoked,
    }
}
