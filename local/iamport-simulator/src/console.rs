//! What a person does at Iamport's console, behind the back of whoever uses the API.

use jiff::{ToSpan, civil::time, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    charge::attempt,
    params::Params,
    records::{PaymentStatus, ScheduleStatus},
    rows::ScheduleRow,
    state::{Recovery, State},
    store::StoreError,
    v1::{cancel, customers, schedules},
    webhook::at,
};

/// Something a person does at Iamport's console.
///
/// As JSON: `{"delete_key": {"customer_uid": "member-1"}}`, `{"recovery": {"hour": 9}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsoleAct {
    /// Deletes a billing key. There is no webhook. What becomes of its schedules is as with the
    /// API's call.
    DeleteKey {
        /// The key.
        customer_uid: String,
    },
    /// Revokes a schedule that has yet to run. There is no webhook [GUESS].
    RevokeSchedule {
        /// The schedule.
        merchant_uid: String,
    },
    /// Moves a schedule that has yet to run to another time. There is no webhook [GUESS].
    MoveSchedule {
        /// The schedule.
        merchant_uid: String,
        /// When it is to run, in UNIX seconds.
        schedule_at: i64,
    },
    /// Gives back a payment, or a part of it. The console sends a webhook for it.
    Refund {
        /// The payment.
        imp_uid: String,
        /// The won to give back; all that is left without it.
        #[serde(default)]
        amount: Option<i64>,
        /// Whether the webhook is made; it is by default.
        #[serde(default = "yes")]
        webhook: bool,
    },
    /// Has schedules that failed the day before tried again each day at this hour until one
    /// succeeds, under the same `merchant_uid`, or no longer. Each attempt has a webhook.
    Recovery {
        /// 1 to 23 in Korea, or nothing to turn it off.
        #[serde(default)]
        hour: Option<i8>,
    },
}

const fn yes() -> bool {
    true
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// The console said no, for what the API says no for, in the API's words.
    #[error("{0}")]
    Refused(String),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(crate) fn act(state: &mut State, now: i64, act: &ConsoleAct) -> Result<(), String> {
    let refused = |answer: Answer| answer.message();
    match act {
        ConsoleAct::DeleteKey { customer_uid } => {
            customers::delete(state, now, customer_uid).map_err(refused)?;
        }
        ConsoleAct::RevokeSchedule { merchant_uid } => {
            let params = params(json!({ "merchant_uid": [merchant_uid] }));
            schedules::unschedule(state, now, &params).map_err(refused)?;
        }
        ConsoleAct::MoveSchedule { merchant_uid, schedule_at } => {
            let params = params(json!({ "schedule_at": schedule_at }));
            schedules::put(state, now, &params, merchant_uid).map_err(refused)?;
        }
        ConsoleAct::Refund { imp_uid, amount, webhook } => {
            // [GUESS] the reason that the console writes.
            let params = params(json!({ "imp_uid": imp_uid, "amount": amount, "vat_amount": 0,
                "enable_webhook": webhook, "reason": "관리자 취소" }));
            let answer = cancel::post(state, now, &params).map_err(refused)?;
            if let Some(message) = answer.refusal() {
                return Err(message);
            }
        }
        ConsoleAct::Recovery { hour: None } => state.memo.recovery = None,
        ConsoleAct::Recovery { hour: Some(hour) } => {
            if !(1..=23).contains(hour) {
                return Err("재결제 시각은 1시부터 23시까지입니다.".to_owned());
            }
            state.memo.recovery = next(now, *hour);
        }
    }
    Ok(())
}

fn params(fields: Value) -> Params {
    let Value::Object(fields) = fields else { return Params::from(Map::new()) };
    Params::from(fields)
}

/// The next time after `now` at which it is that hour in Korea.
fn next(now: i64, hour: i8) -> Option<Recovery> {
    let here = at(now).to_zoned(korea());
    let today = here.date().to_datetime(time(hour, 0, 0, 0)).to_zoned(korea()).ok()?;
    let next = if today > here { today } else { today.checked_add(1.day()).ok()? };
    Some(Recovery { hour, next_at: next.timestamp().as_second() })
}

fn korea() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// Tries again what failed the day before. A failure of today is yesterday's tomorrow.
pub(crate) fn recover(state: &mut State) {
    let Some(Recovery { hour, next_at: now }) = state.memo.recovery else { return };
    state.memo.recovery = next(now, hour);
    let day = |seconds: i64| at(seconds).to_zoned(korea()).date();
    let yesterday = day(now).yesterday().ok();
    let failed: Vec<ScheduleRow> = state
        .schedules
        .all()
        .filter(|row| {
            row.shown.schedule_status == ScheduleStatus::Executed
                && row.shown.payment_status == Some(PaymentStatus::Failed)
                && Some(day(row.shown.executed_at)) == yesterday
                && !state.is_used(&row.shown.merchant_uid)
        })
        .cloned()
        .collect();
    for schedule in failed {
        attempt(state, now, schedule);
    }
}
