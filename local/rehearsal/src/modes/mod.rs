//! What the program does: histories, crash points, planted bugs, the real thing in processes, twisted requests.

pub(crate) mod run;
pub(crate) mod many;
pub(crate) mod shrink;
pub(crate) mod crash;
pub(crate) mod planted;
pub(crate) mod process;
pub(crate) mod books_shown;
pub(crate) mod kill;
pub(crate) mod storm;
pub(crate) mod fuzz;
