//! The domain of recurring billing: pure decisions, no I/O and no clock.
