//! *Access early* and *access late*: access follows what was paid.

use crate::history::time::{DAY, plus};
use crate::oracles::books::Books;
use billing::{OpenState, Subscription, start_of_day};
use iamport_simulator::Charge;
use jiff::{Timestamp, ToSpan};

impl Books {
    /// When access has to end, by what moved at Iamport.
    pub(crate) fn access_ends(
        &self,
        subscription: &Subscription,
        charges: &[Charge],
    ) -> Option<Timestamp> {
        let Some(paid_through) = self.paid_through(subscription, charges) else {
            let given = subscription.complimentary?;
            return Some(start_of_day(given.saturating_add(1.days())));
        };
        if let Some(erasure) = subscription.erasure {
            return Some(erasure.requested_at);
        }
        if let Some(ends_at) = subscription.cancellation.as_ref().and_then(|wish| wish.ends_at) {
            return Some(ends_at);
        }
        let wanted =
            subscription.cancellation.is_none() && subscription.price_to_charge().is_some();
        let (fewest, _) = self.configuration.grace;
        let grace = if wanted { i32::from(fewest) } else { 0 };
        Some(start_of_day(paid_through.saturating_add(grace.saturating_add(1).days())))
    }

    /// A member's access was changed at the sign-in service.
    pub(crate) fn access(
        &mut self,
        uid: &str,
        may_enter: bool,
        now: Timestamp,
        charges: &[Charge],
    ) {
        let Some(subscription) = self.subscriptions.get(uid).cloned() else {
            return self.fail("access early", now, format!("{uid} has no subscription"));
        };
        let ends = self.access_ends(&subscription, charges);
        match (may_enter, ends) {
            (false, Some(ends)) if now < ends => {
                // Unless it was booked before, it pays for nothing: it goes back when it is seen.
                let certain: Vec<Charge> = charges
                    .iter()
                    .filter(|it| !self.is_in_doubt(&subscription, it))
                    .cloned()
                    .collect();
                if self.access_ends(&subscription, &certain).is_some_and(|ends| now < ends) {
                    let what = format!("{uid} is kept out before {ends}");
                    self.fail("access early", now, what);
                }
            }
            (true, None) => self.fail("access early", now, format!("{uid} may enter unpaid")),
            (true | false, _) => {}
        }
    }

    /// Whether nobody has booked it, and it moved in the seconds around the cancellation that stands, or was charged
    /// unasked, under an order that had come to nothing.
    fn is_in_doubt(&self, subscription: &Subscription, charge: &Charge) -> bool {
        let known = (charge.merchant_uid.clone(), charge.imp_uid.clone());
        let booked = self.counted.get(subscription.uid.as_str());
        let around = subscription.cancellation.as_ref().is_some_and(|wish| {
            let seconds = charge.paid_at.duration_since(wish.requested_at).as_secs();
            (-11..=10).contains(&seconds)
        });
        let dead = self.charges.get(&charge.merchant_uid).copied();
        (around || matches!(dead, Some("declined" | "abandoned")))
            && !booked.is_some_and(|booked| booked.contains(&known))
    }

    /// A nightly sweep went through: nobody whose time is over may still have access.
    pub(crate) fn swept(
        &mut self,
        at: Timestamp,
        charges: &[Charge],
        may_enter: impl Fn(&str) -> bool,
    ) {
        let late: Vec<String> = self
            .subscriptions
            .iter()
            .filter(|(uid, subscription)| {
                let (fewest, most) = self.configuration.grace;
                let longer = i64::from(most.saturating_sub(fewest)).saturating_mul(DAY);
                let ends = self.access_ends(subscription, charges);
                let over = ends.is_some_and(|ends| plus(ends, longer) <= at);
                // Whoever cancels while it looks was not over when it began.
                let cancelled = subscription.cancellation.as_ref();
                let cancels = cancelled.is_some_and(|wish| plus(wish.requested_at, 10) >= at);
                // Another run may have ended it this moment, and be about to tell the sign-in service.
                let ending = subscription
                    .ended_at
                    .is_some_and(|ended| ended.duration_since(at).abs().as_mins() < 60);
                let unreadable = self.rows.is_unreadable(uid);
                let known = !in_doubt(subscription) && !unreadable;
                over && !cancels && !ending && known && may_enter(uid)
            })
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in late {
            self.fail("access late", at, format!("{uid} still enters after the nightly sweep"));
        }
    }
}

/// Whether the outcome of a charge was unknown when this was stored.
pub(crate) fn in_doubt(subscription: &Subscription) -> bool {
    subscription.charges.iter().any(|charge| {
        matches!(
            charge.outcome,
            OpenState::Charging { .. } | OpenState::Scheduling { .. } | OpenState::Scheduled { .. }
        )
    })
}
