//! One run of a function, which can end at any request it sends.

use crate::history::chance::Chance;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Invocation>>> = const { RefCell::new(None) };
}

/// Where a run dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CrashPoint {
    /// At which of its requests, counted from 1.
    pub(crate) request: usize,
    /// Whether that one still has its effect.
    pub(crate) after: bool,
}

impl CrashPoint {
    /// Somewhere, so many times in a thousand.
    pub(crate) fn drawn(per_mille: u64, chance: &mut Chance) -> Option<Self> {
        chance.hits(per_mille).then(|| {
            let request = chance.one(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24]);
            Self { request, after: chance.hits(500) }
        })
    }
}

/// One run of a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Names the run, so that chance about it can be repeated.
    pub(crate) key: String,
    /// Where it dies.
    pub(crate) crash: Option<CrashPoint>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: usize,
    dead: bool,
}

impl Invocation {
    /// A run of this name.
    pub(crate) fn new(key: String, crash: Option<CrashPoint>) -> Arc<Self> {
        Arc::new(Self { key, crash, state: Mutex::default() })
    }

    /// Whose request is being made at this moment.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Counts a request: its number, from 1.
    pub(crate) fn sends(&self) -> usize {
        let mut state = self.lock();
        state.sent = state.sent.saturating_add(1);
        state.sent
    }

    /// How many requests it has sent.
    pub(crate) fn sent(&self) -> usize {
        self.lock().sent
    }

    /// From now on nothing of it happens any more.
    pub(crate) fn die(&self) {
        self.lock().dead = true;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.lock().dead
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run of a function. It gives `None` if it died on the way; nothing of it is left then.
pub(crate) struct Interruptible<'a, T> {
    invocation: Arc<Invocation>,
    run: Option<Pin<Box<dyn Future<Output = T> + Send + 'a>>>,
}

impl<'a, T> Interruptible<'a, T> {
    pub(crate) fn new(
        invocation: Arc<Invocation>,
        run: impl Future<Output = T> + Send + 'a,
    ) -> Self {
        Self { invocation, run: Some(Box::pin(run)) }
    }
}

impl<T> Future for Interruptible<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let invocation = self.invocation.clone();
        let Some(run) = &mut self.run else { return Poll::Ready(None) };
        let before = CURRENT.replace(Some(invocation.clone()));
        let polled = run.as_mut().poll(context);
        CURRENT.set(before);
        match polled {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if invocation.is_dead() => {
                let before = CURRENT.replace(Some(invocation));
                self.run = None;
                CURRENT.set(before);
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
