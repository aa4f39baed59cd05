//! Calls of phones that come in over the connection of an Expressway-C: with those inside, and with each other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use directory::{DirectoryNumber, Object};
use ringbearer_callmanager::call::{Cause, EndedBy, Redirected};
use ringbearer_callmanager::flow::FlowId;
use testkit::call_side::{CallSide, TestPhone};
use testkit::edge;
use testkit::line_side::{header, headers};
use testkit::register::Register;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

/// Alice and Erin outside, Bob inside.
fn phones() -> (CallSide, FlowId, TestPhone, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let edge = side.connect_edge();
    let alice = side.register_behind(edge, "CSFalice", "1001");
    let erin = side.register_behind(edge, "erinphone", "1005");
    let bob = side.register("CSFbob", "1002");
    (side, edge, alice, bob, erin)
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

#[test]
fn from_outside_to_inside() {
    let (mut side, _, alice, bob, _) = phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE ");
    assert_eq!(headers(&invite, "Via").count(), 1);
    for of_the_edge in ["Record-Route", "Route", "Path"] {
        assert_eq!(header(&invite, of_the_edge), None, "{of_the_edge}");
    }
    assert_eq!(without_origin(body(&invite)), without_origin(&offer()));
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    let ringing = side.expect(alice.flow, "SIP/2.0 180 Ringing");
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    let routes = [
        "<sip:client200-c@exp-c.lab.test:5061;transport=tls;lr>",
        "<sip:client200-e@exp-e.lab.test:5061;transport=tls;lr>",
    ];
    for response in [&ringing, &ok] {
        assert_eq!(headers(response, "Record-Route").collect::<Vec<_>>(), routes);
        assert_eq!(headers(response, "Via").count(), 1, "the edge has taken its own off");
    }
    calling.learn(&ok);
    side.expect(bob.flow, "ACK ");
    side.send(alice.flow, calling.ack(""));
    let (mut answering, calling) = (answering, calling);
    side.hang_up(&mut answering, &calling);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn from_inside_to_outside_by_the_path_and_then_by_the_routes() {
    let (mut side, _, alice, bob, _) = phones();
    let mut calling = TestLeg::dial(&bob, "1001");
    side.send(bob.flow, calling.invite(&offer()));
    let invite = side.expect(alice.flow, "INVITE ");
    assert!(
        invite.starts_with(
            "INVITE sip:00000000-0000-0000-0000-000000c003e9@10.10.10.200:62162;transport=tls SIP/2.0\r\n"
        ),
        "{invite}"
    );
    assert_eq!(header(&invite, "Max-Forwards"), Some("67"));
    let mut answering = TestLeg::called(&alice, &invite);
    side.send(alice.flow, answering.respond(&invite, "200 OK", &answer()));
    let ok = side.expect(bob.flow, "SIP/2.0 200 OK");
    assert_eq!(header(&ok, "Record-Route"), None);
    calling.learn(&ok);
    side.expect(alice.flow, "ACK ");
    side.send(bob.flow, calling.ack(""));
    let hold = encrypted(4000, 'A', "sendonly");
    side.send(bob.flow, calling.invite(&hold));
    let reinvite = side.expect(alice.flow, "INVITE ");
    assert_eq!(without_origin(body(&reinvite)), without_origin(&hold));
    side.send(alice.flow, answering.respond(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly")));
    side.expect(alice.flow, "ACK ");
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.send(bob.flow, calling.ack(""));
    side.hang_up(&mut answering, &calling);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn between_two_phones_outside_with_the_same_private_contact() {
    let (mut side, _, alice, bob, erin) = phones();
    let mut calling = TestLeg::dial(&alice, "1005");
    calling.contact = "<sip:1001@192.168.1.7:5060;transport=tls>".into();
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(erin.flow, "INVITE ");
    let mut answering = TestLeg::called(&erin, &invite);
    answering.contact = "<sip:1005@192.168.1.7:5060;transport=tls>".into();
    side.send(erin.flow, answering.respond(&invite, "200 OK", &answer()));
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    calling.learn(&ok);
    side.expect(erin.flow, "ACK ");
    side.send(alice.flow, calling.ack(""));
    side.send(alice.flow, calling.request("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n"));
    let info = side.expect(erin.flow, "INFO ");
    side.send(erin.flow, answering.respond(&info, "200 OK", ""));
    side.expect(alice.flow, "SIP/2.0 200 OK");
    side.hang_up(&mut answering, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.cause, record.ended_by), (Cause::NORMAL_CLEARING, EndedBy::Called));
    side.assert_nothing_left(&[&alice, &bob, &erin]);
}

#[test]
fn a_call_is_cancelled_over_the_edge_in_both_directions() {
    let (mut side, _, alice, _, erin) = phones();
    let mut calling = TestLeg::dial(&alice, "1005");
    let invite = calling.invite(&offer());
    side.send(alice.flow, &invite);
    let ringing = side.expect(erin.flow, "INVITE ");
    let answering = TestLeg::called(&erin, &ringing);
    side.send(erin.flow, answering.respond(&ringing, "180 Ringing", ""));
    side.expect(alice.flow, "SIP/2.0 180 ");
    side.send(alice.flow, calling.cancel(&invite));
    let cancel = side.expect(erin.flow, "CANCEL ");
    side.send(erin.flow, answering.respond(&cancel, "200 OK", ""));
    side.send(erin.flow, answering.respond(&ringing, "487 Request Terminated", ""));
    side.expect(erin.flow, "ACK ");
    side.expect(alice.flow, "SIP/2.0 200 OK");
    let refusal = side.expect(alice.flow, "SIP/2.0 487 ");
    side.send(alice.flow, calling.ack_refusal(&invite, &refusal));
    side.assert_nothing_left(&[&alice, &erin]);
}

#[test]
fn a_line_forwards_to_a_phone_outside() {
    let (mut side, _, alice, bob, erin) = phones();
    let mut line = side.line.node.directory.line("1002").unwrap().as_ref().clone();
    line.forward.all = Some(DirectoryNumber::new("1005").unwrap());
    side.line.node.put(Object::Line(line));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    side.expect(alice.flow, "SIP/2.0 181 ");
    let invite = side.expect(erin.flow, "INVITE ");
    let mut answering = TestLeg::called(&erin, &invite);
    side.send(erin.flow, answering.respond(&invite, "200 OK", &answer()));
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.expect(erin.flow, "ACK ");
    side.send(alice.flow, calling.ack(""));
    side.hang_up(&mut answering, &calling);
    assert_eq!(side.records.pop().unwrap().redirected, Some(Redirected::ForwardAll));
    side.expect_nothing(bob.flow);
    side.assert_nothing_left(&[&alice, &bob, &erin]);
}

#[test]
fn a_phone_outside_transfers_its_call_to_another_one() {
    let (mut side, _, alice, bob, erin) = phones();
    let (mut of_alice, of_bob) = side.connect(&alice, &bob, &offer(), &answer());
    side.send(alice.flow, of_alice.request("REFER", "Refer-To: <sip:1005@127.0.0.11>\r\n", ""));
    side.expect(alice.flow, "SIP/2.0 202 Accepted");
    let notify = side.expect(alice.flow, "NOTIFY ");
    side.send(alice.flow, of_alice.respond(&notify, "200 OK", ""));
    let invite = side.expect(erin.flow, "INVITE ");
    let mut of_erin = TestLeg::called(&erin, &invite);
    side.send(erin.flow, of_erin.respond(&invite, "200 OK", &encrypted(6000, 'E', "sendrecv")));
    let reinvite = side.expect(bob.flow, "INVITE ");
    side.send(bob.flow, of_bob.respond(&reinvite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK ");
    side.expect(erin.flow, "ACK ");
    for (phone, leg) in [(&bob, &of_bob), (&erin, &of_erin)] {
        for message in side.take_all(phone.flow) {
            assert!(message.starts_with("UPDATE "), "{message}");
            side.send(phone.flow, leg.respond(&message, "200 OK", ""));
        }
    }
    let notify = side.expect(alice.flow, "NOTIFY ");
    assert_eq!(body(&notify).trim_end(), "SIP/2.0 200 OK");
    side.send(alice.flow, of_alice.respond(&notify, "200 OK", ""));
    let bye = side.expect(alice.flow, "BYE ");
    side.send(alice.flow, of_alice.respond(&bye, "200 OK", ""));
    side.hang_up(&mut of_erin, &of_bob);
    side.assert_nothing_left(&[&alice, &bob, &erin]);
}

#[test]
fn the_edge_is_lost_and_the_call_goes_on_when_the_phone_is_back() {
    let (mut side, edge, alice, bob, _) = phones();
    let (calling, mut answering) = side.connect(&alice, &bob, &offer(), &answer());
    side.disconnect(edge);
    assert_eq!(side.line.registrar.len(), 1);
    side.advance(Duration::from_secs(5));
    side.expect_nothing(bob.flow);
    let edge = side.connect_edge();
    let alice_again = side.register_behind(edge, "CSFalice", "1001");
    side.advance(Duration::from_secs(2));
    let calling = calling.moved_to(&alice_again);
    side.hang_up(&mut answering, &calling);
    side.assert_nothing_left(&[&alice_again, &bob]);
}

#[test]
fn the_edge_is_lost_for_good_and_its_calls_end_after_the_grace_period() {
    let (mut side, edge, alice, bob, erin) = phones();
    let (_, answering) = side.connect(&alice, &bob, &offer(), &answer());
    let mut waiting = TestLeg::dial(&erin, "1001");
    side.send(erin.flow, waiting.invite(&offer()));
    side.expect(alice.flow, "INVITE ");
    side.disconnect(edge);
    assert_eq!(side.calls(), 1, "who waits for an answer does not wait any longer");
    side.advance(Duration::from_secs(64));
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, answering.respond(&bye, "200 OK", ""));
    assert_eq!(side.records.pop().unwrap().cause, Cause::DESTINATION_OUT_OF_ORDER);
    side.assert_nothing_left(&[&bob]);
}

#[test]
fn a_phone_that_comes_back_to_the_edge_takes_its_calls_along() {
    let (mut side, edge, alice, bob, erin) = phones();
    let (calling, mut answering) = side.connect(&alice, &bob, &offer(), &answer());
    side.disconnect(alice.flow);
    let alice_again = side.register_behind(edge, "CSFalice", "1001");
    side.advance(Duration::from_secs(2));
    let calling = calling.moved_to(&alice_again);
    side.send(bob.flow, answering.invite(&encrypted(5000, 'B', "sendonly")));
    let reinvite = side.expect(alice_again.flow, "INVITE ");
    side.send(alice_again.flow, calling.respond(&reinvite, "200 OK", &encrypted(4000, 'A', "recvonly")));
    side.expect(alice_again.flow, "ACK ");
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.send(bob.flow, answering.ack(""));
    side.hang_up(&mut answering, &calling);
    side.assert_nothing_left(&[&alice_again, &bob, &erin]);
}

#[test]
fn a_phone_that_comes_inside_takes_its_calls_along() {
    let (mut side, _, alice, bob, _) = phones();
    let (calling, mut answering) = side.connect(&alice, &bob, &offer(), &answer());
    let inside = side.register("CSFalice", "1001");
    side.advance(Duration::from_secs(2));
    let calling = calling.moved_to(&inside);
    side.send(bob.flow, answering.request("BYE", "", ""));
    side.expect(bob.flow, "SIP/2.0 200 OK");
    let bye = side.expect(inside.flow, "BYE ");
    assert_eq!(header(&bye, "Route"), None, "the edge is not on the way any more");
    side.send(inside.flow, calling.respond(&bye, "200 OK", ""));
    side.expect_nothing(alice.flow);
    side.assert_nothing_left(&[&inside, &bob]);
}

#[test]
fn a_phone_that_is_gone_from_the_edge_is_not_registered_any_more() {
    let (mut side, _, alice, bob, _) = phones();
    side.disconnect(alice.flow);
    let mut calling = TestLeg::dial(&bob, "1001");
    let invite = calling.invite(&offer());
    side.send(bob.flow, &invite);
    let refusal = side.expect(bob.flow, "SIP/2.0 480 ");
    side.send(bob.flow, calling.ack_refusal(&invite, &refusal));
    assert!(side.line.registrar.get("CSFalice").is_none());
    assert!(side.line.registrar.get("erinphone").is_some());
    side.assert_nothing_left(&[&bob]);
}

#[test]
fn a_phone_that_is_gone_from_the_edge_has_the_grace_period_to_come_back() {
    let (mut side, edge, alice, bob, _) = phones();
    let (of_alice, mut of_bob) = side.connect(&alice, &bob, &offer(), &answer());
    side.disconnect(alice.flow);
    let reinvite = of_bob.invite(&encrypted(5000, 'B', "sendonly"));
    side.send(bob.flow, &reinvite);
    let refusal = side.expect(bob.flow, "SIP/2.0 503 ");
    side.send(bob.flow, of_bob.ack_refusal(&reinvite, &refusal));
    side.advance(Duration::from_secs(30));
    let alice_again = side.register_behind(edge, "CSFalice", "1001");
    side.advance(Duration::from_secs(2));
    side.hang_up(&mut of_bob, &of_alice.moved_to(&alice_again));
    side.assert_nothing_left(&[&alice_again, &bob]);
}

#[test]
fn a_phone_outside_that_unregisters_in_a_call_has_left_it() {
    let (mut side, _, alice, bob, _) = phones();
    let (_, of_bob) = side.connect(&alice, &bob, &offer(), &answer());
    side.unregister(&alice);
    side.expect_nothing(bob.flow);
    side.advance(Duration::from_secs(64));
    let bye = side.expect(bob.flow, "BYE ");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=27"));
    side.send(bob.flow, of_bob.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&bob]);
}

#[test]
fn aut_7_a_call_outside_outlives_the_token_and_not_the_flow() {
    let mut side = CallSide::default();
    let edge_flow = side.connect_edge();
    let bob = side.register("CSFbob", "1002");
    let mut claims = side.line.node.claims("alice");
    claims.expires_at.0 = claims.issued_at.0 + 60;
    let register = Register::vendor("CSFalice", "1001").bearing(&side.line.node.mint(&claims));
    let flow = side.connect_behind(edge_flow);
    side.send(flow, register.text());
    side.expect(flow, "SIP/2.0 200 OK");
    let alice = TestPhone::new(flow, "CSFalice", "1001");
    let (of_alice, mut of_bob) = side.connect(&alice, &bob, &offer(), &answer());
    side.advance(Duration::from_secs(61));
    assert!(side.line.registrar.get("CSFalice").is_none());
    let reinvite = of_bob.invite(&encrypted(5000, 'B', "sendonly"));
    side.send(bob.flow, &reinvite);
    let at_alice = side.expect(flow, "INVITE ");
    side.send(flow, of_alice.respond(&at_alice, "200 OK", &encrypted(4000, 'A', "recvonly")));
    side.expect(flow, "ACK ");
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.send(bob.flow, of_bob.ack(""));
    side.disconnect(flow);
    let reinvite = of_bob.invite(&encrypted(5000, 'B', "sendrecv"));
    side.send(bob.flow, &reinvite);
    let refusal = side.expect(bob.flow, "SIP/2.0 503 ");
    side.send(bob.flow, of_bob.ack_refusal(&reinvite, &refusal));
    side.refresh(&bob);
    side.advance(Duration::from_secs(64));
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, of_bob.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&bob]);
}

#[test]
fn a_phone_outside_that_dies_in_a_call_is_noticed_when_it_no_longer_refreshes() {
    let (mut side, _, alice, bob, erin) = phones();
    let (_, answering) = side.connect(&alice, &bob, &offer(), &answer());
    side.disconnect(alice.flow);
    for _ in 0..2 {
        side.advance(Duration::from_secs(60));
        side.refresh(&bob);
        side.refresh(&erin);
    }
    side.advance(Duration::from_secs(64));
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, answering.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&bob, &erin]);
}

