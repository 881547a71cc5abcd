//! The rules with numbers (design: section 5), all of them configuration.

use jiff::SignedDuration;

/// The numbers the decisions use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The hour in Korea (0–23) at which renewals and retries are charged.
    pub charge_hour: i8,
    /// On which days after the due date a declined charge is tried again.
    pub retry_days: Vec<u8>,
    /// How many days after the paid-through date access stays while a card fails.
    pub grace_days: u8,
    /// How often a transient decline is tried again before it counts as a soft one.
    pub transient_tries: u8,
    /// How long to wait after a transient decline.
    pub transient_wait: SignedDuration,
    /// How long a claim keeps others off a charge; longer than a call to Iamport can last.
    pub lease: SignedDuration,
    /// How long after its time a schedule may run before we look (Iamport polls about once a minute).
    pub schedule_slack: SignedDuration,
    /// How long to wait before looking again at something that should have happened.
    pub patience: SignedDuration,
    /// How long a card window can stay open before the registration is given up.
    pub window_life: SignedDuration,
    /// How long a schedule may stand past its time before it is taken back and charged directly.
    pub stuck_schedule: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            charge_hour: 10,
            retry_days: vec![1, 3, 5, 7],
            grace_days: 7,
            transient_tries: 5,
            transient_wait: SignedDuration::from_secs(60),
            lease: SignedDuration::from_mins(2),
            schedule_slack: SignedDuration::from_mins(2),
            patience: SignedDuration::from_mins(10),
            window_life: SignedDuration::from_hours(2),
            stuck_schedule: SignedDuration::from_hours(24),
        }
    }
}
