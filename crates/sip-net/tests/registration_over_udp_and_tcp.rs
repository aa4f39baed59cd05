//! The phone port: digest over UDP and TCP.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use callmanager::flow::{Listener, Transport};
use sip::auth::{Algorithm, Credentials, digest};
use sip::message::Method;
use support::RunningNode;
use support::client::Client;
use testkit::cluster::DIGEST_PASSWORD;
use testkit::line_side::{header, status};
use testkit::register::Register;
use tokio::net::UdpSocket;

/// The REGISTER that answers a challenge.
fn answering(register: &Register, challenge: &str, algorithm: Algorithm) -> Register {
    let line = challenge
        .split("\r\n")
        .find(|line| {
            line.starts_with("WWW-Authenticate: Digest") && line.contains(&format!("algorithm={}", algorithm.as_str()))
        })
        .unwrap();
    let nonce = line.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let given = format!(
        "Digest username=\"dave\", realm=\"ccmsipline\", nonce=\"{nonce}\", uri=\"sip:127.0.0.11\", algorithm={}, \
         qop=auth, cnonce=\"abc\", nc=00000001, response=",
        algorithm.as_str()
    );
    let unsigned = format!("{given}\"{}\"", "0".repeat(32));
    let Some(Credentials::Digest(credentials)) = Credentials::parse(unsigned.as_bytes()) else { panic!("{unsigned}") };
    let ha1 = digest::ha1(algorithm, b"dave", b"ccmsipline", DIGEST_PASSWORD.as_bytes());
    let response = digest::response(&ha1, &Method::Register, &credentials);
    Register { credentials: Some(format!("Authorization: {given}\"{response}\"")), ..register.next() }
}

async fn ask(socket: &UdpSocket, text: &str) -> String {
    socket.send(text.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 65_536];
    let length = socket.recv(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn a_phone_registers_with_digest_over_udp() {
    let node = RunningNode::start();
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(node.address(Listener::Phone, Transport::Udp)).await.unwrap();
        let contact = socket.local_addr().unwrap().to_string();
        let register = Register { contact, transport: "UDP", ..Register::standard("1004") };
        let challenge = ask(&socket, &register.text()).await;
        assert_eq!(status(&challenge), "SIP/2.0 401 Unauthorized");
        let answer = ask(&socket, &answering(&register, &challenge, algorithm).text()).await;
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
        assert!(header(&answer, "Contact").unwrap().ends_with(";expires=120"));
        assert_eq!(node.service.registration("SEPdave").unwrap().remote, socket.local_addr().unwrap());
    }
}

#[tokio::test]
async fn a_response_goes_to_the_port_of_the_via_unless_rport_is_asked_for() {
    let node = RunningNode::start();
    let address = node.address(Listener::Phone, Transport::Udp);
    let listening = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let sending = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let contact = listening.local_addr().unwrap().to_string();
    let register = Register { contact: contact.clone(), transport: "UDP", ..Register::standard("1004") };
    let text = register.text().replace("@10.10.10.10", "");
    sending.send_to(text.as_bytes(), address).await.unwrap();
    let mut buffer = [0; 2048];
    let length = listening.recv(&mut buffer).await.unwrap();
    assert!(buffer[..length].starts_with(b"SIP/2.0 401"));
    let text = register.next().text().replace(";branch", ";rport;branch");
    sending.send_to(text.as_bytes(), address).await.unwrap();
    let length = sending.recv(&mut buffer).await.unwrap();
    let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
    let port = sending.local_addr().unwrap().port();
    assert!(header(&answer, "Via").unwrap().ends_with(&format!(";received=127.0.0.1;rport={port}")), "{answer}");
}

#[tokio::test]
async fn a_phone_registers_with_digest_over_tcp() {
    let node = RunningNode::start();
    let mut phone = Client::connect_tcp(node.address(Listener::Phone, Transport::Tcp)).await;
    let register = Register { transport: "TCP", ..Register::standard("1004") };
    let challenge = phone.ask(register.text()).await;
    let answered = answering(&register, &challenge, Algorithm::Md5);
    assert_eq!(status(&phone.ask(answered.text()).await), "SIP/2.0 200 OK");
}

#[tokio::test]
async fn aut_10_wrong_digests_throttle_the_source_and_not_its_registered_flows() {
    let node = RunningNode::start();
    let address = node.address(Listener::Phone, Transport::Tcp);
    let mut good = Client::connect_tcp(address).await;
    let register = Register { transport: "TCP", ..Register::standard("1004") };
    let challenge = good.ask(register.text()).await;
    let mut answered = answering(&register, &challenge, Algorithm::Md5);
    assert_eq!(status(&good.ask(answered.text()).await), "SIP/2.0 200 OK");
    let mut guesser = Client::connect_tcp(address).await;
    let mut guess = answering(&register, &challenge, Algorithm::Md5);
    guess.call_id = "guess".into();
    guess.credentials = guess.credentials.map(|line| line.replace("response=\"", "response=\"0"));
    let mut refused = None;
    for _ in 0..100 {
        guess = guess.next();
        let answer = guesser.ask(guess.text()).await;
        if status(&answer) != "SIP/2.0 401 Unauthorized" {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the guesser is throttled");
    assert_eq!(status(&refused), "SIP/2.0 503 Service Unavailable");
    assert!(header(&refused, "Retry-After").is_some());
    answered = answered.next();
    assert_eq!(status(&good.ask(answered.text()).await), "SIP/2.0 200 OK");
}
