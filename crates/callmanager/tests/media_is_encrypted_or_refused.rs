//! Which media may pass between which devices (threat MED-3), and how the security of a call is told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_callmanager::call::CallSecurity;
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, clear, encrypted, without_origin};

/// Alice (OAuth), Erin (OAuth) and Frank (5060, no security).
fn phones() -> (CallSide, TestPhone, TestPhone, TestPhone) {
    let mut side = CallSide::default();
    let (alice, erin) = (side.register("CSFalice", "1001"), side.register("erinphone", "1005"));
    let frank = side.register("SEPfrank", "1006");
    (side, alice, erin, frank)
}

fn dial(side: &mut CallSide, from: &TestPhone, number: &str, offer: &str) -> TestLeg {
    let mut leg = TestLeg::dial(from, number);
    if from.device == "SEPfrank" {
        leg.transport = "TCP";
        leg.contact = leg.contact.replace("tls", "tcp");
    }
    side.send(from.flow, leg.invite(offer));
    leg
}

#[test]
fn med_3_an_offer_in_clear_or_without_a_usable_key_is_refused_before_anybody_rings() {
    let good = encrypted(4000, 'A', "sendrecv");
    let offers = [
        clear(4000, "sendrecv"),
        good.replace("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", "a=x:"),
        good.replace("AES_CM_128_HMAC_SHA1_80", "F8_128_HMAC_SHA1_80"),
        good.replace(&"A".repeat(40), &format!("{} UNENCRYPTED_SRTP", "A".repeat(40))),
        good.replace(&"A".repeat(40), &format!("{} UNENCRYPTED_SRTCP", "A".repeat(40))),
        good.replace(&"A".repeat(40), &format!("{} UNAUTHENTICATED_SRTP", "A".repeat(40))),
        good.replace(&"A".repeat(40), "AAAA"),
        good.replace("RTP/SAVP", "RTP/AVP"),
    ];
    for offer in offers {
        let (mut side, alice, erin, _) = phones();
        dial(&mut side, &alice, "1005", &offer);
        let refused = side.expect(alice.flow, "SIP/2.0 488 Not Acceptable Here");
        assert!(header(&refused, "Warning").unwrap().starts_with("399 ucm-pub \""), "{offer}");
        side.expect_nothing(erin.flow);
    }
}

#[test]
fn med_3_an_answer_in_clear_or_with_the_offers_key_ends_the_call() {
    let good = encrypted(5000, 'B', "sendrecv");
    let answers = [
        clear(5000, "sendrecv"),
        encrypted(5000, 'A', "sendrecv"),
        good.replace("a=crypto:1", "a=crypto:2"),
        good.replace("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"),
    ];
    for answer in answers {
        let (mut side, alice, erin, _) = phones();
        dial(&mut side, &alice, "1005", &encrypted(4000, 'A', "sendrecv"));
        let invite = side.expect(erin.flow, "INVITE ");
        let answering = TestLeg::called(&erin, &invite);
        side.send(erin.flow, answering.respond(&invite, "200 OK", &answer));
        side.expect(erin.flow, "ACK ");
        side.expect(erin.flow, "BYE ");
        side.expect(alice.flow, "SIP/2.0 488 ");
        let record = side.records.pop().unwrap();
        assert_eq!((record.connect, record.status.unwrap().as_u16()), (None, 488), "{answer}");
    }
}

#[test]
fn med_3_early_media_in_clear_is_not_passed_on() {
    let (mut side, alice, erin, _) = phones();
    dial(&mut side, &alice, "1005", &encrypted(4000, 'A', "sendrecv"));
    let invite = side.expect(erin.flow, "INVITE ");
    let answering = TestLeg::called(&erin, &invite);
    side.send(erin.flow, answering.respond(&invite, "183 Session Progress", &clear(5000, "sendrecv")));
    assert_eq!(body(&side.expect(alice.flow, "SIP/2.0 183 ")), "");
}

#[test]
fn med_3_keys_do_not_go_out_over_a_flow_in_clear() {
    let (mut side, alice, _, frank) = phones();
    dial(&mut side, &alice, "1006", &encrypted(4000, 'A', "sendrecv"));
    side.expect(alice.flow, "SIP/2.0 488 ");
    side.expect_nothing(frank.flow);
}

