//! A call that goes out, message by message.

use std::time::Duration;

use ringbearer_phone::{Command, EndCause, Event};
use sip::message::{HeaderName, StatusCode};
use testkit::far_end::{FAR_MEDIA, FarEnd};
use testkit::lone_phone::registered;
use testkit::office::media;

#[test]
fn the_invite_has_an_encrypted_offer_and_says_what_the_phone_can_do() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE sip:1002@127.0.0.11 SIP/2.0");
    let headers = invite.headers();
    assert!(headers.iter().next().unwrap().line().starts_with(b"Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK"));
    assert_eq!(headers.from().unwrap().uri_bytes(), b"sip:1001@127.0.0.11");
    assert_eq!(headers.max_forwards(), Ok(Some(70)));
    assert_eq!(headers.expires(), Ok(Some(180)));
    assert_eq!(headers.session_expires().unwrap().unwrap().seconds, 1800);
    for tag in ["100rel", "timer", "replaces"] {
        assert!(headers.supports(tag), "{tag}");
    }
    let body = String::from_utf8_lossy(invite.body()).into_owned();
    assert!(body.contains("m=audio 20000 RTP/SAVP 0 8 101"), "{body}");
    assert!(body.contains("a=crypto:"), "{body}");
}

#[test]
fn a_200_is_acknowledged_and_again_whenever_it_comes_again() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let mut far = FarEnd::called(&invite);
    let answer = far.answer(invite.body());
    let ok = far.response(&invite, "200 OK", "", &answer);
    phone.receive(ok.clone());
    let ack = phone.request("ACK sip:1002@127.0.0.11:5090;transport=tls SIP/2.0");
    assert_eq!(ack.headers().cseq().unwrap().sequence, invite.headers().cseq().unwrap().sequence);
    assert_ne!(ack.headers().via().unwrap().branch(), invite.headers().via().unwrap().branch());
    let seen = phone.seen();
    let [Event::Dialing { .. }, Event::Media { media, .. }, Event::Established { .. }] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(media.remote, FAR_MEDIA);
    phone.receive(ok);
    phone.request("ACK ");
    assert!(phone.seen().is_empty());
}

#[test]
fn another_fork_that_answers_is_hung_up() {
    let mut phone = registered();
    let (far, invite, _) = FarEnd::answers(&mut phone, "");
    let mut fork = far.fork("fork");
    let answer = fork.answer(invite.body());
    phone.receive(fork.response(&invite, "200 OK", "", &answer));
    let ack = phone.request("ACK ");
    assert_eq!(ack.headers().to().unwrap().tag(), Some(b"fork".as_slice()));
    let bye = phone.request("BYE ");
    assert_eq!(bye.headers().to().unwrap().tag(), Some(b"fork".as_slice()));
    assert!(!phone.seen().iter().any(|event| matches!(event, Event::Ended { .. })), "the first fork stays");
}

#[test]
fn reliable_responses_are_acknowledged_in_order_and_their_answer_counts() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let mut far = FarEnd::called(&invite);
    let answer = far.answer(invite.body());
    let reliable = |rseq: u32| format!("Require: 100rel\r\nRSeq: {rseq}\r\n");
    phone.receive(far.response(&invite, "183 Session Progress", &reliable(41), &answer));
    let prack = phone.request("PRACK ");
    assert_eq!(prack.headers().first(HeaderName::RAck), Some(b"41 1 INVITE".as_slice()));
    phone.receive(far.response(&invite, "183 Session Progress", &reliable(41), &answer));
    phone.receive(far.response(&invite, "180 Ringing", &reliable(43), ""));
    assert_eq!(phone.sent, [""; 0], "one came again, one too early");
    phone.receive(far.response(&invite, "180 Ringing", &reliable(42), ""));
    assert_eq!(phone.request("PRACK ").headers().cseq().unwrap().sequence, 3);
    phone.receive(far.response(&invite, "200 OK", "", ""));
    let ack = phone.request("ACK ");
    assert_eq!(ack.headers().cseq().unwrap().sequence, 1);
    let seen = phone.seen();
    assert!(matches!(
        seen[..],
        [
            Event::Dialing { .. },
            Event::Media { .. },
            Event::Ringing { .. },
            Event::Media { .. },
            Event::Established { .. }
        ]
    ));
}

#[test]
fn a_200_without_an_answer_is_hung_up() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let far = FarEnd::called(&invite);
    phone.receive(far.response(&invite, "200 OK", "", ""));
    phone.request("ACK ");
    phone.request("BYE ");
    assert!(matches!(phone.seen().last(), Some(Event::Ended { cause: EndCause::Media(_), .. })));
}

