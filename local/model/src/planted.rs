//! Bugs that are planted in the shell around `decide`, each to be found by the property that it is for.

use crate::judge::Property;
use crate::run::{Outcome, Run};
use crate::world::World;
use billing::{Change, Effect};

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// Nothing is looked up.
    LookAway,
}

impl Planted {
    /// All there are, each with the property that finds it.
    pub const ALL: [(Self, Property); 1] = [(Self::LookAway, Property::Nearer)];

    /// What is done to a change before it is stored.
    pub(crate) fn store(self, _: &mut World, _: &mut Change) {
        match self {
            Self::LookAway => {}
        }
    }

    /// The effect that is had in place of another; `None` for none.
    #[expect(clippy::option_option, reason = "no such outcome, or no effect")]
    pub(crate) fn perform(self, _: &mut Run, effect: Effect, _: Outcome) -> Option<Option<Effect>> {
        Some(match self {
            Self::LookAway => Some(effect).filter(|it| !matches!(it, Effect::LookUp(_))),
        })
    }

    /// What is done to a run after each of its steps.
    pub(crate) fn after(self, _: &mut Run) {
        match self {
            Self::LookAway => {}
        }
    }
}
