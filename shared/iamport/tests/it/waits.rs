//! How long each call is waited for.

use std::{future::Future, time::Duration};

use iamport::{
    Again, Cancel, Client, DeleteKey, Error, FindAll, PaymentsByStatus, ScheduleItem,
    ScheduleRequest, SchedulesInRange, SchedulesOfCustomer, Trouble, Unschedule,
};
use tokio::time::Instant;

use crate::wire::{self, NOW, Reply, at};

const MONEY: Duration = Duration::from_secs(22);
const READ: Duration = Duration::from_secs(8);

/// A client of a provider that answers nothing but requests for tokens, or not even those.
fn client(gives_tokens: bool, retries: usize) -> Client {
    let (builder, _) = wire::builder(move |seen, _| match seen.line.as_str() {
        wire::TOKEN if gives_tokens => wire::token("t1", 1_800),
        _ => Reply::Silence,
    });
    builder.timeout(MONEY).read_timeout(READ).retries(retries).build().unwrap()
}

/// How long it took until the call was given up, which is what the error says too.
async fn given_up_after<T>(call: impl Future<Output = Result<T, Error>>) -> Duration {
    let began = Instant::now();
    let Err(error) = call.await else { panic!("nobody answered") };
    let (Error::Unknown { source } | Error::Unavailable { source }) = error else {
        panic!("{error:?}")
    };
    let Trouble::TimedOut(limit) = source else { panic!("{source:?}") };
    // tokio's clock has steps of a millisecond.
    assert!(began.elapsed().abs_diff(limit) < Duration::from_millis(5), "{:?}", began.elapsed());
    limit
}

#[tokio::test(start_paused = true)]
async fn what_moves_money_is_waited_for_longer_than_a_read() {
    let client = client(true, 0);
    let (again, cancel) = (Again::new("c", "m", 9_900, "월 구독"), Cancel::imp_uid("imp_1"));
    let item = ScheduleItem::new("m", at(NOW + 60), 9_900, "월 구독");
    let schedule = ScheduleRequest::new("c", [item]);
    assert_eq!(given_up_after(client.again(&again)).await, MONEY);
    assert_eq!(given_up_after(client.cancel(&cancel)).await, MONEY);
    assert_eq!(given_up_after(client.schedule(&schedule)).await, MONEY);
    assert_eq!(given_up_after(client.unschedule(&Unschedule::all("c"))).await, MONEY);

    let of_key = SchedulesOfCustomer::new("c", at(NOW), at(NOW + 60));
    assert_eq!(given_up_after(client.payment("imp_1")).await, READ);
    assert_eq!(given_up_after(client.payments(&["imp_1"], &[])).await, READ);
    assert_eq!(given_up_after(client.find("m", None)).await, READ);
    assert_eq!(given_up_after(client.find_all(&FindAll::new("m"))).await, READ);
    assert_eq!(given_up_after(client.customer("c")).await, READ);
    assert_eq!(given_up_after(client.customers(&["c"])).await, READ);
    assert_eq!(given_up_after(client.customer_payments("c", 1)).await, READ);
    assert_eq!(given_up_after(client.customer_schedules(&of_key)).await, READ);
    assert_eq!(given_up_after(client.schedule_by_merchant_uid("m")).await, READ);
    assert_eq!(given_up_after(client.delete_key(&DeleteKey::new("c"))).await, READ);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_the_whole_shop_may_take_as_long_as_a_charge() {
    let client = client(true, 0);
    let range = SchedulesInRange::new(at(NOW), at(NOW + 60));
    assert_eq!(given_up_after(client.schedules(&range)).await, MONEY);
    assert_eq!(given_up_after(client.payments_by_status(&PaymentsByStatus::new())).await, MONEY);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_never_waited_for_longer_than_a_charge() {
    let (builder, _) = wire::builder(|seen, _| match seen.line.as_str() {
        wire::TOKEN => wire::token("t1", 1_800),
        _ => Reply::Silence,
    });
    let hasty = Duration::from_secs(5);
    let client = builder.timeout(hasty).read_timeout(READ).retries(0).build().unwrap();
    assert_eq!(given_up_after(client.payment("imp_1")).await, hasty);
}

/// API Gateway gives up after 29 seconds.
#[tokio::test(start_paused = true)]
async fn a_read_with_its_repeats_and_a_token_with_its_own_end_within_25_seconds() {
    for gives_tokens in [true, false] {
        let client = client(gives_tokens, 2);
        let began = Instant::now();
        assert!(client.payment("imp_1").await.unwrap_err().is_unavailable());
        assert_eq!(began.elapsed().as_secs(), 24, "three times eight seconds, and two pauses");
    }
}

/// Who may call until then may still read when it is too late to charge.
#[tokio::test(start_paused = true)]
async fn a_deadline_leaves_room_for_what_the_call_may_take() {
    let (builder, log) = wire::builder(|seen, _| match seen.line.as_str() {
        wire::TOKEN => wire::token("t1", 1_800),
        _ => Reply::Silence,
    });
    let client = builder.timeout(MONEY).read_timeout(READ).retries(0).build().unwrap();
    let client = client.before(at(NOW + 10));
    let charge = client.again(&Again::new("c", "m", 9_900, "월 구독")).await;
    assert!(charge.unwrap_err().is_too_late());
    assert_eq!(given_up_after(client.payment("imp_1")).await, READ);
    assert_eq!(log.lines(), ["GET /payments/imp_1"]);
}
