//! Runs the whole of Gudok on one machine.

use clap::Parser;
use gudok_local::{Options, serve};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Names of the configuration that may be set from outside.
const SETTINGS: &[&str] = &[
    "PLANS",
    "TERMS_VERSION",
    "POLICY",
    "REVOCATION",
    "ACCESS_CLAIM",
    "ADMIN_POLICY",
    "VERIFIED_EMAIL",
    "APP_CHECK",
    "IAMPORT_TIMEOUT_SECONDS",
    "FIREBASE_JWKS_URL",
    "FIREBASE_APP_CHECK_JWKS_URL",
    "FIREBASE_IDENTITY_TOOLKIT_URL",
    "FIREBASE_SERVICE_ACCOUNT",
    "FIREBASE_PROJECT",
];

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let set: Vec<(&'static str, String)> = SETTINGS
        .iter()
        .filter_map(|name| {
            Some((*name, std::env::var(name).ok().filter(|value| !value.is_empty())?))
        })
        .collect();
    let settings: Vec<(&'static str, &str)> =
        set.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match serve(options, &settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong, with its causes.
#[expect(clippy::print_stderr, reason = "this is the program's output")]
fn report(error: &dyn std::error::Error) {
    eprint!("gudok-local: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        eprint!(": {source}");
        cause = source.source();
    }
    eprintln!();
}
