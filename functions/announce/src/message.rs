//! What Slack shows: Block Kit, in Korean.

use billing::{
    Announcement, Decline, DeclineClass, ImpUid, LostAccount, MerchantUid, News, Overdue,
    Resolution, Why, Won, kst_date,
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Slack shows at most this much in one field (2,000 characters, its name among them), counted as it was sent:
/// escaped, and an emoji as two.
const LONGEST_FIELD: usize = 1_900;

/// What a sweep did, as the bus carries it.
#[derive(Debug, Clone, Deserialize)]
pub struct SweepNews {
    at: Timestamp,
    looked_at: usize,
    troubled: usize,
    revoked: usize,
    waiting: usize,
    guard_tripped: bool,
}

/// What a reconciliation found, as the bus carries it.
#[derive(Debug, Clone, Deserialize)]
pub struct ReconcileNews {
    at: Timestamp,
    from: Date,
    to: Date,
    found: BTreeMap<String, usize>,
    mended: usize,
}

/// A title, and what is said under it.
type Told = (&'static str, Vec<(&'static str, String)>);

/// The message of an announcement; `None` for what no admin needs to be told.
pub(crate) fn of_announcement(announcement: &Announcement) -> Option<Value> {
    let (title, mut fields) = match &announcement.news {
        News::Subscribed { plan, paid_through } => (
            "🎉 새 구독",
            vec![("상품", plan.to_string()), ("이용 기한", paid_through.to_string())],
        ),
        News::Paid { imp_uid, amount, paid_through, .. } => (
            "💳 결제 완료",
            vec![
                ("금액", amount.to_string()),
                ("이용 기한", paid_through.to_string()),
                ("imp_uid", imp_uid.to_string()),
            ],
        ),
        News::Declined { merchant_uid, decline, retry_at } => {
            declined(*merchant_uid, decline, *retry_at)
        }
        News::ProviderTrouble { merchant_uid, reason, held } => {
            provider_trouble(*merchant_uid, reason, *held)
        }
        News::CardChanged => ("💳 카드 변경", vec![]),
        News::CardExpiring { expires } => {
            ("📅 카드 만료 예정", vec![("유효기간", expires.to_string())])
        }
        News::CancelRequested { paid_through, account } => cancelled(*paid_through, *account),
        News::Resumed { next_payment_date } => {
            ("↩️ 해지 철회", vec![("다음 결제일", next_payment_date.to_string())])
        }
        News::Refunded { imp_uid, amount } => refunded(imp_uid, *amount, announcement.by.is_some()),
        News::Revoked { paid_through } => {
            ("🔒 이용 종료", vec![("이용 기한", paid_through.to_string())])
        }
        News::ErasureRequested => (
            "👋 회원 탈퇴 신청",
            vec![("처리", "이용을 종료하고, 남은 처리가 끝나면 정보를 삭제합니다.".to_owned())],
        ),
        News::ReviewOpened { merchant_uid, why, said } => {
            review_opened(*merchant_uid, why, said.as_deref())
        }
        News::Overdue { since, what } => (
            "⏳ 처리 지연",
            vec![("지연 중", overdue(*what).to_owned()), ("시작", korean_time(*since))],
        ),
        News::ReviewResolved { merchant_uid, resolution } => (
            "✅ 확인 완료",
            vec![("처리", resolved(*resolution).to_owned()), ("주문", merchant_uid.to_string())],
        ),
        News::ConsentAsked { price, from } => (
            "📣 요금 변경 동의 요청",
            vec![("새 요금", price.to_string()), ("적용일", from.to_string())],
        ),
        // The decline tells of the retry, the refund of what was due; a consent is the member's own business until
        // it is charged, and so is a checkout of which nothing came.
        News::RetryPlanned { .. }
        | News::ConsentGiven { .. }
        | News::CheckoutWithdrawn
        | News::RefundDue { .. } => return None,
    };
    fields.insert(0, ("회원", announcement.uid.to_string()));
    fields.extend(announcement.by.iter().map(|admin| ("처리자", admin.to_string())));
    Some(message(title, &fields, announcement.at, &announcement.id))
}

