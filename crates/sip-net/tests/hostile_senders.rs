//! Senders on good connections: they hide requests in bodies, guess, name other hosts, and go away in the middle (TLS-3, TLS-4,
//! FRM-2, FRM-6, AUT-10, RTE-5).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::time::Duration;

use callmanager::flow::{FlowId, Listener, Transport};
use support::RunningNode;
use support::client::Client;
use testkit::call_side::TestPhone;
use testkit::line_side::{header, status};
use testkit::register::Register;
use testkit::test_leg::{TestLeg, encrypted};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UdpSocket};
use tokio::time::Instant;

async fn registered(node: &RunningNode, device: &str, number: &str, user: &str) -> Client {
    let mut client = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let mut register = Register::vendor(device, number).bearing(&node.token(user));
    register.call_id = format!("registration-{device}");
    assert_eq!(status(&client.ask(register.text()).await), "SIP/2.0 200 OK");
    client
}

async fn assert_served(node: &RunningNode) {
    registered(node, "CSFbob", "1002", "bob").await;
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

fn options(from: &str, branch: &str, more: &str) -> String {
    format!(
        "OPTIONS sip:127.0.0.11 SIP/2.0\r\nVia: SIP/2.0/TLS 10.10.10.10;branch=z9hG4bK{branch}\r\n\
         From: <sip:{from}@127.0.0.11>;tag=1\r\nTo: <sip:127.0.0.11>\r\nCall-ID: {branch}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\n{more}"
    )
}

#[tokio::test]
async fn frm_2_a_request_hidden_in_a_body_is_this_connections_own() {
    let node = RunningNode::start();
    let mut bob = registered(&node, "CSFbob", "1002", "bob").await;
    let invite = "INVITE sip:1001@127.0.0.11 SIP/2.0\r\nVia: SIP/2.0/TLS 10.10.10.10;branch=z9hG4bKhidden\r\n\
         From: <sip:1002@127.0.0.11>;tag=1\r\nTo: <sip:1001@127.0.0.11>\r\nCall-ID: hidden\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 70\r\nContact: <sip:x@10.10.10.10>\r\nContent-Length: 0\r\n\r\n";
    let whole = invite.len();
    // The length says nothing, three octets, all: what is behind it is the next message, what is within is a body.
    for (number, (length, expected)) in [
        (0, &["SIP/2.0 200 OK", "SIP/2.0 403 Forbidden"][..]),
        (whole, &["SIP/2.0 200 OK"]),
        (3, &["SIP/2.0 200 OK", "SIP/2.0 400 CSeq names another method"]),
    ]
    .into_iter()
    .enumerate()
    {
        let mut alice = registered(&node, "CSFalice", "1001", "alice").await;
        let more = format!("Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{invite}");
        alice.send(options("1001", &format!("outer{number}"), &more)).await;
        for expected in expected {
            let answer = alice.receive().await.expect("an answer");
            assert_eq!(&status(&answer), expected, "Content-Length: {length}");
        }
        let mut stranger = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
        stranger.send(options("1001", &format!("stranger{number}"), &more)).await;
        for expected in expected {
            let answer = stranger.receive().await.expect("an answer");
            let expected = if expected.starts_with("SIP/2.0 400") { expected } else { "SIP/2.0 401 Unauthorized" };
            assert_eq!(status(&answer), expected, "Content-Length: {length}");
        }
    }
    // A connection goes on in order: what Bob gets next is the answer to his own question.
    assert!(bob.ask(options("1002", "own", "Content-Length: 0\r\n\r\n")).await.contains("Call-ID: own\r\n"));
}

#[tokio::test]
async fn tls_3_requests_without_credentials_buy_no_time() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let mut register = Register::vendor("CSFalice", "1001");
    let time = waited(async {
        for _ in 0..20 {
            register = register.next();
            phone.send(register.text()).await;
            loop {
                match tokio::time::timeout(Duration::from_secs(4), phone.receive()).await {
                    Ok(Some(challenge)) => assert_eq!(status(&challenge), "SIP/2.0 407 Proxy Authentication Required"),
                    Ok(None) => return,
                    Err(_) => break,
                }
            }
        }
    })
    .await;
    assert!(time >= Duration::from_secs(29) && time <= Duration::from_secs(32), "{time:?}");
}

