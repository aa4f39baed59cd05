//! Call forward all, busy and no answer; devices that deflect; and where forwarding must end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use directory::{DirectoryNumber, Object};
use ringbearer_callmanager::call::{Cause, Redirected};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, encrypted};

fn number(number: &str) -> Option<DirectoryNumber> {
    Some(DirectoryNumber::new(number).unwrap())
}

fn forward(side: &mut CallSide, line: &str, set: impl FnOnce(&mut directory::CallForward)) {
    let mut line = side.line.node.directory.line(line).unwrap().as_ref().clone();
    set(&mut line.forward);
    side.line.node.put(Object::Line(line));
}

fn phones() -> (CallSide, TestPhone, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let erin = side.register("erinphone", "1005");
    (side, alice, bob, erin)
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

#[test]
fn all_calls() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| forward.all = number("1005"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    side.expect(alice.flow, "SIP/2.0 181 Call Is Being Forwarded");
    let invite = side.expect(erin.flow, "INVITE ");
    let diversion = "<sip:1002@127.0.0.11>;reason=unconditional;privacy=off;screen=yes";
    assert_eq!(header(&invite, "Diversion"), Some(diversion));
    assert_eq!(header(&invite, "X-Ringbearer-Visited"), Some("1002,1005"));
    side.expect_nothing(bob.flow);
    let mut answering = TestLeg::called(&erin, &invite);
    side.send(erin.flow, answering.respond(&invite, "200 OK", &encrypted(5000, 'E', "sendrecv")));
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.expect(erin.flow, "ACK ");
    side.send(alice.flow, calling.ack(""));
    side.hang_up(&mut answering, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.original_called.as_str(), record.final_called.as_str()), ("1002", "1005"));
    assert_eq!(record.redirected, Some(Redirected::ForwardAll));
    side.assert_nothing_left(&[&alice, &bob, &erin]);
}

#[test]
fn calls_that_nobody_answers_in_time() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| {
        forward.no_answer = number("1005");
        forward.no_answer_seconds = 7;
    });
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let ringing = TestLeg::called(&bob, &invite);
    side.send(bob.flow, ringing.respond(&invite, "180 Ringing", ""));
    side.expect(alice.flow, "SIP/2.0 180 ");
    side.advance(Duration::from_millis(6_999));
    side.expect_nothing(bob.flow);
    side.advance(Duration::from_millis(1));
    side.expect(bob.flow, "CANCEL ");
    side.expect(alice.flow, "SIP/2.0 181 ");
    let forwarded = side.expect(erin.flow, "INVITE ");
    assert!(header(&forwarded, "Diversion").unwrap().contains(";reason=no-answer;"));
    side.send(bob.flow, ringing.respond(&invite, "487 Request Terminated", ""));
    side.expect(bob.flow, "ACK ");
    side.expect_nothing(alice.flow);
    let answering = TestLeg::called(&erin, &forwarded);
    side.send(erin.flow, answering.respond(&forwarded, "486 Busy Here", ""));
    side.expect(alice.flow, "SIP/2.0 486 ");
    assert_eq!(side.records.pop().unwrap().redirected, Some(Redirected::ForwardNoAnswer));
}

#[test]
fn who_answers_in_the_last_moment_is_not_hung_up_on() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| forward.no_answer = number("1005"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    side.expect(alice.flow, "SIP/2.0 180 ");
    side.advance(Duration::from_secs(12));
    side.expect(bob.flow, "CANCEL ");
    side.expect(alice.flow, "SIP/2.0 181 ");
    let forwarded = side.expect(erin.flow, "INVITE ");
    side.send(erin.flow, TestLeg::called(&erin, &forwarded).respond(&forwarded, "180 Ringing", ""));
    side.send(bob.flow, answering.respond(&invite, "200 OK", &encrypted(5000, 'B', "sendrecv")));
    side.expect(bob.flow, "ACK ");
    side.expect(alice.flow, "SIP/2.0 200 OK");
    side.expect(erin.flow, "CANCEL ");
}

#[test]
fn calls_to_a_busy_line() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| forward.busy = number("1005"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    side.send(bob.flow, TestLeg::called(&bob, &invite).respond(&invite, "486 Busy Here", ""));
    side.expect(alice.flow, "SIP/2.0 181 ");
    let forwarded = side.expect(erin.flow, "INVITE ");
    assert!(header(&forwarded, "Diversion").unwrap().contains(";reason=user-busy;"));
}

