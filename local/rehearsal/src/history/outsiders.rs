//! Outsiders: everyone besides members, admins and strangers who affects a membership site: its operator, people at
//! the partners' consoles, the partners themselves, whoever deletes accounts or writes claims.

use crate::history::actions::{
    AccountAction, Action, AdminAction, ClaimsAction, ConsoleAction, DeskAct, MemberAction,
    OperatorAction, PartnerAction, Step, TableName, When,
};
use crate::history::chance::Chance;
use crate::history::conditions::{CHEAPER, Calls, DEARER, MONTHLY, Partner, which_calls};
use crate::history::configuration::{Rule, Setting};
use crate::history::script::Script;
use crate::history::time::{DAY, HOUR};
use iamport_simulator::Card;
use std::collections::BTreeSet;

/// A kind of outsider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Actor {
    /// Whoever configures, deploys and restores.
    Operator,
    /// Whoever has Iamport's console.
    Console,
    /// The partners, when they take calls and never answer.
    Partners,
    /// Whoever deletes or disables accounts at Firebase.
    Accounts,
    /// Another program that writes custom claims.
    Claims,
}

impl Actor {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Operator, Self::Console, Self::Partners, Self::Accounts, Self::Claims];
}

/// Draws who takes part: nobody in one history out of nine.
pub(crate) fn cast(chance: &mut Chance, only: Option<Actor>) -> BTreeSet<Actor> {
    match only {
        Some(only) => BTreeSet::from([only]),
        None => Actor::ALL.into_iter().filter(|_| chance.hits(350)).collect(),
    }
}

/// What they do concerning one member, each step with its position among the member's own.
pub(crate) fn steps(
    member: u64,
    cast: &BTreeSet<Actor>,
    chance: &mut Chance,
) -> Vec<(usize, Step)> {
    let mut script = Script {
        member: member.saturating_add(200),
        steps: Vec::new(),
        groups: Vec::new(),
        chance,
    };
    for actor in cast {
        match actor {
            Actor::Operator => operator(&mut script),
            Actor::Console => console(&mut script),
            Actor::Partners => partners(&mut script),
            Actor::Accounts => accounts(&mut script),
            Actor::Claims => claims(&mut script),
        }
    }
    script.scattered()
}

impl Script<'_> {
    /// Someone acts at a bad moment.
    fn act(&mut self, action: impl Into<Action>) {
        self.begin();
        let when = if self.chance.hits(300) { self.in_doubt() } else { self.hostile() };
        self.take(when, action);
    }

    /// A moment at which nobody knows whether a charge or a schedule is under way, because Iamport accepts writes
    /// without answering.
    fn in_doubt(&mut self) -> When {
        let arrives = self.chance.hits(500);
        let hang = |calls, seconds| {
            let partner = Partner::Iamport;
            PartnerAction::Hang { partner, calls, arrives, seconds }
        };
        if self.chance.hits(300) {
            // A schedule is placed minutes before it runs, and nobody hears of it until it has.
            if self.chance.hits(400) {
                self.take(When::Renewal(-1_900), MemberAction::SetCard(Card::InsufficientFunds));
            }
            self.take(When::Renewal(-1_800), MemberAction::Cancel { times: 1 });
            self.take(When::Renewal(-380), hang(Calls::All, 1_000));
            self.take(When::After(5), MemberAction::Resume { times: 1 });
            return When::After(self.chance.between(30, 330));
        }
        if self.chance.hits(500) {
            // When the schedule has run, the next is placed.
            self.take(When::Renewal(-20), hang(Calls::Writes, 600));
            return When::After(self.chance.between(100, 300));
        }
        // When a renewal was declined, the timer that rings at five past charges it on the next day.
        self.take(When::Renewal(-100), MemberAction::SetCard(Card::InsufficientFunds));
        self.take(When::Retry(-20), hang(Calls::Writes, 1_500));
        When::After(self.chance.between(325, 430))
    }
}

