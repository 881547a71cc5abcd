//! Scripts: what members, admins and strangers do, step by step.

use crate::history::actions::{
    Action, AdminAction, Meanwhile, MemberAction, OrdinaryPayment, PartnerAction, Step,
    StrangerAction, When, WhichOrder,
};
use crate::history::chance::Chance;
use crate::history::conditions::Partner;
use crate::history::time::{DAY, HOUR};
use iamport_simulator::{Action as WindowAction, Card, WebhookTiming};

fn any_card(chance: &mut Chance) -> Card {
    chance.weighed(&[
        (70, Card::Approve),
        (6, Card::InsufficientFunds),
        (2, Card::LimitExceeded),
        (3, Card::Expired),
        (1, Card::LostOrStolen),
        (1, Card::Suspended),
        (5, Card::NotRegisteredYet),
        (2, Card::UnknownReason),
        (5, Card::TimeoutBeforeCharge),
        (5, Card::TimeoutAfterCharge),
        (3, Card::Slow),
    ])
}

/// A script in the making.
pub(crate) struct Script<'a> {
    /// Whose steps these are; names the steps.
    pub(crate) member: u64,
    pub(crate) steps: Vec<Step>,
    /// Which of them start something new.
    pub(crate) groups: Vec<usize>,
    pub(crate) chance: &'a mut Chance,
}

/// A member's own steps.
pub(crate) fn steps(member: u64, months: i64, chance: &mut Chance) -> Vec<Step> {
    let mut script = Script { member, steps: Vec::new(), groups: Vec::new(), chance };
    let wait = script.chance.weighed(&[(50, 0), (30, 2 * HOUR), (20, 9 * DAY)]);
    let wait = script.chance.between(0, wait);
    script.subscribe(When::After(wait));
    let busy = script.chance.one(&[1, 2]);
    for _ in 0..months.saturating_mul(busy).saturating_add(1) {
        script.something();
    }
    script.steps
}

/// Tampering steps, each with its position among the member's own.
pub(crate) fn tampering(member: u64, chance: &mut Chance) -> Vec<(usize, Step)> {
    let mut script = Script {
        member: member.saturating_add(100),
        steps: Vec::new(),
        groups: Vec::new(),
        chance,
    };
    for _ in 0..script.chance.between(1, 3) {
        script.begin();
        let when = script.hostile();
        let order =
            script.chance.one(&[WhichOrder::Registration, WhichOrder::Open, WhichOrder::Schedule]);
        let how = script.chance.weighed(&[
            (50, OrdinaryPayment::Whole),
            (15, OrdinaryPayment::Half),
            (35, OrdinaryPayment::Refused),
        ]);
        let webhook = script.chance.one(&[
            WebhookTiming::Now,
            WebhookTiming::Later,
            WebhookTiming::Lost,
            WebhookTiming::Twice,
        ]);
        script.take(when, StrangerAction::Pay { order, how, webhook });
    }
    for _ in 0..script.chance.between(0, 4) {
        script.begin();
        let when = script.hostile();
        script.take(when, AdminAction::Settle);
    }
    script.scattered()
}

/// What may happen at the same time as anything else.
fn something_else(chance: &mut Chance) -> Action {
    chance.weighed(&[
        (4, MemberAction::Cancel { times: 1 }.into()),
        (4, MemberAction::Resume { times: 1 }.into()),
        (2, MemberAction::Look.into()),
        (1, MemberAction::ChangeCard.into()),
        (1, MemberAction::Open { plan: 0 }.into()),
        (4, MemberAction::Complete { newest: true, times: 1 }.into()),
        (2, MemberAction::Retry { times: 1 }.into()),
        (4, AdminAction::Button { dry_run: false }.into()),
        (2, MemberAction::Agree.into()),
        (2, AdminAction::GiveBack { newest: true, part: false, end: false }.into()),
        (2, AdminAction::Reconcile { dry_run: false }.into()),
    ])
}

