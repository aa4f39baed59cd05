//! Calls between real connections: each leg over its own TLS connection, each call in a task of its own.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callmanager::call::{CallDetailRecord, Cause};
use callmanager::flow::{FlowId, Listener, Transport};
use ringbearer_sip_net::Observer;
use support::RunningNode;
use support::client::Client;
use testkit::call_side::TestPhone;
use testkit::line_side::header;
use testkit::register::Register;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

/// Keeps the call records.
#[derive(Default)]
struct Records(Mutex<Vec<CallDetailRecord>>);

impl Observer for Records {
    fn call_ended(&self, record: &CallDetailRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// A registered phone with its connection.
struct Phone {
    client: Client,
    phone: TestPhone,
}

impl Phone {
    async fn register(node: &RunningNode, number: u64, device: &str, line: &str, user: &str) -> Self {
        let mut client = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
        let mut register = Register::vendor(device, line).bearing(&node.token(user));
        register.call_id = format!("registration-{device}-{number}@10.10.10.10");
        let answer = client.ask(register.text()).await;
        assert!(answer.starts_with("SIP/2.0 200 OK"), "{answer}");
        Self { client, phone: TestPhone::new(FlowId(number), device, line) }
    }

    async fn send(&mut self, message: impl AsRef<[u8]>) {
        self.client.send(message).await;
    }

    #[track_caller]
    fn expect(&mut self, start: &'static str) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let message = tokio::time::timeout(Duration::from_secs(10), self.client.receive()).await;
            let message = message.unwrap_or_else(|_| panic!("{caller}: nothing came, wanted {start}")).unwrap();
            assert!(message.starts_with(start), "{caller}: wanted {start}, got {message}");
            message
        }
    }
}

async fn connect(calling: &mut Phone, called: &mut Phone, offer: &str, answer: &str) -> (TestLeg, TestLeg) {
    let mut one = TestLeg::dial(&calling.phone, &called.phone.number);
    calling.send(one.invite(offer)).await;
    let invite = called.expect("INVITE ").await;
    assert_eq!(without_origin(body(&invite)), without_origin(offer));
    let other = TestLeg::called(&called.phone, &invite);
    called.send(other.respond(&invite, "180 Ringing", "")).await;
    calling.expect("SIP/2.0 180 ").await;
    called.send(other.respond(&invite, "200 OK", answer)).await;
    called.expect("ACK ").await;
    let ok = calling.expect("SIP/2.0 200 OK").await;
    assert_eq!(without_origin(body(&ok)), without_origin(answer));
    one.learn(&ok);
    calling.send(one.ack("")).await;
    (one, other)
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about");
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

#[tokio::test]
async fn a_call_is_made_held_and_ended() {
    let records = Arc::new(Records::default());
    let node = RunningNode::start_with(|_| {}, Arc::clone(&records) as Arc<dyn Observer>);
    let mut alice = Phone::register(&node, 1, "CSFalice", "1001", "alice").await;
    let mut bob = Phone::register(&node, 2, "CSFbob", "1002", "bob").await;
    let (mut of_alice, of_bob) = connect(&mut alice, &mut bob, &offer(), &answer()).await;
    let hold = encrypted(4000, 'A', "sendonly");
    alice.send(of_alice.invite(&hold)).await;
    let reinvite = bob.expect("INVITE ").await;
    assert_eq!(without_origin(body(&reinvite)), without_origin(&hold));
    bob.send(of_bob.respond(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly"))).await;
    bob.expect("ACK ").await;
    alice.expect("SIP/2.0 200 OK").await;
    alice.send(of_alice.ack("")).await;
    alice.send(of_alice.request("BYE", "", "")).await;
    alice.expect("SIP/2.0 200 OK").await;
    let bye = bob.expect("BYE ").await;
    bob.send(of_bob.respond(&bye, "200 OK", "")).await;
    until(|| node.service.status().calls == 0).await;
    let records = records.0.lock().unwrap();
    assert_eq!((records.len(), records[0].cause), (1, Cause::NORMAL_CLEARING));
    assert_eq!(records[0].suites, ["AES_CM_128_HMAC_SHA1_80"]);
}

#[tokio::test]
async fn a_call_is_cancelled() {
    let node = RunningNode::start();
    let mut alice = Phone::register(&node, 1, "CSFalice", "1001", "alice").await;
    let mut bob = Phone::register(&node, 2, "CSFbob", "1002", "bob").await;
    let mut of_alice = TestLeg::dial(&alice.phone, "1002");
    let text = of_alice.invite(&offer());
    alice.send(&text).await;
    let invite = bob.expect("INVITE ").await;
    let of_bob = TestLeg::called(&bob.phone, &invite);
    bob.send(of_bob.respond(&invite, "180 Ringing", "")).await;
    alice.expect("SIP/2.0 180 ").await;
    alice.send(of_alice.cancel(&text)).await;
    assert_eq!(header(&alice.expect("SIP/2.0 200 OK").await, "CSeq"), Some("101 CANCEL"));
    let refused = alice.expect("SIP/2.0 487 ").await;
    alice.send(of_alice.ack_refusal(&text, &refused)).await;
    let cancel = bob.expect("CANCEL ").await;
    bob.send(of_bob.respond(&cancel, "200 OK", "")).await;
    bob.send(of_bob.respond(&invite, "487 Request Terminated", "")).await;
    bob.expect("ACK ").await;
    until(|| node.service.status().calls == 0).await;
}

#[tokio::test]
async fn a_party_moves_from_one_call_to_another() {
    let node = RunningNode::start();
    let mut alice = Phone::register(&node, 1, "CSFalice", "1001", "alice").await;
    let mut bob = Phone::register(&node, 2, "CSFbob", "1002", "bob").await;
    let mut erin = Phone::register(&node, 3, "erinphone", "1005", "erin").await;
    let (of_alice, mut of_bob) = connect(&mut alice, &mut bob, &offer(), &answer()).await;
    let (consulting, of_erin) =
        connect(&mut bob, &mut erin, &encrypted(5002, 'C', "sendrecv"), &encrypted(6000, 'D', "sendrecv")).await;
    assert_eq!(node.service.status().calls, 2);
    let tag = |value: &str| value.split(";tag=").nth(1).unwrap().to_owned();
    let refer_to = format!(
        "Refer-To: <sip:1005@127.0.0.11?Replaces={}%3Bto-tag%3D{}%3Bfrom-tag%3D{}>\r\n",
        consulting.call_id.replace('@', "%40"),
        tag(&consulting.remote),
        tag(&consulting.local)
    );
    bob.send(of_bob.request("REFER", &refer_to, "")).await;
    bob.expect("SIP/2.0 202 ").await;
    let mut from_bob = Vec::new();
    for _ in 0..2 {
        // NOTIFY of the one call and BYE of the other come in any order.
        let request = bob.expect("").await;
        let leg = if request.starts_with("BYE ") { &consulting } else { &of_bob };
        bob.send(leg.respond(&request, "200 OK", "")).await;
        from_bob.push(request.split(' ').next().unwrap().to_owned());
    }
    from_bob.sort();
    assert_eq!(from_bob, ["BYE", "NOTIFY"]);
    let asked = erin.expect("INVITE ").await;
    assert_eq!(body(&asked), "");
    let offer = encrypted(6000, 'E', "sendrecv");
    erin.send(of_erin.respond(&asked, "200 OK", &offer)).await;
    let reinvite = alice.expect("INVITE ").await;
    assert_eq!(without_origin(body(&reinvite)), without_origin(&offer));
    let answer = encrypted(4000, 'F', "sendrecv");
    alice.send(of_alice.respond(&reinvite, "200 OK", &answer)).await;
    alice.expect("ACK ").await;
    assert_eq!(without_origin(body(&erin.expect("ACK ").await)), without_origin(&answer));
    let notify = bob.expect("NOTIFY ").await;
    assert_eq!(body(&notify), "SIP/2.0 200 OK\r\n");
    bob.send(of_bob.respond(&notify, "200 OK", "")).await;
    let bye = bob.expect("BYE ").await;
    bob.send(of_bob.respond(&bye, "200 OK", "")).await;
    let mut of_erin = of_erin;
    erin.send(of_erin.request("BYE", "", "")).await;
    erin.expect("SIP/2.0 200 OK").await;
    let bye = alice.expect("BYE ").await;
    alice.send(of_alice.respond(&bye, "200 OK", "")).await;
    until(|| node.service.status().calls == 0).await;
}

#[tokio::test]
async fn a_phone_that_lost_its_connection_goes_on_over_the_next() {
    let node = RunningNode::start();
    let mut alice = Phone::register(&node, 1, "CSFalice", "1001", "alice").await;
    let mut bob = Phone::register(&node, 2, "CSFbob", "1002", "bob").await;
    let (of_alice, of_bob) = connect(&mut alice, &mut bob, &offer(), &answer()).await;
    drop(bob);
    until(|| node.service.registrations().len() == 1).await;
    let mut bob = Phone::register(&node, 4, "CSFbob", "1002", "bob").await;
    let mut of_bob = of_bob.moved_to(&bob.phone);
    // The call looks for its device now and then; until it has found it, the dialog is unknown on the new connection.
    loop {
        bob.send(of_bob.request("OPTIONS", "", "")).await;
        if bob.expect("SIP/2.0 ").await.starts_with("SIP/2.0 200 ") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bob.send(of_bob.request("BYE", "", "")).await;
    bob.expect("SIP/2.0 200 OK").await;
    let bye = alice.expect("BYE ").await;
    alice.send(of_alice.respond(&bye, "200 OK", "")).await;
    until(|| node.service.status().calls == 0).await;
}
