//! One member as the stack sees her: what she sends, what she asks, and where time is moved.

use billing::SEOUL;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, civil::date};
use serde_json::{Value, json};

/// Why a story stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoryError {
    #[error("the stack does not answer; is it running (`make up`)?")]
    Unreachable(#[source] reqwest::Error),
    #[error("{0}")]
    NotAsTold(String),
}

/// One member, and the stack.
pub(super) struct Player {
    client: reqwest::Client,
    api: String,
    simulator: String,
    pub(super) uid: String,
}

impl Player {
    pub(super) fn new(api_port: u16, simulator_port: u16) -> Result<Self, StoryError> {
        let client =
            reqwest::Client::builder().no_proxy().build().map_err(StoryError::Unreachable)?;
        Ok(Self {
            client,
            api: format!("http://127.0.0.1:{api_port}"),
            simulator: format!("http://127.0.0.1:{simulator_port}"),
            uid: String::new(),
        })
    }

    pub(super) async fn checkout(&self) -> Result<Value, StoryError> {
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        self.open("/checkout", body).await
    }

    pub(super) async fn another_card(&self) -> Result<Value, StoryError> {
        self.open("/subscription/card", json!({})).await
    }

    async fn open(&self, path: &str, body: Value) -> Result<Value, StoryError> {
        let opened = self.post(path, body, 201).await?;
        self.note(&format!("POST {path}: a card registration, {}", text(&opened, "merchant_uid")))
            .await?;
        Ok(opened)
    }

    pub(super) async fn window(
        &self,
        opened: &Value,
        card: &str,
        webhook: &str,
    ) -> Result<Value, StoryError> {
        let body = json!({"request_pay": opened["request_pay"], "card": card, "webhook": webhook});
        let told = self
            .call("POST", &format!("{}/simulator/card-window", self.simulator), None, Some(body))
            .await?
            .1;
        self.note(&format!("Inicis' window: card `{card}` registered.")).await?;
        Ok(told)
    }

    pub(super) async fn complete(&self, opened: &Value, status: u16) -> Result<Value, StoryError> {
        let path = format!("/checkout/{}/complete", text(opened, "merchant_uid"));
        self.post(&path, json!({}), status).await
    }

    pub(super) async fn set_card(
        &self,
        customer_uid: &Value,
        card: &str,
    ) -> Result<(), StoryError> {
        let url = format!(
            "{}/simulator/customers/{}/card",
            self.simulator,
            customer_uid.as_str().unwrap_or_default()
        );
        self.call("PUT", &url, None, Some(json!({"card": card}))).await?;
        self.note(&format!("From now on the card is `{card}`.")).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        body: Value,
        wanted: u16,
    ) -> Result<Value, StoryError> {
        let (status, answer) = self
            .call("POST", &format!("{}{path}", self.api), Some(&self.token().await?), Some(body))
            .await?;
        self.expect(path, status, wanted)
            .map_err(|error| StoryError::NotAsTold(format!("{error} {answer}")))?;
        Ok(answer)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, StoryError> {
        Ok(self
            .call("GET", &format!("{}{path}", self.api), Some(&self.token().await?), None)
            .await?
            .1)
    }

    pub(super) async fn get_simulator(&self, path: &str) -> Result<Value, StoryError> {
        Ok(self.call("GET", &format!("{}{path}", self.simulator), None, None).await?.1)
    }

    /// A fresh token: they last an hour, and here months pass.
    pub(super) async fn token(&self) -> Result<String, StoryError> {
        let body = json!({"uid": self.uid, "email": format!("{}@example.com", self.uid)});
        let (_, answer) = self
            .call("POST", &format!("{}/simulator/sign-in", self.simulator), None, Some(body))
            .await?;
        Ok(text(&answer, "id_token"))
    }

    pub(super) async fn may_enter(&self) -> Result<bool, StoryError> {
        let accounts = self.get_simulator("/simulator/accounts").await?;
        let mine = accounts["accounts"]
            .as_array()
            .and_then(|all| all.iter().find(|account| account["uid"] == self.uid.as_str()));
        Ok(mine.is_some_and(|account| account["custom_claims"]["subscriber"] == true))
    }

    pub(super) async fn payments(&self) -> Result<Vec<Value>, StoryError> {
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
    pub(super) async fn charges(&self) -> Result<Vec<Value>, StoryError> {
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

    pub(super) async fn standing(&self) -> Result<Vec<Value>, StoryError> {
        let schedules = self.get_simulator("/simulator/schedules").await?;
        let runs: Vec<String> =
            self.charges().await?.iter().map(|charge| text(charge, "customer_uid")).collect();
        let mine = |schedule: &&Value| {
            schedule["schedule_status"] == "scheduled"
                && runs.contains(&text(schedule, "customer_uid"))
        };
        Ok(schedules.as_array().into_iter().flatten().filter(mine).cloned().collect())
    }

    pub(super) async fn check_books(&self) -> Result<(), StoryError> {
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
    pub(super) async fn next_anchor(&self, month: i8, day: i8) -> Result<Date, StoryError> {
        let today = self.now().await?.to_zoned(SEOUL).date();
        let this_year = date(today.year(), month, day);
        Ok(if this_year > today { this_year } else { this_year.saturating_add(1.year()) })
    }

    pub(super) async fn until(&self, day: Date, hour: i8, why: &str) -> Result<(), StoryError> {
        let target =
            day.at(hour, 0, 0, 0).to_zoned(SEOUL).map_or(Timestamp::MAX, |zoned| zoned.timestamp());
        if target.duration_since(self.now().await?) > SignedDuration::ZERO {
            let body = json!({"advance_to": target.to_string()});
            self.call("POST", &format!("{}/simulator/clock", self.simulator), None, Some(body))
                .await?;
        }
        if why.is_empty() { Ok(()) } else { self.note(why).await }
    }

    pub(super) async fn now(&self) -> Result<Timestamp, StoryError> {
        let clock = self.get_simulator("/simulator/clock").await?;
        text(&clock, "now")
            .parse()
            .map_err(|_| StoryError::NotAsTold("the clock tells no time".to_owned()))
    }

    pub(super) async fn note(&self, what: &str) -> Result<(), StoryError> {
        let at = self.now().await?.to_zoned(SEOUL);
        say(&at.strftime("%Y-%m-%d %H:%M").to_string(), what);
        Ok(())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a number or a word reads better without an ampersand"
    )]
    pub(super) fn expect<T: PartialEq + std::fmt::Debug>(
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

    pub(super) async fn call(
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
        if url.ends_with("/checkout") || url.ends_with("/subscription/card") {
            // What the app would send along.
            let asked = format!("{}/simulator/app-check", self.simulator);
            let (_, given) = Box::pin(self.call("POST", &asked, None, Some(json!({})))).await?;
            request = request.header("X-Firebase-AppCheck", text(&given, "token"));
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

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[expect(clippy::print_stdout, reason = "this is the program's output")]
pub(super) fn say(when: &str, what: &str) {
    println!("{when:<16}  {what}");
}
