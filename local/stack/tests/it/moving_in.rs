//! Moving in: members of another system at the same account of Iamport go on here, each charged once a month.

use crate::reconcile::{behind_our_back, reconcile};
use crate::reviews::{resolve, review};
use crate::world::{World, moment};
use billing::{Consent, CustomerUid, Decline, NotTakenOver, Takeover, Uid, Won};
use flows::{HandedBack, TakenOver};
use gudok_local::faults::Fault;
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The other system: it charges what it likes under names of its own.
pub(crate) struct Old<'a> {
    world: &'a World,
    pub(crate) key: String,
    uid: Uid,
}

impl<'a> Old<'a> {
    /// Registers a card for a member, as it did.
    pub(crate) async fn member(world: &'a World, uid: &str) -> Self {
        world.token(uid);
        let key = format!("user_{uid}");
        let request_pay = json!({
            "pg": "html5_inicis.INIBillTst", "pay_method": "card", "amount": 9_900, "name": "카드 등록",
            "merchant_uid": format!("key_{uid}"), "customer_uid": key, "buyer_tel": "010-0000-0000",
        });
        let window = json!({"request_pay": request_pay, "card": "approve"});
        let told = world.stack.iamport.card_window(&serde_json::from_value(window).unwrap()).await;
        assert_eq!(told.unwrap()["success"], json!(true));
        Self { world, key, uid: uid.parse().unwrap() }
    }

    pub(crate) async fn charge(&self, order: &str) {
        let body = json!({
            "customer_uid": self.key, "merchant_uid": order, "amount": 9_900, "name": "월 구독",
            "buyer_tel": "010-0000-0000",
        });
        let path = "/subscribe/payments/again";
        let answer = behind_our_back(self.world, Method::POST, path, body).await;
        assert_eq!(answer["status"], "paid", "{answer}");
    }

    pub(crate) async fn schedule(&self, order: &str, korean: &str) {
        let body = json!({
            "customer_uid": self.key,
            "schedules": [{
                "merchant_uid": order, "schedule_at": moment(korean).as_second(), "amount": 9_900,
                "name": "월 구독", "buyer_tel": "010-0000-0000", "currency": "KRW",
            }],
        });
        let path = "/subscribe/payments/schedule";
        behind_our_back(self.world, Method::POST, path, body).await;
    }

    /// What a row of its table says, borne out by Iamport.
    async fn row(&self, paid_through: &str, day: i8) -> Takeover {
        let key = self.key.parse().unwrap();
        let there = self.world.stack.app.gudok.elsewhere(&BTreeSet::from([key])).await.unwrap();
        Takeover {
            at: there.at,
            consent: Consent {
                version: "old-1".to_owned(),
                plan: "monthly".parse().unwrap(),
                price: Won::new(9_900),
                agreed_at: moment("2025-10-31T10:00"),
            },
            key,
            card: there.cards.get(&key).cloned(),
            paid_through: paid_through.parse().unwrap(),
            day,
            cancelled_at: None,
            failed: None,
            schedules: there.schedules.get(&key).cloned().unwrap_or_default(),
        }
    }

    async fn take_over(&self, row: &Takeover) -> TakenOver {
        let taken = self.world.stack.app.gudok.take_over(&self.uid, row).await.unwrap();
        self.world.settle().await;
        taken
    }
}

/// A member of the 31st who has paid for November there, and whose December stands there.
async fn moved<'a>(world: &'a World, uid: &str) -> Old<'a> {
    let old = Old::member(world, uid).await;
    old.charge(&format!("order_{uid}_1")).await;
    old.schedule(&format!("order_{uid}_2"), "2025-12-31T10:00").await;
    world.until("2025-12-05T15:00").await;
    let row = old.row("2025-12-31", 31).await;
    assert!(matches!(old.take_over(&row).await, TakenOver::New(_)));
    old
}

