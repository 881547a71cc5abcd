//! Plays a member's life against the running stack and prints it as a timeline. Everything goes through
//! the same HTTP routes as the web app; time is moved by the simulator's clock.

#![expect(
    clippy::indexing_slicing,
    reason = "a field that a JSON value does not have reads as null"
)]

use billing::SEOUL;
use clap::{Parser, ValueEnum};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, civil::date};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Plays a life against the running stack (`make up`).
#[derive(Parser)]
struct Options {
    /// Which.
    #[arg(value_enum, default_value = "life")]
    story: Story,
    /// The API's port.
    #[arg(long, env = "API_PORT", default_value_t = 8080)]
    api_port: u16,
    /// The simulator's port.
    #[arg(long, env = "SIMULATOR_PORT", default_value_t = 8081)]
    simulator_port: u16,
}

#[derive(Clone, Copy, ValueEnum)]
enum Story {
    /// Registration, first charge, thirteen renewals, cancellation, end.
    Life,
    /// A card without balance, retries, a stolen card, a new one.
    Declines,
    /// Cancel, resume, cancel again, the end, and once more.
    SecondThoughts,
}

/// Why a story stopped.
#[derive(Debug, thiserror::Error)]
enum StoryError {
    #[error("the stack does not answer; is it running (`make up`)?")]
    Unreachable(#[source] reqwest::Error),
    #[error("{0}")]
    NotAsTold(String),
}

/// One member, and the stack.
struct Player {
    client: reqwest::Client,
    api: String,
    simulator: String,
    uid: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let told = play(&options).await;
    match told {
        Ok(()) => {
            say("", "✔ Everything was as told.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say("", &format!("✘ {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn play(options: &Options) -> Result<(), StoryError> {
    // Loopback needs no TLS; reqwest wants to know whose it would be.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        return Err(StoryError::NotAsTold("TLS was set up twice".to_owned()));
    }
    let client = reqwest::Client::builder().no_proxy().build().map_err(StoryError::Unreachable)?;
    let mut player = Player {
        client,
        api: format!("http://127.0.0.1:{}", options.api_port),
        simulator: format!("http://127.0.0.1:{}", options.simulator_port),
        uid: String::new(),
    };
    let now = player.now().await?;
    player.uid = format!("minji-{}", now.as_second());
    match options.story {
        Story::Life => player.life().await,
        Story::Declines => player.declines().await,
        Story::SecondThoughts => player.second_thoughts().await,
    }
}

impl Player {
    async fn life(&self) -> Result<(), StoryError> {
        let anchor = self.next_anchor(1, 31).await?;
        self.until(
            anchor,
            15,
            "The story begins on 31 January, the hardest day to count months from.",
        )
        .await?;
        let opened = self.checkout("/checkout").await?;
        let told = self.window(&opened, "approve", "lost").await?;
        self.note(&format!(
            "Iamport says status `{}`, {}원: a registration looks just like a payment.",
            text(&told, "status"),
            told["paid_amount"]
        ))
        .await?;
        self.expect("our payments", self.payments().await?.len(), 0)?;
        self.note("Gudok has no payment of hers: a registration is none.").await?;
        let done = self.complete(&opened, &told, 200).await?;
        self.note(&format!(
            "First charge. State {}, paid through {}.",
            text(&done, "state"),
            text(&done, "paid_through")
        ))
        .await?;
        self.expect("charges at Iamport", self.charges().await?.len(), 1)?;
        self.expect("schedules that stand", self.standing().await?.len(), 1)?;
        self.expect("the custom claim", self.may_enter().await?, true)?;

        let mut dates = Vec::new();
        for month in 1..=13_i64 {
            let due = anchor.saturating_add(month.months());
            self.until(due, 11, "").await?;
            let payments = self.payments().await?;
            let latest = payments.first().cloned().unwrap_or_default();
            self.expect(
                "payments",
                payments.len(),
                usize::try_from(month).unwrap_or_default().saturating_add(1),
            )?;
            dates.push(due.to_string());
            self.note(&format!(
                "Renewal {month:>2}: {}원, paid through {}.",
                latest["amount"],
                text(&latest, "period_end")
            ))
            .await?;
        }
        self.expect("schedules that stand", self.standing().await?.len(), 1)?;

        let done = self.post("/subscription/cancel", json!({}), 200).await?;
        let last: Date = text(&done, "paid_through").parse().unwrap_or(anchor);
        self.note(&format!(
            "Cancelled: no refund, access until {last}. Schedules that stand: {}.",
            self.standing().await?.len()
        ))
        .await?;
        self.expect("schedules that stand", self.standing().await?.len(), 0)?;
        let slack = self.get_simulator("/slack/messages").await?;
        let heard = slack.as_array().is_some_and(|messages| {
            messages.iter().any(|message| {
                text(message, "text").contains("해지 신청")
                    && message.to_string().contains(&self.uid)
            })
        });
        self.expect("Slack heard of the cancellation", heard, true)?;
        self.until(last, 23, "The last day of access.").await?;
        self.expect("the custom claim", self.may_enter().await?, true)?;
        self.until(last.saturating_add(1.day()), 1, "After the nightly sweep (00:10).").await?;
        self.expect("the custom claim", self.may_enter().await?, false)?;
        let ended = self.get("/subscription").await?;
        self.note(&format!(
            "State {}, access taken away at {}.",
            text(&ended, "state"),
            text(&ended, "cancel_processed_at")
        ))
        .await?;
        self.check_books().await
    }

    async fn declines(&self) -> Result<(), StoryError> {
        let anchor = self.next_anchor(1, 31).await?;
        self.until(anchor, 15, "A card without balance.").await?;
        let opened = self.checkout("/checkout").await?;
        let told = self.window(&opened, "insufficient_funds", "now").await?;
        let problem = self.complete(&opened, &told, 402).await?;
        self.note(&format!(
            "Declined: {} ({})",
            text(&problem, "detail"),
            text(&problem, "reason")
        ))
        .await?;
        let opened = self.checkout("/checkout").await?;
        let told = self.window(&opened, "approve", "now").await?;
        self.complete(&opened, &told, 200).await?;
        self.note("With another card she is subscribed.").await?;
        let customer = opened["request_pay"]["customer_uid"].clone();
        self.set_card(&customer, "insufficient_funds").await?;
        let due = anchor.saturating_add(1.month());
        for days in [0_i64, 1, 3, 5] {
            self.until(due.saturating_add(days.days()), 11, "").await?;
            let state = self.get("/subscription").await?;
            self.note(&format!(
                "Tried and declined. State {}, next try {}.",
                text(&state, "state"),
                text(&state, "next_payment_date")
            ))
            .await?;
            self.expect("the custom claim", self.may_enter().await?, true)?;
        }
        self.set_card(&customer, "lost_or_stolen").await?;
        self.until(due.saturating_add(7.days()), 11, "").await?;
        let state = self.get("/subscription").await?;
        self.note(&format!("A stolen card is not tried again: {}", text(&state, "advice"))).await?;
        let opened = self.checkout("/subscription/card").await?;
        let told = self.window(&opened, "approve", "now").await?;
        let done = self.complete(&opened, &told, 200).await?;
        self.note(&format!(
            "A new card pays the open month at once. State {}, paid through {}.",
            text(&done, "state"),
            text(&done, "paid_through")
        ))
        .await?;
        self.expect("payments", self.payments().await?.len(), 2)?;
        self.check_books().await
    }

    async fn second_thoughts(&self) -> Result<(), StoryError> {
        let anchor = self.next_anchor(1, 31).await?;
        self.until(anchor, 15, "").await?;
        let opened = self.checkout("/checkout").await?;
        let told = self.window(&opened, "approve", "now").await?;
        self.complete(&opened, &told, 200).await?;
        for day in [5_i64, 10] {
            self.until(anchor.saturating_add(day.days()), 12, "").await?;
            self.post("/subscription/cancel", json!({}), 200).await?;
            self.expect("schedules that stand", self.standing().await?.len(), 0)?;
            self.note("Cancelled. No schedule stands.").await?;
            self.post("/subscription/resume", json!({}), 200).await?;
            self.expect("schedules that stand", self.standing().await?.len(), 1)?;
            self.note("Resumed. One schedule stands.").await?;
        }
        let due = anchor.saturating_add(1.month());
        self.until(due, 11, "").await?;
        self.expect("payments", self.payments().await?.len(), 2)?;
        self.note("Charged once, on the day, as if nothing had been.").await?;
        self.post("/subscription/cancel", json!({}), 200).await?;
        let last = anchor.saturating_add(2.months());
        self.until(last.saturating_add(1.day()), 1, "").await?;
        let refused = self.post("/subscription/resume", json!({}), 409).await?;
        self.note(&format!("Too late to resume: {}", text(&refused, "detail"))).await?;
        self.until(last.saturating_add(10.days()), 12, "").await?;
        let opened = self.checkout("/checkout").await?;
        let told = self.window(&opened, "approve", "now").await?;
        let done = self.complete(&opened, &told, 200).await?;
        self.note(&format!(
            "Subscribed again, from a new date: paid through {}.",
            text(&done, "paid_through")
        ))
        .await?;
        self.expect("payments", self.payments().await?.len(), 3)?;
        self.check_books().await
    }

    async fn checkout(&self, path: &str) -> Result<Value, StoryError> {
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let opened = self.post(path, body, 201).await?;
        self.note(&format!("POST {path}: a card registration, {}", text(&opened, "merchant_uid")))
            .await?;
        Ok(opened)
    }

    async fn window(&self, opened: &Value, card: &str, webhook: &str) -> Result<Value, StoryError> {
        let body = json!({"request_pay": opened["request_pay"], "card": card, "webhook": webhook});
        let told = self
            .call("POST", &format!("{}/simulator/card-window", self.simulator), None, Some(body))
            .await?
            .1;
        self.note(&format!("Inicis' window: card `{card}` registered.")).await?;
        Ok(told)
    }

    async fn complete(
        &self,
        opened: &Value,
        told: &Value,
        status: u16,
    ) -> Result<Value, StoryError> {
        let path = format!("/checkout/{}/complete", text(opened, "merchant_uid"));
        self.post(&path, json!({"imp_uid": told["imp_uid"]}), status).await
    }

    async fn set_card(&self, customer_uid: &Value, card: &str) -> Result<(), StoryError> {
        let url = format!(
            "{}/simulator/customers/{}/card",
            self.simulator,
            customer_uid.as_str().unwrap_or_default()
        );
        self.call("PUT", &url, None, Some(json!({"card": card}))).await?;
        self.note(&format!("From now on the card is `{card}`.")).await
    }

    async fn post(&self, path: &str, body: Value, wanted: u16) -> Result<Value, StoryError> {
        let (status, answer) = self
            .call("POST", &format!("{}{path}", self.api), Some(&self.token().await?), Some(body))
            .await?;
        self.expect(path, status, wanted)
            .map_err(|error| StoryError::NotAsTold(format!("{error} {answer}")))?;
        Ok(answer)
    }

    async fn get(&self, path: &str) -> Result<Value, StoryError> {
        Ok(self
            .call("GET", &format!("{}{path}", self.api), Some(&self.token().await?), None)
            .await?
            .1)
    }

    async fn get_simulator(&self, path: &str) -> Result<Value, StoryError> {
        Ok(self.call("GET", &format!("{}{path}", self.simulator), None, None).await?.1)
    }

    /// A fresh token: they last an hour, and here months pass.
    async fn token(&self) -> Result<String, StoryError> {
        let body = json!({"uid": self.uid, "email": format!("{}@example.com", self.uid)});
        let (_, answer) = self
            .call("POST", &format!("{}/simulator/sign-in", self.simulator), None, Some(body))
            .await?;
        Ok(text(&answer, "id_token"))
    }

    async fn may_enter(&self) -> Result<bool, StoryError> {
        let accounts = self.get_simulator("/simulator/accounts").await?;
        let mine = accounts["accounts"]
            .as_array()
            .and_then(|all| all.iter().find(|account| account["uid"] == self.uid.as_str()));
        Ok(mine.is_some_and(|account| account["custom_claims"]["subscriber"] == true))
    }

    async fn payments(&self) -> Result<Vec<Value>, StoryError> {
        let (mut all, mut path) = (Vec::new(), "/payments".to_owned());
        loop {
            let page = self.get(&path).await?;
            all.extend(page["payments"].as_array().cloned().unwrap_or_default());
            match page["cursor"].as_str() {
                Some(cursor) => path = format!("/payments?cursor={cursor}"),
                None => return Ok(all),
            }
        }
    }

    /// What moved at Iamport for this member: her orders carry her subscription's id.
    async fn charges(&self) -> Result<Vec<Value>, StoryError> {
        let ours: Vec<String> =
            self.payments().await?.iter().map(|payment| text(payment, "merchant_uid")).collect();
        let run = |id: &str| id.split('-').nth(1).map(ToOwned::to_owned);
        let runs: Vec<_> = ours.iter().filter_map(|id| run(id)).collect();
        let charges = self.get_simulator("/simulator/charges").await?;
        let mine = |charge: &&Value| {
            run(&text(charge, "merchant_uid")).is_some_and(|id| runs.contains(&id))
        };
        Ok(charges.as_array().into_iter().flatten().filter(mine).cloned().collect())
    }

    async fn standing(&self) -> Result<Vec<Value>, StoryError> {
        let schedules = self.get_simulator("/simulator/schedules").await?;
        let runs: Vec<String> =
            self.charges().await?.iter().map(|charge| text(charge, "customer_uid")).collect();
        let mine = |schedule: &&Value| {
            schedule["schedule_status"] == "scheduled"
                && runs.contains(&text(schedule, "customer_uid"))
        };
        Ok(schedules.as_array().into_iter().flatten().filter(mine).cloned().collect())
    }

    async fn check_books(&self) -> Result<(), StoryError> {
        let row = |id: &Value, order: &Value, amount: &Value, back: &Value| {
            json!([id, order, amount, back]).to_string()
        };
        let mut held: Vec<String> = self
            .payments()
            .await?
            .iter()
            .map(|p| row(&p["imp_uid"], &p["merchant_uid"], &p["amount"], &p["refunded"]))
            .collect();
        let mut moved: Vec<String> = self
            .charges()
            .await?
            .iter()
            .map(|c| row(&c["imp_uid"], &c["merchant_uid"], &c["amount"], &c["cancelled_amount"]))
            .collect();
        held.sort();
        moved.sort();
        if held != moved {
            return Err(StoryError::NotAsTold(format!(
                "the table holds {held:?}, and {moved:?} moved"
            )));
        }
        self.note(&format!(
            "The payments table equals what moved at Iamport, row by row: {} rows.",
            held.len()
        ))
        .await
    }

    /// The next date with this month and day.
    async fn next_anchor(&self, month: i8, day: i8) -> Result<Date, StoryError> {
        let today = self.now().await?.to_zoned(SEOUL).date();
        let this_year = date(today.year(), month, day);
        Ok(if this_year > today { this_year } else { this_year.saturating_add(1.year()) })
    }

    async fn until(&self, day: Date, hour: i8, why: &str) -> Result<(), StoryError> {
        let target =
            day.at(hour, 0, 0, 0).to_zoned(SEOUL).map_or(Timestamp::MAX, |zoned| zoned.timestamp());
        if target.duration_since(self.now().await?) > SignedDuration::ZERO {
            let body = json!({"advance_to": target.to_string()});
            self.call("POST", &format!("{}/simulator/clock", self.simulator), None, Some(body))
                .await?;
        }
        if why.is_empty() { Ok(()) } else { self.note(why).await }
    }

    async fn now(&self) -> Result<Timestamp, StoryError> {
        let clock = self.get_simulator("/simulator/clock").await?;
        text(&clock, "now")
            .parse()
            .map_err(|_| StoryError::NotAsTold("the clock tells no time".to_owned()))
    }

    async fn note(&self, what: &str) -> Result<(), StoryError> {
        let at = self.now().await?.to_zoned(SEOUL);
        say(&at.strftime("%Y-%m-%d %H:%M").to_string(), what);
        Ok(())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number or a word reads better without an ampersand"
    )]
    fn expect<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        is: T,
        wanted: T,
    ) -> Result<(), StoryError> {
        if is == wanted {
            return Ok(());
        }
        Err(StoryError::NotAsTold(format!("{what}: {is:?} instead of {wanted:?} ({})", self.uid)))
    }

    async fn call(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Result<(u16, Value), StoryError> {
        let method = if method == "GET" {
            http::Method::GET
        } else if method == "PUT" {
            http::Method::PUT
        } else {
            http::Method::POST
        };
        let mut request = self.client.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.map_err(StoryError::Unreachable)?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(StoryError::Unreachable)?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[expect(clippy::print_stdout, reason = "this is the program's output")]
fn say(when: &str, what: &str) {
    println!("{when:<16}  {what}");
}
