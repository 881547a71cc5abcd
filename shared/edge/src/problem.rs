//! Problems (RFC 9457): a stable `type`, and a Korean `detail` fit to show to a member.

use crate::words::DeclineClassView;
use axum::response::{IntoResponse, Response};
use billing::{Decline, Refusal, ReviewRefusal, Won};
use flows::{Denied, Error, NotAsShown, Trouble};
use http::{StatusCode, header::CONTENT_TYPE, header::RETRY_AFTER};
use jiff::{Timestamp, fmt::rfc2822};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An error reply, `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(examples(json!(Problem::UNAUTHENTICATED), json!(Problem::not_enough_balance())))]
pub struct Problem {
    /// What kind of problem: stable, for programs.
    #[serde(rename = "type")]
    pub kind: ProblemType,
    /// The kind in English.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What to tell the member, in Korean.
    pub detail: &'static str,
    /// What the decline means for trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline: Option<DeclineClassView>,
    /// The field of the request that is not known or not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How much there is instead of the amount that was said, in won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// From when it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
}

/// The kind of a problem, a URI reference. All there are is [`Problem::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProblemType(&'static str);

impl PartialSchema for ProblemType {
    fn schema() -> RefOr<Schema> {
        let all = Problem::ALL.iter().map(|problem| problem.kind.0);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("What kind of problem, as a URI reference."))
            .enum_values(Some(all))
            .into()
    }
}

impl ToSchema for ProblemType {}

