//! Bugs that are planted in the shell around `decide`, each to be found by the property that it is for.

use crate::iamport::{Bank, Call};
use crate::property::Property;
use crate::run::Run;
use crate::state::Left;
use crate::world::World;
use billing::{
    Change, Effect, Leased, MerchantUid, OpenCharge, OpenState, Refused, ScheduleSighting,
    SideEffect,
};
use jiff::Timestamp;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// Each charge is sent under the next attempt's name too.
    ChargeTwice,
    /// A charge whose answer is lost is taken for one that was refused.
    TakeUnknownForRefused,
    /// Money that moved is not booked.
    ForgetThePayment,
    /// A refund is noted, and not asked for.
    KeepTheMoney,
    /// What a person has to look at is forgotten.
    ForgetTheReview,
    /// Money that moved after the member had left is not owed back.
    KeepWhatCameLate,
    /// A schedule is taken for one that was taken back, and was not.
    LeaveTheSchedule,
    /// A write goes through whoever was there before.
    WriteOverOthers,
    /// A call needs no lease.
    ForgetTheLease,
    /// An order is not stored.
    ForgetTheOrder,
    /// Access ends with the wish to leave.
    ShutOutEarly,
    /// The sign-in service is told nothing.
    NeverTell,
    /// Nothing is looked up.
    LookAway,
    /// Nothing is announced.
    SayNothing,
}

impl Planted {
    /// All there are, each with the property that finds it.
    pub const ALL: [(Self, Property); 14] = [
        (Self::ChargeTwice, Property::OncePerPeriod),
        (Self::TakeUnknownForRefused, Property::Booked),
        (Self::ForgetThePayment, Property::Booked),
        (Self::KeepTheMoney, Property::Booked),
        (Self::ForgetTheReview, Property::Booked),
        (Self::KeepWhatCameLate, Property::Leaving),
        (Self::LeaveTheSchedule, Property::OneSchedule),
        (Self::WriteOverOthers, Property::Answered),
        (Self::ForgetTheLease, Property::OneCaller),
        (Self::ForgetTheOrder, Property::Tables),
        (Self::ShutOutEarly, Property::Access),
        (Self::NeverTell, Property::Access),
        (Self::LookAway, Property::Nearer),
        (Self::SayNothing, Property::Done),
    ];

    /// What has to happen on a path for it to do harm.
    pub const fn harms(self) -> Left {
        let one = Left { faults: 0, declines: 0, wishes: 1, acts: 0, console: 0, jumps: 0 };
        match self {
            Self::TakeUnknownForRefused | Self::LookAway => Left { faults: 1, ..one },
            Self::KeepTheMoney => Left { acts: 1, ..one },
            Self::ForgetTheReview => Left { wishes: 0, console: 1, ..one },
            Self::KeepWhatCameLate => Left { jumps: 1, ..one },
            Self::WriteOverOthers => Left { wishes: 2, ..one },
            Self::ChargeTwice
            | Self::ForgetThePayment
            | Self::LeaveTheSchedule
            | Self::ForgetTheLease
            | Self::ForgetTheOrder
            | Self::ShutOutEarly
            | Self::NeverTell
            | Self::SayNothing => one,
        }
    }

    /// Makes of a change what is stored instead.
    pub(crate) fn store(self, world: &World, change: &mut Change) {
        match self {
            Self::ForgetThePayment => change.payment = None,
            Self::ForgetTheReview => change.subscription.reviews.clear(),
            Self::KeepWhatCameLate if change.payment.is_some() => {
                change.subscription.refunds.clear();
            }
            Self::WriteOverOthers => {
                change.subscription.version =
                    world.tables.row.as_ref().map_or(0, |row| row.version);
            }
            Self::ForgetTheOrder => change.opened.clear(),
            Self::ShutOutEarly => {
                let wish = change.subscription.cancellation.as_ref();
                let ended_at = change.subscription.ended_at;
                change.subscription.ended_at = ended_at.or(wish.map(|wish| wish.requested_at));
            }
            Self::ChargeTwice
            | Self::TakeUnknownForRefused
            | Self::KeepTheMoney
            | Self::KeepWhatCameLate
            | Self::LeaveTheSchedule
            | Self::ForgetTheLease
            | Self::NeverTell
            | Self::LookAway
            | Self::SayNothing => {}
        }
    }

    /// What is done in place of an effect, or before it. The effect that is had; `None` for none.
    pub(crate) fn perform(
        self,
        world: &mut World,
        run: &mut Run,
        effect: Effect,
    ) -> Option<Effect> {
        let now = world.now;
        match (self, effect) {
            (Self::ChargeTwice, Effect::Charge(charge)) => {
                let again = Call::Charge(next_attempt(&charge));
                world.change_iamport(|iamport| _ = iamport.take(&again, now, Bank::Approves));
                Some(Effect::Charge(charge))
            }
            (Self::KeepTheMoney, Effect::Refund(due)) => {
                run.see(|seen| _ = seen.refunded.insert(due.imp_uid, due.amount));
                None
            }
            (Self::LeaveTheSchedule, Effect::Unschedule(_, id)) => {
                run.see(|seen| _ = seen.schedules.insert(id, ScheduleSighting::TakenBack));
                None
            }
            (Self::NeverTell, Effect::Grant | Effect::Revoke) => {
                run.see(|seen| seen.told = Some(now));
                None
            }
            (Self::LookAway, Effect::LookUp(_)) => None,
            (Self::SayNothing, Effect::Announce(_)) => {
                run.see(|seen| _ = seen.failed.insert(SideEffect::Bus));
                None
            }
            (_, effect) => Some(effect),
        }
    }

    /// What is done to a run that has read the row.
    pub(crate) fn begin(self, run: &mut Run, now: Timestamp) {
        if let (Self::ForgetTheLease, Some((id, until))) = (self, leased(run, now)) {
            run.until = Some(until);
            run.see(|seen| seen.leased = Some(Leased::Order(id)));
        }
    }

    /// What is done to a run after each of its steps.
    pub(crate) fn after(self, run: &mut Run, now: Timestamp) {
        let (Self::TakeUnknownForRefused, Some((id, _))) = (self, leased(run, now)) else { return };
        let knows = run.seen.refused.contains_key(&id)
            || run.seen.records.get(&id).is_some_and(|records| !records.is_empty());
        if run.seen.leased != Some(Leased::Order(id)) && !knows {
            run.see(|seen| {
                seen.records.insert(id, Vec::new());
                seen.refused.insert(id, Refused::Said("[1254] 잔액부족".to_owned(), now));
            });
        }
    }
}

/// The order that the row says is leased, and until when.
fn leased(run: &Run, now: Timestamp) -> Option<(MerchantUid, Timestamp)> {
    let charges = run.row.iter().flat_map(|row| &row.charges);
    let mut leased = charges.filter_map(|open| match open.outcome {
        OpenState::Charging { until } | OpenState::Scheduling { until, .. } => {
            Some((open.merchant_uid, until)).filter(|_| now < until)
        }
        OpenState::Planned { .. } | OpenState::Scheduled { .. } => None,
    });
    leased.next_back()
}

/// The same charge under the name of the next attempt.
fn next_attempt(charge: &OpenCharge) -> OpenCharge {
    let mut again = charge.clone();
    if let MerchantUid::Charge { attempt, .. } = &mut again.merchant_uid {
        *attempt = attempt.saturating_add(1);
    }
    again
}
