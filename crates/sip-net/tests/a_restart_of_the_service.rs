//! The CallManager service restarts: the ports stay reachable, connections are closed one after the other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use ringbearer_sip_net::{CallManagerService, PortPlan, StartError};
use support::RunningNode;
use support::client::Client;
use testkit::line_side::status;
use testkit::register::Register;
use tokio::time::Instant;

#[tokio::test]
async fn phones_are_let_go_spread_over_time_and_come_back_to_the_same_ports() {
    let mut node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let mut phones = Vec::new();
    for (device, number, user) in [("CSFalice", "1001", "alice"), ("CSFbob", "1002", "bob")] {
        let register = Register::vendor(device, number).bearing(&node.token(user));
        let mut phone = Client::connect(address).await;
        phone.ask(register.text()).await;
        phones.push((phone, register));
    }
    node.service.stop_listening().await;
    let port = |listener, transport| Some(node.address(listener, transport).port());
    let ports = PortPlan {
        phone: port(Listener::Phone, Transport::Tcp),
        secure: port(Listener::Secure, Transport::Tls),
        oauth: port(Listener::OAuth, Transport::Tls),
        mra_oauth: port(Listener::MraOAuth, Transport::Tls),
    };
    let config = ringbearer_sip_net::ServiceConfig { ports, ..node.config.clone() };
    let next = CallManagerService::start(config, node.shared.clone()).unwrap();
    let began = Instant::now();
    let stopping = tokio::spawn(node.service.stop(Duration::from_millis(800)));
    let (mut ends, mut back) = (Vec::new(), Vec::new());
    for (phone, register) in &mut phones {
        assert_eq!(phone.receive().await, None);
        ends.push(began.elapsed());
        let mut again = Client::connect(address).await;
        let answer = again.ask(register.next().text()).await;
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
        assert!(answer.contains("x-cisco-newreg"), "the new service does not know the phone");
        back.push(again);
    }
    stopping.await.unwrap();
    let apart = ends[0].abs_diff(ends[1]);
    assert!(apart >= Duration::from_millis(300), "half of the spread lies between two phones: {apart:?}");
    assert_eq!(next.status().devices, back.len());
}

#[tokio::test]
async fn a_taken_port_is_named_and_nothing_stays_open() {
    let node = RunningNode::start();
    let taken = node.address(Listener::MraOAuth, Transport::Tls);
    let mut config = node.config.clone();
    config.ports.mra_oauth = Some(taken.port());
    let error = CallManagerService::start(config, node.shared.clone()).unwrap_err();
    assert_eq!(error.to_string(), format!("{taken} (MraOAuth port) is taken by another process"));
    assert!(matches!(error, StartError::Port(Listener::MraOAuth, ..)));
}

#[tokio::test]
async fn a_service_that_drains_accepts_nobody_and_sends_what_is_new_elsewhere() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice"));
    let mut phone = Client::connect(address).await;
    assert_eq!(status(&phone.ask(register.text()).await), "SIP/2.0 200 OK");
    node.service.drain(Duration::from_secs(30));
    let refusal = phone.ask(register.next().text()).await;
    assert_eq!(
        (status(&refusal), testkit::line_side::header(&refusal, "Retry-After")),
        ("SIP/2.0 503 Service Unavailable", Some("30"))
    );
    // The listener's task closes its socket in its own time.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
