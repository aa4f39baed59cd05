//! The flow of a party closes while it talks: the media goes on, and the device comes back or does not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use ringbearer_callmanager::call::{Cause, EndedBy};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

fn talking() -> (CallSide, TestPhone, TestPhone, TestLeg, TestLeg) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let (offer, answer) = (encrypted(4000, 'A', "sendrecv"), encrypted(5000, 'B', "sendrecv"));
    let (calling, answering) = side.connect(&alice, &bob, &offer, &answer);
    (side, alice, bob, calling, answering)
}

#[test]
fn the_device_comes_back_and_the_call_goes_on_over_its_new_flow() {
    let (mut side, alice, bob, mut calling, answering) = talking();
    side.disconnect(bob.flow);
    side.advance(Duration::from_secs(5));
    side.expect_nothing(alice.flow);
    let bob_again = side.register_again(&bob);
    assert_ne!(bob.flow, bob_again.flow);
    side.advance(Duration::from_secs(2));
    let answering = answering.moved_to(&bob_again);
    let hold = encrypted(4000, 'A', "sendonly");
    side.send(alice.flow, calling.invite(&hold));
    let reinvite = side.expect(bob_again.flow, "INVITE ");
    assert_eq!(without_origin(body(&reinvite)), without_origin(&hold));
    side.send(bob_again.flow, answering.respond(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly")));
    side.expect(bob_again.flow, "ACK ");
    side.expect(alice.flow, "SIP/2.0 200 OK");
    side.send(alice.flow, calling.ack(""));
    let mut answering = answering;
    side.send(bob_again.flow, answering.request("BYE", "", ""));
    side.expect(bob_again.flow, "SIP/2.0 200 OK");
    let bye = side.expect(alice.flow, "BYE ");
    side.send(alice.flow, calling.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&alice, &bob_again]);
}

#[test]
fn a_device_that_does_not_come_back_ends_the_call_after_the_grace_period() {
    let (mut side, alice, bob, calling, _) = talking();
    side.disconnect(bob.flow);
    side.advance(Duration::from_millis(63_999));
    side.expect_nothing(alice.flow);
    side.advance(Duration::from_millis(1));
    let bye = side.expect(alice.flow, "BYE ");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=27"));
    side.send(alice.flow, calling.respond(&bye, "200 OK", ""));
    let record = side.records.pop().unwrap();
    assert_eq!((record.cause, record.ended_by), (Cause::DESTINATION_OUT_OF_ORDER, EndedBy::Node));
    side.assert_nothing_left(&[&alice]);
}

#[test]
fn a_party_without_a_flow_is_hung_up_on_in_silence() {
    let (mut side, alice, bob, mut calling, _) = talking();
    side.disconnect(bob.flow);
    side.send(alice.flow, calling.request("BYE", "", ""));
    side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(side.calls(), 0);
    side.assert_nothing_left(&[&alice]);
}

#[test]
fn a_change_is_put_off_while_the_other_party_has_no_flow() {
    let (mut side, alice, bob, mut calling, _) = talking();
    side.disconnect(bob.flow);
    let text = calling.invite(&encrypted(4000, 'A', "sendonly"));
    side.send(alice.flow, &text);
    let refused = side.expect(alice.flow, "SIP/2.0 503 ");
    assert_eq!(header(&refused, "Retry-After"), Some("2"));
    side.send(alice.flow, calling.ack_refusal(&text, &refused));
    assert_eq!(side.calls(), 1);
}

#[test]
fn a_change_under_way_is_answered_for_the_party_that_lost_its_flow() {
    let (mut side, alice, bob, mut calling, _) = talking();
    let text = calling.invite(&encrypted(4000, 'A', "sendonly"));
    side.send(alice.flow, &text);
    side.expect(bob.flow, "INVITE ");
    side.disconnect(bob.flow);
    side.expect(alice.flow, "SIP/2.0 503 ");
    assert_eq!(side.calls(), 1);
}

#[test]
fn both_parties_lose_their_flows_and_the_call_ends_once() {
    let (mut side, alice, bob, _, _) = talking();
    side.disconnect(alice.flow);
    side.disconnect(bob.flow);
    side.advance(Duration::from_secs(65));
    assert_eq!((side.calls(), side.records.len()), (0, 1));
    side.assert_nothing_left(&[]);
}

#[test]
fn another_device_on_a_new_flow_does_not_get_the_call() {
    let (mut side, alice, bob, _, answering) = talking();
    side.disconnect(bob.flow);
    let erin = side.register("erinphone", "1005");
    side.advance(Duration::from_secs(2));
    let mut stolen = answering.moved_to(&erin);
    stolen.local = stolen.local.replace("1002", "1005");
    side.send(erin.flow, stolen.request("BYE", "", ""));
    side.expect(erin.flow, "SIP/2.0 481 ");
    side.expect_nothing(alice.flow);
    assert_eq!(side.calls(), 1);
}

#[test]
fn requests_inside_a_dialog_are_taken_on_its_own_flow_only() {
    let (mut side, alice, bob, _, answering) = talking();
    // Erin knows everything about Bob's dialog, and has a good registration of her own.
    let erin = side.register("erinphone", "1005");
    let mut forged = answering.clone().moved_to(&erin);
    forged.local = forged.local.replace("<sip:1002@", "<sip:1005@");
    side.send(erin.flow, forged.request("BYE", "", ""));
    side.expect(erin.flow, "SIP/2.0 481 ");
    side.expect_nothing(alice.flow);
    side.expect_nothing(bob.flow);
}

#[test]
fn the_service_stops_and_leaves_the_parties_to_their_media() {
    let (mut side, alice, bob, _, _) = talking();
    side.stop();
    side.expect_nothing(alice.flow);
    side.expect_nothing(bob.flow);
    assert_eq!(side.records.pop().unwrap().cause, Cause::TEMPORARY_FAILURE);
    side.assert_nothing_left(&[&alice, &bob]);
}
