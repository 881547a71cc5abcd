//! Everything the flows work with, put together once at start.

use crate::{Lately, OwnKey};
use billing::{Catalogue, Policy, kst_date};
use jiff::{Timestamp, civil::Date};
use ledger::Ledger;
use std::sync::Arc;
use ulid::Ulid;

/// Tells the time. The flows never ask the system for it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Makes a new id at that time.
pub type NewId = Arc<dyn Fn(Timestamp) -> Ulid + Send + Sync>;

/// What there is to read, and needs nobody outside: the tables, the rules, the time. Cheap to clone.
#[derive(Clone)]
pub struct Books {
    /// The tables.
    pub ledger: Ledger,
    /// The rules.
    pub settings: Arc<Settings>,
    /// The time.
    pub clock: Clock,
}

/// The system: its books and its partners. Cheap to clone.
#[derive(Clone)]
pub struct Gudok {
    /// The books.
    pub books: Books,
    /// The payment gateway.
    pub iamport: iamport::Client,
    /// What members may open.
    pub claims: Arc<identity::Claims>,
    /// Where announcements go.
    pub bus: Bus,
    /// New ids.
    pub new_id: NewId,
    /// With what the addresses of webhooks are signed, and members named in logs.
    pub key: OwnKey,
    /// What was heard a moment ago.
    pub lately: Arc<Lately>,
}

/// The event bus that announcements are put on.
#[derive(Debug, Clone)]
pub struct Bus {
    /// The client.
    pub client: aws_sdk_eventbridge::Client,
    /// The bus's name or ARN.
    pub name: String,
}

/// The rules and names that configuration gives.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The rules with numbers.
    pub policy: Policy,
    /// What can be subscribed to.
    pub catalogue: Catalogue,
    /// How we appear to Iamport.
    pub merchant: Merchant,
    /// Whether the nightly sweep takes access away by itself.
    pub revocation: RevocationMode,
    /// The custom claim that lets a member in, set to `true` while access lasts.
    pub access_claim: String,
    /// How many members a page of the index of what is due holds.
    pub page: u16,
    /// Whether a first checkout wants an e-mail address that is known to be the member's.
    pub verified_email: bool,
}

/// How we appear to Iamport and in its window.
#[derive(Debug, Clone)]
pub struct Merchant {
    /// The PG and its MID, such as `html5_inicis.INIBillTst`.
    pub pg: String,
    /// Where Iamport's webhooks go; the schedule's own path is below it.
    pub notice_url: String,
    /// Where a phone returns to after the card window.
    pub redirect_url: String,
    /// Who is said to buy where the member says nothing: we keep no names, and Inicis refuses empty ones
    /// (docs/decisions/0009-buyer-placeholders.md).
    pub buyer: iamport::Buyer,
}

/// Who takes access away: the nightly sweep, or an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationMode {
    /// The nightly sweep does, under its guard.
    Auto,
    /// The sweep only tells; the admin's button does.
    Review,
}

impl Books {
    /// The date in Korea.
    pub fn today(&self) -> Date {
        kst_date(self.now())
    }

    /// The time, in whole seconds as Iamport counts it.
    pub fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}
