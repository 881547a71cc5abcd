//! The V1 API: who may call, and which function answers. Every function takes the state and the time
//! and returns an answer; none of them waits.

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
    params::{Call, Params},
    state::State,
};

/// Answers a call at `now`.
pub(crate) fn answer(state: &mut State, now: i64, call: &Call) -> Answer {
    route(state, now, call).unwrap_or_else(|refusal| refusal)
}

/// Checks an `again` as it would be checked now, without changing anything; `Err` with the answer if
/// it is refused. `None` for any other call.
pub(crate) fn admit(state: &State, now: i64, call: &Call) -> Option<Result<(), Answer>> {
    let again = call.method == "POST" && call.segments() == ["subscribe", "payments", "again"];
    again.then(|| {
        let params = call.params()?;
        token::check(state, now, call, &params)?;
        subscribe::admitted(state, call, &params).map(|_| ())
    })
}

/// Charges for an `again` that was admitted earlier.
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
    let answer = match path.as_slice() {
        ["payments", path @ ..] => of_payments(state, now, call, &params, path),
        ["subscribe", "customers", path @ ..] => of_customers(state, now, call, &params, path),
        ["subscribe", "payments", path @ ..] => of_charges(state, now, call, &params, path),
        path => of_codes(call, path),
    };
    // [GUESS] what the real server says about an unknown path was not seen.
    answer.unwrap_or_else(|| Err(Answer::error(404, "Not Found")))
}

fn of_codes(call: &Call, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", ["users", "pg"]) => Ok(codes::channels()),
        ("GET", ["cards"]) => Ok(codes::cards()),
        ("GET", ["cards", code]) => codes::card(code),
        _ => return None,
    })
}

/// `/payments/…`
fn of_payments(
    state: &mut State,
    now: i64,
    call: &Call,
    params: &Params,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => payments::several(state, params),
        ("GET", ["find", uid]) => payments::find(state, params, uid, None),
        ("GET", ["find", uid, status]) => payments::find(state, params, uid, Some(status)),
        ("GET", ["findAll", uid]) => payments::find_all(state, params, uid, None),
        ("GET", ["findAll", uid, status]) => payments::find_all(state, params, uid, Some(status)),
        ("GET", ["status"]) => payments::by_status(state, now, params, "all"),
        ("GET", ["status", status]) => payments::by_status(state, now, params, status),
        ("GET", ["prepare", uid]) => prepare::get(state, uid),
        ("POST", ["prepare"]) => prepare::post(state, params),
        ("PUT", ["prepare"]) => prepare::put(state, params),
        ("POST", ["cancel"]) => cancel::post(state, now, params),
        ("GET", [imp_uid]) => payments::one(state, params, imp_uid),
        _ => return None,
    })
}

/// `/subscribe/customers/…`
fn of_customers(
    state: &mut State,
    now: i64,
    call: &Call,
    params: &Params,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => customers::several(state, params),
        ("GET", [uid]) => customers::one(state, uid),
        ("POST", [uid]) => customers::issue(state, now, params, uid),
        ("DELETE", [uid]) => customers::delete(state, now, uid),
        ("GET", [uid, "payments"]) => customers::payments(state, params, uid),
        ("GET", [uid, "schedules"]) => schedule_lists::of_customer(state, params, uid),
        _ => return None,
    })
}

/// `/subscribe/payments/…`
fn of_charges(
    state: &mut State,
    now: i64,
    call: &Call,
    params: &Params,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("POST", ["again"]) => subscribe::again(state, now, call, params),
        ("POST", ["onetime"]) => subscribe::onetime(state, now, call, params),
        ("POST", ["schedule"]) => schedules::post(state, now, call, params),
        ("POST", ["unschedule"]) => schedules::unschedule(state, now, params),
        ("GET", ["schedule"]) => schedule_lists::range(state, params),
        ("GET", ["schedule", "customers", uid]) => schedule_lists::of_customer(state, params, uid),
        ("GET", ["schedule", uid]) => schedules::one(state, uid),
        ("PUT", ["schedule", uid]) => schedules::put(state, now, params, uid),
        ("POST", ["schedule", uid, "reschedule"]) => schedules::reschedule(state, now, params, uid),
        ("POST", ["schedule", uid, "retry"]) => schedules::retry(state, now, uid),
        _ => return None,
    })
}
