//! The functions' binaries as Lambda runs them: each behind a Runtime API on loopback, with the local stack for
//! all that they meet.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a field is null")]

mod lambda;

use crate::dynamodb::routes;
use crate::google::{Google, SignIn};
use crate::stack::{Addresses, Stack, StackError, setting};
use axum::body::{Body, Bytes, to_bytes};
use axum::serve::ListenerExt;
use http::{Request, StatusCode, Uri};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

pub(crate) use lambda::{Lambda, Outcome};

/// The functions, and whether API Gateway wakes them.
pub(crate) const FUNCTIONS: [(&str, bool); 7] = [
    ("account", true),
    ("admin", true),
    ("cancellation", true),
    ("checkout", true),
    ("iamport-webhook", true),
    ("announce", false),
    ("sweep", false),
];

/// What is in the binaries' environment.
const NAMES: [&str; 22] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "EVENT_BUS",
    "FIREBASE_IDENTITY_TOOLKIT_URL",
    "FIREBASE_JWKS_URL",
    "FIREBASE_PROJECT",
    "FIREBASE_SERVICE_ACCOUNT",
    "IAMPORT_API_KEY",
    "IAMPORT_API_SECRET",
    "IAMPORT_BASE_URL",
    "IAMPORT_PG",
    "IAMPORT_SANDBOX",
    "JOURNAL_TABLE",
    "ORDERS_TABLE",
    "PAYMENTS_TABLE",
    "PUBLIC_API_URL",
    "RETAINED_TABLE",
    "SUBSCRIPTIONS_TABLE",
    "WEB_URL",
];

/// Why it could not run.
#[derive(Debug, thiserror::Error)]
pub enum BinariesError {
    /// The stack.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A file, a socket or a process.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// A sample.
    #[error("{0} is no JSON")]
    Sample(PathBuf, #[source] serde_json::Error),
    /// Somebody was to subscribe first.
    #[error("nobody could subscribe: {0}")]
    Nobody(String),
}

/// The local stack on loopback.
pub(crate) struct World {
    stack: Stack,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// They end with it.
    _servers: JoinSet<()>,
}

/// The binaries' environment where everything is at these addresses, and these are the accounts.
pub(crate) fn environment(addresses: &Addresses, google: &Google) -> Vec<(&'static str, String)> {
    let account = google.service_account_json(&addresses.simulator);
    let named = |name| Some((name, setting(name, addresses, &account)?));
    NAMES.into_iter().filter_map(named).collect()
}

impl World {
    pub(crate) async fn open() -> Result<Self, BinariesError> {
        let folder = std::env::temp_dir().join(format!("gudok-{}", std::process::id()));
        let bind = || async { TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await };
        let io = |error| BinariesError::Io("loopback".to_owned(), error);
        let (simulator, dynamodb) = (bind().await.map_err(io)?, bind().await.map_err(io)?);
        let at = |listener: &TcpListener| {
            listener.local_addr().map(|address| format!("http://{address}")).map_err(io)
        };
        let addresses = Addresses {
            // Webhooks would go there. Nobody listens: the events are the webhooks.
            gateway: "http://127.0.0.1:9".to_owned(),
            simulator: at(&simulator)?,
            dynamodb: at(&dynamodb)?,
            auth: None,
        };
        let stack = Stack::kept_in(&folder, &addresses, &[]).await?;
        let mut environment = environment(&addresses, &stack.google);
        environment.push(("SLACK_WEBHOOK_URL", format!("{}/slack/webhook", addresses.simulator)));
        let mut servers = JoinSet::new();
        let (partners, database) = (stack.partners(), stack.database.clone());
        let simulator = simulator.tap_io(|stream| drop(stream.set_nodelay(true)));
        servers.spawn(async move { drop(axum::serve(simulator, partners).await) });
        let dynamodb = dynamodb.tap_io(|stream| drop(stream.set_nodelay(true)));
        servers.spawn(async move { drop(axum::serve(dynamodb, routes(database)).await) });
        Ok(Self { stack, folder, environment, _servers: servers })
    }

    /// Starts a binary. What it writes to standard error is kept until the next one starts.
    pub(crate) async fn start(
        &self,
        binary: &Path,
        arguments: &[PathBuf],
    ) -> Result<Lambda, BinariesError> {
        Lambda::start(binary, arguments, &self.environment, &self.log())
            .await
            .map_err(|error| BinariesError::Io(binary.display().to_string(), error))
    }

    /// Has a script make tables of its own, with this member in them.
    pub(crate) async fn seed(
        &self,
        node: &Path,
        script: &Path,
        member: &Member,
    ) -> Result<(), BinariesError> {
        let io = |error| BinariesError::Io(script.display().to_string(), error);
        let done = tokio::process::Command::new(node)
            .arg(script)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("SEED_UID", &member.uid)
            .env("SEED_REGISTRATION", &member.registration)
            .env("SEED_MERCHANT_UID", &member.merchant_uid)
            .env("SEED_IMP_UID", &member.imp_uid)
            .output()
            .await
            .map_err(io)?;
        if done.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        Err(io(std::io::Error::other(said)))
    }

    /// API Gateway with all functions behind it, in this process.
    pub(crate) fn gateway(&self) -> axum::Router {
        self.stack.gateway()
    }

    /// What the binary that was started last has written to standard error.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.folder.join("stderr")
    }

