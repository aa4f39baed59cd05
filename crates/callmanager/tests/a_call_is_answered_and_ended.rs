//! From INVITE to BYE between two softphones, and what each of them gets to see.

use std::time::Duration;

use ringbearer_callmanager::call::{CallSecurity, Cause, EndedBy};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, encrypted, without_origin};

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

fn two_phones() -> (CallSide, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    (side, alice, bob)
}

#[test]
fn an_offer_and_its_answer_pass_octet_for_octet_but_for_the_origin() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    assert_eq!(without_origin(body(&invite)), without_origin(&offer()));
    assert!(body(&invite).contains("\r\no=Ringbearer "));
    let mut answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    let ringing = side.expect(alice.flow, "SIP/2.0 180 Ringing");
    assert_eq!(body(&ringing), "");
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK sip:1002@10.10.10.2:62162");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&answer()));
    assert_eq!(header(&ok, "To"), header(&ringing, "To"));
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(""));
    side.advance(Duration::from_secs(10));
    side.expect_nothing(alice.flow);
    side.expect_nothing(bob.flow);
    side.hang_up(&mut answering, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.calling.number.as_str(), record.final_called.as_str()), ("1001", "1002"));
    assert_eq!(record.calling.user.as_ref().unwrap().as_str(), "alice");
    assert_eq!(record.connected.as_ref().unwrap().device.as_str(), "CSFbob");
    assert_eq!((record.cause, record.ended_by), (Cause::NORMAL_CLEARING, EndedBy::Called));
    let suites = ["AES_CM_128_HMAC_SHA1_80"];
    assert_eq!((record.security, record.suites.as_slice()), (CallSecurity::Encrypted, &suites[..]));
    assert_eq!(record.duration_seconds(), 10);
    assert_eq!((record.node.as_str(), record.status), ("ucm-pub", None));
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn the_called_phone_sees_who_calls_as_the_directory_names_it() {
    let (mut side, alice, bob) = two_phones();
    let mut device = side.line.node.directory.device("CSFalice").unwrap().as_ref().clone();
    device.lines[0].display = "Alice \"A\"".into();
    side.line.node.put(directory::Object::Device(device));
    let mut calling = TestLeg::dial(&alice, "1002");
    let more = "P-Asserted-Identity: <sip:1006@127.0.0.11>\r\nRemote-Party-ID: <sip:1006@127.0.0.11>\r\n\
                Diversion: <sip:1006@127.0.0.11>\r\nPrivacy: id\r\nX-Private: yes\r\nSession-ID: 0123;remote=4567\r\n";
    side.send(alice.flow, calling.invite_with(more, &offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let name = "\"Alice \\\"A\\\"\" <sip:1001@127.0.0.11>";
    assert!(header(&invite, "From").unwrap().starts_with(&format!("{name};tag=")));
    assert_eq!(header(&invite, "P-Asserted-Identity"), Some(name));
    let party = format!("{name};party=calling;screen=yes;privacy=off");
    assert_eq!(header(&invite, "Remote-Party-ID"), Some(party.as_str()));
    assert_eq!(header(&invite, "Contact"), Some("<sip:1001@127.0.0.11:5090;transport=tls>"));
    assert_eq!(header(&invite, "Session-ID"), Some("0123;remote=4567"));
    assert_eq!(header(&invite, "Max-Forwards"), Some("69"));
    assert_eq!(header(&invite, "User-Agent"), Some("Cisco-CUCM12.5"));
    assert!(header(&invite, "Call-Info").unwrap().contains("; security= Encrypted; orientation= from; gci= 1-1;"));
    for absent in ["Liar", "1006", "Privacy", "X-Private", "tag=phone-"] {
        assert!(!invite.contains(absent), "{absent} in {invite}");
    }
    let answering = TestLeg::called(&bob, &invite);
    let more = "Remote-Party-ID: <sip:1006@127.0.0.11>\r\n";
    side.send(bob.flow, answering.respond_with(&invite, "200 OK", more, &answer()));
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    let party = "<sip:1002@127.0.0.11>;party=called;screen=yes;privacy=off";
    assert_eq!(header(&ok, "Remote-Party-ID"), Some(party));
    assert!(header(&ok, "Call-Info").unwrap().contains("; security= Encrypted; orientation= to;"));
    assert!(!ok.contains("1006"));
}

#[test]
fn a_caller_without_offer_gets_the_called_phones() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(""));
    let invite = side.expect(bob.flow, "INVITE sip:");
    assert_eq!((body(&invite), header(&invite, "Content-Type")), ("", None));
    let mut answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &offer()));
    side.expect_nothing(bob.flow);
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&offer()));
    // The ACK to the called phone waits for the answer, so its 2xx comes again, and is not passed on.
    side.send(bob.flow, answering.respond(&invite, "200 OK", &offer()));
    side.expect_nothing(bob.flow);
    side.expect_nothing(alice.flow);
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(&answer()));
    let ack = side.expect(bob.flow, "ACK ");
    assert_eq!(without_origin(body(&ack)), without_origin(&answer()));
    let update = side.expect(bob.flow, "UPDATE ");
    side.send(bob.flow, answering.respond(&invite, "200 OK", &offer()));
    assert_eq!(body(&side.expect(bob.flow, "ACK ")), body(&ack), "the same ACK for the same 2xx");
    assert!(header(&update, "Call-Info").unwrap().contains("security= Encrypted"));
    side.send(bob.flow, answering.respond(&update, "200 OK", ""));
    let update = side.expect(alice.flow, "UPDATE ");
    side.send(alice.flow, calling.respond(&update, "200 OK", ""));
    side.hang_up(&mut answering, &calling);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn an_ack_without_the_answer_ends_the_call() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(""));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &offer()));
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.send(alice.flow, calling.ack(""));
    assert_eq!(body(&side.expect(bob.flow, "ACK ")), "");
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, answering.respond(&bye, "200 OK", ""));
    let bye = side.expect(alice.flow, "BYE ");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=58"));
    side.send(alice.flow, calling.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn byes_that_cross_are_both_answered() {
    let (mut side, alice, bob) = two_phones();
    let (mut calling, mut answering) = side.connect(&alice, &bob, &offer(), &answer());
    side.send(alice.flow, calling.request("BYE", "", ""));
    side.send(bob.flow, answering.request("BYE", "", ""));
    side.expect(alice.flow, "SIP/2.0 200 OK");
    let bye = side.expect(bob.flow, "BYE ");
    side.expect(bob.flow, "SIP/2.0 200 OK");
    side.send(bob.flow, answering.respond(&bye, "481 Gone", ""));
    side.expect_nothing(alice.flow);
    assert_eq!(side.records.len(), 1);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn a_2xx_is_repeated_until_its_ack_and_without_one_the_call_ends() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK ");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    calling.learn(&ok);
    side.advance(Duration::from_millis(500));
    assert_eq!(side.expect(alice.flow, "SIP/2.0 200 OK"), ok);
    side.advance(Duration::from_secs(32));
    let repeated = side.take_all(alice.flow);
    let (bye, repeated) = repeated.split_last().unwrap();
    assert!(repeated.iter().all(|message| *message == ok));
    assert!(bye.starts_with("BYE "));
    assert_eq!(header(bye, "Reason"), Some("Q.850;cause=102"));
    let bye = side.expect(bob.flow, "BYE ");
    side.send(bob.flow, answering.respond(&bye, "200 OK", ""));
    assert_eq!(side.records.pop().unwrap().cause, Cause::TIMER_EXPIRY);
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn a_called_phone_that_hangs_up_before_the_callers_ack_is_followed_after_it() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let mut answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK ");
    calling.learn(&side.expect(alice.flow, "SIP/2.0 200 OK"));
    side.send(bob.flow, answering.request("BYE", "", ""));
    side.expect(bob.flow, "SIP/2.0 200 OK");
    // RFC 3261 §15: no BYE from the called side before the ACK.
    side.expect_nothing(alice.flow);
    side.send(alice.flow, calling.ack(""));
    let bye = side.expect(alice.flow, "BYE ");
    side.send(alice.flow, calling.respond(&bye, "200 OK", ""));
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn refusals_of_the_called_phone_reach_the_caller() {
    let rows = [
        ("486 Busy Here", "SIP/2.0 486 ", Cause::USER_BUSY),
        ("480 Temporarily Unavailable", "SIP/2.0 480 ", Cause::NO_USER_RESPONDING),
        ("603 Decline", "SIP/2.0 603 ", Cause::CALL_REJECTED),
        ("488 Not Acceptable Here", "SIP/2.0 488 ", Cause::BEARER_NOT_AVAILABLE),
        ("503 Service Unavailable", "SIP/2.0 500 ", Cause::TEMPORARY_FAILURE),
    ];
    for (refusal, heard, cause) in rows {
        let (mut side, alice, bob) = two_phones();
        let mut calling = TestLeg::dial(&alice, "1002");
        let text = calling.invite(&offer());
        side.send(alice.flow, &text);
        let invite = side.expect(bob.flow, "INVITE sip:");
        let answering = TestLeg::called(&bob, &invite);
        side.send(bob.flow, answering.respond(&invite, refusal, ""));
        side.expect(bob.flow, "ACK ");
        let refused = side.expect(alice.flow, heard);
        side.send(alice.flow, calling.ack_refusal(&text, &refused));
        let record = side.records.pop().unwrap();
        assert_eq!((record.cause, record.connect), (cause, None), "{refusal}");
        assert_eq!(record.status.unwrap().as_u16().to_string(), heard.split(' ').nth(1).unwrap());
        side.assert_nothing_left(&[&alice, &bob]);
    }
}

#[test]
fn a_phone_that_never_answers_the_invite_counts_as_one_that_is_not_there() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    let text = calling.invite(&offer());
    side.send(alice.flow, &text);
    side.expect(bob.flow, "INVITE sip:");
    side.advance(Duration::from_secs(33));
    side.expect(alice.flow, "SIP/2.0 100 Trying");
    let refused = side.expect(alice.flow, "SIP/2.0 408 Request Timeout");
    side.send(alice.flow, calling.ack_refusal(&text, &refused));
    side.assert_nothing_left(&[&alice, &bob]);
}

#[test]
fn what_cannot_be_called_is_refused_and_recorded() {
    let rows = [
        ("sip:1999@127.0.0.11", "", offer(), "404 Not Found"),
        ("sip:alice@127.0.0.11", "", offer(), "404 Not Found"),
        ("tel:1002", "Require: 100rel, precondition\r\n", offer(), "420 Bad Extension"),
        ("sip:1005@127.0.0.11", "", offer(), "480 Temporarily Unavailable"),
        ("sip:1002@127.0.0.11", "Content-Type: text/plain\r\n", "hello".into(), "415 Unsupported Media Type"),
        ("sip:1002@127.0.0.11", "Content-Encoding: gzip\r\n", offer(), "415 Unsupported Media Type"),
        ("sip:1002@127.0.0.11", "", "v=0\r\nnonsense".into(), "400 Bad Request"),
        (
            "sip:1002@127.0.0.11",
            "Supported: timer\r\nSession-Expires: 90\r\n",
            offer(),
            "422 Session Interval Too Small",
        ),
        ("sip:1002@127.0.0.11", "Replaces: x;to-tag=1;from-tag=2\r\n", offer(), "481 Call/Transaction Does Not Exist"),
    ];
    for (uri, more, body, status) in rows {
        let (mut side, alice, bob) = two_phones();
        let mut calling = TestLeg::dial(&alice, "1002");
        calling.target = uri.into();
        let text = calling.invite_with(more, &body);
        side.send(alice.flow, &text);
        let refused = side.expect(alice.flow, &format!("SIP/2.0 {status}"));
        assert!(header(&refused, "To").unwrap().contains(";tag="));
        match &status[..3] {
            "420" => assert_eq!(header(&refused, "Unsupported"), Some("precondition")),
            "415" => assert_eq!(header(&refused, "Accept"), Some("application/sdp")),
            "422" => assert_eq!(header(&refused, "Min-SE"), Some("1800")),
            _ => {}
        }
        side.expect_nothing(bob.flow);
        side.send(alice.flow, calling.ack_refusal(&text, &refused));
        assert!(side.records.len() <= 1, "{uri}");
        side.assert_nothing_left(&[&alice, &bob]);
    }
}

#[test]
fn a_reliable_provisional_response_is_acknowledged_at_once() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    assert!(invite.contains("\r\nSupported: 100rel\r\n"));
    let answering = TestLeg::called(&bob, &invite);
    let reliable = "Require: 100rel\r\nRSeq: 7\r\n";
    let progress = answering.respond_with(&invite, "183 Session Progress", reliable, &answer());
    side.send(bob.flow, &progress);
    let prack = side.expect(bob.flow, "PRACK ");
    assert_eq!(header(&prack, "RAck"), Some("7 101 INVITE"));
    let early = side.expect(alice.flow, "SIP/2.0 183 ");
    assert_eq!(without_origin(body(&early)), without_origin(&answer()));
    assert_eq!((header(&early, "Require"), header(&early, "RSeq")), (None, None));
    side.send(bob.flow, &progress);
    side.expect_nothing(bob.flow);
    side.expect_nothing(alice.flow);
    side.send(bob.flow, answering.respond(&prack, "200 OK", ""));
    // RFC 3262 §5: the answer was in the reliable response, so the 2xx may have none.
    side.send(bob.flow, answering.respond(&invite, "200 OK", ""));
    side.expect(bob.flow, "ACK ");
    assert_eq!(body(&side.expect(alice.flow, "SIP/2.0 200 OK")), body(&early));
}

