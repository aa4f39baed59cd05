//! EDG-2: one edge can be revoked. What let it in is taken away, and within seconds its connection is gone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use directory::{ExpresswayC, Host, Object, ObjectKey};
use support::RunningNode;
use support::certificates::{Authority, Request};
use support::client::{Client, tls};
use testkit::edge;
use testkit::line_side::status;
use testkit::register::Register;

/// A row changes at the administrator's, here at once.
fn change(node: &mut RunningNode, change: impl FnOnce(&mut testkit::cluster::TestNode)) {
    change(&mut node.node);
    node.directory.store(Arc::new(node.node.directory.clone()));
}

fn row(host: &str, names: &str) -> Object {
    Object::Expressway(ExpresswayC {
        host: Host::new(host).unwrap(),
        description: String::new(),
        subject_names: names.into(),
    })
}

/// An edge that carries a registered phone.
async fn edge_with_phone(node: &RunningNode, authority: &Authority, name: &str, device: (&str, &str, &str)) -> Client {
    let (user, device, number) = device;
    let identity = authority.issue(&Request::named(name));
    let address = node.address(Listener::MraOAuth, Transport::Tls);
    let mut edge = Client::try_connect(address, tls(Some(identity), rustls::DEFAULT_VERSIONS)).await.unwrap();
    let register = Register::vendor(device, number).bearing(&node.token(user));
    let answer = edge.ask(edge::inwards("k1", &register.text())).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK", "{answer}");
    edge
}

/// The connection is closed within five seconds.
async fn closes(mut edge: Client) {
    let (rest, _) = tokio::time::timeout(Duration::from_secs(5), edge.read_to_end()).await.expect("closed");
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

async fn is_alive(edge: &mut Client) {
    edge.send("\r\n\r\n").await;
    let mut pong = [0; 2];
    tokio::io::AsyncReadExt::read_exact(&mut edge.stream, &mut pong).await.unwrap();
    assert_eq!(&pong, b"\r\n");
}

const ALICE: (&str, &str, &str) = ("alice", "CSFalice", "1001");
const BOB: (&str, &str, &str) = ("bob", "CSFbob", "1002");

#[tokio::test]
async fn edg_2_its_row_is_removed() {
    let mut node = RunningNode::start();
    change(&mut node, |node| node.put(row("exp-c2", "exp-c2.lab.test")));
    let one = edge_with_phone(&node, &node.authority, "exp-c.lab.test", ALICE).await;
    let mut two = edge_with_phone(&node, &node.authority, "exp-c2.lab.test", BOB).await;
    assert_eq!(node.service.status().devices, 2);
    change(&mut node, |node| node.remove(&ObjectKey::Expressway(Host::new("exp-c").unwrap())));
    closes(one).await;
    assert_eq!(node.count("edge-revoked", "certificate-name-not-listed"), 1);
    assert_eq!(node.count("unregistered", "edge-revoked"), 1);
    assert!(node.service.registration("CSFalice").is_none());
    is_alive(&mut two).await;
    assert!(node.service.registration("CSFbob").is_some());
}

#[tokio::test]
async fn edg_2_its_row_no_longer_names_it() {
    let mut node = RunningNode::start();
    let mut edge = edge_with_phone(&node, &node.authority, "exp-c.lab.test", ALICE).await;
    change(&mut node, |node| node.put(row("exp-c", "other.lab.test, exp-c.lab.test")));
    node.service.sweep();
    is_alive(&mut edge).await;
    change(&mut node, |node| node.put(row("exp-c", "other.lab.test")));
    closes(edge).await;
    assert_eq!(node.count("edge-revoked", "certificate-name-not-listed"), 1);
    assert_eq!(node.service.status().devices, 0);
}

#[tokio::test]
async fn edg_2_its_authority_leaves_the_trust_store() {
    let node = RunningNode::start();
    let other = Authority::new("Other CA");
    node.service.set_tomcat_trust(vec![node.authority.certificate(), other.certificate()]);
    let one = edge_with_phone(&node, &node.authority, "exp-c.lab.test", ALICE).await;
    let mut two = edge_with_phone(&node, &other, "exp-c.lab.test", BOB).await;
    node.service.set_tomcat_trust(vec![other.certificate()]);
    closes(one).await;
    assert_eq!(node.count("edge-revoked", "certificate-unknown-ca"), 1);
    is_alive(&mut two).await;
    let identity = node.authority.issue(&Request::named("exp-c.lab.test"));
    let address = node.address(Listener::MraOAuth, Transport::Tls);
    let refused = Client::try_connect(address, tls(Some(identity), &[&rustls::version::TLS12])).await.err().unwrap();
    assert_eq!(refused.to_string(), "received fatal alert: UnknownCA");
}
