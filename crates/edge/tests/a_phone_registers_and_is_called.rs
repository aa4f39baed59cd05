//! A phone outside registers through both halves of the edge, is called, and calls.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod support;

use ringbearer_edge::Event;
use sip::message::{HeaderName, Message};
use support::*;

/// Replaces what depends on the keys of the process.
fn without_tokens(message: &str) -> String {
    let mut words = message.to_owned();
    for (prefix, stop) in [
        ("branch=z9hG4bK", ";"),
        ("ringbearer-flow=", "\r;"),
        ("ringbearer-phone=", "\r;"),
        ("<sip:", "@>"),
        (";tag=", "\r"),
    ] {
        let mut result = String::new();
        let mut rest = words.as_str();
        while let Some((before, after)) = rest.split_once(prefix) {
            let end = after.find(|character| stop.contains(character)).unwrap_or(after.len());
            let value = &after[..end];
            let shown = if value.len() == 44 || (value.len() == 20 && prefix != "<sip:") { "*" } else { value };
            result += &format!("{before}{prefix}{shown}");
            rest = &after[end..];
        }
        words = result + rest;
    }
    words
}

#[test]
fn a_register_reaches_the_node_with_path_and_the_vias_of_both() {
    let mut world = World::new();
    let phone = world.phone(1);
    let token = access_token("alice");
    world.phone_sends(phone, &register(1, 1, &token));
    let request = world.node_request();
    let expected = format!(
        "REGISTER sip:ucm1.example.com SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.0.0.21:5061;branch=z9hG4bK*;rport;ingress-zone=CollaborationEdgeZone;ringbearer-flow=*\r\n\
         Path: <sip:*@10.0.0.21:5061;transport=tls;lr>\r\n\
         Via: SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bK*;rport;ringbearer-flow=*\r\n\
         Via: SIP/2.0/TLS 192.168.1.2:50000;branch=z9hG4bK1x1;received=198.51.100.7;rport=50001\r\n\
         Path: <sip:*@203.0.113.22:5061;transport=tls;lr>\r\n\
         Max-Forwards: 68\r\n\
         From: <sip:1@ucm1.example.com>;tag=from1\r\n\
         To: <sip:1002@ucm1.example.com>\r\n\
         Call-ID: call-1@192.168.1.2\r\n\
         CSeq: 1 REGISTER\r\n\
         Proxy-Authorization: Bearer token=\"{token}\"\r\n\
         Contact: <sip:guid@192.168.1.2:50000;transport=tls>;+u.sip!devicename.ccm.cisco.com=\"CSF1\"\r\n\
         Expires: 3600\r\n\
         Content-Length: 0\r\n\r\n"
    );
    assert_eq!(without_tokens(&text(request.as_bytes())), expected);

    let contact = text(request.headers().first(HeaderName::Contact).unwrap());
    world.node_answers(&request, "200 OK", &format!("Contact: {contact}\r\nExpires: 120\r\n"));
    let response = world.phone_response(phone);
    let expected = "SIP/2.0 200 OK\r\n\
         Via: SIP/2.0/TLS 192.168.1.2:50000;branch=z9hG4bK1x1;received=198.51.100.7;rport=50001\r\n\
         From: <sip:1@ucm1.example.com>;tag=from1\r\n\
         Call-ID: call-1@192.168.1.2\r\n\
         CSeq: 1 REGISTER\r\n\
         To: <sip:1002@ucm1.example.com>;tag=answered\r\n\
         Contact: <sip:guid@192.168.1.2:50000;transport=tls>;+u.sip!devicename.ccm.cisco.com=\"CSF1\"\r\n\
         Expires: 120\r\n\
         Content-Length: 0\r\n\r\n";
    assert_eq!(text(response.as_bytes()), expected);
    let session = world.c.sessions().next().expect("a session");
    assert_eq!((session.user.as_deref(), session.device.as_deref()), (Some("alice"), Some("CSF1")));
    assert_eq!((session.client.as_str(), session.zone.as_str()), ("198.51.100.7:50001", "CEOAuth-ucm1.example.com"));
    assert!(world.events.iter().any(|event| matches!(event, Event::SessionStarted { .. })));
}

