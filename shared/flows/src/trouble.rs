//! What can go wrong, by what the caller does about it: a [`Denied`] request is the caller's mistake, and nothing
//! was changed; a [`Trouble`] is ours and passes, and what was recorded stands. What is due is looked at again by
//! the sweep.

use crate::Gudok;
use billing::{ImpUid, MerchantUid, Refusal, ReviewRefusal, Uid, Won};

/// Why an act is not carried out, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not carried out, and nothing was changed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Something did not answer, and what was recorded stands.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// Something did not answer. What was recorded stands, and the sweep goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The tables.
    #[error("the tables did not answer")]
    Ledger(#[from] ledger::Error),
    /// The row on which a refund was to be noted is not there. A person must look.
    #[error("the payment {0}, which was given back, is not stored")]
    NoSuchPayment(ImpUid),
    /// Iamport.
    #[error("Iamport did not answer")]
    Iamport(#[from] iamport::Error),
    /// Iamport listed something under an order that could not be read.
    #[error("Iamport's answer could not be read")]
    Row(#[from] iamport::BadRow),
    /// The sign-in service.
    #[error("the sign-in service did not answer")]
    Identity(#[from] identity::ClaimsError),
    /// The event bus.
    #[error("the event bus did not take an announcement")]
    Bus(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Iamport would not give a payment back.
    #[error("Iamport refused a refund")]
    RefundRefused(#[source] iamport::Error),
    /// Iamport said something that makes no sense here.
    #[error("Iamport's answer makes no sense: {0}")]
    Nonsense(&'static str),
    /// Something is so that our own rules keep from being so.
    #[error("this cannot be, and is: {0}")]
    Impossible(&'static str),
    /// The loop did not come to rest, or others kept changing the same member.
    #[error("the loop did not come to rest")]
    Restless,
}

impl Trouble {
    /// Says it once, with its causes.
    pub fn log(&self) {
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        tracing::error!(trouble = %self, causes = causes.join(": "), "{}", self.in_short());
    }

    /// What kind of trouble it is, for the log.
    const fn in_short(&self) -> &'static str {
        match self {
            Self::Ledger(ledger::Error::Malformed(..)) | Self::NoSuchPayment(_) => {
                "a row is not as it should be"
            }
            Self::Ledger(_) | Self::Iamport(_) | Self::Identity(_) | Self::Bus(_) => {
                "something did not answer, or would not do it"
            }
            Self::Row(_) | Self::Nonsense(_) => "an answer makes no sense",
            Self::RefundRefused(_) => "a refund was refused",
            Self::Impossible(_) => "something is as it cannot be",
            Self::Restless => "the loop did not come to rest",
        }
    }

    /// Says it once for a member, who is not named, and will be looked at again.
    pub(crate) fn log_for(&self, uid: &Uid, gudok: &Gudok) {
        let _member = tracing::error_span!("member", digest = gudok.key.pseudonym(uid)).entered();
        self.log();
    }

    /// Says it once for an order whose member is not known.
    pub(crate) fn log_about(&self, id: MerchantUid) {
        let _order = tracing::error_span!("order", merchant_uid = %id).entered();
        self.log();
    }

    /// Whether it is one row's that cannot be read or written as it is: asked again it says the same, and
    /// says nothing about other rows.
    pub(crate) const fn is_of_a_row(&self) -> bool {
        matches!(self, Self::Ledger(ledger::Error::Malformed(..)) | Self::NoSuchPayment(_))
    }
}

/// A request that is not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such order of this member.
    #[error("there is no such order")]
    NoSuchOrder,
    /// The review is not settled like this.
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    /// There is no such payment.
    #[error("there is no such payment")]
    NoSuchPayment,
    /// There is no such member.
    #[error("there is no such member")]
    NoSuchMember,
    /// What was shown to whoever acts is no longer so.
    #[error(transparent)]
    NotAsShown(#[from] NotAsShown),
    /// Whose right to be an admin has to go first.
    #[error("the member is an admin")]
    AnAdmin,
    /// An admin's own money is another admin's to decide about.
    #[error("it is the admin's own payment")]
    OwnPayment,
    /// The admin would give back more on this day than is allowed.
    #[error("more than an admin may give back on a day")]
    TooMuchRefunded,
    /// Dates that cannot be asked about.
    #[error("these dates cannot be asked about")]
    BadRange,
    /// A cursor that is none of ours.
    #[error("the cursor is not one of ours")]
    BadCursor,
}

/// An act was shown with something that is no longer so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsShown {
    /// This much is left of the payment.
    #[error("{0} is left of the payment")]
    Payment(Won),
    /// The review is about this much.
    #[error("the review is about {0}")]
    Review(Won),
    /// It is paid through another date.
    #[error("it is paid through another date")]
    PaidThrough,
}

impl From<ledger::Error> for Error {
    fn from(error: ledger::Error) -> Self {
        if matches!(error, ledger::Error::BadCursor) {
            Self::Denied(Denied::BadCursor)
        } else {
            Self::Trouble(Trouble::Ledger(error))
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
}

impl From<ReviewRefusal> for Error {
    fn from(refusal: ReviewRefusal) -> Self {
        Self::Denied(refusal.into())
    }
}

impl From<NotAsShown> for Error {
    fn from(shown: NotAsShown) -> Self {
        Self::Denied(shown.into())
    }
}
