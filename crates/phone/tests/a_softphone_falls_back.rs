//! Which node a softphone registers on when nodes come and go.

use std::time::Duration;

use ringbearer_phone::{Command, Event, Input, RegistrationFailure, Settings};
use sip::message::{HeaderName, StatusCode};
use testkit::lone_phone::LonePhone;
use testkit::office::*;

fn alone() -> LonePhone {
    let mut phone = LonePhone::new(Settings::new("CSFalice", [1; 6]), config("1001", true));
    phone.command(Command::Register);
    phone.seen();
    phone
}

/// A phone that is registered at the first node, with a token.
fn registered() -> LonePhone {
    let mut phone = alone();
    phone.connected();
    challenge(&mut phone);
    phone.input(Input::AccessToken("token".into()));
    grant(&mut phone);
    phone
}

fn challenge(phone: &mut LonePhone) {
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::PROXY_AUTHENTICATION_REQUIRED, |response| {
        response.header(HeaderName::ProxyAuthenticate, "Bearer realm=\"ccmsipline\"")
    });
}

fn grant(phone: &mut LonePhone) {
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::OK, |response| response.header(HeaderName::Expires, "120"));
    assert!(phone.phone.is_registered(), "{:?}", phone.events);
    phone.seen();
}

fn retry_in(event: &Event) -> Duration {
    match event {
        Event::RegistrationFailed { retry_in, .. } => *retry_in,
        _ => Duration::MAX,
    }
}

#[test]
fn a_node_that_takes_no_connection_is_passed_over_for_the_next() {
    let mut phone = alone();
    assert_eq!(phone.target(), "127.0.0.11:5090");
    phone.disconnected();
    assert!(retry_in(&phone.seen()[0]) <= Duration::from_millis(500));
    phone.advance(Duration::from_millis(500));
    assert_eq!(phone.target(), "127.0.0.12:5090");
}

#[test]
fn a_node_that_does_not_come_up_in_time_is_passed_over() {
    let mut phone = alone();
    phone.advance(Duration::from_secs(11));
    assert_eq!(phone.closed.len(), 1);
    assert_eq!(phone.target(), "127.0.0.12:5090");
}

#[test]
fn a_node_that_does_not_answer_is_passed_over() {
    let mut phone = alone();
    phone.connected();
    phone.request("REGISTER ");
    phone.advance(Duration::from_secs(33));
    assert!(matches!(phone.seen()[0], Event::RegistrationFailed { failure: RegistrationFailure::NoAnswer, .. }));
    assert_eq!(phone.target(), "127.0.0.12:5090");
}

#[test]
fn pauses_grow_while_no_node_can_be_had() {
    let mut phone = alone();
    let mut rounds = Vec::new();
    for _ in 0..8 {
        for _node in 0..2 {
            phone.disconnected();
            let pause = retry_in(phone.seen().last().unwrap());
            rounds.push(pause);
            phone.advance(pause);
        }
    }
    let between_rounds: Vec<u128> = rounds.chunks(2).map(|round| round[1].as_millis()).collect();
    for (pause, longest) in between_rounds.iter().zip([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]) {
        assert!((longest / 2..=longest).contains(pause), "{between_rounds:?}");
    }
}

#[test]
fn a_lost_flow_is_tried_again_at_once_and_then_the_next_node() {
    let mut phone = registered();
    let first = phone.flow.clone();
    phone.disconnected();
    assert!(!phone.phone.is_registered());
    assert!(retry_in(&phone.seen()[0]) <= Duration::from_secs(2));
    phone.advance(Duration::from_secs(2));
    assert_eq!(phone.target(), "127.0.0.11:5090");
    assert_ne!(phone.flow, first, "another flow");
    phone.disconnected();
    phone.advance(Duration::from_millis(500));
    assert_eq!(phone.target(), "127.0.0.12:5090");
    phone.connected();
    challenge(&mut phone);
    let register = phone.sent.last().unwrap().clone();
    assert!(register.contains("cisco-alarm:10 Name=CSFalice"), "the token is remembered, the alarm told: {register}");
    grant(&mut phone);
}

#[test]
fn each_flow_has_a_call_id_of_its_own() {
    let mut phone = alone();
    phone.connected();
    let first = phone.request("REGISTER ");
    phone.disconnected();
    phone.advance(Duration::from_secs(1));
    phone.connected();
    let second = phone.request("REGISTER ");
    assert_ne!(first.headers().call_id(), second.headers().call_id());
}

