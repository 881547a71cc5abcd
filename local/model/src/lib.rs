//! Every interleaving.

mod hashed;
mod iamport;
mod interleavings;
mod judge;
mod measure;
mod planted;
mod points;
mod rules;
mod run;
mod search;
mod state;
mod tables;
mod world;

pub use interleavings::{Interleavings, What, Wish};
pub use judge::Property;
pub use planted::Planted;
pub use points::Points;
pub use rules::Rules;
pub use search::{Found, Order, Progress, Searched, search};
pub use state::{Left, State};
