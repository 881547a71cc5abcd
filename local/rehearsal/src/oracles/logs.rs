//! What the functions log, captured per thread.

use std::cell::RefCell;
use std::io;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Captures this thread's logs in production's format: JSON, `info` and above.
pub(crate) struct Listening(#[expect(dead_code, reason = "listens until dropped")] DefaultGuard);

/// In the log line of a loop that had to be stopped.
pub(crate) const RESTLESS: &str = "did not come to rest";

/// Whether this was logged so far.
pub(crate) fn say(what: &str) -> bool {
    WRITTEN.with_borrow(|written| String::from_utf8_lossy(written).contains(what))
}

#[derive(Clone, Copy)]
struct Here;

impl Listening {
    pub(crate) fn begin() -> Self {
        WRITTEN.with_borrow_mut(Vec::clear);
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::INFO)
            .with_current_span(true)
            .without_time()
            .with_writer(Here)
            .finish();
        Self(tracing::subscriber::set_default(subscriber))
    }

    /// Everything logged so far.
    #[expect(clippy::unused_self, reason = "whoever listens can tell")]
    pub(crate) fn text(&self) -> String {
        WRITTEN.with_borrow(|written| String::from_utf8_lossy(written).into_owned())
    }
}

impl io::Write for Here {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Here {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}
