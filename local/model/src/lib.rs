//! Every interleaving, within bounds: the real decision ([`billing::decide_ahead`]) in a world that is small and whole.
//!
//! A [state](state::State) is what is stored, what Iamport and the sign-in service have, the time, and at most two runs of
//! the loop, each with what it has read and seen. From it leads one way for everything that can happen next
//! ([`What`]): a run takes one step, and that goes well, or the request is lost, or its answer, or it arrives when nobody
//! waits for it any more, or it is refused; a run dies; another begins; the member asks for something; an operator settles
//! something; somebody does something at Iamport's console; Iamport runs a schedule; time passes. How often each may happen
//! on one path is bounded ([`Left`]); how all that may happen can follow on each other is not. [`search`] goes through all
//! states that can be reached, and says on which way something is broken that must [hold](property).
//!
//! A step is one write, or one call together with its answer: whoever waits for an answer does nothing else, so that what
//! others do between the call and its answer they can as well do before or after both. What is read with the row (orders,
//! payments) is read in one moment with it; what a run is pointed at is read before.
//!
//! States that differ only in names are one: which of the two runs is which, how high the row's version is, what news and
//! reviews are called. Nothing but a fingerprint of 64 bits is kept of a state that was met.

pub mod property;
pub mod rules;
pub mod hashed;
pub mod iamport;
pub mod tables;
pub mod world;
pub mod run;
pub mod state;
pub mod measure;
pub mod judge;
pub mod points;
pub mod planted;
pub mod interleavings;
pub mod others;
pub mod search;

pub use interleavings::{Interleavings, What, Wish};
pub use planted::Planted;
pub use points::Points;
pub use property::Property;
pub use rules::Rules;
pub use search::{Found, Order, Progress, Searched, search};
pub use state::{Left, State};

/// What `make model` goes through to the end, one after the other.
pub const LARGE: [Left; 3] = [
    Left { faults: 1, declines: 0, wishes: 1, acts: 0, console: 0, jumps: 1 },
    Left { faults: 2, declines: 1, wishes: 1, acts: 0, console: 0, jumps: 0 },
    Left { faults: 0, declines: 0, wishes: 0, acts: 1, console: 1, jumps: 2 },
];

/// What `make test` goes through to the end.
pub const SMALL: Left = Left { faults: 0, declines: 1, wishes: 1, acts: 0, console: 0, jumps: 0 };

/// What paths by chance have: two faults, and some of all.
pub const WIDE: Left = Left { faults: 2, declines: 1, wishes: 2, acts: 1, console: 1, jumps: 3 };