#[test]
fn med_3_a_phone_without_security_cannot_call_an_oauth_device_in_clear() {
    let (mut side, alice, _, frank) = phones();
    dial(&mut side, &frank, "1001", &clear(4000, "sendrecv"));
    side.expect(frank.flow, "SIP/2.0 488 ");
    side.expect_nothing(alice.flow);
}

#[test]
fn where_the_fallback_is_agreed_and_allowed_the_call_goes_in_clear_without_keys() {
    let (mut side, _, _, frank) = phones();
    side.line.node.running.srtp_fallback_allowed = true;
    let alice = side.register("CSFalice", "1001");
    let offer = encrypted(4000, 'A', "sendrecv");
    let mut calling = dial(&mut side, &alice, "1006", &offer);
    let invite = side.expect(frank.flow, "INVITE ");
    let expected: String = offer.split_inclusive('\n').filter(|line| !line.starts_with("a=crypto")).collect();
    assert_eq!(without_origin(body(&invite)), without_origin(&expected.replace("RTP/SAVP", "RTP/AVP")));
    assert!(header(&invite, "Call-Info").unwrap().contains("security= Unknown"));
    let mut answering = TestLeg::called(&frank, &invite);
    let answer = clear(5000, "sendrecv");
    side.send(frank.flow, answering.respond(&invite, "200 OK", &answer));
    side.expect(frank.flow, "ACK ");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&answer));
    assert!(header(&ok, "Call-Info").unwrap().contains("security= NotAuthenticated"));
    assert!(header(&ok, "Supported").unwrap().contains("X-cisco-srtp-fallback"));
    let update = side.expect(frank.flow, "UPDATE ");
    assert!(header(&update, "Call-Info").unwrap().contains("security= NotAuthenticated"));
    side.send(frank.flow, answering.respond(&update, "200 OK", ""));
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(""));
    side.hang_up(&mut answering, &calling);
    let record = side.records.pop().unwrap();
    assert_eq!((record.security, record.suites.len()), (CallSecurity::NotAuthenticated, 0));
}

#[test]
fn the_fallback_needs_the_device_to_have_agreed() {
    let (mut side, _, _, frank) = phones();
    side.line.node.running.srtp_fallback_allowed = true;
    let erin = side.register("erinphone", "1005");
    // Bob's client does not know the extension.
    let bob = side.register_standard("CSFbob", "1002");
    dial(&mut side, &frank, "1002", &clear(4000, "sendrecv"));
    side.expect(frank.flow, "SIP/2.0 488 ");
    dial(&mut side, &erin, "1002", &clear(4000, "sendrecv"));
    side.expect(erin.flow, "SIP/2.0 488 ");
    side.expect_nothing(bob.flow);
}

#[test]
fn two_phones_without_security_talk_in_clear() {
    let (mut side, _, _, frank) = phones();
    let mut device = side.line.node.directory.device("SEPdave").unwrap().as_ref().clone();
    device.security_profile = directory::ProfileName::new("Open").unwrap();
    side.line.node.put(directory::Object::Device(device));
    let dave = side.register("SEPdave", "1004");
    dial(&mut side, &frank, "1004", &clear(4000, "sendrecv"));
    let invite = side.expect(dave.flow, "INVITE ");
    assert!(header(&invite, "Call-Info").unwrap().contains("security= NotAuthenticated"));
    assert_eq!(header(&invite, "Contact"), Some("<sip:1006@127.0.0.11:5060;transport=tcp>"));
}

#[test]
fn sec_1_no_key_is_in_what_a_call_shows_of_itself() {
    let (mut side, alice, erin, _) = phones();
    let (offer, answer) = (encrypted(4000, 'K', "sendrecv"), encrypted(5000, 'L', "sendrecv"));
    side.connect(&alice, &erin, &offer, &answer);
    let shown = format!("{:?} {:?} {:?}", side.shown(), side.records, side.line.events);
    for key in ["K".repeat(40), "L".repeat(40)] {
        assert!(!shown.contains(&key), "a key is shown");
    }
}
