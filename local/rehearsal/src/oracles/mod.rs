//! Oracles of the world around the program, each with what it has to remember.

pub(crate) mod leaving;
pub(crate) mod rows;
pub(crate) mod waiting;
pub(crate) mod writes;
