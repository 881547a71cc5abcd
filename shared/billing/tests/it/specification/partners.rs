//! What partners say in one look: whatever may be so, and the same whenever they are asked.

use super::facts;
use crate::deciding::secs;
use crate::generated::{Bytes, Small};
use billing::{
    ChargeState, ClosedState, ImpUid, MerchantUid, OpenCharge, OpenState, Order, Record,
    RecordStatus, Registration, RegistrationState, ScheduleSighting, Subscription, Usage, Won,
};
use billing_spec as spec;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The words of each kind of decline.
pub(super) fn words(choice: u8) -> &'static str {
    match choice % 5 {
        0 => "[1254] 잔액부족",
        1 => "분실 신고된 카드",
        2 => "[1195] 빌링 미등록 거래",
        3 => "[8901]",
        _ => "알 수 없는 사유",
    }
}

/// All that partners can say.
pub(super) const SAID: &[&str] = &[
    "paid",
    "paid, in no currency that it says",
    "paid, and given back since",
    "paid, and given back in part",
    "declined for money",
    "declined for the card",
    "declined for minutes",
    "declined by the provider",
    "declined in words nobody knows",
    "no record",
    "a window that is open",
    "a status that is new",
    "someone paid in an ordinary way",
    "someone tried to pay and failed",
    "another amount",
    "another currency",
    "a registration under a charge",
    "two payments",
    "another payment under a paid order",
    "a registration that looks paid",
    "a registration failed",
    "a payment under a registration",
    "another billing key",
    "no schedule",
    "the schedule stands",
    "the schedule ran",
    "the schedule was declined",
    "the schedule was taken back",
    "the charge is refused",
    "paid before",
    "a schedule is refused",
    "a schedule was paid before",
    "the answer is lost",
    "no answer",
    "the process died",
    "a refund is made",
    "a refund is refused",
    "the account is gone",
];

/// What partners say.
#[derive(Debug, Default)]
pub(super) struct Partners {
    pub(super) records: BTreeMap<MerchantUid, Vec<Record>>,
    pub(super) schedules: BTreeMap<MerchantUid, ScheduleSighting>,
    pub(super) refused: BTreeSet<MerchantUid>,
    pub(super) unclear: BTreeSet<MerchantUid>,
    pub(super) refunds_refused: bool,
    pub(super) declined_alike: u64,
    pub(super) account_gone: bool,
    /// What was said, for the count.
    pub(super) said: Vec<&'static str>,
    version: u64,
    payments: u32,
}

impl Partners {
    /// What is so when somebody looks at `it`, pointed at `asked`.
    pub(super) fn draw(
        small: &Small,
        it: &Subscription,
        asked: &[Order],
        bytes: &mut Bytes<'_>,
    ) -> Self {
        let mut partners = Self { version: it.version, ..Self::default() };
        let choice = bytes.next();
        let owed = !it.refunds.is_empty();
        partners.refunds_refused = if owed { !choice.is_multiple_of(4) } else { choice % 5 == 1 };
        partners.account_gone = choice % 16 == 7;
        partners.declined_alike = if choice % 8 == 3 { 1_000 } else { 1 };
        for open in &it.charges {
            let pointed = asked.iter().any(|order| order.merchant_uid() == open.merchant_uid);
            partners.draw_open(small, it, open, pointed, bytes);
        }
        for verdict in &it.verdicts {
            let id = verdict.order.merchant_uid();
            if !bytes.next().is_multiple_of(4) || bytes.left() == 0 {
                let mut record =
                    partners.record(small, &verdict.order, RecordStatus::Paid, Usage::Other);
                record.imp_uid = verdict.imp_uid.clone();
                partners.records.entry(id).or_default().push(record);
            }
        }
        let open =
            |order: &Order| it.charges.iter().any(|it| it.merchant_uid == order.merchant_uid());
        for order in asked.iter().filter(|order| !open(order)) {
            partners.draw_closed(small, it, order, bytes);
        }
        for window in &it.registrations {
            let pointed = asked.iter().any(|order| order.merchant_uid() == window.merchant_uid);
            let policy = &small.configuration.policy;
            let lost =
                window.opened_at + policy.window_life.max(policy.doubt_patience) <= small.now;
            if pointed || window.look_at <= small.now && !lost {
                partners.draw_window(small, it, window, bytes);
            }
        }
        partners
    }

