//! Creating billing keys, in the window and by API.

use crate::{
    answer::Answer,
    card::Card,
    order::Channel,
    params::{Params, missing},
    records::Customer,
    rows::CustomerRow,
    state::State,
};

/// What can be told from a card's number.
pub(crate) struct Face {
    code: &'static str,
    name: &'static str,
    masked: String,
}

impl Face {
    /// The card of the test window: a BC card. Its last digit distinguishes cards.
    pub(crate) fn of_window(last: &str) -> Self {
        Self { code: "361", name: "BC카드", masked: format!("944603*********{last}") }
    }
}

/// Reads `card_number` and `expiry`; the inner error is the PG's refusal of them.
pub(crate) fn face_of(params: &Params) -> Result<Result<Face, &'static str>, Answer> {
    let (Some(number), Some(expiry)) = (params.text("card_number"), params.text("expiry")) else {
        return Err(missing("card_number, expiry"));
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let expiry: String = expiry.chars().filter(char::is_ascii_digit).collect();
    if !(14..=16).contains(&digits.len()) || !(4..=6).contains(&expiry.len()) {
        // [GUESS] which of the two codes belongs to which mistake, and the wording of this one.
        return Ok(Err("[F113]카드정보 형식이 올바르지 않습니다. (card_bin 없음)"));
    }
    if !passes_luhn(&digits) {
        return Ok(Err("[F112]유효하지않은 카드번호를 입력하셨습니다. (card_bin 없음)"));
    }
    let (first, last) = (digits.get(..6).unwrap_or_default(), digits.get(15..).unwrap_or_default());
    Ok(Ok(Face { code: "361", name: "BC카드", masked: format!("{first}*********{last}") }))
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = digit.saturating_mul(weight);
            if product > 9 { product.saturating_sub(9) } else { product }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A customer that is not registered yet.
pub(crate) fn customer(
    now: i64,
    customer_uid: &str,
    channel: &Channel,
    face: Face,
    params: &Params,
) -> Customer {
    Customer {
        card_code: Some(face.code.to_owned()),
        card_issuer_code: Some(face.code.to_owned()),
        card_issuer_name: Some(face.name.to_owned()),
        card_name: face.name.to_owned(),
        card_number: Some(face.masked),
        card_publisher_code: Some(face.code.to_owned()),
        card_publisher_name: Some(face.name.to_owned()),
        card_type: None,
        customer_addr: params.short("customer_addr", 200),
        customer_email: params.short("customer_email", 200),
        customer_id: params.text("customer_id"),
        customer_name: params.short("customer_name", 20),
        customer_postcode: params.short("customer_postcode", 8),
        customer_tel: params.short("customer_tel", 20),
        customer_uid: customer_uid.to_owned(),
        inserted: now,
        pg_id: channel.pg_id.clone(),
        pg_provider: channel.pg_provider.clone(),
        sandbox: channel.is_sandbox(),
        updated: now,
    }
}

/// Registers the customer, replacing one with the same `customer_uid`.
pub(crate) fn register(state: &mut State, now: i64, mut shown: Customer, card: Card) -> Customer {
    let id = match state.customer(&shown.customer_uid) {
        Some(old) => {
            shown.inserted = old.shown.inserted;
            old.id
        }
        None => state.new_id(),
    };
    shown.updated = now;
    state.customers.put(CustomerRow { id, shown: shown.clone(), card });
    shown
}
