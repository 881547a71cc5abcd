//! The Lambda function `sweep`.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    edge::listen();
    let app = edge::production().await?;
    let app = &app;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = sweep::deadline(&event.context);
        Box::pin(sweep::handle(app, event.payload, deadline))
            .await
            .map_err(lambda_runtime::Error::from)
    }))
    .await
}