#[test]
fn aut_8_a_revoked_phone_outside_loses_its_calls_and_no_other_does() {
    let (mut side, _, alice, bob, erin) = phones();
    let (_, of_bob) = side.connect(&alice, &bob, &offer(), &answer());
    side.line.node.revoke("alice");
    side.line.sweep();
    side.advance(Duration::ZERO);
    side.advance(Duration::from_secs(64));
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, of_bob.respond(&bye, "200 OK", ""));
    side.refresh(&bob);
    side.refresh(&erin);
    let (mut calling, answering) = side.connect(&erin, &bob, &offer(), &answer());
    side.hang_up(&mut calling, &answering);
    side.assert_nothing_left(&[&bob, &erin]);
}

#[test]
fn two_hundred_calls_share_one_connection_of_an_edge() {
    let mut side = CallSide::default();
    let like = side.line.node.directory.device("CSFalice").unwrap().as_ref().clone();
    side.line.node.add_all((20_000..20_400).flat_map(|number| testkit::cluster::phone_like(&like, number)).collect());
    let edge = side.connect_edge();
    let phones: Vec<TestPhone> = (20_000..20_400)
        .map(|number: u32| side.register_behind(edge, &format!("CSF{number}"), &number.to_string()))
        .collect();
    let mut calls = Vec::new();
    for pair in phones.chunks(2) {
        calls.push(side.connect(&pair[0], &pair[1], &offer(), &answer()));
    }
    assert_eq!(side.calls(), 200);
    for (calling, answering) in &mut calls {
        side.hang_up(answering, calling);
    }
    side.assert_nothing_left(&phones.iter().collect::<Vec<_>>());
}

