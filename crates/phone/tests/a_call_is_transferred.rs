//! Blind and attended transfer over a node, and the phone as each of the three ends.

use std::time::Duration;

use ringbearer_phone::{CallId, Command};
use testkit::office::*;

/// Alice talks to Bob.
fn in_a_call() -> (Office, CallId, CallId) {
    let mut office = Office::open();
    let (alice, bob) = office.connect(ALICE, BOB, "1002");
    (office, alice, bob)
}

#[test]
fn a_blind_transfer_leaves_the_other_two_talking() {
    let (mut office, alice, bob) = in_a_call();
    office.command(ALICE, Command::Transfer { call: alice, to: "1005".into() });
    let at_erin = office.last_call(ERIN);
    assert_eq!(office.heard(ERIN), ["incoming from 1002 "]);
    office.command(ERIN, Command::Answer { call: at_erin, media: media(ERIN) });
    let heard = office.heard(ALICE);
    assert_eq!(heard.last().unwrap(), "ended: Transferred", "{heard:#?}");
    assert_eq!(office.heard(BOB).last().unwrap(), "media to 10.10.10.1:20004");
    assert_eq!(office.heard(ERIN).last().unwrap(), "media to 10.10.10.1:20002");
    office.command(BOB, Command::HangUp { call: bob });
    assert_eq!(office.heard(ERIN).last().unwrap(), "ended: FarEndHungUp");
    office.advance(Duration::from_secs(60));
    assert_eq!(office.node.calls(), 0);
}

#[test]
fn a_blind_transfer_to_nobody_leaves_the_call_as_it_was() {
    let (mut office, alice, bob) = in_a_call();
    office.command(ALICE, Command::Transfer { call: alice, to: "9999".into() });
    office.advance(Duration::from_secs(1));
    let heard = office.heard(ALICE);
    assert!(heard.iter().any(|event| event.starts_with("transfer failed: 404")), "{heard:#?}");
    assert!(!heard.iter().any(|event| event.starts_with("ended")), "{heard:#?}");
    office.command(BOB, Command::HangUp { call: bob });
    assert_eq!(office.heard(ALICE).last().unwrap(), "ended: FarEndHungUp");
}

#[test]
fn an_attended_transfer_joins_the_far_ends() {
    let (mut office, alice, bob) = in_a_call();
    office.command(ALICE, Command::Hold { call: alice });
    let (consultation, _) = office.connect(ALICE, ERIN, "1005");
    office.command(ALICE, Command::Join { call: alice, with: consultation });
    office.advance(Duration::from_secs(1));
    let heard = office.heard(ALICE);
    let ended = heard.iter().filter(|event| event.starts_with("ended")).count();
    assert_eq!(ended, 2, "{heard:#?}");
    assert_eq!(office.heard(BOB).last().unwrap(), "media to 10.10.10.1:20004");
    assert_eq!(office.heard(ERIN).last().unwrap(), "media to 10.10.10.1:20002");
    office.command(BOB, Command::HangUp { call: bob });
    assert_eq!(office.heard(ERIN).last().unwrap(), "ended: FarEndHungUp");
    office.advance(Duration::from_secs(60));
    assert_eq!(office.node.calls(), 0);
}

mod by_the_letter {
    use ringbearer_phone::{CallId, Command, EndCause, Event};
    use sip::message::HeaderName;
    use testkit::far_end::FarEnd;
    use testkit::lone_phone::{LonePhone, established, registered};
    use testkit::office::media;

    fn in_a_call() -> (LonePhone, FarEnd, CallId) {
        let mut phone = registered();
        let (far, _, _) = FarEnd::answers(&mut phone, "");
        let call = established(&mut phone);
        (phone, far, call)
    }

    /// The NOTIFY that the phone sends, answered: its state and its body.
    fn notified(phone: &mut LonePhone, far: &FarEnd) -> (String, String) {
        let notify = phone.request("NOTIFY ");
        phone.receive(far.response(&notify, "200 OK", "", ""));
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        (text(notify.headers().first(HeaderName::SubscriptionState).unwrap_or_default()), text(notify.body()))
    }

