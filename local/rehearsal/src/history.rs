//! What members do and what the world does to them, made from a seed and then plain data, so that a
//! history that fails can be made smaller and run again.

use crate::actors::{self, Actor, Hang, Outside};
use crate::chance::Chance;
use billing::kst_date;
use iamport_simulator::{Action, Card, WebhookFault, WebhookTiming};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use std::collections::BTreeSet;

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
    pub climate: Climate,
    /// Whether people pay in ways that are not offered, and an admin settles what comes of it.
    pub tampered: bool,
    /// Who else takes part: operators, people at consoles, partners that hang.
    pub cast: BTreeSet<Actor>,
}

/// Something a member does, and when.
#[derive(Debug, Clone)]
pub struct Step {
    /// Names the step, so that chance about it stays the same when others are left out.
    pub id: String,
    /// When, seen from the end of the step before.
    pub when: When,
    /// What.
    pub deed: Deed,
    /// What happens at the same time, and how many milliseconds after.
    pub company: Vec<(u64, Company)>,
}

/// When a step is taken. Seconds, negative for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After the step before.
    After(i64),
    /// From the next renewal's hour.
    Renewal(i64),
    /// In the very second in which Iamport runs the next schedule, at the same time.
    WithTheSchedule,
    /// From the planned retry of a declined charge.
    Retry(i64),
    /// From the end of the paid-through date.
    LastDay(i64),
    /// From the moment at which access is to end.
    AccessEnds(i64),
    /// From the next nightly sweep.
    Nightly(i64),
}

/// What a member, an admin or a stranger does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// `POST /checkout`.
    Open { plan: u8 },
    /// `POST /subscription/card`.
    ChangeCard,
    /// Inicis' window of the newest or the oldest open registration.
    Window { newest: bool, card: Card, action: Action, webhook: WebhookTiming },
    /// `POST /checkout/{merchant_uid}/complete`, so many times at once.
    Complete { newest: bool, times: u8 },
    /// `POST /subscription/cancel`, so many times at once.
    Cancel { times: u8 },
    /// `POST /subscription/resume`, so many times at once.
    Resume { times: u8 },
    /// All that can be looked at.
    Look,
    /// The card of the subscription behaves so from now on.
    SetCard(Card),
    /// `POST /admin/cancellations/process`.
    Button { dry_run: bool },
    /// `GET /admin/cancellations`.
    List,
    /// `POST /subscription/consent` to the price that is coming.
    Agree,
    /// `POST /subscription/card/expiry`.
    Expiry { months: u8 },
    /// `POST /admin/payments/{merchant_uid}/refund` of the newest or the oldest payment.
    GiveBack { newest: bool },
    /// `POST /admin/reconcile` of the last thirty days.
    Reconcile { dry_run: bool },
    /// All that an admin can look at.
    Pry,
    /// From now on a partner is out of reach, for so many seconds.
    Cut { partner: Partner, seconds: u16 },
    /// A stranger's webhook.
    Forge(u8),
    /// Iamport's webhooks for this member, all of them once more.
    Resend,
    /// Someone changes what the window was given and pays under an order of ours in an ordinary way.
    Pay { order: Whose, how: Ordinary, webhook: WebhookTiming },
    /// An admin settles what there is to settle about this member.
    Settle,
    /// Someone acts who is neither the member nor an admin at our desk.
    Outside(Outside),
}

/// An ordinary payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordinary {
    /// All of the price.
    Whole,
    /// Half of it.
    Half,
    /// It fails. Iamport says so to nobody, but whoever tried does.
    Refused,
}

/// An order of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of the newest registration.
    Registration,
    /// Of the newest charge that is open.
    Open,
    /// Of the newest schedule that was ever placed.
    Schedule,
}

/// What happens at the same time as a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Iamport runs what is due and sends its webhooks.
    Iamport,
    /// A sweep.
    Sweep { nightly: bool },
    /// The same member does something else.
    Deed(Deed),
}

