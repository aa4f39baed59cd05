//! What a phone's connection may do, and when it is closed.

mod support;

use std::time::Duration;

use ringbearer_edge::{CloseReason, Event, Flow, FlowId, Input};
use support::*;

#[test]
fn a_connection_that_registers_nobody_is_closed_after_30_seconds() {
    let mut world = World::new();
    let idle = world.phone(1);
    let trying = world.phone(2);
    world.phone_sends(trying, &register(2, 1, ""));
    let request = world.node_request();
    world.node_answers(&request, "407 Proxy Authentication Required", "");
    world.phone_response(trying);
    let registered = world.registered_phone(3);
    world.closed.clear();
    world.pass(Duration::from_secs(29));
    assert_eq!(world.closed, []);
    world.pass(Duration::from_secs(2));
    let mut closed: Vec<_> = world.closed.iter().filter(|(id, _)| id.0 < 100).copied().collect();
    closed.sort_unstable_by_key(|(id, _)| *id);
    assert_eq!(closed, [(idle, CloseReason::NeverRegistered), (trying, CloseReason::NeverRegistered)]);
    assert_eq!(world.e.phones(), 1);
    // 120 s granted, 30 s overdue.
    world.closed.clear();
    world.pass(Duration::from_secs(118));
    assert!(!world.closed.iter().any(|(id, _)| *id == registered));
    world.pass(Duration::from_secs(2));
    assert!(world.closed.contains(&(registered, CloseReason::NeverRegistered)));
    assert_eq!((world.e.phones(), world.c.sessions().count()), (0, 0));
}

#[test]
fn tls_2_one_source_that_only_holds_connections_shuts_nobody_out() {
    let mut world = World::new();
    let connect = |world: &mut World, id: u64, source: &str| {
        let flow = Flow { id: FlowId(id), remote: source.parse().unwrap(), ..phone_flow(0) };
        world.tell_e(Input::Opened(flow));
        world.closed.pop() != Some((FlowId(id), CloseReason::TooManyFlows))
    };
    // Who is registered takes nobody's place.
    let registered: Vec<FlowId> = (1..=8).map(|id| world.registered_phone(id)).collect();
    let held = (10_000..40_000).filter(|id| connect(&mut world, *id, "198.51.100.66:4000")).count();
    assert_eq!(held, 5_000);
    assert!(connect(&mut world, 9, "198.51.100.7:4000"));
    assert_eq!(world.e.phones(), 5_009);
    // Some go as they are, some are registered no longer when they go.
    for phone in registered {
        if phone.0 % 2 == 0 {
            world.phone_sends(phone, &register(phone.0, 2, &access_token(&format!("user{}", phone.0))));
            let request = world.node_request();
            world.node_answers(&request, "200 OK", "");
        }
        world.tell_e(Input::Closed(phone));
    }
    world.pass(Duration::from_secs(31));
    assert_eq!(world.e.phones(), 0);
    world.closed.clear();
    world.events.clear();
    let held = (50_000..80_000).filter(|id| connect(&mut world, *id, "198.51.100.66:4000")).count();
    assert_eq!(held, 5_000, "every place was given back");
}

#[test]
fn pings_are_answered_and_a_flood_of_them_is_closed() {
    let mut world = World::new();
    let phone = world.phone(1);
    for _ in 0..10 {
        world.tell_e(Input::Ping(phone));
    }
    assert_eq!((world.pongs, world.closed.len()), (10, 0));
    world.tell_e(Input::Ping(phone));
    assert_eq!(world.pongs, 10);
    assert_eq!(world.closed, [(phone, CloseReason::PingFlood)]);
    // What still comes of it is nobody's.
    world.phone_sends(phone, &register(1, 1, ""));
    assert!(world.is_quiet());
    world.tell_e(Input::Closed(phone));
    assert_eq!(world.e.phones(), 0);
}

#[test]
fn without_a_link_a_phone_is_told_when_to_come_back() {
    let mut world = World::apart();
    let phone = world.phone(1);
    world.phone_sends(phone, &register(1, 1, ""));
    let refusal = world.phone_response(phone);
    assert_eq!((refusal.status().as_u16(), refusal.headers().retry_after()), (503, Ok(Some(10))));
    assert_eq!(world.reasons(), ["no_traversal"]);
}

