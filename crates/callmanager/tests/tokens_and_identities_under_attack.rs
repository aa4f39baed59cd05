//! The threat rows of authentication and identity: what an attacker tries on the OAuth port, and what it gets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use directory::{LineAppearance, Object};
use ringbearer_callmanager::flow::{FlowId, Listener};
use ringbearer_callmanager::registrar::UnregistrationReason;
use ringbearer_callmanager::station::{CloseReason, Event};
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;
use token::UnixTime;

const CHALLENGE: &str = "SIP/2.0 407 Proxy Authentication Required";

/// A request other than REGISTER, as alice's phone would send it.
fn request(method: &str, more: &str) -> String {
    format!(
        "{method} sip:1002@127.0.0.11 SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK{method}{}\r\n\
         From: <sip:1001@127.0.0.11>;tag=a\r\n\
         To: <sip:1002@127.0.0.11>\r\n\
         Call-ID: {method}{}\r\n\
         CSeq: 1 {method}\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:x@10.10.10.10:62162;transport=tls>\r\n\
         {more}Content-Length: 0\r\n\r\n",
        more.len(),
        more.len(),
    )
}

/// Alice's phone, registered.
fn registered() -> (LineSide, FlowId) {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let answer = side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice")).text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    side.events.clear();
    (side, flow)
}

/// A REGISTER's answer on a new flow.
fn register(side: &mut LineSide, register: &Register) -> String {
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, register.text())
}

#[test]
fn aut_1_any_method_without_a_registered_flow_is_challenged() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    for method in [
        "INVITE",
        "BYE",
        "OPTIONS",
        "INFO",
        "MESSAGE",
        "NOTIFY",
        "PRACK",
        "PUBLISH",
        "REFER",
        "SUBSCRIBE",
        "UPDATE",
        "SERVICE",
        "FROB",
        "invite",
        "REGISTERX",
        "A-B",
        "X",
    ] {
        let answer = side.ask(flow, request(method, ""));
        assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized", "{method}");
        assert!(header(&answer, "WWW-Authenticate").unwrap().starts_with("Bearer realm=\"ccmsipline\""));
        assert!(!answer.contains("error="));
    }
    assert!(side.calls.is_empty());
    let ack = side.send(flow, request("ACK", ""));
    assert!(ack.is_empty(), "an ACK is never answered");
    let cancel = side.ask(flow, request("CANCEL", ""));
    assert_eq!(status(&cancel), "SIP/2.0 481 Call/Transaction Does Not Exist");
}

/// A refresh token, signed with the same keys.
fn refresh_token(side: &LineSide) -> String {
    let claims = token::RefreshTokenClaims {
        family: side.node.claims("alice").family,
        client_id: "C123".into(),
        expires_at: UnixTime(side.now.unix.0 + 3600),
        identifier: [5; 32],
    };
    side.node.access_tokens.keys().mint_refresh_token(&claims).unwrap()
}

#[test]
fn aut_2_a_token_that_is_not_good_is_challenged_with_invalid_token() {
    let mut side = LineSide::default();
    let good = side.node.claims("alice");
    let now = side.now.unix;
    let other = testkit::cluster::TestNode::new().token("alice");
    let mut forged = side.node.token("alice").into_bytes();
    let last = forged.len() - 2;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let refresh = refresh_token(&side);
    for (what, token) in [
        (
            "expired",
            side.node.mint(&token::AccessTokenClaims {
                expires_at: now,
                issued_at: UnixTime(now.0 - 60),
                ..good.clone()
            }),
        ),
        (
            "not yet valid",
            side.node.mint(&token::AccessTokenClaims { issued_at: UnixTime(now.0 + 120), ..good.clone() }),
        ),
        ("keys of another cluster", other),
        ("bad signature", String::from_utf8(forged).unwrap()),
        ("refresh token", refresh),
        ("no token at all", "eyJhbGciOiJub25lIn0.e30.".into()),
        ("unknown user", side.node.mint(&token::AccessTokenClaims { user: "mallory".into(), ..good.clone() })),
    ] {
        let answer = register(&mut side, &Register::vendor("CSFalice", "1001").bearing(&token));
        assert_eq!(status(&answer), CHALLENGE, "{what}");
        assert_eq!(
            header(&answer, "Proxy-Authenticate"),
            Some(
                "Bearer realm=\"ccmsipline\", error=\"invalid_token\", error_description=\"The access token is not valid\""
            ),
            "{what}"
        );
    }
    assert!(side.registrar.is_empty());
}

