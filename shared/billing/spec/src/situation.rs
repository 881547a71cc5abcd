//! The facts that the rules speak of: what is known of one member when somebody looks, and what Iamport says.

use jiff::{SignedDuration, Timestamp, civil::Date, civil::Time};

/// Whole won.
pub type Won = u64;

/// What a plan costs: each price with the day from which it holds, the first first.
pub type Prices = Vec<(Date, Won)>;

/// All that is known of one member when somebody looks.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Situation {
    pub now: Timestamp,
    pub numbers: Numbers,
    pub price: Won,                        // agreed to, and paid now
    pub asked: Option<(Won, Option<Won>)>, // a higher price, and what the member agreed to pay when asked
    pub listed: Prices,                    // of the plan; empty if it is no longer sold
    pub anchor: Option<Date>,              // the date in Korea of the first payment
    pub paid: u16,                         // months paid, so the number of the month to pay
    pub given: u16,                        // days by which an admin had each month begin later (0052)
    pub free: Option<Date>,                // until when an admin lets in who has paid nothing (0052)
    pub card: Option<(u16, Timestamp)>,    // its number among the member's, and when it was registered
    pub takes_no_card: bool,               // too many were declined in a day (0028)
    pub cancelled: Option<Timestamp>,      // when it was asked for, if that stands
    pub leaves: Option<Timestamp>,         // when the member asked to have everything erased
    pub put_out: Option<Timestamp>,        // when an admin ended it (0052)
    pub account_gone: bool,                // the sign-in service says so
    pub ended: bool,                       // access was taken away
    pub may_end: bool,                     // this look may take it away
    pub undone: Option<(Timestamp, bool)>, // since when something is not done, and whether a person knows
    pub failed: Failed,                    // how the month to pay has failed so far
    pub declined_alike: u64,               // declines of the hour, over all members, that read like one of now
    pub orders: Vec<Order>,                // all that are open, and closed ones that somebody points at
    pub windows: Vec<Window>,              // in which a card was to be registered
    pub owed: Vec<Owed>,                   // to be given back
    pub refunds_refused: bool,             // Iamport gives nothing back now
    pub reviews: Vec<(String, Month)>,     // orders that are before a person
}

/// The numbers in the rules, as they are configured.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub charged_at: Time,                // the member's own time of day in Korea (0033)
    pub retry_days: Vec<u8>,             // after the due date
    pub grace_days: u8,                  // after the paid-through date
    pub transient_tries: u8,             // in a row
    pub transient_wait: SignedDuration,  // between two of them
    pub hard_declines_an_hour: u64,      // that are believed, over all members
    pub lease: SignedDuration,           // longer than a call can last
    pub schedule_slack: SignedDuration,  // after its time, before it is looked for
    pub stuck_schedule: SignedDuration,  // after its time, before it is taken back
    pub window_life: SignedDuration,     // of a card that has paid nothing
    pub consent_days: u8,                // before a month, when its price is looked at
    pub doubt_patience: SignedDuration,  // before what is not done comes before a person
    pub refund_patience: SignedDuration, // before a refund that is refused does
}

/// A month of this run of the subscription, from 0; `None` is one of an earlier run, and pays for nothing.
pub type Month = Option<u16>;

/// How the month to pay has failed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failed {
    pub declines: u8, // that counted
    pub transients: u8,
    pub stopped: bool, // nothing more is tried with this card
    pub retry_at: Option<Timestamp>,
}

/// Money that is to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub payment: String,
    pub order: String,
    pub month: Month,
    pub refused_since: Option<Timestamp>,
}

/// A window in which a card was to be registered, and what Iamport has under its order's name.
#[derive(Debug, Clone)]
pub struct Window {
    pub name: String,
    pub this_run: bool,
    pub card: u16,
    pub shows: Option<(Won, Prices)>, // what it begins a subscription with; else it changes the card
    pub closed: bool,                 // it was given up, or had failed
    pub opened_at: Timestamp,
    pub records: Vec<Record>,
}

/// An order to charge one month: what we asked for, and what Iamport says of it.
#[derive(Debug, Clone)]
pub struct Order {
    pub name: String, // Iamport charges each once
    pub month: Month,
    pub amount: Won,
    pub card: Option<u16>, // `None` for one of an earlier run
    pub opened_at: Timestamp,
    pub request: Request,
    pub given_up: bool,   // Iamport was asked to stop it
    pub shown: bool,      // to a person, because it is in doubt
    pub pointed_at: bool, // looked at though its time has not come
    pub schedule: Schedule,
    pub records: Vec<Record>,
}

/// What was asked of Iamport for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Planned(Timestamp),             // nothing yet: we charge it at that time
    Charge(Timestamp),              // to charge; that call may be under way until then
    Place(Timestamp, Timestamp),    // to charge at the first time; that call may be under way until the second
    Placed(Timestamp),              // to charge at that time, and it took the schedule
    Over(Option<String>),           // it is over, and was paid with this payment, if with any
    Judged(Option<(String, bool)>), // it went to a person, who has said of this payment whether it counts, if anything
}

/// What Iamport says of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    Missing,         // there is none
    Refused,         // Iamport would not take it
    Standing,        // it waits for its time
    Ran,             // the records say how that went, if there are any
    Declined(Fault), // it was run, and there may be no record
    TakenBack,       // by others, if we did not give it up
}

/// A record that Iamport has under an order's name.
#[derive(Debug, Clone)]
pub struct Record {
    pub payment: String, // its name
    pub says: Says,
    pub usage: Usage,
    pub amount: Won,
    pub in_won: bool, // or in no currency that it says, for we ask for won
    pub given_back: Won,
    pub at: Option<Timestamp>, // where Iamport says when
    pub card: Option<u16>,     // that it names
}

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Paid, // or a card registered; perhaps given back since
    Declined(Fault),
    Unclear, // that it was paid, and no payment is shown
}

/// What a record says that it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Registration,   // of a card; no money moved
    RegisteredCard, // charged, as we do
    Ordinary,       // none of these: someone paid in a window
}

/// Whose fault a decline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nobody,   // it passes within minutes
    Money,    // another day may have it; so may what nobody can read
    Provider, // or the shop
    Card,     // which will not work again
}

/// What all the records under an order's name mean.
pub(crate) enum Meaning<'a> {
    Nothing,
    Unclear,
    Paid(&'a Record),
    Declined(Fault),
    Contradiction,
}

impl Order {
    /// Two signs must agree: what our order was for, and what Iamport says that it was.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        let paid: Vec<_> = self.records.iter().filter(|it| it.says == Says::Paid).collect();
        let ours = |it: &Record| it.usage == Usage::RegisteredCard && it.in_won && it.amount == self.amount;
        match (paid.as_slice(), self.records.last().map(|record| record.says)) {
            ([record], _) if ours(record) => Meaning::Paid(record),
            ([_, ..], _) => Meaning::Contradiction,
            ([], Some(Says::Declined(fault))) => Meaning::Declined(fault),
            ([], Some(Says::Unclear)) => Meaning::Unclear,
            ([], _) => Meaning::Nothing,
        }
    }

    /// The records that say that money moved.
    pub(crate) fn money(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|it| it.says == Says::Paid && it.usage != Usage::Registration)
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.request, Request::Over(_) | Request::Judged(_))
    }

    /// Whether this is the payment that it was paid with, or that a person spoke of.
    pub(crate) fn is_about(&self, payment: &str) -> bool {
        let request = &self.request;
        matches!(request, Request::Over(Some(about)) | Request::Judged(Some((about, _))) if about == payment)
    }
}
