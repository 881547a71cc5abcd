//! A person at Iamport's console who does by hand what the program does over the API, without telling
//! anyone; the webhook for it may be lost.

use crate::history::actions::{ConsoleAction, uid};
use crate::history::time::{DAY, plus};
use crate::world::site::Site;
use iamport_simulator::{Charge, ConsoleAct, Schedule, ScheduleStatus};

/// Performs the action.
pub(crate) fn act(site: &Site, id: &str, member: usize, action: ConsoleAction) {
    let uid = uid(member);
    match action {
        ConsoleAction::DeleteKey => delete_key(site, &uid),
        ConsoleAction::Revoke => revoke(site, &uid),
        ConsoleAction::Move { days } => reschedule(site, &uid, days),
        ConsoleAction::GiveBack { newest, part, webhook } => {
            give_back(site, id, &uid, (newest, part, webhook));
        }
        ConsoleAction::Recovery { hour } => {
            click(site, &ConsoleAct::Recovery { hour: Some(hour) });
        }
    }
    // What a person did there is seen in one of the nights that follow, at the latest.
    site.compare_for_nights();
}

fn delete_key(site: &Site, uid: &str) {
    let key = site.books().key_of(uid);
    let Some(key) = key else { return };
    if click(site, &ConsoleAct::DeleteKey { customer_uid: key.to_string() }) {
        site.books().leaving.deleted_keys.insert(key);
    }
}

/// The member's pending schedule.
fn standing(site: &Site, uid: &str) -> Option<Schedule> {
    let standing = |schedule: &Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
    let mut schedules = site.stack.iamport.schedules().into_iter().rev().filter(standing);
    let books = site.books();
    schedules.find(|schedule| books.owner(&schedule.merchant_uid) == uid)
}

fn revoke(site: &Site, uid: &str) {
    let Some(Schedule { merchant_uid, .. }) = standing(site, uid) else { return };
    let now = site.now();
    // Whether one that is not stored as standing was taken back by us or here nobody can know.
    let known = site.books().is_scheduled(uid, &merchant_uid);
    let clicked = click(site, &ConsoleAct::RevokeSchedule { merchant_uid: merchant_uid.clone() });
    if clicked && known {
        site.books().leaving.revoked_at_console(uid, &merchant_uid, now);
    }
}

fn reschedule(site: &Site, uid: &str, days: i8) {
    let Some(Schedule { merchant_uid, schedule_at, .. }) = standing(site, uid) else { return };
    let soonest = plus(site.now(), 60).as_second();
    let schedule_at = soonest.max(schedule_at.saturating_add(DAY.saturating_mul(days.into())));
    if click(site, &ConsoleAct::MoveSchedule { merchant_uid: merchant_uid.clone(), schedule_at }) {
        site.books().leaving.moved.insert(merchant_uid);
    }
}

fn give_back(site: &Site, id: &str, uid: &str, (newest, part, webhook): (bool, bool, bool)) {
    let left = |charge: &Charge| charge.cancelled_amount < charge.amount;
    let charges = site.stack.iamport.charges().into_iter().filter(left);
    let mut mine: Vec<Charge> = {
        let books = site.books();
        charges.filter(|charge| books.owner(&charge.merchant_uid) == uid).collect()
    };
    let Some(charge) = (if newest { mine.pop() } else { mine.into_iter().next() }) else { return };
    let left = charge.amount.saturating_sub(charge.cancelled_amount);
    let amount = part.then(|| site.network.troubles.chance(id).between(1, left));
    // Whoever gives money back leaves the period paid.
    site.books().given_back(&charge.imp_uid);
    site.books().days.asks_back(&charge.imp_uid, amount.unwrap_or(left));
    click(site, &ConsoleAct::Refund { imp_uid: charge.imp_uid, amount, webhook });
}

/// Performs an action at the console. Returns whether Iamport accepted it.
fn click(site: &Site, act: &ConsoleAct) -> bool {
    let done = site.stack.iamport.console(act);
    site.record()
        .say(|| format!("  console: {act:?} {}", if done.is_ok() { "done" } else { "refused" }));
    done.is_ok()
}
