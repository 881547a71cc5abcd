//! Lists that do not change: the merchant's channels and the card companies' codes.

use serde::Serialize;

use crate::answer::{Answer, Outcome};

#[derive(Serialize)]
struct PgSetting {
    pg_provider: &'static str,
    pg_id: &'static str,
    sandbox: bool,
    r#type: &'static str,
    channel_name: &'static str,
    channel_key: &'static str,
}

#[derive(Clone, Copy, Serialize)]
struct Code {
    code: &'static str,
    name: &'static str,
}

/// The codes are documented; the spelling of the names is [GUESS] except for BC's.
const CARDS: [Code; 20] = [
    Code { code: "361", name: "BC카드" },
    Code { code: "381", name: "KB국민카드" },
    Code { code: "367", name: "현대카드" },
    Code { code: "365", name: "삼성카드" },
    Code { code: "368", name: "롯데카드" },
    Code { code: "371", name: "NH카드" },
    Code { code: "041", name: "우리카드" },
    Code { code: "374", name: "하나카드" },
    Code { code: "366", name: "신한카드" },
    Code { code: "370", name: "씨티카드" },
    Code { code: "369", name: "수협카드" },
    Code { code: "364", name: "광주카드" },
    Code { code: "372", name: "전북카드" },
    Code { code: "373", name: "제주카드" },
    Code { code: "002", name: "산업은행카드" },
    Code { code: "045", name: "새마을금고카드" },
    Code { code: "048", name: "신협카드" },
    Code { code: "071", name: "우체국카드" },
    Code { code: "089", name: "케이뱅크" },
    Code { code: "090", name: "카카오뱅크" },
];

/// `GET /users/pg`
pub(super) fn channels() -> Answer {
    Answer::ok(&[PgSetting {
        pg_provider: "html5_inicis",
        pg_id: "INIBillTst",
        sandbox: true,
        r#type: "PAYMENT",
        channel_name: "KG이니시스 정기결제 테스트",
        channel_key: "channel-key-00000000-0000-0000-0000-000000000000",
    }])
}

/// `GET /cards`
pub(super) fn cards() -> Answer {
    Answer::ok(&CARDS)
}

/// `GET /cards/{code}`
pub(super) fn card(code: &str) -> Outcome {
    CARDS
        .iter()
        .find(|card| card.code == code)
        .map(Answer::ok)
        // [GUESS] the text; the schema has HTTP 404.
        .ok_or_else(|| Answer::error(404, "존재하지 않는 카드사 코드입니다."))
}
