//! Scenario 1 of the vendor's note: one answer, three causes, and the log tells which.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use ringbearer_callmanager::admission::PeerNames;
use ringbearer_callmanager::flow::{Listener, Transport};
use testkit::cluster::TestNode;
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;

#[track_caller]
fn assert_mismatch(answer: &str) {
    assert_eq!(status(answer), "SIP/2.0 403 Forbidden");
    assert_eq!(header(answer, "Retry-After"), Some("35"));
    assert_eq!(header(answer, "Warning"), Some("399 ucm-pub \"SIP OAuth Registration port Mismatch\""));
    assert_eq!(header(answer, "Content-Length"), Some("0"));
}

#[test]
fn the_mode_is_not_enabled_in_the_cluster() {
    let mut node = TestNode::new();
    node.running.node.sip_oauth_mode = false;
    let mut side = LineSide::new(node);
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFalice", "1001");
    assert_mismatch(&side.ask(flow, register.text()));
    assert_eq!(side.last_refusal(), Some("port-mismatch-mode-disabled"));
    let flow = side.connect(Listener::Phone);
    assert_mismatch(&side.ask(flow, register.text()));
    assert_eq!(side.last_refusal(), Some("port-mismatch-mode-disabled"));
}

#[test]
fn the_profile_of_the_device_has_no_oauth() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register::vendor("CSFcarol", "1003");
    assert_eq!(status(&side.ask(flow, register.text())), "SIP/2.0 407 Proxy Authentication Required");
    assert_mismatch(&side.ask(flow, register.next().bearing(&side.node.token("carol")).text()));
    assert_eq!(side.last_refusal(), Some("port-mismatch-profile-without-oauth"));
}

#[test]
fn an_oauth_device_came_over_mutual_tls_or_without_tls() {
    let mut side = LineSide::default();
    let names = PeerNames { common_names: vec!["CSFalice".into()], alternative_names: vec![] };
    let secure = side.connect_with(Listener::Secure, Transport::Tls, Some(names));
    let register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    assert_mismatch(&side.ask(secure, register.text()));
    assert_eq!(side.last_refusal(), Some("port-mismatch-wrong-transport"));
    for transport in [Transport::Tcp, Transport::Udp] {
        let phone = side.connect_with(Listener::Phone, transport, None);
        assert_mismatch(&side.ask(phone, register.text()));
        assert_eq!(side.last_refusal(), Some("port-mismatch-wrong-transport"));
    }
}

#[test]
fn a_client_of_the_edge_came_without_mutual_tls() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let register = Register {
        contact: "127.0.0.21:5061;orig-hostport=10.1.1.1:50000".into(),
        ..Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"))
    };
    assert_mismatch(&side.ask(flow, register.text()));
    assert_eq!(side.last_refusal(), Some("port-mismatch-wrong-transport"));
    let edge = side.connect(Listener::MraOAuth);
    assert_eq!(status(&side.ask(edge, register.next().text())), "SIP/2.0 200 OK");
}