#[tokio::test(start_paused = true)]
async fn a_member_goes_on_with_the_old_card_on_the_old_date_at_the_old_price_and_is_charged_once() {
    let world = World::at("2025-11-30T10:00").await;
    moved(&world, "minji").await;
    assert_eq!(world.standing(), [("2025-12-31 10:00".to_owned(), 9_900)], "ours, and no other");
    assert!(world.may_enter("minji"));
    let shown = world.subscription("minji").await;
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["next_payment_date"], "2025-12-31");
    world.until("2026-03-05T15:00").await;
    let dates = ["2025-12-31", "2026-01-31", "2026-02-28"];
    assert_eq!(world.charged_on("minji").await, dates, "the 31st is not forgotten");
    assert_eq!(world.standing(), [("2026-03-31 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_second_takeover_changes_nothing_and_a_key_is_one_members() {
    let world = World::at("2025-11-30T10:00").await;
    let old = moved(&world, "minji").await;
    let before = (world.standing(), world.news());
    let row = old.row("2025-12-31", 31).await;
    assert!(matches!(old.take_over(&row).await, TakenOver::Before(_)));
    assert_eq!((world.standing(), world.news()), before);
    world.token("jisu");
    let another = Old { world: &world, key: old.key.clone(), uid: "jisu".parse().unwrap() };
    let row = Takeover { schedules: Vec::new(), ..row };
    assert!(matches!(another.take_over(&row).await, TakenOver::KeyTaken));
    assert_eq!((world.standing(), world.news()), before);
}

#[tokio::test(start_paused = true)]
async fn both_of_two_schedules_of_the_trap_are_taken_back_before_ours_is_placed() {
    let world = World::at("2025-11-30T10:00").await;
    let old = Old::member(&world, "minji").await;
    old.charge("order_1").await;
    old.schedule("order_2", "2025-12-30T10:00").await;
    old.schedule("order_3", "2026-01-30T10:00").await;
    world.until("2025-12-05T15:00").await;
    let row = old.row("2025-12-30", 30).await;
    assert_eq!(row.schedules.len(), 2);
    old.take_over(&row).await;
    assert_eq!(world.standing(), [("2025-12-30 10:00".to_owned(), 9_900)]);
    world.until("2026-02-05T15:00").await;
    assert_eq!(world.charged_on("minji").await, ["2025-12-30", "2026-01-30"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_ours_is_placed_while_what_stands_there_is_not_taken_back() {
    let world = World::at("2025-11-30T10:00").await;
    let old = Old::member(&world, "minji").await;
    old.charge("order_1").await;
    old.schedule("order_2", "2025-12-30T10:00").await;
    world.until("2025-12-05T15:00").await;
    let row = old.row("2025-12-30", 30).await;
    // Iamport says yes, and takes nothing back.
    world.hosts.inject(Arc::new(|request| {
        let yes = json!({"code": 0, "message": null, "response": []}).to_string();
        request.uri().path().ends_with("/unschedule").then_some(Fault::Answered(200, yes))
    }));
    old.take_over(&row).await;
    world.wait(30).await;
    assert_eq!(standing_ids(&world), ["order_2"], "theirs alone");
    world.hosts.clear();
    world.wait(30).await;
    let [ours] = <[String; 1]>::try_from(standing_ids(&world)).unwrap();
    assert!(ours.starts_with("pay-"), "{ours}");
}

/// The orders whose schedules stand.
fn standing_ids(world: &World) -> Vec<String> {
    let schedules = serde_json::to_value(world.stack.iamport.schedules()).unwrap();
    let standing = schedules.as_array().unwrap().iter();
    let standing = standing.filter(|schedule| schedule["schedule_status"] == "scheduled");
    standing.map(|schedule| schedule["merchant_uid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn who_had_cancelled_keeps_the_days_and_is_never_charged() {
    let world = World::at("2025-11-30T10:00").await;
    let old = Old::member(&world, "minji").await;
    old.charge("order_1").await;
    old.schedule("order_2", "2025-12-30T10:00").await;
    world.until("2025-12-05T15:00").await;
    let row = old.row("2025-12-30", 30).await;
    let row = Takeover { cancelled_at: Some(moment("2025-12-03T10:00")), ..row };
    old.take_over(&row).await;
    assert_eq!(world.standing(), [], "what the old system left is taken back");
    assert!(world.may_enter("minji"));
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
    world.until("2026-01-02T15:00").await;
    assert!(!world.may_enter("minji"), "it ends by itself");
    assert_eq!(world.charged_on("minji").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn who_is_past_due_there_is_tried_again_here_on_our_days() {
    let world = World::at("2025-11-05T10:00").await;
    let old = Old::member(&world, "minji").await;
    old.charge("order_1").await;
    world.until("2025-12-06T15:00").await;
    let row = old.row("2025-12-05", 5).await;
    let due = old.take_over(&row).await;
    assert!(matches!(due, TakenOver::Not(NotTakenOver::DueNow)), "nothing says that it failed");
    let failed = Some(Decline::new("[1254] 잔액부족", moment("2025-12-05T10:00")));
    let row = Takeover { failed, ..row };
    old.take_over(&row).await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    assert_eq!(world.charged_on("minji").await, [""; 0], "not at once");
    world.until("2025-12-09T15:00").await;
    assert_eq!(world.charged_on("minji").await, ["2025-12-08"]);
    assert_eq!(world.subscription("minji").await["state"], "active");
    let over = Takeover { paid_through: "2025-11-05".parse().unwrap(), ..row };
    let old = Old::member(&world, "jisu").await;
    let over = Takeover { card: old.row("2025-12-05", 5).await.card, ..over };
    assert!(matches!(old.take_over(&over).await, TakenOver::Not(NotTakenOver::Over)));
}

#[tokio::test(start_paused = true)]
async fn money_that_the_old_system_takes_afterwards_comes_before_a_person_and_no_period_is_kept_twice()
 {
    for accept in [true, false] {
        let world = World::at("2025-11-30T10:00").await;
        let old = moved(&world, "minji").await;
        // Its server was not switched off.
        old.schedule("order_minji_3", "2025-12-31T09:00").await;
        old.charge("order_minji_4").await;
        reconcile(&world, "2025-12-01", "2025-12-05", false).await;
        world.settle().await;
        let shown = review(&world).await;
        assert_eq!(shown["why"], "paid_elsewhere");
        assert_eq!(world.standing(), [], "nothing is charged while a person has to look");
        let resolution = if accept { "accept" } else { "refund" };
        let settled = resolve(&world, &shown, resolution).await;
        assert_eq!(settled.status, 200, "{settled:?}");
        world.settle().await;
        let next = if accept { "2026-01-31" } else { "2025-12-31" };
        assert_eq!(world.standing(), [(format!("{next} 10:00"), 9_900)]);
        world.until("2026-01-05T15:00").await;
        let kept: Vec<_> = world.payments("minji").await;
        let kept = kept.iter().filter(|payment| payment.refunded < payment.amount).count();
        assert_eq!(kept, 1, "December is paid once");
        let given_back = world.stack.iamport.charges();
        let given_back =
            given_back.iter().filter(|charge| charge.cancelled_amount == charge.amount).count();
        assert_eq!(given_back, usize::from(!accept));
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_ran_before_it_was_taken_back_is_not_charged_again() {
    let world = World::at("2025-11-30T10:00").await;
    let old = Old::member(&world, "minji").await;
    old.charge("order_1").await;
    old.schedule("order_2", "2025-12-30T10:00").await;
    world.until("2025-12-29T22:00").await;
    let row = old.row("2025-12-30", 30).await;
    world.hosts.inject(Arc::new(|request| {
        request.uri().path().ends_with("/unschedule").then(|| Fault::status(503))
    }));
    old.take_over(&row).await;
    world.until("2025-12-30T10:30").await;
    world.hosts.clear();
    world.wait(15).await;
    let kept = world.stack.iamport.charges().len();
    assert_eq!(kept, 2, "there: November and December; nothing here");
    assert_eq!(review(&world).await["why"], "paid_elsewhere");
}

#[tokio::test(start_paused = true)]
async fn who_was_not_charged_yet_is_handed_back_and_can_be_taken_over_again() {
    let world = World::at("2025-11-30T10:00").await;
    let old = moved(&world, "minji").await;
    let gudok = &world.stack.app.gudok;
    assert_eq!(gudok.hand_back(&old.uid).await.unwrap(), HandedBack::Done);
    assert_eq!(world.standing(), [], "nothing of ours");
    assert_eq!(gudok.books.ledger.subscription(&old.uid).await.unwrap(), None);
    assert_eq!(world.stack.iamport.customers().len(), 1, "the key is the other system's");
    assert_eq!(gudok.hand_back(&old.uid).await.unwrap(), HandedBack::Never);
    let row = old.row("2025-12-31", 31).await;
    assert!(matches!(old.take_over(&row).await, TakenOver::New(_)));
    world.until("2026-01-02T15:00").await;
    assert_eq!(world.charged_on("minji").await, ["2025-12-31"]);
    assert_eq!(gudok.hand_back(&old.uid).await.unwrap(), HandedBack::TooLate);
    assert_eq!(world.standing().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_old_key_goes_once_another_card_is_registered() {
    let world = World::at("2025-11-30T10:00").await;
    let old = moved(&world, "minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    world.window(&opened.body, json!({})).await;
    world.complete("minji", &opened.body).await;
    world.settle().await;
    let keys: Vec<_> = world.stack.iamport.customers();
    assert_eq!(keys.len(), 1);
    assert_ne!(keys[0].0.customer_uid, old.key);
    let named: CustomerUid = keys[0].0.customer_uid.parse().unwrap();
    assert!(named.generation().is_some(), "ours");
    world.until("2026-01-02T15:00").await;
    assert_eq!(world.charged_on("minji").await, ["2025-12-31"]);
}
