//! Crash points: kills each flow at each of its requests, before and after the request takes effect, and then
//! either leaves it alone or repeats it. After that only the timers run, and then the oracles check.

use crate::history::actions::{Action, AdminAction, MemberAction, PartnerAction, uid};
use crate::history::conditions::{Conditions, DEARER, Partner, WebhookTrouble};
use crate::history::time::{DAY, HOUR, MINUTE, plus};
use crate::modes::run::{on_paused_time, outcome};
use crate::network::lifetime::CrashPoint;
use crate::oracles::failures::Failure;
use crate::world::World;
use crate::world::site::{RunOptions, Setup};
use iamport_simulator::{Action as WindowAction, Card, WebhookFault, WebhookTiming};
use jiff::{Timestamp, ToSpan};

/// Something that one invocation of a function does from beginning to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// `POST /checkout`.
    Open,
    /// The browser's callback: the card is seen registered, the first month charged, the next scheduled.
    Complete,
    /// The same, by the registration's webhook.
    RegistrationWebhook,
    /// The same, by the timer, because nobody said anything.
    RegistrationSweep,
    /// A renewal, by its webhook.
    RenewalWebhook,
    /// A renewal, by the timer.
    RenewalSweep,
    /// `POST /subscription/cancel`.
    Cancel,
    /// Money that moved after the cancellation is given back.
    Refund,
    /// `POST /subscription/resume`.
    Resume,
    /// `POST /subscription/card`.
    OpenCard,
    /// Another card takes over.
    CompleteCard,
    /// A renewal is declined.
    Decline,
    /// It is retried the next day.
    Retry,
    /// A new card pays at once.
    NewCard,
    /// The nightly timer ends access.
    Revoke,
    /// The admin's button does.
    Button,
    /// The member comes back.
    SubscribeAgain,
    /// An announcement goes to Slack.
    Announce,
    /// `POST /subscription/consent`.
    Consent,
    /// `POST /subscription/card/expiry`.
    Expiry,
    /// An admin gives a payment back.
    GiveBack,
    /// `POST /admin/reconcile`.
    Compare,
    /// The run that it begins, with a schedule to take back and a payment to record.
    Reconcile,
}

/// Where a flow was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// At which of its requests; 0 if it was not killed.
    pub request: usize,
    /// Whether after the request took effect.
    pub after: bool,
    /// Whether the flow was repeated.
    pub again: bool,
}

