//! One number on several devices: all ring, the first answer wins, and of refusals the best one counts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

/// Puts line 1002 on more devices of the cluster.
fn share(side: &mut CallSide, devices: &[&str]) {
    for name in devices {
        let mut device = side.line.node.directory.device(name).unwrap().as_ref().clone();
        let number = directory::DirectoryNumber::new("1002").unwrap();
        device.lines.push(directory::LineAppearance::new(2, number, testkit::cluster::contact_of("1002")));
        side.line.node.put(directory::Object::Device(device));
    }
}

struct Shared {
    side: CallSide,
    alice: TestPhone,
    calling: TestLeg,
    invite_of_alice: String,
    bob: (TestPhone, TestLeg, String),
    erin: (TestPhone, TestLeg, String),
}

fn ring_both() -> Shared {
    let mut side = CallSide::default();
    share(&mut side, &["erinphone"]);
    let alice = side.register("CSFalice", "1001");
    let (bob, erin) = (side.register("CSFbob", "1002"), side.register("erinphone", "1005"));
    let mut calling = TestLeg::dial(&alice, "1002");
    let invite_of_alice = calling.invite(&encrypted(4000, 'A', "sendrecv"));
    side.send(alice.flow, &invite_of_alice);
    let mut invited = |phone: TestPhone| {
        let invite = side.expect(phone.flow, "INVITE ");
        let leg = TestLeg::called(&phone, &invite);
        (phone, leg, invite)
    };
    let (bob, erin) = (invited(bob), invited(erin));
    Shared { side, alice, calling, invite_of_alice, bob, erin }
}

fn reply(side: &mut CallSide, who: &(TestPhone, TestLeg, String), status: &str, description: &str) {
    side.send(who.0.flow, who.1.respond(&who.2, status, description));
}

#[test]
fn the_first_answer_wins_and_the_others_are_cancelled() {
    let mut call = ring_both();
    let side = &mut call.side;
    assert_ne!(header(&call.bob.2, "Call-ID"), header(&call.erin.2, "Call-ID"));
    assert_eq!(header(&call.bob.2, "Max-Breadth"), Some("30"));
    reply(side, &call.bob, "180 Ringing", "");
    side.expect(call.alice.flow, "SIP/2.0 180 Ringing");
    reply(side, &call.erin, "180 Ringing", "");
    side.expect_nothing(call.alice.flow);
    reply(side, &call.erin, "200 OK", &encrypted(5000, 'E', "sendrecv"));
    side.expect(call.erin.0.flow, "ACK ");
    side.expect(call.bob.0.flow, "CANCEL ");
    reply(side, &call.bob, "487 Request Terminated", "");
    side.expect(call.bob.0.flow, "ACK ");
    let ok = side.expect(call.alice.flow, "SIP/2.0 200 OK");
    call.calling.learn(&ok);
    side.send(call.alice.flow, call.calling.ack(""));
    side.hang_up(&mut call.calling, &call.erin.1);
    assert_eq!(side.records.pop().unwrap().connected.unwrap().device.as_str(), "erinphone");
    side.assert_nothing_left(&[&call.alice, &call.bob.0, &call.erin.0]);
}

#[test]
fn two_answers_that_cross_make_one_call() {
    let mut call = ring_both();
    let side = &mut call.side;
    reply(side, &call.bob, "200 OK", &encrypted(5000, 'B', "sendrecv"));
    side.expect(call.bob.0.flow, "ACK ");
    let ok = side.expect(call.alice.flow, "SIP/2.0 200 OK");
    // No provisional response yet, so the CANCEL waits; the answer comes first.
    reply(side, &call.erin, "200 OK", &encrypted(6000, 'E', "sendrecv"));
    side.expect(call.erin.0.flow, "ACK ");
    let bye = side.expect(call.erin.0.flow, "BYE ");
    side.send(call.erin.0.flow, call.erin.1.respond(&bye, "200 OK", ""));
    call.calling.learn(&ok);
    side.send(call.alice.flow, call.calling.ack(""));
    side.expect_nothing(call.alice.flow);
    side.hang_up(&mut call.calling, &call.bob.1);
    side.assert_nothing_left(&[&call.alice, &call.bob.0, &call.erin.0]);
}

#[test]
fn one_refusal_lets_the_others_ring_on() {
    let mut call = ring_both();
    let side = &mut call.side;
    reply(side, &call.bob, "486 Busy Here", "");
    side.expect_nothing(call.alice.flow);
    reply(side, &call.erin, "408 Request Timeout", "");
    let refused = side.expect(call.alice.flow, "SIP/2.0 486 Busy Here");
    side.send(call.alice.flow, call.calling.ack_refusal(&call.invite_of_alice, &refused));
    side.assert_nothing_left(&[&call.alice, &call.bob.0, &call.erin.0]);
}