#[test]
fn a_caller_that_requires_reliable_provisional_responses_gets_them_one_by_one() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite_with("Require: 100rel\r\n", &offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    let ringing = side.expect(alice.flow, "SIP/2.0 180 ");
    assert_eq!(header(&ringing, "Require"), Some("100rel"));
    let rseq: u32 = header(&ringing, "RSeq").unwrap().parse().unwrap();
    side.send(bob.flow, answering.respond(&invite, "183 Session Progress", &answer()));
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect_nothing(alice.flow);
    side.advance(Duration::from_millis(500));
    assert_eq!(side.expect(alice.flow, "SIP/2.0 180 "), ringing);
    calling.learn(&ringing);
    let wrong = format!("RAck: {} 101 INVITE\r\n", rseq + 1);
    side.send(alice.flow, calling.request("PRACK", &wrong, ""));
    side.expect(alice.flow, "SIP/2.0 481 ");
    let right = format!("RAck: {rseq} 101 INVITE\r\n");
    side.send(alice.flow, calling.request("PRACK", &right, ""));
    side.expect(alice.flow, "SIP/2.0 200 OK");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(header(&ok, "CSeq"), Some("101 INVITE"));
    side.advance(Duration::from_millis(499));
    side.expect_nothing(alice.flow);
}

