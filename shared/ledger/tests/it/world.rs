//! A ledger on fresh tables, and what it sends.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
        SharedHttpClient, interceptors::BeforeTransmitInterceptorContextRef,
    },
    error::BoxError,
};
use aws_smithy_http_client::{Builder, test_util::infallible_client_fn};
use billing::{Change, Subscription};
use dynoxide::{Database, DynoxideError};
use ledger::{CommitError, Committed, Ledger, Tables, template::create_tables};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use ulid::Ulid;

pub(crate) const TEMPLATE: &str = include_str!("../../../../aws/data.yaml");

/// A ledger on tables of its own.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) client: Client,
    pub(crate) tables: Tables,
    pub(crate) wire: Recorded,
}

/// Everything that was sent, each retry by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<Vec<Sent>>>);

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) operation: String,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        let wire = Recorded::default();
        let endpoint = std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok();
        let http = match endpoint {
            Some(_) => Builder::new().build_http(),
            None => embedded(Database::memory().unwrap()),
        };
        let mut config = config(http, &wire);
        config.set_endpoint_url(endpoint);
        let client = Client::from_conf(config.build());
        let run = Ulid::generate();
        let tables = Tables {
            payments: format!("payments-{run}"),
            subscriptions: format!("subscriptions-{run}"),
            orders: format!("orders-{run}"),
            journal: format!("journal-{run}"),
            retained: format!("retained-{run}"),
        };
        create_tables(&client, TEMPLATE, &tables).await.unwrap();
        wire.take();
        Self { ledger: Ledger::new(client.clone(), tables.clone()), client, tables, wire }
    }
}

/// Stores a change of what is there.
pub(crate) async fn write(ledger: &Ledger, change: &Change) -> Result<Subscription, CommitError> {
    let read = ledger.stored(&change.subscription.uid).await?;
    let Committed { subscription, .. } = ledger.commit(read.as_ref(), change).await?;
    Ok(subscription.into_subscription())
}

impl Recorded {
    /// What was sent since the last look.
    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The operations since the last look.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.take().into_iter().map(|sent| sent.operation).collect()
    }
}

impl Intercept for Recorded {
    fn name(&self) -> &'static str {
        "wire"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap();
        self.0.lock().unwrap().push(Sent {
            operation: target.rsplit('.').next().unwrap().to_owned(),
            body: serde_json::from_slice(request.body().bytes().unwrap()).unwrap(),
        });
        Ok(())
    }
}

/// The configuration of a client over this transport.
pub(crate) fn config(http: SharedHttpClient, wire: &Recorded) -> aws_sdk_dynamodb::config::Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-2"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(http)
        .interceptor(wire.clone())
}

/// A transport that answers out of an engine in this process, without a socket or a thread.
fn embedded(database: Database) -> SharedHttpClient {
    infallible_client_fn(move |request| {
        let target = request.headers()["x-amz-target"].to_str().unwrap();
        let operation = target.rsplit('.').next().unwrap();
        let body = request.body().bytes().unwrap();
        let answer = match operation {
            "CreateTable" => answer(body, |request| database.create_table(request)),
            "DescribeTable" => answer(body, |request| database.describe_table(request)),
            "GetItem" => answer(body, |request| database.get_item(request)),
            "Scan" => answer(body, |request| database.scan(request)),
            "DeleteItem" => answer(body, |request| database.delete_item(request)),
            "PutItem" => answer(body, |request| database.put_item(request)),
            "UpdateItem" => answer(body, |request| database.update_item(request)),
            "Query" => answer(body, |request| database.query(request)),
            "TransactWriteItems" => answer(body, |request| database.transact_write_items(request)),
            other => panic!("the ledger sent {other}"),
        };
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(error) => (400, error.to_json()),
        };
        http::Response::builder().status(status).body(body).unwrap()
    })
}

fn answer<Request: DeserializeOwned, Response: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Request) -> Result<Response, DynoxideError>,
) -> Result<String, DynoxideError> {
    let response = operation(serde_json::from_slice(body).unwrap())?;
    Ok(serde_json::to_string(&response).unwrap())
}
