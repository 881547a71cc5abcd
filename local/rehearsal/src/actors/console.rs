//! A person at Iamport's console, who does there by hand what the program does over the API, tells nobody,
//! and whose webhook may be lost.

use super::Outside;
use crate::history::Script;
use crate::world::{World, plus, uid};
use iamport_simulator::{Charge, ConsoleAct, Schedule, ScheduleStatus};

/// What is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtConsole {
    /// The member's billing key is deleted.
    DeleteKey,
    /// The schedule that stands is revoked.
    Revoke,
    /// The schedule that stands is moved by so many days.
    Move { days: i8 },
    /// A payment is given back, all of it or a part: the newest, or the oldest.
    GiveBack { newest: bool, part: bool, webhook: bool },
    /// Iamport's recovery: from now on a schedule that failed is tried again on the next day at this hour,
    /// under the same order, unasked.
    Recovery { hour: i8 },
}

pub(super) fn acts(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        let deed = match script.chance.below(10) {
            0 | 1 => AtConsole::DeleteKey,
            2 | 3 => AtConsole::Revoke,
            4 => AtConsole::Move { days: script.chance.one(&[-3, 2, 10, 45]) },
            5..8 => AtConsole::GiveBack {
                newest: script.chance.hits(500),
                part: script.chance.hits(500),
                webhook: script.chance.hits(500),
            },
            _ => AtConsole::Recovery { hour: script.chance.one(&[9, 10, 11]) },
        };
        script.act(Outside::Console(deed));
    }
}

pub(super) fn act(world: &World, id: &str, member: usize, deed: AtConsole) {
    let uid = uid(member);
    match deed {
        AtConsole::DeleteKey => delete_key(world, &uid),
        AtConsole::Revoke => revoke(world, &uid),
        AtConsole::Move { days } => reschedule(world, &uid, days),
        AtConsole::GiveBack { newest, part, webhook } => {
            give_back(world, id, &uid, (newest, part, webhook));
        }
        AtConsole::Recovery { hour } => {
            click(world, &ConsoleAct::Recovery { hour: Some(hour) });
        }
    }
    // What a person did there is seen in one of the nights that follow, at the latest.
    world.compare_for_nights();
}

fn delete_key(world: &World, uid: &str) {
    let key = {
        let inner = world.sky.lock();
        let card = inner.books.subscriptions.get(uid).and_then(|s| s.card.as_ref());
        card.map(|card| card.customer_uid)
    };
    let Some(key) = key else { return };
    if click(world, &ConsoleAct::DeleteKey { customer_uid: key.to_string() }) {
        world.sky.lock().books.leaving.deleted_keys.insert(key);
    }
}

/// The schedule that stands for a member.
fn standing(world: &World, uid: &str) -> Option<Schedule> {
    let standing = |schedule: &Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
    let mut schedules = world.stack.iamport.schedules().into_iter().rev().filter(standing);
    schedules.find(|schedule| world.sky.owner(&schedule.merchant_uid) == uid)
}

fn revoke(world: &World, uid: &str) {
    let Some(Schedule { merchant_uid, .. }) = standing(world, uid) else { return };
    let now = world.now();
    // Whether one that is not stored as standing was taken back by us or here nobody can know.
    let known = world.sky.lock().books.is_scheduled(uid, &merchant_uid);
    let clicked = click(world, &ConsoleAct::RevokeSchedule { merchant_uid: merchant_uid.clone() });
    if clicked && known {
        world.sky.lock().books.leaving.revoked_at_console(uid, &merchant_uid, now);
    }
}

fn reschedule(world: &World, uid: &str, days: i8) {
    let Some(Schedule { merchant_uid, schedule_at, .. }) = standing(world, uid) else { return };
    let soonest = plus(world.now(), 60).as_second();
    let schedule_at = soonest.max(schedule_at + 86_400 * i64::from(days));
    if click(world, &ConsoleAct::MoveSchedule { merchant_uid: merchant_uid.clone(), schedule_at }) {
        world.sky.lock().books.leaving.moved.insert(merchant_uid);
    }
}

fn give_back(world: &World, id: &str, uid: &str, (newest, part, webhook): (bool, bool, bool)) {
    let left = |charge: &Charge| charge.cancelled_amount < charge.amount;
    let charges = world.stack.iamport.charges().into_iter().filter(left);
    let mut mine: Vec<Charge> =
        charges.filter(|charge| world.sky.owner(&charge.merchant_uid) == uid).collect();
    let Some(charge) = (if newest { mine.pop() } else { mine.into_iter().next() }) else { return };
    let left = charge.amount - charge.cancelled_amount;
    let amount = part.then(|| world.sky.chance(id).between(1, left));
    // Whoever gives money back leaves the period paid.
    world.sky.lock().books.given_back(&charge.imp_uid);
    click(world, &ConsoleAct::Refund { imp_uid: charge.imp_uid, amount, webhook });
}

/// Does something at the console; whether it was done.
fn click(world: &World, act: &ConsoleAct) -> bool {
    let done = world.stack.iamport.console(act);
    world
        .sky
        .say(|| format!("  console: {act:?} {}", if done.is_ok() { "done" } else { "refused" }));
    done.is_ok()
}