/// The result of killing a flow everywhere.
#[derive(Debug, Clone)]
pub struct CrashReport {
    /// Which.
    pub flow: Flow,
    /// How many requests one run of it sends.
    pub requests: usize,
    /// How many crash points were tried.
    pub tried: usize,
    /// What did not hold, and where.
    pub failures: Vec<(Crash, Failure)>,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Open,
        Self::Complete,
        Self::RegistrationWebhook,
        Self::RegistrationSweep,
        Self::RenewalWebhook,
        Self::RenewalSweep,
        Self::Cancel,
        Self::Refund,
        Self::Resume,
        Self::OpenCard,
        Self::CompleteCard,
        Self::Decline,
        Self::Retry,
        Self::NewCard,
        Self::Revoke,
        Self::Button,
        Self::SubscribeAgain,
        Self::Announce,
        Self::Consent,
        Self::Expiry,
        Self::GiveBack,
        Self::Compare,
        Self::Reconcile,
    ];

    /// How the name of the invocation begins that is to die.
    const fn run(self) -> &'static str {
        match self {
            Self::Open
            | Self::Complete
            | Self::Cancel
            | Self::Resume
            | Self::OpenCard
            | Self::CompleteCard
            | Self::NewCard
            | Self::SubscribeAgain
            | Self::Consent
            | Self::Expiry => "crash ",
            Self::GiveBack => "refund crash",
            Self::Compare => "compare crash",
            Self::Reconcile => "reconcile crash",
            Self::RegistrationWebhook => "webhook reg",
            Self::RenewalWebhook | Self::Refund | Self::Decline => "webhook pay",
            Self::RegistrationSweep | Self::RenewalSweep | Self::Retry => "catch-up",
            Self::Revoke => "nightly",
            Self::Button => "button crash",
            Self::Announce => "announce",
        }
    }

    /// Kills the flow at every crash point.
    ///
    /// # Panics
    /// When the flow does not run at all.
    pub fn crash(self) -> CrashReport {
        let (requests, failures) = self.play(None);
        assert!(requests > 0, "{self:?} did not run");
        let mut report = CrashReport { flow: self, requests, tried: 0, failures: Vec::new() };
        let never = Crash { request: 0, after: false, again: false };
        report.failures.extend(failures.into_iter().map(|failure| (never, failure)));
        for request in 1..=requests {
            for (after, again) in [(false, false), (false, true), (true, false), (true, true)] {
                let crash = Crash { request, after, again };
                let (_, failures) = self.play(Some(crash));
                report.tried = report.tried.saturating_add(1);
                report.failures.extend(failures.into_iter().map(|failure| (crash, failure)));
            }
        }
        report
    }

    /// Plays the flow once. Returns how many requests its invocation sent, and which oracles failed.
    fn play(self, crash: Option<Crash>) -> (usize, Vec<Failure>) {
        let start: Timestamp = "2027-01-31T06:30:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let from = billing::kst_date(start).saturating_add(20.days());
        let conditions = Conditions {
            review: self == Self::Button,
            price: (self == Self::Consent).then_some((from, DEARER)),
            ..Conditions::default()
        };
        let options = RunOptions::default();
        let setup = Setup { seed: 1, start, members: 1, conditions, bug: None, options };
        on_paused_time(async |logs| {
            let world = World::new(setup).await;
            self.prepare(&world).await;
            let request = crash.map_or(usize::MAX, |crash| crash.request);
            let after = crash.is_some_and(|crash| crash.after);
            world.site.network.troubles.crash_at(self.run(), CrashPoint { request, after });
            self.happen(&world).await;
            let sent = world.site.network.troubles.no_more_crashes();
            if crash.is_some_and(|crash| crash.again) {
                pass(&world, 20).await;
                self.happen(&world).await;
            }
            if self == Self::Button {
                // Whoever presses it and gets no answer presses it again.
                pass(&world, HOUR).await;
                world.act("later", 0, AdminAction::Button { dry_run: false }.into()).await;
            }
            pass(&world, 3 * DAY).await;
            world.audit(&logs.text()).await;
            (sent, outcome(&world).failures)
        })
    }

    /// Everything that comes before the flow.
    async fn prepare(self, world: &World) {
        match self {
            Self::Open | Self::Announce => {}
            Self::Complete => register(world, WebhookTiming::Lost).await,
            Self::RegistrationWebhook => before(world, MemberAction::Open { plan: 0 }).await,
            Self::RegistrationSweep => register(world, WebhookTiming::Lost).await,
            Self::RenewalWebhook => before_renewal(world).await,
            Self::RenewalSweep => before_unheard_renewal(world).await,
            Self::Compare | Self::Reconcile => {
                before_unheard_renewal(world).await;
                pass(world, 90).await;
            }
            Self::Cancel | Self::OpenCard | Self::Consent | Self::Expiry | Self::GiveBack => {
                subscribe(world).await;
            }
            Self::Refund => {
                before_renewal(world).await;
                // The cancellation is stored, and the schedule cannot be taken back in time.
                let down = PartnerAction::Down { partner: Partner::Iamport, seconds: 50 };
                before(world, down).await;
                before(world, MemberAction::Cancel { times: 1 }).await;
            }
            Self::Resume => {
                subscribe(world).await;
                before(world, MemberAction::Cancel { times: 1 }).await;
                pass(world, HOUR).await;
            }
            Self::CompleteCard => {
                subscribe(world).await;
                new_card(world).await;
            }
            Self::Decline => {
                before_renewal(world).await;
                before(world, MemberAction::SetCard(Card::InsufficientFunds)).await;
            }
            Self::Retry => {
                decline(world, Card::InsufficientFunds).await;
                before(world, MemberAction::SetCard(Card::Approve)).await;
                world.until(plus(due(world), DAY - MINUTE)).await;
            }
            Self::NewCard => {
                decline(world, Card::Expired).await;
                new_card(world).await;
            }
            Self::Revoke | Self::Button => over(world).await,
            Self::SubscribeAgain => {
                over(world).await;
                pass(world, DAY).await;
                register(world, WebhookTiming::Lost).await;
            }
        }
    }

    /// The flow itself.
    async fn happen(self, world: &World) {
        let action: Action = match self {
            Self::RegistrationWebhook => return window(world, WebhookTiming::Now).await,
            Self::RegistrationSweep | Self::RenewalSweep | Self::Retry | Self::Revoke => {
                return pass(world, 20 * MINUTE).await;
            }
            Self::RenewalWebhook | Self::Refund | Self::Decline => return pass(world, 200).await,
            Self::Announce => return subscribe(world).await,
            Self::Open => MemberAction::Open { plan: 0 }.into(),
            Self::Complete | Self::CompleteCard | Self::NewCard | Self::SubscribeAgain => {
                MemberAction::Complete { newest: true, times: 1 }.into()
            }
            Self::Cancel => MemberAction::Cancel { times: 1 }.into(),
            Self::Resume => MemberAction::Resume { times: 1 }.into(),
            Self::OpenCard => MemberAction::ChangeCard.into(),
            Self::Button => AdminAction::Button { dry_run: false }.into(),
            Self::Consent => MemberAction::Agree.into(),
            Self::Expiry => MemberAction::Expiry { months: 2 }.into(),
            Self::GiveBack => {
                AdminAction::GiveBack { newest: true, part: false, end: false }.into()
            }
            Self::Compare | Self::Reconcile => AdminAction::Reconcile { dry_run: false }.into(),
        };
        world.act("crash", 0, action).await;
    }
}

