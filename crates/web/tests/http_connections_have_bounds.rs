//! The accept loop over real sockets: what a peer may hold, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use ringbearer_web::serve::{Limits, serve};
use runtime::shutdown::{Stop, channel};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

struct Server {
    address: SocketAddr,
    stop: Stop,
    task: JoinHandle<()>,
    /// Lets the handler of `/held` answer.
    release: Arc<Notify>,
    /// Told when the handler of `/held` began.
    held: Arc<Notify>,
}

async fn start(tls: Option<Arc<ServerConfig>>, limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = channel();
    let (release, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (released, holding) = (Arc::clone(&release), Arc::clone(&held));
    let hold = move || async move {
        holding.notify_one();
        released.notified().await;
        "held"
    };
    let router = Router::new()
        .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/held", get(hold));
    let task = tokio::spawn(serve(listener, tls, router, limits, stopping));
    Server { address, stop, task, release, held }
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn quick() -> Limits {
    let moment = Duration::from_millis(150);
    Limits { handshake: moment, head: moment, ..Limits::default() }
}

fn identity() -> (Arc<ServerConfig>, TlsConnector) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["ucm.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let certificate = certificate.der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(runtime::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(runtime::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn a_request_is_answered_in_clear_and_over_tls() {
    let server = start(None, Limits::default()).await;
    let mut stream = connect(&server).await;
    let local = stream.local_addr().unwrap();
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&local.to_string()), "{answer}");

    let (config, connector) = identity();
    let server = start(Some(config), Limits::default()).await;
    let stream = connect(&server).await;
    let mut stream = connector.connect(ServerName::try_from("ucm.example").unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn tls_1_clear_text_on_a_tls_port_gets_an_alert() {
    let (config, _) = identity();
    let server = start(Some(config), Limits::default()).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer.first(), Some(&21), "an alert record");
}

#[tokio::test]
async fn tls_1_https_answers_with_the_alert_that_is_due() {
    let (config, connector) = identity();
    let server = start(Some(config), Limits::default()).await;
    let hello = |version: u8, suite: [u8; 2]| {
        let mut hello = vec![22, 3, 1, 0, 65, 1, 0, 0, 61, 3, version];
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, suite[0], suite[1], 1, 0]);
        // supported_groups and signature_algorithms.
        hello.extend([0, 18, 0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
        hello
    };
    let (decode_error, protocol_version, handshake_failure) = (50, 70, 40);
    for (octets, expected) in [
        (b"REGISTER sip:a SIP/2.0\r\n\r\n".to_vec(), decode_error),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), decode_error),
        (vec![0xff; 2000], decode_error),
        (hello(0, [0xc0, 0x2b]), protocol_version),
        (hello(1, [0xc0, 0x2b]), protocol_version),
        (hello(2, [0xc0, 0x2b]), protocol_version),
        (hello(3, [0, 0x2f]), handshake_failure),
        (hello(3, [0xfa, 0xfa]), handshake_failure),
    ] {
        let mut stream = connect(&server).await;
        stream.write_all(&octets).await.unwrap();
        let (mut answer, mut buffer) = (Vec::new(), [0; 64]);
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..length]);
        }
        assert!(matches!(*answer, [21, 3, _, 0, 2, 2, alert] if alert == expected), "{octets:?}: {answer:?}");
    }
    let stream = connect(&server).await;
    connector.connect(ServerName::try_from("ucm.example").unwrap(), stream).await.unwrap();
}

#[tokio::test]
async fn tls_2_a_handshake_has_one_deadline_and_holds_up_nobody() {
    let (config, connector) = identity();
    let server = start(Some(config), quick()).await;
    let mut holders = Vec::new();
    for _ in 0..100 {
        holders.push(connect(&server).await);
    }
    let began = Instant::now();
    let stream = connect(&server).await;
    let mut good = connector.connect(ServerName::try_from("ucm.example").unwrap(), stream).await.unwrap();
    good.write_all(b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    good.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for holder in &mut holders {
        assert_eq!(read_all(holder).await, "");
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn cfg_1_a_slow_client_is_closed() {
    let server = start(None, quick()).await;
    let mut idle = connect(&server).await;
    let mut slow = connect(&server).await;
    slow.write_all(b"GET /who HTTP/1.1\r\nHost:").await.unwrap();
    assert_eq!(read_all(&mut idle).await, "");
    let answer = read_all(&mut slow).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_head_has_a_size() {
    let server = start(None, Limits::default()).await;
    let mut long = connect(&server).await;
    let head = format!("GET /who HTTP/1.1\r\nHost: a\r\nX: {}\r\n", "a".repeat(40_000));
    let _ = long.write_all(head.as_bytes()).await;
    assert!(read_all(&mut long).await.starts_with("HTTP/1.1 431 "));
    let mut many = connect(&server).await;
    let head = format!("GET /who HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(100));
    let _ = many.write_all(head.as_bytes()).await;
    assert!(read_all(&mut many).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_request_has_a_deadline() {
    let server = start(None, Limits { request: Duration::from_millis(100), ..Limits::default() }).await;
    let mut stream = connect(&server).await;
    stream.write_all(b"GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_source_has_its_share_of_connections() {
    let server = start(None, Limits { connections_per_source: 2, ..Limits::default() }).await;
    let mut first = connect(&server).await;
    let mut second = connect(&server).await;
    let mut third = connect(&server).await;
    assert_eq!(read_all(&mut third).await, "");
    for stream in [&mut first, &mut second] {
        stream.write_all(b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
        assert!(read_all(stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_nothing_begin() {
    let server = start(None, Limits::default()).await;
    let mut idle = connect(&server).await;
    let mut busy = connect(&server).await;
    busy.write_all(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.held.notified().await;
    server.stop.now();
    assert_eq!(read_all(&mut idle).await, "");
    server.release.notify_one();
    let answer = read_all(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("held"), "{answer}");
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let server = start(None, Limits { drain: Duration::from_millis(100), ..Limits::default() }).await;
    let mut busy = connect(&server).await;
    busy.write_all(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.held.notified().await;
    server.stop.now();
    server.task.await.unwrap();
    assert_eq!(read_all(&mut busy).await, "");
}
