//! Building a [`Simulator`].

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;

use crate::{
    Clock, Deliver, Simulator, StoreError, Switch, WebhookFormat, settings::Settings,
    simulator::Inner, state::State,
};

/// Builds a [`Simulator`]; see [`Simulator::builder`].
#[must_use]
pub struct Builder {
    settings: Settings,
    clock: Clock,
    deliver: Deliver,
    seed: u64,
    file: Option<PathBuf>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings {
                key: "imp_key".to_owned(),
                secret: "imp_secret".to_owned(),
                console_webhook_url: None,
                webhook_format: WebhookFormat::default(),
                switches: BTreeSet::new(),
            },
            clock: Arc::new(Timestamp::now),
            deliver: Arc::new(|_| {
                Box::pin(async {
                    Err("this simulator was built without a way to send webhooks".into())
                })
            }),
            seed: 0,
            file: None,
        }
    }
}

impl Simulator {
    /// Starts to build a simulator.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// The source of the current time; the system clock by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Seeds the only source of randomness; 0 by default. The same seed, clock and calls give the same
    /// ids, tokens and delays. A file that already has state continues from there.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The API key and secret; `imp_key` and `imp_secret` by default.
    pub fn credentials(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        self.settings.key = key.into();
        self.settings.secret = secret.into();
        self
    }

    /// Where webhooks go if their payment has no `notice_url`; nowhere by default.
    pub fn console_webhook_url(mut self, url: impl Into<String>) -> Self {
        self.settings.console_webhook_url = Some(url.into());
        self
    }

    /// The format of webhooks; JSON by default.
    pub fn webhook_format(mut self, format: WebhookFormat) -> Self {
        self.settings.webhook_format = format;
        self
    }

    /// Turns a switch on.
    pub fn switch(mut self, switch: Switch) -> Self {
        self.settings.switches.insert(switch);
        self
    }

    /// Keeps the state in this file, so that the process may end at any moment. Without a file the
    /// state ends with the [`Simulator`].
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// What sends webhooks. Without it, sending one fails.
    pub fn deliver(mut self, deliver: Deliver) -> Self {
        self.deliver = deliver;
        self
    }

    /// Builds the simulator.
    ///
    /// # Errors
    /// The file cannot be used. Without a file there is no error.
    pub fn build(self) -> Result<Simulator, StoreError> {
        let state = match &self.file {
            Some(path) => State::open(self.settings, self.seed, path)?,
            None => State::new(self.settings, self.seed),
        };
        Ok(Simulator::from(Inner {
            state: Mutex::new(state),
            clock: self.clock,
            deliver: self.deliver,
        }))
    }
}
