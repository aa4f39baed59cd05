//! An answered call: hold against the grain, glare, session timers.

use std::time::Duration;

use ringbearer_phone::{CallId, Command, EndCause, Event, Hold};
use sdp::Direction;
use sip::message::HeaderName;
use testkit::far_end::FarEnd;
use testkit::lone_phone::{LonePhone, established, registered};

/// A call of the phone, answered; `extra` stands in the 200.
fn in_a_call(extra: &str) -> (LonePhone, FarEnd, CallId) {
    let mut phone = registered();
    let (far, _, _) = FarEnd::answers(&mut phone, extra);
    let call = established(&mut phone);
    (phone, far, call)
}

#[test]
fn hold_that_is_refused_leaves_the_media_as_it_was() {
    let (mut phone, far, call) = in_a_call("");
    phone.command(Command::Hold { call });
    let reinvite = phone.request("INVITE ");
    assert!(String::from_utf8_lossy(reinvite.body()).contains("a=sendonly"));
    phone.receive(far.response(&reinvite, "488 Not Acceptable Here", "", ""));
    phone.request("ACK ");
    assert!(matches!(phone.seen()[..], [Event::MediaRefused { .. }]));
    phone.advance(Duration::from_secs(60));
    assert_eq!(phone.sent, [""; 0], "it is not tried again");
    phone.command(Command::Hold { call });
    phone.request("INVITE ");
}

#[test]
fn hold_and_resume_in_one_breath_end_where_the_user_wants() {
    let (mut phone, mut far, call) = in_a_call("");
    phone.command(Command::Hold { call });
    phone.command(Command::Resume { call });
    let hold = phone.request("INVITE ");
    assert_eq!(phone.sent, [""; 0], "one offer at a time");
    let answer = far.answer(hold.body());
    phone.receive(far.response(&hold, "200 OK", "", &answer));
    phone.request("ACK ");
    let resume = phone.request("INVITE ");
    assert!(String::from_utf8_lossy(resume.body()).contains("a=sendrecv"));
    let answer = far.answer(resume.body());
    phone.receive(far.response(&resume, "200 OK", "", &answer));
    phone.request("ACK ");
    let seen = phone.seen();
    assert!(matches!(seen.last(), Some(Event::Media { hold, .. }) if *hold == Hold::default()), "{seen:?}");
}

#[test]
fn an_invite_that_crosses_ours_is_answered_491() {
    let (mut phone, mut far, call) = in_a_call("");
    phone.command(Command::Hold { call });
    phone.request("INVITE ");
    let offer = far.offer(Direction::SendReceive);
    phone.receive(far.request("INVITE", "", &offer));
    phone.response("SIP/2.0 491 ");
}

#[test]
fn glare_is_tried_again_after_a_pause() {
    let (mut phone, far, call) = in_a_call("");
    phone.command(Command::Hold { call });
    let reinvite = phone.request("INVITE ");
    phone.receive(far.response(&reinvite, "491 Request Pending", "", ""));
    phone.request("ACK ");
    phone.advance(Duration::from_millis(2_099));
    assert_eq!(phone.sent, [""; 0]);
    phone.advance(Duration::from_millis(1_901));
    let again = phone.request("INVITE ");
    assert!(String::from_utf8_lossy(again.body()).contains("a=sendonly"));
    assert!(phone.seen().is_empty(), "the user hears nothing of it");
}

#[test]
fn a_second_invite_before_the_ack_of_the_first_is_answered_500() {
    let (mut phone, mut far, _) = in_a_call("");
    let offer = far.offer(Direction::SendOnly);
    phone.receive(far.request("INVITE", "", &offer));
    phone.response("SIP/2.0 200 ");
    let offer = far.offer(Direction::SendReceive);
    phone.receive(far.request("INVITE", "", &offer));
    assert!(phone.response("SIP/2.0 500 ").headers().contains(HeaderName::RetryAfter));
}

#[test]
fn the_phone_waits_for_the_ack_before_it_offers() {
    let (mut phone, mut far, call) = in_a_call("");
    let offer = far.offer(Direction::SendReceive);
    let reinvite = far.request("INVITE", "", &offer);
    phone.receive(reinvite);
    phone.response("SIP/2.0 200 ");
    phone.command(Command::Hold { call });
    assert_eq!(phone.sent, [""; 0]);
    phone.receive(far.request("ACK", "", ""));
    phone.request("INVITE ");
}

