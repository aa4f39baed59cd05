//! The caller gives up: before anybody rings, while it rings, while somebody answers.

use std::time::Duration;

use ringbearer_callmanager::call::{Cause, EndedBy};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, encrypted};

struct Ringing {
    side: CallSide,
    alice: TestPhone,
    bob: TestPhone,
    calling: TestLeg,
    invite_of_alice: String,
    answering: TestLeg,
    invite: String,
}

fn invited() -> Ringing {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let mut calling = TestLeg::dial(&alice, "1002");
    let invite_of_alice = calling.invite(&encrypted(4000, 'A', "sendrecv"));
    side.send(alice.flow, &invite_of_alice);
    let invite = side.expect(bob.flow, "INVITE ");
    let answering = TestLeg::called(&bob, &invite);
    Ringing { side, alice, bob, calling, invite_of_alice, answering, invite }
}

impl Ringing {
    fn cancel(&mut self) {
        self.side.send(self.alice.flow, self.calling.cancel(&self.invite_of_alice));
        self.side.expect(self.alice.flow, "SIP/2.0 200 OK");
        let refused = self.side.expect(self.alice.flow, "SIP/2.0 487 Request Terminated");
        self.side.send(self.alice.flow, self.calling.ack_refusal(&self.invite_of_alice, &refused));
    }

    fn ring(&mut self) {
        self.side.send(self.bob.flow, self.answering.respond(&self.invite, "180 Ringing", ""));
        self.side.expect(self.alice.flow, "SIP/2.0 180 Ringing");
    }

    fn finish(mut self) {
        let record = self.side.records.pop().expect("every call has a record");
        assert_eq!((record.cause, record.ended_by), (Cause::NORMAL_CLEARING, EndedBy::Calling));
        assert_eq!(record.status.map(|status| status.as_u16()), Some(487));
        self.side.assert_nothing_left(&[&self.alice, &self.bob]);
    }
}

#[test]
fn while_it_rings() {
    let mut call = invited();
    call.ring();
    call.cancel();
    let cancel = call.side.expect(call.bob.flow, "CANCEL ");
    assert_eq!(header(&cancel, "CSeq"), Some("101 CANCEL"));
    call.side.send(call.bob.flow, call.answering.respond(&cancel, "200 OK", ""));
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "487 Request Terminated", ""));
    call.side.expect(call.bob.flow, "ACK ");
    assert_eq!(call.side.calls(), 0);
    call.finish();
}

#[test]
fn before_the_called_phone_said_anything_its_cancel_waits() {
    let mut call = invited();
    call.cancel();
    call.side.expect_nothing(call.bob.flow);
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "100 Trying", ""));
    let cancel = call.side.expect(call.bob.flow, "CANCEL ");
    call.side.send(call.bob.flow, call.answering.respond(&cancel, "200 OK", ""));
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "487 Request Terminated", ""));
    call.finish();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut call = invited();
    call.ring();
    call.cancel();
    call.side.expect(call.bob.flow, "CANCEL ");
    let answer = encrypted(5000, 'B', "sendrecv");
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "200 OK", &answer));
    call.side.expect(call.bob.flow, "ACK ");
    let bye = call.side.expect(call.bob.flow, "BYE ");
    call.side.send(call.bob.flow, call.answering.respond(&bye, "200 OK", ""));
    call.side.expect_nothing(call.alice.flow);
    call.finish();
}

#[test]
fn a_cancel_that_nobody_answers_is_forgotten_in_time() {
    let mut call = invited();
    call.ring();
    call.cancel();
    call.side.advance(Duration::from_secs(40));
    assert_eq!(call.side.calls(), 0);
    call.finish();
}

#[test]
fn by_a_bye_in_the_early_dialog() {
    let mut call = invited();
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "180 Ringing", ""));
    let ringing = call.side.expect(call.alice.flow, "SIP/2.0 180 Ringing");
    call.calling.learn(&ringing);
    call.side.send(call.alice.flow, call.calling.request("BYE", "", ""));
    assert_eq!(header(&call.side.expect(call.alice.flow, "SIP/2.0 200 OK"), "CSeq"), Some("102 BYE"));
    call.side.expect(call.alice.flow, "SIP/2.0 487 ");
    call.side.expect(call.bob.flow, "CANCEL ");
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "487 Request Terminated", ""));
    call.finish();
}

#[test]
fn a_called_phone_may_not_send_bye_in_the_early_dialog() {
    let mut call = invited();
    call.ring();
    let bye = call.answering.request("BYE", "", "");
    call.side.send(call.bob.flow, bye);
    call.side.expect(call.bob.flow, "SIP/2.0 481 ");
    assert_eq!(call.side.calls(), 1);
}

#[test]
fn by_its_connection_that_breaks() {
    let mut call = invited();
    call.ring();
    call.side.disconnect(call.alice.flow);
    call.side.expect(call.bob.flow, "CANCEL ");
    call.side.send(call.bob.flow, call.answering.respond(&call.invite, "487 Request Terminated", ""));
    call.finish();
}

#[test]
fn the_service_stops_while_it_rings() {
    let mut call = invited();
    call.ring();
    call.side.stop();
    call.side.expect(call.alice.flow, "SIP/2.0 503 ");
    call.side.expect(call.bob.flow, "CANCEL ");
    assert_eq!(call.side.records.pop().unwrap().cause, Cause::CONGESTION);
    assert_eq!(call.side.calls(), 0);
}
