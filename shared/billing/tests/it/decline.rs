//! Declines: what the providers' texts mean.
//!
//! The texts are public ones, each with where it was seen. A PG's table gives a code beside the text, and Iamport
//! shows both as `[code]text`, so that a text with a code is tried both ways.

use billing::DeclineClass::{self, Hard, Provider, Soft, Transient, Unknown};
use billing::{Decline, SIGNS, Sign};
use jiff::Timestamp;
use proptest::prelude::*;

const IAMPORT: &str = "iamport/iamport-rest-client-python, tests";
const IAMPORT_GO: &str = "a public Go client of Iamport, tests";
const ITER: &str = "posquit0/node-iamporter, tests";
const PYCON: &str = "pythonkr/pyconapac-2016, issue 21";
const INICIS_SHOP: &str = "public shop code that charges Inicis' billing keys";
const DANBI: &str = "danbistore.com, docs: errors of Iamport's plug-in and their causes";
const NICE: &str = "nicepayments/nicepay-manual, common/code.md";
const NICE_CARD: &str = "public Java constants: NICE's answers of the card companies";
const NICE_GIFT: &str = "public Java code: NICE's answers of its card network";
const PAYPLE: &str = "hanabira80/vue2-docspage, card-code-response.vue: Payple's manual";
const PAYPLE_BANK: &str = "hanabira80/vue2-docspage, bank-code-response.vue: Payple's manual";
const TOSS: &str = "Toss Payments' documentation, error codes";
const SRT: &str = "ryanking13/SRT, tests/mock_responses";
const ARTON: &str = "enaenen/Artonhanger-Public, the texts of Iamport that it knows";
/// Nobody published it; it is held for caution.
const CAUTION: &str = "nowhere";

