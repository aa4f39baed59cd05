//! Scenario 1 of the vendor's note: one answer, three causes, and the log tells which.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use observation::{Place, StepOutcome};
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

/// The checks that were made, and what the last of them saw.
fn decision(side: &LineSide) -> (Vec<&'static str>, String) {
    let refusal = side.refusal().unwrap();
    let last = refusal.steps.last().unwrap();
    assert!(refusal.steps.iter().rev().skip(1).all(|step| step.outcome == StepOutcome::Passed));
    assert_eq!(last.outcome, StepOutcome::Failed);
    (refusal.steps.iter().map(|step| step.check).collect(), last.evidence.to_string())
}

#[test]
fn each_is_explained_in_steps_and_by_the_place_where_it_is_put_right() {
    let mut node = TestNode::new();
    node.running.node.sip_oauth_mode = false;
    let mut side = LineSide::new(node);
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, Register::vendor("CSFalice", "1001").text());
    let (checks, evidence) = decision(&side);
    assert_eq!(checks, ["connection", "throttle", "transaction", "syntax", "cluster-mode"]);
    assert_eq!(evidence, "Cluster SIPOAuth Mode on ucm-pub: Disabled",);
    let remedy = side.refusal().unwrap().remedy.clone();
    assert_eq!((remedy.place, remedy.command.as_deref()), (Place::SipOauthMode, Some("utils sipOAuth-mode enable")));

    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    side.ask(flow, Register::vendor("CSFcarol", "1003").bearing(&side.node.token("carol")).text());
    let (checks, evidence) = decision(&side);
    assert_eq!(checks.last(), Some(&"profile"));
    assert!(checks.contains(&"token-signature") && checks.contains(&"device"), "{checks:?}");
    assert!(evidence.contains("Enable OAuth Authentication No"), "{evidence}");
    assert!(matches!(side.refusal().unwrap().remedy.place, Place::PhoneSecurityProfile(_)));

    let names = PeerNames { common_names: vec!["CSFalice".into()], alternative_names: vec![] };
    let secure = side.connect_with(Listener::Secure, Transport::Tls, Some(names));
    side.ask(secure, Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice")).text());
    let (checks, evidence) = decision(&side);
    assert_eq!(checks, ["connection", "throttle", "transaction", "syntax", "not-for-tokens"]);
    assert!(evidence.contains("Enable OAuth Authentication Yes"), "{evidence}");
    assert_eq!(side.refusal().unwrap().remedy.place, Place::Phone("CSFalice".into()));
}

#[test]
fn sec_1_no_evidence_holds_the_token() {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let token = side.node.token("carol");
    side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&token).text());
    let refusal = side.refusal().unwrap();
    assert_eq!(refusal.steps.last().unwrap().check, "device");
    let evidence: String = refusal.steps.iter().map(|step| &*step.evidence).collect();
    assert!(evidence.contains("owner alice") && evidence.contains("user of the token: carol"), "{evidence}");
    assert!(token.split('.').all(|part| !evidence.contains(part)), "{evidence}");
}
