//! The test cards, and how each behaves when it is charged.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a registered card behaves when it is charged. All of them can be registered, because Inicis
/// approves nothing at registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Card {
    /// Approves every charge.
    #[default]
    Approve,
    /// Declines with `[1254]` (잔액부족).
    InsufficientFunds,
    /// Declines with `[2116]` (한도초과).
    LimitExceeded,
    /// Declines: the card has expired.
    Expired,
    /// Declines: reported lost or stolen.
    LostOrStolen,
    /// Declines: suspended by the issuer.
    Suspended,
    /// Declines with `[8901]`: not the card but the shop's contract is suspended.
    ShopSuspended,
    /// Declines with `[1195]` (빌링 미등록 거래) for the first two minutes after registration.
    NotRegisteredYet,
    /// Declines with a code that is not in any list.
    UnknownReason,
    /// The first attempt under each `merchant_uid` is not charged and leaves no record; HTTP 504
    /// follows after 65 s. Later attempts are approved. A scheduled run fails.
    TimeoutBeforeCharge,
    /// The first attempt under each `merchant_uid` is charged, but answered after 65 s. A scheduled
    /// run is paid.
    TimeoutAfterCharge,
    /// Approves, but answers after 20 s.
    Slow,
}

/// The result of one attempt to charge a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approved {
        hold: Option<Duration>,
    },
    Declined(&'static str),
    /// The request was lost on its way to the card company.
    NeverArrived {
        hold: Duration,
    },
}

/// Longer than any client waits.
const TIMEOUT: Duration = Duration::from_secs(65);
const SLOW: Duration = Duration::from_secs(20);
/// How long `NotRegisteredYet` lasts, in seconds after the registration.
const PROPAGATION_SECONDS: i64 = 120;

/// Inicis' refusal of an amount of 0 or less.
pub(crate) const NOTHING_TO_CHARGE: &str = "[1113][실시간빌링실패|요청금액 0원 이하]";
/// [GUESS] the reason of a scheduled run if the card company did not answer.
pub(crate) const NO_ANSWER: &str = "[9998][실시간빌링실패|카드사 응답시간 초과]";

impl Card {
    /// Every card, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Approve,
        Self::InsufficientFunds,
        Self::LimitExceeded,
        Self::Expired,
        Self::LostOrStolen,
        Self::Suspended,
        Self::ShopSuspended,
        Self::NotRegisteredYet,
        Self::UnknownReason,
        Self::TimeoutBeforeCharge,
        Self::TimeoutAfterCharge,
        Self::Slow,
    ];

    /// `age`: seconds since registration. `first`: whether this is the first attempt under its
    /// `merchant_uid`.
    ///
    /// The texts of `[1254]` and `[1195]` were observed at Inicis, those of `[2116]` and `[8901]` in
    /// Iamport's answers; the other codes and texts are [GUESS].
    pub(crate) fn verdict(self, age: i64, first: bool) -> Verdict {
        let approved = Verdict::Approved { hold: None };
        match self {
            Self::Approve => approved,
            Self::InsufficientFunds => Verdict::Declined("[1254][실시간빌링실패|잔액부족]"),
            Self::LimitExceeded => {
                Verdict::Declined("[2116][실시간빌링실패|개인 월 한도금액 초과]")
            }
            Self::Expired => Verdict::Declined("[1145][실시간빌링실패|유효기간 경과 카드]"),
            Self::LostOrStolen => Verdict::Declined("[1142][실시간빌링실패|분실/도난 신고 카드]"),
            Self::Suspended => Verdict::Declined("[1143][실시간빌링실패|거래정지 카드]"),
            Self::ShopSuspended => Verdict::Declined("[8901] 미등록PG업체/거래정지업체"),
            Self::NotRegisteredYet if age < PROPAGATION_SECONDS => {
                Verdict::Declined("[1195][실시간빌링실패|빌링 미등록 거래]")
            }
            Self::NotRegisteredYet => approved,
            Self::UnknownReason => Verdict::Declined("[8899][실시간빌링실패|정의되지 않은 사유]"),
            Self::TimeoutBeforeCharge if first => Verdict::NeverArrived { hold: TIMEOUT },
            Self::TimeoutAfterCharge if first => Verdict::Approved { hold: Some(TIMEOUT) },
            Self::TimeoutBeforeCharge | Self::TimeoutAfterCharge => approved,
            Self::Slow => Verdict::Approved { hold: Some(SLOW) },
        }
    }
}