/// A text, the PG's code for it if that is public too, what it means, and where it was seen.
const TEXTS: &[(&str, &str, DeclineClass, &str)] = &[
    // Iamport's and Inicis' own, as they came.
    ("", "[1195][실시간빌링실패|빌링 미등록 거래]", Transient, INICIS_SHOP),
    ("", "[1254][실시간빌링실패|잔액부족]", Soft, INICIS_SHOP),
    ("", "[1113][실시간빌링실패|요청금액 0원 이하]", Provider, INICIS_SHOP),
    ("", "통신오류", Provider, INICIS_SHOP),
    ("", "-1 결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과", Soft, PYCON),
    ("", "결제에 실패하였습니다. [8901] 미등록PG업체/거래정지업체", Provider, DANBI),
    ("", "등록되지 않은 구매자입니다.", Hard, IAMPORT),
    ("", "등록되지 않은 사용자입니다.", Hard, "portone-io/iamport-react-native, issue 141"),
    ("", "등록된 고객정보가 없습니다.", Hard, IAMPORT_GO),
    ("", "요청하신 customer_uid(X)로 등록된 정보를 찾을 수 없습니다.", Hard, IAMPORT),
    ("", "카드정보 인증에 실패하였습니다. [F113]", Hard, IAMPORT),
    ("", "[F112]유효하지않은 카드번호를 입력하셨습니다. (card_bin 없음)", Hard, ITER),
    (
        "",
        "이니시스 빌링결제는 상품명이 필수입니다.",
        Provider,
        "iamport/iamport-rest-client-python, pull request 27",
    ),
    (
        "",
        "신용카드 본인인증은 계약되지 않은 인증방법입니다.상점에 문의해 주세요.",
        Provider,
        "iamport/iamport-manual, issue 25",
    ),
    (
        "",
        "[인증실패] 업체정보에 이상이 있습니다. 해당 서비스 업체로 문의하여 주십시오.",
        Provider,
        "iamport/iamport-ios, issue 11",
    ),
    (
        "",
        "MX1002 | 일시적인 오류로 결제시도가 정상적으로 처리되지 않았습니다.",
        Provider,
        "ts-inicis/INIMobile-Manual, issue 10",
    ),
    ("", "카드번호 오류   카드사전화요망", Hard, "a public app that registers cards"),
    ("", "유효기간틀림 년월 확인요망", Hard, ARTON),
    ("", "유효기간 경과카드", Hard, ARTON),
    ("", "사용불가 카드", Hard, ARTON),
    ("", "카드사전화요망", Unknown, ARTON),
    // NICE: the shop and the way.
    ("2151", "거래정지 가맹점", Provider, NICE),
    ("2152", "미등록가맹점", Provider, NICE),
    ("2159", "해당은행장애", Provider, NICE),
    ("3012", "카드가맹점 정보 미확인", Provider, NICE),
    ("3013", "카드 가맹점 개시 안됨", Provider, NICE),
    ("3041", "금액 오류(1000원 미만 신용카드 승인 불가)", Provider, NICE),
    ("3091", "제휴카드 사용불가 가맹점", Provider, NICE),
    ("F115", "빌키 발급 불가 가맹점입니다.(중지)", Provider, NICE),
    ("F116", "빌키 발급 불가 가맹점입니다.(해지)", Provider, NICE),
    ("F117", "빌링 미사용 가맹점입니다", Provider, NICE),
    ("A109", "요청한 MID의 설정 정보가 없습니다", Provider, NICE),
    ("A114", "상점 MID가 유효하지 않습니다", Provider, NICE),
    ("A117", "필수입력항목이 누락되었습니다", Provider, NICE),
    ("A226", "전문통신 과정에서 오류가 발생하였습니다", Provider, NICE),
    ("A254", "제휴사 응답전문이 유효하지 않습니다.", Provider, NICE),
    ("A299", "API 지연처리 발생.", Provider, NICE),
    ("2000", "DB오류", Provider, NICE),
    ("4008", "은행 시스템 서비스 중단", Provider, NICE),
    ("P026", "승인서버 요청 에러", Provider, NICE),
    ("X002", "서버로 소켓 연결 중 오류가 발생하였습니다", Provider, NICE),
    // NICE: the key and the card.
    ("3011", "카드번호 오류", Hard, NICE),
    ("3021", "유효기간 오류", Hard, NICE),
    ("F112", "유효하지않은 카드번호를 입력하셨습니다 (card_bin 없음)", Hard, NICE),
    ("F118", "해당카드는 사용이 불가능 합니다 타사카드를 이용해주세요", Hard, NICE),
    ("A124", "해당 BID가 존재하지 않습니다", Hard, NICE),
    ("A125", "BID가 유효하지 않습니다", Hard, NICE),
    ("A126", "이미 삭제된 빌키이거나 존재하지 않은 빌키입니다", Hard, NICE),
    ("A223", "billKey 정보를 찾을 수 없습니다", Hard, NICE),
    ("U115", "삭제 처리된 BID 입니다.", Hard, NICE),
    ("U309", "발급되지 않은 BID 입니다.", Hard, NICE),
    ("3095", "카드사 실패 응답", Unknown, NICE),
    ("", "빌키가 존재하지 않습니다.", Hard, "public code of a PG's gateway"),
    // What the card companies answered NICE.
    ("", "은행시스템 작업중", Provider, NICE_CARD),
    ("", "서비스시간 종료", Provider, NICE_CARD),
    ("", "외환카드전산오류", Provider, NICE_CARD),
    ("", "시스템장애", Provider, NICE_CARD),
    ("", "미등록 가맹점", Provider, NICE_CARD),
    ("", "사용제한가맹점", Provider, NICE_CARD),
    ("", "가맹점번호 부적당", Provider, NICE_CARD),
    ("", "탈퇴카드 사용불가", Hard, NICE_CARD),
    ("", "탈회카드사용불가", Hard, NICE_CARD),
    ("", "신규발급카드 사용요망", Hard, NICE_CARD),
    ("", "신카드사용요망", Hard, NICE_CARD),
    ("", "분실/도난 카드", Hard, NICE_CARD),
    ("", "도난/분실", Hard, NICE_CARD),
    ("", "해당카드 거래불가", Hard, NICE_CARD),
    ("", "거래불가카드", Hard, NICE_CARD),
    ("", "비밀번호오류 초과", Hard, NICE_CARD),
    ("", "비밀번호 횟수초과", Hard, NICE_CARD),
    ("", "인증오류 횟수초과", Hard, NICE_CARD),
    ("", "거래정지", Hard, NICE_CARD),
    ("", "거래정지 카드", Hard, NICE_CARD),
    ("", "유효기간만료", Hard, NICE_CARD),
    ("", "사용한도초과", Soft, NICE_CARD),
    ("", "카드사로문의요망", Unknown, NICE_CARD),
    ("", "해지 가맹점", Provider, NICE_GIFT),
    ("", "통신장애 재시도 요망", Provider, NICE_GIFT),
    ("", "사용정지 카드", Hard, NICE_GIFT),
    ("", "폐기된 카드", Hard, NICE_GIFT),
    ("", "유효하지 않은 카드", Hard, NICE_GIFT),
    ("", "한도 초과", Soft, NICE_GIFT),
    // Payple, which speaks for the card companies behind Danal.
    ("", "이용하시는 상점의 한도가 초과되었습니다. 상점 관리자에게 문의주세요.", Provider, PAYPLE),
    ("", "가맹점 카드 월 한도 초과 - 해당 사이트 관리자에게 문의 하세요!!", Provider, PAYPLE),
    ("1106", "등록되지 않은 가맹점 입니다.", Provider, PAYPLE),
    ("1107", "해지 가맹점 입니다.", Provider, PAYPLE),
    ("1143", "필수 데이터 정보 누락입니다. 해당 업체로 문의 바랍니다.", Provider, PAYPLE),
    ("3006", "네트워크 통신 오류입니다.", Provider, PAYPLE),
    ("3103", "거래제한 가맹점 입니다.", Provider, PAYPLE),
    ("3106", "시스템 장애입니다. 잠시 후 다시 시도해주세요.", Provider, PAYPLE),
    ("3110", "카드번호 오류입니다.", Hard, PAYPLE),
    ("3112", "한도가 초과하였습니다.", Soft, PAYPLE),
    ("3114", "단말기ID 오류입니다.", Provider, PAYPLE),
    ("3117", "비밀번호 오류횟수가 초과하였습니다.", Hard, PAYPLE),
    ("3122", "도난/분실 위/변조 카드입니다.", Hard, PAYPLE),
    ("3123", "이용불가 카드입니다.", Hard, PAYPLE),
    ("3125", "가맹점 한도 초과 오류입니다.", Provider, PAYPLE),
    ("3128", "거래정지 카드입니다.", Hard, PAYPLE),
    ("3133", "잔액이 부족합니다.", Soft, PAYPLE),
    ("3134", "카드사 인증시간이 초과하였습니다.", Provider, PAYPLE),
    ("3146", "해지카드입니다.", Hard, PAYPLE),
    ("3148", "반송 또는 회수카드입니다.", Hard, PAYPLE),
    ("3149", "대금 지급 보류 가맹점입니다.", Provider, PAYPLE),
    ("3154", "고액연체 오류입니다.", Soft, PAYPLE),
    ("3160", "심야거래 승인 제한 가맹점 입니다.", Provider, PAYPLE),
    ("3161", "비씨카드 시스템 장애입니다.", Provider, PAYPLE),
    ("3194", "승인전문 오류입니다.", Provider, PAYPLE),
    ("3223", "비밀번호 입력 횟수 3회 초과 오류입니다. 카드사 문의 바랍니다.", Hard, PAYPLE),
    ("3233", "일 이용횟수 초과 오류입니다.", Soft, PAYPLE),
    ("3244", "CVV값 오류 횟수 초과 오류입니다.", Hard, PAYPLE),
    ("3246", "서비스 시간 초과 오류입니다.", Provider, PAYPLE),
    ("3253", "이전 카드는 사용이 불가합니다. 새로 발급받은 카드로 결제 바랍니다.", Hard, PAYPLE),
    ("3266", "체크카드 승인이 불가합니다. (30분 후 거래요망)", Soft, PAYPLE),
    ("3267", "카드사 시스템 점검시간입니다.", Provider, PAYPLE),
    ("3269", "체크카드 은행 장애입니다.", Provider, PAYPLE),
    ("", "위,변조 카드", Hard, PAYPLE_BANK),
    ("", "만료카드", Hard, PAYPLE_BANK),
    ("", "통장증서 도난 계좌입니다.", Hard, PAYPLE_BANK),
    ("", "은행 점검시간입니다.", Provider, PAYPLE_BANK),
    // Toss.
    ("", "정지된 카드 입니다.", Hard, TOSS),
    ("", "분실 혹은 도난 카드입니다.", Hard, TOSS),
    ("", "카드번호를 다시 확인해주세요.", Hard, TOSS),
    ("", "카드 정보를 다시 확인해주세요. (유효기간)", Hard, TOSS),
    ("", "한도초과 혹은 잔액부족으로 결제에 실패했습니다.", Soft, TOSS),
    ("", "하루 결제 가능 금액을 초과했습니다.", Soft, TOSS),
    ("", "결제가 불가능한 시간대입니다.", Provider, TOSS),
    ("", "일시적인 오류가 발생했습니다. 잠시 후 다시 시도해주세요.", Provider, TOSS),
    ("", "등록되지 않은 사업자 번호입니다.", Provider, TOSS),
    ("", "단말기번호(Terminal Id)가 없습니다. 토스페이먼츠로 문의 바랍니다.", Provider, TOSS),
    ("", "잘못된 시크릿키 연동 정보 입니다.", Provider, TOSS),
    ("", "결제 승인이 거절되었습니다.", Unknown, TOSS),
    ("", "카드 사용이 거절되었습니다. 카드사 문의가 필요합니다.", Unknown, TOSS),
    // A railway's till.
    ("", "유효기간경과카드", Hard, SRT),
    ("", "거래정지카드", Hard, SRT),
    ("", "카드번호오류", Hard, SRT),
    // What might come on a morning of maintenance.
    ("", "시스템 점검으로 서비스 일시정지", Provider, CAUTION),
    ("", "서비스 정지", Provider, CAUTION),
    ("", "빌링 미등록 거래", Transient, CAUTION),
    ("", "거절", Unknown, CAUTION),
    ("", "", Unknown, CAUTION),
];

