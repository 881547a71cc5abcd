//! Members of another system: from when their periods are counted, and what becomes of what stands for them there.

use crate::at_ten;
use crate::deciding::{ID, NOW, at};
use crate::generated::uid;
use billing::{
    Card, Consent, CustomerUid, ForeignKey, ForeignSchedule, MerchantUid, NotTakenOver, Order,
    State, Subscription, SubscriptionId, Takeover, Won, kst_date,
};
use jiff::{ToSpan, civil::Date};

fn takeover(paid_through: Date, day: i8) -> Takeover {
    let key: ForeignKey = "user_1".parse().unwrap();
    Takeover {
        at: at(NOW),
        consent: Consent {
            version: "old-1".to_owned(),
            plan: "monthly".parse().unwrap(),
            price: Won::new(9_900),
            agreed_at: at(NOW),
        },
        key,
        card: Some(Card {
            customer_uid: CustomerUid::Foreign(key),
            name: None,
            number: None,
            registered_at: at(NOW),
            expires: None,
            expiry_told: false,
        }),
        paid_through,
        day,
        cancelled_at: None,
        failed: None,
        schedules: Vec::new(),
    }
}

fn take_over(
    existing: Option<Subscription>,
    takeover: &Takeover,
) -> Result<Option<(Subscription, Vec<Order>)>, NotTakenOver> {
    Subscription::taken_over(existing, &uid(), ID, takeover, at(NOW), &at_ten())
}

#[test]
fn every_date_and_day_of_the_month_goes_on_as_if_it_had_always_been_counted_here() {
    let first = kst_date(at(NOW)).saturating_add(1.day());
    for date in first.series(1.day()).take(4 * 366) {
        for day in 1..=31_i8 {
            let falls_on = |date: Date| day.min(date.days_in_month()) == date.day();
            let taken = take_over(None, &takeover(date, day));
            if !falls_on(date) {
                assert_eq!(taken, Err(NotTakenOver::AnotherDay), "{date} {day}");
                continue;
            }
            let (it, _) = taken.unwrap().unwrap();
            assert_eq!(it.paid_through(), Some(date), "{day}");
            let mut month = date;
            for later in it.periods_paid + 1..it.periods_paid + 14 {
                month = month.last_of_month().tomorrow().unwrap();
                let next = it.begins(later).unwrap();
                assert_eq!(next.first_of_month(), month, "{date} {day}");
                assert!(falls_on(next), "{date} {day}: {next}");
            }
        }
    }
}

#[test]
fn what_stands_there_is_an_order_of_its_own_name_and_nothing_of_ours_is_begun_beside_it() {
    let date: Date = kst_date(at(NOW)).saturating_add(20.days());
    let schedule = |id: &str| ForeignSchedule {
        id: id.parse().unwrap(),
        at: at(NOW) + 480.hours(),
        amount: Won::new(9_900),
    };
    let schedules = vec![schedule("order_1"), schedule("order_2")];
    let (it, orders) =
        take_over(None, &Takeover { schedules, ..takeover(date, date.day()) }).unwrap().unwrap();
    let names: Vec<String> = orders.iter().map(|order| order.merchant_uid().to_string()).collect();
    assert_eq!(names, ["order_1", "order_2"]);
    assert_eq!(it.state(), State::Active);
    assert_eq!(it.charges.len(), 2);
    assert!(orders.iter().all(|order| it.has_ordered(order.merchant_uid())));
}

#[test]
fn who_goes_on_here_or_was_taken_over_with_another_key_is_left_alone() {
    let date = kst_date(at(NOW)).saturating_add(20.days());
    let row = takeover(date, date.day());
    let (it, _) = take_over(None, &row).unwrap().unwrap();
    assert_eq!(take_over(Some(it.clone()), &row), Ok(None), "with the same key nothing is new");
    let another = Takeover { key: "user_2".parse().unwrap(), ..row.clone() };
    let refused = take_over(Some(it.clone()), &another);
    assert_eq!(refused, Err(NotTakenOver::AlreadySubscribed));
    let ended = Subscription { ended_at: Some(at(NOW)), ..it };
    let next = SubscriptionId::new(ulid::Ulid(9));
    let again = Subscription::taken_over(Some(ended), &uid(), next, &another, at(NOW), &at_ten());
    assert_eq!(again.unwrap().unwrap().0.id, next, "who has ended begins anew");
}

#[test]
fn a_foreign_name_is_read_back_as_what_it_is_and_ours_is_never_foreign() {
    for id in ["order_1", "pay-20261101-1", "reg-1", "a", "한글", "", &"x".repeat(41)] {
        let named = MerchantUid::named(id);
        assert_eq!(named.is_ok(), id.is_ascii() && (1..=40).contains(&id.len()), "{id}");
        if let Ok(named) = named {
            assert!(matches!(named, MerchantUid::Foreign(_)));
            assert_eq!(named.to_string(), id);
            assert_eq!(id.parse::<MerchantUid>().ok(), None, "nobody else's is parsed as ours");
        }
    }
    let ours = MerchantUid::Charge { subscription: ID, period: 1, attempt: 0 };
    assert_eq!(MerchantUid::named(&ours.to_string()), Ok(ours));
    let key = CustomerUid::Ours { subscription: ID, generation: 3 };
    assert_eq!(CustomerUid::named(&key.to_string()), Ok(key));
}