#[test]
fn a_global_failure_ends_the_search() {
    let mut call = ring_both();
    let side = &mut call.side;
    reply(side, &call.erin, "180 Ringing", "");
    side.expect(call.alice.flow, "SIP/2.0 180 ");
    reply(side, &call.bob, "603 Decline", "");
    side.expect(call.alice.flow, "SIP/2.0 603 Decline");
    side.expect(call.erin.0.flow, "CANCEL ");
    reply(side, &call.erin, "487 Request Terminated", "");
    side.assert_nothing_left(&[&call.alice, &call.bob.0, &call.erin.0]);
}

#[test]
fn early_media_of_two_devices_makes_two_early_dialogs() {
    let mut call = ring_both();
    let side = &mut call.side;
    let (of_bob, of_erin) = (encrypted(5000, 'B', "sendrecv"), encrypted(6000, 'E', "sendrecv"));
    reply(side, &call.bob, "183 Session Progress", &of_bob);
    let first = side.expect(call.alice.flow, "SIP/2.0 183 ");
    assert_eq!(without_origin(body(&first)), without_origin(&of_bob));
    reply(side, &call.erin, "183 Session Progress", &of_erin);
    let second = side.expect(call.alice.flow, "SIP/2.0 183 ");
    assert_eq!(without_origin(body(&second)), without_origin(&of_erin));
    assert_ne!(header(&first, "To"), header(&second, "To"));
}

#[test]
fn the_line_that_calls_does_not_ring_itself() {
    let mut side = CallSide::default();
    share(&mut side, &["erinphone"]);
    let (bob, erin) = (side.register("CSFbob", "1002"), side.register("erinphone", "1005"));
    let mut calling = TestLeg::dial(&bob, "1002");
    side.send(bob.flow, calling.invite(&encrypted(4000, 'A', "sendrecv")));
    side.expect(erin.flow, "INVITE ");
    side.expect_nothing(bob.flow);
}

#[test]
fn a_line_at_its_busy_trigger_is_busy_and_a_caller_at_its_maximum_calls_nobody() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let mut begun = Vec::new();
    for _ in 0..2 {
        let mut calling = TestLeg::dial(&alice, "1002");
        side.send(alice.flow, calling.invite(&encrypted(4000, 'A', "sendrecv")));
        begun.push(side.expect(bob.flow, "INVITE "));
    }
    for refused in ["SIP/2.0 486 Busy Here", "SIP/2.0 486 Busy Here"] {
        let mut calling = TestLeg::dial(&alice, "1002");
        let invite = calling.invite(&encrypted(4000, 'A', "sendrecv"));
        side.send(alice.flow, &invite);
        let refusal = side.expect(alice.flow, refused);
        side.send(alice.flow, calling.ack_refusal(&invite, &refusal));
        side.expect_nothing(bob.flow);
    }
    // Alice has two calls; her line takes four.
    let erin = side.register("erinphone", "1005");
    let mut rejected = None;
    for n in 0..3 {
        let mut calling = TestLeg::dial(&alice, "1005");
        side.send(alice.flow, calling.invite(&encrypted(4000, 'A', "sendrecv")));
        if n < 2 {
            side.expect(erin.flow, "INVITE ");
        } else {
            rejected = Some(side.expect(alice.flow, "SIP/2.0 486 "));
        }
    }
    assert_eq!(header(&rejected.unwrap(), "Warning"), Some("399 ucm-pub \"Maximum number of calls of the line\""));
}

#[test]
fn rte_4_more_devices_than_branches_are_refused() {
    let mut side = CallSide::default();
    share(&mut side, &["erinphone"]);
    let alice = side.register("CSFalice", "1001");
    let (bob, _erin) = (side.register("CSFbob", "1002"), side.register("erinphone", "1005"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite_with("Max-Breadth: 1\r\n", &encrypted(4000, 'A', "sendrecv")));
    side.expect(alice.flow, "SIP/2.0 440 Max-Breadth Exceeded");
    side.expect_nothing(bob.flow);
}

#[test]
fn a_device_whose_connection_breaks_while_it_rings_is_out() {
    let mut call = ring_both();
    let side = &mut call.side;
    side.disconnect(call.bob.0.flow);
    side.expect_nothing(call.alice.flow);
    side.disconnect(call.erin.0.flow);
    side.expect(call.alice.flow, "SIP/2.0 480 ");
    side.advance(Duration::from_secs(40));
    side.assert_nothing_left(&[&call.alice]);
}
