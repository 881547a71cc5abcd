//! The Lambda function `account`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), edge::StartError> {
    edge::listen();
    let app = edge::production().await?;
    edge::run(account::router(), app).await
}
