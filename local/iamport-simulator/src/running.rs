//! What happens as time passes, and what sends webhooks immediately.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    CardWindow, Simulator, StoreError, Webhook, WebhookState,
    answer::Answer,
    charge::run_schedule,
    console,
    state::{Event, State},
    v1, webhook, window,
};

impl Simulator {
    /// Does everything that is due at `now`, in chronological order, including what becomes due in
    /// the process. Webhooks are sent one at a time, each waiting up to 30 s for its answer.
    ///
    /// Two of these may run at once: each takes what the other has not begun. If one is dropped
    /// half-way, the webhook it was sending will be sent again. It needs tokio's timer.
    ///
    /// # Errors
    /// What happened could not be stored.
    pub async fn run_due(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.as_second();
        loop {
            let sent = self.with(|state, _| match state.next_event() {
                Some((at, event)) if at <= now => Some(match event {
                    Event::RunSchedule(id) => {
                        run_schedule(state, id);
                        None
                    }
                    Event::ReceiveCall(id) => {
                        receive(state, id);
                        None
                    }
                    Event::Recover => {
                        console::recover(state);
                        None
                    }
                    Event::SendWebhook(id) => Some(id),
                }),
                _ => None,
            })?;
            match sent {
                None => return Ok(()),
                Some(None) => {}
                Some(Some(id)) => self.send(id).await?,
            }
        }
    }

    /// Moves the simulator's clock to `target`, doing everything that is due on the way at its own
    /// time. A `target` in the past changes nothing.
    ///
    /// # Errors
    /// What happened could not be stored.
    pub async fn advance_to(&self, target: Timestamp) -> Result<(), StoreError> {
        while let Some(event_at) = self.next_event_at().filter(|event_at| *event_at <= target) {
            self.move_clock(event_at)?;
            self.run_due(event_at).await?;
        }
        self.move_clock(target)?;
        self.run_due(target).await
    }

    fn move_clock(&self, target: Timestamp) -> Result<(), StoreError> {
        let base = self.base().as_second();
        self.with(|state, now| {
            if target.as_second() > now {
                state.memo.ahead_seconds = target.as_second().saturating_sub(base);
            }
        })
    }

    /// Does what a member does in the PG's window, and returns what the page's callback receives: the
    /// SDK's fields, or `{"tab_closed": true}` if the page is gone.
    ///
    /// # Errors
    /// What happened could not be stored.
    pub async fn card_window(&self, window: &CardWindow) -> Result<Value, StoreError> {
        let closed = self.with(|state, now| window::act(state, now, window))?;
        let now = self.now();
        for id in closed.send {
            // One that a fault delays is sent later, when it is due.
            let due = self.webhook(id).is_some_and(|webhook| {
                webhook.state == WebhookState::Queued && webhook.due_at <= now
            });
            if due {
                self.send(id).await?;
            }
        }
        Ok(closed.callback)
    }

    /// Sends a webhook again, as the button in the console does. Returns the new one with its answer,
    /// or `None` if there is no webhook with this number.
    ///
    /// # Errors
    /// What happened could not be stored.
    pub async fn resend(&self, id: u64) -> Result<Option<Webhook>, StoreError> {
        let Some(id) = self.with(|state, now| webhook::send_again(state, now, id))? else {
            return Ok(None);
        };
        self.send(id).await?;
        Ok(self.webhook(id))
    }
}

/// Receives a call that was delayed on its way; `None` if it was received before.
pub(crate) fn receive(state: &mut State, id: u64) -> Option<Answer> {
    let late = state.late_calls.take(id)?;
    Some(if late.admitted {
        v1::approve(state, late.arrives_at, &late.call)
    } else {
        v1::answer(state, late.arrives_at, &late.call)
    })
}
