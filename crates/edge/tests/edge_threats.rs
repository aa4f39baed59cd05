//! The rows EDG-2, EDG-3 and EDG-5 of the threat model, and what a phone may not write (RTE-2).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod support;

use ringbearer_edge::{CloseReason, Event, FlowId, Input};
use sip::message::HeaderName;
use support::*;

/// A registered phone, and the Route of requests to it: C's token, then E's.
fn registered() -> (World, FlowId, String) {
    let mut world = World::new();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, &access_token("alice")));
    let request = world.node_request();
    world.node_answers(&request, "200 OK", "Contact: <sip:guid@192.168.1.2:50000>\r\nExpires: 120\r\n");
    world.phone_response(phone);
    world.events.clear();
    let path = path_of(&request);
    (world, phone, path)
}

/// Where the tokens stand in the text of the Route fields.
fn token_positions(path: &str) -> Vec<(usize, usize)> {
    path.match_indices("<sip:").map(|(at, prefix)| (at + prefix.len(), at + prefix.len() + 44)).collect()
}

#[test]
fn edg_3_a_token_forged_at_any_index_is_403() {
    let (mut world, _, path) = registered();
    for (start, end) in token_positions(&path) {
        for index in start..end {
            let mut forged = path.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            world.node_sends(&from_node("INVITE", &String::from_utf8(forged).unwrap(), ""));
            assert_eq!(world.node_response().status().as_u16(), 403, "{index}");
        }
    }
    assert!(world.is_quiet());
}

#[test]
fn edg_3_e_itself_refuses_a_forged_token_at_any_index() {
    let (mut world, _, path) = registered();
    let of_e = path.lines().nth(1).unwrap().to_owned() + "\r\n";
    let (start, end) = token_positions(&of_e)[0];
    world.link = false; // What E answers comes to the test.
    for index in start..end {
        let mut forged = of_e.clone().into_bytes();
        forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
        let message = from_node("INVITE", &String::from_utf8(forged).unwrap(), "");
        let message = sip::message::Message::parse(bytes::Bytes::from(message)).unwrap();
        world.tell_e(Input::Received(world.edge_link, message));
        assert_eq!(world.phone_response(world.edge_link).status().as_u16(), 403, "{index}");
    }
    assert!(world.reasons().iter().all(|reason| *reason == "forged_flow_token"));
}

#[test]
fn edg_3_a_right_token_of_a_dead_flow_is_430() {
    let (mut world, phone, path) = registered();
    // C has not heard of it yet: E answers.
    world.link = false;
    world.tell_e(Input::Closed(phone));
    world.link = true;
    world.node_sends(&from_node("INVITE", &path, ""));
    assert_eq!(world.node_response().status().as_u16(), 430);

    let (mut world, phone, path) = registered();
    // C has heard of it: C answers.
    world.tell_e(Input::Closed(phone));
    world.node_sends(&from_node("INVITE", &path, ""));
    assert_eq!(world.node_response().status().as_u16(), 430);
    assert_eq!(world.c.sessions().count(), 0);
}

#[test]
fn edg_3_rotated_keys_keep_the_flows_of_before() {
    let (mut world, phone, path) = registered();
    for round in 10..40 {
        world.e.rotate_key([round; 32]);
        world.c.rotate_key([round; 32]);
    }
    world.node_sends(&from_node("INVITE", &path, ""));
    world.phone_request(phone);
}

#[test]
fn edg_3_the_token_of_another_phone_opens_nothing() {
    let (mut world, phone, path) = registered();
    let other = world.registered_phone(2);
    let own_flow = |request: &sip::message::Request| text(request.headers().via().unwrap().edge_flow().unwrap());
    world.phone_sends(other, &request(2, "INVITE", "sip:1002@ucm1.example.com", 2, ""));
    let theirs = own_flow(&world.node_request());
    // In the Route of a phone it is taken away, and the request is in the name of the flow that it came on.
    let of_e = path.lines().nth(1).unwrap();
    let of_c = path.lines().next().unwrap();
    world.phone_sends(other, &request(2, "INVITE", "sip:1002@ucm1.example.com", 3, &format!("{of_e}\r\n{of_c}\r\n")));
    let invite = world.node_request();
    assert_eq!((own_flow(&invite), invite.headers().routes().count()), (theirs, 0));
    // A forged one is refused by whose it pretends to be.
    for route in [of_e, of_c] {
        let forged = route.replace("<sip:AQ", "<sip:Ag");
        assert_ne!(forged, route);
        world.phone_sends(other, &request(2, "INVITE", "sip:1002@ucm1.example.com", 4, &format!("{forged}\r\n")));
        assert_eq!(world.refusal(other), (403, "The Route names no flow of this edge".into()));
    }
    // E's token of one phone behind C's token of another.
    world.phone_sends(other, &register(2, 5, &access_token("bob")));
    let theirs = path_of(&world.node_request());
    let mixed = format!("{}\r\n{}\r\n", path.lines().next().unwrap(), theirs.lines().nth(1).unwrap());
    world.node_sends(&from_node("INVITE", &mixed, ""));
    assert_eq!(world.node_response().status().as_u16(), 403);
    assert!(world.is_quiet());
    let _ = phone;
}

