//! Counting declines of a kind in an hour.

use crate::{
    samples::{SUBSCRIPTION, at},
    world::World,
};
use billing::{Counted, Decline, DeclineClass, MerchantUid};
use serde_json::json;

fn order(period: u16) -> MerchantUid {
    MerchantUid::Charge { subscription: SUBSCRIPTION, period, attempt: 0 }
}

#[tokio::test]
async fn declines_of_one_kind_and_hour_are_counted_in_one_write_each_and_the_first_stays_the_first()
{
    let World { ledger, wire, .. } = World::new().await;
    let lost = |time: &str| Decline::new("분실 카드", at(time));
    let counted = |count, first| Counted { count, first: order(first) };
    for (number, expected) in [(1, 1), (2, 2), (3, 3)] {
        let decline = lost(&format!("2026-11-22T01:0{number}:00Z"));
        let found = ledger.count_decline(&order(number), &decline).await.unwrap();
        assert_eq!(found, counted(expected, 1));
    }
    assert_eq!(wire.operations(), ["UpdateItem"; 3]);
    // Repeated, it counts once more.
    let again = ledger.count_decline(&order(1), &lost("2026-11-22T01:59:59Z")).await.unwrap();
    assert_eq!(again, counted(4, 1));
    // Another hour, other words, another class.
    for decline in [
        lost("2026-11-22T02:00:00Z"),
        Decline::new("도난 카드", at("2026-11-22T01:05:00Z")),
        Decline { class: DeclineClass::Provider, ..lost("2026-11-22T01:05:00Z") },
    ] {
        let found = ledger.count_decline(&order(5), &decline).await.unwrap();
        assert_eq!(found, counted(1, 5), "{decline:?}");
    }
}

#[tokio::test]
async fn what_counts_declines_is_found_by_the_hour_in_korea_and_names_nobody() {
    let World { ledger, wire, .. } = World::new().await;
    let decline = Decline::new("분실 카드 5365-1234-1234-1234", at("2026-11-22T15:30:00Z"));
    ledger.count_decline(&order(1), &decline).await.unwrap();
    let [sent] = wire.take().try_into().unwrap();
    let key = sent.body["Key"]["merchant_uid"]["S"].as_str().unwrap();
    assert_eq!(key, format!("declines-2026-11-23T00-{:016x}", decline.kind()));
    assert_eq!(sent.body["Key"].as_object().unwrap().len(), 1);
    let values = json!({":one": {"N": "1"}, ":order": {"S": order(1).to_string()}});
    assert_eq!(sent.body["ExpressionAttributeValues"], values);
    assert!(key.parse::<MerchantUid>().is_err(), "it is no order's id");
}
