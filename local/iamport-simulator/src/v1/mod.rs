//! The V1 API: who may call, and which function answers. Every function here takes the state and
//! the time and returns an answer; none of them waits.

pub(crate) mod cancel;
mod codes;
pub(crate) mod customers;
mod paged;
mod payments;
mod prepare;
mod schedule_lists;
pub(crate) mod schedules;
pub(crate) mod subscribe;
mod token;

use crate::{
    answer::{Answer, Outcome},
    params::Call,
    state::State,
};

/// Answers a call at `now`.
pub(crate) fn answer(state: &mut State, now: i64, call: &Call) -> Answer {
    route(state, now, call).unwrap_or_else(|refusal| refusal)
}

/// Looks at an `again` as it would be looked at now, and changes nothing; an answer if it goes no
/// further. `None` for any other call.
pub(crate) fn admit(state: &State, now: i64, call: &Call) -> Option<Result<(), Answer>> {
    let again = call.method == "POST" && call.segments() == ["subscribe", "payments", "again"];
    again.then(|| {
        let params = call.params()?;
        token::check(state, now, call, &params)?;
        subscribe::admitted(state, call, &params).map(|_| ())
    })
}

/// Charges for an `again` that was admitted before.
pub(crate) fn approve(state: &mut State, now: i64, call: &Call) -> Answer {
    subscribe::approve(state, now, call).unwrap_or_else(|refusal| refusal)
}

fn route(state: &mut State, now: i64, call: &Call) -> Outcome {
    let segments = call.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let params = call.params()?;
    if path == ["users", "getToken"] && call.method == "POST" {
        return token::get(state, now, &params);
    }
    token::check(state, now, call, &params)?;
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["users", "pg"]) => Ok(codes::channels()),
        ("GET", ["cards"]) => Ok(codes::cards()),
        ("GET", ["cards", code]) => codes::card(code),

        ("GET", ["payments"]) => payments::several(state, &params),
        ("GET", ["payments", "find", merchant_uid]) => {
            payments::find(state, &params, merchant_uid, None)
        }
        ("GET", ["payments", "find", merchant_uid, status]) => {
            payments::find(state, &params, merchant_uid, Some(status))
        }
        ("GET", ["payments", "findAll", merchant_uid]) => {
            payments::find_all(state, &params, merchant_uid, None)
        }
        ("GET", ["payments", "findAll", merchant_uid, status]) => {
            payments::find_all(state, &params, merchant_uid, Some(status))
        }
        ("GET", ["payments", "status"]) => payments::by_status(state, now, &params, "all"),
        ("GET", ["payments", "status", status]) => payments::by_status(state, now, &params, status),
        ("GET", ["payments", "prepare", merchant_uid]) => prepare::get(state, merchant_uid),
        ("POST", ["payments", "prepare"]) => prepare::post(state, &params),
        ("PUT", ["payments", "prepare"]) => prepare::put(state, &params),
        ("POST", ["payments", "cancel"]) => cancel::post(state, now, &params),
        ("GET", ["payments", imp_uid]) => payments::one(state, &params, imp_uid),

        ("GET", ["subscribe", "customers"]) => customers::several(state, &params),
        ("GET", ["subscribe", "customers", uid]) => customers::one(state, uid),
        ("POST", ["subscribe", "customers", uid]) => customers::issue(state, now, &params, uid),
        ("DELETE", ["subscribe", "customers", uid]) => customers::delete(state, now, uid),
        ("GET", ["subscribe", "customers", uid, "payments"]) => {
            customers::payments(state, &params, uid)
        }
        (
            "GET",
            ["subscribe", "customers", uid, "schedules"]
            | ["subscribe", "payments", "schedule", "customers", uid],
        ) => schedule_lists::of_customer(state, &params, uid),

        ("POST", ["subscribe", "payments", "again"]) => subscribe::again(state, now, call, &params),
        ("POST", ["subscribe", "payments", "onetime"]) => {
            subscribe::onetime(state, now, call, &params)
        }
        ("POST", ["subscribe", "payments", "schedule"]) => {
            schedules::post(state, now, call, &params)
        }
        ("POST", ["subscribe", "payments", "unschedule"]) => {
            schedules::unschedule(state, now, &params)
        }
        ("GET", ["subscribe", "payments", "schedule"]) => schedule_lists::range(state, &params),
        ("GET", ["subscribe", "payments", "schedule", uid]) => schedules::one(state, uid),
        ("PUT", ["subscribe", "payments", "schedule", uid]) => {
            schedules::put(state, now, &params, uid)
        }
        ("POST", ["subscribe", "payments", "schedule", uid, "reschedule"]) => {
            schedules::reschedule(state, now, &params, uid)
        }
        ("POST", ["subscribe", "payments", "schedule", uid, "retry"]) => {
            schedules::retry(state, now, uid)
        }
        // [GUESS] what the real server says of a path it does not have was not seen.
        _ => Err(Answer::error(404, "Not Found")),
    }
}
