//! Crash points: each flow of the story, killed at each of its requests, once before and once after the
//! request's effect, and then left alone or done again; after that only the timers run, and the oracles are
//! asked.

use crate::audit::audit;
use crate::books::Failure;
use crate::history::{Climate, Deed, Outage, Partner};
use crate::run::{Way, on_paused_time, outcome};
use crate::world::{World, plus, uid};
use billing::kst_at_hour;
use iamport_simulator::{Action, Card, WebhookFault, WebhookTiming};
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;

/// Something that is done from beginning to end by one run of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// `POST /checkout`.
    Open,
    /// The browser's callback: the card is seen registered, the first month charged, the next scheduled.
    Complete,
    /// The same, by the registration's webhook.
    RegistrationWebhook,
    /// The same, by the timer, for nobody said anything.
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
    /// It is tried again the next day.
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
    /// `POST /admin/reconcile`, with a schedule to take back and a payment to record.
    Reconcile,
}

/// A flow, with how many of its requests it was killed at.
#[derive(Debug, Clone)]
pub struct CrashReport {
    /// Which.
    pub flow: Flow,
    /// How many requests one run of it sends.
    pub requests: usize,
    /// How many ways to die were tried.
    pub tried: usize,
    /// What did not hold: at which request, whether after its effect, whether done again.
    pub failures: Vec<(usize, bool, bool, Failure)>,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 22] = [
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
        Self::Reconcile,
    ];

    /// How the run is named that is to die.
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
            Self::Reconcile => "reconcile crash",
            Self::RegistrationWebhook => "webhook reg",
            Self::RenewalWebhook | Self::Refund | Self::Decline => "webhook pay",
            Self::RegistrationSweep | Self::RenewalSweep | Self::Retry => "catch-up",
            Self::Revoke => "nightly",
            Self::Button => "button crash",
            Self::Announce => "announce",
        }
    }

    /// Kills it everywhere.
    ///
    /// # Panics
    /// When the flow does not run at all.
    pub fn crash(self) -> CrashReport {
        let (requests, failures) = self.play(None, false);
        assert!(requests > 0, "{self:?} did not run");
        let mut report = CrashReport { flow: self, requests, tried: 0, failures: Vec::new() };
        report.failures.extend(failures.into_iter().map(|failure| (0, false, false, failure)));
        for at in 1..=requests {
            for after in [false, true] {
                for again in [false, true] {
                    let (_, failures) = self.play(Some((at, after)), again);
                    report.tried += 1;
                    report
                        .failures
                        .extend(failures.into_iter().map(|failure| (at, after, again, failure)));
                }
            }
        }
        report
    }

    /// Plays it once: how many requests the run sent, and what did not hold.
    fn play(self, dies: Option<(usize, bool)>, again: bool) -> (usize, Vec<Failure>) {
        let start: Timestamp = "2027-01-31T06:30:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let from = billing::kst_date(start).saturating_add(20.days());
        let climate = Climate {
            review: self == Self::Button,
            price: (self == Self::Consent).then_some((from, 12_900)),
            ..Climate::calm()
        };
        on_paused_time(async |logs| {
            let world = World::new(1, start, 1, climate, None, Way::default()).await;
            self.prepare(&world).await;
            let (at, after) = dies.unwrap_or((usize::MAX, false));
            world.sky.doom(self.run(), at, after);
            self.happen(&world).await;
            let sent = world.sky.pardon();
            if again {
                world.until(plus(world.now(), 20)).await;
                self.happen(&world).await;
            }
            if self == Self::Button {
                // Whoever presses it and gets no answer presses it again.
                world.until(plus(world.now(), 3_600)).await;
                world.act("later", 0, Deed::Button { dry_run: false }).await;
            }
            world.until(plus(world.now(), 3 * 86_400)).await;
            audit(&world, &logs.text()).await;
            (sent, outcome(&world).failures)
        })
    }

    async fn prepare(self, world: &Arc<World>) {
        match self {
            Self::Open | Self::Announce => {}
            Self::Complete => register(world, WebhookTiming::Lost).await,
            Self::RegistrationWebhook | Self::RegistrationSweep => {
                world.act("before", 0, Deed::Open { plan: 0 }).await;
                if self == Self::RegistrationSweep {
                    window(world, WebhookTiming::Lost).await;
                }
            }
            Self::RenewalWebhook => before_renewal(world).await,
            Self::RenewalSweep => {
                before_renewal(world).await;
                world.order(world.now(), WebhookFault::Lost, 1, 0);
            }
            Self::Cancel | Self::OpenCard | Self::Consent | Self::Expiry | Self::GiveBack => {
                subscribe(world).await;
            }
            Self::Reconcile => {
                before_renewal(world).await;
                world.order(world.now(), WebhookFault::Lost, 1, 0);
                world.until(plus(world.now(), 90)).await;
            }
            Self::Refund => {
                before_renewal(world).await;
                // The cancellation is stored, and the schedule cannot be taken back in time.
                let now = world.now();
                world.sky.outage(Outage {
                    partner: Partner::Iamport,
                    from: now,
                    until: plus(now, 50),
                });
                world.act("before", 0, Deed::Cancel { times: 1 }).await;
            }
            Self::Resume => {
                subscribe(world).await;
                world.act("before", 0, Deed::Cancel { times: 1 }).await;
                world.until(plus(world.now(), 3_600)).await;
            }
            Self::CompleteCard => {
                subscribe(world).await;
                new_card(world).await;
            }
            Self::Decline => {
                before_renewal(world).await;
                world.act("before", 0, Deed::SetCard(Card::InsufficientFunds)).await;
            }
            Self::Retry => {
                decline(world, Card::InsufficientFunds).await;
                world.act("before", 0, Deed::SetCard(Card::Approve)).await;
                let next_day = plus(due(world), 86_400 - 60);
                world.until(next_day).await;
            }
            Self::NewCard => {
                decline(world, Card::Expired).await;
                new_card(world).await;
            }
            Self::Revoke | Self::Button => over(world).await,
            Self::SubscribeAgain => {
                over(world).await;
                world.until(plus(world.now(), 86_400)).await;
                register(world, WebhookTiming::Lost).await;
            }
        }
    }

    async fn happen(self, world: &Arc<World>) {
        match self {
            Self::Open => world.act("crash", 0, Deed::Open { plan: 0 }).await,
            Self::Complete | Self::CompleteCard | Self::NewCard | Self::SubscribeAgain => {
                world.act("crash", 0, Deed::Complete { newest: true, times: 1 }).await;
            }
            Self::RegistrationWebhook => window(world, WebhookTiming::Now).await,
            Self::RegistrationSweep => world.until(plus(world.now(), 1_200)).await,
            Self::RenewalWebhook | Self::Refund | Self::Decline => {
                world.until(plus(world.now(), 200)).await;
            }
            Self::RenewalSweep | Self::Retry => world.until(plus(world.now(), 1_200)).await,
            Self::Cancel => world.act("crash", 0, Deed::Cancel { times: 1 }).await,
            Self::Resume => world.act("crash", 0, Deed::Resume { times: 1 }).await,
            Self::OpenCard => world.act("crash", 0, Deed::ChangeCard).await,
            Self::Revoke => world.until(plus(world.now(), 1_200)).await,
            Self::Button => world.act("crash", 0, Deed::Button { dry_run: false }).await,
            Self::Announce => subscribe(world).await,
            Self::Consent => world.act("crash", 0, Deed::Agree).await,
            Self::Expiry => world.act("crash", 0, Deed::Expiry { months: 2 }).await,
            Self::GiveBack => world.act("crash", 0, Deed::GiveBack { newest: true }).await,
            Self::Reconcile => world.act("crash", 0, Deed::Reconcile { dry_run: false }).await,
        }
    }
}

