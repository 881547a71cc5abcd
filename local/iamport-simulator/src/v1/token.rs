//! `POST /users/getToken`, and checking the token of every other call.

use serde::Serialize;

use crate::{
    answer::{Answer, Outcome},
    params::{Call, Params, missing},
    state::{State, Token},
};

/// A token is valid for half an hour.
const LIFE_SECONDS: i64 = 1800;
/// One with less than this left is extended.
const LAST_SECONDS: i64 = 60;
const EXTENSION_SECONDS: i64 = 300;

#[derive(Serialize)]
struct Granted {
    access_token: String,
    now: i64,
    expired_at: i64,
}

pub(super) fn get(state: &mut State, now: i64, params: &Params) -> Outcome {
    let (Some(key), Some(secret)) = (params.text("imp_key"), params.text("imp_secret")) else {
        return Err(missing("imp_key, imp_secret"));
    };
    if key != state.settings.key || secret != state.settings.secret {
        return Err(Answer::error(401, "인증에 실패하였습니다. API키와 secret을 확인하세요."));
    }
    let token = match state.memo.token.take() {
        Some(mut token) if now < token.expired_at => {
            if token.expired_at.saturating_sub(now) < LAST_SECONDS {
                token.expired_at = token.expired_at.saturating_add(EXTENSION_SECONDS);
            }
            token
        }
        _ => Token {
            value: state.memo.rng.text("0123456789abcdef", 40),
            expired_at: now.saturating_add(LIFE_SECONDS),
        },
    };
    state.memo.token = Some(token.clone());
    Ok(Answer::ok(&Granted { access_token: token.value, now, expired_at: token.expired_at }))
}

/// Accepts the token wherever Iamport does.
pub(super) fn check(state: &State, now: i64, call: &Call, params: &Params) -> Result<(), Answer> {
    let bearer = call.authorization.as_deref().map(|value| {
        let value = value.trim();
        match value.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => token.trim(),
            _ => value,
        }
    });
    let asked = bearer
        .or(call.token_header.as_deref())
        .map(str::to_owned)
        .or_else(|| params.text("_token"));
    let valid = state
        .memo
        .token
        .as_ref()
        .is_some_and(|token| now < token.expired_at && asked.as_ref() == Some(&token.value));
    if valid { Ok(()) } else { Err(Answer::error(401, "Unauthorized")) }
}