/// Lets this many seconds pass.
async fn pass(world: &World, seconds: i64) {
    world.until(plus(world.site.now(), seconds)).await;
}

async fn before(world: &World, action: impl Into<Action>) {
    world.act("before", 0, action.into()).await;
}

async fn register(world: &World, webhook: WebhookTiming) {
    before(world, MemberAction::Open { plan: 0 }).await;
    window(world, webhook).await;
}

async fn window(world: &World, webhook: WebhookTiming) {
    let (card, action) = (Card::Approve, WindowAction::Approve);
    before(world, MemberAction::Window { newest: true, card, action, webhook }).await;
}

async fn new_card(world: &World) {
    before(world, MemberAction::ChangeCard).await;
    window(world, WebhookTiming::Lost).await;
}

async fn subscribe(world: &World) {
    register(world, WebhookTiming::Lost).await;
    before(world, MemberAction::Complete { newest: true, times: 1 }).await;
    pass(world, HOUR).await;
}

/// When the next renewal is due.
fn due(world: &World) -> Timestamp {
    let books = world.site.books();
    let due = books.subscriptions.get(&uid(0)).and_then(|subscription| {
        let date = subscription.paid_through()?;
        Some(books.configuration.policy.charge_at(date, &subscription.uid))
    });
    due.unwrap_or(Timestamp::MAX)
}

async fn before_renewal(world: &World) {
    subscribe(world).await;
    world.until(plus(due(world), -MINUTE)).await;
}

/// Just before a renewal whose webhook will be lost.
async fn before_unheard_renewal(world: &World) {
    before_renewal(world).await;
    let fault = WebhookFault::Lost;
    world.trouble_webhooks(WebhookTrouble { fault, count: 1, seconds: 0 });
}

async fn decline(world: &World, card: Card) {
    before_renewal(world).await;
    before(world, MemberAction::SetCard(card)).await;
    pass(world, HOUR).await;
}

/// Cancelled, and ten minutes before the nightly sweep that ends access.
async fn over(world: &World) {
    subscribe(world).await;
    before(world, MemberAction::Cancel { times: 1 }).await;
    let last = billing::kst_date(due(world));
    world.until(billing::start_of_day(last.saturating_add(1.days()))).await;
}