#[test]
fn an_update_changes_the_media_too() {
    let (mut phone, mut far, _) = in_a_call("");
    let offer = far.offer(Direction::SendOnly);
    phone.receive(far.request("UPDATE", "", &offer));
    let ok = phone.response("SIP/2.0 200 ");
    assert!(String::from_utf8_lossy(ok.body()).contains("a=recvonly"));
    let seen = phone.seen();
    assert!(matches!(&seen[..], [Event::Media { hold: Hold { remote: true, local: false }, .. }]), "{seen:?}");
}

#[test]
fn numbers_out_of_order_are_refused() {
    let (mut phone, mut far, _) = in_a_call("");
    let first = far.request("INFO", "", "");
    phone.receive(far.request("INFO", "", ""));
    phone.response("SIP/2.0 200 ");
    phone.receive(first);
    phone.response("SIP/2.0 500 ");
}

#[test]
fn a_far_end_that_knows_nothing_of_the_call_ends_it() {
    let (mut phone, far, call) = in_a_call("");
    phone.command(Command::Hold { call });
    let reinvite = phone.request("INVITE ");
    phone.receive(far.response(&reinvite, "481 Call/Transaction Does Not Exist", "", ""));
    phone.request("ACK ");
    phone.request("BYE ");
    assert!(matches!(phone.seen()[..], [Event::Ended { cause: EndCause::Refused(_), .. }]));
}

#[test]
fn the_session_is_refreshed_by_update_at_half_its_interval() {
    let extra = "Allow: INVITE,UPDATE\r\nSession-Expires: 1800;refresher=uac\r\nRequire: timer\r\n";
    let (mut phone, far, _) = in_a_call(extra);
    phone.advance(Duration::from_secs(899));
    assert_eq!(phone.sent, [""; 0]);
    phone.advance(Duration::from_secs(1));
    let update = phone.request("UPDATE ");
    assert_eq!(update.headers().first(HeaderName::SessionExpires), Some(b"1800;refresher=uac".as_slice()));
    assert_eq!(update.body(), b"");
    phone.receive(far.response(&update, "200 OK", "Session-Expires: 1800;refresher=uac\r\n", ""));
    phone.advance(Duration::from_secs(899));
    assert_eq!(phone.sent, [""; 0]);
    phone.advance(Duration::from_secs(1));
    phone.request("UPDATE ");
}

#[test]
fn without_update_the_session_is_refreshed_by_invite() {
    let (mut phone, mut far, _) = in_a_call("Session-Expires: 90;refresher=uac\r\nRequire: timer\r\n");
    phone.advance(Duration::from_secs(45));
    let reinvite = phone.request("INVITE ");
    let answer = far.answer(reinvite.body());
    phone.receive(far.response(&reinvite, "200 OK", "Session-Expires: 90;refresher=uac\r\n", &answer));
    phone.request("ACK ");
}

#[test]
fn a_session_that_the_far_end_does_not_refresh_ends() {
    let (mut phone, _, call) = in_a_call("Session-Expires: 90;refresher=uas\r\n");
    phone.advance(Duration::from_secs(60));
    phone.request("BYE ");
    assert_eq!(phone.seen(), [Event::Ended { call, cause: EndCause::Expired }]);
}

#[test]
fn a_refresh_by_the_far_end_keeps_the_session() {
    let (mut phone, mut far, _) = in_a_call("Session-Expires: 90;refresher=uas\r\n");
    for _ in 0..5 {
        phone.advance(Duration::from_secs(45));
        phone.receive(far.request("UPDATE", "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n", ""));
        let ok = phone.response("SIP/2.0 200 ");
        assert_eq!(ok.headers().first(HeaderName::SessionExpires), Some(b"90;refresher=uac".as_slice()));
        assert!(ok.headers().require().flatten().any(|tag| tag == b"timer"));
    }
    assert!(phone.seen().is_empty());
}

#[test]
fn refreshes_that_fail_are_repeated_with_pauses_until_the_session_ends() {
    let (mut phone, far, _) = in_a_call("Allow: UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
    phone.advance(Duration::from_secs(45));
    let update = phone.request("UPDATE ");
    phone.receive(far.response(&update, "500 Server Internal Error", "", ""));
    phone.advance(Duration::from_secs(9));
    assert_eq!(phone.sent, [""; 0]);
    phone.advance(Duration::from_secs(1));
    let update = phone.request("UPDATE ");
    phone.receive(far.response(&update, "500 Server Internal Error", "", ""));
    phone.advance(Duration::from_secs(10));
    phone.request("BYE ");
    assert!(matches!(phone.seen()[..], [Event::Ended { cause: EndCause::Expired, .. }]));
}
