//! Ports 5091 and 5061: each refusal of a certificate is the alert that names it (EDG-1).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::sync::Arc;

use callmanager::flow::{Listener, Transport};
use observation::{AlertSender, ChainSide, LinkFault, Place, Port};
use rcgen::ExtendedKeyUsagePurpose;
use support::RunningNode;
use support::certificates::{Authority, ClientIdentity, Request};
use support::client::{Client, tls};
use testkit::line_side::{header, status};
use testkit::register::Register;

const EDGE: &str = "exp-c.lab.test";

/// Connects to 5091 and tells how it ended: `None` when it was let in, else the error that the server's alert makes.
async fn outcome(node: &RunningNode, identity: Option<ClientIdentity>, listener: Listener) -> [Option<String>; 2] {
    let address = node.address(listener, Transport::Tls);
    let mut outcomes = [None, None];
    let versions = [&rustls::version::TLS12, &rustls::version::TLS13];
    for (outcome, version) in outcomes.iter_mut().zip(versions) {
        *outcome = match Client::try_connect(address, tls(identity.clone(), &[version])).await {
            Err(error) => Some(error.to_string()),
            Ok(mut client) => {
                // TLS 1.3: the client is done before the server has looked at its certificate.
                client.send("\r\n\r\n").await;
                let (octets, error) = tokio::time::timeout(std::time::Duration::from_secs(5), async {
                    let mut pong = [0; 2];
                    use tokio::io::AsyncReadExt;
                    match client.stream.read_exact(&mut pong).await {
                        Ok(_) => (pong.to_vec(), None),
                        Err(error) => (Vec::new(), Some(error)),
                    }
                })
                .await
                .unwrap();
                error.map(|error| error.to_string()).filter(|_| octets.is_empty())
            }
        };
    }
    outcomes
}

async fn assert_alert(node: &RunningNode, identity: Option<ClientIdentity>, alert: &str, reason: &str) {
    let before = node.count("handshake-failed", reason);
    let expected = Some(format!("received fatal alert: {alert}"));
    assert_eq!(outcome(node, identity, Listener::MraOAuth).await, [expected.clone(), expected]);
    assert_eq!(node.count("handshake-failed", reason), before + 2, "{:?}", node.service.status().counts);
}

#[tokio::test]
async fn an_expressway_with_a_listed_name_is_let_in() {
    let node = RunningNode::start();
    let identity = node.authority.issue(&Request::named("EXP-C.lab.test"));
    assert_eq!(outcome(&node, Some(identity), Listener::MraOAuth).await, [None, None]);
}

#[tokio::test]
async fn edg_1_no_certificate_is_certificate_required() {
    let node = RunningNode::start();
    let address = node.address(Listener::MraOAuth, Transport::Tls);
    let mut client = Client::try_connect(address, tls(None, &[&rustls::version::TLS13])).await.unwrap();
    let (_, error) = client.read_to_end().await;
    assert_eq!(error.unwrap().to_string(), "received fatal alert: CertificateRequired");
    assert_eq!(node.count("handshake-failed", "certificate-required"), 1);
}

#[tokio::test]
async fn edg_1_a_foreign_authority_is_unknown_ca() {
    let node = RunningNode::start();
    let foreign = Authority::new("Foreign CA");
    // Also wrong in every later check: the first one counts.
    let wrong =
        Request { valid: -9..-8, usages: vec![ExtendedKeyUsagePurpose::ServerAuth], ..Request::named("x.test") };
    assert_alert(&node, Some(foreign.issue(&wrong)), "UnknownCA", "certificate-unknown-ca").await;
    assert_alert(&node, Some(Request::named(EDGE).self_signed()), "UnknownCA", "certificate-unknown-ca").await;
}

#[tokio::test]
async fn edg_1_an_expired_certificate_is_certificate_expired() {
    let node = RunningNode::start();
    let wrong = Request { usages: vec![ExtendedKeyUsagePurpose::ServerAuth], ..Request::named("x.test") };
    let expired = node.authority.issue(&Request { valid: -9..-8, ..wrong.clone() });
    assert_alert(&node, Some(expired), "CertificateExpired", "certificate-expired").await;
    let early = node.authority.issue(&Request { valid: 2..9, ..wrong });
    assert_alert(&node, Some(early), "CertificateExpired", "certificate-not-yet-valid").await;
}

#[tokio::test]
async fn edg_1_a_server_certificate_is_unsupported_certificate() {
    let node = RunningNode::start();
    let server_only = Request { usages: vec![ExtendedKeyUsagePurpose::ServerAuth], ..Request::named("x.test") };
    let identity = node.authority.issue(&server_only);
    assert_alert(&node, Some(identity), "UnsupportedCertificate", "certificate-no-client-auth").await;
}

