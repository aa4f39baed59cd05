//! Peers that hold, trickle, flood or never read: each is let go within its bound, and the others are served (TLS-1 to TLS-5).
//!
//! While a test waits for a bound to be reached, the runtime's time jumps from timer to timer, so ten seconds cost none.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use support::RunningNode;
use support::client::{Client, tls};
use testkit::line_side::status;
use testkit::register::Register;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A TLS record that is a fatal alert.
fn alert(octets: &[u8]) -> Option<u8> {
    match octets {
        [21, 3, _, 0, 2, 2, description] => Some(*description),
        _ => None,
    }
}

/// Waits with time that jumps; how long that would have been.
async fn waited(wait: impl Future<Output = ()>) -> Duration {
    tokio::time::pause();
    let began = Instant::now();
    wait.await;
    let waited = began.elapsed();
    tokio::time::resume();
    waited
}

async fn raw(node: &RunningNode, octets: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(node.address(Listener::OAuth, Transport::Tls)).await.unwrap();
    socket.write_all(octets).await.unwrap();
    let mut answer = Vec::new();
    // A reset behind the alert is as good as an end.
    let _ = socket.read_to_end(&mut answer).await;
    answer
}

/// Whether a good phone is served at this moment.
async fn assert_served(node: &RunningNode) {
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let answer = phone.ask(Register::vendor("CSFbob", "1002").bearing(&node.token("bob")).text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}

#[tokio::test]
async fn tls_1_what_is_not_tls_gets_an_alert_and_no_sip() {
    let node = RunningNode::start();
    for junk in [
        Register::vendor("CSFalice", "1001").text().into_bytes(),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0; 64],
        vec![0xff; 2000],
    ] {
        let answer = raw(&node, &junk).await;
        assert!(alert(&answer).is_some() || answer.is_empty(), "{answer:?}");
        assert!(!answer.windows(3).any(|window| window == b"SIP"));
    }
    assert_eq!(node.count("handshake-failed", "not-tls"), 4, "{:?}", node.service.status().counts);
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_1_old_versions_get_protocol_version() {
    let node = RunningNode::start();
    // A ClientHello of TLS 1.1: version 3.2, one suite, no extensions.
    let mut hello = vec![22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    let answer = raw(&node, &hello).await;
    assert!(matches!(alert(&answer), Some(70 | 40)), "{answer:?}");
    assert_eq!(node.count("handshake-failed", "incompatible"), 1, "{:?}", node.service.status().counts);
}

#[tokio::test]
async fn tls_2_a_handshake_has_ten_seconds_in_all() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let mut holders = Vec::new();
    for _ in 0..50 {
        holders.push(TcpStream::connect(address).await.unwrap());
    }
    let mut trickler = TcpStream::connect(address).await.unwrap();
    assert_served(&node).await;
    let mut octets = [0; 16];
    let time = waited(async {
        // One octet each four seconds does not buy more time.
        for octet in [22u8, 3, 1, 0, 45] {
            if trickler.write_all(&[octet]).await.is_err() {
                break;
            }
            if tokio::time::timeout(Duration::from_secs(4), trickler.read(&mut octets)).await.is_ok() {
                break;
            }
        }
        for holder in &mut holders {
            assert_eq!(holder.read(&mut octets).await.unwrap_or(0), 0);
        }
    })
    .await;
    assert!(time >= Duration::from_secs(9) && time <= Duration::from_secs(13), "{time:?}");
    assert_eq!(node.count("handshake-failed", "timeout"), 51);
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_3_a_message_has_ten_seconds_from_its_first_octet() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice"));
    let whole = Register { body: Some(("text/plain", "x".repeat(200))), ..register }.text().into_bytes();
    let head = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    // Four phases: request line, header, before the last line end, body.
    for cut in [3, 200, head + 2, head + 50] {
        let mut phone = Client::connect(address).await;
        phone.send(&whole[..cut]).await;
        let mut next = cut;
        let time = waited(async {
            loop {
                match tokio::time::timeout(Duration::from_secs(4), phone.receive()).await {
                    Ok(end) => break assert_eq!(end, None),
                    Err(_) => phone.send(&whole[next..next + 1]).await,
                }
                next += 1;
            }
        })
        .await;
        assert!(time >= Duration::from_secs(9) && time <= Duration::from_secs(13), "{time:?}");
    }
    assert_eq!(node.count("connection-closed", "message-timeout"), 4);
}

#[tokio::test]
async fn tls_3_a_connection_that_never_registers_has_thirty_seconds() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let challenge = phone.ask(Register::vendor("CSFalice", "1001").text()).await;
    assert_eq!(status(&challenge), "SIP/2.0 407 Proxy Authentication Required");
    let time = waited(async { assert_eq!(phone.receive().await, None) }).await;
    assert!(time >= Duration::from_secs(29) && time <= Duration::from_secs(32), "{time:?}");
}

#[tokio::test]
async fn tls_4_a_peer_that_does_not_read_is_given_up() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let mut phone = Client::connect(address).await;
    phone.ask(Register::vendor("CSFalice", "1001").bearing(&node.token("alice")).text()).await;
    // Answers pile up until the kernel takes no more; then requests do.
    let request = |sequence: u32| {
        format!(
            "OPTIONS sip:127.0.0.11 SIP/2.0\r\nVia: SIP/2.0/TLS 10.10.10.10;branch=z9hG4bK{sequence}{}\r\n\
             From: <sip:1001@127.0.0.11>;tag=1\r\nTo: <sip:127.0.0.11>\r\nCall-ID: {sequence}\r\n\
             CSeq: {sequence} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            "x".repeat(4000)
        )
    };
    for sequence in 0.. {
        let octets = request(sequence).into_bytes();
        let write = phone.stream.write_all(&octets);
        if tokio::time::timeout(Duration::from_secs(1), write).await.is_err() {
            break;
        }
    }
    assert_served(&node).await;
    let time = waited(async {
        while node.count("connection-closed", "write-timeout") == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    assert!(time <= Duration::from_secs(11), "{time:?}");
    assert!(node.service.registration("CSFalice").is_none());
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_5_pings_are_answered_one_by_one_and_a_flood_closes() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    phone.send("\r\n\r\n").await;
    let mut pong = [0; 2];
    phone.stream.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"\r\n");
    phone.send("\r\n\r\n".repeat(1000)).await;
    let (octets, _) = phone.read_to_end().await;
    assert!(octets.len() <= 20, "{} octets", octets.len());
}

#[tokio::test]
async fn tls_5_short_sessions_leave_nothing_behind() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    for round in 0..200 {
        let socket = TcpStream::connect(address).await.unwrap();
        if round % 2 == 0 {
            drop(socket);
            continue;
        }
        let phone = Client::try_connect(address, tls(None, rustls::DEFAULT_VERSIONS)).await.unwrap();
        drop((socket, phone));
    }
    let gone = async {
        while node.service.status().connections > 0 || node.service.status().unregistered > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(open < 100, "{open} descriptors");
}

#[tokio::test]
async fn framing_that_is_lost_closes_the_connection() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let register = Register::vendor("CSFalice", "1001").text();
    phone.send(register.replace("Content-Length: 0", "Content-Length: -1")).await;
    assert_eq!(status(&phone.receive().await.unwrap()), "SIP/2.0 400 Malformed Content-Length");
    assert_eq!(phone.receive().await, None);
}