impl Script<'_> {
    /// Starts a group of steps that stay together.
    pub(crate) fn begin(&mut self) {
        self.groups.push(self.steps.len());
    }

    /// The steps, each with a random position among the member's own. Groups stay together.
    pub(crate) fn scattered(self) -> Vec<(usize, Step)> {
        let Self { steps, chance, groups, .. } = self;
        let (mut place, mut scattered) = (0_usize, Vec::with_capacity(steps.len()));
        for (number, step) in steps.into_iter().enumerate() {
            place = if number == 0 || groups.contains(&number) {
                chance.below(12).try_into().unwrap_or_default()
            } else {
                place.saturating_add(1)
            };
            scattered.push((place, step));
        }
        scattered
    }

    pub(crate) fn take(&mut self, when: When, action: impl Into<Action>) {
        let action = action.into();
        let id = format!("m{}s{}", self.member, self.steps.len());
        let mut meanwhile = Vec::new();
        while self.chance.hits(if when == When::WithTheSchedule { 600 } else { 120 }) {
            let other = match self.chance.below(5) {
                0 | 1 => Meanwhile::Iamport,
                2 => Meanwhile::Sweep { nightly: self.chance.hits(300) },
                3 => Meanwhile::Action(action),
                _ => Meanwhile::Action(something_else(self.chance)),
            };
            meanwhile.push((self.chance.below(400), other));
        }
        self.steps.push(Step { id, when, action, meanwhile });
    }

    pub(crate) fn hostile(&mut self) -> When {
        match self.chance.below(9) {
            0 | 1 => When::WithTheSchedule,
            2 => When::Renewal(self.chance.between(-130, 130)),
            3 => When::Renewal(self.chance.between(-3 * HOUR, 3 * HOUR)),
            4 => When::Retry(self.chance.between(-130, 130)),
            5 => When::LastDay(self.chance.between(-120, 700)),
            6 => When::AccessEnds(self.chance.between(-120, 700)),
            7 => When::After(self.chance.between(0, 200)),
            _ => When::After(self.chance.between(0, 20 * DAY)),
        }
    }

    fn window(&mut self, newest: bool) {
        let card = any_card(self.chance);
        let action = self.chance.weighed(&[
            (84, WindowAction::Approve),
            (5, WindowAction::Close),
            (7, WindowAction::CloseAfterApproval),
            (4, WindowAction::Refused),
        ]);
        let webhook = self.chance.weighed(&[
            (40, WebhookTiming::Now),
            (30, WebhookTiming::Later),
            (20, WebhookTiming::Lost),
            (10, WebhookTiming::Twice),
        ]);
        let wait = self.chance.weighed(&[(72, 40), (22, 300), (4, 2 * HOUR), (2, DAY)]);
        let when = When::After(self.chance.between(0, wait));
        self.take(when, MemberAction::Window { newest, card, action, webhook });
        if self.chance.hits(850) {
            let times = self.chance.weighed(&[(60, 1), (30, 2), (10, 3)]);
            let when = When::After(self.chance.weighed(&[(70, 0), (20, 3), (10, 200)]));
            self.take(when, MemberAction::Complete { newest, times });
        }
    }

    fn subscribe(&mut self, when: When) {
        let plan = u8::from(self.chance.hits(300));
        self.take(when, MemberAction::Open { plan });
        if self.chance.hits(150) {
            // Two tabs.
            let when = When::After(self.chance.between(0, 60));
            let plan = u8::from(self.chance.hits(500));
            self.take(when, MemberAction::Open { plan });
            let newest = self.chance.hits(500);
            self.window(newest);
            if self.chance.hits(600) {
                self.window(!newest);
            }
        } else {
            self.window(true);
        }
        if self.chance.hits(300) {
            let when = When::After(self.chance.between(0, 300));
            self.take(when, MemberAction::Complete { newest: true, times: 1 });
        }
    }

    fn change_card(&mut self, when: When) {
        self.take(when, MemberAction::ChangeCard);
        self.window(true);
    }

    /// Adds one of the things that members, admins and strangers do.
    fn something(&mut self) {
        let hostile = self.hostile();
        match self.chance.below(137) {
            0..22 => {
                let when = When::Renewal(self.chance.between(600, 3 * DAY));
                self.take(when, MemberAction::Look);
            }
            22..36 => {
                let times = self.chance.weighed(&[(80, 1), (20, 2)]);
                self.take(hostile, MemberAction::Cancel { times });
                if self.chance.hits(400) {
                    let when = self.hostile();
                    self.take(when, MemberAction::Resume { times: 1 });
                }
            }
            36..44 => self.take(hostile, MemberAction::Resume { times: 1 }),
            44..58 => self.another_behaviour(),
            58..68 => self.change_card(hostile),
            68..76 => self.subscribe(hostile),
            76..82 => self.button(hostile),
            82..86 => {
                let kind = self.chance.one(&[0, 1, 2, 3]);
                self.take(hostile, StrangerAction::Forge(kind));
            }
            86..92 => self.take(hostile, StrangerAction::Resend),
            92..94 => self.take(hostile, AdminAction::List),
            94..106 => {
                let when = When::Renewal(self.chance.before(-120, 30 * DAY));
                self.take(when, MemberAction::Agree);
            }
            106..109 => {
                let months = self.chance.one(&[0, 1, 2, 40]);
                self.take(hostile, MemberAction::Expiry { months });
            }
            109..113 => {
                let newest = self.chance.hits(700);
                let (part, end) = (self.chance.hits(400), self.chance.hits(150));
                self.take(hostile, AdminAction::GiveBack { newest, part, end });
            }
            113..117 => {
                let dry_run = self.chance.hits(250);
                self.take(hostile, AdminAction::Reconcile { dry_run });
            }
            117..119 => self.take(hostile, AdminAction::LookAtAll),
            119..125 => self.cancel_in_vain(),
            125..128 => {
                let partner = self.chance.one(&Partner::ALL);
                let seconds = self.chance.one(&[2, 30, 700]);
                self.take(hostile, PartnerAction::Down { partner, seconds });
            }
            128..132 => {
                let when = When::Retry(self.chance.between(-3 * HOUR, 130));
                self.take(when, MemberAction::Retry { times: 2 });
            }
            _ => self.take(hostile, MemberAction::SetCard(Card::Approve)),
        }
    }

    /// The card behaves differently at the next renewal, and perhaps the member does something about it.
    fn another_behaviour(&mut self) {
        let when = When::Renewal(self.chance.before(60, 3 * HOUR));
        let card = self.chance.one(&Card::ALL);
        self.take(when, MemberAction::SetCard(card));
        if self.chance.hits(300) {
            let when = When::Retry(self.chance.between(-130, 130));
            self.change_card(when);
        } else if self.chance.hits(600) {
            let when = When::Retry(self.chance.before(1, 2 * DAY));
            self.take(when, MemberAction::SetCard(Card::Approve));
            if self.chance.hits(400) {
                let times = self.chance.weighed(&[(70, 1), (30, 2)]);
                let when = When::After(self.chance.between(0, 300));
                self.take(when, MemberAction::Retry { times });
            }
        }
    }

    /// An admin presses the button, perhaps while the nightly sweep runs.
    fn button(&mut self, hostile: When) {
        let when =
            if self.chance.hits(500) { When::Nightly(self.chance.between(-2, 2)) } else { hostile };
        let dry_run = self.chance.hits(200);
        self.take(when, AdminAction::Button { dry_run });
    }

    /// The member cancels while Iamport is down: the schedule runs, because nobody can take it back.
    fn cancel_in_vain(&mut self) {
        let when = When::Renewal(self.chance.before(1, 70));
        let seconds = self.chance.one(&[30, 120, 900]);
        self.take(when, PartnerAction::Down { partner: Partner::Iamport, seconds });
        let times = self.chance.weighed(&[(80, 1), (20, 2)]);
        let when = When::After(self.chance.between(0, 50));
        self.take(when, MemberAction::Cancel { times });
    }
}