#[test]
fn a_node_that_is_overloaded_is_left_alone_for_as_long_as_it_asks() {
    let mut phone = alone();
    phone.connected();
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::SERVICE_UNAVAILABLE, |r| r.header(HeaderName::RetryAfter, "100"));
    assert!(matches!(phone.seen()[0], Event::RegistrationFailed { failure: RegistrationFailure::Overloaded, .. }));
    phone.advance(Duration::from_secs(1));
    assert_eq!(phone.target(), "127.0.0.12:5090", "the other node is asked meanwhile");
    phone.connected();
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::SERVICE_UNAVAILABLE, |r| r.header(HeaderName::RetryAfter, "300"));
    let pause = retry_in(phone.seen().last().unwrap());
    assert!(pause > Duration::from_secs(98) && pause <= Duration::from_millis(100_500), "{pause:?}");
    phone.advance(pause);
    assert_eq!(phone.target(), "127.0.0.11:5090", "the first that may be asked again");
}

#[test]
fn a_refusal_is_not_carried_to_the_next_node() {
    let mut phone = alone();
    phone.connected();
    let register = phone.request("REGISTER ");
    let warning = "399 ucm-pub \"SIP OAuth Registration port Mismatch\"";
    phone.answer(&register, StatusCode::FORBIDDEN, |response| {
        response.header(HeaderName::RetryAfter, "35").header(HeaderName::Warning, warning)
    });
    let seen = phone.seen();
    let [Event::RegistrationFailed { failure: RegistrationFailure::PortMismatch(mismatch), retry_in, .. }] = &seen[..]
    else {
        panic!("{seen:?}")
    };
    assert_eq!(*retry_in, Duration::from_secs(35));
    assert_eq!(mismatch.causes().len(), 3);
    assert_eq!(phone.closed.len(), 1);
    phone.advance(Duration::from_secs(35));
    assert_eq!(phone.target(), "127.0.0.11:5090");
}

#[test]
fn other_refusals_are_told_apart() {
    let cases = [
        ("Registration is active for another client", RegistrationFailure::AnotherClient),
        ("TLS authentication failure", RegistrationFailure::TlsAuthentication),
        ("Device is not active", RegistrationFailure::Forbidden { warning: "Device is not active".into() }),
    ];
    for (text, expected) in cases {
        let mut phone = alone();
        phone.connected();
        let register = phone.request("REGISTER ");
        let warning = format!("399 ucm-pub \"{text}\"");
        phone.answer(&register, StatusCode::FORBIDDEN, |response| response.header(HeaderName::Warning, warning));
        let seen = phone.seen();
        let [Event::RegistrationFailed { failure, .. }] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(*failure, expected);
    }
}

#[test]
fn tokens_that_are_refused_again_and_again_bring_a_pause() {
    let mut phone = alone();
    phone.connected();
    challenge(&mut phone);
    for _ in 0..4 {
        phone.input(Input::AccessToken("stale".into()));
        challenge(&mut phone);
    }
    let seen = phone.seen();
    let wanted = seen.iter().filter(|event| matches!(event, Event::AccessTokenWanted { .. })).count();
    assert_eq!(wanted, 4);
    assert!(retry_in(seen.last().unwrap()) >= Duration::from_secs(30));
    assert_eq!(phone.closed.len(), 1);
}

#[test]
fn an_interval_that_is_too_brief_is_lengthened() {
    let mut phone = registered();
    phone.advance(Duration::from_secs(115));
    let refresh = phone.request("REGISTER ");
    phone.answer(&refresh, StatusCode::INTERVAL_TOO_BRIEF, |r| r.header(HeaderName::MinExpires, "7200"));
    let again = phone.request("REGISTER ");
    assert_eq!(again.headers().expires(), Ok(Some(7200)));
    assert_eq!(again.headers().cseq().unwrap().sequence, refresh.headers().cseq().unwrap().sequence + 1);
}

#[test]
fn a_server_that_grants_nothing_is_not_asked_without_a_pause() {
    let mut phone = alone();
    phone.connected();
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::OK, |response| response.header(HeaderName::Expires, "0"));
    assert!(phone.due_in().unwrap() >= Duration::from_secs(5));
}