async fn register(world: &Arc<World>, webhook: WebhookTiming) {
    world.act("before", 0, Deed::Open { plan: 0 }).await;
    window(world, webhook).await;
}

async fn window(world: &Arc<World>, webhook: WebhookTiming) {
    let window =
        Deed::Window { newest: true, card: Card::Approve, action: Action::Approve, webhook };
    world.act("before", 0, window).await;
}

async fn new_card(world: &Arc<World>) {
    world.act("before", 0, Deed::ChangeCard).await;
    window(world, WebhookTiming::Lost).await;
}

async fn subscribe(world: &Arc<World>) {
    register(world, WebhookTiming::Lost).await;
    world.act("before", 0, Deed::Complete { newest: true, times: 1 }).await;
    world.until(plus(world.now(), 3_600)).await;
}

/// When the next renewal is due.
fn due(world: &World) -> Timestamp {
    let inner = world.sky.lock();
    let subscription = inner.books.subscriptions.get(&uid(0));
    let paid_through = subscription.and_then(billing::Subscription::paid_through);
    paid_through.map_or(Timestamp::MAX, |date| kst_at_hour(date, 10))
}

async fn before_renewal(world: &Arc<World>) {
    subscribe(world).await;
    world.until(plus(due(world), -60)).await;
}

async fn decline(world: &Arc<World>, card: Card) {
    before_renewal(world).await;
    world.act("before", 0, Deed::SetCard(card)).await;
    world.until(plus(world.now(), 3_600)).await;
}

/// Cancelled, and ten minutes before the nightly timer that ends it.
async fn over(world: &Arc<World>) {
    subscribe(world).await;
    world.act("before", 0, Deed::Cancel { times: 1 }).await;
    let last = billing::kst_date(due(world));
    world.until(billing::start_of_day(last.saturating_add(1.days()))).await;
}