#[test]
fn two_phones_with_the_same_private_contact_are_each_called_on_their_own_connection() {
    let mut world = World::new();
    let mut paths = Vec::new();
    for id in [1, 2] {
        let phone = world.phone(id);
        world.phone_sends(phone, &register(id, 1, &access_token("alice")));
        let request = world.node_request();
        paths.push(path_of(&request));
        world.node_answers(&request, "200 OK", "Contact: <sip:guid@192.168.1.2:50000>\r\nExpires: 120\r\n");
        world.phone_response(phone);
    }
    for (id, path) in [2, 1].into_iter().zip(paths.iter().rev()) {
        let phone = ringbearer_edge::FlowId(id);
        world.node_sends(&from_node("INVITE", path, "Proxy-Authorization: Bearer token=\"of-ucm\"\r\n"));
        let request = world.phone_request(phone);
        let expected = "INVITE sip:guid@192.168.1.2:50000;transport=tls SIP/2.0\r\n\
             Via: SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bK*;rport;ringbearer-flow=*\r\n\
             Record-Route: <sip:*@203.0.113.22:5061;transport=tls;lr>\r\n\
             Via: SIP/2.0/TLS 10.0.0.21:5061;branch=z9hG4bK*;rport;ringbearer-phone=*;ringbearer-flow=*\r\n\
             Via: SIP/2.0/TLS 10.0.0.11:5091;branch=z9hG4bKnode1\r\n\
             Record-Route: <sip:*@10.0.0.21:5061;transport=tls;lr>\r\n\
             Max-Forwards: 68\r\n\
             From: <sip:1002@ucm1.example.com>;tag=ucm\r\n\
             To: <sip:1@ucm1.example.com>\r\n\
             Call-ID: call-of-node@10.0.0.11\r\n\
             CSeq: 101 INVITE\r\n\
             Content-Length: 0\r\n\r\n";
        assert_eq!(without_tokens(&text(request.as_bytes())), expected);
        world.phone_sends(phone, &answer(&request, "180 Ringing", ""));
        let response = world.node_response();
        assert_eq!(response.status().as_u16(), 180);
        assert_eq!(response.headers().vias().count(), 1);
        assert_eq!(response.headers().record_routes().count(), 2);
    }
    assert!(world.is_quiet());
}

#[test]
fn a_request_in_the_dialog_follows_the_route_set_of_either_side() {
    let mut world = World::new();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, &access_token("alice")));
    let registration = world.node_request();
    world.node_answers(&registration, "200 OK", "Contact: <sip:guid@192.168.1.2:50000>\r\nExpires: 120\r\n");
    world.phone_response(phone);

    // The phone calls: its route set is the Record-Route of the 200 in reverse, which begins with E.
    world.phone_sends(
        phone,
        &request(1, "INVITE", "sip:1002@ucm1.example.com", 2, "Contact: <sip:guid@192.168.1.2>\r\n"),
    );
    let invite = world.node_request();
    let recorded: Vec<String> = invite.headers().values(HeaderName::RecordRoute).map(text).collect();
    assert_eq!(recorded.len(), 2);
    assert!(recorded[0].contains("@10.0.0.21:5061") && recorded[1].contains("@203.0.113.22:5061"));
    world.node_answers(&invite, "200 OK", "Contact: <sip:10.0.0.11:5091;transport=tls>\r\n");
    assert_eq!(world.phone_response(phone).status().as_u16(), 200);
    let routes: String = recorded.iter().rev().map(|route| format!("Route: {route}\r\n")).collect();
    world.phone_sends(phone, &request(1, "BYE", "sip:10.0.0.11:5091;transport=tls", 3, &routes));
    let bye = world.node_request();
    assert_eq!(bye.method().as_str(), "BYE");
    assert_eq!(bye.headers().routes().count(), 0);

    // The node's route set begins with C.
    let routes: String = recorded.iter().map(|route| format!("Route: {route}\r\n")).collect();
    world.node_sends(&from_node("BYE", &routes, ""));
    assert_eq!(world.phone_request(phone).method().as_str(), "BYE");
}

