//! Why a charge was declined, and what that means for trying again.
//!
//! Iamport passes the PG's Korean free text through; there is no unified list of codes. [`SIGNS`] are looked
//! for from the first; a text that has none of them is [`DeclineClass::Unknown`].

mod table;

use crate::ids::digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use table::{SIGNS, Sign};

/// What a decline means for trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineClass {
    /// Passes by itself within minutes, such as `[1195]` right after a registration.
    Transient,
    /// May work on another day: no balance, a limit.
    Soft,
    /// The shop's, the PG's or the card company's trouble, and no card's: a contract that is suspended,
    /// maintenance, no connection. Tried again as a soft one, and a person is told at once.
    Provider,
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

impl Decline {
    /// A decline with the provider's words, classified.
    pub fn new(reason: &str, at: Timestamp) -> Self {
        Self { class: DeclineClass::of(reason), reason: reason.to_owned(), at }
    }

    /// A number that stands for its class and wording: the same for what only blanks or figures tell apart, such
    /// as amounts and telephone numbers. Codes in brackets count.
    pub fn kind(&self) -> u64 {
        let mut wording = format!("{:?}|", self.class);
        let mut brackets = 0_u32;
        for sign in self.reason.chars().filter(|sign| !sign.is_whitespace()) {
            match sign {
                '[' => brackets = brackets.saturating_add(1),
                ']' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            let figure = brackets == 0 && sign.is_numeric();
            if !(figure && wording.ends_with('#')) {
                wording.push(if figure { '#' } else { sign });
            }
        }
        digest(&wording)
    }

    /// What to tell the member, in Korean, fit to show: never the provider's raw text alone. `again` is
    /// whether it is tried again without the member.
    pub fn advice(&self, again: bool) -> &'static str {
        match self.class {
            DeclineClass::Transient => {
                "카드사 확인이 늦어지고 있습니다. 잠시 후 다시 시도해 주세요."
            }
            DeclineClass::Soft => {
                "잔액 또는 한도를 확인하신 뒤 다시 시도하거나 다른 카드를 등록해 주세요."
            }
            DeclineClass::Provider if again => {
                "카드 문제가 아니라 결제 시스템 문제로 결제되지 않았습니다. 따로 하실 일은 없으며, 자동으로 다시 결제를 시도하겠습니다."
            }
            DeclineClass::Provider => {
                "카드 문제가 아니라 결제 시스템 문제로 결제되지 않았습니다. 잠시 후 다시 시도해 주세요."
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
        SIGNS.iter().find(|(sign, _)| sign.is_in(reason)).map_or(Self::Unknown, |(_, class)| *class)
    }
}
