//! What a person can do in Iamport's console, which users of the API are not told about.

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

/// Something a person can do in Iamport's console.
///
/// As JSON: `{"delete_key": {"customer_uid": "member-1"}}`, `{"recovery": {"hour": 9}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsoleAct {
    /// Deletes a billing key, with the same effect on its schedules as by API. There is no webhook.
    DeleteKey {
        /// The key.
        customer_uid: String,
    },
    /// Revokes a schedule that has not run yet. There is no webhook (`[GUESS]`).
    RevokeSchedule {
        /// The schedule.
        merchant_uid: String,
    },
    /// Moves a schedule that has not run yet. There is no webhook (`[GUESS]`).
    MoveSchedule {
        /// The schedule.
        merchant_uid: String,
        /// When it is to run, in UNIX seconds.
        schedule_at: i64,
    },
    /// Refunds a payment, in full or in part. Unlike a refund by API, it has a webhook.
    Refund {
        /// The payment.
        imp_uid: String,
        /// The amount in won; everything that is left if left out.
        #[serde(default)]
        amount: Option<i64>,
        /// Whether there is a webhook; there is by default.
        #[serde(default = "yes")]
        webhook: bool,
    },
    /// Turns recovery on or off: every day at this hour, schedules that failed the day before are
    /// retried under the same `merchant_uid`, until they succeed. Each attempt has a webhook.
    Recovery {
        /// 1 to 23 in Korea; left out, recovery is turned off.
        #[serde(default)]
        hour: Option<i8>,
    },
}

const fn yes() -> bool {
    true
}

/// Why the console did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// The console refused, for the same reasons as the API and in the same words.
    #[error("{0}")]
    Refused(String),
    /// The change could not be stored.
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
            // [GUESS] the reason the console gives.
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

/// The next time after `now` at which it is this hour in Korea.
fn next(now: i64, hour: i8) -> Option<Recovery> {
    let here = at(now).to_zoned(korea());
    let today = here.date().to_datetime(time(hour, 0, 0, 0)).to_zoned(korea()).ok()?;
    let next = if today > here { today } else { today.checked_add(1.day()).ok()? };
    Some(Recovery { hour, next_at: next.timestamp().as_second() })
}

fn korea() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(9))
}

/// Retries what failed the day before. What fails now is retried tomorrow.
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