fn refunded(imp_uid: &ImpUid, amount: Won, by_an_admin: bool) -> Told {
    let title =
        if by_an_admin { "💸 관리자 환불 완료" } else { "💸 자동 환불 완료" };
    (title, vec![("금액", amount.to_string()), ("imp_uid", imp_uid.to_string())])
}

fn declined(order: MerchantUid, decline: &Decline, retry_at: Option<Timestamp>) -> Told {
    let again = retry_at.map_or_else(|| "없음".to_owned(), |at| kst_date(at).to_string());
    let fields = vec![
        ("사유", decline.reason.clone()),
        ("분류", class(decline.class).to_owned()),
        ("다음 시도", again),
        ("주문", order.to_string()),
    ];
    ("⚠️ 결제 실패", fields)
}

fn provider_trouble(order: MerchantUid, reason: &str, held: bool) -> Told {
    let title = if held {
        "🚨 같은 사유의 거절이 너무 많습니다: 카드 문제가 아닐 수 있습니다"
    } else {
        "🚨 카드가 아닌 결제 시스템 문제로 결제가 거절되고 있습니다"
    };
    let fields = vec![
        ("사유", reason.to_owned()),
        ("처리", "카드를 바꾸라고 안내하지 않고, 재시도일에 다시 결제합니다.".to_owned()),
        ("할 일", "포트원과 PG의 계약 상태와 장애 공지를 확인해 주세요.".to_owned()),
        ("참고", "같은 사유는 한 시간에 한 번만 알립니다.".to_owned()),
        ("처음 발견된 주문", order.to_string()),
    ];
    (title, fields)
}

fn cancelled(paid_through: Date, account: Option<LostAccount>) -> Told {
    let title = if account.is_some() { "🔔 자동 해지" } else { "🔔 해지 신청" };
    let mut fields = vec![("이용 기한", paid_through.to_string())];
    fields.extend(account.map(|account| ("사유", lost(account).to_owned())));
    (title, fields)
}

fn review_opened(order: MerchantUid, reason: &Why, said: Option<&str>) -> Told {
    let what = [Some(why(reason)), said].into_iter().flatten();
    let what = what.collect::<Vec<_>>().join(" ");
    ("🚨 확인 필요", vec![("내용", what), ("주문", order.to_string())])
}

/// The message of a sweep.
pub(crate) fn of_sweep(news: &SweepNews) -> Value {
    let title = if news.guard_tripped {
        "🚨 이용 종료 중단: 대상이 너무 많습니다"
    } else if news.waiting > 0 {
        "🔔 이용 종료 대기"
    } else {
        "🧹 야간 점검 완료"
    };
    let fields = [
        ("확인한 회원", news.looked_at.to_string()),
        ("종료", news.revoked.to_string()),
        ("대기", news.waiting.to_string()),
        ("오류", news.troubled.to_string()),
    ];
    message(title, &fields, news.at, "sweep")
}

/// The message of a reconciliation.
pub(crate) fn of_reconciliation(news: &ReconcileNews) -> Value {
    let all: usize = news.found.values().fold(0, |sum, count| sum.saturating_add(*count));
    let title =
        if news.mended < all { "🚨 대사 결과: 확인 필요" } else { "🧾 대사 결과" };
    let kinds: Vec<_> = news.found.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let fields = [
        ("기간", format!("{} ~ {}", news.from, news.to)),
        ("불일치", all.to_string()),
        ("정정", news.mended.to_string()),
        ("내용", kinds.join(", ")),
    ];
    message(title, &fields, news.at, "reconciled")
}