#[tokio::test]
async fn tls_3_a_registered_phone_is_held_to_its_keep_alive_alone() {
    let node = RunningNode::start();
    let mut phone = registered(&node, "CSFalice", "1001", "alice").await;
    let time = waited(async {
        let early = tokio::time::timeout(Duration::from_secs(115), phone.receive()).await;
        assert!(early.is_err(), "neither 10 s nor 30 s end it: {early:?}");
        assert_eq!(tokio::time::timeout(Duration::from_secs(300), phone.receive()).await, Ok(None));
    })
    .await;
    // Two minutes from its REGISTER, which was a moment before the clock was looked at.
    assert!(time > Duration::from_secs(119) && time < Duration::from_secs(121), "{time:?}");
    assert!(node.service.registration("CSFalice").is_none());
}

#[test]
fn tls_4_what_waits_for_a_peer_has_a_bound() {
    use ringbearer_sip_net::limits::{WRITE, WRITE_OCTETS};
    // What rustls may hold comes to it.
    assert_eq!((WRITE_OCTETS + 64 * 1024, WRITE), (256 * 1024, Duration::from_secs(10)));
    let mut queue = ringbearer_sip_net::write_queue::WriteQueue::default();
    let message = bytes::Bytes::from(vec![b'x'; 1024]);
    for _ in 0..WRITE_OCTETS / 1024 {
        queue.push(message.clone()).unwrap();
    }
    assert!(queue.push(message).is_err());
    assert!(queue.octets() <= WRITE_OCTETS + 1024);
}

#[tokio::test]
async fn tls_4_many_peers_that_do_not_read_hold_up_nobody() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let mut deaf = Vec::new();
    for peer in 0..20 {
        let mut phone = Client::connect(address).await;
        let flood: String =
            (0..40).map(|number| options("1001", &format!("{peer}-{number}"), "Content-Length: 0\r\n\r\n")).collect();
        // Nobody reads what comes back.
        for _ in 0..40 {
            let write = phone.stream.write_all(flood.as_bytes());
            if !matches!(tokio::time::timeout(Duration::from_millis(20), write).await, Ok(Ok(()))) {
                break;
            }
        }
        deaf.push(phone);
    }
    let began = std::time::Instant::now();
    for _ in 0..10 {
        assert_served(&node).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(deaf);
    let gone = async {
        while node.service.status().connections > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), gone).await.expect("all are gone");
}

#[tokio::test]
async fn aut_10_guessed_tokens_throttle_the_source_and_not_its_registered_flows() {
    let node = RunningNode::start();
    let mut good = registered(&node, "CSFalice", "1001", "alice").await;
    let address = node.address(Listener::OAuth, Transport::Tls);
    let began = std::time::Instant::now();
    let (mut challenged, mut throttled, mut held_up) = (0, 0, 0);
    // Connection after connection: the source is what counts.
    for connection in 0..10 {
        let mut guesser = Client::connect(address).await;
        let mut guess = Register::vendor("CSFbob", "1002");
        for number in 0..10 {
            // A newcomer behind the same address, with a good token.
            let mut newcomer = Client::connect(address).await;
            guess = guess.next().bearing(&format!("guess-{connection}-{number}"));
            let answer = guesser.ask(guess.text()).await;
            match status(&answer) {
                "SIP/2.0 407 Proxy Authentication Required" => challenged += 1,
                "SIP/2.0 503 Service Unavailable" => {
                    let wait: u32 = header(&answer, "Retry-After").unwrap().parse().unwrap();
                    assert!((1..=100).contains(&wait), "{wait} s");
                    throttled += 1;
                    let good = Register::vendor("CSFbob", "1002").bearing(&node.token("bob"));
                    held_up += u32::from(newcomer.ask(good.text()).await.starts_with("SIP/2.0 503 "));
                }
                other => panic!("{other}"),
            }
        }
    }
    // 60 at once, and one a second after that.
    assert!(challenged >= 60 && challenged <= 61 + began.elapsed().as_secs(), "{challenged} guesses were heard");
    assert_eq!(challenged + throttled, 100);
    // The newcomer waits as the guesser does, but for the moments in which a second is over. The registered phone does not.
    assert!(u64::from(held_up) * 2 >= throttled, "{held_up} of {throttled} newcomers");
    let mut register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice"));
    register.call_id = "registration-CSFalice".into();
    for _ in 0..3 {
        register = register.next();
        assert_eq!(status(&good.ask(register.text()).await), "SIP/2.0 200 OK");
    }
}

