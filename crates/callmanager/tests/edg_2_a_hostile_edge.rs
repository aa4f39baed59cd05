//! EDG-2: an edge node that was taken over. It has a certificate, so it may connect; it has no token of anybody else's.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_callmanager::flow::{FlowId, Listener};
use testkit::call_side::CallSide;
use testkit::edge;
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;
use testkit::test_leg::{TestLeg, encrypted};

fn ask(side: &mut LineSide, flow: FlowId, client: &str, message: &str) -> String {
    edge::outwards(&side.ask(flow, edge::inwards(client, message))).1
}

#[test]
fn edg_2_without_a_token_it_registers_nobody() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::MraOAuth);
    let alice = Register::vendor("CSFalice", "1001");
    let answer = ask(&mut side, flow, "k1", &alice.text());
    assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required");
    assert_eq!(header(&answer, "Proxy-Authenticate"), Some("Bearer realm=\"ccmsipline\""));
    let of_bob = side.node.token("bob");
    let answer = ask(&mut side, flow, "k1", &alice.next().bearing(&of_bob).text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    let asserted = Register {
        more: vec!["P-Asserted-Identity: <sip:1001@127.0.0.11>".into(), "X-User: alice".into()],
        ..alice.next().next()
    };
    let answer = ask(&mut side, flow, "k1", &asserted.text());
    assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required");
    assert!(side.registrar.is_empty());
}

#[test]
fn edg_2_it_does_not_speak_for_a_device_on_another_connection() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let honest = side.connect_edge();
    let erin = side.register_behind(honest, "erinphone", "1005");
    let hostile = side.line.connect(Listener::MraOAuth);
    for (phone, client) in [(&alice, "k1"), (&erin, "client200")] {
        let mut leg = TestLeg::dial(phone, "1002");
        let invite = edge::inwards(client, &leg.invite(&encrypted(4000, 'X', "sendrecv")));
        let answers = side.line.send(hostile, invite);
        assert!(status(answers.last().unwrap()).starts_with("SIP/2.0 40"), "{answers:?}");
        assert!(!answers.last().unwrap().contains("error="));
    }
    assert_eq!(side.calls(), 0);
    side.expect_nothing(bob.flow);
}

#[test]
fn edg_2_it_does_not_end_a_dialog_on_another_connection() {
    let mut side = CallSide::default();
    let bob = side.register("CSFbob", "1002");
    let honest = side.connect_edge();
    let alice = side.register_behind(honest, "CSFalice", "1001");
    let (mut of_alice, mut of_bob) =
        side.connect(&alice, &bob, &encrypted(4000, 'A', "sendrecv"), &encrypted(5000, 'B', "sendrecv"));
    let hostile = side.connect_edge();
    let erin = side.register_behind(hostile, "erinphone", "1005");
    let mut stolen = of_alice.clone().moved_to(&erin);
    for client in ["client200", "client201"] {
        let bye = edge::inwards(client, &stolen.request("BYE", "", ""));
        let answer = side.line.ask(hostile, bye);
        let expected = if client == "client201" { "SIP/2.0 481 " } else { "SIP/2.0 401 " };
        assert!(answer.starts_with(expected), "{answer}");
    }
    assert_eq!(side.calls(), 1);
    of_alice.sequence += 10;
    side.hang_up(&mut of_bob, &of_alice);
}

#[test]
fn edg_2_a_phone_behind_an_edge_does_not_touch_the_dialogs_of_its_neighbour() {
    let mut side = CallSide::default();
    let edge_flow = side.connect_edge();
    let alice = side.register_behind(edge_flow, "CSFalice", "1001");
    let bob = side.register_behind(edge_flow, "CSFbob", "1002");
    let erin = side.register_behind(edge_flow, "erinphone", "1005");
    let (mut of_alice, of_bob) =
        side.connect(&alice, &bob, &encrypted(4000, 'A', "sendrecv"), &encrypted(5000, 'B', "sendrecv"));
    // Erin knows all of Alice's dialog.
    let mut stolen = of_alice.clone().moved_to(&erin);
    side.send(erin.flow, stolen.request("BYE", "", ""));
    side.expect(erin.flow, "SIP/2.0 481 ");
    side.send(erin.flow, stolen.invite(&encrypted(6666, 'E', "sendrecv")));
    side.expect(erin.flow, "SIP/2.0 481 ");
    side.expect_nothing(bob.flow);
    let mut ringing = TestLeg::dial(&alice, "1002");
    let invite = ringing.invite(&encrypted(4002, 'A', "sendrecv"));
    side.send(alice.flow, &invite);
    side.expect(bob.flow, "INVITE ");
    side.send(erin.flow, ringing.cancel(&invite));
    side.expect(erin.flow, "SIP/2.0 481 ");
    side.expect_nothing(bob.flow);
    side.hang_up(&mut of_alice, &of_bob);
}

#[test]
fn edg_2_a_token_of_another_user_does_not_make_a_phone_his() {
    let mut side = CallSide::default();
    let edge_flow = side.connect_edge();
    let alice = side.register_behind(edge_flow, "CSFalice", "1001");
    let bob = side.register("CSFbob", "1002");
    let mut leg = TestLeg::dial(&alice, "1002");
    let token = format!("Proxy-Authorization: Bearer token=\"{}\"\r\n", side.line.node.token("erin"));
    side.send(alice.flow, leg.invite_with(&token, &encrypted(4000, 'A', "sendrecv")));
    side.expect(alice.flow, "SIP/2.0 403 ");
    side.expect_nothing(bob.flow);
    let token = format!("Proxy-Authorization: Bearer token=\"{}\"\r\n", side.line.node.token("alice"));
    side.send(alice.flow, leg.invite_with(&token, &encrypted(4000, 'A', "sendrecv")));
    let invite = side.expect(bob.flow, "INVITE ");
    assert_eq!(header(&invite, "Proxy-Authorization"), None);
}

#[test]
fn edg_2_an_edge_that_names_a_client_does_not_get_the_devices_of_those_it_does_not_name() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::MraOAuth);
    let alice = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    let plain = alice.text().replacen("\r\nVia:", "\r\nVia: SIP/2.0/TLS exp:5061;branch=z9hG4bKfirst\r\nVia:", 1);
    assert_eq!(status(&side.ask(flow, plain)), "SIP/2.0 200 OK");
    let invite = "INVITE sip:1002@127.0.0.11 SIP/2.0\r\n\
        Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bKx\r\n\
        From: <sip:1001@127.0.0.11>;tag=a\r\nTo: <sip:1002@127.0.0.11>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
        Max-Forwards: 70\r\nContact: <sip:00000000-0000-0000-0000-000000c003e9@10.10.10.10:62162>\r\n\
        Content-Length: 0\r\n\r\n";
    let answer = side.send(flow, edge::inwards("k1", invite)).pop().unwrap();
    assert_eq!(status(&edge::outwards(&answer).1), "SIP/2.0 401 Unauthorized");
    assert!(side.calls.is_empty());
}
