//! Facts about the ledger.