#[test]
fn a_session_interval_that_is_too_small_is_lengthened() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let far = FarEnd::called(&invite);
    phone.receive(far.response(&invite, "422 Session Interval Too Small", "Min-SE: 3600\r\n", ""));
    phone.request("ACK ");
    let again = phone.request("INVITE ");
    assert_eq!(again.headers().session_expires().unwrap().unwrap().seconds, 3600);
    assert_eq!(again.headers().cseq().unwrap().sequence, 2);
    assert_eq!(again.headers().call_id(), invite.headers().call_id());
    phone.receive(far.response(&again, "422 Session Interval Too Small", "Min-SE: 3600\r\n", ""));
    phone.request("ACK ");
    assert_eq!(phone.sent, [""; 0], "asked for what it had: no end of INVITEs");
}

#[test]
fn a_call_that_rings_too_long_is_cancelled() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let far = FarEnd::called(&invite);
    phone.receive(far.response(&invite, "180 Ringing", "", ""));
    phone.advance(Duration::from_secs(180));
    let cancel = phone.request("CANCEL ");
    assert_eq!(cancel.headers().via().unwrap().branch(), invite.headers().via().unwrap().branch());
    phone.receive(far.response(&invite, "487 Request Terminated", "", ""));
    phone.request("ACK ");
    assert!(matches!(phone.seen().last(), Some(Event::Ended { cause: EndCause::NoAnswer, .. })));
}

#[test]
fn an_answer_that_crosses_the_cancel_is_hung_up() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    let invite = phone.request("INVITE ");
    let mut far = FarEnd::called(&invite);
    let Some(Event::Dialing { call, .. }) = phone.seen().pop() else { panic!() };
    phone.command(Command::HangUp { call });
    assert_eq!(phone.sent, [""; 0], "CANCEL waits for a response");
    let answer = far.answer(invite.body());
    phone.receive(far.response(&invite, "200 OK", "", &answer));
    phone.request("ACK ");
    phone.request("BYE ");
    assert_eq!(phone.seen(), [Event::Ended { call, cause: EndCause::HungUp }]);
}

#[test]
fn a_server_that_does_not_answer_ends_the_call() {
    let mut phone = registered();
    phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    phone.advance(Duration::from_secs(33));
    let refused = EndCause::Refused(StatusCode::REQUEST_TIMEOUT);
    assert!(matches!(phone.seen().last(), Some(Event::Ended { cause, .. }) if *cause == refused));
}

#[test]
fn aut_11_no_credential_answers_the_challenge_to_another_request_than_register() {
    for (status, field) in
        [("401 Unauthorized", "WWW-Authenticate"), ("407 Proxy Authentication Required", "Proxy-Authenticate")]
    {
        let mut phone = registered();
        phone.input(ringbearer_phone::Input::AccessToken("secret-token".into()));
        phone.command(Command::Dial { to: "1002".into(), media: media(0) });
        let invite = phone.request("INVITE ");
        let far = FarEnd::called(&invite);
        phone.receive(far.response(&invite, status, &format!("{field}: Bearer realm=\"ccmsipline\"\r\n"), ""));
        let ack = phone.request("ACK ");
        assert!(!String::from_utf8_lossy(ack.as_bytes()).contains("secret-token"));
        assert_eq!(phone.sent, [""; 0], "the call ends, nothing more is sent");
        assert!(matches!(phone.seen().last(), Some(Event::Ended { cause: EndCause::Refused(_), .. })));

        let (far, _, _) = FarEnd::answers(&mut phone, "");
        let Some(Event::Established { call }) = phone.seen().pop() else { panic!() };
        phone.command(Command::HangUp { call });
        let bye = phone.request("BYE ");
        phone.receive(far.response(&bye, status, &format!("{field}: Digest realm=\"r\", nonce=\"n\"\r\n"), ""));
        phone.advance(Duration::from_secs(40));
        assert_eq!(phone.sent, [""; 0]);
    }
}

#[test]
fn the_text_of_a_token_shows_in_no_event_and_no_debug_form() {
    let mut phone = registered();
    phone.input(ringbearer_phone::Input::AccessToken("secret-token".into()));
    phone.disconnected();
    phone.advance(Duration::from_secs(3));
    assert!(!format!("{:?}", phone.events).contains("secret-token"));
}