#[test]
fn rte_7_one_phone_does_not_use_up_the_calls_of_its_edge() {
    let mut side = CallSide::default();
    let edge_flow = side.connect_edge();
    let alice = side.register_behind(edge_flow, "CSFalice", "1001");
    let erin = side.register_behind(edge_flow, "erinphone", "1005");
    let invite = |side: &mut CallSide, phone: &TestPhone, client: &str| {
        let text = TestLeg::dial(phone, "1002").invite(&offer());
        // No call takes them: each stays unanswered.
        side.line.send(edge_flow, edge::inwards(client, &text)).pop()
    };
    for _ in 0..64 {
        assert_eq!(invite(&mut side, &alice, "client200"), None);
    }
    let refused = invite(&mut side, &alice, "client200").unwrap();
    assert!(refused.starts_with("SIP/2.0 503 "), "{refused}");
    assert_eq!(header(&refused, "Retry-After"), Some("5"));
    assert_eq!(invite(&mut side, &erin, "client201"), None);
}

#[test]
fn rte_2_no_route_is_taken_from_a_phone_inside() {
    let (mut side, _, alice, _, _) = phones();
    let inside = side.register("CSFbob", "1002");
    let mut calling = TestLeg::dial(&inside, "1001");
    let route = "Record-Route: <sip:evil@10.9.9.9;lr>\r\n";
    side.send(inside.flow, calling.invite_with(route, &offer()));
    let invite = side.expect(alice.flow, "INVITE ");
    assert!(!invite.contains("evil"), "{invite}");
    let answering = TestLeg::called(&alice, &invite);
    side.send(alice.flow, answering.respond(&invite, "200 OK", &answer()));
    let ok = side.expect(inside.flow, "SIP/2.0 200 OK");
    assert_eq!(header(&ok, "Record-Route"), None);
}
