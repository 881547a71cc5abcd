//! Ids.

use billing::{CustomerUid, ImpUid, MerchantUid, PlanId, SubscriptionId};
use proptest::prelude::*;
use ulid::Ulid;

fn subscription() -> impl Strategy<Value = SubscriptionId> {
    any::<u128>().prop_map(|bits| SubscriptionId::new(Ulid(bits)))
}

fn merchant_uid() -> impl Strategy<Value = MerchantUid> {
    prop_oneof![
        (subscription(), 0..10_000u16).prop_map(|(subscription, generation)| {
            MerchantUid::Registration { subscription, generation }
        }),
        (subscription(), 0..10_000u16, 0..10_000u16).prop_map(|(subscription, period, attempt)| {
            MerchantUid::Charge { subscription, period, attempt }
        }),
    ]
}

proptest! {
    #[test]
    fn a_merchant_uid_reads_back_and_fits_iamport(id in merchant_uid()) {
        let text = id.to_string();
        prop_assert!(text.is_ascii() && text.len() <= 40, "{text}");
        prop_assert_eq!(text.parse(), Ok(id));
    }

    #[test]
    fn a_customer_uid_reads_back_and_fits_iamport(subscription in subscription(), generation in 0..10_000u16) {
        let id = CustomerUid::Ours { subscription, generation };
        let text = id.to_string();
        prop_assert!(text.is_ascii() && text.len() <= 80, "{text}");
        prop_assert_eq!(text.parse(), Ok(id));
    }

    #[test]
    fn what_parses_prints_the_same_so_one_order_has_one_name(text in "(reg|pay)-[0-9A-Za-z]{26}(-[0-9+]{1,6}){1,3}") {
        if let Ok(id) = text.parse::<MerchantUid>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_text_of_a_stranger_panics(text in "\\PC{0,60}") {
        let _ = (text.parse::<MerchantUid>().is_ok(), text.parse::<CustomerUid>().is_ok(), text.parse::<ImpUid>().is_ok());
    }
}

#[test]
fn an_id_that_is_not_ours_does_not_parse() {
    let id = "01KAQ3X0000000000000000000";
    for text in [
        "",
        "reg",
        "reg-",
        "order_1234",
        &format!("reg-{id}"),
        &format!("reg-{id}-1-2"),
        &format!("pay-{id}-1"),
        &format!("pay-{id}-01-0"),
        &format!("pay-{id}-10000-0"),
        &format!("pay-{}-1-0", id.to_lowercase()),
        &format!("pay-{id}-1-0 "),
        &format!("pay-{id}-+1-0"),
    ] {
        assert!(text.parse::<MerchantUid>().is_err(), "{text}");
    }
    assert!(format!("pay-{id}-1-0").parse::<MerchantUid>().is_ok());
}

#[test]
fn a_plans_name_reads_back() {
    let plan: PlanId = "monthly".parse().unwrap();
    assert_eq!((plan.as_str(), plan.to_string()), ("monthly", "monthly".to_owned()));
    for (text, fits) in [("plan-2", true), ("2", true), ("", false), ("Monthly", false)] {
        assert_eq!(text.parse::<PlanId>().is_ok(), fits, "{text}");
    }
    assert!("a".repeat(20).parse::<PlanId>().is_ok() && "a".repeat(21).parse::<PlanId>().is_err());
}
