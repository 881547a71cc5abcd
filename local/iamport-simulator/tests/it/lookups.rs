//! Looking up payments.

use iamport_simulator::{Card, Switch};
use serde_json::{Value, json};

use crate::world::{DAY, START, World};

const UNKNOWN: &str = "존재하지 않는 결제정보입니다.";

async fn with_three_attempts() -> World {
    let world = World::new().await;
    world.register("c1", Card::InsufficientFunds).await;
    world.advance_to(START + 10).await;
    world.again("c1", "m1", 9900).await.response();
    world.advance_to(START + 20).await;
    world.again("c1", "m1", 9900).await.response();
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 30).await;
    world.again("c1", "m1", 9900).await.response();
    world
}

fn started(page: &Value) -> Vec<i64> {
    let list = page["list"].as_array().unwrap();
    list.iter().map(|payment| payment["started_at"].as_i64().unwrap() - START).collect()
}

#[tokio::test]
async fn find_gives_the_newest_and_find_all_a_page() {
    let world = with_three_attempts().await;
    assert_eq!(world.get("/payments/find/m1").await.response()["started_at"], START + 30);
    let failed = world.get("/payments/find/m1/failed").await.response();
    assert_eq!(failed["started_at"], START + 20);
    let oldest = world.get("/payments/find/m1?sorting=started").await.response();
    assert_eq!(oldest["started_at"], START + 10);
    let all = world.get("/payments/findAll/m1/").await.response();
    assert_eq!(started(&all), [30, 20, 10]);
    assert_eq!([&all["total"], &all["previous"], &all["next"]], [3, 0, 0]);
    let failed = world.get("/payments/findAll/m1/failed?sorting=-updated").await.response();
    assert_eq!(started(&failed), [20, 10]);
    world.get("/payments/find/nobody").await.refused(404, -1, UNKNOWN);
    world.get("/payments/findAll/nobody").await.refused(404, -1, UNKNOWN);
    world.get("/payments/find/m1/cancelled").await.refused(404, -1, UNKNOWN);
}

#[tokio::test]
async fn pages_have_neighbours() {
    let world = with_three_attempts().await;
    let page = async |number: u32| {
        let path = format!("/payments/findAll/m1?limit=2&page={number}");
        let page = world.get(&path).await.response();
        (started(&page), json!([page["total"], page["previous"], page["next"]]))
    };
    assert_eq!(page(1).await, (vec![30, 20], json!([3, 0, 2])));
    assert_eq!(page(2).await, (vec![10], json!([3, 1, 0])));
    for limit in ["0", "1001", "x"] {
        let path = format!("/payments/findAll/m1?limit={limit}");
        assert_eq!(world.get(&path).await.status, 400, "{limit}");
    }
}

#[tokio::test]
async fn payments_are_listed_by_status_within_ninety_days() {
    let world = with_three_attempts().await;
    let listed = async |path: &str| started(&world.get(path).await.response());
    assert_eq!(listed("/payments/status/all").await, [30, 20, 10, 0]);
    assert_eq!(listed("/payments/status").await, [30, 20, 10, 0]);
    assert_eq!(listed("/payments/status/paid?sorting=paid").await, [0, 30]);
    let path = format!("/payments/status/failed?from={}&to={}", START + 15, START + 25);
    assert_eq!(listed(&path).await, [20]);
    world.get("/payments/status/lost").await.refused(400, -1, "지원되지 않는 상태값입니다.");
    let path = format!("/payments/status/all?from={}&to={}", START - 91 * DAY, START);
    assert_eq!(world.get(&path).await.status, 400);
}

#[tokio::test]
async fn several_payments_are_207_if_some_are_unknown_and_404_if_all_are() {
    let world = with_three_attempts().await;
    let newest = world.get("/payments/find/m1").await.response();
    let imp_uid = newest["imp_uid"].as_str().unwrap();
    let path = format!("/payments?imp_uid[]={imp_uid}&merchant_uid%5B%5D=m1");
    assert_eq!(world.get(&path).await.response(), json!([newest, newest]));
    let some = world.get("/payments?merchant_uid[]=m1&merchant_uid[]=m9").await;
    assert_eq!((some.status, some.json()["code"].as_i64()), (207, Some(0)));
    assert_eq!(some.json()["response"], json!([newest]));
    world.get("/payments?imp_uid[]=imp_1").await.refused(404, -1, UNKNOWN);
    assert_eq!(world.get("/payments").await.status, 400);
    let many = "imp_uid[]=imp_1&".repeat(101);
    assert_eq!(world.get(&format!("/payments?{many}")).await.status, 400);
}

#[tokio::test]
async fn payments_of_test_mids_can_be_hidden() {
    let world = World::with(|builder| builder.switch(Switch::HideSandbox)).await;
    world.register("c1", Card::Approve).await;
    let paid = world.again("c1", "m1", 9900).await.response();
    let path = format!("/payments/{}", paid["imp_uid"].as_str().unwrap());
    world.get(&path).await.refused(404, -1, UNKNOWN);
    assert_eq!(world.get(&format!("{path}?include_sandbox=true")).await.response(), paid);
}

#[tokio::test]
async fn ids_may_hold_anything_that_a_path_can() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.again("c1", "주문/1 2", 9900).await.response();
    let path = "/payments/find/%EC%A3%BC%EB%AC%B8%2F1%202/paid";
    assert_eq!(world.get(path).await.response()["merchant_uid"], "주문/1 2");
}