    fn draw_open(
        &mut self,
        small: &Small,
        it: &Subscription,
        open: &OpenCharge,
        pointed: bool,
        bytes: &mut Bytes<'_>,
    ) {
        let id = open.merchant_uid;
        let now = small.now;
        let order = Order::Charge { uid: it.uid.clone(), charge: open.clone().into() };
        let choice = bytes.next();
        let ran = |at: Timestamp| at <= now;
        match open.outcome {
            OpenState::Planned { .. } => {}
            OpenState::Charging { .. } => match choice % 8 {
                0..=2 => self.pay(small, it, &order, now, bytes),
                3 => self.decline(small, &order, Usage::Payment, bytes),
                4 => self.odd(small, &order, bytes),
                5 => self.decline(small, &order, Usage::Other, bytes),
                _ => self.nothing(small, &order, bytes),
            },
            OpenState::Scheduling { at, .. } => match choice % 8 {
                0..=2 => self.schedule(id, ScheduleSighting::Standing),
                3 => self.schedule(id, ScheduleSighting::TakenBack),
                4 | 5 if ran(at) => self.run(small, it, &order, at, bytes),
                _ => self.schedule(id, ScheduleSighting::Missing),
            },
            OpenState::Scheduled { at } => {
                let due = at + small.configuration.policy.schedule_slack <= now;
                match choice % 16 {
                    0..=8 if due => self.run(small, it, &order, at, bytes),
                    0..=3 if ran(at) => self.run(small, it, &order, at, bytes),
                    9 | 10 if due || pointed => self.schedule(id, ScheduleSighting::TakenBack),
                    11 if due => self.schedule(id, ScheduleSighting::Missing),
                    _ => self.schedule(id, ScheduleSighting::Standing),
                }
            }
        }
        let untouched = self.records.get(&id).is_none_or(Vec::is_empty);
        let may_stand = matches!(self.schedules.get(&id), None | Some(ScheduleSighting::Standing));
        if pointed && untouched && may_stand && choice >= 128 {
            match choice % 3 {
                0 => self.decline(small, &order, Usage::Other, bytes),
                _ => self.odd(small, &order, bytes),
            }
        }
    }

    /// A schedule ran: it paid, was declined, or nobody sees what came of it.
    fn run(
        &mut self,
        small: &Small,
        it: &Subscription,
        order: &Order,
        at: Timestamp,
        bytes: &mut Bytes<'_>,
    ) {
        let id = order.merchant_uid();
        match bytes.next() % 8 {
            0..=3 => self.pay(small, it, order, at, bytes),
            4 => self.decline(small, order, Usage::Scheduled, bytes),
            5 => {
                let words = words(bytes.next()).to_owned();
                return self.schedule(id, ScheduleSighting::Failed(words));
            }
            6 => self.odd(small, order, bytes),
            _ => self.nothing(small, order, bytes),
        }
        self.schedule(id, ScheduleSighting::Executed);
    }

    fn draw_closed(
        &mut self,
        small: &Small,
        it: &Subscription,
        order: &Order,
        bytes: &mut Bytes<'_>,
    ) {
        let id = order.merchant_uid();
        match order {
            Order::Registration { registration, .. } => match registration.outcome {
                RegistrationState::Failed { .. } | RegistrationState::Abandoned => {
                    self.draw_window(small, it, registration, bytes);
                }
                RegistrationState::Open
                | RegistrationState::Registered { .. }
                | RegistrationState::Contradicted => {}
            },
            Order::Charge { charge, .. } => match &charge.outcome {
                ChargeState::Open(_) => {}
                ChargeState::Closed(ClosedState::Paid { imp_uid }) => {
                    let mut paid = self.record(small, order, RecordStatus::Paid, Usage::Payment);
                    paid.imp_uid = imp_uid.clone();
                    self.records.entry(id).or_default().push(paid);
                    if bytes.next() % 4 == 1 {
                        let again = self.record(small, order, RecordStatus::Paid, Usage::Other);
                        self.put(id, again, "another payment under a paid order");
                    }
                }
                ChargeState::Closed(
                    ClosedState::Declined { .. }
                    | ClosedState::Abandoned
                    | ClosedState::Contradicted,
                ) => {
                    match bytes.next() % 6 {
                        0 | 1 => self.pay(small, it, order, small.now, bytes),
                        2 => self.odd(small, order, bytes),
                        3 => self.decline(small, order, Usage::Payment, bytes),
                        _ => self.nothing(small, order, bytes),
                    }
                    if bytes.next() % 6 == 1 {
                        self.schedule(id, ScheduleSighting::Standing);
                    }
                }
            },
        }
    }

