//! One invocation of a function, which can die at any request it sends.

use crate::history::chance::Chance;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Invocation>>> = const { RefCell::new(None) };
}

/// Where an invocation dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CrashPoint {
    /// At which of its requests, counting from 1.
    pub(crate) request: usize,
    /// Whether that request still takes effect.
    pub(crate) after: bool,
}

impl CrashPoint {
    /// Draws a crash point, this many times in a thousand.
    pub(crate) fn drawn(per_mille: u64, chance: &mut Chance) -> Option<Self> {
        chance.hits(per_mille).then(|| {
            let request = chance.one(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24]);
            Self { request, after: chance.hits(500) }
        })
    }
}

/// One invocation of a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Names the invocation, so that draws about it can be repeated.
    pub(crate) key: String,
    /// Where it dies, if it does.
    pub(crate) crash: Option<CrashPoint>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: usize,
    dead: bool,
}

impl Invocation {
    /// An invocation with this name.
    pub(crate) fn new(key: String, crash: Option<CrashPoint>) -> Arc<Self> {
        Arc::new(Self { key, crash, state: Mutex::default() })
    }

    /// The invocation that is being polled right now.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Counts a request. Returns its number, from 1.
    pub(crate) fn sends(&self) -> usize {
        let mut state = self.lock();
        state.sent = state.sent.saturating_add(1);
        state.sent
    }

    /// How many requests it has sent.
    pub(crate) fn sent(&self) -> usize {
        self.lock().sent
    }

    /// Marks it as dead: nothing it does takes effect any more.
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

/// A running invocation. Resolves to `None` if it dies, and drops what was running.
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
