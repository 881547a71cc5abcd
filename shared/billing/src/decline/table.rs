//! What the providers' texts mean: the first sign that is in a text decides.
//!
//! The order is the rule. Codes come first, for they are exact. Then what says that the shop, the PG or the
//! card company is in trouble: such a text may well name a card too, and no card is to blame for it. Then the
//! key and the card, from which nothing comes any more, and last what another day may change. A sign that
//! holds for a part of another's texts stands before it.
//!
//! Where each text was seen, and that every sign decides at least one of them, is in `tests/it/decline.rs`.

use super::DeclineClass::{self, Hard, Provider, Soft, Transient};

/// What in a text decides. Blanks do not count: `한도 초과` is `한도초과`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A code in square brackets, as Iamport and Inicis put it before their words.
    ///
    /// Each PG numbers as it likes: `8323` is a stopped card to one network and an empty one to another. So a
    /// number is a sign only where it was seen in an answer of Iamport's or Inicis'; a code with a letter
    /// is NICE's.
    Code(&'static str),
    /// All of these words, wherever they stand.
    Words(&'static [&'static str]),
}

use Sign::{Code, Words};

/// The signs, in the order in which they are looked for.
pub const SIGNS: &[(Sign, DeclineClass)] = &[
    // Codes.
    (Code("1195"), Transient), // 빌링 미등록 거래: the key has not reached every system yet
    (Code("1254"), Soft),      // 잔액부족
    (Code("2116"), Soft), // 개인 월 한도금액 초과: what the PG lets one person pay a shop in a month
    (Code("1113"), Provider), // 요청금액 0원 이하: we asked for nothing
    (Code("8901"), Provider), // 미등록PG업체/거래정지업체
    (Code("F112"), Hard), // 유효하지않은 카드번호
    (Code("F113"), Hard), // 카드정보 인증 실패
    (Code("F118"), Hard), // 해당카드는 사용이 불가능
    (Code("A124"), Hard), // 해당 BID가 존재하지 않습니다: the key is gone
    (Code("A125"), Hard), // BID가 유효하지 않습니다
    (Code("A126"), Hard), // 이미 삭제된 빌키이거나 존재하지 않은 빌키
    (Code("A223"), Hard), // billKey 정보를 찾을 수 없습니다
    (Code("U115"), Hard), // 삭제 처리된 BID
    (Code("U309"), Hard), // 발급되지 않은 BID
    // The shop: its contract, its limits, what it asked for.
    (Words(&["가맹점"]), Provider),
    (Words(&["업체"]), Provider),
    (Words(&["상점"]), Provider),
    (Words(&["MID"]), Provider),
    (Words(&["사업자", "등록되지않은"]), Provider),
    (Words(&["시크릿키"]), Provider),
    (Words(&["단말기"]), Provider),
    (Words(&["필수"]), Provider),
    (Words(&["금액오류"]), Provider),
    // The PG or the card company, and the way to them.
    (Words(&["점검"]), Provider),
    (Words(&["장애"]), Provider),
    (Words(&["서비스", "중단"]), Provider),
    (Words(&["서비스", "정지"]), Provider),
    (Words(&["서비스", "시간"]), Provider),
    (Words(&["시스템"]), Provider),
    (Words(&["전산"]), Provider),
    (Words(&["통신"]), Provider),
    (Words(&["서버"]), Provider),
    (Words(&["전문"]), Provider),
    (Words(&["DB"]), Provider),
    (Words(&["시간", "초과"]), Provider),
    (Words(&["시간대"]), Provider),
    (Words(&["지연"]), Provider),
    (Words(&["일시적인오류"]), Provider),
    // What passes by itself.
    (Words(&["미등록거래"]), Transient),
    (Words(&["후거래요망"]), Soft),
    // The key is gone.
    (Words(&["빌키", "삭제된"]), Hard),
    (Words(&["빌키", "존재하지"]), Hard),
    (Words(&["BID"]), Hard),
    (Words(&["billKey"]), Hard),
    (Words(&["등록되지않은구매자"]), Hard), // Iamport: no billing key under this customer_uid
    (Words(&["등록되지않은사용자"]), Hard),
    (Words(&["등록된고객정보가없습니다"]), Hard),
    (Words(&["customer_uid", "찾을수없습니다"]), Hard),
    // The card is finished.
    (Words(&["분실"]), Hard),
    (Words(&["도난"]), Hard),
    (Words(&["변조"]), Hard),
    (Words(&["정지"]), Hard),
    (Words(&["해지"]), Hard),
    (Words(&["탈회"]), Hard),
    (Words(&["탈퇴"]), Hard),
    (Words(&["폐기"]), Hard),
    (Words(&["회수카드"]), Hard),
    (Words(&["유효기간"]), Hard),
    (Words(&["만료카드"]), Hard),
    (Words(&["카드번호"]), Hard),
    (Words(&["유효하지않은카드"]), Hard),
    (Words(&["신카드"]), Hard),
    (Words(&["신규발급카드"]), Hard),
    (Words(&["새로발급받은카드"]), Hard),
    (Words(&["사용불가카드"]), Hard),
    (Words(&["이용불가카드"]), Hard),
    (Words(&["카드", "거래불가"]), Hard),
    (Words(&["타사카드"]), Hard),
    (Words(&["비밀번호", "초과"]), Hard),
    (Words(&["오류횟수", "초과"]), Hard),
    // Money or limits, today.
    (Words(&["잔액"]), Soft),
    (Words(&["한도"]), Soft),
    (Words(&["초과"]), Soft),
    (Words(&["연체"]), Soft),
];

impl Sign {
    /// Whether it is in this text.
    pub fn is_in(&self, text: &str) -> bool {
        let text: String = text.split_whitespace().collect();
        match self {
            Code(code) => text.contains(&format!("[{code}]")),
            Words(words) => words.iter().all(|word| text.contains(word)),
        }
    }
}
