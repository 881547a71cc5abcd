//! What Slack shows: Block Kit, in Korean.

use billing::{
    Announcement, DeclineClass, Digest, ImpUid, Leaving, MerchantUid, News, Overdue, Resolution,
    Why, Won,
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Slack shows at most this much in one field (2,000 characters, its name among them), counted as it was sent:
/// escaped, and an emoji as two.
const LONGEST_FIELD: usize = 1_900;

/// So much of a uid is shown where twenty stand in one text, which Slack takes up to 3,000 characters.
const LONGEST_UID: usize = 110;

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

/// The message of an announcement; `None` for what is told in sums, or to no admin.
pub(crate) fn of_announcement(announcement: &Announcement) -> Option<Value> {
    let (title, mut fields) = match &announcement.news {
        News::ProviderTrouble { merchant_uid, reason, held } => {
            provider_trouble(*merchant_uid, reason, *held)
        }
        News::Refunded { imp_uid, amount } => refunded(imp_uid, *amount, announcement.by.is_some()),
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
        News::Subscribed { .. }
        | News::Paid { .. }
        | News::Declined { .. }
        | News::CardChanged
        | News::CardExpiring { .. }
        | News::CancelRequested { .. }
        | News::Resumed { .. }
        | News::Revoked { .. }
        | News::ConsentAsked { .. }
        | News::RetryPlanned { .. }
        | News::TriedAgain
        | News::TakenOver { .. }
        | News::CardAsked { .. }
        | News::DaysGiven { .. }
        | News::ConsentGiven { .. }
        | News::CheckoutWithdrawn
        | News::RefundDue { .. } => return None,
    };
    fields.insert(0, ("회원", announcement.uid.to_string()));
    fields.extend(announcement.by.iter().map(|admin| ("처리자", admin.to_string())));
    Some(message(title, &fields, announcement.at, &announcement.id))
}

/// What a digest counts, by its name on the bus, and what it is called. No more than Slack takes fields.
const COUNTED: [(&str, &str); 9] = [
    ("paid", "💳 결제"),
    ("declined", "⚠️ 결제 실패"),
    ("subscribed", "🎉 새 구독"),
    ("cancel_requested", "🔔 해지"),
    ("resumed", "↩️ 해지 철회"),
    ("revoked", "🔒 이용 종료"),
    ("card_changed", "💳 카드 변경"),
    ("card_expiring", "📅 카드 만료 예정"),
    ("consent_asked", "📣 요금 변경 동의 요청"),
];

/// The message of a digest.
pub(crate) fn of_digest(digest: &Digest) -> Value {
    let counted = COUNTED.into_iter().filter_map(|(name, called)| {
        let mut said = format!("{}건", digest.counts.get(name)?);
        if name == "paid" {
            said = format!("{said}, {}", digest.paid);
        } else if name == "declined" {
            let each = |(kind, count): (&DeclineClass, &u64)| format!("{} {count}", class(*kind));
            let classes: Vec<_> = digest.declined.iter().map(each).collect();
            said = format!("{said} ({})", classes.join(", "));
        }
        Some((called, said))
    });
    let mut fields: Vec<_> = counted.collect();
    let period = format!("{} ~ {}", korean_time(digest.from), korean_time(digest.until));
    fields.insert(0, ("기간", period));
    let mut message = message("📊 처리 현황", &fields, digest.until, &digest.id);
    if let Some(leaving) = leaving(digest)
        && let Some(blocks) = message.get_mut("blocks").and_then(Value::as_array_mut)
    {
        let text = json!({"type": "mrkdwn", "text": leaving});
        blocks.insert(2, json!({"type": "section", "text": text}));
    }
    message
}

/// Who cancelled, and until when each has access: the first by name, of the others how many.
fn leaving(digest: &Digest) -> Option<String> {
    let all = usize::try_from(*digest.counts.get("cancel_requested")?).unwrap_or(usize::MAX);
    let line = |it: &Leaving| {
        format!("{} ({}까지)", shown_within(it.uid.as_str(), LONGEST_UID), it.paid_through)
    };
    let mut lines: Vec<_> = digest.cancelled.iter().map(line).collect();
    let others = all.saturating_sub(lines.len());
    lines.extend((others > 0).then(|| format!("외 {others}명")));
    Some(format!("*해지한 회원 (이용 기한)*\n{}", lines.join("\n")))
}

fn refunded(imp_uid: &ImpUid, amount: Won, by_an_admin: bool) -> Told {
    let title =
        if by_an_admin { "💸 관리자 환불 완료" } else { "💸 자동 환불 완료" };
    (title, vec![("금액", amount.to_string()), ("imp_uid", imp_uid.to_string())])
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
    shown_within(text, LONGEST_FIELD)
}

fn shown_within(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut left = longest;
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

/// Why a person must look, in the words of the desk.
fn why(why: &Why) -> &str {
    match why {
        Why::PaymentUnderRegistration => "카드 등록 주문번호로 결제가 이루어졌습니다.",
        Why::AnotherBillingKey => "등록된 카드가 주문의 카드와 다릅니다.",
        Why::TwoPayments => "한 주문번호로 두 번 결제되었습니다.",
        Why::RegistrationUnderCharge => "결제 주문번호로 카드 등록이 이루어졌습니다.",
        Why::NotWithBillingKey => "등록된 카드가 아닌 방법으로 결제되었습니다.",
        Why::AnotherAmount => "결제 금액이나 통화가 주문과 다릅니다.",
        Why::PaidElsewhere => {
            "이전 시스템에서 결제가 이루어졌습니다. 이번 기간의 결제인지 확인해 주세요."
        }
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
        Why::AnotherAdmin => "다른 관리자의 승인이 필요한 환불입니다.",
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