#[tokio::test]
async fn edg_1_an_unlisted_name_is_access_denied() {
    let node = RunningNode::start();
    for name in ["exp-c", "exp-c.lab.test.evil.test", "sub.exp-c.lab.test"] {
        let identity = node.authority.issue(&Request::named(name));
        assert_alert(&node, Some(identity), "AccessDenied", "certificate-name-not-listed").await;
    }
}

#[tokio::test]
async fn a_row_that_is_taken_off_counts_at_the_next_connection() {
    let mut node = RunningNode::start();
    let identity = node.authority.issue(&Request::named(EDGE));
    assert_eq!(outcome(&node, Some(identity.clone()), Listener::MraOAuth).await, [None, None]);
    node.node.remove(&directory::ObjectKey::Expressway(directory::Host::new("exp-c").unwrap()));
    node.directory.store(Arc::new(node.node.directory.clone()));
    assert_alert(&node, Some(identity), "AccessDenied", "certificate-name-not-listed").await;
}

#[tokio::test]
async fn a_self_signed_authority_in_the_trust_store_is_taken_as_it_is() {
    let request = Request { is_ca: true, ..Request::named(EDGE) };
    let identity = request.self_signed();
    let pinned = identity.chain[0].clone();
    let node =
        RunningNode::start_with(|config| config.tls.tomcat_trust.push(pinned), Arc::new(ringbearer_sip_net::Silent));
    assert_eq!(outcome(&node, Some(identity), Listener::MraOAuth).await, [None, None]);
}

#[tokio::test]
async fn a_device_registers_on_5061_with_the_certificate_that_names_it() {
    let node = RunningNode::start();
    let address = node.address(Listener::Secure, Transport::Tls);
    for (name, expected) in [("CSFcarol", "SIP/2.0 200 OK"), ("CSFbob", "SIP/2.0 403 Forbidden")] {
        let identity = node.authority.issue(&Request::named(name));
        let config = tls(Some(identity), rustls::DEFAULT_VERSIONS);
        let mut phone = Client::try_connect(address, config).await.unwrap();
        let answer = phone.ask(Register::vendor("CSFcarol", "1003").text()).await;
        assert_eq!(status(&answer), expected, "{name}");
        if name == "CSFbob" {
            assert_eq!(header(&answer, "Warning"), Some("399 ucm-pub \"TLS authentication failure\""));
        }
    }
}

/// The last handshake that the node recorded.
fn recorded(node: &RunningNode) -> observation::Handshake {
    let records = node.shared.observation.recorder().handshakes(1, |_| true);
    match &records[0].event {
        observation::Event::Handshake(handshake) => (**handshake).clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_chain_is_recorded_with_the_link_that_fails() {
    let node = RunningNode::start();
    let foreign = Authority::new("Foreign CA");
    assert_alert(&node, Some(foreign.issue(&Request::named(EDGE))), "UnknownCA", "certificate-unknown-ca").await;
    let handshake = recorded(&node);
    let failure = handshake.failure.unwrap();
    assert_eq!((handshake.port, failure.reason), (Port::MraOAuth, "certificate-unknown-ca"));
    let alert = failure.alert.unwrap();
    assert_eq!((&*alert.name, alert.number, alert.sender), ("unknown_ca", 48, AlertSender::Us));
    let failing = failure.failing.unwrap();
    assert_eq!((failing.side, failing.fault), (ChainSide::Peer, LinkFault::UnknownIssuer));
    assert_eq!(failing.index + 1, handshake.peer_chain.len(), "the last one that was sent has an unknown issuer");
    assert!(handshake.peer_chain[0].names.iter().any(|name| &**name == EDGE));
    assert_eq!(handshake.own_chain[0].names[0].as_ref(), "ucm-pub");
    assert_eq!(failure.remedy.place, Place::Trust("tomcat-trust"));
}

#[tokio::test]
async fn an_admitted_chain_is_recorded_with_version_and_cipher_suite() {
    let node = RunningNode::start();
    let identity = node.authority.issue(&Request::named("EXP-C.lab.test"));
    assert_eq!(outcome(&node, Some(identity), Listener::MraOAuth).await, [None, None]);
    let handshake = recorded(&node);
    assert!(handshake.failure.is_none() && handshake.is_mutual && handshake.flow > 0);
    assert!(handshake.version.is_some() && handshake.cipher_suite.is_some());
    assert!(handshake.peer_chain[0].names.iter().any(|name| &**name == "EXP-C.lab.test"));
}
