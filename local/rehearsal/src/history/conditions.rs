//! The conditions of a history: how often things go wrong, and which troubles come when.

use crate::history::chance::Chance;
use crate::history::time::{DAY, HOUR, plus};
use billing::kst_date;
use iamport_simulator::WebhookFault;
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::BTreeSet;

/// What the monthly plan costs, and what it may come to cost.
pub(crate) const MONTHLY: u64 = 9_900;
pub(crate) const DEARER: u64 = 12_900;
pub(crate) const CHEAPER: u64 = 7_900;

/// How often things go wrong, in a thousand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// Requests that something happens to.
    pub requests: u64,
    /// Invocations that die half-way.
    pub deaths: u64,
    /// Timers and events that come twice.
    pub doubles: u64,
    /// Clients that retry after a 5xx.
    pub retries: u64,
}

/// The conditions of a history.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// How often things go wrong.
    pub rates: FaultRates,
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
    /// Troubles with webhooks, and when they start.
    pub webhooks: Vec<(Timestamp, WebhookTrouble)>,
    /// When the functions' clock jumps, and to how many seconds ahead of Iamport's.
    pub skews: Vec<(Timestamp, i64)>,
    /// If given, only these faults happen; the others are left out.
    pub only: Option<BTreeSet<String>>,
}

/// A trouble with the next few webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookTrouble {
    /// What.
    pub fault: WebhookFault,
    /// How many webhooks it affects.
    pub count: u32,
    /// How late the delayed ones are.
    pub seconds: u32,
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

/// A partner that takes calls for a while and never answers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hang {
    /// Whose.
    pub partner: Partner,
    /// Which.
    pub calls: Calls,
    /// Whether the calls take effect all the same.
    pub arrives: bool,
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

impl Calls {
    pub(crate) const ALL: [Self; 4] = [Self::All, Self::Tokens, Self::Writes, Self::Reads];

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

impl Conditions {
    /// Draws the conditions of a history from `start` to `end`.
    pub(crate) fn of(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Self {
        let span = Span { start, end };
        let requests = chance.weighed(&[(25, 0), (30, 20), (30, 60), (12, 150), (3, 350)]);
        let deaths = chance.weighed(&[(35, 0), (35, 50), (20, 150), (10, 400)]);
        let outages = outages(chance, span);
        let webhooks = webhooks(chance, span);
        let skews = skews(chance, span);
        let price = chance.hits(300).then(|| {
            let from = kst_date(span.moment(chance)).saturating_add(10.days());
            (from, chance.weighed(&[(70, DEARER), (30, CHEAPER)]))
        });
        let doubles = chance.one(&[0, 50, 300]);
        let retries = chance.one(&[0, 500, 1000]);
        Self {
            rates: FaultRates { requests, deaths, doubles, retries },
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
}

/// The span of a history.
#[derive(Clone, Copy)]
struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// A random moment in it.
    fn moment(self, chance: &mut Chance) -> Timestamp {
        plus(self.start, chance.between(0, self.end.duration_since(self.start).as_secs()))
    }
}

fn outages(chance: &mut Chance, span: Span) -> Vec<Outage> {
    let number = chance.weighed(&[(50, 0), (30, 1), (15, 2), (5, 4)]);
    (0..number).map(|_| outage(chance, span)).collect()
}

fn outage(chance: &mut Chance, span: Span) -> Outage {
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
        Partner::Google | Partner::Bus => chance.weighed(&[(60, 300), (35, 3 * HOUR), (5, DAY)]),
        Partner::Slack => chance.one(&[300, 3 * HOUR, DAY]),
    };
    let from = if chance.hits(600) {
        let date = kst_date(span.moment(chance));
        before_the_hour(chance, date, seconds)
    } else {
        span.moment(chance)
    };
    Outage { partner, from, until: plus(from, seconds) }
}

/// Up to this many seconds before the hour in which renewals run, or before its end, or before midnight, when access ends.
fn before_the_hour(chance: &mut Chance, date: Date, seconds: i64) -> Timestamp {
    let hour = billing::kst_at_hour(date, chance.one(&[0, 10, 11]));
    plus(hour, chance.before(0, seconds))
}

fn webhooks(chance: &mut Chance, span: Span) -> Vec<(Timestamp, WebhookTrouble)> {
    let number = chance.weighed(&[(35, 0), (35, 3), (30, 12)]);
    let mut webhooks: Vec<_> = (0..number)
        .map(|_| {
            let fault = chance.one(&[
                WebhookFault::Lost,
                WebhookFault::Lost,
                WebhookFault::Doubled,
                WebhookFault::Delayed,
                WebhookFault::Reordered,
            ]);
            let seconds = chance.one(&[3, 61, 130, 700, 3 * 3_600, 86_400, 5 * 86_400]);
            let at = span.moment(chance);
            (at, WebhookTrouble { fault, count: chance.one(&[1, 2, 10]), seconds })
        })
        .collect();
    webhooks.sort_by_key(|(at, ..)| *at);
    webhooks
}

fn skews(chance: &mut Chance, span: Span) -> Vec<(Timestamp, i64)> {
    if !chance.hits(300) {
        return Vec::new();
    }
    let number = chance.between(1, 6);
    let mut skews: Vec<_> =
        (0..number).map(|_| (span.moment(chance), chance.between(-5, 5))).collect();
    skews.sort_unstable();
    skews
}

/// Draws the hangs of a whole history.
pub(crate) fn hangs(chance: &mut Chance, start: Timestamp, end: Timestamp) -> Vec<Hang> {
    let span = Span { start, end };
    let spells = chance.between(1, 3);
    (0..spells)
        .map(|_| {
            let moment = span.moment(chance);
            let seconds = chance.weighed(&[(50, 150), (35, 1_200), (15, 3 * HOUR)]);
            let from = if chance.hits(700) {
                before_the_hour(chance, kst_date(moment), seconds.min(DAY))
            } else {
                moment
            };
            let (partner, calls, arrives) = which_calls(chance);
            Hang { partner, calls, arrives, from, until: plus(from, seconds) }
        })
        .collect()
}

/// Draws whose calls are never answered, which of them, and whether they take effect.
pub(crate) fn which_calls(chance: &mut Chance) -> (Partner, Calls, bool) {
    let partner = chance.weighed(&[
        (50, Partner::Iamport),
        (20, Partner::Google),
        (15, Partner::DynamoDb),
        (10, Partner::Bus),
        (5, Partner::Slack),
    ]);
    (partner, chance.one(&Calls::ALL), chance.hits(500))
}