#[test]
fn aut_2_a_token_without_the_scope_is_forbidden() {
    let mut side = LineSide::default();
    let token = side.node.mint(&token::AccessTokenClaims { scope: "openid".into(), ..side.node.claims("alice") });
    let answer = register(&mut side, &Register::vendor("CSFalice", "1001").bearing(&token));
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(side.last_refusal(), Some("scope"));
    // Nor does it say that another token would do, to a phone that is registered.
    let (mut side, flow) = registered();
    let token = side.node.mint(&token::AccessTokenClaims { scope: "openid".into(), ..side.node.claims("alice") });
    let answer = side.ask(flow, request("INVITE", &format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n")));
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(&answer, "Proxy-Authenticate"), None);
    assert_eq!(side.last_refusal(), Some("scope"));
}

#[test]
fn aut_2_credentials_that_are_malformed_are_a_bad_request() {
    let mut side = LineSide::default();
    let token = side.node.token("alice");
    let two = format!("Proxy-Authorization: Bearer {token}\r\nAuthorization: Bearer {token}");
    for (credentials, reason) in [
        (two, "Repeated Bearer credentials"),
        ("Proxy-Authorization: Bearer token=\"\"".into(), "Malformed Proxy-Authorization"),
        ("Proxy-Authorization: Bearer".into(), "Malformed Proxy-Authorization"),
        (format!("Proxy-Authorization: Bearer {}", "a".repeat(8193)), "Bearer token too long"),
    ] {
        let register_with = Register { credentials: Some(credentials), ..Register::vendor("CSFalice", "1001") };
        let answer = register(&mut side, &register_with);
        assert_eq!(status(&answer), format!("SIP/2.0 400 {reason}"));
    }
}

#[test]
fn aut_3_other_schemes_get_the_challenge_of_a_newcomer() {
    let mut side = LineSide::default();
    for scheme in [
        "Basic YWxpY2U6eA==",
        "Digest username=\"dave\", realm=\"ccmsipline\", nonce=\"1\", uri=\"sip:x\", response=\"0\"",
        "NTLM abc",
    ] {
        let credentials = Some(format!("Proxy-Authorization: {scheme}"));
        let answer = register(&mut side, &Register { credentials, ..Register::vendor("CSFalice", "1001") });
        assert_eq!(status(&answer), CHALLENGE, "{scheme}");
        assert_eq!(header(&answer, "Proxy-Authenticate"), Some("Bearer realm=\"ccmsipline\""), "{scheme}");
        assert!(!answer.contains("Digest"), "digest is never offered on an OAuth port");
    }
}

#[test]
fn aut_4_nobody_registers_for_another() {
    let mut side = LineSide::default();
    let bobs = side.connect(Listener::OAuth);
    side.ask(bobs, Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob")).text());
    let before = format!("{:?}", side.registrar.get("CSFbob").unwrap());
    let token = side.node.token("alice");
    let device_of_bob = Register::vendor("CSFbob", "1002").bearing(&token);
    let line_of_bob = Register::vendor("CSFalice", "1002").bearing(&token);
    let unknown = Register::vendor("CSFnobody", "1002").bearing(&token);
    let by_address = Register { device: None, ..line_of_bob.clone() };
    for attempt in [device_of_bob, line_of_bob, unknown, by_address] {
        assert_eq!(status(&register(&mut side, &attempt)), "SIP/2.0 403 Forbidden", "{attempt:?}");
    }
    let third_party = Register::vendor("CSFalice", "1001").bearing(&token).text();
    let third_party = third_party.replace("From: <sip:1001@", "From: <sip:1002@");
    let flow = side.connect(Listener::OAuth);
    assert_eq!(status(&side.ask(flow, third_party)), "SIP/2.0 403 Forbidden");
    assert_eq!(side.last_refusal(), Some("third-party-registration"));
    let star = Register { expires: Some(60), ..Register::standard("1001") };
    let star = Register { credentials: Some(format!("Authorization: Bearer {token}")), ..star };
    let flow = side.connect(Listener::OAuth);
    let answer = side.ask(flow, star.text().replace(&star.contact_value(), "*"));
    assert_eq!(status(&answer), "SIP/2.0 400 Malformed Contact");
    assert_eq!(format!("{:?}", side.registrar.get("CSFbob").unwrap()), before);
    assert_eq!(side.registrar.len(), 1);
}

#[test]
fn aut_5_a_token_for_one_device_is_refused_from_another() {
    let mut side = LineSide::default();
    let mut second = side.node.directory.device("CSFalice").unwrap().as_ref().clone();
    second.name = directory::DeviceName::new("TCTALICE").unwrap();
    side.node.put(Object::Device(second));
    let bound = token::AccessTokenClaims { device: Some("CSFalice".into()), ..side.node.claims("alice") };
    let token = side.node.mint(&bound);
    let answer = register(&mut side, &Register::vendor("TCTALICE", "1001").bearing(&token));
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(side.last_refusal(), Some("device-binding"));
    let answer = register(&mut side, &Register::vendor("CSFalice", "1001").bearing(&token));
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}

#[test]
fn aut_5_a_replayed_token_only_replaces_and_is_told() {
    let (mut side, first) = registered();
    let thief = side.connect(Listener::OAuth);
    let instance = "<urn:uuid:00000000-0000-0000-0000-0123456789ab>".into();
    let replay = Register { instance, ..Register::vendor("CSFalice", "1001") }.bearing(&side.node.token("alice"));
    side.ask(thief, replay.text());
    let reason = UnregistrationReason::DuplicateRegistration;
    let told = side
        .events
        .iter()
        .any(|(flow, event)| *flow == first && matches!(event, Event::Unregistered(_, ended) if *ended == reason));
    assert!(told);
    assert_eq!(side.registrar.len(), 1, "one device, one binding");
}

#[test]
fn aut_5_one_sign_in_registers_ten_devices_at_most() {
    let mut side = LineSide::default();
    let device = side.node.directory.device("CSFalice").unwrap().as_ref().clone();
    let token = side.node.token("alice");
    let mut statuses = Vec::new();
    for number in 0..11 {
        let mut device = device.clone();
        device.name = directory::DeviceName::new(&format!("CSF{number}")).unwrap();
        side.node.put(Object::Device(device));
        let answer = register(&mut side, &Register::vendor(&format!("CSF{number}"), "1001").bearing(&token));
        statuses.push(status(&answer).to_owned());
    }
    assert!(statuses[..10].iter().all(|status| status == "SIP/2.0 200 OK"), "{statuses:?}");
    assert_eq!(statuses[10], "SIP/2.0 503 Service Unavailable");
}

#[test]
fn aut_6_a_call_never_sees_the_credentials() {
    let (mut side, flow) = registered();
    let token = side.node.token("alice");
    side.send(flow, request("INVITE", &format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n")));
    let invite = side.calls[0].invite.as_bytes();
    assert!(!String::from_utf8_lossy(invite).contains(&token));
}

#[test]
fn aut_7_a_registration_ends_with_its_token() {
    let mut side = LineSide::default();
    let claims = side.node.claims("alice");
    let short = token::AccessTokenClaims { expires_at: UnixTime(claims.issued_at.0 + 90), ..claims.clone() };
    let (old, new) = (side.node.mint(&short), side.node.mint(&claims));
    let flow = side.connect(Listener::OAuth);
    let first = Register::vendor("CSFalice", "1001");
    let answer = side.ask(flow, first.clone().bearing(&old).text());
    assert_eq!(header(&answer, "Expires"), Some("90"), "no longer than the token");
    side.advance(Duration::from_secs(60));
    let answer = side.ask(flow, first.next().bearing(&old).text());
    assert_eq!(header(&answer, "Expires"), Some("30"));
    side.send(flow, request("INVITE", ""));
    assert_eq!(side.calls.len(), 1);
    side.advance(Duration::from_secs(30));
    assert!(side.registrar.is_empty());
    assert_eq!(side.closed, [], "the call stays up");
    side.sent(flow);
    let answer = side.ask(flow, first.next().next().bearing(&old).text());
    assert_eq!(status(&answer), CHALLENGE);
    assert!(answer.contains("error=\"invalid_token\""));
    let answer = side.ask(flow, request("OPTIONS", ""));
    assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized", "new requests are challenged");
    let answer = side.ask(flow, first.next().next().next().bearing(&new).text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}

#[test]
fn aut_8_revocation_and_a_disabled_user_end_registrations() {
    let (mut side, flow) = registered();
    side.node.revoke("alice");
    side.sweep();
    let reason = UnregistrationReason::TokenEnded;
    assert_eq!(side.closed, [(flow, CloseReason::RegistrationEnded(reason))]);
    assert!(side.registrar.is_empty());
    let (mut side, flow) = registered();
    let mut alice = side.node.directory.user("alice").unwrap().as_ref().clone();
    alice.active = false;
    side.node.put(Object::User(alice));
    side.sweep();
    let reason = UnregistrationReason::ConfigurationMismatch;
    assert_eq!(side.closed, [(flow, CloseReason::RegistrationEnded(reason))]);
    let token = side.node.token("alice");
    let answer = register(&mut side, &Register::vendor("CSFalice", "1001").bearing(&token));
    assert_eq!(status(&answer), CHALLENGE);
}

#[test]
fn aut_8_a_refresh_notices_a_revocation_by_itself() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    // The very same token each time: this is the way that checks nothing but what may have changed.
    let first = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    side.ask(flow, first.text());
    assert_eq!(status(&side.ask(flow, first.next().text())), "SIP/2.0 200 OK");
    side.node.revoke("alice");
    let answer = side.ask(flow, first.next().next().text());
    assert_eq!(status(&answer), CHALLENGE);
    assert_eq!(side.last_refusal(), Some("access-token"));
}

#[test]
fn aut_9_a_device_speaks_for_itself_only() {
    let (mut side, flow) = registered();
    let forged = request("INVITE", "").replace("From: <sip:1001@", "From: <sip:1002@");
    assert_eq!(status(&side.ask(flow, forged)), "SIP/2.0 403 Forbidden");
    assert_eq!(side.last_refusal(), Some("from"));
    let asserted = "P-Asserted-Identity: <sip:boss@127.0.0.11>\r\nP-Preferred-Identity: <sip:boss@127.0.0.11>\r\n\
        Remote-Party-ID: <sip:boss@127.0.0.11>\r\nDiversion: <sip:boss@127.0.0.11>\r\nPrivacy: id\r\n\
        History-Info: <sip:boss@127.0.0.11>;index=1\r\nRecord-Route: <sip:evil.test;lr>\r\nPath: <sip:evil.test;lr>\r\n\
        Service-Route: <sip:evil.test;lr>\r\nX-Other: kept\r\n";
    side.send(flow, request("INVITE", asserted));
    let invite = String::from_utf8_lossy(side.calls[0].invite.as_bytes()).into_owned();
    for stripped in ["boss", "evil", "Privacy"] {
        assert!(!invite.contains(stripped), "{stripped}: {invite}");
    }
    assert!(invite.contains("X-Other: kept"));
}

#[test]
fn aut_10_a_refusal_does_not_tell_whether_a_device_exists() {
    let mut side = LineSide::default();
    let token = side.node.token("alice");
    let mut answer = |device: &str| {
        let mut register_as = Register::vendor(device, "1002").bearing(&token);
        register_as.call_id = "same".into();
        let answer = register(&mut side, &register_as);
        answer.split("\r\n").filter(|line| !line.starts_with("To:")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(answer("CSFbob"), answer("CSFxyz"));
}

#[test]
fn aut_12_a_to_tag_does_not_skip_authentication() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let inside = |method| request(method, "").replace("To: <sip:1002@127.0.0.11>", "To: <sip:1002@127.0.0.11>;tag=x");
    for method in ["INVITE", "BYE", "INFO", "UPDATE", "NOTIFY", "REFER", "PRACK"] {
        assert_eq!(status(&side.ask(flow, inside(method))), "SIP/2.0 401 Unauthorized", "{method}");
    }
    let (mut side, flow) = registered();
    for method in ["INVITE", "BYE", "INFO", "UPDATE", "NOTIFY", "REFER", "PRACK"] {
        let answer = side.ask(flow, inside(method));
        assert_eq!(status(&answer), "SIP/2.0 481 Call/Transaction Does Not Exist", "{method}");
    }
}

#[test]
fn frm_6_strays_make_nothing() {
    let (mut side, flow) = registered();
    let stray = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 127.0.0.11:5090;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    assert!(side.send(flow, stray).is_empty());
    for _ in 0..1000 {
        assert!(side.send(flow, request("ACK", "")).is_empty());
    }
    let answer = side.ask(flow, request("CANCEL", ""));
    assert_eq!(status(&answer), "SIP/2.0 481 Call/Transaction Does Not Exist");
    let wrap = request("OPTIONS", "").replace("CSeq: 1 ", "CSeq: 2147483648 ");
    assert_eq!(status(&side.ask(flow, wrap)), "SIP/2.0 400 Malformed CSeq");
    assert!(side.calls.is_empty() && side.to_calls.is_empty());
}

#[test]
fn rte_1_a_call_goes_to_the_cluster_and_nowhere_else() {
    let (mut side, flow) = registered();
    let invite = request("INVITE", "");
    for (what, attempt) in [
        ("foreign domain", invite.replace("INVITE sip:1002@127.0.0.11", "INVITE sip:1002@evil.test")),
        ("maddr", invite.replace("INVITE sip:1002@127.0.0.11", "INVITE sip:1002@127.0.0.11;maddr=192.0.2.1")),
        ("preset route", request("INVITE", "Route: <sip:evil.test;lr>\r\n")),
    ] {
        assert_eq!(status(&side.ask(flow, attempt)), "SIP/2.0 403 Forbidden", "{what}");
        assert_eq!(side.last_refusal(), Some("route"), "{what}");
    }
    assert!(side.calls.is_empty());
    side.send(flow, request("INVITE", "Route: <sip:127.0.0.11;lr>\r\n"));
    assert_eq!(side.calls.len(), 1, "a route to the node itself is no other way");
}

#[test]
fn rte_2_a_device_may_not_ask_for_path() {
    let mut side = LineSide::default();
    let mut path = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    path.more = vec!["Require: path".into(), "Path: <sip:evil.test;lr>".into()];
    let answer = register(&mut side, &path);
    assert_eq!(status(&answer), "SIP/2.0 420 Bad Extension");
    assert_eq!(header(&answer, "Unsupported"), Some("path"));
}

#[test]
fn rte_3_no_hops_are_left() {
    let (mut side, flow) = registered();
    let last = request("INVITE", "").replace("Max-Forwards: 70", "Max-Forwards: 0");
    assert_eq!(status(&side.ask(flow, last.clone())), "SIP/2.0 483 Too Many Hops");
    let mut unknown = LineSide::default();
    let flow = unknown.connect(Listener::OAuth);
    assert_eq!(status(&unknown.ask(flow, last)), "SIP/2.0 483 Too Many Hops", "before authentication");
}

#[test]
fn rte_7_one_phone_has_no_more_calls_than_a_phone_has() {
    let (mut side, flow) = registered();
    let mut refused = None;
    for number in 0..200 {
        let call = request("INVITE", &format!("X: {}\r\n", "x".repeat(number)));
        let answers = side.send(flow, call);
        if let Some(answer) = answers.into_iter().find(|answer| !answer.starts_with("SIP/2.0 100")) {
            refused = Some((number, answer));
            break;
        }
    }
    let (number, answer) = refused.unwrap();
    assert_eq!((number, status(&answer)), (64, "SIP/2.0 503 Service Unavailable"));
    assert!(header(&answer, "Retry-After").is_some());
}

#[test]
fn requests_of_a_registered_phone_are_answered_as_the_field_expects() {
    let (mut side, flow) = registered();
    let allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY, REGISTER";
    let mut ask = |text: String| side.ask(flow, text);
    let options = ask(request("OPTIONS", ""));
    assert_eq!((status(&options), header(&options, "Allow")), ("SIP/2.0 200 OK", Some(allow)));
    for (text, expected) in [
        (request("MESSAGE", ""), "SIP/2.0 405 Method Not Allowed"),
        (request("PUBLISH", ""), "SIP/2.0 405 Method Not Allowed"),
        (request("FROB", ""), "SIP/2.0 501 Not Implemented"),
        (request("SUBSCRIBE", "Event: presence\r\n"), "SIP/2.0 489 Bad Event"),
        (request("SUBSCRIBE", ""), "SIP/2.0 400 Missing Event"),
        (request("NOTIFY", "Event: dialog\r\n"), "SIP/2.0 481 Call/Transaction Does Not Exist"),
        (request("REFER", "Refer-To: <sip:1003@127.0.0.11>\r\n"), "SIP/2.0 403 Forbidden"),
        (request("REFER", "Refer-To: <urn:X-cisco-remotecc:token-registration>\r\n"), "SIP/2.0 202 Accepted"),
        (request("INVITE", "Require: foo, timer, bar\r\n"), "SIP/2.0 420 Bad Extension"),
        (request("OPTIONS", "").replace("OPTIONS sip:", "OPTIONS unknown:"), "SIP/2.0 416 Unsupported URI Scheme"),
    ] {
        assert_eq!(status(&ask(text.clone())), expected, "{text}");
    }
    let extension = ask(request("INVITE", "Require: foo, timer, bar\r\nX: 1\r\n"));
    assert_eq!(header(&extension, "Unsupported"), Some("foo, bar"));
    assert!(side.calls.is_empty());
}

#[test]
fn a_second_line_of_a_device_is_a_from_of_its_own() {
    let (mut side, flow) = registered();
    let mut device = side.node.directory.device("CSFalice").unwrap().as_ref().clone();
    let number = directory::DirectoryNumber::new("1006").unwrap();
    device.lines.push(LineAppearance::new(2, number, testkit::cluster::contact_of("1006")));
    side.node.put(Object::Device(device));
    side.send(flow, request("INVITE", "").replace("From: <sip:1001@", "From: <sip:1006@"));
    assert_eq!(side.calls.len(), 1);
}
