//! The Lambda function `admin`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), edge::StartError> {
    edge::listen();
    let app = edge::production().await?;
    edge::run(admin::router(), app).await
}
