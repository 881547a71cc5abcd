//! What members do and what the world does to them, made from a seed and then plain data, so that a
//! history that fails can be made smaller and run again.

pub(crate) mod time;
pub(crate) mod chance;
pub(crate) mod conditions;
pub(crate) mod configuration;
pub(crate) mod actions;
pub(crate) mod script;
pub(crate) mod outsiders;

use actions::Step;
use chance::Chance;
use conditions::Conditions;
use jiff::Timestamp;
use outsiders::Actor;
use std::collections::BTreeSet;
use time::{DAY, HOUR, PEACE, plus, plus_days};

/// A whole history.
#[derive(Debug, Clone)]
pub struct History {
    /// What it was made from; chance during the run is seeded by it too.
    pub seed: u64,
    /// When it begins.
    pub start: Timestamp,
    /// When members and faults stop; what is left to do is then done in peace.
    pub end: Timestamp,
    /// Each member's steps.
    pub members: Vec<Vec<Step>>,
    /// What the world is like.
    pub conditions: Conditions,
    /// Whether people pay in ways that are not offered, and an admin settles what comes of it.
    pub tampered: bool,
    /// Who else takes part: operators, people at consoles, partners that hang.
    pub cast: BTreeSet<Actor>,
}

impl History {
    /// The history of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "history");
        let start = start(&mut chance);
        // Most are small, so that many are tried; every size is reached.
        let months =
            chance.weighed(&[(770, 1_i64), (150, 2), (45, 3), (18, 5), (9, 8), (5, 13), (3, 24)]);
        let many = chance.weighed(&[
            (760, 1_u64),
            (160, 2),
            (40, 3),
            (15, 4),
            (10, 5),
            (5, 6),
            (5, 7),
            (5, 8),
        ]);
        let end = plus(plus_days(start, months.saturating_mul(31)), chance.between(0, 20 * DAY));
        let members = (0..many)
            .map(|number| {
                script::steps(number, months, &mut Chance::of(seed, &format!("member {number}")))
            })
            .collect();
        let conditions = Conditions::of(&mut chance, start, end);
        Self { seed, start, end, members, conditions, tampered: false, cast: BTreeSet::new() }
    }

    /// The history of a seed, of one kind or another: half of them with nobody in it but members, admins and
    /// strangers.
    pub fn mixed(seed: u64) -> Self {
        match Chance::of(seed, "kind").below(20) {
            0..10 => Self::of(seed),
            10..12 => Self::tampered(seed),
            _ => Self::worldly(seed, None),
        }
    }

    /// The history of a seed, in a world with operators, consoles and partners that hang. Each of them takes
    /// part in some of the histories, and in some nobody does; with `only`, that one takes part in all.
    pub fn worldly(seed: u64, only: Option<Actor>) -> Self {
        let mut history = Self::of(seed);
        history.cast = outsiders::cast(&mut Chance::of(seed, "cast"), only);
        for (number, steps) in (0..).zip(&mut history.members) {
            let mut chance = Chance::of(seed, &format!("world {number}"));
            for (at, step) in outsiders::steps(number, &history.cast, &mut chance) {
                steps.insert(at.min(steps.len()), step);
            }
        }
        if history.cast.contains(&Actor::Partners) {
            let mut chance = Chance::of(seed, "hangs");
            history.conditions.hangs = conditions::hangs(&mut chance, history.start, history.end);
        }
        history
    }

    /// The history of a seed, with people in it who pay in ways that are not offered.
    pub fn tampered(seed: u64) -> Self {
        let mut history = Self::of(seed);
        history.tampered = true;
        for (number, steps) in (0..).zip(&mut history.members) {
            let mut chance = Chance::of(seed, &format!("tampering {number}"));
            for (at, step) in script::tampering(number, &mut chance) {
                steps.insert(at.min(steps.len()), step);
            }
        }
        history
    }

    /// Its length in days, the peace at its end included.
    #[expect(clippy::float_arithmetic, reason = "a figure for people")]
    pub fn days(&self) -> f64 {
        let lasts = self.end.duration_since(self.start).as_secs_f64();
        (lasts + PEACE.as_secs_f64()) / 86_400.0
    }
}

/// Any moment of three years with a leap day, months' ends and midnights more often than others.
fn start(chance: &mut Chance) -> Timestamp {
    let first: Timestamp = "2026-12-31T15:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut at = plus_days(first, chance.between(0, 3 * 365));
    if chance.hits(400) {
        // The last days of a month, where periods are clamped.
        let date = at.to_zoned(billing::SEOUL).date().last_of_month();
        at = plus_days(billing::start_of_day(date), chance.before(0, 3));
    }
    let second = if chance.hits(250) {
        chance.one(&[0, 1, 600, 10 * HOUR - 60, 10 * HOUR, DAY - 61, DAY - 1, DAY - 2])
    } else {
        chance.between(0, DAY - 1)
    };
    plus(at, second)
}
