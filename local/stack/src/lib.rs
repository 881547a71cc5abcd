//! The whole of Gudok on one machine.

pub mod google;
