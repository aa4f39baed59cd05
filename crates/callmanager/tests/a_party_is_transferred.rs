//! REFER, blind and attended, and what each of the three parties sees of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_callmanager::call::{Cause, Redirected};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

/// Alice talks to Bob; Erin is there.
struct Parties {
    side: CallSide,
    alice: TestPhone,
    bob: TestPhone,
    erin: TestPhone,
    of_alice: TestLeg,
    of_bob: TestLeg,
}

fn parties() -> Parties {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let erin = side.register("erinphone", "1005");
    let (of_alice, of_bob) =
        side.connect(&alice, &bob, &encrypted(4000, 'A', "sendrecv"), &encrypted(5000, 'B', "sendrecv"));
    Parties { side, alice, bob, erin, of_alice, of_bob }
}

/// What a NOTIFY tells: subscription state and status line.
fn told(notify: &str) -> (&str, &str) {
    let state = header(notify, "Subscription-State").unwrap();
    assert!(header(notify, "Event").unwrap().starts_with("refer;id="));
    assert_eq!(header(notify, "Content-Type"), Some("message/sipfrag;version=2.0"));
    (state.split(';').next().unwrap(), body(notify).trim_end())
}

impl Parties {
    /// Bob asks for Alice to be connected elsewhere.
    fn refer(&mut self, refer_to: &str, more: &str) {
        let more = format!("Refer-To: {refer_to}\r\n{more}");
        let refer = self.of_bob.request("REFER", &more, "");
        self.side.send(self.bob.flow, refer);
    }

    /// The next NOTIFY at Bob, which he takes.
    fn notified(&mut self) -> String {
        let notify = self.side.expect(self.bob.flow, "NOTIFY ");
        self.side.send(self.bob.flow, self.of_bob.respond(&notify, "200 OK", ""));
        notify
    }

    /// Alice and the target get each other's descriptions.
    fn join(&mut self, target: &TestPhone, of_target: &TestLeg, offer: &str) {
        let reinvite = self.side.expect(self.alice.flow, "INVITE ");
        assert_eq!(without_origin(body(&reinvite)), without_origin(offer));
        let answer = encrypted(4000, 'F', "sendrecv");
        self.side.send(self.alice.flow, self.of_alice.respond(&reinvite, "200 OK", &answer));
        self.side.expect(self.alice.flow, "ACK ");
        let ack = self.side.expect(target.flow, "ACK ");
        assert_eq!(without_origin(body(&ack)), without_origin(&answer));
        // The target learns by UPDATE that the call is encrypted after all, if it had been told otherwise.
        for message in self.side.take_all(target.flow) {
            assert!(message.starts_with("UPDATE "), "{message}");
            self.side.send(target.flow, of_target.respond(&message, "200 OK", ""));
        }
        for message in self.side.take_all(self.alice.flow) {
            assert!(message.starts_with("UPDATE "), "{message}");
            self.side.send(self.alice.flow, self.of_alice.respond(&message, "200 OK", ""));
        }
    }

    fn bob_is_released(&mut self, leg: &TestLeg) {
        let bye = self.side.expect(self.bob.flow, "BYE ");
        assert_eq!(header(&bye, "Call-ID"), Some(leg.call_id.as_str()));
        self.side.send(self.bob.flow, leg.respond(&bye, "200 OK", ""));
    }

    fn finish(mut self, of_erin: &mut TestLeg) {
        let of_alice = self.of_alice.clone();
        self.side.hang_up(of_erin, &of_alice);
        self.side.assert_nothing_left(&[&self.alice, &self.bob, &self.erin]);
    }
}

