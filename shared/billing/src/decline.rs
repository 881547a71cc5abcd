//! Why a card was declined, and what that means for trying again.
//!
//! The provider passes the PG's Korean free text through; there is no unified list of codes. The table
//! below is matched from the top, first hit wins; a text that nothing matches is [`DeclineClass::Unknown`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a decline means for trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineClass {
    /// Passes by itself within minutes, such as `[1195]` right after a registration.
    Transient,
    /// May work on another day: no balance, a limit, trouble at the PG.
    Soft,
    /// This card will not work again: ask for another.
    Hard,
    /// Not in the table: handled as soft, and shown to an admin.
    Unknown,
}

/// A definite "no" to a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// What it means for trying again.
    pub class: DeclineClass,
    /// The provider's own words, Korean free text.
    pub reason: String,
    /// When it was declined.
    pub at: Timestamp,
}

/// Texts and codes of Inicis, the card companies and Iamport, with what they mean.
const TABLE: &[(&str, DeclineClass)] = &[
    // Codes first: they are exact.
    ("[1195]", DeclineClass::Transient), // 빌링 미등록 거래: the key has not reached every system yet
    ("[1254]", DeclineClass::Soft),      // 잔액부족
    ("[2116]", DeclineClass::Soft),      // 개인 월 한도금액 초과
    ("[F112]", DeclineClass::Hard),      // 유효하지않은 카드번호
    ("[F113]", DeclineClass::Hard),      // 카드정보 인증 실패
    // The card itself is finished.
    ("유효기간", DeclineClass::Hard),
    ("분실", DeclineClass::Hard),
    ("도난", DeclineClass::Hard),
    ("정지", DeclineClass::Hard),
    ("해지", DeclineClass::Hard),
    ("탈회", DeclineClass::Hard),
    ("유효하지않은 카드", DeclineClass::Hard),
    ("등록되지 않은 구매자", DeclineClass::Hard), // Iamport: no billing key under this customer_uid
    ("등록된 고객정보가 없습니다", DeclineClass::Hard),
    // Money or limits, today.
    ("잔액", DeclineClass::Soft),
    ("한도", DeclineClass::Soft),
    ("초과", DeclineClass::Soft),
    // Trouble on the way.
    ("미등록 거래", DeclineClass::Transient),
    ("통신", DeclineClass::Soft),
    ("장애", DeclineClass::Soft),
    ("시스템", DeclineClass::Soft),
    ("점검", DeclineClass::Soft),
    ("시간초과", DeclineClass::Soft),
];

impl Decline {
    /// A decline with the provider's words, classified.
    pub fn new(reason: &str, at: Timestamp) -> Self {
        Self { class: DeclineClass::of(reason), reason: reason.to_owned(), at }
    }

    /// What to tell the member, in Korean, fit to show: never the provider's raw text alone.
    pub fn advice(&self) -> &'static str {
        match self.class {
            DeclineClass::Transient => {
                "카드사 확인이 늦어지고 있습니다. 잠시 후 다시 시도해 주세요."
            }
            DeclineClass::Soft => {
                "잔액 또는 한도를 확인하신 뒤 다시 시도하거나 다른 카드를 등록해 주세요."
            }
            DeclineClass::Hard => "사용할 수 없는 카드입니다. 다른 카드를 등록해 주세요.",
            DeclineClass::Unknown => {
                "카드사에서 결제를 승인하지 않았습니다. 카드사에 문의하거나 다른 카드를 등록해 주세요."
            }
        }
    }
}

impl DeclineClass {
    /// The class of the provider's text.
    pub fn of(reason: &str) -> Self {
        TABLE
            .iter()
            .find(|(text, _)| reason.contains(text))
            .map_or(Self::Unknown, |(_, class)| *class)
    }
}