#[test]
fn a_line_at_its_busy_trigger_forwards_without_ringing() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| forward.busy = number("1005"));
    let mut device = side.line.node.directory.device("CSFbob").unwrap().as_ref().clone();
    device.lines[0].busy_trigger = 1;
    side.line.node.put(Object::Device(device));
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
    side.expect(bob.flow, "INVITE ");
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
    side.expect_nothing(bob.flow);
    side.expect(erin.flow, "INVITE ");
}

#[test]
fn a_call_that_rings_for_ever_ends() {
    let (mut side, alice, bob, _) = phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    side.send(bob.flow, TestLeg::called(&bob, &invite).respond(&invite, "180 Ringing", ""));
    side.expect(alice.flow, "SIP/2.0 180 ");
    // Registrations end in the meantime; the connections, and so the call, would too.
    for _ in 0..2 {
        side.advance(Duration::from_secs(60));
        side.refresh(&alice);
        side.refresh(&bob);
    }
    side.advance(Duration::from_secs(61));
    side.expect(alice.flow, "SIP/2.0 480 ");
    side.expect(bob.flow, "CANCEL ");
}

#[test]
fn a_device_deflects() {
    let (mut side, alice, bob, erin) = phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    let mut deflecting = TestLeg::called(&bob, &invite);
    deflecting.contact = "<sip:1005@127.0.0.11>".into();
    side.send(bob.flow, deflecting.respond(&invite, "302 Moved Temporarily", ""));
    side.expect(bob.flow, "ACK ");
    side.expect(alice.flow, "SIP/2.0 181 ");
    let forwarded = side.expect(erin.flow, "INVITE ");
    assert!(header(&forwarded, "Diversion").unwrap().contains(";reason=deflection;"));
}

#[test]
fn rte_1_a_device_deflects_to_where_its_line_may_not_call() {
    for contact in ["sip:+49900123456@premium.example", "sip:1005@203.0.113.9", "sip:1005@127.0.0.11;maddr=203.0.113.9"]
    {
        let (mut side, alice, bob, erin) = phones();
        let mut calling = TestLeg::dial(&alice, "1002");
        side.send(alice.flow, calling.invite(&offer()));
        let invite = side.expect(bob.flow, "INVITE ");
        let mut deflecting = TestLeg::called(&bob, &invite);
        deflecting.contact = format!("<{contact}>");
        side.send(bob.flow, deflecting.respond(&invite, "302 Moved Temporarily", ""));
        side.expect(alice.flow, "SIP/2.0 480 ");
        side.expect_nothing(erin.flow);
    }
}

#[test]
fn rte_1_a_line_forwards_to_a_number_that_is_gone() {
    let (mut side, alice, _, _) = phones();
    forward(&mut side, "1002", |forward| forward.all = number("1999"));
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&offer()));
    side.expect(alice.flow, "SIP/2.0 181 ");
    side.expect(alice.flow, "SIP/2.0 404 ");
    assert_eq!(side.records.pop().unwrap().cause, Cause::UNALLOCATED_NUMBER);
}

#[test]
fn rte_3_lines_that_forward_to_each_other_are_a_loop() {
    let (mut side, alice, bob, erin) = phones();
    forward(&mut side, "1002", |forward| forward.all = number("1005"));
    forward(&mut side, "1005", |forward| forward.all = number("1002"));
    let mut calling = TestLeg::dial(&alice, "1002");
    let invite = calling.invite(&offer());
    side.send(alice.flow, &invite);
    side.expect(alice.flow, "SIP/2.0 181 ");
    side.expect(alice.flow, "SIP/2.0 181 ");
    let refused = side.expect(alice.flow, "SIP/2.0 482 Loop Detected");
    side.send(alice.flow, calling.ack_refusal(&invite, &refused));
    side.expect_nothing(bob.flow);
    side.expect_nothing(erin.flow);
    assert_eq!(side.records.pop().unwrap().cause, Cause::EXCHANGE_ROUTING_ERROR);
    side.assert_nothing_left(&[&alice, &bob, &erin]);
}
