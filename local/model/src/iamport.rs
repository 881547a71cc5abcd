//! Iamport as it is: what it was asked, what it then has, and what it answers. It is honest; what it answers may be lost.

use billing::{
    CustomerUid, ImpUid, MerchantUid, OpenCharge, Record, RecordStatus, Registration,
    ScheduleSighting, Usage, Won,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// All that Iamport has of one member.
#[derive(Debug, Clone, Default)]
pub struct Iamport {
    /// The records under each order.
    pub records: BTreeMap<MerchantUid, Vec<Record>>,
    /// The schedules, by their orders.
    pub schedules: BTreeMap<MerchantUid, Scheduled>,
    /// The billing keys.
    pub keys: BTreeSet<CustomerUid>,
    /// Calls that nobody waits for any more, and that are still on their way.
    pub late: Vec<Call>,
}

/// A schedule, whatever has become of it.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// What it charges.
    pub charge: OpenCharge,
    /// When.
    pub at: Timestamp,
    /// What Iamport says of it.
    pub is: ScheduleSighting,
}

/// A call that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `again`.
    Charge(OpenCharge),
    /// `schedule`.
    Schedule(OpenCharge, Timestamp),
    /// `unschedule`.
    Unschedule(MerchantUid),
    /// `cancel`, with a checksum.
    Cancel(ImpUid),
    /// Deleting a billing key.
    DeleteKey(CustomerUid),
}

/// What the card company says to a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    /// Yes.
    Approves,
    /// No, in words that mean another day.
    SaysLater,
    /// No, in words that mean another card.
    SaysNever,
}

/// What Iamport answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The record of a charge.
    Record(Box<Record>),
    /// No, with these words.
    Refused(&'static str),
    /// No: a payment stands or stood under that order.
    PaidBefore,
    /// What a schedule is.
    Schedule(ScheduleSighting),
    /// What was given back of a payment.
    GivenBack(Won),
    /// Done.
    Done,
}

/// That there is no such key.
const NO_KEY: &str = "등록되지 않은 구매자입니다.";

impl Bank {
    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Approves => None,
            Self::SaysLater => Some("[1254] 잔액부족"),
            Self::SaysNever => Some("분실 신고된 카드"),
        }
    }
}

