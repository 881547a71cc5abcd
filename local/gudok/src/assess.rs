//! What becomes of a row: the other system's word held against Iamport's.

use crate::Row;
use billing::{
    CustomerUid, Decline, ForeignKey, NotTakenOver, Record, RecordStatus, Subscription, Takeover,
    Usage, Won, kst_date, period_start,
};
use flows::Elsewhere;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// How many days before a period's first its payment may have been made.
const EARLY: i64 = 3;

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The member can be taken over. Where what was said and what Iamport shows differ, a person has to say which counts.
    Possible(Vec<Conflict>, Box<Takeover>),
    /// The member cannot be taken over like this.
    Refused(Refused),
    /// That was done before.
    Done,
}

/// In what a row and Iamport differ. Whoever accepts it by its name takes the row's word for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "conflict", rename_all = "snake_case")]
pub enum Conflict {
    /// Iamport has no such key: the member would keep the days, and be asked for a card.
    NoKey,
    /// More than one schedule stands; all would be taken back and one of ours placed.
    TwoSchedules {
        /// On which dates.
        dates: Vec<Date>,
    },
    /// A schedule stands for another date than the row's.
    AnotherDate {
        /// For which.
        date: Date,
    },
    /// The last payment or the schedule is of another amount than the row's price.
    AnotherPrice {
        /// Of which, in won.
        amount: Won,
    },
    /// In this period a key was issued and nothing was paid: its record was counted as a payment.
    IssueCounted,
    /// No payment of this period is to be seen.
    NoPaymentSeen,
    /// More than one payment of this period is kept.
    PaidTwice {
        /// What would mend it: these given back, at Iamport's console.
        give_back: Vec<(String, Won)>,
    },
}

/// Why a member is not taken over, whatever is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// A value that the column cannot have.
    BadValue,
    /// There is no such account.
    NoAccount,
    /// There is no such plan here.
    UnknownPlan,
    /// Another row of the file is of the same member.
    SameMember,
    /// Another row of the file, or another member here, has the key.
    SameKey,
    /// The key is one of ours.
    OurKey,
    /// A subscription goes on here.
    AlreadySubscribed,
    /// What was paid is over.
    Over,
    /// The payment is due today or overdue, and did not fail: it may be made at this moment. Wait a day.
    DueNow,
    /// The period after it was paid there: the row is not the last.
    PaidSince,
    /// Payments on that day of the month do not lead to the next payment's date.
    AnotherDay,
}

impl Conflict {
    /// By this name it is accepted.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::TwoSchedules { .. } => "two_schedules",
            Self::AnotherDate { .. } => "another_date",
            Self::AnotherPrice { .. } => "another_price",
            Self::IssueCounted => "issue_counted",
            Self::NoPaymentSeen => "no_payment_seen",
            Self::PaidTwice { .. } => "paid_twice",
        }
    }

    /// All names.
    pub const NAMES: [&'static str; 7] = [
        "no_key",
        "two_schedules",
        "another_date",
        "another_price",
        "issue_counted",
        "no_payment_seen",
        "paid_twice",
    ];
}

/// What becomes of a row whose member has this subscription here.
pub fn assess(
    row: &Row,
    existing: Option<&Subscription>,
    there: &Elsewhere,
    now: Timestamp,
) -> Verdict {
    if existing.and_then(|it| it.origin).is_some_and(|origin| origin.key == row.customer_uid) {
        return Verdict::Done;
    }
    if existing.is_some_and(|it| it.ended_at.is_none()) {
        return Verdict::Refused(Refused::AlreadySubscribed);
    }
    let key = CustomerUid::Foreign(row.customer_uid);
    if CustomerUid::named(&row.customer_uid.to_string()) != Ok(key) {
        return Verdict::Refused(Refused::OurKey);
    }
    let records = of(&there.records, row.customer_uid);
    let takeover = takeover(row, records, there);
    let today = kst_date(now);
    let due = row.next_payment_date <= today && !row.is_cancelled;
    if due && money(records).any(|record| paid_on(record) >= early(row.next_payment_date)) {
        return Verdict::Refused(Refused::PaidSince);
    }
    if due && takeover.failed.is_none() {
        return Verdict::Refused(Refused::DueNow);
    }
    let mut conflicts = Vec::new();
    if !row.is_cancelled {
        if takeover.card.is_none() {
            conflicts.push(Conflict::NoKey);
        }
        conflicts.extend(scheduled(row, &takeover));
    }
    conflicts.extend(paid(row, records));
    Verdict::Possible(conflicts, Box::new(takeover))
}

