//! Looks again at every member who is due.
