//! Connections: a real listener, and clients that behave badly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use quorate_event::Pace;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::fixture::api;
use crate::api::serve::{ApiError, HttpLimits, serve_within};
use crate::api::socket::SocketTimeouts;

struct Server {
    address: SocketAddr,
    token: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ApiError>>,
    _home: TempDir,
}

/// HttpLimits that a test can wait for.
fn short() -> HttpLimits {
    let timeouts = SocketTimeouts {
        stall: Duration::from_millis(300),
        linger: Duration::from_secs(5),
        quiet: Duration::from_secs(5),
    };
    HttpLimits { connections: 16, head: Duration::from_millis(300), grace: Duration::from_millis(500), timeouts }
}

async fn start(limits: HttpLimits) -> Server {
    let (api, _fate, home) = api(Pace::Automatic);
    let token = api.token.to_hex().to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(serve_within(limits, api, listener, async {
        let _stopped = stopped.await;
    }));
    Server { address, token, stop, ended, _home: home }
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

/// All that the server still says.
fn rest(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset says that the connection has ended, as an end does.
    let _ended = client.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut client = connect(address);
    write!(client, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    rest(&mut client)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_ends_its_head_is_disconnected() {
    let server = start(short()).await;
    let address = server.address;
    let half_open = spawn_blocking(move || {
        let mut client = connect(address);
        write!(client, "GET /livez HTTP/1.1\r\nhost: localhost\r\n").unwrap();
        rest(&mut client)
    });
    let answered = tokio::time::timeout(Duration::from_secs(5), half_open).await;
    assert!(!answered.expect("disconnected in time").unwrap().contains("200 OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_do_not_keep_others_out() {
    let server = start(short()).await;
    let address = server.address;
    let served = spawn_blocking(move || {
        let mut held: Vec<TcpStream> = (0..40).map(|_| connect(address)).collect();
        for client in &mut held {
            write!(client, "GET ").unwrap();
        }
        get(address, "/livez")
    });
    assert!(served.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_100_mb_is_told_why_it_is_refused() {
    let server = start(short()).await;
    let (address, token) = (server.address, server.token.clone());
    let answer = spawn_blocking(move || {
        let mut client = connect(address);
        let head = format!(
            "PUT /v1/docs/a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: 100000000\r\n\r\n"
        );
        client.write_all(head.as_bytes()).unwrap();
        let chunk = vec![b' '; 1_000_000];
        for _ in 0..100 {
            client.write_all(&chunk).expect("the server listens until it was heard");
        }
        rest(&mut client)
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_beyond_its_limits_ends_the_connection() {
    let server = start(short()).await;
    let address = server.address;
    let answers = spawn_blocking(move || {
        let many: String = (0..200).map(|at| format!("x-{at}: 1\r\n")).collect();
        let long = format!("x: {}\r\n", "a".repeat(100_000));
        [many, long].map(|headers| {
            let mut client = connect(address);
            let head = format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
            // The server may have had enough before it has read all of it.
            let _sent = client.write_all(head.as_bytes());
            rest(&mut client)
        })
    });
    for answer in answers.await.unwrap() {
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert!(spawn_blocking(move || get(address, "/livez")).await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_reading_is_disconnected() {
    let server = start(short()).await;
    let address = server.address;
    let ended = spawn_blocking(move || {
        let mut client = connect(address);
        // Answers are large and never read; requests follow until the server has had enough.
        let request = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(64);
        client.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut failed = None;
        for _ in 0..100_000 {
            if let Err(error) = client.write_all(request.as_bytes()) {
                failed = Some(error.kind());
                break;
            }
        }
        failed
    });
    let failed = tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap().unwrap();
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
    assert!(matches!(failed, Some(BrokenPipe | ConnectionReset)), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_ends_its_streams_and_then_itself() {
    let server = start(short()).await;
    let address = server.address;
    let stream = spawn_blocking(move || get(address, "/v1/stream"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), server.ended).await;
    assert!(ended.expect("ended in time").unwrap().is_ok());
    assert!(stream.await.unwrap().contains("event: open"));
    assert!(TcpStream::connect(address).is_err());
}
