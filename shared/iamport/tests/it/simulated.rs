//! Every call, and every refusal that the client recognises, against the simulator.

use std::{
    slice::from_ref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use iamport::{
    Again, Cancel, Client, Credentials, DeleteKey, Error, FindAll, Payment, PaymentStatus,
    PaymentsByStatus, Refusal, ScheduleItem, ScheduleRequest, ScheduleStatus, SchedulesInRange,
    SchedulesOfCustomer, Unschedule, Usage,
};
use iamport_simulator::{
    Builder, CallFault, Card as Behaviour, CardWindow, ConsoleAct, Fault, FaultKind, Simulator,
    Switch,
};
use serde_json::json;
use tower::{BoxError, Service, ServiceExt};

use crate::wire::{NOW, at, walk, whole};

const DAY: i64 = 86_400;

/// A simulated provider, its client, and how many requests the client sent.
pub(crate) struct World {
    simulator: Simulator,
    pub(crate) client: Client,
    sent: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self::for_credentials("imp_key", "imp_secret", configure)
    }

    fn for_credentials(
        key: &str,
        secret: &str,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let builder = Simulator::builder().clock(Arc::new(|| at(NOW)));
        let simulator = configure(builder).build().unwrap();
        let (clock, sent) = (simulator.clone(), Arc::new(AtomicUsize::new(0)));
        let client = Client::builder(Credentials::new(key, secret))
            .transport(transport(&simulator, sent.clone()))
            .timeout(Duration::from_secs(30))
            .clock(move || clock.now())
            .build()
            .unwrap();
        Self { simulator, client, sent }
    }

    /// Has a member register a card as `card-1` in the window.
    async fn registered(self, behaviour: Behaviour) -> Self {
        let request_pay = json!({
            "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": "issue-1",
            "name": "카드 등록", "amount": 9900, "customer_uid": "card-1",
            "buyer_name": "gildong", "buyer_email": "g@example.com", "buyer_tel": "010",
        });
        let window: CardWindow = serde_json::from_value(json!({
            "request_pay": request_pay, "card": behaviour,
        }))
        .unwrap();
        let callback = self.simulator.card_window(&window).await.unwrap();
        assert_eq!(callback["success"], true);
        self
    }

    pub(crate) async fn again(&self, merchant_uid: &str) -> Result<Payment, Error> {
        self.client.again(&Again::new("card-1", merchant_uid, 9900, "월 구독")).await
    }

    async fn scheduled(&self, merchant_uid: &str) -> iamport::Schedule {
        let item = ScheduleItem::new(merchant_uid, at(NOW + DAY), 9900, "월 구독");
        let made = self.client.schedule(&ScheduleRequest::new("card-1", [item])).await.unwrap();
        let made = whole(made);
        let [schedule] = &made[..] else { panic!("one schedule: {made:?}") };
        schedule.clone()
    }

    fn next_calls(&self, fault: CallFault, count: u32, path: &str) {
        let path = Some(path.to_owned());
        let fault = Fault { count, path, ..Fault::once(FaultKind::Calls(fault)) };
        self.simulator.inject(fault).unwrap();
    }
}

/// The simulator's router, called in process. It counts the requests.
fn transport(
    simulator: &Simulator,
    sent: Arc<AtomicUsize>,
) -> impl Service<Request<Bytes>, Response = Response<Bytes>, Error = BoxError, Future: Send>
+ Clone
+ Send
+ Sync
+ use<> {
    let router = simulator.router();
    tower::service_fn(move |request: Request<Bytes>| {
        let router = router.clone();
        sent.fetch_add(1, Ordering::Relaxed);
        async move {
            let (head, body) = router.oneshot(request.map(Body::from)).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, BoxError>(Response::from_parts(head, body))
        }
    })
}

pub(crate) async fn registered() -> World {
    World::new().registered(Behaviour::Approve).await
}

/// The refusal and Iamport's message.
fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> (Option<Refusal>, String) {
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    (error.refusal(), error.message().unwrap().to_owned())
}

