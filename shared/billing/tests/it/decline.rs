//! Declines.

use billing::DeclineClass::{self, Hard, Soft, Transient, Unknown};

#[test]
fn the_providers_korean_texts_are_told_apart() {
    for (text, class) in [
        ("[1254][실시간빌링실패|잔액부족]", Soft),
        ("결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과", Soft),
        ("한도초과", Soft),
        ("[1195][실시간빌링실패|빌링 미등록 거래]", Transient),
        ("유효기간 경과 카드", Hard),
        ("유효기간초과", Hard),
        ("분실 신고된 카드", Hard),
        ("도난카드", Hard),
        ("거래정지 카드", Hard),
        ("해지된 카드입니다", Hard),
        ("카드정보 인증에 실패하였습니다. [F113]", Hard),
        ("[F112]유효하지않은 카드번호를 입력하셨습니다.", Hard),
        ("등록되지 않은 구매자입니다.", Hard),
        ("카드사 시스템 장애", Soft),
        ("거절", Unknown),
        ("", Unknown),
    ] {
        assert_eq!(DeclineClass::of(text), class, "{text}");
    }
}
