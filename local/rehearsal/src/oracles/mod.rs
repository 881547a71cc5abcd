//! The oracles: they are told what happened and report what was wrong. They never ask the world.

pub(crate) mod failures;
pub(crate) mod points;
pub(crate) mod witness;
pub(crate) mod stored;
pub(crate) mod sums;
pub(crate) mod logs;
pub(crate) mod leaving;
pub(crate) mod rows;
pub(crate) mod waiting;
pub(crate) mod writes;
pub(crate) mod books;
pub(crate) mod money;
pub(crate) mod days;
pub(crate) mod access;
pub(crate) mod facts;
pub(crate) mod at_rest;
pub(crate) mod schedules;
pub(crate) mod audit;