    fn draw_window(
        &mut self,
        small: &Small,
        it: &Subscription,
        window: &Registration,
        bytes: &mut Bytes<'_>,
    ) {
        let id = window.merchant_uid;
        let order = Order::Registration { uid: it.uid.clone(), registration: window.clone() };
        let mut issued = self.record(small, &order, RecordStatus::Paid, Usage::Issue);
        match bytes.next() % 10 {
            0..=5 => return self.put(id, issued, "a registration that looks paid"),
            6 => {}
            7 => return self.decline(small, &order, Usage::Issue, bytes),
            8 => {
                issued.usage = Usage::Payment;
                return self.put(id, issued, "a payment under a registration");
            }
            _ => {
                issued.customer_uid = Some("someone-9999".to_owned());
                return self.put(id, issued, "another billing key");
            }
        }
        self.nothing(small, &order, bytes);
    }

    /// What was charged as it was asked for, at that moment or around a cancellation.
    pub(super) fn pay(
        &mut self,
        small: &Small,
        it: &Subscription,
        order: &Order,
        at: Timestamp,
        bytes: &mut Bytes<'_>,
    ) {
        let mut record = self.record(small, order, RecordStatus::Paid, Usage::Payment);
        let wish = it.cancellation.as_ref().map(|wish| wish.requested_at);
        record.at = match (bytes.next() % 8, wish) {
            (3, Some(wish)) => Some(wish - secs(10)),
            (4, Some(wish)) => Some(wish - secs(12)),
            (5, Some(wish)) => Some(wish + secs(1)),
            (6, _) => None,
            (7, _) => Some(order.opened_at()),
            _ => Some(at),
        };
        let said = match bytes.next() % 16 {
            5 => {
                record.currency = None;
                "paid, in no currency that it says"
            }
            6 | 7 => {
                (record.status, record.cancelled) = (RecordStatus::Cancelled, record.amount);
                "paid, and given back since"
            }
            8 => {
                (record.status, record.cancelled) = (RecordStatus::Cancelled, Won::new(1_000));
                "paid, and given back in part"
            }
            _ => "paid",
        };
        self.put(order.merchant_uid(), record, said);
    }

    pub(super) fn decline(
        &mut self,
        small: &Small,
        order: &Order,
        usage: Usage,
        bytes: &mut Bytes<'_>,
    ) {
        let mut record = self.record(small, order, RecordStatus::Failed, usage);
        let choice = bytes.next() % 5;
        record.fail_reason = Some(words(choice).to_owned());
        let said = match (usage, choice) {
            (Usage::Issue, _) => "a registration failed",
            (Usage::Other, _) => "someone tried to pay and failed",
            (Usage::Payment | Usage::Scheduled, 0) => "declined for money",
            (Usage::Payment | Usage::Scheduled, 1) => "declined for the card",
            (Usage::Payment | Usage::Scheduled, 2) => "declined for minutes",
            (Usage::Payment | Usage::Scheduled, 3) => "declined by the provider",
            (Usage::Payment | Usage::Scheduled, _) => "declined in words nobody knows",
        };
        self.put(order.merchant_uid(), record, said);
    }

    /// What the specification knows of a charge that Iamport refused with these words.
    pub(super) fn refuse(&mut self, small: &Small, order: &Order, words: &str) -> spec::Record {
        let mut record = self.record(small, order, RecordStatus::Failed, Usage::Payment);
        record.fail_reason = Some(words.to_owned());
        facts::record(&record).unwrap()
    }

