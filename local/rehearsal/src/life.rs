//! The life of one run of a function, which can end at any request it sends.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Life>>> = const { RefCell::new(None) };
}

/// One run of a function.
#[derive(Debug)]
pub(crate) struct Life {
    /// Names the run, so that chance about it can be repeated.
    pub(crate) key: String,
    /// At which of its requests it dies, counted from 1, and whether that one still has its effect.
    pub(crate) dies_at: Option<(usize, bool)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: usize,
    dead: bool,
}

impl Life {
    pub(crate) fn new(key: String, dies_at: Option<(usize, bool)>) -> Arc<Self> {
        Arc::new(Self { key, dies_at, state: Mutex::default() })
    }

    /// Whose request is being made at this moment.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Counts a request: its number, from 1.
    pub(crate) fn sends(&self) -> usize {
        let mut state = self.lock();
        state.sent += 1;
        state.sent
    }

    /// How many requests it has sent.
    pub(crate) fn sent(&self) -> usize {
        self.lock().sent
    }

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
pub(crate) struct Mortal<'a, T> {
    life: Arc<Life>,
    run: Option<Pin<Box<dyn Future<Output = T> + Send + 'a>>>,
}

impl<'a, T> Mortal<'a, T> {
    pub(crate) fn new(life: Arc<Life>, run: impl Future<Output = T> + Send + 'a) -> Self {
        Self { life, run: Some(Box::pin(run)) }
    }
}

impl<T> Future for Mortal<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let life = self.life.clone();
        let Some(run) = &mut self.run else { return Poll::Ready(None) };
        let before = CURRENT.replace(Some(life.clone()));
        let polled = run.as_mut().poll(context);
        CURRENT.set(before);
        match polled {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if life.is_dead() => {
                let before = CURRENT.replace(Some(life));
                self.run = None;
                CURRENT.set(before);
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
