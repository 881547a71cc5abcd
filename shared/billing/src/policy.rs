//! The rules with numbers, all of them configuration (`docs/configuration.md`, `POLICY`).

use crate::{Uid, Won, kst_at_hour};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Deserialize;

/// The numbers the decisions use.
///
/// As configuration it is JSON that names only what differs from the defaults, durations as `PT2M` or `2m`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The hour in Korea (0–23) from which on renewals and retries are charged.
    pub charge_hour: i8,
    /// Over how long from there they are spread, each member at a time of their own: a million at one moment are more than
    /// any partner takes.
    pub charge_window: SignedDuration,
    /// On which days after the due date a declined charge is tried again.
    pub retry_days: Vec<u8>,
    /// How many days after the paid-through date access stays while a card fails.
    pub grace_days: u8,
    /// How often a transient decline is tried again before it counts as a soft one.
    pub transient_tries: u8,
    /// How many hard declines with one wording are believed in an hour, over all members; more of them are
    /// held as the provider's trouble. Many renewals fall into one hour: it should be above the cards that
    /// expire among those who renew on one day.
    pub hard_declines_an_hour: u16,
    /// How many cards of one member may be declined before they have paid anything, in 24 hours, before no other is
    /// taken: who tries stolen cards learns of so many a day.
    pub declined_cards_a_day: u8,
    /// How many card windows one member may open on one day in Korea.
    pub card_windows_a_day: u16,
    /// How long to wait after a transient decline.
    pub transient_wait: SignedDuration,
    /// How long a lease keeps others off a charge; longer than a call to Iamport can last.
    pub lease: SignedDuration,
    /// How long after its time a schedule may run before we look (Iamport polls about once a minute).
    pub schedule_slack: SignedDuration,
    /// How long to wait before looking again at something that should have happened.
    pub patience: SignedDuration,
    /// How long a card window can stay open before the registration is given up.
    pub window_life: SignedDuration,
    /// How long a schedule may stand past its time before it is taken back and charged directly.
    pub stuck_schedule: SignedDuration,
    /// How many days before a higher price is charged the member is asked to agree (Korea's e-commerce
    /// decree: within 30 days before).
    pub consent_days: u8,
    /// How much one admin may give back on a day in Korea, in won.
    pub refunds_a_day: Won,
    /// A refund of more than this, in won, needs a second admin; `None`: none does.
    pub second_admin_above: Option<Won>,
    /// How long Iamport may refuse a refund before a person has to look at it.
    pub refund_patience: SignedDuration,
    /// How long something that is to be done may stay undone, whatever partners say or keep silent about,
    /// before a person is told.
    pub doubt_patience: SignedDuration,
    /// How often what happened is told in sums.
    pub digest_every: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            charge_hour: 10,
            charge_window: SignedDuration::from_hours(1),
            retry_days: vec![1, 3, 5, 7],
            grace_days: 7,
            transient_tries: 5,
            hard_declines_an_hour: 20,
            declined_cards_a_day: 3,
            card_windows_a_day: 20,
            transient_wait: SignedDuration::from_secs(60),
            lease: SignedDuration::from_mins(2),
            schedule_slack: SignedDuration::from_mins(2),
            patience: SignedDuration::from_mins(10),
            window_life: SignedDuration::from_hours(2),
            stuck_schedule: SignedDuration::from_hours(24),
            consent_days: 30,
            refunds_a_day: Won::new(1_000_000),
            second_admin_above: None,
            refund_patience: SignedDuration::from_hours(6),
            doubt_patience: SignedDuration::from_hours(24),
            digest_every: SignedDuration::from_mins(30),
        }
    }
}

impl Policy {
    /// When a member's renewal or retry of that date is charged: always at the same second of the window.
    pub fn charge_at(&self, date: Date, uid: &Uid) -> Timestamp {
        let window = self.charge_window.unsigned_abs().as_secs();
        // The lowest bits pick the member's shard, and are left out.
        let second = uid.digest().rotate_right(24).checked_rem(window).unwrap_or_default();
        let second = SignedDuration::from_secs(i64::try_from(second).unwrap_or_default());
        kst_at_hour(date, self.charge_hour).saturating_add(second).unwrap_or(Timestamp::MAX)
    }

    /// Whether the last is charged on the same day as the first.
    fn charges_on_one_day(&self) -> bool {
        let from = SignedDuration::from_hours(i64::from(self.charge_hour));
        let until = from.checked_add(self.charge_window);
        !self.charge_window.is_negative()
            && until.is_some_and(|until| until <= SignedDuration::from_hours(24))
    }

    /// What is wrong with these numbers together, if anything.
    pub fn mistake(&self) -> Option<&'static str> {
        if !(0..=23).contains(&self.charge_hour) {
            Some("fit: charge_hour from 0 to 23")
        } else if !self.charges_on_one_day() {
            Some("fit: a charge_window that ends on the day on which it begins")
        } else if !self.retry_days.is_sorted_by(|a, b| a < b) || self.retry_days.contains(&0) {
            Some("fit: retry_days ascending, from 1")
        } else if self.retry_days.last().is_some_and(|last| *last > self.grace_days) {
            Some("fit: no retry_days after the grace_days")
        } else if self.hard_declines_an_hour == 0 {
            Some("fit: hard_declines_an_hour from 1")
        } else if self.declined_cards_a_day == 0 || self.card_windows_a_day == 0 {
            Some("fit: declined_cards_a_day and card_windows_a_day from 1")
        } else if self.grace_days > 27 || self.consent_days > 90 {
            Some("fit: grace_days up to 27, consent_days up to 90")
        } else if self.digest_every < SignedDuration::from_mins(5)
            || self.digest_every > SignedDuration::from_hours(24)
        {
            Some("fit: digest_every from 5 minutes to a day")
        } else if [
            self.transient_wait,
            self.lease,
            self.schedule_slack,
            self.patience,
            self.window_life,
            self.stuck_schedule,
            self.refund_patience,
            self.doubt_patience,
        ]
        .iter()
        .any(|wait| {
            *wait < SignedDuration::from_secs(1) || *wait > SignedDuration::from_hours(24 * 7)
        }) {
            Some("fit: durations from a second to a week")
        } else {
            None
        }
    }
}
