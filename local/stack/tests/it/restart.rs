//! The process, killed.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// The stack as a process on ports of its own.
struct Process {
    child: Child,
    ports: [u16; 3],
}

impl Process {
    async fn start(data: &Path, ports: [u16; 3]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_gudok-local"))
            .env("API_PORT", ports[0].to_string())
            .env("SIMULATOR_PORT", ports[1].to_string())
            .env("DYNAMODB_PORT", ports[2].to_string())
            .env("GUDOK_DATA", data)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let process = Self { child, ports };
        // Not a wait for luck: a connection that is refused says that it is not up yet.
        let give_up = tokio::time::Instant::now() + Duration::from_mins(1);
        while tokio::net::TcpStream::connect(("127.0.0.1", ports[1])).await.is_err() {
            assert!(tokio::time::Instant::now() < give_up, "it does not start");
            tokio::task::yield_now().await;
        }
        process
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    async fn call(
        &self,
        port: usize,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Value,
    ) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}{path}", self.ports[port]);
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if ["/checkout", "/subscription/card"].contains(&path) {
            let asked = Box::pin(self.call(1, "POST", "/simulator/app-check", None, json!({})));
            let (_, given) = asked.await;
            request = request.header("X-Firebase-AppCheck", given["token"].as_str().unwrap());
        }
        if method != "GET" {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn sign_in(&self, uid: &str) -> String {
        let body = json!({"uid": uid, "email": format!("{uid}@example.com"), "admin": false});
        self.call(1, "POST", "/simulator/sign-in", None, body).await.1["id_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn subscribe(&self, uid: &str) -> String {
        let token = self.sign_in(uid).await;
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let (status, opened) = self.call(0, "POST", "/checkout", Some(&token), body).await;
        assert_eq!(status, 201, "{opened}");
        let body = json!({"request_pay": opened["request_pay"], "card": "approve"});
        self.call(1, "POST", "/simulator/card-window", None, body).await;
        let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
        let (status, done) = self.call(0, "POST", &path, Some(&token), json!({})).await;
        assert_eq!(status, 200, "{done}");
        token
    }
}

/// Three ports that are free now.
fn free_ports() -> [u16; 3] {
    let listeners = [0; 3].map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn rustls_ready() {
    // Loopback needs no TLS, but reqwest wants to know whose it would be.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

#[tokio::test]
async fn killing_the_process_in_the_middle_and_starting_it_again_loses_nothing() {
    rustls_ready();
    let data = tempfile::tempdir().unwrap();
    let ports = free_ports();
    let process = Process::start(data.path(), ports).await;
    let token = process.subscribe("minji").await;
    // A second member registers a card, and the process dies before the browser comes back.
    let other = process.sign_in("jiwoo").await;
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let (_, opened) = process.call(0, "POST", "/checkout", Some(&other), body).await;
    let window =
        json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": "lost"});
    process.call(1, "POST", "/simulator/card-window", None, window).await;
    let (_, before) = process.call(0, "GET", "/subscription", Some(&token), Value::Null).await;
    let (_, clock) =
        process.call(1, "POST", "/simulator/clock", None, json!({"advance_seconds": 7})).await;
    process.kill().await;

    let process = Process::start(data.path(), ports).await;
    let (status, after) = process.call(0, "GET", "/subscription", Some(&token), Value::Null).await;
    assert_eq!((status, &after), (200, &before));
    let (_, now) = process.call(1, "GET", "/simulator/clock", None, Value::Null).await;
    let time = |clock: &Value| clock["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time(&now) >= time(&clock), "the clock does not go back");
    process.call(1, "POST", "/simulator/clock", None, json!({"advance_seconds": 1_800})).await;
    let (_, found) = process.call(0, "GET", "/subscription", Some(&other), Value::Null).await;
    assert_eq!(found["state"], "active", "the registration nobody told of was found");
    let (_, charges) = process.call(1, "GET", "/simulator/charges", None, Value::Null).await;
    assert_eq!(charges.as_array().unwrap().len(), 2);
    process.call(1, "POST", "/simulator/clock", None, json!({"advance_seconds": 3_600})).await;
    // Told at least once: a digest that came twice has the same id, and counts the same.
    let (_, events) = process.call(1, "GET", "/events", None, Value::Null).await;
    let digests = events.as_array().unwrap().iter().filter(|it| it["detail-type"] == "digest");
    let told: std::collections::BTreeMap<_, _> = digests
        .map(|it| (it["detail"]["id"].to_string(), it["detail"]["counts"]["paid"].as_u64()))
        .collect();
    assert_eq!(told.values().flatten().sum::<u64>(), 2, "{events}");
    process.kill().await;
}

#[tokio::test]
async fn killing_the_process_during_a_charge_charges_once() {
    rustls_ready();
    let data = tempfile::tempdir().unwrap();
    let ports = free_ports();
    let process = Process::start(data.path(), ports).await;
    let token = process.sign_in("minji").await;
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let (_, opened) = process.call(0, "POST", "/checkout", Some(&token), body).await;
    // A card that charges and then keeps its answer back: the call hangs when the process dies.
    let window = json!({"request_pay": opened["request_pay"], "card": "timeout_after_charge", "webhook": "lost"});
    process.call(1, "POST", "/simulator/card-window", None, window).await;
    let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
    tokio::select! {
        answer = process.call(0, "POST", &path, Some(&token), json!({})) => {
            panic!("it should hang: {answer:?}")
        }
        () = charged(&process) => {}
    }
    process.kill().await;

    let process = Process::start(data.path(), ports).await;
    process.call(1, "POST", "/simulator/clock", None, json!({"advance_seconds": 1_800})).await;
    let (_, charges) = process.call(1, "GET", "/simulator/charges", None, Value::Null).await;
    assert_eq!(charges.as_array().unwrap().len(), 1);
    let (_, found) = process.call(0, "GET", "/subscription", Some(&token), Value::Null).await;
    assert_eq!(
        (&found["state"], &found["latest_payment"]["imp_uid"]),
        (&json!("active"), &charges[0]["imp_uid"])
    );
    process.kill().await;
}

/// Until Iamport has moved money.
async fn charged(process: &Process) {
    loop {
        let (_, charges) = process.call(1, "GET", "/simulator/charges", None, Value::Null).await;
        if !charges.as_array().unwrap().is_empty() {
            return;
        }
    }
}

#[tokio::test]
async fn a_port_in_use_is_a_clear_message() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gudok-local"))
        .env("API_PORT", port.to_string())
        .env("GUDOK_DATA", data.path())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        said.contains(&format!("cannot listen on 127.0.0.1:{port}")) && said.contains("API_PORT"),
        "{said}"
    );
}

#[tokio::test]
async fn each_story_ends_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), free_ports()).await;
    for story in ["life", "declines", "second-thoughts"] {
        let told = Command::new(env!("CARGO_BIN_EXE_story"))
            .arg(story)
            .env("API_PORT", process.ports[0].to_string())
            .env("SIMULATOR_PORT", process.ports[1].to_string())
            .output()
            .await
            .unwrap();
        let lines = String::from_utf8(told.stdout).unwrap();
        assert!(told.status.success() && lines.contains("row by row"), "{lines}");
    }
    process.kill().await;
}