#[test]
fn a_server_that_started_anew_is_told_as_a_registration() {
    let mut phone = registered();
    phone.advance(Duration::from_secs(115));
    let refresh = phone.request("REGISTER ");
    let contact = String::from_utf8_lossy(refresh.headers().first(HeaderName::Contact).unwrap()).into_owned();
    phone.answer(&refresh, StatusCode::OK, |response| {
        response.header(HeaderName::Expires, "120").header(HeaderName::Contact, contact + ";x-cisco-newreg")
    });
    assert!(matches!(phone.seen()[..], [Event::Registered { .. }]));
}

#[test]
fn late_news_of_an_old_flow_changes_nothing() {
    let mut phone = registered();
    let (old, _) = phone.flow.clone().unwrap();
    phone.disconnected();
    phone.advance(Duration::from_secs(2));
    phone.connected();
    challenge(&mut phone);
    grant(&mut phone);
    phone.input(Input::Disconnected { flow: old, reason: "late".into() });
    assert!(phone.phone.is_registered());
    assert!(phone.seen().is_empty());
}

#[test]
fn the_phone_returns_to_the_first_node_when_that_is_back() {
    let mut office = Office::closed();
    office.reachable = vec![SUBSCRIBER];
    office.command(ALICE, Command::Register);
    office.advance(Duration::from_secs(2));
    assert_eq!(office.heard(ALICE).last().unwrap(), "registered at 127.0.0.12:5090 for 120 s");
    office.advance(Duration::from_secs(300));
    assert!(office.heard(ALICE).iter().all(|event| event == "refreshed"), "the first is still away");
    office.reachable = vec![PUBLISHER, SUBSCRIBER];
    office.advance(Duration::from_secs(70));
    let heard = office.heard(ALICE);
    assert_eq!(heard.last().unwrap(), "registered at 127.0.0.11:5090 for 120 s", "{heard:#?}");
    let sent = office.desks[ALICE].sent.concat();
    assert!(sent.contains("cisco-alarm:18 Name=CSFalice"), "moving up is told");
}

#[test]
fn the_phone_does_not_move_during_a_call() {
    let mut office = Office::closed();
    let mut preferred_last = config("1001", true);
    preferred_last.call_managers.reverse();
    office.desks[ALICE] = Desk::new("alice", Settings::new("CSFalice", [1; 6]), preferred_last);
    office.reachable = vec![PUBLISHER];
    office.command(ALICE, Command::Register);
    office.command(BOB, Command::Register);
    office.advance(Duration::from_secs(2));
    office.reachable = vec![PUBLISHER, SUBSCRIBER];
    let (call, _) = office.connect(ALICE, BOB, "1002");
    office.advance(Duration::from_secs(300));
    let heard = office.heard(ALICE);
    assert!(heard.iter().all(|event| event == "refreshed"), "{heard:#?}");
    office.command(ALICE, Command::HangUp { call });
    office.advance(Duration::from_secs(70));
    assert!(office.heard(ALICE).contains(&"registered at 127.0.0.12:5090 for 120 s".to_owned()));
}

#[test]
fn a_changed_configuration_moves_the_phone_to_its_new_port() {
    let mut office = Office::open();
    let mut changed = config("1001", true);
    for node in &mut changed.call_managers {
        node.ports.sip_oauth = 6090;
    }
    office.input(ALICE, Input::Config(changed));
    office.advance(Duration::from_secs(1));
    assert_eq!(office.heard(ALICE), ["registering at 127.0.0.11:6090", "registered at 127.0.0.11:6090 for 120 s"]);
}

#[test]
fn a_call_outlives_a_lost_flow_and_is_hung_up_over_the_next() {
    let mut office = Office::open();
    let (call, _) = office.connect(ALICE, BOB, "1002");
    office.break_flow(ALICE);
    office.advance(Duration::from_secs(3));
    let heard = office.heard(ALICE);
    assert_eq!(heard.last().unwrap(), "registered at 127.0.0.11:5090 for 120 s");
    assert!(!heard.iter().any(|event| event.starts_with("ended")), "{heard:#?}");
    office.command(ALICE, Command::HangUp { call });
    assert_eq!(office.heard(ALICE), ["ended: HungUp"]);
}