#[test]
fn a_preloaded_route_of_this_edge_is_taken() {
    let mut world = World::new();
    let phone = world.phone(1);
    let route = "Route: <sip:10.0.0.21:5061;transport=tls;zone-id=3;directed;lr>\r\n";
    let register = register(1, 1, &access_token("alice"));
    world.phone_sends(phone, &register.replace("Expires: 3600\r\n", route));
    assert_eq!(world.node_request().headers().routes().count(), 0);
    // By the zone-id, when no rule is for the host.
    let elsewhere = register
        .replace("Expires: 3600\r\n", route)
        .replace("REGISTER sip:ucm1.example.com", "REGISTER sip:example.com");
    world.phone_sends(phone, &elsewhere.replace("z9hG4bK1x1", "z9hG4bKother"));
    assert_eq!(world.node_request().uri_bytes(), b"sip:example.com");
}

#[test]
fn every_retransmission_gets_the_same_branch_and_so_do_cancel_and_ack() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let branch_of = |message: &Message| text(message.headers().via().unwrap().branch().unwrap());
    let invite = request(1, "INVITE", "sip:1002@ucm1.example.com", 2, "");
    world.phone_sends(phone, &invite);
    let first = world.node_request();
    world.phone_sends(phone, &invite);
    let again = world.node_request();
    assert_eq!(text(first.as_bytes()), text(again.as_bytes()));
    for method in ["CANCEL", "ACK"] {
        let message = invite.replace("INVITE", method);
        world.phone_sends(phone, &message);
        let sent = world.node_request();
        assert_eq!(branch_of(&Message::Request(sent)), branch_of(&Message::Request(first.clone())), "{method}");
    }
    // Another phone's request with the same branch is another transaction.
    let other = world.registered_phone(2);
    world.phone_sends(other, &invite);
    let theirs = world.node_request();
    assert_ne!(branch_of(&Message::Request(theirs)), branch_of(&Message::Request(first)));
}

#[test]
fn the_ack_of_our_own_refusal_goes_nowhere() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let invite = request(1, "INVITE", "sip:1002@nowhere.example.com", 2, "");
    world.phone_sends(phone, &invite);
    let refusal = world.phone_response(phone);
    assert_eq!(refusal.status().as_u16(), 404);
    let to = text(refusal.headers().first(HeaderName::To).unwrap());
    world.phone_sends(
        phone,
        &invite.replace("INVITE", "ACK").replace("To: <sip:1002@ucm1.example.com>", &format!("To: {to}")),
    );
    assert!(world.is_quiet());
    assert_eq!(world.reasons(), ["no_search_rule"], "the ACK is no reason for anything");
}

#[test]
fn calls_survive_a_break_of_the_traversal_link() {
    let mut world = World::new();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, &access_token("alice")));
    let registration = world.node_request();
    world.node_answers(&registration, "200 OK", "Contact: <sip:guid@192.168.1.2:50000>\r\nExpires: 120\r\n");
    world.phone_response(phone);
    let path = path_of(&registration);
    world.part();
    world.phone_sends(phone, &request(1, "INVITE", "sip:1002@ucm1.example.com", 2, ""));
    assert_eq!(world.refusal(phone), (503, "Expressway-C is not connected".into()));
    world.node_sends(&from_node("INVITE", &path, ""));
    assert_eq!(world.node_response().status().as_u16(), 503);
    world.join();
    world.node_sends(&from_node("INVITE", &path, ""));
    world.phone_request(phone);
    world.phone_sends(phone, &request(1, "INVITE", "sip:1002@ucm1.example.com", 2, ""));
    assert_eq!(world.node_request().method().as_str(), "INVITE");
}
