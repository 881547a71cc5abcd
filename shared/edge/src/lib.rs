//! Configuration, HTTP replies, authentication and wiring.