    /// What contradicts the order.
    fn odd(&mut self, small: &Small, order: &Order, bytes: &mut Bytes<'_>) {
        let mut record = self.record(small, order, RecordStatus::Paid, Usage::Payment);
        let said = match bytes.next() % 5 {
            0 => {
                record.usage = Usage::Other;
                "someone paid in an ordinary way"
            }
            1 => {
                record.amount = Won::new(1_000);
                "another amount"
            }
            2 => {
                record.usage = Usage::Issue;
                "a registration under a charge"
            }
            3 => {
                record.currency = Some("USD".to_owned());
                "another currency"
            }
            _ => {
                let again = self.record(small, order, RecordStatus::Paid, Usage::Other);
                self.put(order.merchant_uid(), again, "two payments");
                "two payments"
            }
        };
        self.put(order.merchant_uid(), record, said);
    }

    fn record(
        &mut self,
        small: &Small,
        order: &Order,
        status: RecordStatus,
        usage: Usage,
    ) -> Record {
        let (key, amount) = match order {
            Order::Charge { charge, .. } => (charge.customer_uid, charge.amount),
            Order::Registration { registration, .. } => {
                (registration.customer_uid, registration.amount)
            }
        };
        self.payments += 1;
        Record {
            imp_uid: format!("imp_{}_{}", self.version, self.payments).parse().unwrap(),
            merchant_uid: order.merchant_uid().to_string(),
            status,
            usage,
            customer_uid: Some(key.to_string()),
            amount,
            cancelled: Won::ZERO,
            currency: Some("KRW".to_owned()),
            at: Some(small.now),
            fail_reason: None,
            card_name: None,
            card_number: None,
            receipt_url: None,
        }
    }

    fn put(&mut self, id: MerchantUid, record: Record, said: &'static str) {
        self.records.entry(id).or_default().push(record);
        self.said.push(said);
    }

    pub(super) fn nothing(&mut self, small: &Small, order: &Order, bytes: &mut Bytes<'_>) {
        let id = order.merchant_uid();
        self.records.entry(id).or_default();
        let said = match bytes.next() % 8 {
            1 => RecordStatus::Ready,
            2 => RecordStatus::Other,
            _ => return self.said.push("no record"),
        };
        let open = self.record(small, order, said, Usage::Other);
        let is_new = said == RecordStatus::Other;
        self.put(id, open, if is_new { "a status that is new" } else { "a window that is open" });
    }

    pub(super) fn schedule(&mut self, id: MerchantUid, sighting: ScheduleSighting) {
        self.said.push(match sighting {
            ScheduleSighting::Missing => "no schedule",
            ScheduleSighting::Standing => "the schedule stands",
            ScheduleSighting::Executed => "the schedule ran",
            ScheduleSighting::Failed(_) => "the schedule was declined",
            ScheduleSighting::TakenBack => "the schedule was taken back",
        });
        self.schedules.insert(id, sighting);
    }

    /// Gives a payment back, as Iamport's records then say.
    pub(super) fn give_back(&mut self, payment: &ImpUid) {
        for record in self.records.values_mut().flatten() {
            if record.imp_uid == *payment {
                (record.status, record.cancelled) = (RecordStatus::Cancelled, record.amount);
            }
        }
    }

    pub(super) fn sighting(&self, id: MerchantUid) -> ScheduleSighting {
        self.schedules.get(&id).cloned().unwrap_or(ScheduleSighting::Missing)
    }

    pub(super) fn schedule_said(&self, id: MerchantUid) -> spec::Schedule {
        if self.refused.contains(&id) {
            return spec::Schedule::Refused;
        }
        facts::schedule(&self.sighting(id))
    }

    pub(super) fn records_said(&self, id: MerchantUid) -> Vec<spec::Record> {
        let mut said: Vec<_> =
            self.records.get(&id).into_iter().flatten().filter_map(facts::record).collect();
        if self.unclear.contains(&id) {
            said.push(spec::Record {
                payment: "unseen".to_owned(),
                says: spec::Says::Unclear,
                usage: spec::Usage::RegisteredCard,
                amount: 0,
                in_won: true,
                given_back: 0,
                at: None,
                card: None,
            });
        }
        said
    }
}
