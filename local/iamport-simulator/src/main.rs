//! The simulator as a process.

use std::{
    io::Write, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration,
};

use bytes::Bytes;
use clap::Parser;
use http::{Request, Response, Uri};
use iamport_simulator::{
    BoxError, Deliver, Simulator, StoreError, Switch, WebhookFormat, is_loopback, on_this_machine,
};

/// A simulator of Iamport (PortOne V1) for billing-key payments.
#[derive(Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// Keep the state in this file; without it, the state ends with the process.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Where webhooks go if their payment has no `notice_url`.
    #[arg(long)]
    webhook_url: Option<String>,
    /// The format of webhooks.
    #[arg(long, value_enum, default_value = "json")]
    webhook_format: WebhookFormat,
    /// The API key (`imp_key`).
    #[arg(long, default_value = "imp_key")]
    key: String,
    /// The API secret (`imp_secret`).
    #[arg(long, default_value = "imp_secret")]
    secret: String,
    /// Seeds ids, tokens and delays.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Turn on a switch, which changes one answer; may be repeated.
    #[arg(long = "switch", value_enum)]
    switches: Vec<Switch>,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot listen on {0}: {1}. Is another simulator running? Try --listen 127.0.0.1:0")]
    Listen(SocketAddr, std::io::Error),
    #[error("{0}: {source}", source = std::error::Error::source(.0).map(ToString::to_string).unwrap_or_default())]
    Store(#[from] StoreError),
    #[error("cannot set up the HTTP client for webhooks: {0}")]
    Client(#[from] reqwest::Error),
    #[error("the server stopped: {0}")]
    Serve(std::io::Error),
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a webhook is not sent.
const ELSEWHERE: &str = "webhooks go to this machine and to the host of --webhook-url, and this notice_url names another";

/// How often to check whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(serve(options)),
        Err(error) => Err(Failure::Serve(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("iamport-simulator: {failure}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .map_err(|error| Failure::Listen(options.listen, error))?;
    let address = listener.local_addr().map_err(Failure::Serve)?;
    let mut builder = Simulator::builder()
        .credentials(&options.key, &options.secret)
        .seed(options.seed)
        .webhook_format(options.webhook_format)
        .deliver(over_http(options.webhook_url.as_deref())?);
    if let Some(url) = &options.webhook_url {
        builder = builder.console_webhook_url(url);
    }
    if let Some(file) = &options.file {
        builder = builder.file(file);
    }
    for switch in &options.switches {
        builder = builder.switch(*switch);
    }
    let simulator = builder.build()?;
    greet(address, &options);
    let app = simulator.router().merge(simulator.clock_router());
    // Who lets others reach it means them to.
    let app = if address.ip().is_loopback() { on_this_machine(app) } else { app };
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served.map_err(Failure::Serve),
        ran = run(simulator) => ran.map_err(Failure::from),
    }
}

/// Does what is due, as long as the process lives.
async fn run(simulator: Simulator) -> Result<(), StoreError> {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        simulator.run_due(simulator.now()).await?;
    }
}

/// Webhooks go to this machine, and to the host that the command names: a `notice_url` is anybody's word.
fn over_http(webhook_url: Option<&str>) -> Result<Deliver, Failure> {
    let named = webhook_url.and_then(|url| Some(url.parse::<Uri>().ok()?.host()?.to_owned()));
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(Arc::new(move |request| {
        let known = is_loopback(&request.uri().to_string())
            || named.as_deref().is_some_and(|named| request.uri().host() == Some(named));
        let client = client.clone();
        Box::pin(
            async move { if known { post(client, request).await } else { Err(ELSEWHERE.into()) } },
        )
    }))
}

async fn post(
    client: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, BoxError> {
    let answer = client.execute(reqwest::Request::try_from(request)?).await?;
    let status = answer.status();
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    Ok(response)
}

fn greet(address: SocketAddr, options: &Options) {
    let base = format!("http://{address}");
    let key = &options.key;
    let webhooks = match &options.webhook_url {
        Some(url) => format!("go to {url}"),
        None => "go nowhere without --webhook-url or a notice_url".to_owned(),
    };
    say(&format!(
        "Iamport simulator on {base}
  Server:   use {base} in place of https://api.iamport.kr, with imp_key {key} and its secret
  Page:     <script src=\"{base}/v1/iamport.js\"></script>
  Browser:  open {base}/simulator to see what happens and to move the clock
  Webhooks  {webhooks}"
    ));
}

/// Writes to standard error, and carries on if that is closed.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}
