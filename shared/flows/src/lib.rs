//! The one loop: observe what is known of a member, decide, perform, again, until there is nothing to do.
//!
//! Everything that enters Gudok (a browser's callback, a webhook, an admin's button, the sweep) records a
//! fact at most, and then calls the same [`advance`](Gudok::advance). Recovery is the normal path. What is
//! decided is in [`billing`]; here is only the order of effects.

mod gudok;
mod advance;
mod perform;
mod translate;
mod trouble;
mod metrics;
mod each;
mod checkout;
mod member;
mod notice;
mod webhook;
mod sweep;
mod work;
mod digest;
mod counting;
mod admin;
mod reconcile;
mod takeover;

pub use admin::{
    Asked, BookPage, CancellationRequest, CloseDifference, CloseKind, CloseSlice, Counts, DeskAct,
    Due, Face, Faces, Figures, Found, Group, Processed, RefundLine, RefundedPayment, Refunding,
    Revocation, Sought, Standing, Sums, Timeline,
};
pub use advance::{Advanced, Purpose};
pub use checkout::{Completion, OpenedCheckout};
pub use gudok::{Books, Bus, Clock, Gudok, Merchant, NewId, RevocationMode, Settings};
pub use ledger::PaymentLine;
pub use member::Overview;
pub use metrics::METRICS;
pub use notice::{Lately, OwnKey};
pub use reconcile::{Finding, FindingKind, Part, Reconciliation};
pub use sweep::{SweepKind, SweepReport};
pub use takeover::{Elsewhere, HandedBack, TakenOver};
pub use trouble::{Denied, Error, NotAsShown, Trouble};
pub use webhook::Heard;
pub use work::WORK;