/// The place of the sign that decides.
fn decided_by(text: &str) -> Option<usize> {
    SIGNS.iter().position(|(sign, _)| sign.is_in(text))
}

/// The texts as they may come: alone, and with their code before them.
fn forms() -> impl Iterator<Item = (String, DeclineClass, &'static str)> {
    TEXTS.iter().flat_map(|&(code, text, class, source)| {
        let coded = (!code.is_empty()).then(|| format!("[{code}]{text}"));
        [Some(text.to_owned()), coded].into_iter().flatten().map(move |text| (text, class, source))
    })
}

#[test]
fn each_public_text_is_what_it_means() {
    let wrong: Vec<_> = forms()
        .filter(|(text, class, _)| DeclineClass::of(text) != *class)
        .map(|(text, class, source)| (DeclineClass::of(&text), class, text, source))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_sign_decides_a_text_that_was_seen() {
    let decided: Vec<_> = forms().filter_map(|(text, ..)| decided_by(&text)).collect();
    let idle: Vec<_> = (0..SIGNS.len()).filter(|place| !decided.contains(place)).collect();
    let idle: Vec<_> = idle.into_iter().map(|place| &SIGNS[place]).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}

#[test]
fn there_are_many_texts_each_with_a_source() {
    let seen = TEXTS.iter().filter(|(.., source)| *source != CAUTION).count();
    assert!(seen >= 120, "{seen}");
    assert!(TEXTS.iter().all(|(.., source)| !source.is_empty()));
}

#[test]
fn no_sign_hides_one_after_it() {
    for (place, (sign, _)) in SIGNS.iter().enumerate() {
        let Sign::Words(words) = sign else { continue };
        let text = words.concat();
        assert_eq!(decided_by(&text), Some(place), "{text}");
    }
}

#[test]
fn codes_come_before_words() {
    let first_words = SIGNS.iter().position(|(sign, _)| matches!(sign, Sign::Words(_))).unwrap();
    assert!(SIGNS[first_words..].iter().all(|(sign, _)| matches!(sign, Sign::Words(_))));
    assert_eq!(DeclineClass::of("[F118] 카드사 점검"), Hard);
    assert_eq!(DeclineClass::of("F118 카드사 점검"), Provider, "a code stands in brackets");
}

#[test]
fn nobody_is_told_to_change_a_card_for_the_shops_trouble() {
    for again in [false, true] {
        let decline = Decline::new("[8901] 미등록PG업체/거래정지업체", Timestamp::UNIX_EPOCH);
        let advice = decline.advice(again);
        assert!(!advice.contains("다른 카드") && !advice.contains("등록해"), "{advice}");
        assert_eq!(advice.contains("자동으로 다시"), again, "{advice}");
    }
}

/// The words of one of the signs of this class.
fn words_of(wanted: DeclineClass) -> impl Strategy<Value = Vec<&'static str>> {
    let signs = SIGNS.iter().filter(move |(_, class)| *class == wanted);
    let words = signs.filter_map(|(sign, _)| match sign {
        Sign::Words(words) => Some(words.to_vec()),
        Sign::Code(_) => None,
    });
    prop::sample::select(words.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn a_text_that_speaks_of_the_shops_or_the_providers_trouble_is_never_hard(
        words in (words_of(Hard), words_of(Provider))
            .prop_map(|(hard, provider)| [hard, provider].concat())
            .prop_shuffle(),
        between in prop::collection::vec("[가-힣 .,()/|-]{0,8}", 9),
    ) {
        let words = words.iter().zip(between).flat_map(|(word, between)| [between, " ".to_owned(), (*word).to_owned()]);
        let text: String = words.collect();
        prop_assert_ne!(DeclineClass::of(&text), Hard, "{}", text);
    }

    #[test]
    fn any_text_has_a_class(text in ".*") {
        let class = DeclineClass::of(&text);
        prop_assert_eq!(class == Unknown, decided_by(&text).is_none());
    }
}