#[test]
fn blind_to_a_phone_that_answers() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 Accepted");
    assert_eq!(told(&call.notified()), ("active", "SIP/2.0 100 Trying"));
    let erin = call.erin.clone();
    let invite = call.side.expect(erin.flow, "INVITE ");
    assert_eq!(body(&invite), "");
    assert!(header(&invite, "From").unwrap().starts_with("<sip:1001@"), "Alice calls, not Bob");
    let mut of_erin = TestLeg::called(&erin, &invite);
    call.side.send(erin.flow, of_erin.respond(&invite, "180 Ringing", ""));
    assert_eq!(told(&call.notified()), ("active", "SIP/2.0 180 Ringing"));
    let offer = encrypted(6000, 'E', "sendrecv");
    call.side.send(erin.flow, of_erin.respond(&invite, "200 OK", &offer));
    call.join(&erin, &of_erin, &offer);
    assert_eq!(told(&call.notified()), ("terminated", "SIP/2.0 200 OK"));
    let of_bob = call.of_bob.clone();
    call.bob_is_released(&of_bob);
    let records: Vec<_> = call.side.records.drain(..).collect();
    assert_eq!((records.len(), records[0].cause), (1, Cause::CALL_SPLIT));
    let (calling, side) = (call.of_alice.clone(), &mut call.side);
    side.hang_up(&mut of_erin, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.calling.number.as_str(), record.connected.unwrap().number.as_str()), ("1001", "1005"));
    assert_eq!((record.redirected, record.suites.len()), (Some(Redirected::Transfer), 1));
    side.assert_nothing_left(&[&call.alice, &call.bob, &call.erin]);
}

#[test]
fn blind_to_a_busy_phone_and_the_call_goes_on() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let invite = call.side.expect(call.erin.flow, "INVITE ");
    let of_erin = TestLeg::called(&call.erin, &invite);
    call.side.send(call.erin.flow, of_erin.respond(&invite, "486 Busy Here", ""));
    assert_eq!(told(&call.notified()), ("terminated", "SIP/2.0 486 Busy Here"));
    let (of_bob, side) = (call.of_bob.clone(), &mut call.side);
    side.hang_up(&mut call.of_alice, &of_bob);
    side.assert_nothing_left(&[&call.alice, &call.bob, &call.erin]);
}

#[test]
fn blind_and_the_transferor_hangs_up_at_once() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let bye = call.of_bob.request("BYE", "", "");
    call.side.send(call.bob.flow, bye);
    call.side.expect(call.bob.flow, "SIP/2.0 200 OK");
    let erin = call.erin.clone();
    let invite = call.side.expect(erin.flow, "INVITE ");
    let mut of_erin = TestLeg::called(&erin, &invite);
    let offer = encrypted(6000, 'E', "sendrecv");
    call.side.send(erin.flow, of_erin.respond(&invite, "200 OK", &offer));
    call.join(&erin, &of_erin, &offer);
    call.side.expect_nothing(call.bob.flow);
    call.finish(&mut of_erin);
}

#[test]
fn blind_to_a_busy_phone_after_the_transferor_hung_up() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let bye = call.of_bob.request("BYE", "", "");
    call.side.send(call.bob.flow, bye);
    call.side.expect(call.bob.flow, "SIP/2.0 200 OK");
    let invite = call.side.expect(call.erin.flow, "INVITE ");
    let of_erin = TestLeg::called(&call.erin, &invite);
    call.side.send(call.erin.flow, of_erin.respond(&invite, "486 Busy Here", ""));
    let bye = call.side.expect(call.alice.flow, "BYE ");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=17"));
    call.side.send(call.alice.flow, call.of_alice.respond(&bye, "200 OK", ""));
    call.side.assert_nothing_left(&[&call.alice, &call.bob, &call.erin]);
}

#[test]
fn the_party_that_stays_hangs_up_while_the_target_rings() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let invite = call.side.expect(call.erin.flow, "INVITE ");
    let of_erin = TestLeg::called(&call.erin, &invite);
    call.side.send(call.erin.flow, of_erin.respond(&invite, "180 Ringing", ""));
    call.notified();
    let bye = call.of_alice.request("BYE", "", "");
    call.side.send(call.alice.flow, bye);
    call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    call.side.expect(call.erin.flow, "CANCEL ");
    call.side.send(call.erin.flow, of_erin.respond(&invite, "487 Request Terminated", ""));
    assert_eq!(told(&call.notified()), ("terminated", "SIP/2.0 487 Request Terminated"));
    let of_bob = call.of_bob.clone();
    call.bob_is_released(&of_bob);
    call.side.assert_nothing_left(&[&call.alice, &call.bob, &call.erin]);
}

