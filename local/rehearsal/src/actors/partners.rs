//! Partners that take a call and never answer it, until the caller's time is over.

use super::Outside;
use crate::chance::Chance;
use crate::history::{DAY, Deed, HOUR, Partner, Script, plus};
use crate::world::{World, uid};
use billing::kst_date;
use iamport_simulator::{CallFault, Fault, FaultKind, ScheduleFault};
use jiff::Timestamp;

/// Which of a partner's calls are never answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// All.
    All,
    /// Those that ask for an access token.
    Tokens,
    /// Those that change something.
    Writes,
    /// Those that ask what is.
    Reads,
}

/// For a while, calls are taken and never answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hang {
    /// Whose.
    pub partner: Partner,
    /// Which.
    pub calls: Calls,
    /// Whether they have their effect all the same.
    pub arrives: bool,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// What partners do of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// This member's next schedule is executed, and Iamport has no record of it: with a word on why, or
    /// without any.
    NoRecord { word: bool },
    /// Iamport approves the next charge only so many seconds after it was sent, whoever waits for it.
    ApprovedLate { seconds: u8 },
    /// From now on calls are taken and never answered, for so many seconds.
    Hang { partner: Partner, calls: Calls, arrives: bool, seconds: u16 },
}

impl Calls {
    const ALL: [Self; 4] = [Self::All, Self::Tokens, Self::Writes, Self::Reads];

    /// Whether such a request is one of them. `what` is a method and a path, or an operation of AWS.
    pub(crate) fn include(self, what: &str) -> bool {
        let token = what.ends_with("/users/getToken") || what == "POST /token";
        let read = what.starts_with("GET ")
            || what.ends_with("accounts:lookup")
            || matches!(what, "GetItem" | "Query");
        match self {
            Self::All => true,
            Self::Tokens => token,
            Self::Writes => !token && !read,
            Self::Reads => !token && read,
        }
    }
}

/// Spells of silence in a whole history.
pub(crate) fn hangs(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Vec<Hang> {
    let length = end.duration_since(start).as_secs();
    let spells = chance.between(1, 3);
    (0..spells)
        .map(|_| {
            let moment = plus(start, chance.between(0, length));
            let seconds = chance.weighed(&[(50, 150), (35, 1_200), (15, 3 * HOUR)]);
            let from = if chance.hits(700) {
                // At ten, when renewals run, or at midnight, when access ends.
                let hour = billing::kst_at_hour(kst_date(moment), chance.one(&[0, 10]));
                plus(hour, -chance.between(0, seconds.min(DAY)))
            } else {
                moment
            };
            let (partner, calls, arrives) = which(chance);
            Hang { partner, calls, arrives, from, until: plus(from, seconds) }
        })
        .collect()
}

fn which(chance: &mut Chance) -> (Partner, Calls, bool) {
    let partner = chance.weighed(&[
        (50, Partner::Iamport),
        (20, Partner::Google),
        (15, Partner::DynamoDb),
        (10, Partner::Bus),
        (5, Partner::Slack),
    ]);
    (partner, chance.one(&Calls::ALL), chance.hits(500))
}

pub(super) fn acts(script: &mut Script<'_>) {
    if script.chance.hits(400) {
        let word = script.chance.hits(500);
        script.act(Outside::Partner(Silence::NoRecord { word }));
    }
    if script.chance.hits(200) {
        let seconds = script.chance.one(&[10, 40, 90]);
        script.act(Outside::Partner(Silence::ApprovedLate { seconds }));
    }
    if script.chance.hits(500) {
        // The member, or an admin, acts while nobody knows what became of a call.
        script.begin();
        let when = script.in_doubt();
        let deed = script.chance.one(&[
            Deed::Cancel { times: 1 },
            Deed::Resume { times: 1 },
            Deed::ChangeCard,
            Deed::Complete { newest: true, times: 1 },
            Deed::Agree,
            Deed::Expiry { months: 2 },
            Deed::Look,
            Deed::Button { dry_run: false },
            Deed::GiveBack { newest: true },
            Deed::Reconcile { dry_run: false },
        ]);
        script.take(when, deed);
    }
    for _ in 0..script.chance.between(0, 2) {
        let (partner, calls, arrives) = which(script.chance);
        let seconds = script.chance.one(&[100, 400, 1_500]);
        script.act(Outside::Partner(Silence::Hang { partner, calls, arrives, seconds }));
    }
}

pub(super) fn act(world: &World, member: usize, silence: Silence) {
    match silence {
        Silence::NoRecord { word } => {
            let kind = if word { ScheduleFault::Unrecorded } else { ScheduleFault::Silent };
            let order = {
                let inner = world.sky.lock();
                let subscription = inner.books.subscriptions.get(&uid(member));
                let charge = subscription.and_then(|subscription| subscription.charges.last());
                charge.map(|charge| charge.merchant_uid.to_string())
            };
            let Some(path) = order else { return };
            let fault = Fault { path: Some(path), ..Fault::once(FaultKind::Schedules(kind)) };
            world.stack.iamport.inject(fault).expect("kept in memory");
        }
        Silence::ApprovedLate { seconds } => {
            let path = Some("/subscribe/payments/again".to_owned());
            let late = Fault::once(FaultKind::Calls(CallFault::ApprovedLate));
            let fault = Fault { path, seconds: seconds.into(), ..late };
            world.stack.iamport.inject(fault).expect("kept in memory");
        }
        Silence::Hang { partner, calls, arrives, seconds } => {
            let from = world.now();
            let until = plus(from, seconds.into());
            world.sky.hang(Hang { partner, calls, arrives, from, until });
        }
    }
}
