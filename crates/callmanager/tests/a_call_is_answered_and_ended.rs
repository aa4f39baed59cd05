//! From INVITE to BYE between two softphones, and what each of them gets to see.

use ringbearer_callmanager::call::{CallSecurity, Cause, EndedBy};
use std::time::Duration;
use testkit::call_side::CallSide;
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

#[test]
fn an_offer_and_its_answer_pass_octet_for_octet_but_for_the_origin() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let (offer, answer) = (encrypted(4000, 'A', "sendrecv"), encrypted(5000, 'B', "sendrecv"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer));
    let invite = side.expect(bob.flow, "INVITE sip:");
    assert_eq!(without_origin(body(&invite)), without_origin(&offer));
    assert!(body(&invite).contains("\r\no=Ringbearer "));
    let mut answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    let ringing = side.expect(alice.flow, "SIP/2.0 180 Ringing");
    assert_eq!(body(&ringing), "");
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer));
    side.expect(bob.flow, "ACK sip:1002@10.10.10.2:62162");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&answer));
    assert_eq!(header(&ok, "To"), header(&ringing, "To"));
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(""));
    side.advance(Duration::from_secs(10));
    side.expect_nothing(alice.flow);
    side.expect_nothing(bob.flow);
    side.hang_up(&mut answering, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.calling.number.as_str(), record.final_called.as_str()), ("1001", "1002"));
    assert_eq!(record.connected.as_ref().unwrap().device.as_str(), "CSFbob");
    assert_eq!((record.cause, record.ended_by), (Cause::NORMAL_CLEARING, EndedBy::Called));
    assert_eq!(
        (record.security, record.suites.as_slice()),
        (CallSecurity::Encrypted, &["AES_CM_128_HMAC_SHA1_80"][..])
    );
    assert_eq!(record.duration_seconds(), 10);
    side.assert_nothing_left(&[&alice, &bob]);
}
