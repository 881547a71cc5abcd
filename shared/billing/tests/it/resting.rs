//! What holds in every state that can be reached: whatever members, admins, operators and partners do, the
//! decision comes to rest, and nothing is waited for without an end.
//!
//! A history is a list of bytes: each move takes one for what happens and one for each answer that a partner
//! gives. Partners are not honest here: they may say anything, or nothing.

use crate::deciding::secs;
use crate::generated::{Bytes, Small, configuration};
use billing::{
    ClosedState, Counted, Effect, ImpUid, Known, MerchantUid, OpenCharge, OpenState, Order, Record,
    RecordStatus, Refused, ScheduleSighting, Seen, SideEffect, Step, Usage, Won, decide_ahead,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The most steps that one run may take: what the loop itself allows.
const MOST_STEPS: usize = 64;

impl Small {
    /// One thing that happens.
    fn live(&mut self, bytes: &mut Bytes<'_>) -> Result<(), TestCaseError> {
        match self.happen(bytes) {
            Some(may_revoke) => self.run(bytes, may_revoke),
            None => Ok(()),
        }
    }

    /// The charges of which nobody knows what became.
    fn unknown(&self) -> impl Iterator<Item = &OpenCharge> {
        let charges = self.subscription.iter().flat_map(|row| &row.charges);
        charges.filter(|open| {
            matches!(open.outcome, OpenState::Charging { .. } | OpenState::Scheduling { .. })
        })
    }

    /// One run of the loop. It may be pointed at any order, and may die after any step.
    fn run(&mut self, bytes: &mut Bytes<'_>, may_revoke: bool) -> Result<(), TestCaseError> {
        let mut seen = Seen::default();
        let mut asked: Vec<Order> = Vec::new();
        let pointed = usize::from(bytes.next());
        if !self.orders.is_empty() && pointed.is_multiple_of(3) {
            let order = self.orders.values().nth(pointed / 3 % self.orders.len()).unwrap().clone();
            self.answer_with_records(order.merchant_uid(), bytes, &mut seen);
            asked.push(order);
        }
        let mut last = Vec::new();
        for _ in 0..MOST_STEPS {
            let Some(subscription) = self.subscription.clone() else { return Ok(()) };
            let step = decide_ahead(&Known {
                subscription: &subscription,
                asked: &asked,
                seen: &seen,
                now: self.now,
                policy: &self.configuration.policy,
                catalogue: &self.configuration.catalogue,
                may_revoke: may_revoke && !self.configuration.review,
                may_erase: pointed.is_multiple_of(2),
            });
            last.push(step.clone());
            match step {
                Step::Rest(due) => {
                    prop_assert_eq!(due, subscription.due_at);
                    return Ok(());
                }
                Step::Commit(change) => {
                    if bytes.next() == 7 {
                        return Ok(());
                    }
                    prop_assert!(change.subscription.due_at.is_none_or(|due| due > self.now));
                    let written = change.orders.iter().chain(&change.opened);
                    let mut ids: Vec<_> = written.map(Order::merchant_uid).collect();
                    ids.sort();
                    prop_assert!(
                        ids.is_sorted_by(|one, other| one < other),
                        "a row is written once"
                    );
                    let leased = change.lease.map(|(lease, _)| lease).or(seen.leased.take());
                    seen.note(&change);
                    change.note_in(&mut asked);
                    seen.leased = leased;
                    self.store(*change);
                }
                Step::Do(effect) => {
                    if let Effect::Announce(news) = &effect {
                        let stored = news.iter().all(|news| subscription.outbox.contains(news));
                        prop_assert!(stored, "only what is stored is told: {news:?}");
                    }
                    if bytes.next() == 7 {
                        return Ok(());
                    }
                    self.perform(effect, bytes, &mut seen);
                }
            }
        }
        let last = last.split_off(MOST_STEPS - 4);
        Err(TestCaseError::fail(format!("never rests, but does {last:#?}")))
    }

    /// What a partner answers: anything, or nothing.
    #[expect(clippy::too_many_lines, reason = "one arm for each effect")]
    fn perform(&mut self, effect: Effect, bytes: &mut Bytes<'_>, seen: &mut Seen) {
        let side_effect = effect.side_effect();
        let answer = bytes.next();
        if answer % 8 == 1 {
            match side_effect {
                Some(side_effect) => _ = seen.failed.insert(side_effect),
                None => seen.is_stuck = true,
            }
            return;
        }
        match effect {
            Effect::LookUp(id) => self.answer_with_records(id, bytes, seen),
            Effect::LookUpSchedule(id) => _ = seen.schedules.insert(id, sighting(bytes.next())),
            Effect::Unschedule(_, id) => {
                seen.taken_back.insert(id);
                seen.schedules.insert(id, sighting(bytes.next()));
            }
            Effect::Charge(charge) => {
                seen.leased = None;
                seen.records.remove(&charge.merchant_uid);
                match answer % 5 {
                    0 | 1 => self.answer_with_records(charge.merchant_uid, bytes, seen),
                    2 => _ = seen.refused.insert(charge.merchant_uid, Refused::PaidBefore),
                    3 => {
                        let words = ["[1254] 잔액부족", "분실", "[1195]", "[8901]"];
                        let words = (*words.get(usize::from(bytes.next() % 4)).unwrap()).to_owned();
                        let refused = Refused::Said(words, self.now);
                        seen.refused.insert(charge.merchant_uid, refused);
                    }
                    _ => {}
                }
            }
            Effect::Schedule(charge, _) => {
                seen.leased = None;
                seen.schedules.remove(&charge.merchant_uid);
                match answer % 4 {
                    0 | 1 => {
                        seen.schedules.insert(charge.merchant_uid, ScheduleSighting::Standing);
                    }
                    2 => {
                        let refused = Refused::Said("no".to_owned(), self.now);
                        seen.refused.insert(charge.merchant_uid, refused);
                    }
                    _ => {}
                }
            }
            Effect::ReadOrder(id) => {
                let row = self.subscription.as_ref().unwrap();
                let open = row.charges.iter().find(|open| open.merchant_uid == id).cloned();
                let stored = open.map(|open| match answer % 3 {
                    0 => open.into(),
                    _ => open.with(ClosedState::Abandoned.into()),
                });
                let stored = stored.map(|charge| Order::Charge { uid: row.uid.clone(), charge });
                seen.stored.insert(id, stored.filter(|_| answer % 5 != 4));
            }
            Effect::Count(order, decline) => {
                let first = MerchantUid::Charge {
                    subscription: order.subscription().unwrap(),
                    period: 0,
                    attempt: u16::from(answer % 2),
                };
                let counted = Counted { count: u64::from(answer), first };
                seen.counted.insert((order, decline.class), counted);
            }
            Effect::Refund(due) => match answer % 4 {
                2 => {
                    seen.refund_refused.insert(due.imp_uid.clone(), "no".to_owned());
                    seen.failed.insert(SideEffect::Refund(due.imp_uid));
                }
                _ => _ = seen.refunded.insert(due.imp_uid, due.amount),
            },
            Effect::DeleteKey(key) => _ = seen.deleted_keys.insert(key),
            Effect::Erase => {
                // Nothing is left that anybody could look at.
                (self.subscription, self.orders) = (None, BTreeMap::new());
            }
            Effect::Grant | Effect::Revoke => seen.told = Some(self.now),
            Effect::Announce(news) => seen.announced.extend(news.into_iter().map(|it| it.id)),
        }
    }

    fn answer_with_records(&self, id: MerchantUid, bytes: &mut Bytes<'_>, seen: &mut Seen) {
        // A period that is yet to begin is not charged: even partners that say anything move no such money.
        let early = self.subscription.as_ref().is_some_and(|it| {
            let begins =
                |anchor, period| billing::start_of_day(billing::period_start(anchor, period));
            let of = |anchor| match id {
                MerchantUid::Charge { subscription, period, .. } if subscription == it.id => {
                    begins(anchor, period) > self.now
                }
                _ => false,
            };
            it.anchor.is_some_and(of)
        });
        let choice = if early { 0 } else { bytes.next() };
        let records = (0..choice % 3).map(|number| self.record(id, number, bytes.next())).collect();
        seen.records.insert(id, records);
        // Whoever points at an order that is paid has read the payment's row.
        if let Some(Order::Charge { charge, .. }) = self.orders.get(&id)
            && let Some(paid) = charge.paid_with()
        {
            seen.refunded.entry(paid.clone()).or_insert(Won::ZERO);
        }
    }

    fn record(&self, id: MerchantUid, number: u8, choice: u8) -> Record {
        let (key, amount) = match self.orders.get(&id) {
            Some(Order::Charge { charge, .. }) => (Some(charge.customer_uid), charge.amount),
            Some(Order::Registration { registration, .. }) => {
                (Some(registration.customer_uid), registration.amount)
            }
            None => (None, Won::new(9_900)),
        };
        let mut usage = match id {
            MerchantUid::Registration { .. } => Usage::Issue,
            MerchantUid::Charge { .. } | MerchantUid::Foreign(_) => Usage::Payment,
        };
        if choice % 16 == 9 {
            usage = Usage::Other;
        }
        let status = match choice % 4 {
            0 | 1 => RecordStatus::Paid,
            2 => RecordStatus::Failed,
            _ => RecordStatus::Cancelled,
        };
        let (subscription, code) = match id {
            MerchantUid::Registration { subscription, generation } => (subscription, generation),
            MerchantUid::Charge { subscription, period, attempt } => {
                (subscription, period * 50 + attempt)
            }
            MerchantUid::Foreign(_) => unreachable!("nobody is taken over here"),
        };
        let tail = subscription.to_string().to_lowercase();
        Record {
            imp_uid: format!("imp_{}_{code}_{number}", &tail[22..]).parse::<ImpUid>().unwrap(),
            merchant_uid: id.to_string(),
            status,
            usage,
            customer_uid: key.map(|key| key.to_string()),
            amount,
            cancelled: if status == RecordStatus::Cancelled { amount } else { Won::ZERO },
            currency: (choice % 32 != 5).then(|| "KRW".to_owned()),
            at: (choice % 32 != 6).then_some(self.now),
            fail_reason: Some("[1254] 잔액부족".to_owned()),
            card_name: None,
            card_number: None,
            receipt_url: None,
        }
    }
}

fn sighting(choice: u8) -> ScheduleSighting {
    match choice % 5 {
        0 => ScheduleSighting::Standing,
        1 => ScheduleSighting::Missing,
        2 => ScheduleSighting::Executed,
        3 => ScheduleSighting::Failed("등록되지 않은 구매자입니다.".to_owned()),
        _ => ScheduleSighting::TakenBack,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_run_comes_to_rest_whatever_happened_before_and_whatever_is_answered(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let mut small = Small::new();
        let mut bytes = Bytes::new(&bytes);
        while bytes.left() > 0 {
            small.live(&mut bytes)?;
        }
        // And then at once under every other configuration.
        let configurations: BTreeSet<u8> = (0..=255).step_by(5).collect();
        for choice in configurations {
            small.configuration = configuration(choice);
            small.run(&mut Bytes::new(&[]), false)?;
            small.run(&mut Bytes::new(&[0, 0, 1]), true)?;
        }
    }

    #[test]
    fn nothing_is_waited_for_longer_than_a_day_without_a_person_being_told(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        // A run that always dies is nothing that partners say.
        always in any::<[u8; 4]>().prop_map(|said| said.map(|byte| if byte == 7 { 8 } else { byte })),
    ) {
        let mut small = Small::new();
        let mut bytes = Bytes::new(&bytes);
        while bytes.left() > 0 {
            small.live(&mut bytes)?;
        }
        small.configuration = configuration(0);
        // From now on partners say the same for ever, or nothing, and nobody does anything else.
        let until = small.now + SignedDuration::from_hours(26);
        let mut looks = 0;
        // What is unknown by now, since it was opened; what becomes so, since it does: a retry is planned weeks ahead.
        let mut unknown_since: BTreeMap<MerchantUid, Timestamp> = BTreeMap::new();
        for open in small.unknown() {
            unknown_since.insert(open.merchant_uid, open.opened_at);
        }
        loop {
            let says: Vec<u8> = always.iter().cycle().take(400).copied().collect();
            small.run(&mut Bytes::new(&says), false)?;
            for open in small.unknown() {
                unknown_since.entry(open.merchant_uid).or_insert(small.now);
            }
            let Some(it) = small.subscription.clone() else { break };
            let Some(due) = it.due_at else { break };
            // The sweep comes every ten minutes.
            small.now = (small.now + secs(600)).max(due);
            looks += 1;
            if small.now >= until || looks > 400 { break }
        }
        if let Some(it) = &small.subscription && small.now >= until {
            let waits = it.undone.filter(|undone| !undone.told);
            let told_by = |since| since + SignedDuration::from_hours(25);
            let late = waits.is_some_and(|undone| told_by(undone.since) <= small.now);
            prop_assert!(!late, "nobody is told: {it:#?}");
            // A window that is open for longer than a day is given up.
            let old = |opened_at| told_by(opened_at) <= small.now;
            let shown = |order| it.reviews.iter().any(|review| review.merchant_uid == order);
            let mut unknown = small.unknown();
            let unseen = unknown.any(|open| {
                old(unknown_since[&open.merchant_uid]) && !shown(open.merchant_uid)
            });
            prop_assert!(!unseen, "a charge of before is unknown, and nobody is shown it: {it:#?}");
            prop_assert!(!it.registrations.iter().any(|open| old(open.opened_at)), "{it:#?}");
        }
    }
}
