//! Orders: every intent, stored before it is carried out.

use crate::{CustomerUid, Decline, ImpUid, MerchantUid, PlanId, Uid, Won};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Any order, as the `orders` table keeps it: this is how a webhook, which names no member, finds one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Order {
    /// To register a card.
    Registration {
        /// Whose.
        uid: Uid,
        /// What was intended and what came of it.
        #[serde(flatten)]
        registration: Registration,
    },
    /// To charge one period.
    Charge {
        /// Whose.
        uid: Uid,
        /// What was intended and what came of it.
        #[serde(flatten)]
        charge: Charge,
    },
}

/// The intent to register a card in Inicis' window. It moves no money, whatever its record looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its id, which says that it is a registration.
    pub merchant_uid: MerchantUid,
    /// The name that the billing key will have.
    pub customer_uid: CustomerUid,
    /// What the card is for.
    pub intent: Intent,
    /// The plan whose price the window shows.
    pub plan: PlanId,
    /// The amount that the window shows. Nothing is charged.
    pub amount: Won,
    /// When it was asked for.
    pub opened_at: Timestamp,
    /// When to look whether it happened, should no one say so.
    pub look_at: Timestamp,
    /// What came of it.
    pub outcome: RegistrationState,
}

/// What a card is registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// To begin a subscription.
    Subscribe,
    /// To go on with another card.
    ChangeCard,
}

/// What came of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RegistrationState {
    /// Not known yet.
    Open,
    /// There is a billing key.
    Registered {
        /// Iamport's record of it, which says `paid` and is no payment.
        imp_uid: ImpUid,
    },
    /// The member closed the window, or the card company refused.
    Failed {
        /// The provider's words.
        reason: String,
    },
    /// Nothing came within the time a window can stay open.
    Abandoned,
    /// Iamport's record contradicts the order; an admin was told. Rows of before call
    /// it `disputed`.
    #[serde(alias = "disputed")]
    Contradicted,
}

/// The intent to charge one period once: `Charge` as any order stands, [`OpenCharge`] while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge<State = ChargeState> {
    /// Its id, fixed by subscription, period and attempt.
    pub merchant_uid: MerchantUid,
    /// The billing key to charge.
    pub customer_uid: CustomerUid,
    /// What to charge.
    pub amount: Won,
    /// The plan it pays for.
    pub plan: PlanId,
    /// The period it pays for, from 0.
    pub period: u16,
    /// When it was decided on.
    pub opened_at: Timestamp,
    /// How far it has come.
    pub outcome: State,
}

/// A charge that is neither paid nor dead: all that a subscription carries.
pub type OpenCharge = Charge<OpenState>;

/// How far a charge has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ChargeState {
    /// It may still be charged.
    Open(OpenState),
    /// Nothing more is done for it.
    Closed(ClosedState),
}

/// How far an open charge has come. None of these is waited in without an end: what is looked for in vain
/// comes before a person ([`Policy::doubt_patience`](crate::Policy::doubt_patience)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OpenState {
    /// Stored; nothing has been sent. We charge it ourselves when its time has come.
    Planned {
        /// When to charge.
        at: Timestamp,
    },
    /// Leased: `POST /subscribe/payments/again` may have left. Unknown until looked up.
    Charging {
        /// Until when the lease keeps others off; longer than the call can last.
        until: Timestamp,
    },
    /// Leased: `POST /subscribe/payments/schedule` may have left. Unknown until looked up.
    Scheduling {
        /// When Iamport is to charge.
        at: Timestamp,
        /// Until when the lease keeps others off.
        until: Timestamp,
    },
    /// Iamport holds the schedule.
    Scheduled {
        /// When Iamport charges.
        at: Timestamp,
    },
}

impl OpenState {
    /// The same where a schedule that is said to stand may have been taken back since: it is looked for.
    pub(crate) const fn doubted(self, now: Timestamp) -> Self {
        match self {
            Self::Scheduled { at } => Self::Scheduling { at, until: now },
            Self::Planned { .. } | Self::Charging { .. } | Self::Scheduling { .. } => self,
        }
    }
}

/// How a charge ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClosedState {
    /// Money moved.
    Paid {
        /// Iamport's record of it.
        imp_uid: ImpUid,
    },
    /// Definitely declined: dead.
    Declined {
        /// Why.
        decline: Decline,
    },
    /// Nothing came of it: never sent, or its schedule was taken back. Rows of before call it `revoked`.
    #[serde(alias = "revoked")]
    Abandoned,
    /// Iamport's record contradicts the order; an admin was told and nothing is tried again. Rows of before call
    /// it `disputed`.
    #[serde(alias = "disputed")]
    Contradicted,
}

impl<State> Charge<State> {
    /// The same charge, having come so far.
    pub fn with<Other>(&self, outcome: Other) -> Charge<Other> {
        Charge {
            merchant_uid: self.merchant_uid,
            customer_uid: self.customer_uid,
            amount: self.amount,
            plan: self.plan.clone(),
            period: self.period,
            opened_at: self.opened_at,
            outcome,
        }
    }
}

impl Charge {
    /// What it was paid with.
    pub const fn paid_with(&self) -> Option<&ImpUid> {
        match &self.outcome {
            ChargeState::Closed(ClosedState::Paid { imp_uid }) => Some(imp_uid),
            ChargeState::Closed(
                ClosedState::Declined { .. } | ClosedState::Abandoned | ClosedState::Contradicted,
            )
            | ChargeState::Open(_) => None,
        }
    }
}

impl From<OpenCharge> for Charge {
    fn from(open: OpenCharge) -> Self {
        open.with(ChargeState::Open(open.outcome))
    }
}

impl From<OpenState> for ChargeState {
    fn from(state: OpenState) -> Self {
        Self::Open(state)
    }
}

impl From<ClosedState> for ChargeState {
    fn from(state: ClosedState) -> Self {
        Self::Closed(state)
    }
}

impl Order {
    /// Whether nothing more is done for it.
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Charge { charge, .. } => matches!(charge.outcome, ChargeState::Closed(_)),
            Self::Registration { registration, .. } => {
                registration.outcome != RegistrationState::Open
            }
        }
    }

    /// Its id.
    pub const fn merchant_uid(&self) -> MerchantUid {
        match self {
            Self::Registration { registration, .. } => registration.merchant_uid,
            Self::Charge { charge, .. } => charge.merchant_uid,
        }
    }

    /// When it was decided on.
    pub const fn opened_at(&self) -> Timestamp {
        match self {
            Self::Registration { registration, .. } => registration.opened_at,
            Self::Charge { charge, .. } => charge.opened_at,
        }
    }

    /// Whether this payment is what it was paid with.
    pub fn is_paid_by(&self, payment: &ImpUid) -> bool {
        matches!(self, Self::Charge { charge, .. } if charge.paid_with() == Some(payment))
    }

    /// The card's registration, if it is one.
    pub fn into_registration(self) -> Option<Registration> {
        match self {
            Self::Registration { registration, .. } => Some(registration),
            Self::Charge { .. } => None,
        }
    }

    /// Whose it is.
    pub const fn uid(&self) -> &Uid {
        match self {
            Self::Registration { uid, .. } | Self::Charge { uid, .. } => uid,
        }
    }
}