#[test]
fn without_notifications_when_the_transferor_wants_none() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "Refer-Sub: false\r\nSupported: norefersub\r\n");
    let accepted = call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    assert_eq!(header(&accepted, "Refer-Sub"), Some("false"));
    call.side.expect_nothing(call.bob.flow);
    call.side.expect(call.erin.flow, "INVITE ");
}

#[test]
fn a_reinvite_that_meets_another_is_sent_again() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let erin = call.erin.clone();
    let invite = call.side.expect(erin.flow, "INVITE ");
    let mut of_erin = TestLeg::called(&erin, &invite);
    let offer = encrypted(6000, 'E', "sendrecv");
    call.side.send(erin.flow, of_erin.respond(&invite, "200 OK", &offer));
    let reinvite = call.side.expect(call.alice.flow, "INVITE ");
    call.side.send(call.alice.flow, call.of_alice.respond(&reinvite, "491 Request Pending", ""));
    call.side.expect(call.alice.flow, "ACK ");
    call.side.expect_nothing(call.alice.flow);
    call.side.advance(std::time::Duration::from_secs(4));
    call.join(&erin, &of_erin, &offer);
    call.notified();
    let of_bob = call.of_bob.clone();
    call.bob_is_released(&of_bob);
    call.finish(&mut of_erin);
}

#[test]
fn a_party_that_cannot_take_the_new_media_stays_with_the_transferor() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    let erin = call.erin.clone();
    let invite = call.side.expect(erin.flow, "INVITE ");
    let of_erin = TestLeg::called(&erin, &invite);
    call.side.send(erin.flow, of_erin.respond(&invite, "200 OK", &encrypted(6000, 'E', "sendrecv")));
    let reinvite = call.side.expect(call.alice.flow, "INVITE ");
    call.side.send(call.alice.flow, call.of_alice.respond(&reinvite, "488 Not Acceptable Here", ""));
    call.side.expect(call.alice.flow, "ACK ");
    call.side.expect(erin.flow, "ACK ");
    let bye = call.side.expect(erin.flow, "BYE ");
    call.side.send(erin.flow, of_erin.respond(&bye, "200 OK", ""));
    assert_eq!(told(&call.notified()), ("terminated", "SIP/2.0 488 Not Acceptable Here"));
    let (of_bob, side) = (call.of_bob.clone(), &mut call.side);
    side.hang_up(&mut call.of_alice, &of_bob);
    side.assert_nothing_left(&[&call.alice, &call.bob, &call.erin]);
}

#[test]
fn rte_1_a_refer_that_leads_elsewhere_is_refused() {
    let rows = [
        ("<sip:+49900123456@premium.example>", "SIP/2.0 403 "),
        ("<sip:1005@203.0.113.9>", "SIP/2.0 403 "),
        ("<sip:1999@127.0.0.11>", "SIP/2.0 404 "),
        ("<http://127.0.0.11/>", "SIP/2.0 416 "),
        ("<sip:1005@127.0.0.11;method=BYE>", "SIP/2.0 400 "),
    ];
    for (refer_to, answer) in rows {
        let mut call = parties();
        call.refer(refer_to, "");
        call.side.expect(call.bob.flow, answer);
        call.side.expect_nothing(call.erin.flow);
    }
}

/// Bob also calls Erin, who answers if she is to.
fn consult(call: &mut Parties, answers: bool) -> (TestLeg, TestLeg) {
    let (bob, erin) = (call.bob.clone(), call.erin.clone());
    if answers {
        let (offer, answer) = (encrypted(5002, 'C', "sendrecv"), encrypted(6000, 'D', "sendrecv"));
        return call.side.connect(&bob, &erin, &offer, &answer);
    }
    let mut consulting = TestLeg::dial(&bob, "1005");
    call.side.send(bob.flow, consulting.invite(&encrypted(5002, 'C', "sendrecv")));
    let invite = call.side.expect(erin.flow, "INVITE ");
    let of_erin = TestLeg::called(&erin, &invite);
    call.side.send(erin.flow, of_erin.respond(&invite, "180 Ringing", ""));
    consulting.learn(&call.side.expect(bob.flow, "SIP/2.0 180 "));
    (consulting, of_erin)
}

