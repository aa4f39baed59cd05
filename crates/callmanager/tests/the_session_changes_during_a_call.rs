//! Hold and resume, UPDATE, DTMF, two changes at once, and session timers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use ringbearer_callmanager::call::{Cause, EndedBy};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, body, clear, encrypted, without_origin};

struct Talking {
    side: CallSide,
    alice: TestPhone,
    bob: TestPhone,
    calling: TestLeg,
    answering: TestLeg,
}

fn talking() -> Talking {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let (offer, answer) = (encrypted(4000, 'A', "sendrecv"), encrypted(5000, 'B', "sendrecv"));
    let (calling, answering) = side.connect(&alice, &bob, &offer, &answer);
    Talking { side, alice, bob, calling, answering }
}

impl Talking {
    /// Alice's re-INVITE, as it comes to Bob.
    fn reinvite(&mut self, offer: &str) -> String {
        let text = self.calling.invite(offer);
        self.side.send(self.alice.flow, text);
        self.side.expect(self.bob.flow, "INVITE ")
    }

    fn bob_answers(&mut self, request: &str, status: &str, description: &str) {
        self.side.send(self.bob.flow, self.answering.respond(request, status, description));
    }

    fn finish(mut self) {
        let (calling, answering) = (&mut self.calling, &self.answering);
        self.side.hang_up(calling, answering);
        self.side.assert_nothing_left(&[&self.alice, &self.bob]);
    }
}

#[test]
fn hold_and_resume_pass_from_one_party_to_the_other() {
    let mut call = talking();
    let hold = encrypted(4000, 'A', "sendonly");
    let reinvite = call.reinvite(&hold);
    assert_eq!(without_origin(body(&reinvite)), without_origin(&hold));
    let held = encrypted(5000, 'B', "recvonly");
    call.bob_answers(&reinvite, "200 OK", &held);
    call.side.expect(call.bob.flow, "ACK ");
    let ok = call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&held));
    let ack = call.calling.ack("");
    call.side.send(call.alice.flow, ack);
    let resume = encrypted(4000, 'C', "sendrecv");
    let reinvite = call.reinvite(&resume);
    assert_eq!(without_origin(body(&reinvite)), without_origin(&resume));
    call.bob_answers(&reinvite, "200 OK", &encrypted(5000, 'D', "sendrecv"));
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    let ack = call.calling.ack("");
    call.side.send(call.alice.flow, ack);
    call.finish();
}

#[test]
fn the_version_of_the_origin_grows_by_one_with_each_change() {
    let mut call = talking();
    let version = |message: &str| -> (String, u64) {
        let line = body(message).lines().find(|line| line.starts_with("o=")).unwrap().to_owned();
        let fields: Vec<_> = line.split(' ').collect();
        (fields[1].to_owned(), fields[2].parse().unwrap())
    };
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendonly"));
    let (session, first) = version(&reinvite);
    call.bob_answers(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly"));
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    let ack = call.calling.ack("");
    call.side.send(call.alice.flow, ack);
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendrecv"));
    assert_eq!(version(&reinvite), (session, first + 1));
    assert_eq!(first, 2);
}

#[test]
fn a_reinvite_without_offer_brings_the_other_partys() {
    let mut call = talking();
    let reinvite = call.reinvite("");
    assert_eq!(body(&reinvite), "");
    let offer = encrypted(5000, 'D', "sendrecv");
    call.bob_answers(&reinvite, "200 OK", &offer);
    call.side.expect_nothing(call.bob.flow);
    let ok = call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    assert_eq!(without_origin(body(&ok)), without_origin(&offer));
    let answer = encrypted(4000, 'C', "sendrecv");
    let ack = call.calling.ack(&answer);
    call.side.send(call.alice.flow, ack);
    assert_eq!(without_origin(body(&call.side.expect(call.bob.flow, "ACK "))), without_origin(&answer));
    call.finish();
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut call = talking();
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendonly"));
    call.bob_answers(&reinvite, "488 Not Acceptable Here", "");
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.alice.flow, "SIP/2.0 488 ");
    call.finish();
}