    /// Somebody who has subscribed and paid, and an admin's token beside the own one. An admin's event may have paused
    /// new checkouts before.
    pub(crate) async fn member(&self, uid: &str) -> Result<Member, BinariesError> {
        let (token, admin) = (self.token(uid, None)?, self.token("admin", Some(true))?);
        self.post(
            "/admin/checkouts",
            &admin,
            &json!({"paused": false, "reason": "another member"}),
        )
        .await?;
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let opened = self.post("/checkout", &token, &body).await?;
        let window =
            json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": "lost"});
        let nobody = |why: String| BinariesError::Nobody(why);
        let window = serde_json::from_value(window).map_err(|error| nobody(error.to_string()))?;
        let told = self.stack.iamport.card_window(&window).await;
        told.map_err(|error| nobody(error.to_string()))?;
        let registration = opened["merchant_uid"].as_str().unwrap_or_default().to_owned();
        let path = format!("/checkout/{registration}/complete");
        let paid = self.post(&path, &token, &json!({})).await?;
        let latest = &paid["latest_payment"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Member {
            uid: uid.to_owned(),
            token,
            admin,
            registration,
            imp_uid: text(&latest["imp_uid"]),
            merchant_uid: text(&latest["merchant_uid"]),
            query: self.query_of(&text(&latest["merchant_uid"])),
        })
    }

    /// The query of the address that Iamport was given for this order.
    fn query_of(&self, merchant_uid: &str) -> String {
        let webhooks = self.stack.iamport.webhooks();
        let of_it = webhooks.into_iter().find(|webhook| webhook.merchant_uid == merchant_uid);
        let url = of_it.and_then(|webhook| webhook.url).unwrap_or_default();
        url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    /// Subscribes so many members, and lets the day come on which all of them are charged: the webhooks of that, each
    /// as its path with its query and its body.
    pub(crate) async fn renewals(
        &self,
        count: u32,
    ) -> Result<Vec<(String, String)>, BinariesError> {
        let nobody = |why: String| BinariesError::Nobody(why);
        for member in 0..count {
            self.member(&format!("renews{member}")).await?;
        }
        let before = self.stack.iamport.webhooks().len();
        let month = SignedDuration::from_hours(32 * 24);
        let at = self.stack.clock.now().saturating_add(month).unwrap_or_default();
        self.stack.clock.move_to(at).map_err(|error| nobody(error.to_string()))?;
        let run = self.stack.iamport.run_due(at).await;
        run.map_err(|error| nobody(error.to_string()))?;
        let webhooks = self.stack.iamport.webhooks().into_iter().skip(before);
        let path = |url: &str| {
            let url: Uri = url.parse().ok()?;
            url.path_and_query().map(ToString::to_string)
        };
        Ok(webhooks.filter_map(|it| Some((path(&it.url?)?, it.body))).collect())
    }

    fn token(&self, uid: &str, admin: Option<bool>) -> Result<String, BinariesError> {
        let sign_in = SignIn { uid: uid.to_owned(), email: format!("{uid}@example.com"), admin };
        self.stack
            .google
            .sign_in(&sign_in)
            .map_err(|error| BinariesError::Nobody(error.to_string()))
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Result<Value, BinariesError> {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|error| BinariesError::Nobody(error.to_string()))?;
        let answer = match self.stack.gateway().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|error| BinariesError::Nobody(error.to_string()))
        } else {
            Err(BinariesError::Nobody(refusal(status, &body)))
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn refusal(status: StatusCode, body: &Bytes) -> String {
    format!("{status} {}", String::from_utf8_lossy(body))
}

/// Somebody who has subscribed and paid, and an admin.
pub(crate) struct Member {
    uid: String,
    token: String,
    admin: String,
    registration: String,
    imp_uid: String,
    merchant_uid: String,
    /// The query of the address that Iamport was given for its charge.
    query: String,
}

impl Member {
    /// Who asks.
    pub(crate) fn token(&self) -> String {
        self.token.clone()
    }

    /// The webhook of the payment.
    pub(crate) fn webhook(&self) -> String {
        json!({"imp_uid": self.imp_uid, "merchant_uid": self.merchant_uid, "status": "paid"})
            .to_string()
    }

    /// Where it goes to.
    pub(crate) fn webhook_path(&self) -> String {
        format!("/iamport-callback?{}", self.query)
    }

    /// A function's sample events, as this member's.
    pub(crate) fn samples(
        &self,
        folder: &Path,
        function: &str,
    ) -> Result<Vec<Value>, BinariesError> {
        let folder = folder.join(function);
        let io = |error| BinariesError::Io(folder.display().to_string(), error);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            files.push(entry.map_err(io)?.path());
        }
        files.sort();
        files.iter().map(|file| self.read(file, function)).collect()
    }

    /// One of them.
    pub(crate) fn sample(
        &self,
        folder: &Path,
        function: &str,
        name: &str,
    ) -> Result<Value, BinariesError> {
        self.read(&folder.join(function).join(name).with_extension("json"), function)
    }

    fn read(&self, file: &Path, function: &str) -> Result<Value, BinariesError> {
        let io = |error| BinariesError::Io(file.display().to_string(), error);
        let token = if function == "admin" { &self.admin } else { &self.token };
        let sample = std::fs::read_to_string(file).map_err(io)?;
        let sample = sample
            .replace("${ID_TOKEN}", token)
            .replace("Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", &self.uid)
            .replace("reg-01KAQ3X0000000000000000000-0", &self.registration)
            .replace("pay-01KAQ3X0000000000000000000-0-0", &self.merchant_uid)
            .replace("pay-01KAQ3X0000000000000000000-1-0", &self.merchant_uid)
            .replace("imps_000000000002", &self.imp_uid);
        let mut sample: Value = serde_json::from_str(&sample)
            .map_err(|error| BinariesError::Sample(file.to_owned(), error))?;
        if function == "iamport-webhook"
            && let Some(query) = sample.get_mut("rawQueryString")
        {
            *query = self.query.clone().into();
        }
        Ok(sample)
    }
}
