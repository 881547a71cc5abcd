//! The simulator itself: its state and clock, and what can be read and changed directly.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;

use crate::{
    BoxError, Card, Charge, Clock, ConsoleAct, ConsoleError, Customer, Deliver, Fault, Payment,
    Schedule, StoreError, Switch, Webhook, console,
    records::{PaymentStatus, Usage},
    state::State,
    webhook,
};

/// A simulated Iamport, for billing keys. Clones share one state.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub state: Mutex<State>,
    pub clock: Clock,
    pub deliver: Deliver,
}

/// There is no such customer, or the change could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum UnknownCustomer {
    /// Nobody registered under this `customer_uid`.
    #[error("no such customer")]
    Unknown,
    /// The change could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Inner> for Simulator {
    fn from(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator").finish_non_exhaustive()
    }
}

impl Simulator {
    /// The simulator's time: that of its clock, plus what [`Simulator::advance_to`] added.
    pub fn now(&self) -> Timestamp {
        let ahead = self.lock().memo.ahead_seconds;
        self.at(ahead)
    }

    /// A number that changes whenever a payment, a schedule or a customer does.
    pub fn revision(&self) -> u64 {
        let state = self.lock();
        [state.payments.revision(), state.schedules.revision(), state.customers.revision()]
            .into_iter()
            .fold(0, u64::wrapping_add)
    }

    /// When the next thing is due: a schedule to run, a webhook to send. Webhooks that are being sent
    /// at this moment do not count.
    pub fn next_event_at(&self) -> Option<Timestamp> {
        let (at, _) = self.lock().next_event()?;
        Timestamp::from_second(at).ok()
    }

    /// Changes how the card behind a billing key behaves from now on.
    ///
    /// # Errors
    /// The customer is unknown, or the change could not be stored.
    pub fn set_card(&self, customer_uid: &str, card: Card) -> Result<(), UnknownCustomer> {
        self.with(|state, _| {
            let mut row = state.customer(customer_uid)?.clone();
            row.card = card;
            state.customers.put(row);
            Some(())
        })?
        .ok_or(UnknownCustomer::Unknown)
    }

    /// Does what a person can do in Iamport's console. A webhook that results is sent by
    /// [`Simulator::run_due`].
    ///
    /// # Errors
    /// The console refuses, or the change could not be stored.
    pub fn console(&self, act: &ConsoleAct) -> Result<(), ConsoleError> {
        self.with(|state, now| console::act(state, now, act))?.map_err(ConsoleError::Refused)
    }

    /// Turns a switch on or off from now on. With a file this outlasts the process.
    ///
    /// # Errors
    /// The change could not be stored.
    pub fn turn(&self, switch: Switch, on: bool) -> Result<(), StoreError> {
        self.with(|state, _| {
            state.memo.turned.insert(switch, on);
        })
    }

    /// Whether a switch is on.
    pub fn is_on(&self, switch: Switch) -> bool {
        self.lock().has(switch)
    }

    /// Makes the payments and schedules with this `merchant_uid` unreadable, or readable again: the
    /// amount in answers is not a number. The stored records do not change.
    ///
    /// # Errors
    /// The change could not be stored.
    pub fn garble(&self, merchant_uid: &str, garbled: bool) -> Result<(), StoreError> {
        self.with(|state, _| {
            if garbled {
                state.memo.garbled.insert(merchant_uid.to_owned());
            } else {
                state.memo.garbled.remove(merchant_uid);
            }
        })
    }

    /// Injects a fault into coming calls, webhooks or runs of schedules.
    ///
    /// # Errors
    /// The change could not be stored.
    pub fn inject(&self, fault: Fault) -> Result<(), StoreError> {
        self.with(|state, _| state.add_fault(fault))
    }

    /// The faults that have not struck yet.
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().faults.all().map(|row| row.fault.clone()).collect()
    }

    /// Removes all faults that have not struck yet.
    ///
    /// # Errors
    /// The change could not be stored.
    pub fn clear_faults(&self) -> Result<(), StoreError> {
        self.with(|state, _| {
            let ids: Vec<u64> = state.faults.all().map(|row| row.id).collect();
            for id in ids {
                state.faults.take(id);
            }
        })
    }

    /// Money that really moved, oldest first, and how much of it was refunded. Card registrations are
    /// not included, whatever their records say.
    pub fn charges(&self) -> Vec<Charge> {
        self.lock()
            .payments
            .all()
            .map(|row| &row.shown)
            .filter(|payment| moved_money(payment))
            .map(|payment| Charge {
                imp_uid: payment.imp_uid.clone(),
                merchant_uid: payment.merchant_uid.clone(),
                customer_uid: payment.customer_uid.clone(),
                amount: payment.amount,
                cancelled_amount: payment.cancel_amount,
                paid_at: webhook::at(payment.paid_at),
            })
            .collect()
    }

    /// All payment records, oldest first.
    pub fn payments(&self) -> Vec<Payment> {
        self.lock().payments.all().map(|row| row.shown.clone()).collect()
    }

    /// All schedules, oldest first.
    pub fn schedules(&self) -> Vec<Schedule> {
        self.lock().schedules.all().map(|row| row.shown.clone()).collect()
    }

    /// All customers with their cards, oldest first.
    pub fn customers(&self) -> Vec<(Customer, Card)> {
        self.lock().customers.all().map(|row| (row.shown.clone(), row.card)).collect()
    }

    /// All webhooks, oldest first.
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.lock().webhooks.all().cloned().collect()
    }

    /// The webhook with this number.
    pub fn webhook(&self, id: u64) -> Option<Webhook> {
        self.lock().webhooks.get(id).cloned()
    }

    /// Changes the state at the simulator's time, and stores the changes before it returns.
    pub(crate) fn with<T>(
        &self,
        change: impl FnOnce(&mut State, i64) -> T,
    ) -> Result<T, StoreError> {
        let mut state = self.lock();
        let now = self.at(state.memo.ahead_seconds).as_second();
        let result = change(&mut state, now);
        state.keep()?;
        Ok(result)
    }

    /// Locks the state. A thread that panicked while holding it left it consistent: rows change one
    /// at a time.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a webhook to the function that delivers them.
    pub(crate) fn deliver(
        &self,
        webhook: Request<Bytes>,
    ) -> BoxFuture<'static, Result<Response<Bytes>, BoxError>> {
        (self.inner.deliver)(webhook)
    }

    /// The time of the clock alone.
    pub(crate) fn base(&self) -> Timestamp {
        (self.inner.clock)()
    }

    fn at(&self, ahead_seconds: i64) -> Timestamp {
        let base = self.base();
        base.saturating_add(jiff::SignedDuration::from_secs(ahead_seconds)).unwrap_or(base)
    }
}

fn moved_money(payment: &Payment) -> bool {
    let registration = payment.customer_uid_usage == Some(Usage::Issue);
    let settled = match payment.status {
        PaymentStatus::Paid | PaymentStatus::Cancelled => true,
        PaymentStatus::Ready | PaymentStatus::Failed => false,
    };
    settled && !registration
}
