//! Everything the simulator knows. Nothing here waits, sends or reads a clock: `now` is an argument,
//! in UNIX seconds.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{
    fault::{CallFault, Fault, FaultKind, FaultRow, ScheduleFault, WebhookFault},
    params::Call,
    records::{PaymentStatus, Webhook},
    rng::Rng,
    rows::{
        AttemptRow, CustomerRow, PaymentRow, PreparedRow, ScheduleRow, by_customer_uid, by_imp_uid,
        by_merchant_uid,
    },
    settings::{Settings, Switch},
    store::{Store, StoreError},
    table::{Row, Table},
};

pub(crate) struct State {
    pub settings: Settings,
    pub memo: Memo,
    pub customers: Table<CustomerRow>,
    pub payments: Table<PaymentRow>,
    pub schedules: Table<ScheduleRow>,
    pub webhooks: Table<Webhook>,
    pub prepared: Table<PreparedRow>,
    pub attempts: Table<AttemptRow>,
    pub faults: Table<FaultRow>,
    pub late_calls: Table<LateCallRow>,
    /// Webhooks that are being sent at this moment, so that they are not sent twice.
    pub in_flight: BTreeSet<u64>,
    memos: Table<Memo>,
    store: Option<Store>,
}

/// What is stored besides rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memo {
    pub rng: Rng,
    /// The last id given to a row.
    pub last_id: u64,
    pub token: Option<Token>,
    /// How far the simulator's time is ahead of its clock.
    pub ahead_seconds: i64,
    /// Switches turned since the simulator was started.
    #[serde(default)]
    pub turned: BTreeMap<Switch, bool>,
    /// Whether failed schedules are retried automatically.
    #[serde(default)]
    pub recovery: Option<Recovery>,
    /// The `merchant_uid`s whose records are unreadable.
    #[serde(default)]
    pub garbled: BTreeSet<String>,
}

/// The hour at which failed schedules are retried, and when it comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    pub hour: i8,
    pub next_at: i64,
}

impl Row for Memo {
    const TABLE: &'static str = "memo";

    fn id(&self) -> u64 {
        0
    }
}

/// The access token of the one API key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token {
    pub value: String,
    pub expired_at: i64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expired_at", &self.expired_at).finish_non_exhaustive()
    }
}

/// A call that is still on its way after its caller gave up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LateCallRow {
    pub id: u64,
    pub call: Call,
    pub arrives_at: i64,
    /// Whether it was already checked and only has to be approved.
    #[serde(default)]
    pub admitted: bool,
}

impl Row for LateCallRow {
    const TABLE: &'static str = "late_call";

    fn id(&self) -> u64 {
        self.id
    }

    fn due(&self) -> Option<(i64, u64)> {
        Some((self.arrives_at, self.id.saturating_mul(2)))
    }
}

/// Something that happens when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    RunSchedule(u64),
    SendWebhook(u64),
    ReceiveCall(u64),
    Recover,
}