#[test]
fn a_peer_that_lost_the_dialog_ends_the_call() {
    let mut call = talking();
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendonly"));
    call.bob_answers(&reinvite, "481 Call/Transaction Does Not Exist", "");
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.alice.flow, "SIP/2.0 481 ");
    call.side.expect(call.bob.flow, "BYE ");
    call.side.expect(call.alice.flow, "BYE ");
    assert_eq!(call.side.records.pop().unwrap().ended_by, EndedBy::Node);
}

#[test]
fn two_changes_at_once_meet_491() {
    let mut call = talking();
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendonly"));
    let glare = call.answering.invite(&encrypted(5000, 'B', "sendonly"));
    call.side.send(call.bob.flow, &glare);
    let pending = call.side.expect(call.bob.flow, "SIP/2.0 491 Request Pending");
    call.side.send(call.bob.flow, call.answering.ack_refusal(&glare, &pending));
    // The second of the same party, while its first waits.
    let second = call.calling.invite(&encrypted(4000, 'A', "inactive"));
    call.side.send(call.alice.flow, &second);
    let refused = call.side.expect(call.alice.flow, "SIP/2.0 500 ");
    assert!(header(&refused, "Retry-After").unwrap().parse::<u32>().unwrap() <= 10);
    call.side.send(call.alice.flow, call.calling.ack_refusal(&second, &refused));
    call.bob_answers(&reinvite, "491 Request Pending", "");
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.alice.flow, "SIP/2.0 491 ");
    call.finish();
}

#[test]
fn a_cancelled_reinvite_is_cancelled_at_the_other_party() {
    let mut call = talking();
    let text = call.calling.invite(&encrypted(4000, 'A', "sendonly"));
    call.side.send(call.alice.flow, &text);
    let reinvite = call.side.expect(call.bob.flow, "INVITE ");
    call.bob_answers(&reinvite, "100 Trying", "");
    call.side.send(call.alice.flow, call.calling.cancel(&text));
    call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    let refused = call.side.expect(call.alice.flow, "SIP/2.0 487 ");
    call.side.send(call.alice.flow, call.calling.ack_refusal(&text, &refused));
    call.side.expect(call.bob.flow, "CANCEL ");
    call.bob_answers(&reinvite, "487 Request Terminated", "");
    call.side.expect(call.bob.flow, "ACK ");
    call.finish();
}

#[test]
fn a_cancelled_reinvite_that_was_taken_up_is_taken_back() {
    let mut call = talking();
    let text = call.calling.invite(&encrypted(4000, 'A', "sendonly"));
    call.side.send(call.alice.flow, &text);
    let reinvite = call.side.expect(call.bob.flow, "INVITE ");
    call.side.send(call.alice.flow, call.calling.cancel(&text));
    call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    let refused = call.side.expect(call.alice.flow, "SIP/2.0 487 ");
    call.side.send(call.alice.flow, call.calling.ack_refusal(&text, &refused));
    call.bob_answers(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly"));
    call.side.expect(call.bob.flow, "ACK ");
    let asked = call.side.expect(call.alice.flow, "INVITE ");
    assert_eq!(body(&asked), "");
    let offer = encrypted(4000, 'A', "sendrecv");
    call.side.send(call.alice.flow, call.calling.respond(&asked, "200 OK", &offer));
    let reinvite = call.side.expect(call.bob.flow, "INVITE ");
    assert_eq!(without_origin(body(&reinvite)), without_origin(&offer));
    call.bob_answers(&reinvite, "200 OK", &encrypted(5000, 'B', "sendrecv"));
    call.side.expect(call.bob.flow, "ACK ");
    let ack = call.side.expect(call.alice.flow, "ACK ");
    assert_eq!(without_origin(body(&ack)), without_origin(&encrypted(5000, 'B', "sendrecv")));
    call.finish();
}

#[test]
fn update_with_a_description_passes_like_a_reinvite() {
    let mut call = talking();
    let offer = encrypted(4000, 'C', "sendonly");
    let update = call.calling.request("UPDATE", "", &offer);
    call.side.send(call.alice.flow, update);
    let passed = call.side.expect(call.bob.flow, "UPDATE ");
    assert_eq!(without_origin(body(&passed)), without_origin(&offer));
    let glare = call.answering.request("UPDATE", "", &encrypted(5000, 'D', "sendonly"));
    call.side.send(call.bob.flow, glare);
    call.side.expect(call.bob.flow, "SIP/2.0 491 ");
    let answer = encrypted(5000, 'D', "recvonly");
    call.bob_answers(&passed, "200 OK", &answer);
    assert_eq!(without_origin(body(&call.side.expect(call.alice.flow, "SIP/2.0 200 OK"))), without_origin(&answer));
    let late = call.answering.request("UPDATE", "", &encrypted(5000, 'E', "sendrecv"));
    call.side.send(call.bob.flow, late);
    let passed = call.side.expect(call.alice.flow, "UPDATE ");
    call.side.send(call.alice.flow, call.calling.respond(&passed, "504 Server Time-out", ""));
    call.side.expect(call.bob.flow, "SIP/2.0 504 ");
    call.finish();
}

#[test]
fn update_with_an_offer_before_the_answer_is_refused() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite(&encrypted(4000, 'A', "sendrecv")));
    let invite = side.expect(bob.flow, "INVITE ");
    let mut answering = TestLeg::called(&bob, &invite);
    side.send(bob.flow, answering.respond(&invite, "180 Ringing", ""));
    calling.learn(&side.expect(alice.flow, "SIP/2.0 180 "));
    side.send(alice.flow, calling.request("UPDATE", "", &encrypted(4000, 'A', "sendonly")));
    assert!(header(&side.expect(alice.flow, "SIP/2.0 500 "), "Retry-After").is_some());
    side.send(bob.flow, answering.request("UPDATE", "", &encrypted(5000, 'B', "sendonly")));
    side.expect(bob.flow, "SIP/2.0 491 ");
    side.send(bob.flow, answering.request("UPDATE", "", ""));
    side.expect(bob.flow, "SIP/2.0 200 OK");
}

