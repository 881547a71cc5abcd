//! The client against services written for the test.
