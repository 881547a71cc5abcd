//! The whole of Gudok on one machine.