impl Iamport {
    /// All records under an order.
    pub fn under(&self, id: MerchantUid) -> &[Record] {
        self.records.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What it says of a schedule.
    pub fn sighting(&self, id: MerchantUid) -> ScheduleSighting {
        self.schedules.get(&id).map_or(ScheduleSighting::Missing, |schedule| schedule.is.clone())
    }

    /// The schedules that stand.
    pub fn standing(&self) -> impl Iterator<Item = &Scheduled> {
        self.schedules.values().filter(|schedule| schedule.is == ScheduleSighting::Standing)
    }

    /// Money that moved and was not all given back, whoever moved it.
    pub fn kept(&self) -> impl Iterator<Item = (MerchantUid, &Record)> {
        let all = self.records.iter().flat_map(|(id, them)| them.iter().map(move |it| (*id, it)));
        all.filter(|(_, record)| record.is_money() && record.cancelled < record.amount)
    }

    /// Does what it is asked for.
    pub fn take(&mut self, call: &Call, now: Timestamp, bank: Bank) -> Answer {
        match call {
            Call::Charge(charge) => self.charge(charge, now, bank),
            Call::Schedule(charge, at) => self.schedule(charge, *at, now),
            Call::Unschedule(id) => {
                if let Some(schedule) = self.schedules.get_mut(id)
                    && schedule.is == ScheduleSighting::Standing
                {
                    schedule.is = ScheduleSighting::TakenBack;
                }
                Answer::Schedule(self.sighting(*id))
            }
            Call::Cancel(imp_uid) => {
                let mut records = self.records.values_mut().flatten();
                let Some(record) = records.find(|record| record.imp_uid == *imp_uid) else {
                    return Answer::Refused("존재하지 않는 결제정보입니다.");
                };
                (record.status, record.cancelled) = (RecordStatus::Cancelled, record.amount);
                Answer::GivenBack(record.cancelled)
            }
            Call::DeleteKey(key) => {
                self.keys.remove(key);
                Answer::Done
            }
        }
    }

    fn charge(&mut self, charge: &OpenCharge, now: Timestamp, bank: Bank) -> Answer {
        if self.is_used(charge.merchant_uid) {
            return Answer::PaidBefore;
        }
        if !self.keys.contains(&charge.customer_uid) {
            return Answer::Refused(NO_KEY);
        }
        match self.put(charge, Usage::Payment, now, bank.words()) {
            Some(record) => Answer::Record(Box::new(record)),
            None => Answer::Refused(NO_KEY),
        }
    }

    fn schedule(&mut self, charge: &OpenCharge, at: Timestamp, now: Timestamp) -> Answer {
        let id = charge.merchant_uid;
        if self.is_used(id) {
            return Answer::PaidBefore;
        }
        if !self.keys.contains(&charge.customer_uid) {
            return Answer::Refused(NO_KEY);
        }
        if at <= now || self.sighting(id) == ScheduleSighting::Standing {
            return Answer::Refused("이미 예약된 merchant_uid입니다.");
        }
        let is = ScheduleSighting::Standing;
        self.schedules.insert(id, Scheduled { charge: charge.clone(), at, is });
        Answer::Schedule(ScheduleSighting::Standing)
    }

    /// Runs a schedule whose time has come.
    pub fn run(&mut self, id: MerchantUid, now: Timestamp, bank: Bank) {
        let Some(Scheduled { charge, .. }) = self.schedules.get(&id).cloned() else { return };
        let no_key = (!self.keys.contains(&charge.customer_uid)).then_some(NO_KEY);
        let words = no_key.or(bank.words());
        let used = self.is_used(id).then_some("이미 주문이 이루어진 건입니다.");
        let is = used.map_or(ScheduleSighting::Executed, |it| ScheduleSighting::Failed(it.into()));
        if used.is_none() {
            self.put(&charge, Usage::Scheduled, now, words);
        }
        if let Some(schedule) = self.schedules.get_mut(&id) {
            schedule.is = words.map_or(is, |words| ScheduleSighting::Failed(words.to_owned()));
        }
    }

    /// Somebody pays in an ordinary way under an order, which was never offered.
    pub fn pay_in_another_way(&mut self, charge: &OpenCharge, now: Timestamp) {
        self.put(charge, Usage::Other, now, None);
    }

    /// The window is done with: there is a card, or none.
    pub fn close_window(&mut self, window: &Registration, now: Timestamp, bank: Bank) {
        let id = window.merchant_uid;
        let shown = (window.customer_uid, window.amount);
        if self.record(id, shown, Usage::Issue, now, bank.words()).is_some()
            && bank == Bank::Approves
        {
            self.keys.insert(window.customer_uid);
        }
    }

    /// Whether a payment stands or stood under that order.
    fn is_used(&self, id: MerchantUid) -> bool {
        self.under(id)
            .iter()
            .any(|record| matches!(record.status, RecordStatus::Paid | RecordStatus::Cancelled))
    }

    fn put(
        &mut self,
        charge: &OpenCharge,
        usage: Usage,
        now: Timestamp,
        words: Option<&str>,
    ) -> Option<Record> {
        self.record(charge.merchant_uid, (charge.customer_uid, charge.amount), usage, now, words)
    }

    fn record(
        &mut self,
        id: MerchantUid,
        (key, amount): (CustomerUid, Won),
        usage: Usage,
        now: Timestamp,
        words: Option<&str>,
    ) -> Option<Record> {
        let records = self.records.entry(id).or_default();
        let (kind, [one, other]) = match id {
            MerchantUid::Registration { generation, .. } => ("r", [generation, 0]),
            MerchantUid::Charge { period, attempt, .. } => ("p", [period, attempt]),
            MerchantUid::Foreign(_) => return None,
        };
        let run = id.subscription()?.to_string();
        let run = run.trim_start_matches('0');
        let record = Record {
            imp_uid: format!("imp_{run}{kind}{one}_{other}_{}", records.len()).parse().ok()?,
            merchant_uid: id.to_string(),
            status: if words.is_some() { RecordStatus::Failed } else { RecordStatus::Paid },
            usage,
            customer_uid: Some(key.to_string()),
            amount,
            cancelled: Won::ZERO,
            currency: Some("KRW".to_owned()),
            at: Some(now),
            fail_reason: words.map(str::to_owned),
            card_name: None,
            card_number: None,
            receipt_url: None,
        };
        records.push(record.clone());
        Some(record)
    }
}