/// Iamport's message for something unknown.
fn not_found<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer.unwrap_err() {
        Error::NotFound { message } => message,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_registration_reads_paid_and_tells_its_usage() {
    let world = registered().await;
    let issue = world.client.find("issue-1", Some(PaymentStatus::Paid)).await.unwrap();
    assert_eq!(
        (issue.status, issue.customer_uid_usage, issue.apply_num, issue.customer_uid.as_deref()),
        (PaymentStatus::Paid, Some(Usage::Issue), None, Some("card-1"))
    );
    assert_eq!(world.simulator.charges(), []);
}

#[tokio::test]
async fn a_charge_is_found_by_every_kind_of_look() {
    let world = registered().await;
    let charged = world.again("order-1").await.unwrap();
    assert_eq!(
        (charged.status.clone(), charged.customer_uid_usage.clone(), charged.amount),
        (PaymentStatus::Paid, Some(Usage::Payment), 9900)
    );
    assert_eq!(charged.paid_at, Some(at(NOW)));
    let client = &world.client;
    assert_eq!(client.payment(&charged.imp_uid).await.unwrap(), charged);
    assert_eq!(client.find("order-1", None).await.unwrap(), charged);
    let listed = client.find_all(&FindAll::new("order-1")).await.unwrap().list;
    assert_eq!(whole(listed), from_ref(&charged));
    let mut paid = FindAll::new("order-1");
    paid.status = Some(PaymentStatus::Paid);
    let paid = walk(client.find_all_stream(paid)).await;
    assert_eq!(paid, from_ref(&charged));
    let listed = client.payments(&[&charged.imp_uid], &[]).await.unwrap();
    assert_eq!(whole(listed), from_ref(&charged));
    let some = client.payments(&["imp_000000000000"], &["order-1"]).await.unwrap();
    assert_eq!(whole(some), from_ref(&charged));
    let mut paid = PaymentsByStatus::new();
    paid.status = Some(PaymentStatus::Paid);
    let paid = walk(client.payments_by_status_stream(paid)).await;
    assert!(paid.contains(&charged), "{paid:?}");
    let of_card = walk(client.customer_payments_stream("card-1")).await;
    assert!(of_card.contains(&charged), "{of_card:?}");
}

#[tokio::test]
async fn a_long_list_is_walked_page_by_page() {
    let world = registered().await;
    for number in 0..45 {
        world.again(&format!("order-{number}")).await.unwrap();
    }
    let found = walk(world.client.customer_payments_stream("card-1")).await;
    let mut ids: Vec<String> = found.into_iter().map(|payment| payment.merchant_uid).collect();
    ids.sort();
    let mut expected: Vec<String> = (0..45).map(|number| format!("order-{number}")).collect();
    expected.push("issue-1".to_owned());
    expected.sort();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn unknown_payments_are_not_found() {
    let client = World::new().client;
    let sentence = "존재하지 않는 결제정보입니다.";
    assert_eq!(not_found(client.payment("imp_000000000000").await), sentence);
    assert_eq!(not_found(client.find("order-1", None).await), sentence);
    assert_eq!(not_found(client.find_all(&FindAll::new("order-1")).await), sentence);
    assert!(client.payments(&["imp_000000000000"], &["order-1"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_status_nobody_knows_is_refused() {
    let client = World::new().client;
    let mut request = PaymentsByStatus::new();
    request.status = Some(PaymentStatus::Other("bad".to_owned()));
    let answer = client.payments_by_status(&request).await;
    assert_eq!(refused(answer), (None, "지원되지 않는 상태값입니다.".to_owned()));
}

#[tokio::test]
async fn test_channels_show_when_asked_for() {
    let world = World::with(|builder| builder.switch(Switch::HideSandbox))
        .registered(Behaviour::Approve)
        .await;
    let charged = world.again("order-1").await.unwrap();
    not_found(world.client.payment(&charged.imp_uid).await);
    let client = Client::builder(Credentials::new("imp_key", "imp_secret"))
        .transport(transport(&world.simulator, world.sent.clone()))
        .include_sandbox(true)
        .build()
        .unwrap();
    assert_eq!(client.payment(&charged.imp_uid).await.unwrap(), charged);
}

#[tokio::test]
async fn money_is_given_back_in_parts_and_never_twice() {
    let world = registered().await;
    let charged = world.again("order-1").await.unwrap();
    let mut part = Cancel::imp_uid(&charged.imp_uid);
    part.amount = Some(900);
    part.checksum = Some(9900);
    part.reason = Some("일부".to_owned());
    let partly = world.client.cancel(&part).await.unwrap();
    assert_eq!((partly.status, partly.cancel_amount), (PaymentStatus::Cancelled, 900));
    // The amount that can be given back is no longer what the checksum says.
    refused(world.client.cancel(&part).await);
    let wholly = world.client.cancel(&Cancel::merchant_uid("order-1")).await.unwrap();
    let history: Vec<_> = wholly
        .cancel_history
        .iter()
        .map(|cancel| (cancel.amount, cancel.reason.as_deref(), cancel.cancellation_id.is_some()))
        .collect();
    assert_eq!(history, [(900, Some("일부"), true), (9000, Some("취소요청api"), true)]);
    assert_eq!((wholly.cancel_amount, wholly.cancelled_at), (9900, Some(at(NOW))));
    assert_eq!(
        refused(world.client.cancel(&Cancel::merchant_uid("order-1")).await),
        (Some(Refusal::AlreadyCancelled), "이미 전액취소된 주문입니다.".to_owned())
    );
    assert_eq!(
        refused(world.client.cancel(&Cancel::merchant_uid("order-2")).await),
        (Some(Refusal::NothingToCancel), "취소할 결제건이 존재하지 않습니다.".to_owned())
    );
}

#[tokio::test]
async fn billing_keys_are_read_and_deleted() {
    let World { client, .. } = registered().await;
    let issued = client.customer("card-1").await.unwrap();
    assert_eq!(
        (issued.customer_uid.as_str(), issued.customer_name.as_deref(), issued.inserted),
        ("card-1", Some("gildong"), Some(at(NOW)))
    );
    assert_eq!(issued.inserted, issued.updated);
    let listed = client.customers(&["card-1", "card-2"]).await.unwrap();
    assert_eq!(whole(listed), from_ref(&issued));
    assert_eq!(client.delete_key(&DeleteKey::new("card-1")).await.unwrap(), issued);
    assert!(client.customers(&["card-1"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_billing_key_is_not_found_however_the_server_says_so() {
    for world in [World::new(), World::with(|builder| builder.switch(Switch::UnknownCustomerIs200))]
    {
        let sentence = "요청하신 customer_uid(card-9)로 등록된 정보를 찾을 수 없습니다.";
        let client = &world.client;
        assert_eq!(not_found(client.customer("card-9").await), sentence);
        assert_eq!(not_found(client.delete_key(&DeleteKey::new("card-9")).await), sentence);
        assert_eq!(not_found(client.customer_payments("card-9", 1).await), sentence);
        let request = SchedulesOfCustomer::new("card-9", at(NOW), at(NOW + DAY));
        let none = client.customer_schedules(&request).await.unwrap();
        assert_eq!((none.total, none.list.len()), (0, 0));
    }
}

#[tokio::test]
async fn an_unknown_buyer_is_refused_with_either_code() {
    for (world, expected) in [
        (World::new(), 1),
        (World::with(|builder| builder.switch(Switch::UnknownBuyerIsMinusOne)), -1),
    ] {
        let error = world.again("order-1").await.unwrap_err();
        assert_eq!(error.refusal(), Some(Refusal::UnknownCustomer));
        assert!(matches!(error, Error::Refused { code, .. } if code == expected), "{error:?}");
        assert_eq!(error.message(), Some("등록되지 않은 구매자입니다."));
        let item = ScheduleItem::new("order-1", at(NOW + DAY), 9900, "월 구독");
        assert_eq!(
            refused(world.client.schedule(&ScheduleRequest::new("card-1", [item])).await),
            (Some(Refusal::UnknownCustomer), "등록된 고객정보가 없습니다.".to_owned())
        );
    }
}

#[tokio::test]
async fn a_merchant_uid_is_charged_at_most_once() {
    let world = registered().await;
    world.again("order-1").await.unwrap();
    let sentence =
        "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)";
    let duplicate = (Some(Refusal::DuplicateMerchantUid), sentence.to_owned());
    for used in ["order-1", "issue-1"] {
        assert_eq!(refused(world.again(used).await), duplicate);
    }
    assert_eq!(world.simulator.charges().len(), 1);
}

#[tokio::test]
async fn a_decline_is_a_failed_payment_or_a_refusal() {
    let world = World::new().registered(Behaviour::InsufficientFunds).await;
    let declined = world.again("order-1").await.unwrap();
    assert_eq!(
        (declined.status, declined.fail_reason.as_deref(), declined.failed_at, declined.paid_at),
        (PaymentStatus::Failed, Some("[1254][실시간빌링실패|잔액부족]"), Some(at(NOW)), None)
    );
    let world = World::with(|builder| builder.switch(Switch::DeclineIsError))
        .registered(Behaviour::InsufficientFunds)
        .await;
    let (refusal, sentence) = refused(world.again("order-1").await);
    assert_eq!(refusal, None);
    assert!(sentence.contains("[1254]"), "{sentence}");
}

#[tokio::test]
async fn a_schedule_is_made_listed_and_revoked() {
    let world = registered().await;
    let made = world.scheduled("order-1").await;
    assert_eq!(
        (made.schedule_status.clone(), made.schedule_at, made.amount, made.imp_uid.as_deref()),
        (ScheduleStatus::Scheduled, Some(at(NOW + DAY)), 9900, None)
    );
    let client = &world.client;
    assert_eq!(client.schedule_by_merchant_uid("order-1").await.unwrap(), made);
    let mut range = SchedulesInRange::new(at(NOW), at(NOW + 3 * DAY));
    range.status = Some(ScheduleStatus::Scheduled);
    range.oldest_first = true;
    let listed = walk(client.schedules_stream(range.clone())).await;
    assert_eq!(listed, from_ref(&made));
    let mut of_card = SchedulesOfCustomer::new("card-1", at(NOW), at(NOW + 3 * DAY));
    of_card.status = Some(ScheduleStatus::Scheduled);
    let listed = walk(client.customer_schedules_stream(of_card)).await;
    assert_eq!(listed, [made]);

    let revoked = whole(client.unschedule(&Unschedule::one("card-1", "order-1")).await.unwrap());
    let [revoked] = &revoked[..] else { panic!("one schedule: {revoked:?}") };
    assert_eq!(
        (&revoked.schedule_status, revoked.revoked_at, revoked.executed_at),
        (&ScheduleStatus::Revoked, Some(at(NOW)), None)
    );
    assert!(client.schedules(&range).await.unwrap().list.is_empty());
    for nothing in [Unschedule::one("card-1", "order-1"), Unschedule::all("card-1")] {
        assert_eq!(
            refused(client.unschedule(&nothing).await),
            (
                Some(Refusal::NothingToUnschedule),
                "취소할 예약결제 기록이 존재하지 않습니다.".to_owned()
            )
        );
    }
    world.scheduled("order-1").await;
    world.scheduled("order-2").await;
    assert_eq!(client.unschedule(&Unschedule::all("card-1")).await.unwrap().len(), 2);
}

#[tokio::test]
async fn lists_of_schedules_may_be_plain_arrays() {
    let world = World::with(|builder| builder.switch(Switch::SchedulesAsArrays))
        .registered(Behaviour::Approve)
        .await;
    let made = world.scheduled("order-1").await;
    let range = SchedulesInRange::new(at(NOW), at(NOW + 3 * DAY));
    let page = world.client.schedules(&range).await.unwrap();
    assert_eq!((page.total, page.next, whole(page.list)), (1, None, vec![made]));
}

#[tokio::test]
async fn a_schedule_that_ran_names_its_payment_and_a_failed_one_can_be_charged_again() {
    let world = World::new().registered(Behaviour::LimitExceeded).await;
    world.scheduled("order-1").await;
    let client = &world.client;
    world.simulator.advance_to(at(NOW + DAY + 60)).await.unwrap();

    let ran = client.schedule_by_merchant_uid("order-1").await.unwrap();
    assert_eq!(
        (ran.schedule_status, ran.payment_status),
        (ScheduleStatus::Executed, Some(PaymentStatus::Failed))
    );
    assert!(ran.executed_at.is_some_and(|executed| executed >= at(NOW + DAY)));
    let failed = client.payment(&ran.imp_uid.unwrap()).await.unwrap();
    assert_eq!(
        (failed.status, failed.customer_uid_usage, failed.fail_reason),
        (PaymentStatus::Failed, Some(Usage::PaymentScheduled), ran.fail_reason)
    );
    world.simulator.set_card("card-1", Behaviour::Approve).unwrap();
    assert_eq!(world.again("order-1").await.unwrap().status, PaymentStatus::Paid);
    assert_eq!(refused(world.again("order-1").await).0, Some(Refusal::DuplicateMerchantUid));
}

#[tokio::test]
async fn an_unknown_schedule_is_not_found() {
    not_found(World::new().client.schedule_by_merchant_uid("order-1").await);
}

#[tokio::test]
async fn wrong_credentials_are_told_apart_from_a_token_that_ran_out() {
    let world = World::for_credentials("imp_key", "wrong", |builder| builder);
    let error = world.again("order-1").await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Unauthorized { message }
                if message == "인증에 실패하였습니다. API키와 secret을 확인하세요."
        ),
        "{error:?}"
    );

    let world = registered().await;
    world.client.customer("card-1").await.unwrap();
    world.simulator.advance_to(at(NOW + DAY)).await.unwrap();
    world.again("order-1").await.unwrap();
    assert_eq!(world.simulator.charges().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_charge_whose_answer_never_came_is_unknown_and_can_be_looked_up() {
    for (fault, charged) in [
        (CallFault::Lost, 0),
        (CallFault::AnswerLost, 1),
        (CallFault::CutOff, 1),
        (CallFault::Delayed, 1),
        (CallFault::InternalError, 0),
        (CallFault::Unavailable, 0),
        (CallFault::Maintenance, 0),
    ] {
        let world = registered().await;
        world.next_calls(fault, 1, "/subscribe/payments/again");
        let error = world.again("order-1").await.unwrap_err();
        assert!(error.is_unknown(), "{fault:?}: {error:?}");
        assert_eq!(world.sent.load(Ordering::Relaxed), 2, "{fault:?}: a token, and one charge");
        assert_eq!(world.simulator.charges().len(), charged, "{fault:?}");
        match world.client.find("order-1", None).await {
            Ok(found) => assert_eq!((found.status, charged), (PaymentStatus::Paid, 1)),
            Err(error) => assert!(error.is_not_found() && charged == 0, "{fault:?}: {error:?}"),
        }
        // Asking again under the same id ends with one charge, whatever happened before.
        drop(world.again("order-1").await);
        assert_eq!(world.simulator.charges().len(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn cards_that_hang_leave_the_charge_unknown() {
    for (card, charged) in [(Behaviour::TimeoutBeforeCharge, 0), (Behaviour::TimeoutAfterCharge, 1)]
    {
        let world = World::new().registered(card).await;
        assert!(world.again("order-1").await.unwrap_err().is_unknown());
        assert_eq!(world.simulator.charges().len(), charged);
    }
    let world = World::new().registered(Behaviour::Slow).await;
    assert_eq!(world.again("order-1").await.unwrap().status, PaymentStatus::Paid);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_and_an_expired_token_leave_nothing_behind() {
    let world = registered().await;
    world.next_calls(CallFault::TooManyRequests, 1, "/subscribe/payments/again");
    assert!(world.again("order-1").await.unwrap_err().is_throttled());
    assert_eq!(world.simulator.charges(), []);
    tokio::time::advance(iamport::THROTTLE_REST).await;
    world.next_calls(CallFault::Unauthorized, 1, "/subscribe/payments/again");
    assert_eq!(world.again("order-1").await.unwrap().status, PaymentStatus::Paid);
    assert_eq!(world.simulator.charges().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn reads_get_over_every_passing_trouble() {
    for fault in [
        CallFault::Lost,
        CallFault::AnswerLost,
        CallFault::CutOff,
        CallFault::InternalError,
        CallFault::Unavailable,
        CallFault::Maintenance,
        CallFault::Unauthorized,
    ] {
        let world = registered().await;
        world.next_calls(fault, 1, "/subscribe/customers");
        let customer = world.client.customer("card-1").await.unwrap();
        assert_eq!(customer.customer_uid, "card-1", "{fault:?}");
    }
    let world = registered().await;
    world.next_calls(CallFault::Maintenance, 3, "/subscribe/customers");
    assert!(world.client.customer("card-1").await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn a_schedule_whose_key_is_gone_tells_why_it_failed_without_a_payment() {
    let world = World::with(|builder| builder.switch(Switch::GoneKeyLeavesNoRecord))
        .registered(Behaviour::Approve)
        .await;
    world.scheduled("order-1").await;
    let deleting = ConsoleAct::DeleteKey { customer_uid: "card-1".to_owned() };
    world.simulator.console(&deleting).unwrap();
    world.simulator.advance_to(at(NOW + 2 * DAY)).await.unwrap();
    let ran = world.client.schedule_by_merchant_uid("order-1").await.unwrap();
    assert_eq!(
        (ran.schedule_status, ran.payment_status, ran.imp_uid, ran.fail_reason.as_deref()),
        (
            ScheduleStatus::Executed,
            Some(PaymentStatus::Failed),
            None,
            Some("등록되지 않은 구매자입니다.")
        )
    );
    not_found(world.client.find_all(&FindAll::new("order-1")).await);
}

#[tokio::test]
async fn answers_that_lack_what_one_would_count_on_are_read() {
    let world = registered().await;
    let odd = [
        Switch::AgainWithoutUsage,
        Switch::CurrencyNull,
        Switch::PaidAtNull,
        Switch::NoStartedAt,
        Switch::PlainCardNumbers,
    ];
    for switch in odd {
        world.simulator.turn(switch, true).unwrap();
    }
    let charged = world.again("order-1").await.unwrap();
    assert_eq!((charged.status.clone(), charged.amount), (PaymentStatus::Paid, 9900));
    assert_eq!((&charged.customer_uid, &charged.customer_uid_usage), (&None, &None));
    assert_eq!((&charged.currency, charged.paid_at, charged.started_at), (&None, None, None));
    assert_eq!(charged.card.number.as_ref().unwrap().len(), 16);
    let listed = world.client.find_all(&FindAll::new("order-1")).await.unwrap().list;
    assert_eq!(whole(listed), from_ref(&charged));
    let issued = world.client.find("issue-1", None).await.unwrap();
    assert_eq!(issued.customer_uid_usage, Some(Usage::Issue));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_token_hangs_is_not_sent_after_its_deadline() {
    let world = registered().await;
    world.next_calls(CallFault::Hanging, 1, "/users/getToken");
    // Of these 35 seconds the call itself may need 30.
    let client = world.client.before(at(NOW + 35));
    let error = client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await.unwrap_err();
    assert!(error.is_too_late(), "{error:?}");
    assert!(world.simulator.charges().is_empty());
}
