//! The names that the code and `aws/data.yaml` share: keys and indexes. Everything else in a row is the
//! domain's own field names.

use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// One row of a table.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// The member: partition key of `payments`, `subscriptions`, `journal` and [`MEMBER_INDEX`].
pub const UID: &str = "uid";
/// Sort key of `payments`: `2026-11-22T03:00:15Z#imp_…`, UTC.
pub const PAID_AT: &str = "paid_at";
/// Partition key of `orders`, sort key of [`MEMBER_INDEX`].
pub const MERCHANT_UID: &str = "merchant_uid";

/// Whose a billing key of another system's is. Not `uid`: it is no order, and not among a member's.
pub const OWNER: &str = "owner";

/// Index of `subscriptions`: who must be looked at, and when. Sparse: only those with a `due_at`.
pub const DUE_INDEX: &str = "due";
/// Partition key of [`DUE_INDEX`]: the member's [`shard`](crate::shard), a number.
pub const DUE_SHARD: &str = "due_shard";
/// Sort key of [`DUE_INDEX`]: `2026-11-22T03:00:15Z`, UTC, cut to the second.
pub const DUE_AT: &str = "due_at";

/// Index of `subscriptions`: who asked to cancel and still has access. Sparse.
pub const CANCELLING_INDEX: &str = "cancelling";
/// Partition key of [`CANCELLING_INDEX`]: always the number 0.
pub const CANCELLING: &str = "cancelling";
/// Sort key of [`CANCELLING_INDEX`]: `2026-11-22T03:00:15Z`, UTC, cut to the second.
pub const CANCEL_REQUESTED_AT: &str = "cancel_requested_at";

/// Index of `subscriptions`: who has a review open. Sparse.
pub const REVIEWS_INDEX: &str = "reviews";
/// Partition key of [`REVIEWS_INDEX`]: always the number 0.
pub const REVIEWING: &str = "reviewing";
/// Sort key of [`REVIEWS_INDEX`]: when the oldest open review was opened, UTC, cut to the second.
pub const REVIEW_OPENED_AT: &str = "review_opened_at";

/// Index of `orders`: all of one member.
pub const MEMBER_INDEX: &str = "member";

/// Partition key of `retained`: the id of a run.
pub const SUBSCRIPTION: &str = "subscription";
/// Sort key of `retained`: `consent`, `event#2026-11-22T03:00:15Z#<id>` or `payment#2026-11-22T03:00:15Z#imp_…`.
pub const RECORD: &str = "record";
/// When a row of `retained` is deleted by itself, in seconds since 1970.
pub const DELETE_AT: &str = "delete_at";

/// Sort key of `journal` and of [`DAYS_INDEX`]: `2026-11-22T03:00:15Z#<id>`, UTC.
pub const AT: &str = "at";
/// Index of `journal`, `payments` and `retained`: all that happened, was paid, and is kept of both, by time.
pub const DAYS_INDEX: &str = "days";
/// Partition key of [`DAYS_INDEX`]: the month in Korea and a part of the members, `2026-11#3`; of what is kept, which is no
/// member's, always the first part. It was the day once, of which
/// it has its name: another would be another index.
pub const DAY: &str = "day";
