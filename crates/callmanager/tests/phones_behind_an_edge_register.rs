//! Registrations over the connection of an Expressway-C: each phone for itself (RFC 3327, RFC 5626).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use ringbearer_callmanager::flow::{FlowId, Listener};
use ringbearer_callmanager::registrar::UnregistrationReason;
use ringbearer_callmanager::station::Event;
use testkit::call_side::CallSide;
use testkit::edge;
use testkit::line_side::{LineSide, header, headers, status};
use testkit::register::Register;

/// A node with an edge's connection, and a REGISTER with alice's token.
fn with_edge() -> (LineSide, FlowId, Register) {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::MraOAuth);
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    (side, flow, register)
}

/// What a phone behind the edge gets for a message.
#[track_caller]
fn ask(side: &mut LineSide, flow: FlowId, client: &str, message: &str) -> String {
    let (to, answer) = edge::outwards(&side.ask(flow, edge::inwards(client, message)));
    assert_eq!(to, client);
    answer
}

fn ends(side: &mut LineSide) -> Vec<(String, UnregistrationReason)> {
    let events = std::mem::take(&mut side.events).into_iter();
    let ended = |(_, event)| match event {
        Event::Unregistered(binding, reason) => Some((binding.device.to_string(), reason)),
        _ => None,
    };
    events.filter_map(ended).collect()
}

