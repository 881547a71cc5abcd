//! The file, and the simulator as a process.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use iamport_simulator::{Card, Fault, FaultKind, Simulator, WebhookFault};
use serde_json::json;

use crate::world::{DAY, START, World, at, registration};

fn seen(simulator: &Simulator) -> String {
    format!(
        "{:?}{:?}{:?}{:?}{:?}{}",
        simulator.payments(),
        simulator.schedules(),
        simulator.webhooks(),
        simulator.customers(),
        simulator.faults(),
        simulator.now(),
    )
}

#[tokio::test]
async fn a_file_brings_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("simulator.db");
    let world = World::with(|builder| builder.file(&file)).await;
    world.register("c1", Card::Slow).await;
    world.register("c2", Card::Approve).await;
    world.delete("/subscribe/customers/c2").await.response();
    world.schedule("c1", "m1", START + DAY).await.response();
    world.schedule("c1", "m2", START + 2 * DAY).await.response();
    world.advance_to(START + DAY + 100).await;
    let fault = Fault::once(FaultKind::Webhooks(WebhookFault::Lost));
    world.simulator.inject(fault).unwrap();
    let (before, token) = (seen(&world.simulator), world.token.clone());
    drop(world);

    let mut world = World::with(|builder| builder.file(&file).seed(99)).await;
    assert_eq!(seen(&world.simulator), before);
    assert_ne!(world.token, token);
    world.simulator.clear_faults().unwrap();
    world.advance_to(START + 3 * DAY).await;
    let charged: Vec<String> =
        world.simulator.charges().into_iter().map(|charge| charge.merchant_uid).collect();
    assert_eq!(charged, ["m1", "m2"]);
    world.renew_token().await;
    let used = world.again("c1", "m1", 1).await.json();
    assert_eq!(used["code"], 1);
}

#[tokio::test]
async fn a_webhook_that_was_queued_when_the_process_ended_is_sent_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("simulator.db");
    let world = World::with(|builder| builder.file(&file)).await;
    world.window(json!({ "request_pay": registration("i1", "c1"), "webhook": "later" })).await;
    drop(world);
    let world = World::with(|builder| builder.file(&file)).await;
    assert_eq!(world.simulator.next_event_at(), Some(at(START)));
    world.run_due().await;
    assert_eq!(world.hooks().len(), 1);
}

#[test]
fn a_file_that_is_in_use_or_no_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("simulator.db");
    let first = Simulator::builder().file(&file).build().unwrap();
    assert!(Simulator::builder().file(&file).build().is_err());
    drop(first);
    std::fs::write(&file, "no database at all, but long enough to look at").unwrap();
    assert!(Simulator::builder().file(&file).build().is_err());
}

/// The simulator as a process, killed when dropped.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(file: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_iamport-simulator"))
            .args(["--listen", "127.0.0.1:0", "--file"])
            .arg(file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().rsplit_once("http://").unwrap().1.to_owned();
        Self { child, address }
    }

    /// Sends a request and returns the raw answer, which is empty if the connection broke first.
    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let host = if headers.contains("host:") {
            String::new()
        } else {
            format!("host: {}\r\n", self.address)
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\n{host}connection: close\r\n\
             content-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        // A connection that is reset ends the answer, as one that is closed does.
        stream.read_to_end(&mut answer).ok();
        String::from_utf8(answer).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn killing_the_process_loses_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("simulator.db");
    let mut answered = Vec::new();
    for round in 0..3 {
        let running = Running::start(&file);
        for n in 0..5 {
            let merchant_uid = format!("p{round}-{n}");
            let request = json!({ "request_pay": {
                "merchant_uid": merchant_uid, "name": "x", "amount": 100, "buyer_tel": "010",
            }});
            let answer = running.send("POST", "/simulator/card-window", "", &request.to_string());
            assert!(answer.contains("\"success\":true"), "{answer}");
            answered.push(merchant_uid);
        }
        // Dropped: SIGKILL.
    }
    let running = Running::start(&file);
    let charges = running.send("GET", "/simulator/charges", "", "");
    for merchant_uid in &answered {
        assert!(charges.contains(&format!("\"{merchant_uid}\"")), "{merchant_uid}: {charges}");
    }
}

#[test]
fn a_lost_call_breaks_the_connection_and_a_cut_off_one_ends_in_its_middle() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("simulator.db"));
    let fault = |kind: &str| {
        let answer =
            running.send("POST", "/simulator/faults", "", &json!({ "calls": kind }).to_string());
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    };
    fault("lost");
    assert_eq!(running.send("GET", "/users/pg", "", ""), "");
    fault("cut_off");
    let half = running.send("GET", "/users/pg", "", "");
    assert!(half.starts_with("HTTP/1.1 401") && !half.contains("response\":null"), "{half}");
    assert!(running.send("GET", "/users/pg", "", "").contains("Unauthorized"));
}

#[test]
fn a_port_in_use_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("simulator.db"));
    let second = Command::new(env!("CARGO_BIN_EXE_iamport-simulator"))
        .args(["--listen", &running.address])
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.contains("cannot listen on"), "{said}");
}

#[test]
fn only_pages_and_programs_of_this_machine_may_ask() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("simulator.db"));
    for (headers, admitted) in [
        ("", true),
        ("host: localhost:8081\r\n", true),
        ("host: [::1]:8081\r\n", true),
        ("origin: http://127.0.0.1:5173\r\n", true),
        ("host: rebound.example:8081\r\n", false),
        ("host: \r\n", false),
        ("origin: https://evil.example\r\n", false),
        ("origin: https://localhost.evil.example\r\n", false),
        ("origin: null\r\n", false),
    ] {
        let answer = running.send("GET", "/simulator/charges", headers, "");
        let status = if admitted { "HTTP/1.1 200" } else { "HTTP/1.1 403" };
        assert!(answer.starts_with(status), "{headers:?}: {answer}");
    }
}

#[test]
fn a_webhook_goes_to_this_machine_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("simulator.db"));
    let request = json!({ "request_pay": {
        "merchant_uid": "p1", "name": "x", "amount": 100, "buyer_tel": "010",
        "notice_url": "http://intranet.example/admin",
    }});
    running.send("POST", "/simulator/card-window", "", &request.to_string());
    let told = (0..).map(|_| running.send("GET", "/simulator/webhooks", "", ""));
    let told = told.take(1_000).find(|told| told.contains("attempts\":[{")).unwrap();
    assert!(told.contains("names another"), "{told}");
}
