//! A call that comes in, message by message.

use std::time::Duration;

use ringbearer_phone::{Command, EndCause, Event};
use sdp::SdpError;
use sip::message::HeaderName;
use testkit::far_end::{FAR_MEDIA, FarEnd};
use testkit::lone_phone::{end_of, incoming, registered};
use testkit::office::media;
use testkit::test_leg::clear;

#[test]
fn it_rings_and_is_answered_with_an_answer_to_the_offer() {
    let mut phone = registered();
    let (mut far, _) = FarEnd::calls(&mut phone, "", true);
    let ringing = phone.response("SIP/2.0 180 ");
    assert!(ringing.headers().to().unwrap().tag().is_some());
    let seen = phone.seen();
    let [Event::Incoming { call, from, replaces: None }] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((from.display_name.as_str(), from.number.as_str()), ("Bob", "1002"));
    phone.command(Command::Answer { call: *call, media: media(0) });
    let ok = phone.response("SIP/2.0 200 ");
    assert_eq!(ok.headers().to().unwrap().tag(), ringing.headers().to().unwrap().tag());
    for name in [HeaderName::Contact, HeaderName::Allow, HeaderName::Supported] {
        assert!(ok.headers().contains(name), "{name}");
    }
    assert!(ok.headers().content_type().unwrap().unwrap().is_sdp());
    let seen = phone.seen();
    let [Event::Media { media, .. }, Event::Established { .. }] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(media.remote, FAR_MEDIA);
    assert!(media.srtp.is_some());
    far.learn(&ok);
    phone.receive(far.request("ACK", "", ""));
    phone.receive(far.request("BYE", "", ""));
    phone.response("SIP/2.0 200 ");
    assert_eq!(end_of(&mut phone), EndCause::FarEndHungUp);
}

#[test]
fn a_call_without_an_offer_gets_ours_and_the_ack_answers_it() {
    let mut phone = registered();
    let (mut far, _) = FarEnd::calls(&mut phone, "", false);
    phone.response("SIP/2.0 180 ");
    let call = incoming(&mut phone);
    phone.command(Command::Answer { call, media: media(0) });
    let ok = phone.response("SIP/2.0 200 ");
    assert!(matches!(phone.seen()[..], [Event::Established { .. }]), "no media before the ACK");
    far.learn(&ok);
    let answer = far.answer(ok.body());
    phone.receive(far.request("ACK", "", &answer));
    let seen = phone.seen();
    let [Event::Media { media, .. }] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(media.remote, FAR_MEDIA);
}

#[test]
fn an_ack_that_owes_an_answer_ends_the_call() {
    let mut phone = registered();
    let (mut far, _) = FarEnd::calls(&mut phone, "", false);
    phone.response("SIP/2.0 180 ");
    let call = incoming(&mut phone);
    phone.command(Command::Answer { call, media: media(0) });
    far.learn(&phone.response("SIP/2.0 200 "));
    phone.receive(far.request("ACK", "", ""));
    phone.request("BYE ");
    assert_eq!(end_of(&mut phone), EndCause::Media(SdpError::AnswerDoesNotFitOffer("no answer")));
}

#[test]
fn an_answer_that_nobody_acknowledges_ends_the_call() {
    let mut phone = registered();
    FarEnd::calls(&mut phone, "", true);
    phone.response("SIP/2.0 180 ");
    let call = incoming(&mut phone);
    phone.command(Command::Answer { call, media: media(0) });
    phone.advance(Duration::from_secs(33));
    let repeated = phone.sent.iter().filter(|message| message.starts_with("SIP/2.0 200 ")).count();
    assert_eq!(repeated, 11, "the 200 is repeated");
    assert!(phone.sent.last().unwrap().starts_with("BYE "));
    assert_eq!(end_of(&mut phone), EndCause::Expired);
}