#[test]
fn med_3_a_reinvite_to_clear_media_is_refused_and_the_call_goes_on() {
    let mut call = talking();
    let text = call.calling.invite(&clear(4000, "sendrecv"));
    call.side.send(call.alice.flow, &text);
    let refused = call.side.expect(call.alice.flow, "SIP/2.0 488 ");
    call.side.send(call.alice.flow, call.calling.ack_refusal(&text, &refused));
    call.side.expect_nothing(call.bob.flow);
    call.finish();
}

#[test]
fn med_3_an_answer_in_clear_to_a_reinvite_ends_the_call() {
    let mut call = talking();
    let reinvite = call.reinvite(&encrypted(4000, 'A', "sendonly"));
    call.bob_answers(&reinvite, "200 OK", &clear(5000, "recvonly"));
    call.side.expect(call.bob.flow, "ACK ");
    call.side.expect(call.bob.flow, "BYE ");
    call.side.expect(call.alice.flow, "SIP/2.0 488 ");
    call.side.expect(call.alice.flow, "BYE ");
}

/// A call of Alice with Bob, in which Alice asks for this Session-Expires and Bob answers with that one.
fn with_timers(asked: &str, answered: &str) -> (Talking, String) {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    let mut calling = TestLeg::dial(&alice, "1002");
    side.send(alice.flow, calling.invite_with(asked, &encrypted(4000, 'A', "sendrecv")));
    let invite = side.expect(bob.flow, "INVITE ");
    assert_eq!(header(&invite, "Session-Expires"), Some("1800"));
    assert_eq!(header(&invite, "Min-SE"), Some("1800"));
    let answering = TestLeg::called(&bob, &invite);
    let answer = encrypted(5000, 'B', "sendrecv");
    side.send(bob.flow, answering.respond_with(&invite, "200 OK", answered, &answer));
    side.expect(bob.flow, "ACK ");
    let ok = side.expect(alice.flow, "SIP/2.0 200 OK");
    calling.learn(&ok);
    side.send(alice.flow, calling.ack(""));
    (Talking { side, alice, bob, calling, answering }, ok)
}

impl Talking {
    /// Time passes, and both phones keep their registrations.
    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds / 60 {
            self.side.advance(Duration::from_secs(60));
            self.side.refresh(&self.alice.clone());
            self.side.refresh(&self.bob.clone());
        }
        self.side.advance(Duration::from_secs(seconds % 60));
    }
}