/// At most this much of an unknown field's name is said.
const LONGEST_FIELD: usize = 100;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:literal $kind:literal $title:literal $detail:literal;)*) => {
        impl Problem {
            $($(#[$doc])* pub const $name: Self = Self {
                kind: ProblemType(concat!("/problems/", $kind)),
                title: $title,
                status: $status,
                detail: $detail,
                decline: None,
                field: None,
                left: None,
                again_at: None,
            };)*

            /// Every kind of problem there is, for the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

problems! {
    /// No token, or one that is not valid.
    UNAUTHENTICATED = 401 "unauthenticated" "Sign-in required" "로그인이 필요합니다. 다시 로그인해 주세요.";
    /// A member on an admin's route.
    ADMINS_ONLY = 403 "admins-only" "Admins only" "관리자만 이용할 수 있습니다.";
    /// Somebody who may look at the desk, and not act.
    MAY_NOT_ACT = 403 "may-not-act" "You may look, not act" "조회만 할 수 있는 계정입니다. 처리가 필요하면 관리자에게 요청해 주세요.";
    /// An admin whose sign-in asked for no second factor.
    SECOND_FACTOR = 403 "second-factor-required" "A second factor is required" "관리자 기능은 2단계 인증으로 로그인해야 이용할 수 있습니다.";
    /// An admin whose sign-in is too old for this.
    SIGN_IN_AGAIN = 403 "sign-in-again" "Please sign in again" "로그인한 지 오래되었습니다. 보안을 위해 다시 로그인한 뒤 진행해 주세요.";
    /// A member whose address is not known to be theirs.
    EMAIL_NOT_VERIFIED = 403 "email-not-verified" "Please verify your e-mail address first" "이메일 인증 후 구독할 수 있습니다. 받은 메일의 링크를 눌러 주세요.";
    /// A request that does not show that it comes from one of our apps.
    APP_NOT_VERIFIED = 403 "app-not-verified" "We could not tell that this is our app: try again, try another browser, or ask us" "정상적인 접속인지 확인하지 못했습니다. 잠시 후 다시 시도하거나 다른 브라우저에서 시도해 주세요. 계속되면 고객센터로 문의해 주세요.";
    /// An admin's own money.
    OWN_PAYMENT = 403 "own-payment" "Another admin has to decide about your own payment" "본인의 결제는 다른 관리자가 처리해야 합니다.";
    /// More than one admin may give back on a day.
    TOO_MUCH_REFUNDED = 422 "too-much-refunded" "The limit of what one admin may refund in a day is reached" "관리자 한 명이 하루에 환불할 수 있는 금액을 넘습니다. 다른 관리자에게 요청해 주세요.";
    /// An admin has stopped new checkouts.
    CHECKOUTS_PAUSED = 503 "checkouts-paused" "New subscriptions are paused" "지금은 새로운 카드 등록과 구독을 받지 않고 있습니다. 잠시 후 다시 시도해 주세요.";
    /// The request cannot be read.
    MALFORMED = 400 "malformed-request" "Malformed request" "요청 형식이 올바르지 않습니다.";
    /// The request has something that is not known here, and so would not be done.
    UNKNOWN_FIELD = 400 "unknown-field" "Unknown field in the request" "요청에 알 수 없는 항목이 있어 처리하지 않았습니다.";
    /// The body is too large.
    TOO_LARGE = 413 "too-large" "Request too large" "요청이 너무 큽니다.";
    /// No such route.
    NOT_FOUND = 404 "not-found" "Not found" "요청하신 항목을 찾을 수 없습니다.";
    /// The route knows other methods.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed" "Method not allowed" "지원하지 않는 요청 방식입니다.";
    /// No such order of this member.
    NO_SUCH_ORDER = 404 "no-such-order" "Order not found" "해당 주문을 찾을 수 없습니다.";
    /// No such member.
    NO_SUCH_MEMBER = 404 "no-such-member" "Member not found" "해당 회원을 찾을 수 없습니다.";
    /// Dates that cannot be asked about.
    BAD_RANGE = 422 "bad-range" "Invalid date range" "조회할 수 없는 기간입니다.";
    /// No such plan.
    UNKNOWN_PLAN = 422 "unknown-plan" "Unknown plan" "존재하지 않는 상품입니다.";
    /// Another version of the terms.
    UNKNOWN_TERMS = 422 "unknown-terms" "The terms have changed" "약관이 변경되었습니다. 새로고침 후 다시 동의해 주세요.";
    /// There is a subscription already.
    ALREADY_SUBSCRIBED = 409 "already-subscribed" "Already subscribed" "이미 구독 중입니다.";
    /// A charge is under way.
    PAYMENT_IN_PROGRESS = 409 "payment-in-progress" "A payment is still being confirmed" "결제를 확인하고 있습니다. 잠시 후 다시 시도해 주세요.";
    /// Everything of the member is being erased.
    BEING_ERASED = 409 "being-erased" "The account is being deleted" "탈퇴가 접수되어 처리 중입니다.";
    /// An admin's account is not deleted from here.
    AN_ADMIN = 409 "an-admin" "Remove the admin right first" "관리자 계정은 삭제할 수 없습니다. 먼저 관리자 권한을 해제해 주세요.";
    /// There is no subscription.
    NO_SUBSCRIPTION = 409 "no-subscription" "No active subscription" "이용 중인 구독이 없습니다.";
    /// The paid-through date has passed.
    TOO_LATE = 409 "too-late-to-resume" "Too late to resume" "이용 기간이 끝나 다시 시작할 수 없습니다. 새로 구독해 주세요.";
    /// The card's last month is over.
    EXPIRED = 422 "card-expired" "The card has expired" "이미 만료된 카드입니다. 유효기간을 확인해 주세요.";
    /// No price to agree to.
    NOTHING_TO_AGREE_TO = 409 "nothing-to-agree-to" "No price change to agree to" "동의가 필요한 요금 변경이 없습니다.";
    /// Another price than the one asked about.
    ANOTHER_PRICE = 422 "another-price" "The price has changed" "안내된 요금과 다릅니다. 새로고침 후 다시 확인해 주세요.";
    /// The review is settled, or never was.
    REVIEW_NOT_OPEN = 409 "review-not-open" "Review already settled or not found" "이미 처리되었거나 존재하지 않는 확인 요청입니다.";
    /// The review is settled in other ways.
    NOT_AN_ACTION = 422 "not-an-action" "This action does not apply to the review" "이 확인 요청에는 사용할 수 없는 처리 방법입니다.";
    /// No payment was made under this order.
    NO_SUCH_PAYMENT = 404 "no-such-payment" "Payment not found" "해당 결제를 찾을 수 없습니다.";
    /// What is left of the payment is another amount than the one shown.
    ANOTHER_AMOUNT = 409 "another-amount" "The refundable amount has changed" "환불할 수 있는 금액이 안내된 금액과 다릅니다. 남은 금액을 다시 확인해 주세요.";
    /// The review is about another amount than the one shown.
    REVIEW_OF_ANOTHER_AMOUNT = 409 "review-of-another-amount" "The amount under review has changed" "확인 요청의 금액이 안내된 금액과 다릅니다. 새로고침 후 다시 확인해 주세요.";
    /// It is paid through another date than the one shown.
    ANOTHER_DATE = 409 "another-date" "The paid-through date has changed" "그사이 이용 가능 기간이 바뀌었습니다. 날짜를 다시 확인해 주세요.";
    /// No charge has failed.
    NOTHING_TO_TRY = 409 "nothing-to-try" "There is no failed payment to try again" "다시 시도할 결제가 없습니다.";
    /// The card will not work again.
    CARD_IS_DEAD = 409 "card-is-dead" "This card cannot be charged any more: register another one" "이 카드로는 더 이상 결제할 수 없습니다. 다른 카드를 등록해 주세요.";
    /// It was tried again as often as it may be.
    TRIED_TOO_OFTEN = 429 "tried-too-often" "This payment was tried too often: register another card, or wait for the next automatic try" "결제를 여러 번 시도했습니다. 다른 카드를 등록하거나 다음 자동 결제를 기다려 주세요.";
    /// So few days, or so many, that nobody gives them.
    NOT_THAT_MANY_DAYS = 422 "not-that-many-days" "That many days cannot be given" "줄 수 없는 일수입니다. 1일부터 366일까지, 오늘 이후까지 이어지는 일수를 입력해 주세요.";
    /// Who asked for a refund cannot be the one who agrees to it.
    ANOTHER_ADMIN = 403 "another-admin" "Another admin has to agree to this refund" "환불을 요청한 관리자는 승인할 수 없습니다. 다른 관리자에게 요청해 주세요.";
    /// Too many registrations are open.
    TOO_MANY = 429 "too-many-registrations" "Too many card registrations" "카드 등록 시도가 너무 많습니다. 나중에 다시 시도해 주세요.";
    /// Too many of the member's cards were declined.
    TOO_MANY_DECLINED = 429 "too-many-declined" "Too many cards were declined" "여러 카드의 결제가 승인되지 않아 카드 등록이 잠시 제한되었습니다. 안내된 시각 이후에 다시 시도해 주세요.";
    /// No card was registered.
    NOT_REGISTERED = 402 "card-not-registered" "The card was not registered" "카드 등록이 완료되지 않았습니다.";
    /// The charge was declined.
    DECLINED = 402 "declined" "The payment was declined" "카드사에서 결제를 승인하지 않았습니다.";
    /// The records contradict each other.
    UNDER_REVIEW = 409 "under-review" "This payment is under review" "결제 확인이 필요합니다. 관리자가 확인한 뒤 안내해 드리겠습니다.";
    /// A webhook whose address proves nothing, about an order that was looked up a moment ago.
    JUST_LOOKED_UP = 503 "just-looked-up" "This order was just looked up; send it again" "방금 확인한 주문입니다. 잠시 후 다시 보내 주세요.";
    /// Something did not answer.
    UNAVAILABLE = 503 "unavailable" "Service temporarily unavailable" "일시적인 오류입니다. 잠시 후 다시 시도해 주세요.";
}

impl Problem {
    /// The problem of a decline: what it means in Korean. The provider's own words are for the desk: they tell
    /// whoever tries cards which of them are alive.
    pub fn declined(decline: &Decline) -> Self {
        Self {
            // The card is given up with its first charge.
            detail: decline.advice(false),
            decline: Some(decline.class.into()),
            ..Self::DECLINED
        }
    }

    /// A decline that is seen often, for the documentation.
    fn not_enough_balance() -> Self {
        Self::declined(&Decline::new("[1254][실시간빌링실패|잔액부족]", Timestamp::UNIX_EPOCH))
    }

    /// The problem of a request with a field that is not known here.
    pub fn unknown_field(name: &str) -> Self {
        let name = name.chars().take(LONGEST_FIELD).collect();
        Self { field: Some(name), ..Self::UNKNOWN_FIELD }
    }

    /// The problem of a request in which this field is missing or not right.
    pub fn about(field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..Self::MALFORMED }
    }

    /// This problem, with how much there is instead.
    fn left(self, amount: Won) -> Self {
        Self { left: Some(amount.get()), ..self }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownPlan => Self::UNKNOWN_PLAN,
            Refusal::UnknownTerms => Self::UNKNOWN_TERMS,
            Refusal::AlreadySubscribed => Self::ALREADY_SUBSCRIBED,
            Refusal::PaymentInProgress => Self::PAYMENT_IN_PROGRESS,
            Refusal::NoSubscription => Self::NO_SUBSCRIPTION,
            Refusal::TooLate => Self::TOO_LATE,
            Refusal::Expired => Self::EXPIRED,
            Refusal::NothingToAgreeTo => Self::NOTHING_TO_AGREE_TO,
            Refusal::AnotherPrice => Self::ANOTHER_PRICE,
            Refusal::TooManyRegistrations => Self::TOO_MANY,
            Refusal::BeingErased => Self::BEING_ERASED,
            Refusal::CheckoutsPaused => Self::CHECKOUTS_PAUSED,
            Refusal::NothingToTry => Self::NOTHING_TO_TRY,
            Refusal::CardIsDead => Self::CARD_IS_DEAD,
            Refusal::TriedTooOften => Self::TRIED_TOO_OFTEN,
            Refusal::NotThatManyDays => Self::NOT_THAT_MANY_DAYS,
            Refusal::TooManyDeclined { until } => {
                Self { again_at: Some(until), ..Self::TOO_MANY_DECLINED }
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(denied) => denied.into(),
            Error::Trouble(trouble) => trouble.into(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(refusal) => refusal.into(),
            Denied::NoSuchOrder => Self::NO_SUCH_ORDER,
            Denied::Review(ReviewRefusal::NotOpen) => Self::REVIEW_NOT_OPEN,
            Denied::Review(ReviewRefusal::NotAnAction) => Self::NOT_AN_ACTION,
            Denied::Review(ReviewRefusal::NotByTheSame) => Self::ANOTHER_ADMIN,
            Denied::NoSuchPayment => Self::NO_SUCH_PAYMENT,
            Denied::NoSuchMember => Self::NO_SUCH_MEMBER,
            Denied::NotAsShown(NotAsShown::Payment(left)) => Self::ANOTHER_AMOUNT.left(left),
            Denied::NotAsShown(NotAsShown::Review(left)) => {
                Self::REVIEW_OF_ANOTHER_AMOUNT.left(left)
            }
            Denied::NotAsShown(NotAsShown::PaidThrough) => Self::ANOTHER_DATE,
            Denied::AnAdmin => Self::AN_ADMIN,
            Denied::OwnPayment => Self::OWN_PAYMENT,
            Denied::TooMuchRefunded => Self::TOO_MUCH_REFUNDED,
            Denied::BadRange => Self::BAD_RANGE,
            Denied::BadCursor => Self::MALFORMED,
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        trouble.log();
        Self::UNAVAILABLE
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(at) = self.again_at {
            let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at);
            if let Some(date) = date.ok().and_then(|date| date.try_into().ok()) {
                response.headers_mut().insert(RETRY_AFTER, date);
            }
        }
        response
    }
}