fn replaces(leg: &TestLeg) -> String {
    let tag = |value: &str| value.split(";tag=").nth(1).unwrap().to_owned();
    let call_id = leg.call_id.replace('@', "%40");
    format!("<sip:1005@127.0.0.11?Replaces={call_id}%3Bto-tag%3D{}%3Bfrom-tag%3D{}>", tag(&leg.remote), tag(&leg.local))
}

#[test]
fn attended_the_two_others_talk_and_both_calls_of_the_transferor_end() {
    let mut call = parties();
    let (consulting, mut of_erin) = consult(&mut call, true);
    assert_eq!(call.side.calls(), 2);
    call.refer(&replaces(&consulting), "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    assert_eq!(told(&call.notified()), ("active", "SIP/2.0 100 Trying"));
    call.bob_is_released(&consulting);
    let erin = call.erin.clone();
    let reinvite = call.side.expect(erin.flow, "INVITE ");
    assert_eq!(body(&reinvite), "");
    assert!(header(&reinvite, "Remote-Party-ID").unwrap().starts_with("<sip:1001@"), "Erin sees Alice now");
    let offer = encrypted(6000, 'E', "sendrecv");
    call.side.send(erin.flow, of_erin.respond(&reinvite, "200 OK", &offer));
    call.join(&erin, &of_erin, &offer);
    assert_eq!(told(&call.notified()), ("terminated", "SIP/2.0 200 OK"));
    let of_bob = call.of_bob.clone();
    call.bob_is_released(&of_bob);
    assert_eq!(call.side.calls(), 1);
    assert_eq!(call.side.records.iter().filter(|record| record.cause == Cause::CALL_SPLIT).count(), 2);
    call.finish(&mut of_erin);
}

#[test]
fn attended_while_the_target_still_rings_becomes_blind() {
    let mut call = parties();
    let (consulting, of_erin) = consult(&mut call, false);
    let first = call.side.take_all(call.erin.flow);
    assert!(first.is_empty());
    call.refer(&replaces(&consulting), "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    let messages = call.side.take_all(call.bob.flow);
    assert!(messages.iter().any(|message| message.starts_with("SIP/2.0 487 ")), "{messages:#?}");
    let cancel = call.side.expect(call.erin.flow, "CANCEL ");
    call.side.send(call.erin.flow, of_erin.respond(&cancel, "200 OK", ""));
    let invite = call.side.expect(call.erin.flow, "INVITE ");
    assert!(header(&invite, "From").unwrap().starts_with("<sip:1001@"));
}

#[test]
fn rte_6_replaces_of_a_strangers_dialog_is_unknown() {
    let mut call = parties();
    // Alice, of all people, tries to take over Bob's consultation with Erin.
    let (consulting, _) = consult(&mut call, true);
    let more = format!("Refer-To: {}\r\n", replaces(&consulting));
    let refer = call.of_alice.request("REFER", &more, "");
    call.side.send(call.alice.flow, refer);
    let refused = call.side.expect(call.alice.flow, "SIP/2.0 481 ");
    let unknown = "Refer-To: <sip:1005@127.0.0.11?Replaces=none%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n";
    let refer = call.of_alice.request("REFER", unknown, "");
    call.side.send(call.alice.flow, refer);
    let unknown = call.side.expect(call.alice.flow, "SIP/2.0 481 ");
    assert_eq!(header(&refused, "Warning"), header(&unknown, "Warning"));
    call.side.expect_nothing(call.bob.flow);
    call.side.expect_nothing(call.erin.flow);
}

#[test]
fn a_second_transfer_waits_for_the_first() {
    let mut call = parties();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 202 ");
    call.notified();
    call.refer("<sip:1005@127.0.0.11>", "");
    call.side.expect(call.bob.flow, "SIP/2.0 491 ");
}