fn operator(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        match script.chance.below(21) {
            0..5 => {
                let setting = setting(script);
                script.act(OperatorAction::Restart(setting));
                if script.chance.hits(400) {
                    let setting = self::setting(script);
                    script.act(OperatorAction::Restart(setting));
                }
            }
            5 | 6 => script.act(OperatorAction::NewerRow),
            7 | 8 => {
                script.act(OperatorAction::Unreadable);
                let when = When::After(script.chance.between(HOUR, 3 * DAY));
                script.take(when, OperatorAction::Mend);
            }
            9 | 10 => {
                let table = script.chance.one(&TableName::ALL);
                let minutes = script.chance.one(&[5, 60, 600, 1_500]);
                script.act(OperatorAction::Restore { table, minutes });
            }
            11 => script.act(OperatorAction::Act(DeskAct::Cancel)),
            12 | 13 => script.act(OperatorAction::EraseFor),
            14 => script.act(OperatorAction::Act(DeskAct::EndNow)),
            15 | 16 => let_in(script),
            17 => script.act(OperatorAction::Act(DeskAct::TryAgain)),
            18 => script.act(OperatorAction::Act(DeskAct::AskForCard)),
            _ => {
                let days = script.chance.one(&[1, 3, 10, 40]);
                script.act(OperatorAction::Act(DeskAct::GiveDays { days }));
            }
        }
    }
}

/// A member is let in before the first checkout, or after the end.
fn let_in(script: &mut Script<'_>) {
    script.begin();
    let days = script.chance.one(&[1, 3, 10, 40]);
    let when = if script.chance.hits(500) {
        When::After(0)
    } else {
        When::AccessEnds(script.chance.between(0, 2 * DAY))
    };
    script.take(when, OperatorAction::Act(DeskAct::GiveDays { days }));
}

fn setting(script: &mut Script<'_>) -> Setting {
    let chance = &mut *script.chance;
    match chance.below(12) {
        0..3 => Setting::Price(chance.one(&[DEARER, CHEAPER, MONTHLY])),
        3 | 4 => Setting::Announce {
            price: chance.one(&[DEARER, CHEAPER, 11_000]),
            days: chance.one(&[1, 10, 40]),
        },
        5 => Setting::Withdraw,
        6 => Setting::Offered(chance.hits(400)),
        7 => Setting::Terms(chance.one(&["2026-01", "2027-02"])),
        8 => Setting::Review(chance.hits(500)),
        _ => Setting::Policy(chance.one(&Rule::ALL)),
    }
}

fn console(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        let action = match script.chance.below(10) {
            0 | 1 => ConsoleAction::DeleteKey,
            2 | 3 => ConsoleAction::Revoke,
            4 => ConsoleAction::Move { days: script.chance.one(&[-3, 2, 10, 45]) },
            5..8 => ConsoleAction::GiveBack {
                newest: script.chance.hits(500),
                part: script.chance.hits(500),
                webhook: script.chance.hits(500),
            },
            _ => ConsoleAction::Recovery { hour: script.chance.one(&[9, 10, 11]) },
        };
        script.act(action);
    }
}

fn partners(script: &mut Script<'_>) {
    if script.chance.hits(400) {
        let word = script.chance.hits(500);
        script.act(PartnerAction::NoRecord { word });
    }
    if script.chance.hits(200) {
        let seconds = script.chance.one(&[10, 40, 90]);
        script.act(PartnerAction::ApprovedLate { seconds });
    }
    if script.chance.hits(500) {
        // The member, or an admin, acts while nobody knows what became of a call.
        script.begin();
        let when = script.in_doubt();
        let action = script.chance.one::<Action>(&[
            MemberAction::Cancel { times: 1 }.into(),
            MemberAction::Resume { times: 1 }.into(),
            MemberAction::ChangeCard.into(),
            MemberAction::Complete { newest: true, times: 1 }.into(),
            MemberAction::Agree.into(),
            MemberAction::Expiry { months: 2 }.into(),
            MemberAction::Look.into(),
            AdminAction::Button { dry_run: false }.into(),
            AdminAction::GiveBack { newest: true, part: true, end: false }.into(),
            MemberAction::Retry { times: 1 }.into(),
            AdminAction::Reconcile { dry_run: false }.into(),
        ]);
        script.take(when, action);
    }
    for _ in 0..script.chance.between(0, 2) {
        let (partner, calls, arrives) = which_calls(script.chance);
        let seconds = script.chance.one(&[100, 400, 1_500]);
        script.act(PartnerAction::Hang { partner, calls, arrives, seconds });
    }
}

fn accounts(script: &mut Script<'_>) {
    if script.chance.hits(600) {
        let action =
            script.chance.weighed(&[(65, AccountAction::Delete), (35, AccountAction::Disable)]);
        script.act(action);
    }
}

fn claims(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        let action = script.chance.one(&[ClaimsAction::Replace, ClaimsAction::Wipe]);
        script.act(action);
    }
}
