//! Charging: `again` with a billing key, `onetime` with a card's number.

use crate::{
    answer::{Answer, Outcome},
    card::{Card, NOTHING_TO_CHARGE},
    charge::{Charged, UNKNOWN_BUYER, USED, charge, fail, opened, pay, show_card},
    key::{customer, face_of, register},
    order::{Channel, Order, Way},
    params::{Call, Params, missing},
    records::{PaymentStatus, Usage},
    rows::CustomerRow,
    settings::Switch,
    shape,
    state::State,
    webhook,
};

/// `POST /subscribe/payments/again`
pub(super) fn again(state: &mut State, now: i64, call: &Call, params: &Params) -> Outcome {
    let (order, customer) = admitted(state, call, params)?;
    let charged = charge(state, now, order, &customer, Usage::Payment);
    Ok(told(state, now, charged))
}

/// What `again` checks before it charges: the id and the key.
pub(crate) fn admitted(
    state: &State,
    call: &Call,
    params: &Params,
) -> Result<(Order, CustomerRow), Answer> {
    let customer_uid = params.required("customer_uid", 80)?;
    let order = Order::read(params, Some(call))?;
    if order.name.is_none() {
        return Err(missing("name"));
    }
    if state.is_used(&order.merchant_uid) {
        return Err(Answer::refused(1, USED));
    }
    let Some(customer) = state.customer(&customer_uid).cloned() else {
        let code = if state.has(Switch::UnknownBuyerIsMinusOne) { -1 } else { 1 };
        return Err(Answer::refused(code, UNKNOWN_BUYER));
    };
    Ok((order, customer))
}

/// Charges for an `again` that was admitted earlier, whatever has happened since.
pub(crate) fn approve(state: &mut State, now: i64, call: &Call) -> Outcome {
    let params = call.params()?;
    let order = Order::read(&params, Some(call))?;
    let customer_uid = params.required("customer_uid", 80)?;
    let Some(customer) = state.customer(&customer_uid).cloned() else {
        return Err(Answer::refused(1, UNKNOWN_BUYER));
    };
    let charged = charge(state, now, order, &customer, Usage::Payment);
    Ok(told(state, now, charged))
}

/// The answer to a charge, and its webhook: only a success has one.
pub(super) fn told(state: &mut State, now: i64, charged: Charged) -> Answer {
    match charged {
        Charged::NoTrace { hold } => Answer::page(504, "504 Gateway Time-out").held(Some(hold)),
        Charged::Recorded { payment, hold } => {
            if payment.shown.status == PaymentStatus::Paid {
                webhook::queue(state, now, &payment, None);
            } else if state.has(Switch::DeclineIsError)
                && payment.shown.customer_uid_usage == Some(Usage::Payment)
            {
                let reason = payment.shown.fail_reason.as_deref().unwrap_or_default();
                return Answer::refused(-1, &format!("결제승인에 실패하였습니다. {reason}"));
            }
            Answer::ok(&shape::payment(state, &payment.shown)).held(hold)
        }
    }
}

/// `POST /subscribe/payments/onetime`
pub(super) fn onetime(state: &mut State, now: i64, call: &Call, params: &Params) -> Outcome {
    let order = Order::read(params, Some(call))?;
    let channel = Channel::parse(params.text("pg").as_deref());
    let buyer_known = order.buyer.name.is_some()
        && order.buyer.email.is_some()
        && order.buyer.tel.is_some()
        && order.name.is_some();
    if channel.pg_provider == "html5_inicis" && !buyer_known {
        return Err(missing("name, buyer_name, buyer_email, buyer_tel"));
    }
    if state.is_used(&order.merchant_uid) {
        return Err(Answer::refused(1, USED));
    }
    let face = face_of(params)?.map_err(|trouble| {
        Answer::refused(-1, &format!("카드정보 인증에 실패하였습니다. {trouble}"))
    })?;
    let mut shown = customer(now, "", &channel, face, params);
    shown.customer_name.clone_from(&order.buyer.name);
    shown.customer_email.clone_from(&order.buyer.email);
    shown.customer_tel.clone_from(&order.buyer.tel);
    shown.customer_addr.clone_from(&order.buyer.addr);
    shown.customer_postcode.clone_from(&order.buyer.postcode);
    let customer_uid = params.text("customer_uid");
    if let Some(customer_uid) = &customer_uid {
        shown.customer_uid.clone_from(customer_uid);
        register(state, now, shown.clone(), Card::Approve);
    }
    let usage = customer_uid.is_some().then_some(Usage::Payment);
    let order = Order { customer_uid, ..order };
    let mut row = opened(state, now, &order, &channel, Way::Api, usage);
    show_card(&mut row.shown, &shown);
    if order.amount > 0 {
        pay(state, now, &mut row, "INIAPICARD");
    } else {
        fail(now, &mut row, NOTHING_TO_CHARGE);
    }
    state.payments.put(row.clone());
    Ok(told(state, now, Charged::Recorded { payment: Box::new(row), hold: None }))
}