#[test]
fn more_than_a_phone_needs_is_refused_and_another_phone_is_served() {
    let mut world = World::new();
    let greedy = world.registered_phone(1);
    let modest = world.registered_phone(2);
    let mut refused = 0;
    for sequence in 0..200 {
        world.phone_sends(greedy, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", sequence + 10, ""));
        if let Some((_, sip::message::Message::Response(response))) = world.at_phones.pop_front() {
            assert_eq!((response.status().as_u16(), response.headers().retry_after()), (503, Ok(Some(5))));
            refused += 1;
        }
    }
    assert_eq!(refused, 101, "100 at once, of which the REGISTER was one");
    world.at_node.clear();
    world.phone_sends(modest, &request(2, "OPTIONS", "sip:1002@ucm1.example.com", 10, ""));
    world.node_request();
    world.pass(Duration::from_secs(1));
    world.phone_sends(greedy, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 999, ""));
    assert_eq!(world.node_request().headers().cseq().unwrap().sequence, 999);
}

#[test]
fn a_stream_whose_framing_is_lost_is_answered_and_closed() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let mut framer = sip::transport::StreamFramer::new();
    framer.push(
        request(1, "OPTIONS", "sip:1002@ucm1.example.com", 2, "").replace("Content-Length: 0\r\n", "").as_bytes(),
    );
    let Some(sip::transport::Frame::Malformed(error)) = framer.next_frame() else { panic!("malformed") };
    world.tell_e(Input::Malformed(phone, error));
    assert_eq!(world.phone_response(phone).status().as_u16(), 400);
    assert_eq!(world.closed, [(phone, CloseReason::Malformed)]);
    assert!(world.e.is_traversal_up() && world.at_node.is_empty());
}

#[test]
fn med_4_whoever_is_not_registered_takes_no_port() {
    let mut world = World::new();
    let body = "v=0\r\no=- 1 1 IN IP4 192.168.1.2\r\ns=-\r\nc=IN IP4 192.168.1.2\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n";
    let content = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let invite = |token: &str| {
        let invite =
            request(1, "INVITE", "sip:1002@ucm1.example.com", 2, &format!("Authorization: Bearer {token}\r\n"));
        invite.replace("Content-Length: 0\r\n\r\n", &content)
    };
    let phone = world.phone(1);
    for token in ["forged".to_owned(), access_token("user1")] {
        world.phone_sends(phone, &invite(&token));
        assert_eq!(world.refusal(phone), (403, "Not registered through this edge".into()));
    }
    world.tell_e(Input::Closed(phone));
    // The plane of these tests has no port.
    let phone = world.registered_phone(1);
    world.phone_sends(phone, &invite(&access_token("user1")));
    assert_eq!(world.refusal(phone), (503, "No media port is free".into()));
}

#[test]
fn stray_responses_go_nowhere() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    for via in [
        "SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bKa",
        "SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bKa;ringbearer-flow=AAAA",
        "SIP/2.0/TLS 192.0.2.66;branch=z9hG4bKa",
    ] {
        let response = format!(
            "SIP/2.0 200 OK\r\nVia: {via}\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:a@b>;tag=b\r\n\
             Call-ID: a\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        world.events.clear();
        world.phone_sends(phone, &response);
        world.node_sends(&response);
        assert!(world.is_quiet());
        assert_eq!(world.reasons(), ["stray_response", "stray_response"]);
    }
}

#[test]
fn no_event_shows_a_token() {
    let mut world = World::new();
    let phone = world.phone(1);
    let token = access_token("alice");
    world.phone_sends(phone, &register(1, 1, &token));
    let request = world.node_request();
    world.node_answers(&request, "200 OK", "Contact: <sip:guid@192.168.1.2>\r\nExpires: 120\r\n");
    world.phone_sends(
        phone,
        &support::request(1, "INVITE", "sip:1@nowhere", 2, &format!("Authorization: Bearer {token}\r\n")),
    );
    let shown = format!("{:?} {:?} {:?}", world.events, world.e, world.c);
    assert!(world.events.iter().any(|event| matches!(event, Event::Refused { .. })));
    assert!(!shown.contains(&token));
    assert!(!shown.contains(&path_of(&request).get(12..56).unwrap().to_owned()), "nor a whole flow token");
}