fn of<T>(all: &std::collections::BTreeMap<ForeignKey, Vec<T>>, key: ForeignKey) -> &[T] {
    all.get(&key).map_or(&[], Vec::as_slice)
}

fn takeover(row: &Row, records: &[Record], there: &Elsewhere) -> Takeover {
    let failed = |record: &&Record| {
        let on = record.at.map(kst_date);
        record.status == RecordStatus::Failed
            && on.is_some_and(|on| on >= early(row.next_payment_date))
    };
    let failed = records.iter().rev().find(failed).and_then(|record| {
        Some(Decline::new(record.fail_reason.as_deref().unwrap_or_default(), record.at?))
    });
    Takeover {
        at: there.at,
        consent: billing::Consent {
            version: row.terms_version.clone(),
            plan: row.plan.clone(),
            price: row.price,
            agreed_at: row.agreed_at,
        },
        key: row.customer_uid,
        card: there.cards.get(&row.customer_uid).cloned(),
        paid_through: row.next_payment_date,
        day: row.anchor_day,
        cancelled_at: row.is_cancelled.then(|| row.cancelled_at.unwrap_or(there.at)),
        failed: failed.filter(|_| !row.is_cancelled),
        schedules: of(&there.schedules, row.customer_uid).to_vec(),
    }
}

/// In what the schedules differ from the row of a member who goes on.
fn scheduled(row: &Row, takeover: &Takeover) -> Vec<Conflict> {
    let dates = || takeover.schedules.iter().map(|it| kst_date(it.at));
    let mut conflicts = Vec::new();
    if takeover.schedules.len() > 1 {
        conflicts.push(Conflict::TwoSchedules { dates: dates().collect() });
    } else if let Some(date) = dates().find(|date| *date != row.next_payment_date) {
        conflicts.push(Conflict::AnotherDate { date });
    }
    let another = takeover.schedules.iter().map(|it| it.amount).find(|it| *it != row.price);
    conflicts.extend(another.map(|amount| Conflict::AnotherPrice { amount }));
    conflicts
}

/// In what the payments of the period that goes on differ from the row.
fn paid(row: &Row, records: &[Record]) -> Vec<Conflict> {
    let begins = row.next_payment_date.saturating_sub(1.month());
    // Whose day is the 31st has paid on the last day of a shorter month.
    let month = begins.first_of_month().with().day(row.anchor_day).build();
    let begins = month.unwrap_or_else(|_| period_start(begins, 0));
    let in_period = |record: &&Record| {
        record
            .at
            .map(kst_date)
            .is_some_and(|on| (early(begins)..row.next_payment_date).contains(&on))
    };
    let mut conflicts = Vec::new();
    let paid: Vec<&Record> = money(records).filter(in_period).collect();
    match paid.as_slice() {
        [] if records.iter().filter(in_period).any(|record| record.usage == Usage::Issue) => {
            conflicts.push(Conflict::IssueCounted);
        }
        [] => conflicts.push(Conflict::NoPaymentSeen),
        [_] => {}
        [_, more @ ..] => {
            let give_back = more.iter().map(|record| (record.imp_uid.to_string(), record.amount));
            conflicts.push(Conflict::PaidTwice { give_back: give_back.collect() });
        }
    }
    let another = paid.last().map(|record| record.amount).filter(|amount| *amount != row.price);
    conflicts.extend(another.map(|amount| Conflict::AnotherPrice { amount }));
    conflicts
}

/// Records in which money moved and is kept.
fn money(records: &[Record]) -> impl Iterator<Item = &Record> {
    records.iter().filter(|record| record.is_kept())
}

fn paid_on(record: &Record) -> Date {
    record.at.map_or(Date::MIN, kst_date)
}

fn early(date: Date) -> Date {
    date.saturating_sub(EARLY.days())
}

impl From<NotTakenOver> for Refused {
    fn from(not: NotTakenOver) -> Self {
        match not {
            NotTakenOver::AlreadySubscribed => Self::AlreadySubscribed,
            NotTakenOver::Over => Self::Over,
            NotTakenOver::DueNow => Self::DueNow,
            NotTakenOver::AnotherDay => Self::AnotherDay,
        }
    }
}