    #[test]
    fn the_transferee_calls_the_target_and_tells_how_it_goes() {
        let (mut phone, mut far, call) = in_a_call();
        let refer_to = "Refer-To: <sip:1003@127.0.0.11?Replaces=c9%3Bto-tag%3Dt%3Bfrom-tag%3Df>\r\n";
        phone.receive(far.request("REFER", &format!("{refer_to}Referred-By: <sip:1002@127.0.0.11>\r\n"), ""));
        phone.response("SIP/2.0 202 ");
        let trying = ("active;expires=60".to_owned(), "SIP/2.0 100 Trying\r\n".to_owned());
        assert_eq!(notified(&mut phone, &far), trying);
        assert_eq!(phone.seen(), [Event::TransferWanted { call, to: "sip:1003@127.0.0.11".into() }]);
        phone.command(Command::Follow { call, media: media(1) });
        let invite = phone.request("INVITE sip:1003@127.0.0.11 SIP/2.0");
        assert_eq!(invite.headers().first(HeaderName::Replaces), Some(b"c9;to-tag=t;from-tag=f".as_slice()));
        assert_eq!(invite.headers().first(HeaderName::ReferredBy), Some(b"<sip:1002@127.0.0.11>".as_slice()));
        let mut target = FarEnd::called(&invite);
        phone.receive(target.response(&invite, "180 Ringing", "", ""));
        assert_eq!(notified(&mut phone, &far).1, "SIP/2.0 180 Ringing\r\n");
        let answer = target.answer(invite.body());
        phone.receive(target.response(&invite, "200 OK", "", &answer));
        phone.request("ACK ");
        let done = ("terminated;reason=noresource".to_owned(), "SIP/2.0 200 OK\r\n".to_owned());
        assert_eq!(notified(&mut phone, &far), done);
        phone.receive(far.request("BYE", "", ""));
        phone.response("SIP/2.0 200 ");
        assert!(matches!(phone.seen().last(), Some(Event::Ended { cause: EndCause::FarEndHungUp, .. })));
    }

    #[test]
    fn the_transferee_tells_when_the_target_refuses() {
        let (mut phone, mut far, call) = in_a_call();
        phone.receive(far.request("REFER", "Refer-To: <sip:1003@127.0.0.11>\r\n", ""));
        phone.response("SIP/2.0 202 ");
        notified(&mut phone, &far);
        phone.command(Command::Follow { call, media: media(1) });
        let invite = phone.request("INVITE ");
        phone.receive(FarEnd::called(&invite).response(&invite, "486 Busy Here", "", ""));
        phone.request("ACK ");
        let busy = ("terminated;reason=noresource".to_owned(), "SIP/2.0 486 Busy Here\r\n".to_owned());
        assert_eq!(notified(&mut phone, &far), busy);
    }

    #[test]
    fn a_refer_without_a_subscription_gets_no_notify() {
        let (mut phone, mut far, _) = in_a_call();
        phone.receive(far.request("REFER", "Refer-To: <sip:1003@127.0.0.11>\r\nRefer-Sub: false\r\n", ""));
        assert_eq!(phone.response("SIP/2.0 202 ").headers().first(HeaderName::ReferSub), Some(b"false".as_slice()));
        assert_eq!(phone.sent, [""; 0]);
    }

    #[test]
    fn a_refer_that_asks_for_something_else_is_refused() {
        let refer_to = ["Refer-To: <sip:1003@127.0.0.11;method=BYE>\r\n", "Refer-To: <tel:+15551234>\r\n", ""];
        for extra in refer_to {
            let (mut phone, mut far, _) = in_a_call();
            phone.receive(far.request("REFER", extra, ""));
            phone.response("SIP/2.0 400 ");
            assert!(phone.seen().is_empty());
        }
    }

