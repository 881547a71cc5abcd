//! The documented limits, which are checked without a request.

use iamport::{
    Again, Buyer, Cancel, Client, DeleteKey, Error, FindAll, InvalidRequest, PaymentsByStatus,
    Problem, ScheduleItem, ScheduleRequest, SchedulesInRange, SchedulesOfCustomer, Unschedule,
};
use jiff::Timestamp;

use crate::wire::{self, NOW, Reply, at};

/// A client that must not send anything.
fn silent() -> Client {
    wire::client(|seen, _| panic!("{} left", seen.line)).0
}

fn invalid<T: std::fmt::Debug>(answer: Result<T, Error>) -> (&'static str, Problem) {
    match answer.unwrap_err() {
        Error::Invalid(InvalidRequest { field, problem }) => (field, problem),
        error => panic!("not a broken limit: {error:?}"),
    }
}

fn again() -> Again {
    Again::new("card-1", "order-1", 9900, "월 구독")
}

async fn charging(change: impl FnOnce(&mut Again)) -> (&'static str, Problem) {
    let mut request = again();
    change(&mut request);
    invalid(silent().again(&request).await)
}

async fn scheduling(items: Vec<ScheduleItem>) -> (&'static str, Problem) {
    invalid(silent().schedule(&ScheduleRequest::new("card-1", items)).await)
}

fn item(merchant_uid: &str, at: Timestamp) -> ScheduleItem {
    ScheduleItem::new(merchant_uid, at, 9900, "월 구독")
}

fn too_long(limit: usize) -> Problem {
    Problem::TooLong { limit, length: limit + 1 }
}

#[tokio::test]
async fn ids_are_short_visible_ascii() {
    let client = silent();
    assert_eq!(
        charging(|request| request.merchant_uid = "m".repeat(41)).await,
        ("merchant_uid", too_long(40))
    );
    assert_eq!(
        charging(|request| request.customer_uid = "c".repeat(81)).await,
        ("customer_uid", too_long(80))
    );
    for odd in ["주문", "a b", "a\n", ".", ".."] {
        assert_eq!(
            charging(|request| request.merchant_uid = odd.to_owned()).await,
            ("merchant_uid", Problem::NotAnId)
        );
        assert_eq!(invalid(client.payment(odd).await), ("imp_uid", Problem::NotAnId));
        assert_eq!(invalid(client.customer(odd).await), ("customer_uid", Problem::NotAnId));
    }
    assert_eq!(invalid(client.find("", None).await), ("merchant_uid", Problem::Empty));
    assert_eq!(invalid(client.payment(&"i".repeat(33)).await), ("imp_uid", too_long(32)));
    assert_eq!(invalid(client.cancel(&Cancel::imp_uid("")).await), ("imp_uid", Problem::Empty));
    assert_eq!(
        invalid(client.delete_key(&DeleteKey::new("키")).await),
        ("customer_uid", Problem::NotAnId)
    );
    assert_eq!(invalid(client.find_all(&FindAll::new("")).await), ("merchant_uid", Problem::Empty));
}

#[tokio::test]
async fn texts_are_counted_in_characters() {
    let (client, log) = wire::client(|_, _| wire::ok(wire::payment("imps_1", "paid")));
    let mut request = again();
    request.name = "가".repeat(40);
    request.options.buyer = Buyer {
        name: Some("가".repeat(16)),
        email: Some("e".repeat(64)),
        tel: Some("0".repeat(16)),
        addr: Some("가".repeat(128)),
        postcode: Some("0".repeat(8)),
    };
    client.again(&request).await.unwrap();
    assert_eq!(log.lines().len(), 1);

    assert_eq!(charging(|request| request.name = "가".repeat(41)).await, ("name", too_long(40)));
    assert_eq!(charging(|request| request.name.clear()).await, ("name", Problem::Empty));
    let buyer =
        |change: fn(&mut Buyer)| charging(move |request| change(&mut request.options.buyer));
    assert_eq!(
        buyer(|buyer| buyer.name = Some("가".repeat(17))).await,
        ("buyer_name", too_long(16))
    );
    assert_eq!(
        buyer(|buyer| buyer.email = Some("e".repeat(65))).await,
        ("buyer_email", too_long(64))
    );
    assert_eq!(buyer(|buyer| buyer.tel = Some("0".repeat(17))).await, ("buyer_tel", too_long(16)));
    assert_eq!(
        buyer(|buyer| buyer.addr = Some("가".repeat(129))).await,
        ("buyer_addr", too_long(128))
    );
    assert_eq!(
        buyer(|buyer| buyer.postcode = Some("0".repeat(9))).await,
        ("buyer_postcode", too_long(8))
    );
    assert_eq!(
        charging(|request| request.options.channel_key = Some("c".repeat(56))).await,
        ("channel_key", too_long(55))
    );
}

#[tokio::test]
async fn nothing_can_be_charged_or_cancelled_for_0_won() {
    let range = Problem::OutOfRange { least: 1, most: u64::MAX };
    assert_eq!(charging(|request| request.amount = 0).await, ("amount", range.clone()));
    let mut cancel = Cancel::imp_uid("imp_1");
    cancel.amount = Some(0);
    assert_eq!(invalid(silent().cancel(&cancel).await), ("amount", range));
}

