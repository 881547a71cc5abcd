//! Ids: each a type of its own, each parsed once at the edge, each printing back to what it was.

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ulid::Ulid;

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct BadId(&'static str);

/// A member: Firebase's uid, 1–128 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(String);

/// One run of a member's subscription, from a checkout to its end; subscribing again makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(pub(crate) Ulid);

/// The name of a plan in the catalogue: 1–20 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlanId(String);

/// Iamport's own id of a payment record: at most 32 letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImpUid(String);

/// Another system's `merchant_uid`: 1–40 printable ASCII characters, as Iamport limits it. It says nothing of what it is
/// for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ForeignOrder(ArrayString<40>);

/// Another system's `customer_uid`: 1–80 printable ASCII characters, as Iamport limits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ForeignKey(ArrayString<80>);

/// Our id of an order, which is Iamport's key against doing it twice: at most 40 ASCII characters.
///
/// It carries its purpose, so a registration can be told from a charge before anything is looked up:
/// `reg-{subscription}-{generation}` and `pay-{subscription}-{period}-{attempt}`, numbers in decimal
/// without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MerchantUid {
    /// The registration of a card; no money.
    Registration {
        /// Whose card.
        subscription: SubscriptionId,
        /// Which card of this subscription, from 0, below 10,000.
        generation: u16,
    },
    /// A charge of one period.
    Charge {
        /// Whose charge.
        subscription: SubscriptionId,
        /// Which period, from 0, below 10,000.
        period: u16,
        /// Which try for that period, from 0, below 10,000.
        attempt: u16,
    },
    /// What another system ordered for a member who was taken over from it: never ours to charge, only to stop, or to
    /// put before a person.
    Foreign(ForeignOrder),
}

/// The name of a billing key at Iamport. Ours: one per card, because using one again overwrites the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CustomerUid {
    /// One that we gave: `card-{subscription}-{generation}`.
    Ours {
        /// Whose card.
        subscription: SubscriptionId,
        /// Which card of this subscription, from 0, below 10,000.
        generation: u16,
    },
    /// One that another system gave, with which a member was taken over.
    Foreign(ForeignKey),
}

/// Four decimal digits, so that the longest `merchant_uid` has 40 characters.
const LARGEST_NUMBER: u16 = 9_999;

impl SubscriptionId {
    /// The id around a ULID made by the caller.
    pub const fn new(ulid: Ulid) -> Self {
        Self(ulid)
    }
}

impl MerchantUid {
    /// The run of a subscription whose order this is; `None` for another system's.
    pub const fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::Registration { subscription, .. } | Self::Charge { subscription, .. } => {
                Some(*subscription)
            }
            Self::Foreign(_) => None,
        }
    }

    /// The order of this name: ours if it is spelt as ours are, else another system's. What comes from outside is
    /// parsed instead, so that it is ours or nothing.
    ///
    /// # Errors
    /// For what Iamport takes as no `merchant_uid`.
    pub fn named(text: &str) -> Result<Self, BadId> {
        text.parse().or_else(|_| text.parse().map(Self::Foreign))
    }
}

impl CustomerUid {
    /// The run of a subscription whose card this is; `None` for another system's.
    pub const fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::Ours { subscription, .. } => Some(*subscription),
            Self::Foreign(_) => None,
        }
    }

    /// The card of this generation of ours; a foreign one is older than all of them.
    pub const fn generation(&self) -> Option<u16> {
        match self {
            Self::Ours { generation, .. } => Some(*generation),
            Self::Foreign(_) => None,
        }
    }

    /// The key of this name: ours if it is spelt as ours are, else another system's.
    ///
    /// # Errors
    /// For what Iamport takes as no `customer_uid`.
    pub fn named(text: &str) -> Result<Self, BadId> {
        text.parse().or_else(|_| text.parse().map(Self::Foreign))
    }
}

/// A number that stands for a text (FNV-1a, 64 bits), where two of a kind are told apart and nobody chooses the texts.
pub fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Uid {
    /// The uid as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number that picks the uid's shard (FNV-1a, 64 bits). It never changes.
    pub fn digest(&self) -> u64 {
        digest(&self.0)
    }
}

impl ImpUid {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PlanId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for MerchantUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registration { subscription, generation } => {
                write!(f, "reg-{subscription}-{generation}")
            }
            Self::Charge { subscription, period, attempt } => {
                write!(f, "pay-{subscription}-{period}-{attempt}")
            }
            Self::Foreign(id) => id.fmt(f),
        }
    }
}

impl FromStr for MerchantUid {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId("merchant_uid of ours");
        let mut parts = text.split('-');
        let (purpose, subscription) = (parts.next(), parts.next().ok_or(bad)?.parse()?);
        let mut number = || parts.next().and_then(number).ok_or(bad);
        let id = match purpose {
            Some("reg") => Self::Registration { subscription, generation: number()? },
            Some("pay") => Self::Charge { subscription, period: number()?, attempt: number()? },
            _ => return Err(bad),
        };
        if parts.next().is_some() { Err(bad) } else { Ok(id) }
    }
}

impl fmt::Display for CustomerUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours { subscription, generation } => {
                write!(f, "card-{subscription}-{generation}")
            }
            Self::Foreign(key) => key.fmt(f),
        }
    }
}

impl FromStr for CustomerUid {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId("customer_uid of ours");
        let (subscription, generation) =
            text.strip_prefix("card-").and_then(|rest| rest.split_once('-')).ok_or(bad)?;
        let generation = number(generation).ok_or(bad)?;
        Ok(Self::Ours { subscription: subscription.parse()?, generation })
    }
}

impl FromStr for SubscriptionId {
    type Err = BadId;

    /// Takes only the canonical spelling (upper case, 26 characters): one id, one text.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let ulid: Ulid = text.parse().map_err(|_| BadId("subscription id"))?;
        if ulid.to_string() == text { Ok(Self(ulid)) } else { Err(BadId("subscription id")) }
    }
}

impl FromStr for Uid {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if (1..=128).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId("uid"))
        }
    }
}

impl FromStr for ImpUid {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if allowed && (1..=32).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId("imp_uid"))
        }
    }
}

impl FromStr for PlanId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let allowed = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if allowed && (1..=20).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId("plan"))
        }
    }
}

/// A number as we print it: decimal, no sign, no leading zero, below 10,000.
fn number(text: &str) -> Option<u16> {
    let number: u16 = text.parse().ok()?;
    (number <= LARGEST_NUMBER && number.to_string() == text).then_some(number)
}

macro_rules! as_text {
    ($($id:ty: $read:expr),*) => {$(
        impl TryFrom<String> for $id {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                $read(&text)
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.to_string()
            }
        }
    )*};
}

as_text!(
    Uid: str::parse,
    PlanId: str::parse,
    ImpUid: str::parse,
    MerchantUid: MerchantUid::named,
    CustomerUid: CustomerUid::named
);

macro_rules! shown_as_text {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

shown_as_text!(Uid, PlanId, ImpUid);

/// The text, if it is one that can be sent as part of an address and looked at in a table.
fn printable<const MOST: usize>(
    text: &str,
    kind: &'static str,
) -> Result<ArrayString<MOST>, BadId> {
    let bad = BadId(kind);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad);
    }
    ArrayString::from(text).map_err(|_| bad)
}

macro_rules! foreign {
    ($name:ident, $kind:literal) => {
        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                printable(text, $kind).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

foreign!(ForeignOrder, "merchant_uid");
foreign!(ForeignKey, "customer_uid");