    /// The dialog of the phone's call, as a Replaces names it.
    fn replaces(phone: &mut LonePhone, call: CallId) -> String {
        phone.command(Command::Hold { call });
        let request = phone.request("INVITE ");
        let headers = request.headers();
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        format!(
            "Replaces: {};to-tag={};from-tag={}",
            text(headers.call_id().unwrap_or_default()),
            text(headers.from().ok().and_then(|from| from.tag()).unwrap_or_default()),
            text(headers.to().ok().and_then(|to| to.tag()).unwrap_or_default())
        )
    }

    #[test]
    fn the_target_of_an_attended_transfer_replaces_its_call() {
        let (mut phone, _, call) = in_a_call();
        let replaces = replaces(&mut phone, call);
        FarEnd::calls_as("early", &mut phone, &format!("{replaces};early-only\r\n"), true);
        phone.response("SIP/2.0 486 ");
        FarEnd::calls_as("stranger", &mut phone, &format!("{replaces}x\r\n"), true);
        phone.response("SIP/2.0 481 ");
        FarEnd::calls_as("target", &mut phone, &format!("{replaces}\r\n"), true);
        phone.response("SIP/2.0 180 ");
        let seen = phone.seen();
        let [Event::Incoming { call: new, replaces: Some(replaced), .. }] = seen[..] else { panic!("{seen:?}") };
        assert_eq!(replaced, call);
        phone.command(Command::Answer { call: new, media: media(1) });
        phone.response("SIP/2.0 200 ");
        phone.request("BYE ");
        assert_eq!(phone.seen().pop(), Some(Event::Ended { call, cause: EndCause::Replaced }));
    }

    #[test]
    fn the_transferor_hangs_up_when_the_transfer_worked_and_keeps_the_call_when_not() {
        let outcomes = [("SIP/2.0 200 OK", true), ("SIP/2.0 486 Busy Here", false)];
        for (outcome, works) in outcomes {
            let (mut phone, mut far, call) = in_a_call();
            phone.command(Command::Transfer { call, to: "1003".into() });
            let refer = phone.request("REFER ");
            assert_eq!(refer.headers().first(HeaderName::ReferTo), Some(b"<sip:1003@127.0.0.11>".as_slice()));
            assert_eq!(refer.headers().first(HeaderName::ReferredBy), Some(b"<sip:1001@127.0.0.11>".as_slice()));
            phone.receive(far.response(&refer, "202 Accepted", "", ""));
            let extra = "Event: refer\r\nContent-Type: message/sipfrag;version=2.0\r\nSubscription-State: ";
            phone.receive(far.request("NOTIFY", &format!("{extra}active\r\n"), "SIP/2.0 180 Ringing\r\n"));
            phone.response("SIP/2.0 200 ");
            assert!(matches!(phone.seen()[..], [Event::TransferProgress { .. }]));
            phone.receive(far.request("NOTIFY", &format!("{extra}terminated\r\n"), &format!("{outcome}\r\n")));
            phone.response("SIP/2.0 200 ");
            if works {
                phone.request("BYE ");
                let ended = Event::Ended { call, cause: EndCause::Transferred };
                assert_eq!(phone.seen().pop(), Some(ended));
            } else {
                assert!(matches!(phone.seen()[..], [Event::TransferFailed { .. }]));
                assert_eq!(phone.sent, [""; 0]);
                phone.command(Command::Transfer { call, to: "1005".into() });
                phone.request("REFER ");
            }
        }
    }

    #[test]
    fn a_refer_that_is_refused_leaves_the_call() {
        let (mut phone, far, call) = in_a_call();
        phone.command(Command::Transfer { call, to: "1003".into() });
        let refer = phone.request("REFER ");
        phone.receive(far.response(&refer, "403 Forbidden", "", ""));
        let status = sip::message::StatusCode::FORBIDDEN;
        assert_eq!(phone.seen(), [Event::TransferFailed { call, status }]);
    }

    #[test]
    fn a_notify_about_nothing_is_refused() {
        let (mut phone, mut far, _) = in_a_call();
        phone.receive(far.request("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n", ""));
        phone.response("SIP/2.0 481 ");
        phone.receive(far.request("NOTIFY", "Event: dialog\r\nSubscription-State: active\r\n", ""));
        phone.response("SIP/2.0 489 ");
    }
}
