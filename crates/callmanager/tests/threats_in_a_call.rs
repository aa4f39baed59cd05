//! The threat rows that a call answers, whole: every leg, every response, every way to end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use directory::{Device, DeviceName, DirectoryNumber, LineAppearance, Object};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, encrypted};

fn two_phones() -> (CallSide, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    (side, alice, bob)
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

/// A whole call in which both devices say, in every message, what is for the node alone: what each got of the other.
fn everything_passed() -> (Vec<String>, [String; 2]) {
    let (mut side, alice, bob) = two_phones();
    let tokens = [side.line.node.token("alice"), side.line.node.token("bob")];
    let own = |token: &str| {
        format!(
            "Proxy-Authorization: Bearer token=\"{token}\"\r\nP-Asserted-Identity: <sip:canary@127.0.0.11>\r\n\
             P-Preferred-Identity: <sip:canary@127.0.0.11>\r\nRemote-Party-ID: <sip:canary@127.0.0.11>\r\n\
             Diversion: <sip:canary@127.0.0.11>\r\nHistory-Info: <sip:canary@127.0.0.11>;index=1\r\n\
             Privacy: id;canary\r\n"
        )
    };
    let (of_alice, of_bob) = (own(&tokens[0]), own(&tokens[1]));
    let mut seen = Vec::new();
    let mut calling = TestLeg::dial(&alice, "1002");
    assert!(calling.local.contains("Liar"));
    side.send(alice.flow, calling.invite_with(&of_alice, &offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let mut answering = TestLeg::called(&bob, &invite);
    seen.push(invite.clone());
    side.send(bob.flow, answering.respond_with(&invite, "180 Ringing", &of_bob, ""));
    seen.push(side.expect(alice.flow, "SIP/2.0 180 "));
    side.send(bob.flow, answering.respond_with(&invite, "200 OK", &of_bob, &answer()));
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    calling.learn(&ok);
    seen.push(ok);
    seen.push(side.expect(bob.flow, "ACK "));
    side.send(alice.flow, calling.ack(""));
    for method in ["INFO", "UPDATE"] {
        side.send(alice.flow, calling.request(method, &of_alice, ""));
        let passed = side.take_all(bob.flow);
        for request in passed.iter().filter(|message| message.starts_with(method)) {
            side.send(bob.flow, answering.respond_with(request, "200 OK", &of_bob, ""));
        }
        seen.extend(passed);
        seen.extend(side.take_all(alice.flow));
        side.send(bob.flow, answering.request(method, &of_bob, ""));
        let passed = side.take_all(alice.flow);
        for request in passed.iter().filter(|message| message.starts_with(method)) {
            side.send(alice.flow, calling.respond_with(request, "200 OK", &of_alice, ""));
        }
        seen.extend(passed);
        seen.extend(side.take_all(bob.flow));
    }
    side.send(alice.flow, calling.invite_with(&of_alice, &encrypted(4000, 'A', "sendonly")));
    let again = side.expect(bob.flow, "INVITE ");
    side.send(bob.flow, answering.respond_with(&again, "200 OK", &of_bob, &encrypted(5000, 'B', "recvonly")));
    seen.push(again);
    seen.extend(side.take_all(bob.flow));
    seen.extend(side.take_all(alice.flow));
    side.send(alice.flow, calling.ack(""));
    side.send(bob.flow, answering.request("BYE", &of_bob, ""));
    seen.extend(side.take_all(bob.flow));
    let bye = side.expect(alice.flow, "BYE ");
    side.send(alice.flow, calling.respond_with(&bye, "200 OK", &of_alice, ""));
    seen.push(bye);
    assert!(seen.len() > 10, "{seen:#?}");
    (seen, tokens)
}

#[test]
fn aut_6_no_message_of_a_call_carries_credentials() {
    let (seen, tokens) = everything_passed();
    for message in &seen {
        for forbidden in [tokens[0].as_str(), &tokens[1], "Authorization", "Bearer"] {
            assert!(!message.contains(forbidden), "{forbidden} in {message}");
        }
    }
}

#[test]
fn aut_9_no_message_of_a_call_carries_a_forged_identity() {
    let (seen, _) = everything_passed();
    for message in &seen {
        assert!(!message.contains("canary") && !message.contains("Privacy"), "{message}");
    }
    // Who calls is the directory's to say, and so is the name.
    assert!(header(&seen[0], "From").unwrap().starts_with("<sip:1001@127.0.0.11>;tag="), "{}", seen[0]);
    assert!(header(&seen[0], "P-Asserted-Identity").unwrap().starts_with("<sip:1001@127.0.0.11>"));
}

/// So many more devices with line 1002, registered by Bob.
fn ring_of(side: &mut CallSide, count: usize) -> Vec<TestPhone> {
    let model: Device = side.line.node.directory.device("CSFbob").unwrap().as_ref().clone();
    let devices = (0..count).map(|number| {
        let line = LineAppearance::new(1, DirectoryNumber::new("1002").unwrap(), testkit::cluster::contact_of("1002"));
        let name = DeviceName::new(&format!("CSFRING{number}")).unwrap();
        Object::Device(Device { name, lines: vec![line], ..model.clone() })
    });
    side.line.node.add_all(devices.collect());
    // One sign-in registers ten devices at most: each of these has its own.
    (0..count)
        .map(|number| {
            let claims = token::AccessTokenClaims {
                family: token::Uuid::from_u128(0x4000 + number as u128),
                ..side.line.node.claims("bob")
            };
            let token = side.line.node.mint(&claims);
            let (device, flow) =
                (format!("CSFRING{number}"), side.line.connect(ringbearer_callmanager::flow::Listener::OAuth));
            let mut register = testkit::register::Register::vendor(&device, "1002").bearing(&token);
            register.contact = format!("10.10.11.{number}:62162");
            let registered = side.line.ask(flow, register.text());
            assert!(registered.starts_with("SIP/2.0 200 OK"), "{registered}");
            TestPhone::new(flow, &device, "1002")
        })
        .collect()
}

#[test]
fn rte_4_an_invite_has_thirty_two_branches_at_most() {
    let mut side = CallSide::default();
    let alice = side.register("CSFalice", "1001");
    let ring = ring_of(&mut side, 32);
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
    for phone in &ring {
        let invite = side.expect(phone.flow, "INVITE ");
        assert_eq!(header(&invite, "Max-Breadth"), Some("1"), "60 shared among 32");
        side.expect_nothing(phone.flow);
    }
    // One more is more than is asked.
    let bob = side.register("CSFbob", "1002");
    let other = side.register("erinphone", "1005");
    side.send(other.flow, TestLeg::dial(&other, "1002").invite(&offer()));
    side.expect(other.flow, "SIP/2.0 440 Max-Breadth Exceeded");
    side.expect_nothing(bob.flow);
    ring.iter().for_each(|phone| side.expect_nothing(phone.flow));
}

#[test]
fn rte_4_max_breadth_is_shared_among_the_branches() {
    for (breadth, devices, each) in [("31", 3, "10"), ("3", 3, "1"), ("60", 7, "8")] {
        let mut side = CallSide::default();
        let alice = side.register("CSFalice", "1001");
        let ring = ring_of(&mut side, devices);
        let more = format!("Max-Breadth: {breadth}\r\n");
        side.send(alice.flow, TestLeg::dial(&alice, "1002").invite_with(&more, &offer()));
        for phone in &ring {
            assert_eq!(header(&side.expect(phone.flow, "INVITE "), "Max-Breadth"), Some(each));
        }
    }
}

#[test]
fn frm_6_an_invite_and_a_broken_connection_leave_nothing() {
    let mut side = CallSide::default();
    let bob = side.register("CSFbob", "1002");
    for round in 0..500 {
        let alice = side.register("CSFalice", "1001");
        side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
        let invite = side.expect(bob.flow, "INVITE ");
        let answering = TestLeg::called(&bob, &invite);
        if round % 3 == 0 {
            side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
        }
        side.disconnect(alice.flow);
        // Bob hears of it once he has answered something, and ends it.
        if round % 3 != 0 {
            side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
        }
        let cancel = side.expect(bob.flow, "CANCEL ");
        side.send(bob.flow, answering.respond(&cancel, "200 OK", ""));
        side.send(bob.flow, answering.respond(&invite, "487 Request Terminated", ""));
        side.expect(bob.flow, "ACK ");
        side.expect_nothing(bob.flow);
        if round % 50 == 0 {
            side.advance(Duration::from_secs(33));
            side.refresh(&bob);
            assert_eq!(side.calls(), 0, "round {round}");
            assert_eq!(side.line.node.occupancy_of_all(), 0);
        }
    }
    side.assert_nothing_left(&[&bob]);
}

/// A device begins calls to one that never says a word, and goes away from none.
#[test]
fn rte_7_calls_that_nobody_answers_end_by_themselves() {
    let (mut side, alice, bob) = two_phones();
    for name in ["CSFalice", "CSFbob"] {
        let mut device = side.line.node.directory.device(name).unwrap().as_ref().clone();
        (device.lines[0].max_calls, device.lines[0].busy_trigger) = (200, 200);
        side.line.node.put(Object::Device(device));
    }
    let mut begun = 0;
    for _ in 0..100 {
        let mut calling = TestLeg::dial(&alice, "1002");
        let invite = calling.invite(&offer());
        side.send(alice.flow, &invite);
        match side.take_all(alice.flow).pop() {
            None => begun += 1,
            Some(refused) => {
                assert!(refused.starts_with("SIP/2.0 503 ") && header(&refused, "Retry-After").is_some(), "{refused}");
                side.send(alice.flow, calling.ack_refusal(&invite, &refused));
            }
        }
    }
    assert_eq!((begun, side.calls()), (32, 32));
    for _ in 0..6 {
        side.advance(Duration::from_secs(50));
        side.refresh(&alice);
        side.refresh(&bob);
    }
    assert_eq!(side.calls(), 0);
    assert_eq!(side.line.node.occupancy_of_all(), 0);
    side.take_all(alice.flow);
    side.take_all(bob.flow);
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    side.expect(bob.flow, "INVITE ");
}

#[test]
fn frm_5_an_offer_has_thirty_two_media_descriptions() {
    for (extra, expected) in [(31, None), (32, Some("SIP/2.0 400 "))] {
        let (mut side, alice, bob) = two_phones();
        let many = format!("{}{}", offer(), "m=video 0 RTP/SAVP 31\r\n".repeat(extra));
        side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&many));
        match expected {
            None => drop(side.expect(bob.flow, "INVITE ")),
            Some(start) => {
                side.expect_nothing(bob.flow);
                side.expect(alice.flow, start);
            }
        }
    }
}