#[tokio::test]
async fn instalments_start_at_50_000_won() {
    assert_eq!(
        charging(|request| {
            request.amount = 49_999;
            request.options.card_quota = Some(2);
        })
        .await,
        ("card_quota", Problem::InstalmentsTooSmall)
    );
    let (client, _) = wire::client(|_, _| wire::ok(wire::payment("imps_1", "paid")));
    let mut lump = again();
    lump.options.card_quota = Some(0);
    client.again(&lump).await.unwrap();
}

#[tokio::test]
async fn a_schedule_lies_in_the_future_by_the_client_s_clock() {
    let past = ("schedule_at", Problem::NotInFuture);
    assert_eq!(scheduling(vec![item("order-1", at(NOW))]).await, past);
    let half_a_second_on = Timestamp::new(NOW, 500_000_000).unwrap();
    assert_eq!(scheduling(vec![item("order-1", half_a_second_on)]).await, past);
}

#[tokio::test]
async fn schedules_have_ids_of_their_own() {
    let later = at(NOW + 60);
    assert_eq!(scheduling(vec![]).await, ("schedules", Problem::Empty));
    assert_eq!(
        scheduling(vec![item("order-1", later), item("order-1", later)]).await,
        ("merchant_uid", Problem::Duplicate)
    );
}

#[tokio::test]
async fn an_empty_list_never_revokes_every_schedule() {
    let none = Unschedule::These { customer_uid: Some("card-1".to_owned()), merchant_uid: vec![] };
    assert_eq!(invalid(silent().unschedule(&none).await), ("merchant_uid", Problem::Empty));
}

#[tokio::test]
async fn windows_of_schedules_span_three_korean_months() {
    let client = silent();
    let wrong = Problem::Window("3 months");
    // 1 January 09:00 to 1 April 09:00:01 in Korea.
    let range = SchedulesInRange::new(at(NOW), at(NOW + 90 * 86_400 + 1));
    assert_eq!(invalid(client.schedules(&range).await), ("schedule_from", wrong.clone()));
    let empty = SchedulesOfCustomer::new("card-1", at(NOW), at(NOW));
    assert_eq!(invalid(client.customer_schedules(&empty).await), ("from", wrong));

    let page = serde_json::json!({ "total": 0, "previous": 0, "next": 0, "list": [] });
    let (client, _) = wire::client(move |_, _| wire::ok(page.clone()));
    let whole = SchedulesInRange::new(at(NOW), at(NOW + 90 * 86_400));
    client.schedules(&whole).await.unwrap();
    let extremes = SchedulesInRange::new(at(NOW), Timestamp::MAX);
    invalid(client.schedules(&extremes).await);
    let end_of_time = SchedulesInRange::new(at(Timestamp::MAX.as_second() - 9), Timestamp::MAX);
    client.schedules(&end_of_time).await.unwrap();
}

#[tokio::test]
async fn windows_of_payments_span_90_days() {
    let client = silent();
    let mut request = PaymentsByStatus::new();
    request.from = Some(at(NOW - 90 * 86_400 - 1));
    let wrong = ("from", Problem::Window("90 days"));
    assert_eq!(invalid(client.payments_by_status(&request).await), wrong, "until now");
    request.from = Some(at(NOW));
    request.to = Some(at(NOW));
    assert_eq!(invalid(client.payments_by_status(&request).await), wrong);
}

#[tokio::test]
async fn pages_have_1_to_1_000_rows_and_count_from_1() {
    let client = silent();
    let mut request = FindAll::new("order-1");
    request.limit = Some(1_001);
    let rows = ("limit", Problem::OutOfRange { least: 1, most: 1_000 });
    assert_eq!(invalid(client.find_all(&request).await), rows);
    let mut request = PaymentsByStatus::new();
    request.limit = Some(0);
    assert_eq!(invalid(client.payments_by_status(&request).await), rows);
    let first = ("page", Problem::OutOfRange { least: 1, most: u64::from(u32::MAX) });
    assert_eq!(invalid(client.customer_payments("card-1", 0).await), first);
}

#[tokio::test]
async fn at_most_100_ids_are_asked_for_at_once() {
    let client = silent();
    let ids = vec!["imp_1"; 60];
    assert_eq!(
        invalid(client.payments(&ids, &ids).await),
        ("imp_uid", Problem::TooMany { limit: 100, count: 120 })
    );
    assert_eq!(invalid(client.payments(&[], &[]).await), ("imp_uid", Problem::Empty));
    assert_eq!(
        invalid(client.customers(&["card"; 101]).await),
        ("customer_uid", Problem::TooMany { limit: 100, count: 101 })
    );
}

#[test]
fn a_base_url_needs_a_scheme_and_a_host() {
    let (builder, _) = wire::builder(|_, _| Reply::Silence);
    let error = builder.base_url("/v1".parse().unwrap()).build().unwrap_err();
    assert!(matches!(error, iamport::BuildError::BaseUrl));
}
