//! Who may pass inwards: MRA access control, tokens, sessions.

mod support;

use std::time::Duration;

use ringbearer_edge::access_control::AuthenticationPath;
use ringbearer_edge::{Event, Input};
use support::*;

#[test]
fn authorize_by_oauth_off_refuses_tokens_and_ends_what_they_began() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.view.access_control.authorize_by_oauth_token_with_refresh = false;
    world.tell_c(Input::Reconfigured);
    assert_eq!(world.c.sessions().count(), 0);
    assert!(world.events.iter().any(|event| matches!(event, Event::SessionEnded { reason: "access_control", .. })));
    let off = (403, "Authorize by OAuth token with refresh is Off on Expressway-C".to_owned());
    for (sequence, message) in [
        (2, register(1, 2, &access_token("alice"))),
        (3, register(1, 3, "")),
        (4, request(1, "INVITE", "sip:1002@ucm1.example.com", 4, "")),
    ] {
        world.phone_sends(phone, &message);
        assert_eq!(world.refusal(phone), off, "{sequence}");
    }
    assert_eq!(world.reasons(), ["oauth_off"; 3]);
    // A call that is up can be ended.
    world.phone_sends(phone, &request(1, "BYE", "sip:1002@ucm1.example.com", 5, ""));
    assert_eq!(world.node_request().method().as_str(), "BYE");
}

#[test]
fn authentication_path_none_is_no_access_at_all() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.view.access_control.authentication_path = AuthenticationPath::None;
    world.tell_c(Input::Reconfigured);
    for message in [register(1, 2, &access_token("alice")), request(1, "BYE", "sip:1002@ucm1.example.com", 3, "")] {
        world.phone_sends(phone, &message);
        assert_eq!(world.refusal(phone), (403, "Mobile and remote access is switched off".into()));
    }
}

#[test]
fn authorize_by_user_credential_lets_digest_go_on() {
    let mut world = World::new();
    let phone = world.phone(1);
    let digest = "Authorization: Digest username=\"a\", realm=\"ccmsipline\", nonce=\"n\", uri=\"sip:ucm1\", response=\"0123456789abcdef0123456789abcdef\"\r\nExpires: 3600\r\n";
    let message = register(1, 1, "").replace("Expires: 3600\r\n", digest);
    world.phone_sends(phone, &message);
    assert_eq!(world.refusal(phone), (403, "Authorize by user credential is Off on Expressway-C".into()));
    world.view.access_control.authorize_by_user_credential = true;
    world.phone_sends(phone, &message);
    world.node_request();
}

#[test]
fn without_a_registration_nothing_but_register_goes_on() {
    let mut world = World::new();
    let phone = world.phone(1);
    for (sequence, method) in
        ["INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "BYE", "CANCEL", "NOTIFY", "FROB"].iter().enumerate()
    {
        world.phone_sends(phone, &request(1, method, "sip:1002@ucm1.example.com", sequence as u32 + 1, ""));
        assert_eq!(world.refusal(phone), (403, "Not registered through this edge".into()), "{method}");
    }
    world.phone_sends(phone, &request(1, "ACK", "sip:1002@ucm1.example.com", 20, ""));
    assert!(world.is_quiet(), "an ACK is never answered");
}

#[test]
fn a_session_ends_with_its_registration_or_with_its_token() {
    for (token_seconds, lives, ends) in [(3_600, 119, 121), (30, 29, 31)] {
        let mut world = World::new();
        let phone = world.phone(1);
        world.phone_sends(phone, &register(1, 1, &access_token_until("alice", UNIX + token_seconds)));
        let register = world.node_request();
        world.node_answers(&register, "200 OK", "Contact: <sip:guid@192.168.1.2>;expires=3600\r\nExpires: 120\r\n");
        world.phone_response(phone);
        world.pass(Duration::from_secs(lives));
        world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 2, ""));
        world.node_request();
        world.pass(Duration::from_secs(ends - lives));
        assert_eq!(world.c.sessions().count(), 0);
        world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 3, ""));
        assert_eq!(world.refusal(phone).0, 403);
        world.phone_sends(phone, &request(1, "BYE", "sip:1002@ucm1.example.com", 4, ""));
        assert_eq!(world.node_request().method().as_str(), "BYE", "what ends a call passes");
    }
}

#[test]
fn an_unregistration_ends_the_session() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.phone_sends(phone, &register(1, 2, &access_token("user1")).replace("Expires: 3600", "Expires: 0"));
    let register = world.node_request();
    world.node_answers(&register, "200 OK", "Expires: 0\r\n");
    assert_eq!(world.phone_response(phone).status().as_u16(), 200);
    assert_eq!(world.c.sessions().count(), 0);
}

#[test]
fn an_answer_that_nobody_asked_for_makes_no_session() {
    let mut world = World::new();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, ""));
    let asked = world.node_request();
    let answer = support::answer(&asked, "200 OK", "Contact: <sip:guid@192.168.1.2>\r\nExpires: 120\r\n");
    world.node_sends(&answer.replace("CSeq: 1 REGISTER", "CSeq: 2 REGISTER"));
    assert_eq!(world.c.sessions().count(), 0);
}

#[test]
fn a_request_goes_to_the_node_of_its_host_and_to_no_other() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.view.set_nodes(&[("ucm1.example.com", "10.0.0.11", 5091), ("ucm2.example.com", "10.0.0.12", 5091)]);
    world.tell_c(Input::Reconfigured);
    for host in ["UCM1.example.com", "10.0.0.11", "10.0.0.11:5091;transport=tls"] {
        world.phone_sends(phone, &request(1, "OPTIONS", &format!("sip:1002@{host}"), 2, ""));
        world.node_request();
    }
    world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@ucm2.example.com", 3, ""));
    assert_eq!(world.refusal(phone), (503, "The Unified CM node is not reachable".into()));
    world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@example.com", 4, ""));
    assert_eq!(world.refusal(phone), (404, "No search rule is for this Request-URI".into()));
    assert_eq!(world.reasons(), ["zone_inactive", "no_search_rule"]);
}