impl State {
    pub(crate) fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            memo: Memo {
                rng: Rng::seeded(seed),
                last_id: 0,
                token: None,
                ahead_seconds: 0,
                turned: BTreeMap::new(),
                recovery: None,
                garbled: BTreeSet::new(),
            },
            customers: Table::default(),
            payments: Table::default(),
            schedules: Table::default(),
            webhooks: Table::default(),
            prepared: Table::default(),
            attempts: Table::default(),
            faults: Table::default(),
            late_calls: Table::default(),
            in_flight: BTreeSet::new(),
            memos: Table::default(),
            store: None,
        }
    }

    /// The state in the file, or a new one if the file is empty.
    pub(crate) fn open(settings: Settings, seed: u64, path: &Path) -> Result<Self, StoreError> {
        let store = Store::open(path)?;
        let mut state = Self::new(settings, seed);
        state.customers = store.load()?;
        state.payments = store.load()?;
        state.schedules = store.load()?;
        state.webhooks = store.load()?;
        state.prepared = store.load()?;
        state.attempts = store.load()?;
        state.faults = store.load()?;
        state.late_calls = store.load()?;
        state.memos = store.load()?;
        if let Some(memo) = state.memos.get(0) {
            state.memo = memo.clone();
        }
        state.store = Some(store);
        Ok(state)
    }

    /// Writes all changes to the file, or none.
    pub(crate) fn keep(&mut self) -> Result<(), StoreError> {
        if self.memos.get(0) != Some(&self.memo) {
            self.memos.put(self.memo.clone());
        }
        if let Some(store) = &self.store {
            store.begin()?;
            if let Err(error) = self.write(store) {
                store.roll_back()?;
                return Err(error);
            }
            store.commit()?;
        }
        self.customers.stored();
        self.payments.stored();
        self.schedules.stored();
        self.webhooks.stored();
        self.prepared.stored();
        self.attempts.stored();
        self.faults.stored();
        self.late_calls.stored();
        self.memos.stored();
        Ok(())
    }

    fn write(&self, store: &Store) -> Result<(), StoreError> {
        store.write(&self.customers)?;
        store.write(&self.payments)?;
        store.write(&self.schedules)?;
        store.write(&self.webhooks)?;
        store.write(&self.prepared)?;
        store.write(&self.attempts)?;
        store.write(&self.faults)?;
        store.write(&self.late_calls)?;
        store.write(&self.memos)
    }

    /// Whether a switch is on.
    pub(crate) fn has(&self, switch: Switch) -> bool {
        self.memo
            .turned
            .get(&switch)
            .copied()
            .unwrap_or_else(|| self.settings.switches.contains(&switch))
    }

    pub(crate) fn new_id(&mut self) -> u64 {
        self.memo.last_id = self.memo.last_id.saturating_add(1);
        self.memo.last_id
    }

    /// `imp_` (the window) or `imps_` (the API and schedules), then 12 digits.
    pub(crate) fn new_imp_uid(&mut self, prefix: &str) -> String {
        loop {
            let imp_uid = format!("{prefix}_{}", self.memo.rng.digits(12));
            if self.payment(&imp_uid).is_none() {
                return imp_uid;
            }
        }
    }

    pub(crate) fn customer(&self, customer_uid: &str) -> Option<&CustomerRow> {
        self.customers.newest(&by_customer_uid(customer_uid))
    }

    pub(crate) fn payment(&self, imp_uid: &str) -> Option<&PaymentRow> {
        self.payments.newest(&by_imp_uid(imp_uid))
    }

    /// The newest schedule under this `merchant_uid`.
    pub(crate) fn schedule(&self, merchant_uid: &str) -> Option<&ScheduleRow> {
        self.schedules.newest(&by_merchant_uid(merchant_uid))
    }

    /// Whether this `merchant_uid` was ever paid or cancelled. One that only failed may be used again
    /// [GUESS: the refusal mentions only paid and cancelled ones].
    pub(crate) fn is_used(&self, merchant_uid: &str) -> bool {
        self.payments.find(&by_merchant_uid(merchant_uid)).any(|row| match row.shown.status {
            PaymentStatus::Paid | PaymentStatus::Cancelled => true,
            PaymentStatus::Ready | PaymentStatus::Failed => false,
        })
    }

    /// What is due next, and when. Webhooks that are already being sent do not count.
    pub(crate) fn next_event(&self) -> Option<(i64, Event)> {
        let schedule = self.schedules.agenda().next().map(|e| (e, Event::RunSchedule(e.2)));
        let webhook = self
            .webhooks
            .agenda()
            .find(|(_, _, id)| !self.in_flight.contains(id))
            .map(|e| (e, Event::SendWebhook(e.2)));
        let call = self.late_calls.agenda().next().map(|e| (e, Event::ReceiveCall(e.2)));
        let recovery =
            self.memo.recovery.map(|recovery| ((recovery.next_at, 0, 0), Event::Recover));
        [schedule, webhook, call, recovery]
            .into_iter()
            .flatten()
            .min_by_key(|(when, _)| *when)
            .map(|((at, _, _), event)| (at, event))
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) {
        let id = self.new_id();
        self.faults.put(FaultRow { id, fault });
    }

    /// The first fault that matches this call; its count goes down by one.
    pub(crate) fn fault_of_call(&mut self, path: &str) -> Option<(CallFault, u32)> {
        self.use_fault(path, |kind| match kind {
            FaultKind::Calls(fault) => Some(fault),
            FaultKind::Webhooks(_) | FaultKind::Schedules(_) => None,
        })
    }

    /// The first fault that matches this webhook; its count goes down by one.
    pub(crate) fn fault_of_webhook(&mut self, url: &str) -> Option<(WebhookFault, u32)> {
        self.use_fault(url, |kind| match kind {
            FaultKind::Webhooks(fault) => Some(fault),
            FaultKind::Calls(_) | FaultKind::Schedules(_) => None,
        })
    }

    /// The first fault that matches this run of a schedule; its count goes down by one.
    pub(crate) fn fault_of_schedule(&mut self, merchant_uid: &str) -> Option<ScheduleFault> {
        let found = self.use_fault(merchant_uid, |kind| match kind {
            FaultKind::Schedules(fault) => Some(fault),
            FaultKind::Calls(_) | FaultKind::Webhooks(_) => None,
        });
        found.map(|(fault, _)| fault)
    }

    fn use_fault<F>(
        &mut self,
        target: &str,
        pick: impl Fn(FaultKind) -> Option<F>,
    ) -> Option<(F, u32)> {
        let (mut row, fault) = self.faults.all().find_map(|row| {
            let fits = row.fault.path.as_deref().is_none_or(|path| target.starts_with(path));
            pick(row.fault.kind).filter(|_| fits).map(|fault| (row.clone(), fault))
        })?;
        let seconds = row.fault.seconds;
        row.fault.count = row.fault.count.saturating_sub(1);
        if row.fault.count == 0 {
            self.faults.take(row.id);
        } else {
            self.faults.put(row);
        }
        Some((fault, seconds))
    }
}
