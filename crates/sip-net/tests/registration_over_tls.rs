//! The OAuth port: TLS without a client certificate, REGISTER, 407, token, 200.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use support::RunningNode;
use support::client::Client;
use testkit::line_side::{header, status};
use testkit::register::Register;

#[tokio::test]
async fn a_softphone_registers_without_a_client_certificate() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let register = Register::vendor("CSFalice", "1001");
    let challenge = phone.ask(register.text()).await;
    assert_eq!(status(&challenge), "SIP/2.0 407 Proxy Authentication Required");
    assert_eq!(header(&challenge, "Proxy-Authenticate"), Some("Bearer realm=\"ccmsipline\""));
    let answer = phone.ask(register.next().bearing(&node.token("alice")).text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("120"));
    let refreshed = phone.ask(register.next().next().bearing(&node.token("alice")).text()).await;
    assert!(!refreshed.contains("newreg"));
    let binding = node.service.registration("CSFalice").unwrap();
    assert_eq!(binding.remote, phone.local);
    assert_eq!(node.service.status().devices, 1);
}

#[tokio::test]
async fn a_message_cut_anywhere_is_one_message() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice")).text();
    for piece in register.as_bytes().chunks(97) {
        phone.send(piece).await;
    }
    assert_eq!(status(&phone.receive().await.unwrap()), "SIP/2.0 200 OK");
}

#[tokio::test]
async fn aut_8_a_revoked_token_ends_the_registration_and_the_flow() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    phone.ask(Register::vendor("CSFalice", "1001").bearing(&node.token("alice")).text()).await;
    let mut other = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    other.ask(Register::vendor("CSFbob", "1002").bearing(&node.token("bob")).text()).await;
    let family = node.node.claims("alice").family;
    node.tokens.revoke([(authorization::Revocation::Family(family), token::UnixTime(0))]);
    let closed = tokio::time::timeout(Duration::from_secs(5), phone.receive()).await;
    assert_eq!(closed.expect("closed within 5 s"), None);
    assert!(node.service.registration("CSFalice").is_none());
    assert!(node.service.registration("CSFbob").is_some());
    assert_eq!(node.count("unregistered", "token-ended"), 1);
}

#[tokio::test]
async fn a_phone_that_is_gone_is_forgotten() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    phone.ask(Register::vendor("CSFalice", "1001").bearing(&node.token("alice")).text()).await;
    drop(phone);
    let gone = async {
        while node.service.status().connections > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.unwrap();
    assert!(node.service.registration("CSFalice").is_none());
    assert_eq!(node.service.status().unregistered, 0);
}

#[tokio::test]
async fn a_second_connection_takes_the_device_over() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice"));
    let mut first = Client::connect(address).await;
    first.ask(register.text()).await;
    let mut second = Client::connect(address).await;
    assert_eq!(status(&second.ask(register.text()).await), "SIP/2.0 200 OK");
    assert_eq!(first.receive().await, None, "the older client is told off");
    assert_eq!(node.service.registration("CSFalice").unwrap().remote, second.local);
    assert_eq!(status(&second.ask(register.next().text()).await), "SIP/2.0 200 OK");
}

#[tokio::test]
async fn a_device_that_registers_on_another_node_leaves_this_one() {
    let node = RunningNode::start();
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    phone.ask(Register::vendor("CSFalice", "1001").bearing(&node.token("alice")).text()).await;
    let registered_at = node.service.registration("CSFalice").unwrap().registered_at;
    let moved = callmanager::registrar::UnregistrationReason::DeviceSwitch;
    let before = token::UnixTime(registered_at.0 - 1);
    assert!(!node.service.end_registration_before("CSFalice", before, moved), "it came back since");
    assert!(node.service.end_registration_before("CSFalice", registered_at, moved));
    assert_eq!(phone.receive().await, None);
    assert_eq!(node.count("unregistered", "device-switch"), 1);
}
