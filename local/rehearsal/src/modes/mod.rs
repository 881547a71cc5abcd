//! The modes of the program: histories, crash points, planted bugs, real processes, mutated requests.

pub(crate) mod run;
pub(crate) mod many;
pub(crate) mod same;
pub(crate) mod shrink;
pub(crate) mod crash;
pub(crate) mod planted;
pub(crate) mod process;
pub(crate) mod http_audit;
pub(crate) mod kill;
pub(crate) mod storm;
pub(crate) mod fuzz;
pub(crate) mod moving;