#[test]
fn a_2xx_that_makes_no_dialog_is_a_failure() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let answering = TestLeg::called(&bob, &invite);
    let without_contact = answering.respond(&invite, "200 OK", &answer()).replace("\r\nContact: ", "\r\nX-Contact: ");
    side.send(bob.flow, without_contact);
    side.expect(alice.flow, "SIP/2.0 502 ");
}

#[test]
fn a_second_dialog_behind_the_called_phone_is_ended() {
    let (mut side, alice, bob) = two_phones();
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&offer()));
    let invite = side.expect(bob.flow, "INVITE sip:");
    let answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "200 OK", &answer()));
    side.expect(bob.flow, "ACK ");
    let mut other = answering.clone();
    other.local = other.local.replace(";tag=", ";tag=other-");
    side.send(bob.flow, other.respond(&invite, "200 OK", &answer()));
    assert_eq!(header(&side.expect(bob.flow, "ACK "), "To"), Some(other.local.as_str()));
    assert_eq!(header(&side.expect(bob.flow, "BYE "), "To"), Some(other.local.as_str()));
}

#[test]
fn options_inside_a_dialog_are_answered_and_other_methods_refused() {
    let (mut side, alice, bob) = two_phones();
    let (mut calling, _) = side.connect(&alice, &bob, &offer(), &answer());
    side.send(alice.flow, calling.request("OPTIONS", "", ""));
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert!(header(&ok, "Allow").unwrap().contains("REFER"));
    assert_eq!(header(&ok, "Accept"), Some("application/sdp"));
    side.send(alice.flow, calling.request("MESSAGE", "", ""));
    side.expect(alice.flow, "SIP/2.0 405 ");
    side.send(alice.flow, calling.request("SUBSCRIBE", "Event: kpml\r\n", ""));
    side.expect(alice.flow, "SIP/2.0 489 ");
    calling.sequence -= 2;
    side.send(alice.flow, calling.request("INFO", "", ""));
    side.expect(alice.flow, "SIP/2.0 500 ");
    side.expect_nothing(bob.flow);
}

#[test]
fn info_passes_whole_and_its_answer_comes_back() {
    let (mut side, alice, bob) = two_phones();
    let (mut calling, answering) = side.connect(&alice, &bob, &offer(), &answer());
    let dtmf = "Signal=5\r\nDuration=160\r\n";
    side.send(alice.flow, calling.request("INFO", "Content-Type: application/dtmf-relay\r\n", dtmf));
    let info = side.expect(bob.flow, "INFO ");
    assert_eq!((header(&info, "Content-Type"), body(&info)), (Some("application/dtmf-relay"), dtmf));
    side.expect_nothing(alice.flow);
    side.send(bob.flow, answering.respond(&info, "415 Unsupported Media Type", ""));
    side.expect(alice.flow, "SIP/2.0 415 ");
}