#[test]
fn the_answer_repeats_the_path_and_goes_the_way_of_the_vias() {
    let (mut side, flow, register) = with_edge();
    let answer = ask(&mut side, flow, "k1", &register.text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(
        headers(&answer, "Path").collect::<Vec<_>>(),
        ["<sip:k1-c@exp-c.lab.test:5061;transport=tls;lr>", "<sip:k1-e@exp-e.lab.test:5061;transport=tls;lr>"]
    );
    assert!(headers(&answer, "Supported").any(|value| value == "path"), "{answer}");
    assert_eq!(header(&answer, "Contact"), Some(format!("{};x-cisco-newreg", register.contact_value()).as_str()));
    assert_eq!(header(&answer, "Expires"), Some("120"));
    let (binding, at) = side.registrar.get("CSFalice").unwrap();
    assert_eq!(at, flow);
    assert_eq!(binding.edge_flow.as_deref(), Some(&b"k1-c"[..]));
    let path: Vec<_> =
        binding.reachable().path.iter().map(|route| String::from_utf8_lossy(route).into_owned()).collect();
    assert_eq!(path, headers(&answer, "Path").collect::<Vec<_>>());
}

#[test]
fn two_phones_with_the_same_private_contact_stay_two_devices() {
    let (mut side, flow, alice) = with_edge();
    let bob = Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob"));
    assert_eq!(alice.contact, bob.contact);
    assert_eq!(status(&ask(&mut side, flow, "k1", &alice.text())), "SIP/2.0 200 OK");
    assert_eq!(status(&ask(&mut side, flow, "k2", &bob.text())), "SIP/2.0 200 OK");
    assert_eq!(side.station(flow).bindings().count(), 2);
    for (client, own, device) in [("k1", "1001", "CSFalice"), ("k2", "1002", "CSFbob")] {
        let invite = invite(own, client);
        side.send(flow, edge::inwards(client, &invite));
        let call = side.calls.pop().unwrap();
        assert_eq!(call.invite.identity().device.as_str(), device);
    }
}

/// An INVITE from a phone whose private Contact is that of every other.
fn invite(own: &str, call: &str) -> String {
    format!(
        "INVITE sip:1005@127.0.0.11 SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK{call}\r\n\
         From: <sip:{own}@127.0.0.11>;tag=a\r\nTo: <sip:1005@127.0.0.11>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 70\r\nContact: <sip:x@10.10.10.10:62162;transport=tls>\r\nContent-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_refresh_is_answered_at_once_for_the_phone_that_registered() {
    let (mut side, flow, alice) = with_edge();
    let bob = Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob"));
    ask(&mut side, flow, "k1", &alice.text());
    ask(&mut side, flow, "k2", &bob.text());
    side.advance(Duration::from_secs(100));
    let answer = ask(&mut side, flow, "k1", &alice.next().text());
    assert_eq!(header(&answer, "Contact"), Some(alice.contact_value().as_str()));
    assert_eq!(headers(&answer, "Path").count(), 2);
    assert_eq!(headers(&answer, "Supported").collect::<Vec<_>>(), ["X-cisco-srtp-fallback,X-cisco-sis-9.1.0", "path"]);
    side.events.clear();
    side.advance(Duration::from_secs(20));
    assert_eq!(ends(&mut side), [("CSFbob".into(), UnregistrationReason::KeepAliveTimeout)]);
    assert!(side.closed.is_empty(), "the edge's connection stays");
    assert!(side.registrar.get("CSFalice").is_some());
    assert!(side.registrar.get("CSFbob").is_none());
}

#[test]
fn a_phone_that_comes_back_to_the_edge_on_another_flow_is_reached_there() {
    let (mut side, flow, alice) = with_edge();
    ask(&mut side, flow, "k1", &alice.text());
    side.events.clear();
    let answer = ask(&mut side, flow, "k2", &alice.next().text());
    assert!(header(&answer, "Contact").unwrap().ends_with(";x-cisco-newreg"));
    assert_eq!(ends(&mut side), [("CSFalice".into(), UnregistrationReason::DuplicateRegistration)]);
    let (binding, _) = side.registrar.get("CSFalice").unwrap();
    assert_eq!(binding.edge_flow.as_deref(), Some(&b"k2-c"[..]));
    let late = ask(&mut side, flow, "k1", &Register { expires: Some(0), ..alice.next().next() }.text());
    assert_eq!(status(&late), "SIP/2.0 200 OK");
    assert!(side.registrar.get("CSFalice").is_some(), "the old flow unregisters nobody on the new one");
    let refused = ask(&mut side, flow, "k1", &invite("1001", "old"));
    assert_eq!(status(&refused), "SIP/2.0 401 Unauthorized");
    assert!(side.calls.is_empty());
}

#[test]
fn the_newer_of_an_inside_and_an_outside_registration_wins() {
    let (mut side, edge_flow, alice) = with_edge();
    let inside = side.connect(Listener::OAuth);
    side.ask(inside, alice.text());
    side.events.clear();
    assert_eq!(status(&ask(&mut side, edge_flow, "k1", &alice.next().text())), "SIP/2.0 200 OK");
    assert_eq!(ends(&mut side), [("CSFalice".into(), UnregistrationReason::DuplicateRegistration)]);
    assert_eq!(side.closed.iter().map(|(flow, _)| *flow).collect::<Vec<_>>(), [inside]);
    let inside = side.connect(Listener::OAuth);
    let bob = Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob"));
    ask(&mut side, edge_flow, "k2", &bob.text());
    side.events.clear();
    assert_eq!(status(&side.ask(inside, alice.next().next().text())), "SIP/2.0 200 OK");
    assert_eq!(ends(&mut side), [("CSFalice".into(), UnregistrationReason::DuplicateRegistration)]);
    assert_eq!(side.closed.len(), 1, "the edge's connection stays for bob");
    assert_eq!(side.registrar.get("CSFalice").unwrap().1, inside);
    assert_eq!(side.registrar.get("CSFbob").unwrap().1, edge_flow);
}

#[test]
fn an_end_that_crosses_a_newer_registration_ends_the_old_one_alone() {
    let (mut side, flow, alice) = with_edge();
    ask(&mut side, flow, "k1", &alice.text());
    let (old, _) = side.registrar.get("CSFalice").unwrap();
    ask(&mut side, flow, "k2", &alice.next().text());
    let end = ringbearer_callmanager::station::Input::End(old, UnregistrationReason::DuplicateRegistration);
    side.input(flow, end);
    assert!(side.registrar.get("CSFalice").is_some());
    assert_eq!(side.station(flow).bindings().count(), 1);
}

#[test]
fn a_client_that_yields_does_not_take_a_device_from_another_behind_the_same_edge() {
    let (mut side, flow, alice) = with_edge();
    ask(&mut side, flow, "k1", &alice.text());
    side.events.clear();
    let zeros = "<urn:uuid:00000000-0000-0000-0000-000000000000>".into();
    let yielding = Register { instance: zeros, call_id: "other".into(), ..alice.clone() };
    let answer = ask(&mut side, flow, "k2", &yielding.text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(&answer, "Warning"), Some("399 ucm-pub \"Registration is active for another client\""));
    assert!(ends(&mut side).is_empty());
    assert_eq!(side.registrar.get("CSFalice").unwrap().0.edge_flow.as_deref(), Some(&b"k1-c"[..]));
}

#[test]
fn unregistering_ends_the_registration_of_one_phone() {
    let (mut side, flow, alice) = with_edge();
    let bob = Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob"));
    ask(&mut side, flow, "k1", &alice.text());
    ask(&mut side, flow, "k2", &bob.text());
    let answer = ask(&mut side, flow, "k1", &Register { expires: Some(0), ..alice.next() }.text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("0"));
    side.advance(Duration::from_secs(60));
    assert!(side.closed.is_empty());
    assert!(side.registrar.get("CSFalice").is_none());
    assert!(side.registrar.get("CSFbob").is_some());
}

#[test]
fn aut_8_a_revoked_token_ends_one_binding_and_leaves_the_edge_connected() {
    let (mut side, flow, alice) = with_edge();
    let bob = Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob"));
    ask(&mut side, flow, "k1", &alice.text());
    ask(&mut side, flow, "k2", &bob.text());
    side.events.clear();
    side.node.revoke("alice");
    side.sweep();
    assert_eq!(ends(&mut side), [("CSFalice".into(), UnregistrationReason::TokenEnded)]);
    assert!(side.closed.is_empty());
    assert!(side.registrar.get("CSFbob").is_some());
    let answer = ask(&mut side, flow, "k1", &alice.next().text());
    assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required");
    assert!(header(&answer, "Proxy-Authenticate").unwrap().contains("error=\"invalid_token\""));
    let answer = ask(&mut side, flow, "k2", &bob.next().text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}

#[test]
fn a_binding_behind_an_edge_ends_with_its_token() {
    let (mut side, flow, _) = with_edge();
    let mut claims = side.node.claims("alice");
    claims.expires_at.0 = claims.issued_at.0 + 60;
    let alice = Register::vendor("CSFalice", "1001").bearing(&side.node.mint(&claims));
    let answer = ask(&mut side, flow, "k1", &alice.text());
    assert_eq!(header(&answer, "Expires"), Some("60"));
    side.events.clear();
    side.advance(Duration::from_secs(60));
    assert_eq!(ends(&mut side), [("CSFalice".into(), UnregistrationReason::TokenEnded)]);
    assert!(side.closed.is_empty());
}

#[test]
fn an_edge_that_names_no_client_is_served_by_the_contact() {
    let (mut side, flow, alice) = with_edge();
    let foreign = |message: &str| {
        let via = "\r\nVia: SIP/2.0/TLS 127.0.0.21:5061;branch=z9hG4bKforeign";
        let at = message.find("\r\n").unwrap();
        let branch: String = message.chars().filter(char::is_ascii_digit).collect();
        format!("{}{via}{branch}{}", &message[..at], &message[at..])
    };
    let bob = Register { contact: "10.10.10.11:62162".into(), ..Register::vendor("CSFbob", "1002") };
    let bob = bob.bearing(&side.node.token("bob"));
    for register in [&alice, &bob] {
        let answer = side.ask(flow, foreign(&register.text()));
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
        assert_eq!(header(&answer, "Path"), None);
    }
    let contact = format!("{}@10.10.10.11", testkit::cluster::contact_of("1002"));
    let of_bob = invite("1002", "one").replace("x@10.10.10.10", &contact);
    side.send(flow, foreign(&of_bob));
    assert_eq!(side.calls.pop().unwrap().invite.identity().device.as_str(), "CSFbob");
    let of_nobody = invite("1002", "two").replace("10.10.10.10", "10.10.10.99");
    let answer = side.send(flow, foreign(&of_nobody)).pop().unwrap();
    assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized");
}

#[test]
fn a_path_that_is_no_loose_route_is_refused() {
    let (mut side, flow, alice) = with_edge();
    for path in ["<sip:k1@exp-c.lab.test:5061;transport=tls>", "nonsense"] {
        let register = Register { more: vec![format!("Path: {path}")], ..alice.clone() };
        let answer = side.ask(flow, register.text().replace("branch=", "ringbearer-flow=k1;branch="));
        assert_eq!(status(&answer), "SIP/2.0 400 Malformed Path", "{path}");
    }
    let register = Register { more: vec!["Path: <sip:p;lr>".into(); 9], ..alice };
    let answer = side.ask(flow, register.text().replace("branch=", "ringbearer-flow=k1;branch="));
    assert_eq!(status(&answer), "SIP/2.0 400 Too many Path values");
}

#[test]
fn rte_2_a_path_is_taken_on_the_port_of_the_edge_alone() {
    let (mut side, _, alice) = with_edge();
    let flow = side.connect(Listener::OAuth);
    let register = Register { more: vec!["Path: <sip:evil@10.9.9.9;lr>".into()], ..alice };
    for register in [register.clone(), register.next()] {
        let answer = side.ask(flow, register.text());
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
        assert_eq!(header(&answer, "Path"), None);
    }
    assert!(side.registrar.get("CSFalice").unwrap().0.path.is_empty());
}

#[test]
fn a_device_that_speaks_for_itself_came_to_the_port_of_the_edge_by_mistake() {
    let (mut side, flow, alice) = with_edge();
    let answer = side.ask(flow, alice.text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(&answer, "Retry-After"), Some("35"));
    assert_eq!(header(&answer, "Warning"), Some("399 ucm-pub \"SIP OAuth Registration port Mismatch\""));
    assert_eq!(side.last_refusal(), Some("port-mismatch-wrong-transport"));
}

#[test]
fn an_edge_that_came_to_the_port_without_certificates_is_told_so() {
    let (mut side, _, alice) = with_edge();
    let flow = side.connect(Listener::OAuth);
    let answer = ask(&mut side, flow, "k1", &alice.text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(&answer, "Warning"), Some("399 ucm-pub \"SIP OAuth Registration port Mismatch\""));
    assert_eq!(side.last_refusal(), Some("port-mismatch-wrong-transport"));
}

#[test]
fn the_other_causes_of_a_port_mismatch_are_told_over_the_edge_too() {
    let (mut side, flow, _) = with_edge();
    let carol = Register::vendor("CSFcarol", "1003").bearing(&side.node.token("carol"));
    let answer = ask(&mut side, flow, "k1", &carol.text());
    assert_eq!(status(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(side.last_refusal(), Some("port-mismatch-profile-without-oauth"));
    side.node.running.node.sip_oauth_mode = false;
    let answer = ask(&mut side, flow, "k1", &carol.next().text());
    assert_eq!(header(&answer, "Retry-After"), Some("35"));
    assert_eq!(side.last_refusal(), Some("port-mismatch-mode-disabled"));
}

#[test]
fn an_edge_asks_whether_the_node_is_alive_and_its_phones_may_not() {
    let (mut side, flow, _) = with_edge();
    let options = |more: &str, via: &str| {
        format!(
            "OPTIONS sip:127.0.0.11 SIP/2.0\r\n{more}\
             Via: SIP/2.0/TLS 127.0.0.21:40000;branch=z9hG4bKping{}{via}\r\n\
             From: <sip:exp-c.lab.test>;tag=a\r\nTo: <sip:127.0.0.11>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\n\
             Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n",
            more.len() + via.len()
        )
    };
    assert_eq!(status(&side.ask(flow, options("", ""))), "SIP/2.0 200 OK");
    let of_a_phone = ["", "Via: SIP/2.0/TLS 127.0.0.21:40000;branch=z9hG4bKover\r\n"];
    for (more, via) in of_a_phone.into_iter().zip([";ringbearer-flow=k1", ""]) {
        let answer = side.ask(flow, options(more, via));
        assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized");
    }
    let device = side.connect(Listener::OAuth);
    assert_eq!(status(&side.ask(device, options("", ""))), "SIP/2.0 401 Unauthorized");
    side.advance(Duration::from_secs(600));
    assert!(side.closed.iter().all(|(closed, _)| *closed != flow), "an idle edge stays connected");
}

#[test]
fn six_hundred_phones_register_and_refresh_over_one_connection() {
    let mut side = CallSide::default();
    let like = side.line.node.directory.device("CSFalice").unwrap().as_ref().clone();
    side.line.node.add_all((10_000..10_600).flat_map(|number| testkit::cluster::phone_like(&like, number)).collect());
    let edge_flow = side.line.connect(Listener::MraOAuth);
    let registers: Vec<Register> = (10_000..10_600)
        .map(|number| {
            let token = side.line.node.token(&format!("user{number}"));
            Register::vendor(&format!("CSF{number}"), &number.to_string()).bearing(&token)
        })
        .collect();
    for (client, register) in registers.iter().enumerate() {
        let answer = ask(&mut side.line, edge_flow, &format!("k{client}"), &register.text());
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
    }
    side.line.advance(Duration::from_secs(60));
    for (client, register) in registers.iter().enumerate().filter(|(client, _)| client % 2 == 0) {
        ask(&mut side.line, edge_flow, &format!("k{client}"), &register.next().text());
    }
    side.line.events.clear();
    side.line.advance(Duration::from_secs(61));
    assert_eq!(side.line.registrar.len(), 300);
    assert!(ends(&mut side.line).iter().all(|(_, reason)| *reason == UnregistrationReason::KeepAliveTimeout));
    side.line.disconnect(edge_flow);
    assert_eq!(side.line.registrar.len(), 0);
}
