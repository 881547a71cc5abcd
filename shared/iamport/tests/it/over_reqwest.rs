//! The transport over `reqwest`, against sockets on this machine.

use std::net::SocketAddr;

use iamport::{Again, Client, Credentials, Error, ReqwestTransport, Trouble};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn client(to: SocketAddr) -> Client {
    // Another test of this process may have been first; either provider will do.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Client::builder(Credentials::new("key", "secret"))
        .base_url(format!("http://{to}").parse().unwrap())
        .transport(ReqwestTransport::new(client))
        .retries(0)
        .build()
        .unwrap()
}

/// Answers one request per connection, and just closes it once the answers run out.
async fn serve(answers: Vec<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !complete(&request) {
                assert!(socket.read_buf(&mut request).await.unwrap() > 0);
            }
            if let Some(body) = answers.next() {
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
                let answer = format!("{head} {}\r\n\r\n{body}", body.len());
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    address
}

/// Whether the head and the complete body have arrived.
fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

const TOKEN: &str =
    r#"{"code":0,"message":null,"response":{"access_token":"t","now":0,"expired_at":1800}}"#;
const PAID: &str = r#"{"code":0,"message":null,"response":{"imp_uid":"imps_1","merchant_uid":"order-1",
    "amount":9900,"cancel_amount":0,"currency":"KRW","status":"paid"}}"#;

async fn charge(client: &Client) -> Result<String, Error> {
    let request = Again::new("card-1", "order-1", 9900, "월 구독");
    client.again(&request).await.map(|payment| payment.imp_uid)
}

#[tokio::test]
async fn an_answer_arrives_whole() {
    let address = serve(vec![TOKEN, PAID]).await;
    assert_eq!(charge(&client(address)).await.unwrap(), "imps_1");
}

#[tokio::test]
async fn a_connection_that_hangs_up_after_the_request_leaves_a_charge_unknown() {
    let address = serve(vec![TOKEN]).await;
    let error = charge(&client(address)).await.unwrap_err();
    assert!(matches!(error, Error::Unknown { source: Trouble::Broken(_) }), "{error:?}");
}

#[tokio::test]
async fn an_answer_cut_short_leaves_a_charge_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for (body, length) in [(TOKEN, TOKEN.len()), (PAID, PAID.len() + 1)] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !complete(&request) {
                assert!(socket.read_buf(&mut request).await.unwrap() > 0);
            }
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
            socket.write_all(format!("{head} {length}\r\n\r\n{body}").as_bytes()).await.unwrap();
        }
    });
    let error = charge(&client(address)).await.unwrap_err();
    assert!(matches!(error, Error::Unknown { source: Trouble::Broken(_) }), "{error:?}");
}

#[tokio::test]
async fn a_host_that_stops_listening_before_the_charge_got_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut request = Vec::new();
        while !complete(&request) {
            assert!(socket.read_buf(&mut request).await.unwrap() > 0);
        }
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
        let answer = format!("{head} {}\r\n\r\n{TOKEN}", TOKEN.len());
        socket.write_all(answer.as_bytes()).await.unwrap();
    });
    let error = charge(&client(address)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { source: Trouble::NotSent(_) }), "{error:?}");
}
