//! The domain of recurring billing: money, ids, periods, orders, subscriptions and the one decision
//! that everything hangs on, [`decide`].
//!
//! Nothing here does I/O, awaits, reads a clock or an environment: `now` is an argument, and what is
//! known of the world comes in as values. That is what lets one function serve the browser's callback,
//! the webhook, the admin's button and the nightly sweep alike.
//!
//! The reading order is the order of the modules below: what things are, what Iamport's records mean
//! for them ([`evidence`]), what to do next ([`decide`]), and what our books do not say of what partners show
//! ([`compare`]).

mod money;
mod ids;
mod period;
mod plan;
mod decline;
mod order;
mod record;
mod card;
mod refund;
mod review;
pub mod evidence;
mod payment;
mod policy;
mod account;
mod announcement;
mod subscription;
mod brake;
mod velocity;
mod member_acts;
mod review_acts;
mod account_acts;
mod desk_acts;
mod takeover;
mod erasure;
pub mod decide;
mod ahead;
mod journal;
mod digest;
mod day;
mod recall;
mod rebuild;
mod forecast;
pub mod compare;

pub use account::{Access, LostAccount};
pub use ahead::decide_ahead;
pub use announcement::{Announcement, News, Overdue, Telling};
pub use brake::Brake;
pub use card::{Card, CardWindows, DeclinedCard};
pub use day::Day;
pub use decide::{Change, Counted, Effect, Known, Leased, Refused, Seen, SideEffect, Step, decide};
pub use decline::{Decline, DeclineClass, SIGNS, Sign};
pub use digest::{Digest, Digesting, FIRST, Leaving, SETTLED, digest_due};
pub use erasure::RETENTION;
pub use forecast::{Expected, forecast};
pub use ids::{
    BadId, CustomerUid, ForeignKey, ForeignOrder, ImpUid, MerchantUid, PlanId, SubscriptionId, Uid,
    digest,
};
pub use journal::{Act, Entry, What};
pub use member_acts::{Chosen, Refusal};
pub use money::Won;
pub use order::{
    Charge, ChargeState, ClosedState, Intent, OpenCharge, OpenState, Order, Registration,
    RegistrationState,
};
pub use payment::Payment;
pub use period::{SEOUL, kst_at_hour, kst_date, next_day, period_start, start_of_day};
pub use plan::{Catalogue, Consent, Plan, PriceVersion};
pub use policy::Policy;
pub use rebuild::Kept;
pub use record::{Record, RecordStatus, ScheduleSighting, Usage};
pub use refund::{Allowance, Refund, RefundDue, Refundable};
pub use review::{Resolution, Review, Verdict, Why};
pub use review_acts::ReviewRefusal;
pub use subscription::{
    Cancellation, Dunning, Erasure, Origin, PriceChange, State, Subscription, Undone,
};
pub use takeover::{ForeignSchedule, NotTakenOver, Takeover};
