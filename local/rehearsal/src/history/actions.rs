//! What members, admins and everyone else do, and when: plain data.

use crate::history::conditions::{Calls, Partner};
use crate::history::configuration::Setting;
use iamport_simulator::{Action as WindowAction, Card, WebhookTiming};

/// A step of a script: an action, and when it is taken.
#[derive(Debug, Clone)]
pub struct Step {
    /// Names the step, so that draws about it stay the same when others are left out.
    pub id: String,
    /// When, relative to the end of the previous step.
    pub when: When,
    /// What.
    pub action: Action,
    /// What happens at the same time, and how many milliseconds later.
    pub meanwhile: Vec<(u64, Meanwhile)>,
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

/// What happens at the same time as a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Iamport runs what is due and sends its webhooks.
    Iamport,
    /// A sweep.
    Sweep { nightly: bool },
    /// Another action concerning the same member.
    Action(Action),
}

/// What somebody does concerning one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The member.
    Member(MemberAction),
    /// An admin at our desk.
    Admin(AdminAction),
    /// A stranger, or someone who changes what the window was given.
    Stranger(StrangerAction),
    /// Whoever configures, deploys and restores.
    Operator(OperatorAction),
    /// Someone at Iamport's console.
    Console(ConsoleAction),
    /// A partner.
    Partner(PartnerAction),
    /// The member, or an admin, at Firebase.
    Account(AccountAction),
    /// Another program that writes claims.
    Claims(ClaimsAction),
}

/// What a member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberAction {
    /// `POST /checkout`.
    Open { plan: u8 },
    /// `POST /subscription/card`.
    ChangeCard,
    /// Inicis' window of the newest or the oldest open registration.
    Window { newest: bool, card: Card, action: WindowAction, webhook: WebhookTiming },
    /// `POST /checkout/{merchant_uid}/complete`, so many times at once.
    Complete { newest: bool, times: u8 },
    /// `POST /subscription/cancel`, so many times at once.
    Cancel { times: u8 },
    /// `POST /subscription/resume`, so many times at once.
    Resume { times: u8 },
    /// Everything that a member can look at.
    Look,
    /// The card of the subscription behaves so from now on.
    SetCard(Card),
    /// `POST /subscription/consent` to the price that is coming.
    Agree,
    /// `POST /subscription/card/expiry`.
    Expiry { months: u8 },
    /// `POST /subscription/retry`, so many times at once.
    Retry { times: u8 },
}

/// What an admin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminAction {
    /// `POST /admin/cancellations/process`.
    Button { dry_run: bool },
    /// `GET /admin/cancellations`.
    List,
    /// `POST /admin/payments/{merchant_uid}/refund` of the newest or the oldest payment, or of a part of it; the
    /// subscription may end with it.
    GiveBack { newest: bool, part: bool, end: bool },
    /// `POST /admin/reconcile` of the last thirty days.
    Reconcile { dry_run: bool },
    /// Everything that an admin can look at.
    LookAtAll,
    /// Resolves this member's open reviews.
    Settle,
}

/// What somebody without access does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrangerAction {
    /// A forged webhook, of one kind or another.
    Forge(u8),
    /// Replays Iamport's latest webhooks for this member.
    Resend,
    /// Someone changes what the window was given and pays under an order of ours in an ordinary way.
    Pay { order: WhichOrder, how: OrdinaryPayment, webhook: WebhookTiming },
}

/// An ordinary payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdinaryPayment {
    /// All of the price.
    Whole,
    /// Half of it.
    Half,
    /// It fails. Iamport says so to nobody, but whoever tried does.
    Refused,
}

/// An order of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichOrder {
    /// Of the newest registration.
    Registration,
    /// Of the newest charge that is open.
    Open,
    /// Of the newest schedule that was ever placed.
    Schedule,
}

/// What the operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorAction {
    /// All functions restart with a changed setting.
    Restart(Setting),
    /// A newer version wrote this member's row, with fields that today's does not know, and was taken back.
    NewerRow,
    /// This member's row cannot be read: a newer version wrote a state that today's does not know.
    Unreadable,
    /// It can be read again.
    Mend,
    /// A table is restored to what it was so many minutes ago.
    Restore { table: TableName, minutes: u16 },
    /// The member called on the phone, or the operator has a reason: `POST /admin/members/{uid}/acts`.
    Act(DeskAct),
    /// The member wants everything erased: `POST /admin/members/{uid}/erase`.
    EraseFor,
}

/// What is done at the desk to a member's subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskAct {
    /// `cancel`.
    Cancel,
    /// `end_now`.
    EndNow,
    /// `give_days`: lets in whoever has no subscription.
    GiveDays { days: u8 },
    /// `try_again`.
    TryAgain,
    /// `ask_for_card`.
    AskForCard,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableName {
    /// One item per member.
    Subscriptions,
    /// A row for each time money moved.
    Payments,
    /// A row for each intent.
    Orders,
    /// What was announced, and what admins did.
    Journal,
}

impl TableName {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::Subscriptions, Self::Payments, Self::Orders, Self::Journal];

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Payments => "payments",
            Self::Orders => "orders",
            Self::Journal => "journal",
        }
    }
}

/// The attribute that a newer version adds to a row, and to its `consent`.
pub(crate) const NEWER_FIELD: &str = "referred_by";

/// What someone does at Iamport's console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsoleAction {
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

/// What partners do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerAction {
    /// From now on it is out of reach, for so many seconds.
    Down { partner: Partner, seconds: u16 },
    /// This member's next schedule is executed, and Iamport has no record of it: with a word on why, or
    /// without any.
    NoRecord { word: bool },
    /// Iamport approves the next charge only so many seconds after it was sent, whoever waits for it.
    ApprovedLate { seconds: u8 },
    /// From now on calls are taken and never answered, for so many seconds.
    Hang { partner: Partner, calls: Calls, arrives: bool, seconds: u16 },
}

/// What is done to an account at Firebase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountAction {
    /// It is deleted, as Korean sites let members do (회원 탈퇴).
    Delete,
    /// It is disabled: nobody signs in with it any more.
    Disable,
}

/// What the other program writes in place of all claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimsAction {
    /// A role of its own.
    Replace,
    /// Nothing.
    Wipe,
}

/// The uid of the member of that number.
pub(crate) fn uid(member: usize) -> String {
    format!("zQ{member}xUid{member}Kw")
}

/// The claim that the other program writes.
pub(crate) const ROLE: &str = "role";

macro_rules! wrapped {
    ($($actor:ident($action:ty)),*) => {$(
        impl From<$action> for Action {
            fn from(action: $action) -> Self {
                Self::$actor(action)
            }
        }
    )*};
}

wrapped!(
    Member(MemberAction),
    Admin(AdminAction),
    Stranger(StrangerAction),
    Operator(OperatorAction),
    Console(ConsoleAction),
    Partner(PartnerAction),
    Account(AccountAction),
    Claims(ClaimsAction)
);
