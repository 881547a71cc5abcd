//! Bugs to plant on the wire, one for each oracle: what a wrong program would send or store.

use crate::history::History;
use crate::run::{Way, run};

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
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
}

impl Plant {
    /// All of them, each with the oracle that has to find it.
    pub const ALL: [(Self, &'static str); 14] = [
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
        (Self::ForgetTheVersion, "restless"),
    ];
}

impl Plant {
    /// After how many seeds the oracle that has to find it does; `None` if not within so many.
    pub fn found_within(self, seeds: u64) -> Option<u64> {
        let (_, oracle) = Self::ALL.into_iter().find(|(plant, _)| *plant == self)?;
        (0..seeds)
            .find(|seed| {
                let failures = run(&History::of(*seed), Some(self), Way::default()).failures;
                failures.iter().any(|failure| failure.oracle == oracle)
            })
            .map(|seed| seed + 1)
    }
}