#[test]
fn a_phone_that_comes_back_ends_the_call_that_it_had() {
    let (mut world, _, path) = registered();
    let back = world.registered_phone(2);
    let route: String = path.lines().rev().map(|line| format!("{line}\r\n")).collect();
    world.phone_sends(back, &request(1, "BYE", "sip:10.0.0.11:5091", 7, &route));
    assert_eq!(world.node_request().method().as_str(), "BYE");
}

#[test]
fn edg_2_every_token_goes_on_to_the_node_and_none_to_a_phone() {
    let mut world = World::new();
    let phone = world.phone(1);
    // Without a token C decides nothing about a REGISTER: the node challenges.
    world.phone_sends(phone, &register(1, 1, ""));
    let request = world.node_request();
    world.node_answers(
        &request,
        "407 Proxy Authentication Required",
        "Proxy-Authenticate: Bearer realm=\"ccmsipline\"\r\n",
    );
    let challenge = world.phone_response(phone);
    assert_eq!(challenge.headers().first(HeaderName::ProxyAuthenticate), Some(&b"Bearer realm=\"ccmsipline\""[..]));
    assert_eq!(world.c.sessions().count(), 0);
    // With a token it is checked here, and there again.
    world.phone_sends(phone, &register(1, 2, &access_token("alice")));
    let request = world.node_request();
    assert!(request.headers().contains(HeaderName::ProxyAuthorization));
    let path = path_of(&request);
    world.node_answers(&request, "403 Forbidden", "");
    assert_eq!(world.phone_response(phone).status().as_u16(), 403);
    assert_eq!(world.c.sessions().count(), 0, "only the node's 2xx makes a session");
    world.node_sends(&from_node("NOTIFY", &path, "Authorization: Bearer token=\"a\"\r\n"));
    let notify = world.phone_request(phone);
    assert!(!notify.headers().contains(HeaderName::Authorization));
}

/// Found by fuzzing: credentials have no place in a response (RFC 3261 §20), so nobody had thought of one that carries them.
#[test]
fn edg_2_no_credentials_go_to_a_phone_in_a_response_either() {
    let mut world = World::new();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, &access_token("alice")));
    let request = world.node_request();
    let token = access_token("bob");
    let credentials = format!("Proxy-Authorization: Bearer token=\"{token}\"\r\nAuthorization: Bearer {token}\r\n");
    world.node_answers(&request, "403 Forbidden", &credentials);
    let headers = world.phone_response(phone).headers().clone();
    assert!(!headers.contains(HeaderName::ProxyAuthorization) && !headers.contains(HeaderName::Authorization));
}

#[test]
fn edg_2_a_bad_token_goes_no_further_than_c() {
    let mut world = World::new();
    let phone = world.phone(1);
    let expired = access_token_until("alice", UNIX - 1);
    let tampered = access_token("alice").replace('.', ".A");
    for (sequence, token) in [&expired, &tampered, "nonsense"].into_iter().enumerate() {
        world.phone_sends(phone, &register(1, sequence as u32 + 1, token));
        let challenge = world.phone_response(phone);
        assert_eq!(challenge.status().as_u16(), 407);
        let value = text(challenge.headers().first(HeaderName::ProxyAuthenticate).unwrap());
        assert_eq!(value, "Bearer realm=\"ccmsipline\", error=\"invalid_token\"");
        assert!(world.at_node.is_empty());
    }
    assert_eq!(world.reasons(), ["invalid_token"; 3]);
    let shown = format!("{:?}", world.events);
    assert!(!shown.contains(&expired) && !shown.contains("nonsense"));
}

#[test]
fn edg_5_a_second_link_is_refused_and_alarms() {
    let mut world = World::new();
    let second = FlowId(1_001);
    world.tell_e(Input::Opened(traversal(second)));
    assert_eq!(world.closed, [(second, CloseReason::TraversalTaken)]);
    assert!(
        world
            .events
            .iter()
            .any(|event| matches!(event, Event::SecondTraversal { names, .. } if names == &["expc.example.com"]))
    );
    // It is no link: what comes on it goes nowhere, and that it ends changes nothing.
    let options = sip::message::Message::parse(bytes::Bytes::from(from_node("OPTIONS", "", ""))).unwrap();
    world.events.clear();
    world.tell_e(Input::Received(second, options));
    assert_eq!(world.reasons(), ["unknown_connection"]);
    world.tell_e(Input::Closed(second));
    world.registered_phone(1);
    assert!(world.e.is_traversal_up());
}

