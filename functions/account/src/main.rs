//! The Lambda function `account`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), edge::StartError> {
    edge::listen();
    let reader = edge::reader().await?;
    edge::run(account::router(), reader).await
}