#[tokio::test]
async fn rte_5_nothing_is_sent_to_where_a_device_points() {
    let node = RunningNode::start();
    let (tcp, udp) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let (tcp_at, udp_at) = (tcp.local_addr().unwrap(), udp.local_addr().unwrap());
    let mut calls = Vec::new();
    for (tripwire, via) in [(tcp_at, "TCP"), (udp_at, "UDP")] {
        let mut bob = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
        let mut register = Register::vendor("CSFbob", "1002").bearing(&node.token("bob"));
        register.contact = tripwire.to_string();
        let text = register
            .text()
            .replace("Via: SIP/2.0/TLS", &format!("Via: SIP/2.0/{via}"))
            .replace("Max-Forwards", "X-Route: <sip:tripwire.test>\r\nMax-Forwards");
        // The answer comes over the connection that asked, whatever the Via says.
        assert_eq!(status(&bob.ask(text).await), "SIP/2.0 200 OK");
        let mut alice = registered(&node, "CSFalice", "1001", "alice").await;
        let phone = TestPhone::new(FlowId(1), "CSFalice", "1001");
        let mut calling = TestLeg::dial(&phone, "1002");
        calling.contact = format!("<sip:1001@{tripwire}>");
        alice.send(calling.invite(&encrypted(4000, 'A', "sendrecv")).replace("TLS 10", "TCP 10")).await;
        // So does the call: over the flow of the registration.
        let invite = bob.receive().await.expect("a call");
        assert!(
            invite.starts_with(&format!("INVITE sip:{}@{tripwire}", testkit::cluster::contact_of("1002"))),
            "{invite}"
        );
        let mut answering = TestLeg::called(&TestPhone::new(FlowId(2), "CSFbob", "1002"), &invite);
        answering.contact = format!("<sip:1002@{tripwire}>");
        bob.send(answering.respond(&invite, "200 OK", &encrypted(5000, 'B', "sendrecv"))).await;
        assert!(bob.receive().await.expect("an ACK").starts_with("ACK "));
        calls.push((alice, bob));
    }
    let tripped = tokio::time::timeout(Duration::from_millis(200), async {
        let mut octets = [0; 64];
        tokio::select! { _ = tcp.accept() => "TCP", _ = udp.recv_from(&mut octets) => "UDP" }
    });
    assert!(tripped.await.is_err(), "nobody was dialled");
}

#[tokio::test]
async fn frm_6_an_invite_and_a_reset_leave_nothing() {
    let node = RunningNode::start();
    let mut bob = registered(&node, "CSFbob", "1002", "bob").await;
    let phone = TestPhone::new(FlowId(1), "CSFalice", "1001");
    for round in 0..100 {
        let mut alice = registered(&node, "CSFalice", "1001", "alice").await;
        alice.send(TestLeg::dial(&phone, "1002").invite(&encrypted(4000, 'A', "sendrecv"))).await;
        if round % 2 == 0 {
            let invite = bob.receive().await.expect("a call");
            let leg = TestLeg::called(&TestPhone::new(FlowId(2), "CSFbob", "1002"), &invite);
            alice.stream.get_ref().0.set_zero_linger().unwrap();
            drop(alice);
            bob.send(leg.respond(&invite, "180 Ringing", "")).await;
            let cancel = bob.receive().await.expect("its end");
            assert!(cancel.starts_with("CANCEL "), "{cancel}");
            bob.send(leg.respond(&cancel, "200 OK", "")).await;
            bob.send(leg.respond(&invite, "487 Request Terminated", "")).await;
            assert!(bob.receive().await.expect("an ACK").starts_with("ACK "));
        } else {
            let invite = bob.receive().await.expect("a call");
            let leg = TestLeg::called(&TestPhone::new(FlowId(2), "CSFbob", "1002"), &invite);
            bob.send(leg.respond(&invite, "486 Busy Here", "")).await;
            assert!(bob.receive().await.expect("an ACK").starts_with("ACK "));
            alice.stream.get_ref().0.set_zero_linger().unwrap();
            drop(alice);
        }
    }
    let gone = async {
        while node.service.status().calls > 0 || node.service.status().connections > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("nothing is left of them");
    assert!(std::fs::read_dir("/proc/self/fd").unwrap().count() < 100);
}