/// What the world is like.
#[derive(Debug, Clone)]
pub struct Climate {
    /// Requests in a thousand that something happens to.
    pub rain: u64,
    /// Runs of a function in a thousand that die half-way.
    pub deaths: u64,
    /// Timers and events in a thousand that come twice.
    pub doubles: u64,
    /// Clients in a thousand that try again after an answer of 5xx.
    pub persistence: u64,
    /// Whether requests take time, so that what happens at once can interleave.
    pub latency: bool,
    /// A declined `again` answers with an error and no payment.
    pub decline_is_error: bool,
    /// Whether the admin's button, not the sweep, takes access away.
    pub review: bool,
    /// Another price of the monthly plan, and the day from which it holds.
    pub price: Option<(Date, u64)>,
    /// Partners that are down for a while.
    pub outages: Vec<Outage>,
    /// Partners that take calls for a while and never answer them.
    pub hangs: Vec<Hang>,
    /// What becomes of webhooks.
    pub webhooks: Vec<(Timestamp, WebhookFault, u32, u32)>,
    /// From when on the functions' clock is how many seconds ahead of Iamport's.
    pub skews: Vec<(Timestamp, i64)>,
    /// If given, only these faults happen; the others are left out.
    pub only: Option<BTreeSet<String>>,
}

/// A partner that is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Who.
    pub partner: Partner,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Whom the functions call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partner {
    /// The tables.
    DynamoDb,
    /// The payment gateway.
    Iamport,
    /// The sign-in.
    Google,
    /// The event bus.
    Bus,
    /// Slack.
    Slack,
}

impl Partner {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::DynamoDb, Self::Iamport, Self::Google, Self::Bus, Self::Slack];
}

/// How long after the last fault everything has to be in order again.
pub(crate) const PEACE: SignedDuration = SignedDuration::from_hours(24 * 15);

/// What the monthly plan costs, and what it may come to cost.
pub(crate) const MONTHLY: u64 = 9_900;
pub(crate) const DEARER: u64 = 12_900;
pub(crate) const CHEAPER: u64 = 7_900;

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

impl Climate {
    /// Nothing ever goes wrong.
    pub const fn calm() -> Self {
        Self {
            rain: 0,
            deaths: 0,
            doubles: 0,
            persistence: 0,
            latency: false,
            decline_is_error: false,
            review: false,
            price: None,
            outages: Vec::new(),
            hangs: Vec::new(),
            webhooks: Vec::new(),
            skews: Vec::new(),
            only: None,
        }
    }
}

impl History {
    /// The history of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "history");
        let start = start(&mut chance);
        // Most are small, so that many are tried; every size is reached.
        let months =
            chance.weighed(&[(770, 1), (150, 2), (45, 3), (18, 5), (9, 8), (5, 13), (3, 24)]);
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
        let end = plus(start, months * 31 * DAY + chance.between(0, 20 * DAY));
        let members = (0..many)
            .map(|number| steps(number, months, &mut Chance::of(seed, &format!("member {number}"))))
            .collect();
        let climate = climate(&mut chance, start, end);
        Self { seed, start, end, members, climate, tampered: false, cast: BTreeSet::new() }
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
        history.cast = actors::cast(&mut Chance::of(seed, "cast"), only);
        for (number, steps) in history.members.iter_mut().enumerate() {
            let mut chance = Chance::of(seed, &format!("world {number}"));
            for (at, step) in actors::steps(number as u64, &history.cast, &mut chance) {
                steps.insert(at.min(steps.len()), step);
            }
        }
        if history.cast.contains(&Actor::Partners) {
            let mut chance = Chance::of(seed, "hangs");
            history.climate.hangs = actors::hangs(&mut chance, history.start, history.end);
        }
        history
    }

    /// The history of a seed, with people in it who pay in ways that are not offered.
    pub fn tampered(seed: u64) -> Self {
        let mut history = Self::of(seed);
        history.tampered = true;
        for (number, steps) in history.members.iter_mut().enumerate() {
            let mut chance = Chance::of(seed, &format!("tampering {number}"));
            for (at, step) in tampering(number as u64, &mut chance) {
                steps.insert(at.min(steps.len()), step);
            }
        }
        history
    }

    /// Its length in days, the peace at its end included.
    pub fn days(&self) -> f64 {
        self.end.duration_since(self.start).as_secs_f64() / 86_400.0
            + PEACE.as_secs_f64() / 86_400.0
    }
}

