//! The stack as a process: three loopback ports and a clock that runs.

use crate::google::{PROJECT_NUMBER, WEB_APP};
use crate::stack::environment;
use crate::{Addresses, Stack, StackError, control, docs, dynamodb::routes};
use axum::Router;
use http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
use iamport_simulator::on_this_machine;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::{ServeDir, ServeFile};

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Gudok on one machine: the API, Iamport, DynamoDB, EventBridge, Google's sign-in and Slack, with no
/// account anywhere.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "gudok-local", version)]
pub struct Options {
    /// The API's port on loopback.
    #[arg(long, env = "API_PORT", default_value_t = 8080)]
    api_port: u16,
    /// The port of Iamport's simulator, its control, and the other stand-ins.
    #[arg(long, env = "SIMULATOR_PORT", default_value_t = 8081)]
    simulator_port: u16,
    /// DynamoDB's port.
    #[arg(long, env = "DYNAMODB_PORT", default_value_t = 8082)]
    dynamodb_port: u16,
    /// Where everything is kept, so that a restart loses nothing.
    #[arg(long, env = "GUDOK_DATA", default_value = ".local/data")]
    data: PathBuf,
    /// Firebase's Auth emulator, if it is to hold the accounts (`http://127.0.0.1:8083`).
    #[arg(long, env = "AUTH_URL")]
    auth_url: Option<String>,
    /// The built web app, served at the API's address if it is there.
    #[arg(long, env = "GUDOK_WEB", default_value = "web/dist")]
    web: PathBuf,
}

/// Why the stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A port.
    #[error(
        "cannot listen on 127.0.0.1:{port} ({source}). Is Gudok running already? Set {name} to another port."
    )]
    Port {
        /// The port.
        port: u16,
        /// Its environment variable.
        name: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The parts.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A server.
    #[error("a server stopped: {0}")]
    Server(#[from] std::io::Error),
}

/// Runs the stack until it is interrupted.
///
/// # Errors
/// When a port is taken, a file cannot be opened, or the configuration does not fit.
pub async fn serve(options: Options, settings: &[(&'static str, &str)]) -> Result<(), ServeError> {
    let api = bind(options.api_port, "API_PORT").await?;
    let simulator = bind(options.simulator_port, "SIMULATOR_PORT").await?;
    let dynamodb = bind(options.dynamodb_port, "DYNAMODB_PORT").await?;
    let at =
        |listener: &TcpListener| listener.local_addr().map(|address| format!("http://{address}"));
    let addresses = Addresses {
        gateway: at(&api)?,
        simulator: at(&simulator)?,
        dynamodb: at(&dynamodb)?,
        auth: options.auth_url,
    };
    // As strict as production can be; the first of a name counts.
    let our_apps =
        serde_json::json!({"project_number": PROJECT_NUMBER, "apps": [WEB_APP]}).to_string();
    let settings = [settings, &[("APP_CHECK", our_apps.as_str())]].concat();
    let stack = Stack::kept_in(&options.data, &addresses, &settings).await?;
    // For the operator's command.
    let environment =
        environment(&addresses, &stack.google.service_account_json(&addresses.simulator));
    std::fs::write(options.data.join("environment.sh"), environment)?;

    // The app's pages ask the simulators from another port.
    let of_this_machine = AllowOrigin::predicate(|origin, _| {
        origin.to_str().is_ok_and(iamport_simulator::is_loopback)
    });
    let cors = CorsLayer::permissive().allow_origin(of_this_machine);
    let partners = stack.partners().merge(control::routes(stack.clone())).layer(cors);
    let partners = on_this_machine(partners);
    let gateway = with_web(stack.gateway().merge(docs()), &options.web, &addresses);
    let gateway = on_this_machine(gateway);
    let database = on_this_machine(routes(stack.database.clone()));
    welcome(&addresses, &options.data);
    tokio::select! {
        stopped = axum::serve(api, gateway) => stopped?,
        stopped = axum::serve(simulator, partners) => stopped?,
        stopped = axum::serve(dynamodb, database) => stopped?,
        stopped = keep_time(&stack) => stopped?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

async fn bind(port: u16, name: &'static str) -> Result<TcpListener, ServeError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|source| ServeError::Port { port, name, source })
}

/// As time passes, does what falls due.
async fn keep_time(stack: &Stack) -> Result<(), StackError> {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        stack.settle().await?;
    }
}

/// The web app's pages beside the API's routes, as `CloudFront` puts them; pages live below `/app`.
fn with_web(api: Router, web: &Path, addresses: &Addresses) -> Router {
    let index = web.join("index.html");
    if !index.is_file() {
        return api;
    }
    let config = serde_json::json!({
        "firebase": {"apiKey": "local", "projectId": "demo-gudok", "authEmulatorUrl": addresses.auth},
        "appCheck": {"appId": WEB_APP, "siteKey": "local"},
        "iamport": {"script": format!("{}/v1/iamport.js", addresses.simulator), "merchantCode": "imp00000000"},
        "business": {
            "name": "주식회사 구독예시", "representative": "홍길동", "registration": "000-00-00000",
            "mailOrder": "제2026-서울종로-0000호", "address": "서울특별시 종로구 세종대로 1",
            "phone": "02-0000-0000", "email": "help@example.com", "hours": "평일 10:00~18:00",
            "hosting": "Amazon Web Services",
        },
        "reviewDays": 3,
        "planNames": {"monthly": "Monthly subscription"},
        "local": {"simulatorUrl": addresses.simulator},
    });
    let csp = policy(addresses);
    let pages = Router::new()
        .route_service("/", ServeFile::new(&index))
        .route_service("/app", ServeFile::new(&index))
        .route_service("/app/{*page}", ServeFile::new(&index))
        .layer(axum::middleware::map_response(move |mut response: axum::response::Response| {
            response.headers_mut().extend(csp.clone().map(|csp| (CONTENT_SECURITY_POLICY, csp)));
            std::future::ready(response)
        }));
    api.merge(pages)
        .nest_service("/assets", ServeDir::new(web.join("assets")))
        .route("/config.json", axum::routing::get(async move || axum::Json(config)))
}

/// The pages' Content-Security-Policy, from the file that production uses too.
fn policy(addresses: &Addresses) -> Option<HeaderValue> {
    let simulator = &addresses.simulator;
    let connect = match &addresses.auth {
        Some(auth) => format!("{auth} {simulator}"),
        None => simulator.clone(),
    };
    let policy = include_str!("../../../web/csp.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("; ")
        .replace("{iamport_script}", simulator)
        .replace("{iamport_frame}", simulator)
        .replace("{connect}", &connect);
    HeaderValue::from_str(&policy).ok()
}

/// What a person sees first.
#[expect(clippy::print_stdout, reason = "this is the program's output")]
fn welcome(addresses: &Addresses, data: &Path) {
    let Addresses { gateway, simulator, dynamodb, .. } = addresses;
    println!(
        "Gudok runs on this machine.

  App         {gateway}/app   (once web/ is built)
  API         {gateway}   (to read and try: {gateway}/docs)
  Simulator   {simulator}/simulator   (Iamport's cards, payments, schedules, webhooks, clock)
  DynamoDB    {dynamodb}
  Data        {}

Try it:

  curl {gateway}/plans
  curl -X POST {simulator}/simulator/sign-in -d '{{\"uid\": \"me\", \"email\": \"me@example.com\", \"admin\": false}}'
  make story

Stop it with Ctrl-C; it goes on where it stopped.",
        data.display(),
    );
}