#[test]
fn edg_5_a_link_that_died_makes_room_for_the_next() {
    let mut world = World::new();
    world.link = false;
    world.pass(std::time::Duration::from_secs(41));
    assert!(world.closed.contains(&(world.edge_link, CloseReason::Silent)));
    assert!(!world.e.is_traversal_up());
    world.closed.clear();
    world.tell_e(Input::Opened(traversal(FlowId(1_001))));
    assert_eq!(world.closed, []);
    assert!(world.e.is_traversal_up());
}

#[test]
fn rte_2_what_a_phone_writes_of_routes_and_identities_is_removed() {
    let mut world = World::new();
    let phone = world.phone(1);
    let lines = "Path: <sip:evil@192.0.2.66;lr>\r\nPath: <sip:evil2@192.0.2.66;lr>\r\nRecord-Route: <sip:192.0.2.66;lr>\r\n\
        Service-Route: <sip:192.0.2.66;lr>\r\nP-Asserted-Identity: <sip:boss@ucm1.example.com>\r\nExpires: 3600\r\n";
    world.phone_sends(phone, &register(1, 1, &access_token("alice")).replace("Expires: 3600\r\n", lines));
    let request = world.node_request();
    assert!(!text(request.as_bytes()).contains("192.0.2.66") && !text(request.as_bytes()).contains("boss"));
    assert_eq!(request.headers().paths().count(), 2);
    // A later request of a dialog too.
    world.node_answers(&request, "200 OK", "Contact: <sip:guid@192.168.1.2:50000>\r\nExpires: 120\r\n");
    world.phone_response(phone);
    world.phone_sends(
        phone,
        &support::request(1, "INVITE", "sip:1002@ucm1.example.com", 2, &lines.replace("Expires: 3600\r\n", "")),
    );
    let invite = world.node_request();
    assert!(!text(invite.as_bytes()).contains("192.0.2.66"));
    assert_eq!(invite.headers().record_routes().count(), 2);
}

#[test]
fn rte_1_a_route_to_elsewhere_is_refused() {
    let mut world = World::new();
    let phone = world.phone(1);
    for route in [
        "<sip:192.0.2.66;lr>",
        "<sip:203.0.113.22:5061;lr>, <sip:192.0.2.66;lr>",
        "<sip:203.0.113.22:7001;lr>",
        "<sip:10.0.0.21:5061>",
    ] {
        world.phone_sends(phone, &register(1, 1, "").replace("Expires: 3600\r\n", &format!("Route: {route}\r\n")));
        assert_eq!(world.refusal(phone), (403, "The Route leads outside this edge".into()), "{route}");
    }
    assert!(world.at_node.is_empty());
}

#[test]
fn a_loop_and_used_up_hops_are_refused_where_they_are_seen() {
    let (mut world, phone, path) = registered();
    world.phone_sends(
        phone,
        &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 5, "").replace("Max-Forwards: 70", "Max-Forwards: 0"),
    );
    assert_eq!(world.phone_response(phone).status().as_u16(), 483);
    world.phone_sends(
        phone,
        &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 6, "").replace("Max-Forwards: 70", "Max-Forwards: 1"),
    );
    assert_eq!(world.phone_response(phone).status().as_u16(), 483);
    assert_eq!(world.reasons(), ["too_many_hops", "too_many_hops"]);
    // What the node got comes back to the edge.
    world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 7, ""));
    let request = world.node_request();
    let looped = text(request.as_bytes()).replace("Max-Forwards", &format!("{path}Max-Forwards"));
    world.node_sends(&looped);
    assert_eq!(world.node_response().status().as_u16(), 482);
    // Our name alone, without a token that we made, is no loop.
    let named = support::request(
        1,
        "OPTIONS",
        "sip:1002@ucm1.example.com",
        8,
        "Via: SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bKold;ringbearer-flow=A\r\n",
    );
    world.phone_sends(phone, &named);
    world.node_request();
}

#[test]
fn an_extension_that_the_edge_lacks_and_a_foreign_scheme_are_refused() {
    let (mut world, phone, _) = registered();
    world.phone_sends(
        phone,
        &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 5, "Proxy-Require: sec-agree, foo\r\n"),
    );
    let refusal = world.phone_response(phone);
    assert_eq!(refusal.status().as_u16(), 420);
    assert_eq!(refusal.headers().first(HeaderName::Unsupported), Some(&b"sec-agree, foo"[..]));
    world.phone_sends(phone, &request(1, "INVITE", "tel:+15551234", 6, ""));
    assert_eq!(world.phone_response(phone).status().as_u16(), 416);
}
