//! Who acts on a membership site besides its members, its admins at our desk, and strangers: whoever
//! operates it, whoever has the partners' consoles, and the partners themselves.

mod operator;
mod console;
mod accounts;
mod claims;
mod partners;

use crate::chance::Chance;
use crate::history::{Deed, Partner, Script, Step, When};
use crate::world::World;
use iamport_simulator::Card;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use accounts::AtSignIn;
pub(crate) use claims::OtherWriter;
pub(crate) use console::AtConsole;
pub(crate) use operator::{Operation, TableName};
pub(crate) use partners::{Calls, Hang, Silence};

pub(crate) use claims::ROLE;
pub(crate) use operator::{NEWER, keeps_the_newer, mend, restore};
pub(crate) use partners::hangs;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Actor {
    /// Whoever configures, deploys and restores.
    Operator,
    /// Whoever has Iamport's console.
    Console,
    /// The partners, when they take calls and never answer.
    Partners,
    /// Whoever deletes or disables accounts at Firebase.
    Accounts,
    /// Another program that writes custom claims.
    Claims,
}

impl Actor {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Operator, Self::Console, Self::Partners, Self::Accounts, Self::Claims];
}

/// What one of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// The operator.
    Operator(Operation),
    /// Someone at Iamport's console.
    Console(AtConsole),
    /// A partner.
    Partner(Silence),
    /// The member, or an admin, at Firebase.
    Account(AtSignIn),
    /// The other program that writes claims.
    Claims(OtherWriter),
}

/// Who takes part, by chance; nobody in one history of nine.
pub(crate) fn cast(chance: &mut Chance, only: Option<Actor>) -> BTreeSet<Actor> {
    match only {
        Some(only) => BTreeSet::from([only]),
        None => Actor::ALL.into_iter().filter(|_| chance.hits(350)).collect(),
    }
}

/// What they do about one member, and before which of the member's own steps each comes.
pub(crate) fn steps(
    member: u64,
    cast: &BTreeSet<Actor>,
    chance: &mut Chance,
) -> Vec<(usize, Step)> {
    let mut script = Script { member: 200 + member, steps: Vec::new(), groups: Vec::new(), chance };
    for actor in cast {
        match actor {
            Actor::Operator => operator::acts(&mut script),
            Actor::Console => console::acts(&mut script),
            Actor::Partners => partners::acts(&mut script),
            Actor::Accounts => accounts::acts(&mut script),
            Actor::Claims => claims::acts(&mut script),
        }
    }
    script.scattered()
}

impl Script<'_> {
    /// Someone acts at a bad moment.
    fn act(&mut self, outside: Outside) {
        self.begin();
        let when = if self.chance.hits(300) { self.in_doubt() } else { self.hostile() };
        self.take(when, Deed::Outside(outside));
    }

    /// A moment at which nobody knows whether a charge or a schedule is under way: Iamport takes calls that
    /// change something, and does not answer.
    fn in_doubt(&mut self) -> When {
        let arrives = self.chance.hits(500);
        let hang = |calls, seconds| {
            let partner = Partner::Iamport;
            Deed::Outside(Outside::Partner(Silence::Hang { partner, calls, arrives, seconds }))
        };
        if self.chance.hits(300) {
            // A schedule is placed minutes before it runs, and nobody hears of it until it has.
            if self.chance.hits(400) {
                self.take(When::Renewal(-1_900), Deed::SetCard(Card::InsufficientFunds));
            }
            self.take(When::Renewal(-1_800), Deed::Cancel { times: 1 });
            self.take(When::Renewal(-380), hang(Calls::All, 1_000));
            self.take(When::After(5), Deed::Resume { times: 1 });
            return When::After(self.chance.between(30, 330));
        }
        if self.chance.hits(500) {
            // When the schedule has run, the next is placed.
            self.take(When::Renewal(-20), hang(Calls::Writes, 600));
            return When::After(self.chance.between(100, 300));
        }
        // When a renewal was declined, the timer that rings at five past charges it on the next day.
        self.take(When::Renewal(-100), Deed::SetCard(Card::InsufficientFunds));
        self.take(When::Retry(-20), hang(Calls::Writes, 1_500));
        When::After(self.chance.between(325, 430))
    }
}

/// Does it.
pub(crate) async fn act(world: &Arc<World>, id: &str, member: usize, outside: Outside) {
    match outside {
        Outside::Operator(operation) => operator::act(world, id, member, operation).await,
        Outside::Console(deed) => console::act(world, id, member, deed),
        Outside::Partner(silence) => partners::act(world, member, silence),
        Outside::Account(deed) => accounts::act(world, member, deed),
        Outside::Claims(deed) => claims::act(world, member, deed),
    }
}
