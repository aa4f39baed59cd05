//! The statement about a phone's connection, and the clocks of the two halves.

mod support;

use std::time::Duration;

use ringbearer_edge::{Event, Input, Reason};
use support::*;

fn skews(world: &World) -> Vec<i64> {
    world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::ClockSkew { seconds } => Some(*seconds),
            _ => None,
        })
        .collect()
}

#[test]
fn a_clock_that_is_five_minutes_off_is_reported_as_such() {
    for (skew, of_c) in [(300, 300), (-300, -300)] {
        let mut world = World::new();
        world.skew = skew;
        let phone = world.phone(1);
        world.phone_sends(phone, &register(1, 1, &access_token("alice")));
        assert_eq!(world.refusal(phone), (403, "Edge clock differs by 300 seconds".into()));
        assert!(world.at_node.is_empty());
        // C says who is ahead; E knows by how much.
        assert_eq!(skews(&world), [of_c, 300]);
        assert_eq!(world.reasons(), ["clock_skew", "clock_skew"]);
        let direction = if skew > 0 { "ahead of" } else { "behind" };
        assert_eq!(
            Reason::ClockSkew(skew).to_string(),
            format!("Expressway-E's clock is 300 seconds {direction} Expressway-C's: check NTP on both")
        );
        // Mended: the next try but a few seconds later is asked anew.
        world.skew = 0;
        world.phone_sends(phone, &register(1, 2, &access_token("alice")));
        assert_eq!(world.refusal(phone).0, 403);
        world.pass(Duration::from_secs(6));
        world.phone_sends(phone, &register(1, 3, &access_token("alice")));
        world.node_request();
    }
}

#[test]
fn sixty_seconds_apart_is_near_enough() {
    for skew in [60, -60] {
        let mut world = World::new();
        world.skew = skew;
        world.registered_phone(1);
    }
}

#[test]
fn requests_wait_in_order_for_the_answer_and_no_more_than_eight() {
    let mut world = World::new();
    let phone = world.phone(1);
    let other = world.phone(2);
    world.link = false; // The SERVICE is on its way.
    for sequence in 1..=9 {
        world.phone_sends(phone, &register(1, sequence, ""));
    }
    let service = world.phone_request(world.edge_link);
    assert_eq!(service.method().as_str(), "SERVICE");
    assert_eq!(world.refusal(phone), (503, "Expressway-C has not yet answered for this connection".into()));
    world.phone_sends(other, &register(2, 1, ""));
    assert_eq!(
        world.phone_request(world.edge_link).method().as_str(),
        "SERVICE",
        "one for each connection, and no more"
    );
    world.link = true;
    world.tell_c(Input::Received(world.core_link, sip::message::Message::Request(service)));
    for sequence in 1..=8 {
        assert_eq!(world.node_request().headers().cseq().unwrap().sequence, sequence);
    }
    assert!(world.at_node.is_empty());
}

#[test]
fn without_an_answer_the_waiting_are_refused() {
    let mut world = World::new();
    let phone = world.phone(1);
    world.link = false;
    world.phone_sends(phone, &register(1, 1, ""));
    world.phone_request(world.edge_link);
    world.pass(Duration::from_secs(6));
    assert_eq!(world.refusal(phone), (503, "Expressway-C does not answer".into()));
    assert_eq!(world.reasons(), ["statement_unanswered"]);
}

#[test]
fn each_new_link_is_told_of_each_connection_again() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.part();
    world.c = {
        let fresh = World::apart();
        fresh.c
    };
    world.tell_c(Input::Reconfigured);
    world.join();
    world.node_up();
    // Another C: it knows nothing of before, and hears of the connection before its next request.
    world.phone_sends(phone, &register(1, 5, &access_token("alice")));
    world.node_request();
}

#[test]
fn another_process_of_e_ends_the_sessions_of_before() {
    let mut world = World::new();
    world.registered_phone(1);
    assert_eq!(world.c.sessions().count(), 1);
    world.part();
    world.e = ringbearer_edge::ExpresswayE::new(
        ringbearer_edge::EdgeSettings {
            host: "203.0.113.22".into(),
            port: 5061,
            aliases: Vec::new(),
            certificate_subject: String::new(),
            certificate_key_usage: Vec::new(),
        },
        [77; 32],
    );
    world.join();
    let phone = world.phone(9);
    world.phone_sends(phone, &register(9, 1, &access_token("alice")));
    world.node_request();
    assert_eq!(world.c.sessions().count(), 0);
    assert!(world.events.iter().any(|event| matches!(event, Event::SessionEnded { reason: "edge_restarted", .. })));
}

#[test]
fn a_connection_that_closes_ends_its_session_and_the_node_hears_nothing() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    world.tell_e(Input::Closed(phone));
    assert_eq!(world.c.sessions().count(), 0);
    assert!(world.events.iter().any(|event| matches!(event, Event::SessionEnded { reason: "connection_closed", .. })));
    assert!(world.is_quiet());
}

#[test]
fn what_is_no_statement_is_answered_with_400() {
    let mut world = World::new();
    let service = "SERVICE sip:10.0.0.21 SIP/2.0\r\nVia: SIP/2.0/TLS 203.0.113.22:5061;branch=z9hG4bKs\r\nFrom: <sip:e>;tag=a\r\n\
        To: <sip:c>\r\nCall-ID: s\r\nCSeq: 1 SERVICE\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    world.link = false;
    let message = sip::message::Message::parse(bytes::Bytes::from_static(service.as_bytes())).unwrap();
    world.tell_c(Input::Received(world.core_link, message));
    assert_eq!(world.reasons(), ["statement_malformed"]);
}

#[test]
fn a_phone_cannot_state_anything() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let body = r#"{"instance":"x","flow":"f","client":"c","timestamp":1800000000}"#;
    let service =
        request(1, "SERVICE", "sip:10.0.0.21", 4, "Content-Type: application/x-ringbearer-edge-statement+json\r\n")
            .replace("Content-Length: 0\r\n\r\n", &format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    world.phone_sends(phone, &service);
    assert_eq!(
        world.phone_response(phone).status().as_u16(),
        404,
        "a request like any other, for a host without a rule"
    );
    assert_eq!(world.c.sessions().count(), 1);
}