fn message(title: &str, fields: &[(&str, String)], at: Timestamp, id: &str) -> Value {
    let fields: Vec<Value> = fields
        .iter()
        .map(|(name, value)| json!({"type": "mrkdwn", "text": format!("*{name}*\n{}", shown(value))}))
        .collect();
    let said_at = format!("{}  ·  {}", korean_time(at), shown(id));
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": true}}),
    ];
    if !fields.is_empty() {
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": said_at}]}));
    json!({"text": title, "blocks": blocks})
}

/// Escaped as Slack wants it, and then cut to what fits, between two characters.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut left = LONGEST_FIELD;
    for character in text.chars() {
        let mut buffer = [0; 4];
        let escaped = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            other => other.encode_utf8(&mut buffer),
        };
        let Some(rest) = left.checked_sub(escaped.encode_utf16().count()) else {
            shown.push('…');
            break;
        };
        left = rest;
        shown.push_str(escaped);
    }
    shown
}

fn korean_time(at: Timestamp) -> String {
    let seoul = at.to_zoned(billing::SEOUL);
    seoul.strftime("%Y-%m-%d %H:%M").to_string()
}

const fn resolved(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Accept => "결제로 인정",
        Resolution::Refund => "환불",
        Resolution::Dismiss => "종결",
        Resolution::LookAgain => "다시 조회",
    }
}

const fn lost(account: LostAccount) -> &'static str {
    match account {
        LostAccount::Deleted => "회원 계정이 삭제됨",
        LostAccount::Disabled => "회원 계정의 사용이 중지됨",
    }
}

/// Why a person must look, in the words of the desk.
fn why(why: &Why) -> &str {
    match why {
        Why::PaymentUnderRegistration => "카드 등록 주문번호로 결제가 이루어졌습니다.",
        Why::AnotherBillingKey => "등록된 카드가 주문의 카드와 다릅니다.",
        Why::TwoPayments => "한 주문번호로 두 번 결제되었습니다.",
        Why::RegistrationUnderCharge => "결제 주문번호로 카드 등록이 이루어졌습니다.",
        Why::NotWithBillingKey => "등록된 카드가 아닌 방법으로 결제되었습니다.",
        Why::AnotherAmount => "결제 금액이나 통화가 주문과 다릅니다.",
        Why::PaidOnceMore => "이미 결제된 주문번호로 한 번 더 결제되었습니다.",
        Why::ReviewForgotten => {
            "데이터 복원으로 확인 대기 중이던 주문이 누락되었습니다. 다시 확인해 주세요."
        }
        Why::ScheduleTakenBack => {
            "아임포트 콘솔에서 예약 결제가 취소되었습니다. 계속 결제하려면 처리해 주세요."
        }
        Why::ScheduleWithoutPayment => "예약 결제가 실행되었다고 하지만 결제 내역이 없습니다.",
        Why::ScheduleStuck => "예약 결제가 제때 실행되지도, 취소되지도 않습니다.",
        Why::ChargeUnknown => "결제 결과를 아직 알 수 없습니다. 계속 확인하고 있습니다.",
        Why::RefundRefused => "아임포트가 환불을 거부했습니다.",
        Why::Written(text) => text,
    }
}

const fn overdue(what: Overdue) -> &'static str {
    match what {
        Overdue::Charge => "결제 결과를 알 수 없음",
        Overdue::Refund => "환불",
        Overdue::Access => "이용 권한 변경",
        Overdue::Key => "카드 등록 삭제",
        Overdue::Erasure => "탈퇴 회원 정보 삭제",
        Overdue::Record => "기록 또는 알림",
    }
}

const fn class(class: DeclineClass) -> &'static str {
    match class {
        DeclineClass::Transient => "일시적",
        DeclineClass::Soft => "재시도 예정",
        DeclineClass::Provider => "결제 시스템 문제 (카드 문제 아님)",
        DeclineClass::Hard => "카드 사용 불가",
        DeclineClass::Unknown => "알 수 없음",
    }
}
