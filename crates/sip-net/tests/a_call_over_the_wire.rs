//! A call between two phones on real connections: INVITE, ring, answer, talk, hang up; and what happens when a connection goes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod support;

use std::sync::{Arc, Mutex};

use callmanager::call::CallDetailRecord;
use callmanager::flow::{Listener, Transport};
use ringbearer_sip_net::Observer;
use support::RunningNode;
use support::client::Client;
use testkit::line_side::{header, status};
use testkit::register::Register;

/// Keeps the call records.
#[derive(Default)]
struct Records(Mutex<Vec<String>>);

impl Observer for Records {
    fn call_ended(&self, record: &CallDetailRecord) {
        self.0.lock().unwrap().push(format!("{record:?}"));
    }
}

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 10.10.10.10\r\ns=-\r\nc=IN IP4 10.10.10.10\r\nt=0 0\r\n\
    m=audio 20000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";

async fn phone(node: &RunningNode, device: &str, number: &str, user: &str) -> Client {
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let answer = phone.ask(Register::vendor(device, number).bearing(&node.token(user)).text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    phone
}

/// The next message that is no 100.
async fn next(phone: &mut Client) -> String {
    loop {
        let message = phone.receive().await.expect("a message");
        if !message.starts_with("SIP/2.0 100") {
            return message;
        }
    }
}

fn invite(number: &str) -> String {
    format!(
        "INVITE sip:{number}@127.0.0.11 SIP/2.0\r\nVia: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bKcall\r\n\
         From: <sip:1001@127.0.0.11>;tag=caller\r\nTo: <sip:{number}@127.0.0.11>\r\nCall-ID: call@10.10.10.10\r\n\
         CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:alice@10.10.10.10:62162;transport=tls>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}",
        OFFER.len()
    )
}

/// A response of the called phone.
fn response(invite: &str, line: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {line}\r\n");
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        text.push_str(&format!("{name}: {}\r\n", header(invite, name).unwrap()));
    }
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    text.push_str(&format!(
        "To: {};tag=called\r\nContact: <sip:bob@10.10.10.10:62162;transport=tls>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        header(invite, "To").unwrap(),
        body.len()
    ));
    text
}

/// A request of the caller inside the call.
fn inside(answer: &str, method: &str, sequence: u32) -> String {
    let target = header(answer, "Contact").unwrap().trim_start_matches('<').split('>').next().unwrap();
    format!(
        "{method} {target} SIP/2.0\r\nVia: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK{method}\r\n\
         From: <sip:1001@127.0.0.11>;tag=caller\r\nTo: {}\r\nCall-ID: call@10.10.10.10\r\nCSeq: {sequence} {method}\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        header(answer, "To").unwrap()
    )
}

/// Connects alice to bob; the 200 that alice got and the INVITE that bob got.
async fn connect(alice: &mut Client, bob: &mut Client) -> (String, String) {
    alice.send(invite("1002")).await;
    let ringing = next(bob).await;
    assert!(ringing.starts_with("INVITE sip:"), "{ringing}");
    bob.send(response(&ringing, "180 Ringing", "")).await;
    assert_eq!(status(&next(alice).await), "SIP/2.0 180 Ringing");
    // Each side has a key of its own.
    bob.send(response(&ringing, "200 OK", &OFFER.replace("WVNf", "Q0NO"))).await;
    let answered = next(alice).await;
    assert_eq!(status(&answered), "SIP/2.0 200 OK");
    alice.send(inside(&answered, "ACK", 1)).await;
    assert!(next(bob).await.starts_with("ACK "));
    (answered, ringing)
}

#[tokio::test]
async fn two_phones_talk_and_hang_up() {
    let records = Arc::new(Records::default());
    let node = RunningNode::start_with(|_| {}, Arc::clone(&records) as _);
    let mut alice = phone(&node, "CSFalice", "1001", "alice").await;
    let mut bob = phone(&node, "CSFbob", "1002", "bob").await;
    let (answered, _) = connect(&mut alice, &mut bob).await;
    assert!(answered.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"), "keys pass end to end");
    assert_eq!(node.service.status().calls, 1);
    alice.send(inside(&answered, "BYE", 2)).await;
    assert_eq!(status(&next(&mut alice).await), "SIP/2.0 200 OK");
    let bye = next(&mut bob).await;
    assert!(bye.starts_with("BYE "), "{bye}");
    bob.send(response(&bye, "200 OK", "").replace(";tag=called", "")).await;
    let over = async {
        while node.service.status().calls > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), over).await.unwrap();
    let records = records.0.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert!(!records[0].contains("inline"), "no key in a record");
}

#[tokio::test]
async fn a_caller_who_is_gone_stops_the_ringing() {
    let node = RunningNode::start();
    let mut alice = phone(&node, "CSFalice", "1001", "alice").await;
    let mut bob = phone(&node, "CSFbob", "1002", "bob").await;
    alice.send(invite("1002")).await;
    let ringing = next(&mut bob).await;
    bob.send(response(&ringing, "180 Ringing", "")).await;
    drop(alice);
    let cancel = next(&mut bob).await;
    assert!(cancel.starts_with("CANCEL "), "{cancel}");
}

#[tokio::test]
async fn a_phone_that_is_not_there_is_480() {
    let node = RunningNode::start();
    let mut alice = phone(&node, "CSFalice", "1001", "alice").await;
    alice.send(invite("1002")).await;
    assert_eq!(status(&next(&mut alice).await), "SIP/2.0 480 Temporarily Unavailable");
}

#[tokio::test]
async fn a_restart_ends_no_call_with_bye() {
    let node = RunningNode::start();
    let mut alice = phone(&node, "CSFalice", "1001", "alice").await;
    let mut bob = phone(&node, "CSFbob", "1002", "bob").await;
    connect(&mut alice, &mut bob).await;
    node.service.stop(std::time::Duration::from_millis(20)).await;
    assert_eq!(alice.receive().await, None, "nothing is said to either");
    assert_eq!(bob.receive().await, None);
}