#[test]
fn a_caller_who_wants_reliable_ringing_gets_it() {
    let mut phone = registered();
    let (mut far, _) = FarEnd::calls(&mut phone, "Require: 100rel\r\n", true);
    let ringing = phone.response("SIP/2.0 180 ");
    let rseq = ringing.headers().rseq().unwrap().unwrap();
    assert!(ringing.headers().require().flatten().any(|tag| tag == b"100rel"));
    phone.advance(Duration::from_millis(1_500));
    for _ in 0..2 {
        assert_eq!(phone.response("SIP/2.0 180 ").headers().rseq(), Ok(Some(rseq)));
    }
    far.learn(&ringing);
    phone.receive(far.request("PRACK", &format!("RAck: {} 1 INVITE\r\n", rseq + 1), ""));
    phone.response("SIP/2.0 481 ");
    phone.receive(far.request("PRACK", &format!("RAck: {rseq} 1 INVITE\r\n"), ""));
    phone.response("SIP/2.0 200 ");
    phone.advance(Duration::from_secs(60));
    assert_eq!(phone.sent, [""; 0], "acknowledged, so not repeated");
}

#[test]
fn ringing_that_is_never_acknowledged_is_given_up() {
    let mut phone = registered();
    FarEnd::calls(&mut phone, "Require: 100rel\r\n", true);
    phone.advance(Duration::from_secs(33));
    assert!(phone.sent.last().unwrap().starts_with("SIP/2.0 504 "), "{:?}", phone.sent.last());
    assert_eq!(end_of(&mut phone), EndCause::Expired);
}

#[test]
fn a_cancelled_call_is_answered_487() {
    let mut phone = registered();
    let (_, invite) = FarEnd::calls(&mut phone, "", true);
    phone.response("SIP/2.0 180 ");
    let cancel = String::from_utf8_lossy(invite.as_bytes()).replace("INVITE", "CANCEL").replace("1-CANCEL", "1-INVITE");
    let (head, _) = cancel.split_once("Content-Type").unwrap();
    phone.receive(format!("{head}Content-Length: 0\r\n\r\n"));
    phone.response("SIP/2.0 200 ");
    phone.response("SIP/2.0 487 ");
    assert_eq!(end_of(&mut phone), EndCause::Cancelled);
}

#[test]
fn a_caller_may_hang_up_before_the_answer() {
    let mut phone = registered();
    let (mut far, _) = FarEnd::calls(&mut phone, "", true);
    far.learn(&phone.response("SIP/2.0 180 "));
    phone.receive(far.request("BYE", "", ""));
    phone.response("SIP/2.0 200 ");
    phone.response("SIP/2.0 487 ");
    assert_eq!(end_of(&mut phone), EndCause::Cancelled);
}

#[test]
fn clear_media_is_refused() {
    let mut phone = registered();
    let mut far = FarEnd::calls(&mut phone, "", true).0;
    phone.sent.clear();
    let mut alone = registered();
    alone.receive(far.request("INVITE", "", &clear(4000, "sendrecv")).replace(";tag=far", ";tag=other"));
    alone.response("SIP/2.0 180 ");
    let call = incoming(&mut alone);
    alone.command(Command::Answer { call, media: media(0) });
    alone.response("SIP/2.0 488 ");
    assert_eq!(end_of(&mut alone), EndCause::Media(SdpError::MediaInClear));
}

