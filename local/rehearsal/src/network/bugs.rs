//! Bugs to plant on the network, one for each oracle: what a wrong program would send or store.

use crate::history::outsiders::Actor;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Bug {
    /// Each charge is followed by another for the same period.
    ChargeTwice,
    /// What was paid is not stored.
    LoseThePayment,
    /// A registered card is stored as a payment.
    CountTheRegistration,
    /// Each schedule is placed twice.
    ScheduleTwice,
    /// A cancellation is stored with a time far ahead, so that nothing after it is given back.
    KeepAfterCancel,
    /// The first day is stored five days early.
    EndEarly,
    /// Access is never taken away.
    NeverRevoke,
    /// Announcements are dropped.
    SayNothing,
    /// The member's address is logged.
    LogTheAddress,
    /// Every write finds that someone else was first.
    NeverRest,
    /// A hundred won too much are charged.
    WrongPrice,
    /// Cards that nobody needs are kept.
    KeepTheKeys,
    /// Retries and renewals are stored as due in a hundred years.
    Forget,
    /// Rows are written whatever version is stored.
    ForgetTheVersion,
    /// The timers find nobody due.
    LookAtNobody,
    /// A row that was read is written again and again as it is.
    WriteForNothing,
    /// An account that is gone or disabled is taken for a good one.
    KeepTheGone,
    /// A schedule that a person revoked is charged for at once.
    FightTheConsole,
    /// One row that cannot be read ends each timer's run for everybody.
    HarmAll,
    /// What a newer version wrote into a row is dropped.
    StripTheNewer,
    /// Claims that others wrote are dropped.
    WipeTheClaims,
    /// Access that another program took away is never told again.
    NeverHeal,
    /// A charge is sent long after it was claimed.
    SendLate,
    /// What was announced of a member who was erased is not deleted.
    RememberTheErased,
    /// In the nights after a table was restored no payment is stored.
    LoseTheNight,
    /// What is told in sums is taken for told, and nobody is.
    LoseTheSums,
    /// Days that an admin gave are not stored.
    ForgetTheDays,
    /// More of a payment is given back than was asked for.
    GiveBackMore,
    /// What a member agreed to is not stored.
    ForgetTheConsent,
}

impl Bug {
    /// All of them, each with the oracle that has to find it.
    pub const ALL: [(Self, &'static str); 29] = [
        (Self::ChargeTwice, "once a period"),
        (Self::LoseThePayment, "books"),
        (Self::CountTheRegistration, "registration"),
        (Self::ScheduleTwice, "one schedule"),
        (Self::KeepAfterCancel, "after cancelling"),
        (Self::EndEarly, "access early"),
        (Self::NeverRevoke, "access late"),
        (Self::SayNothing, "announced"),
        (Self::LogTheAddress, "private"),
        (Self::NeverRest, "restless"),
        (Self::WrongPrice, "price"),
        (Self::KeepTheKeys, "keys"),
        (Self::Forget, "at rest"),
        (Self::ForgetTheVersion, "at rest"),
        (Self::LookAtNobody, "waiting"),
        (Self::WriteForNothing, "writes"),
        (Self::KeepTheGone, "leaving"),
        (Self::FightTheConsole, "leaving"),
        (Self::HarmAll, "one bad row"),
        (Self::StripTheNewer, "newer rows"),
        (Self::WipeTheClaims, "access early"),
        (Self::NeverHeal, "access heals"),
        (Self::SendLate, "claim"),
        (Self::RememberTheErased, "forgotten"),
        (Self::LoseTheNight, "one night"),
        (Self::LoseTheSums, "digests"),
        (Self::ForgetTheDays, "days"),
        (Self::GiveBackMore, "parts"),
        (Self::ForgetTheConsent, "complimentary"),
    ];

    /// Whom it takes to show: the actor whose doings it gets wrong, if any.
    pub const fn actor(self) -> Option<Actor> {
        match self {
            Self::KeepTheGone => Some(Actor::Accounts),
            Self::FightTheConsole => Some(Actor::Console),
            Self::HarmAll
            | Self::StripTheNewer
            | Self::RememberTheErased
            | Self::LoseTheNight
            | Self::ForgetTheDays => Some(Actor::Operator),
            Self::WipeTheClaims | Self::NeverHeal => Some(Actor::Claims),
            Self::ChargeTwice
            | Self::LoseThePayment
            | Self::CountTheRegistration
            | Self::ScheduleTwice
            | Self::KeepAfterCancel
            | Self::EndEarly
            | Self::NeverRevoke
            | Self::SayNothing
            | Self::LogTheAddress
            | Self::NeverRest
            | Self::WrongPrice
            | Self::KeepTheKeys
            | Self::Forget
            | Self::ForgetTheVersion
            | Self::LookAtNobody
            | Self::WriteForNothing
            | Self::SendLate
            | Self::LoseTheSums
            | Self::GiveBackMore
            | Self::ForgetTheConsent => None,
        }
    }
}
