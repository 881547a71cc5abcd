//! Billing keys: `/subscribe/customers`.

use crate::{
    answer::{Answer, Outcome},
    card::Card,
    key::{customer, face_of, register},
    order::Channel,
    params::{Params, missing},
    rows::by_customer_uid,
    settings::Switch,
    shape,
    state::State,
    v1::{paged::Asked, schedules},
};

/// `GET /subscribe/customers?customer_uid[]=…`
pub(super) fn several(state: &State, params: &Params) -> Outcome {
    let asked = params.texts("customer_uid");
    if asked.is_empty() {
        return Err(missing("customer_uid"));
    }
    let found: Vec<_> = asked
        .iter()
        .filter_map(|uid| state.customer(uid))
        .map(|row| shape::customer(state, &row.shown))
        .collect();
    match found.len() {
        // [GUESS] the text; the schema has HTTP 404.
        0 => Err(Answer::error(404, "요청하신 customer_uid로 등록된 정보를 찾을 수 없습니다.")),
        len if len < asked.len() => Ok(Answer::partly(&found)),
        _ => Ok(Answer::ok(&found)),
    }
}

/// `GET /subscribe/customers/{customer_uid}`
pub(super) fn one(state: &State, customer_uid: &str) -> Outcome {
    state
        .customer(customer_uid)
        .map(|row| Answer::ok(&shape::customer(state, &row.shown)))
        .ok_or_else(|| unknown(state, customer_uid))
}

/// `POST /subscribe/customers/{customer_uid}`
pub(super) fn issue(state: &mut State, now: i64, params: &Params, customer_uid: &str) -> Outcome {
    if customer_uid.chars().count() > 80 {
        return Err(Answer::error(400, "customer_uid의 길이는 80자를 넘을 수 없습니다."));
    }
    let face = face_of(params)?.map_err(|trouble| {
        Answer::refused(-1, &format!("카드정보 인증 및 빌키 발급에 실패하였습니다. {trouble}"))
    })?;
    let channel = Channel::parse(params.text("pg").as_deref());
    let shown = customer(now, customer_uid, &channel, face, params);
    let shown = register(state, now, shown, Card::Approve);
    Ok(Answer::ok(&shape::customer(state, &shown)))
}

/// `DELETE /subscribe/customers/{customer_uid}`
pub(crate) fn delete(state: &mut State, now: i64, customer_uid: &str) -> Outcome {
    let row = state.customer(customer_uid).cloned().ok_or_else(|| unknown(state, customer_uid))?;
    state.customers.take(row.id);
    // What happens to the schedules is not documented. [GUESS] they remain.
    if state.has(Switch::DeleteRevokesSchedules) {
        schedules::revoke(state, now, Some(customer_uid), &[]);
    }
    Ok(Answer::ok(&shape::customer(state, &row.shown)))
}

/// `GET /subscribe/customers/{customer_uid}/payments`
pub(super) fn payments(state: &State, params: &Params, customer_uid: &str) -> Outcome {
    let asked = Asked::only_page(params)?;
    let found: Vec<_> = state
        .payments
        .find(&by_customer_uid(customer_uid))
        .rev()
        .map(|row| shape::payment(state, &row.shown))
        .collect();
    if found.is_empty() && state.customer(customer_uid).is_none() {
        return Err(unknown(state, customer_uid));
    }
    Ok(Answer::ok(&asked.of(found)))
}

fn unknown(state: &State, customer_uid: &str) -> Answer {
    let message =
        format!("요청하신 customer_uid({customer_uid})로 등록된 정보를 찾을 수 없습니다.");
    if state.has(Switch::UnknownCustomerIs200) {
        Answer::refused(1, &message)
    } else {
        Answer::enveloped_error(404, 1, &message)
    }
}