#[test]
fn what_cannot_be_taken_is_refused_with_the_right_answer() {
    let sdp_type = "Content-Type: application/sdp\r\n";
    let cases = [
        ("INVITE", "Require: 100rel, x-strange\r\n", "", "SIP/2.0 420 "),
        ("INVITE", "Content-Type: text/plain\r\n", "hello", "SIP/2.0 415 "),
        ("INVITE", sdp_type, "v=0\r\nnonsense", "SIP/2.0 400 "),
        ("INVITE", "Replaces: nobody;to-tag=a;from-tag=b\r\n", "", "SIP/2.0 481 "),
        ("INVITE", "Replaces: nobody;to-tag=a\r\n", "", "SIP/2.0 400 "),
        ("INVITE", "Supported: timer\r\nSession-Expires: 60\r\n", "", "SIP/2.0 422 "),
        ("OPTIONS", "", "", "SIP/2.0 200 "),
        ("MESSAGE", "", "", "SIP/2.0 405 "),
        ("INVENTED", "", "", "SIP/2.0 405 "),
        ("BYE", "", "", "SIP/2.0 481 "),
        ("NOTIFY", "Event: presence\r\n", "", "SIP/2.0 489 "),
        ("REFER", "Refer-To: <urn:X-cisco-remotecc:x>\r\n", "", "SIP/2.0 202 "),
    ];
    for (method, extra, body, answer) in cases {
        let mut phone = registered();
        let mut far = FarEnd::calls(&mut phone, "Require: x\r\n", false).0;
        phone.response("SIP/2.0 420 ");
        phone.receive(far.request(method, extra, body));
        let response = phone.response(answer);
        assert!(phone.seen().is_empty(), "{method} {extra}");
        match response.status().as_u16() {
            420 => assert_eq!(response.headers().first(HeaderName::Unsupported), Some(b"x-strange".as_slice())),
            422 => assert_eq!(response.headers().min_se(), Ok(Some(90))),
            405 => assert!(response.headers().contains(HeaderName::Allow)),
            _ => {}
        }
    }
}

#[test]
fn requests_of_a_dialog_that_is_not_ours_are_answered_481() {
    let mut phone = registered();
    let mut far = FarEnd::calls(&mut phone, "", true).0;
    phone.response("SIP/2.0 180 ");
    for method in ["BYE", "INVITE", "UPDATE", "REFER", "NOTIFY", "INFO"] {
        let request =
            far.request(method, "", "").replace("To: <sip:1001@127.0.0.11>", "To: <sip:1001@127.0.0.11>;tag=x");
        phone.receive(request);
        phone.response("SIP/2.0 481 ");
    }
}

#[test]
fn messages_that_wait_are_told() {
    let mut phone = registered();
    let mut far = FarEnd::calls(&mut phone, "Require: x\r\n", false).0;
    phone.sent.clear();
    let extra = "Event: message-summary\r\nContent-Type: application/simple-message-summary\r\n";
    for (word, waiting) in [("yes", true), ("no", false)] {
        phone.receive(far.request("NOTIFY", extra, &format!("Messages-Waiting: {word}\r\n")));
        phone.response("SIP/2.0 200 ");
        assert_eq!(phone.seen(), [Event::MessageWaiting(waiting)]);
    }
}

/// RFC 3261 §12.1.1, §12.2.1.1: through an edge, both ends of the dialog go by the proxies that are in it.
#[test]
fn the_way_of_the_invite_is_that_of_the_dialog() {
    let mut phone = registered();
    let way = ["<sip:e@127.0.0.22:5061;transport=tls;lr>", "<sip:c@127.0.0.21:5061;transport=tls;lr>"];
    let (mut far, _) = FarEnd::calls(&mut phone, &way.map(|hop| format!("Record-Route: {hop}\r\n")).concat(), true);
    let recorded = |headers: &sip::message::Headers, name| -> Vec<String> {
        headers.all(name).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    };
    let ringing = phone.response("SIP/2.0 180 ");
    assert_eq!(recorded(ringing.headers(), HeaderName::RecordRoute), way);
    let call = incoming(&mut phone);
    phone.command(Command::Answer { call, media: media(0) });
    let ok = phone.response("SIP/2.0 200 ");
    assert_eq!(recorded(ok.headers(), HeaderName::RecordRoute), way);
    far.learn(&ok);
    phone.receive(far.request("ACK", "", ""));
    phone.command(Command::HangUp { call });
    assert_eq!(recorded(phone.request("BYE ").headers(), HeaderName::Route), way);
}
