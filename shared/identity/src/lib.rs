//! Firebase: verifies ID tokens, reads and merges custom claims.