pub(crate) fn plus(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Any moment of three years with a leap day, months' ends and midnights more often than others.
fn start(chance: &mut Chance) -> Timestamp {
    let first: Timestamp = "2026-12-31T15:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut at = plus(first, chance.between(0, 3 * 365) * DAY);
    if chance.hits(400) {
        // The last days of a month, where periods are clamped.
        let date = at.to_zoned(billing::SEOUL).date().last_of_month();
        at = plus(billing::start_of_day(date), -chance.between(0, 3) * DAY);
    }
    let second = if chance.hits(250) {
        chance.one(&[0, 1, 600, 10 * HOUR - 60, 10 * HOUR, DAY - 61, DAY - 1, DAY - 2])
    } else {
        chance.between(0, DAY - 1)
    };
    plus(at, second)
}

fn climate(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Climate {
    let length = end.duration_since(start).as_secs();
    let moment = |chance: &mut Chance| plus(start, chance.between(0, length));
    let rain = chance.weighed(&[(25, 0), (30, 20), (30, 60), (12, 150), (3, 350)]);
    let deaths = chance.weighed(&[(35, 0), (35, 50), (20, 150), (10, 400)]);
    let mut outages = Vec::new();
    for _ in 0..chance.weighed(&[(50, 0), (30, 1), (15, 2), (5, 4)]) {
        let partner = chance.weighed(&[
            (2, Partner::DynamoDb),
            (4, Partner::Iamport),
            (2, Partner::Google),
            (2, Partner::Bus),
            (2, Partner::Slack),
        ]);
        let seconds = match partner {
            Partner::DynamoDb => chance.one(&[30, 300, HOUR]),
            Partner::Iamport => {
                chance.weighed(&[(40, 60), (40, 20 * 60), (16, 3 * HOUR), (4, 2 * DAY)])
            }
            Partner::Google | Partner::Bus => {
                chance.weighed(&[(60, 300), (35, 3 * HOUR), (5, DAY)])
            }
            Partner::Slack => chance.one(&[300, 3 * HOUR, DAY]),
        };
        let from = if chance.hits(600) {
            // At ten, when renewals run, or at midnight, when access ends.
            let date = kst_date(moment(chance));
            plus(billing::kst_at_hour(date, chance.one(&[0, 10])), -chance.between(0, seconds))
        } else {
            moment(chance)
        };
        outages.push(Outage { partner, from, until: plus(from, seconds) });
    }
    let mut webhooks = Vec::new();
    for _ in 0..chance.weighed(&[(35, 0), (35, 3), (30, 12)]) {
        let fault = chance.one(&[
            WebhookFault::Lost,
            WebhookFault::Lost,
            WebhookFault::Doubled,
            WebhookFault::Delayed,
            WebhookFault::Reordered,
        ]);
        let late = chance.one(&[3, 61, 130, 700, 3 * 3_600, 86_400, 5 * 86_400]);
        webhooks.push((moment(chance), fault, chance.one(&[1, 2, 10]), late));
    }
    webhooks.sort_by_key(|(at, ..)| *at);
    let mut skews = Vec::new();
    if chance.hits(300) {
        for _ in 0..chance.between(1, 6) {
            skews.push((moment(chance), chance.between(-5, 5)));
        }
        skews.sort_unstable();
    }
    let price = chance.hits(300).then(|| {
        let from = kst_date(moment(chance)).saturating_add(10.days());
        (from, chance.weighed(&[(70, DEARER), (30, CHEAPER)]))
    });
    Climate {
        rain,
        deaths,
        doubles: chance.one(&[0, 50, 300]),
        persistence: chance.one(&[0, 500, 1000]),
        latency: chance.hits(700),
        decline_is_error: chance.hits(250),
        review: chance.hits(150),
        price,
        outages,
        hangs: Vec::new(),
        webhooks,
        skews,
        only: None,
    }
}

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
    /// Whose steps these are, for their names.
    pub(crate) member: u64,
    pub(crate) steps: Vec<Step>,
    /// Which of them begin something new.
    pub(crate) groups: Vec<usize>,
    pub(crate) chance: &'a mut Chance,
}

fn steps(member: u64, months: i64, chance: &mut Chance) -> Vec<Step> {
    let mut script = Script { member, steps: Vec::new(), groups: Vec::new(), chance };
    let wait = script.chance.weighed(&[(50, 0), (30, 2 * HOUR), (20, 9 * DAY)]);
    let wait = script.chance.between(0, wait);
    script.subscribe(When::After(wait));
    let busy = script.chance.one(&[1, 2]);
    for _ in 0..(months * busy + 1) {
        script.something();
    }
    script.steps
}

/// Steps of the tampering kind, and before which of the others each comes.
fn tampering(member: u64, chance: &mut Chance) -> Vec<(usize, Step)> {
    let mut script = Script { member: 100 + member, steps: Vec::new(), groups: Vec::new(), chance };
    for _ in 0..script.chance.between(1, 3) {
        script.begin();
        let when = script.hostile();
        let order = script.chance.one(&[Whose::Registration, Whose::Open, Whose::Schedule]);
        let how = script.chance.weighed(&[
            (50, Ordinary::Whole),
            (15, Ordinary::Half),
            (35, Ordinary::Refused),
        ]);
        let webhook = script.chance.one(&[
            WebhookTiming::Now,
            WebhookTiming::Later,
            WebhookTiming::Lost,
            WebhookTiming::Twice,
        ]);
        script.take(when, Deed::Pay { order, how, webhook });
    }
    for _ in 0..script.chance.between(0, 4) {
        script.begin();
        let when = script.hostile();
        script.take(when, Deed::Settle);
    }
    script.scattered()
}

impl Script<'_> {
    /// What follows belongs together.
    pub(crate) fn begin(&mut self) {
        self.groups.push(self.steps.len());
    }

    /// The steps, each with before which of a member's own it comes. Those that belong together stay so.
    pub(crate) fn scattered(self) -> Vec<(usize, Step)> {
        let Self { steps, chance, groups, .. } = self;
        let (mut place, mut scattered) = (0, Vec::with_capacity(steps.len()));
        for (number, step) in steps.into_iter().enumerate() {
            place = if number == 0 || groups.contains(&number) {
                chance.below(12).try_into().unwrap_or_default()
            } else {
                place + 1
            };
            scattered.push((place, step));
        }
        scattered
    }

    pub(crate) fn take(&mut self, when: When, deed: Deed) {
        let id = format!("m{}s{}", self.member, self.steps.len());
        let mut company = Vec::new();
        while self.chance.hits(if when == When::WithTheSchedule { 600 } else { 120 }) {
            let other = match self.chance.below(5) {
                0 | 1 => Company::Iamport,
                2 => Company::Sweep { nightly: self.chance.hits(300) },
                3 => Company::Deed(deed),
                _ => Company::Deed(self.chance.weighed(&[
                    (4, Deed::Cancel { times: 1 }),
                    (4, Deed::Resume { times: 1 }),
                    (2, Deed::Look),
                    (1, Deed::ChangeCard),
                    (1, Deed::Open { plan: 0 }),
                    (4, Deed::Complete { newest: true, times: 1 }),
                    (4, Deed::Button { dry_run: false }),
                    (2, Deed::Agree),
                    (2, Deed::GiveBack { newest: true }),
                    (2, Deed::Reconcile { dry_run: false }),
                ])),
            };
            company.push((self.chance.below(400), other));
        }
        self.steps.push(Step { id, when, deed, company });
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
            (84, Action::Approve),
            (5, Action::Close),
            (7, Action::CloseAfterApproval),
            (4, Action::Refused),
        ]);
        let webhook = self.chance.weighed(&[
            (40, WebhookTiming::Now),
            (30, WebhookTiming::Later),
            (20, WebhookTiming::Lost),
            (10, WebhookTiming::Twice),
        ]);
        let wait = self.chance.weighed(&[(72, 40), (22, 300), (4, 2 * HOUR), (2, DAY)]);
        let when = When::After(self.chance.between(0, wait));
        self.take(when, Deed::Window { newest, card, action, webhook });
        if self.chance.hits(850) {
            let times = self.chance.weighed(&[(60, 1), (30, 2), (10, 3)]);
            let when = When::After(self.chance.weighed(&[(70, 0), (20, 3), (10, 200)]));
            self.take(when, Deed::Complete { newest, times });
        }
    }

    fn subscribe(&mut self, when: When) {
        let plan = u8::from(self.chance.hits(300));
        self.take(when, Deed::Open { plan });
        if self.chance.hits(150) {
            // Two tabs.
            let when = When::After(self.chance.between(0, 60));
            let plan = u8::from(self.chance.hits(500));
            self.take(when, Deed::Open { plan });
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
            self.take(when, Deed::Complete { newest: true, times: 1 });
        }
    }

    fn change_card(&mut self, when: When) {
        self.take(when, Deed::ChangeCard);
        self.window(true);
    }

    fn something(&mut self) {
        let hostile = self.hostile();
        match self.chance.below(133) {
            0..22 => {
                let when = When::Renewal(self.chance.between(600, 3 * DAY));
                self.take(when, Deed::Look);
            }
            22..36 => {
                let times = self.chance.weighed(&[(80, 1), (20, 2)]);
                self.take(hostile, Deed::Cancel { times });
                if self.chance.hits(400) {
                    let when = self.hostile();
                    self.take(when, Deed::Resume { times: 1 });
                }
            }
            36..44 => self.take(hostile, Deed::Resume { times: 1 }),
            44..58 => {
                let when = When::Renewal(-self.chance.between(60, 3 * HOUR));
                let card = self.chance.one(&Card::ALL);
                self.take(when, Deed::SetCard(card));
                if self.chance.hits(300) {
                    let when = When::Retry(self.chance.between(-130, 130));
                    self.change_card(when);
                } else if self.chance.hits(600) {
                    let when = When::Retry(-self.chance.between(1, 2 * DAY));
                    self.take(when, Deed::SetCard(Card::Approve));
                }
            }
            58..68 => self.change_card(hostile),
            68..76 => self.subscribe(hostile),
            76..82 => {
                let when = if self.chance.hits(500) {
                    When::Nightly(self.chance.between(-2, 2))
                } else {
                    hostile
                };
                let dry_run = self.chance.hits(200);
                self.take(when, Deed::Button { dry_run });
            }
            82..86 => {
                let kind = self.chance.one(&[0, 1, 2, 3]);
                self.take(hostile, Deed::Forge(kind));
            }
            86..92 => self.take(hostile, Deed::Resend),
            92..94 => self.take(hostile, Deed::List),
            94..106 => {
                let when = When::Renewal(-self.chance.between(-120, 30 * DAY));
                self.take(when, Deed::Agree);
            }
            106..109 => {
                let months = self.chance.one(&[0, 1, 2, 40]);
                self.take(hostile, Deed::Expiry { months });
            }
            109..113 => {
                let newest = self.chance.hits(700);
                self.take(hostile, Deed::GiveBack { newest });
            }
            113..117 => {
                let dry_run = self.chance.hits(250);
                self.take(hostile, Deed::Reconcile { dry_run });
            }
            117..119 => self.take(hostile, Deed::Pry),
            119..125 => {
                // The schedule runs, for nobody can take it back.
                let when = When::Renewal(-self.chance.between(1, 70));
                let seconds = self.chance.one(&[30, 120, 900]);
                self.take(when, Deed::Cut { partner: Partner::Iamport, seconds });
                let times = self.chance.weighed(&[(80, 1), (20, 2)]);
                let when = When::After(self.chance.between(0, 50));
                self.take(when, Deed::Cancel { times });
            }
            125..128 => {
                let partner = self.chance.one(&Partner::ALL);
                let seconds = self.chance.one(&[2, 30, 700]);
                self.take(hostile, Deed::Cut { partner, seconds });
            }
            _ => self.take(hostile, Deed::SetCard(Card::Approve)),
        }
    }
}
