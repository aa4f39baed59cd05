//! Zones and the traversal link: connecting, asking, failing, and connecting again.

mod support;

use std::time::Duration;

use ringbearer_edge::{CloseReason, ConnectFailure, Input, SentBy, Target, ZoneStatus};
use sip::message::HeaderName;
use support::*;

/// A world whose node answers OPTIONS only when the test says so.
fn apart() -> World {
    let mut world = World::apart();
    world.node_answers_options = false;
    world
}

fn asking() -> World {
    let mut world = apart();
    world.tell_c(Input::Reconfigured);
    world.join();
    world.node_up();
    world
}

fn status(world: &World) -> String {
    let (_, status) = world.c.zones().next().expect("a zone");
    status.describe("ucm1.example.com")
}

#[test]
fn a_zone_connects_asks_and_is_active() {
    let mut world = apart();
    world.tell_c(Input::Reconfigured);
    assert_eq!(world.connects, [Target::Traversal, Target::Zone(zone())]);
    assert_eq!(status(&world), "Connecting");
    world.node_up();
    assert_eq!(status(&world), "Active");
    world.pass(Duration::from_secs(29));
    assert!(world.at_node.is_empty());
    world.pass(Duration::from_secs(2));
    let options = world.node_request();
    assert_eq!(options.uri_bytes(), b"sip:ucm1.example.com:5091;transport=tls");
    assert_eq!(options.headers().first(HeaderName::CSeq), Some(&b"2 OPTIONS"[..]));
    // Any response shows a node that is alive.
    world.node_answers(&options, "503 Service Unavailable", "");
    world.pass(Duration::from_secs(11));
    assert_eq!(status(&world), "Active");
}

#[test]
fn no_answer_within_ten_seconds_closes_and_connects_again() {
    let mut world = asking();
    world.connects.clear();
    world.pass(Duration::from_secs(31));
    world.node_request();
    world.pass(Duration::from_secs(9));
    assert_eq!(status(&world), "Failed: no answer to OPTIONS");
    assert_eq!(world.closed, [(NODE, CloseReason::NoAnswer)]);
    world.tell_c(Input::Closed(NODE));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.connects, [Target::Zone(zone())]);
    assert_eq!(status(&world), "Failed: no answer to OPTIONS", "until the node answers again");
    world.node_up();
    assert_eq!(status(&world), "Active");
}

#[test]
fn each_failure_names_its_remedy() {
    for (failure, expected) in [
        (ConnectFailure::Refused, "Failed: connection refused"),
        (
            ConnectFailure::UnknownCa(SentBy::Us),
            "Failed: unknown_ca sent by us: add the CA that signed the certificate of ucm1.example.com to the trusted CA list of Expressway-C",
        ),
        (
            ConnectFailure::UnknownCa(SentBy::Peer),
            "Failed: unknown_ca sent by ucm1.example.com: add the CA that signed the certificate of Expressway-C to tomcat-trust of Unified CM",
        ),
        (
            ConnectFailure::CertificateNames(vec!["ucm9.example.com".into(), "10.0.0.19".into()]),
            "Failed: certificate names ucm9.example.com, 10.0.0.19, not ucm1.example.com",
        ),
        (
            ConnectFailure::Alert(SentBy::Peer, "access_denied".into()),
            "Failed: access_denied sent by ucm1.example.com: the names of Expressway-C's certificate are in no row of Device > Expressway-C; refresh servers",
        ),
        (ConnectFailure::NameNotResolved, "Failed: ucm1.example.com has no address: check DNS"),
    ] {
        let mut world = apart();
        world.tell_c(Input::Reconfigured);
        world.tell_c(Input::ConnectFailed(Target::Zone(zone()), failure));
        assert_eq!(status(&world), expected);
    }
}

#[test]
fn attempts_back_off_from_one_to_thirty_seconds_with_jitter() {
    let mut world = apart();
    world.tell_c(Input::Reconfigured);
    let mut waits = Vec::new();
    for _ in 0..10 {
        world.connects.clear();
        world.tell_c(Input::ConnectFailed(Target::Zone(zone()), ConnectFailure::Refused));
        let failed_at = world.now.monotonic;
        while !world.connects.contains(&Target::Zone(zone())) {
            world.pass(Duration::from_millis(10));
        }
        waits.push(world.now.monotonic.duration_since(failed_at).as_millis());
    }
    for (wait, longest) in
        waits.iter().zip([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000])
    {
        assert!((longest / 2..=longest + 10).contains(wait), "{waits:?}");
    }
    assert_ne!(waits[8], waits[9]);
}

#[test]
fn a_refresh_keeps_adds_and_removes_zones() {
    let mut world = asking();
    world.connects.clear();
    world.view.set_nodes(&[("ucm1.example.com", "10.0.0.11", 5091), ("ucm2.example.com", "10.0.0.12", 5091)]);
    world.tell_c(Input::Reconfigured);
    assert_eq!(world.connects, [Target::Zone(ringbearer_edge::ZoneName::ceoauth("ucm2.example.com"))]);
    assert_eq!(status(&world), "Active", "the zone that stays is not disturbed");
    world.connects.clear();
    world.view.set_nodes(&[("ucm1.example.com", "10.0.0.11", 5191)]);
    world.tell_c(Input::Reconfigured);
    assert_eq!(world.closed, [(NODE, CloseReason::ZoneRemoved)], "its node listens on another port");
    assert_eq!(world.connects, [Target::Zone(zone())]);
    assert_eq!(world.c.zones().count(), 1);
    assert!(matches!(world.c.zones().next(), Some((_, ZoneStatus::Connecting))));
    world.view.set_nodes(&[]);
    world.tell_c(Input::Reconfigured);
    assert_eq!(world.c.zones().count(), 0);
}

#[test]
fn the_link_is_pinged_every_15_seconds_and_dead_after_40() {
    let mut world = asking();
    world.pass(Duration::from_secs(46));
    assert_eq!((world.pings, world.closed.len()), (3, 1), "{:?}", world.closed);
    assert_eq!(world.closed, [(NODE, CloseReason::NoAnswer)], "only the node, which nobody answers for here");
    world.link = false;
    world.connects.clear();
    world.closed.clear();
    world.pass(Duration::from_secs(41));
    assert!(world.closed.contains(&(world.core_link, CloseReason::Silent)));
    assert!(!world.c.is_traversal_up() && !world.e.is_traversal_up());
    assert!(world.connects.contains(&Target::Traversal));
}

#[test]
fn the_node_may_ask_whether_we_are_there() {
    let mut world = asking();
    let options =
        from_node("OPTIONS", "", "").replace("sip:guid@192.168.1.2:50000;transport=tls", "sip:10.0.0.21:5061");
    world.node_sends(&options);
    assert_eq!(world.node_response().status().as_u16(), 200);
    // Anything else without a phone's Route is not for us.
    world.node_sends(&from_node("INVITE", "", ""));
    assert_eq!(world.node_response().status().as_u16(), 403);
    assert_eq!(world.reasons(), ["no_flow_token"]);
}