#[test]
fn the_caller_refreshes_its_session_or_the_call_ends() {
    let (mut call, ok) = with_timers("Supported: timer\r\nSession-Expires: 1800\r\n", "");
    assert_eq!(header(&ok, "Session-Expires"), Some("1800;refresher=uac"));
    assert_eq!(header(&ok, "Require"), Some("timer"));
    call.wait(900);
    let more = "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
    let refresh = call.calling.request("UPDATE", more, "");
    call.side.send(call.alice.flow, refresh);
    let ok = call.side.expect(call.alice.flow, "SIP/2.0 200 OK");
    assert_eq!(header(&ok, "Session-Expires"), Some("1800;refresher=uac"));
    call.wait(1800 - 33);
    call.side.expect_nothing(call.alice.flow);
    call.wait(1);
    let bye = call.side.expect(call.alice.flow, "BYE ");
    assert_eq!(header(&bye, "Reason"), Some("Q.850;cause=102"));
    call.side.expect(call.bob.flow, "BYE ");
    assert_eq!(call.side.records.pop().unwrap().cause, Cause::TIMER_EXPIRY);
}

#[test]
fn we_refresh_the_session_of_a_phone_that_wants_it() {
    let (mut call, _) = with_timers("", "Session-Expires: 1800;refresher=uac\r\n");
    call.wait(899);
    call.side.expect_nothing(call.bob.flow);
    call.wait(1);
    let refresh = call.side.expect(call.bob.flow, "UPDATE ");
    assert_eq!((header(&refresh, "Session-Expires"), body(&refresh)), (Some("1800;refresher=uac"), ""));
    let more = "Session-Expires: 1800;refresher=uac\r\n";
    call.side.send(call.bob.flow, call.answering.respond_with(&refresh, "200 OK", more, ""));
    call.side.expect_nothing(call.alice.flow);
    call.wait(900);
    let refresh = call.side.expect(call.bob.flow, "UPDATE ");
    call.bob_answers(&refresh, "500 Server Internal Error", "");
    // It is tried again until the session is nearly over.
    call.wait(5);
    call.side.expect(call.bob.flow, "UPDATE ");
    call.wait(900);
    assert!(call.side.take_all(call.bob.flow).iter().any(|message| message.starts_with("BYE ")));
    call.side.expect(call.alice.flow, "BYE ");
}

#[test]
fn a_phone_whose_refresh_finds_no_dialog_has_hung_up() {
    let (mut call, _) = with_timers("", "Session-Expires: 1800;refresher=uac\r\n");
    call.wait(900);
    let refresh = call.side.expect(call.bob.flow, "UPDATE ");
    call.bob_answers(&refresh, "481 Call/Transaction Does Not Exist", "");
    call.side.expect(call.alice.flow, "BYE ");
}

#[test]
fn an_interval_that_is_too_small_for_the_called_phone_is_raised_once() {
    let mut side = CallSide::default();
    let (alice, bob) = (side.register("CSFalice", "1001"), side.register("CSFbob", "1002"));
    side.send(alice.flow, TestLeg::dial(&alice, "1002").invite(&encrypted(4000, 'A', "sendrecv")));
    let invite = side.expect(bob.flow, "INVITE ");
    let answering = TestLeg::called(&bob, &invite);
    let too_small = "422 Session Interval Too Small";
    side.send(bob.flow, answering.respond_with(&invite, too_small, "Min-SE: 3600\r\n", ""));
    side.expect(bob.flow, "ACK ");
    let again = side.expect(bob.flow, "INVITE ");
    assert_eq!(header(&again, "Session-Expires"), Some("3600"));
    assert_eq!(header(&again, "Min-SE"), Some("3600"));
    assert_eq!(header(&again, "CSeq"), Some("102 INVITE"));
    assert_eq!(header(&again, "Call-ID"), header(&invite, "Call-ID"));
    side.send(bob.flow, answering.respond_with(&again, too_small, "Min-SE: 7200\r\n", ""));
    side.expect(alice.flow, "SIP/2.0 422 ");
}
