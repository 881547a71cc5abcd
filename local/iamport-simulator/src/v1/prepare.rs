//! Registering the amount of a window in advance, so that the page cannot change it.

use serde::Serialize;

use crate::{
    answer::{Answer, Outcome},
    params::Params,
    rows::{PreparedRow, by_merchant_uid},
    state::State,
};

#[derive(Serialize)]
struct Shown<'a> {
    merchant_uid: &'a str,
    amount: i64,
    currency: &'a str,
}

fn shown(row: &PreparedRow) -> Answer {
    Answer::ok(&Shown {
        merchant_uid: &row.merchant_uid,
        amount: row.amount,
        currency: &row.currency,
    })
}

fn unknown() -> Answer {
    Answer::error(404, "사전등록된 결제정보가 존재하지 않습니다.")
}

pub(super) fn get(state: &State, merchant_uid: &str) -> Outcome {
    state.prepared.newest(&by_merchant_uid(merchant_uid)).map(shown).ok_or_else(unknown)
}

pub(super) fn post(state: &mut State, params: &Params) -> Outcome {
    let merchant_uid = params.required("merchant_uid", 40)?;
    let amount = params.required_number("amount")?;
    if state.prepared.newest(&by_merchant_uid(&merchant_uid)).is_some() {
        return Err(Answer::refused(
            1,
            "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).",
        ));
    }
    let currency = params.text("currency").unwrap_or_else(|| "KRW".to_owned());
    let row = PreparedRow { id: state.new_id(), merchant_uid, amount, currency };
    let answer = shown(&row);
    state.prepared.put(row);
    Ok(answer)
}

pub(super) fn put(state: &mut State, params: &Params) -> Outcome {
    let merchant_uid = params.required("merchant_uid", 40)?;
    let amount = params.required_number("amount")?;
    let mut row =
        state.prepared.newest(&by_merchant_uid(&merchant_uid)).cloned().ok_or_else(unknown)?;
    row.amount = amount;
    if let Some(currency) = params.text("currency") {
        row.currency = currency;
    }
    let answer = shown(&row);
    state.prepared.put(row);
    Ok(answer)
}
