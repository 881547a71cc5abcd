//! The Lambda function `announce`.

use announce::Slack;
use edge::config::{from_environment, required};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    edge::listen();
    let slack = Slack::new(
        edge::transport::to_the_world()?,
        required(from_environment, "SLACK_WEBHOOK_URL")?.into(),
    );
    let slack = &slack;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        slack.handle(event.payload).await.map_err(lambda_runtime::Error::from)
    }))
    .await
}
