//! Each certificate that is refused is told with its alert and with who sent it: at Expressway-E's traversal port, at a
//! node's MRA OAuth port, and by Expressway-C itself (EDG-1, EDG-5).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

extern crate sip_net as ringbearer_sip_net;

mod support;

use rcgen::ExtendedKeyUsagePurpose;
use ringbearer_edge_net::expressway_c::ExpresswayCService;
use ringbearer_edge_net::expressway_e::ExpresswayEService;
use support::node::certificates::{Authority, ClientIdentity, Request};
use support::node::client::{Client, tls};
use support::{C_NAME, E_NAME, OfC, OfE, Office, count, edge, identity, until};
use tokio::io::AsyncReadExt;

/// Comes to the traversal port as this; the error that E's alert makes.
async fn alert(e: &ExpresswayEService, identity: Option<ClientIdentity>) -> String {
    let mut config = tls(identity, &[&rustls::version::TLS13]);
    config.alpn_protocols = vec![b"sip".to_vec()];
    // TLS 1.3: the client is done before the server has looked at its certificate.
    let mut client = Client::try_connect(e.traversal_address(), config).await.unwrap();
    let (_, error) = client.read_to_end().await;
    error.unwrap().to_string()
}

async fn assert_alert(e: &ExpresswayEService, identity: Option<ClientIdentity>, name: &str, reason: &str) {
    assert_eq!(alert(e, identity).await, format!("received fatal alert: {name}"));
    until(e.monitor(), reason, || count(e.monitor(), "handshake-failed", reason) == 1).await;
}

#[tokio::test]
async fn edg_1_the_traversal_port_names_what_is_wrong_with_a_certificate() {
    let office = Office::new();
    let e = office.e(office.of_e());
    let authority = office.authority();
    assert_alert(&e, None, "CertificateRequired", "certificate-required").await;
    let foreign = Authority::new("Foreign CA").issue(&Request::named(C_NAME));
    assert_alert(&e, Some(foreign), "UnknownCA", "certificate-unknown-ca").await;
    let expired = authority.issue(&Request { valid: -9..-8, ..Request::named(C_NAME) });
    assert_alert(&e, Some(expired), "CertificateExpired", "certificate-expired").await;
    let usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server_only = authority.issue(&Request { usages, ..Request::named(C_NAME) });
    assert_alert(&e, Some(server_only), "UnsupportedCertificate", "certificate-no-client-auth").await;
    let another = authority.issue(&Request::named("exp-c.lab.test.evil.test"));
    assert_alert(&e, Some(another), "AccessDenied", "certificate-name-not-listed").await;
    assert!(!e.is_traversal_up());
}

#[tokio::test]
async fn edg_5_a_second_link_of_the_same_name_is_refused_with_an_alarm() {
    let office = Office::new();
    let (e, c) = edge(&office).await;
    let again = office.authority().issue(&Request::named(C_NAME));
    let mut config = tls(Some(again), &[&rustls::version::TLS13]);
    config.alpn_protocols = vec![b"sip".to_vec()];
    let mut second = Client::try_connect(e.traversal_address(), config).await.unwrap();
    let mut octets = Vec::new();
    assert_eq!(second.stream.read_to_end(&mut octets).await.unwrap(), 0);
    let alarms = e.monitor().alarms();
    let alarm = alarms.iter().find(|alarm| alarm.code == "traversal-taken").unwrap();
    assert_eq!((alarm.subject.as_str(), alarm.count, alarm.is_active), (C_NAME, 1, true));
    assert!(e.is_traversal_up() && c.is_traversal_up());
    assert_eq!(count(c.monitor(), "traversal", "down"), 0);
}

/// Waits until Expressway-C says this of its link, or of its one zone.
async fn says(c: &ExpresswayCService, text: &str, status: impl Fn() -> String) {
    until(c.monitor(), text, || status().starts_with("Failed")).await;
    assert_eq!(status(), text);
}

fn zone(c: &ExpresswayCService) -> String {
    c.zones()[0].status.clone()
}

#[tokio::test]
async fn edg_1_expressway_c_says_who_refused_whom_at_expressway_e() {
    let office = Office::new();
    let foreign = Authority::new("Foreign CA");
    // C does not know the authority of E.
    let e = office.e(OfE { identity: identity(&foreign.issue(&Request::named(E_NAME))), ..office.of_e() });
    let c = office.c(office.of_c(e.traversal_address()));
    let text = "Failed: unknown_ca sent by us: add the CA that signed the server certificate of Expressway-E to the trusted CA list";
    says(&c, text, || c.traversal_status()).await;
    until(e.monitor(), "E is told", || count(e.monitor(), "handshake-failed", "peer-says-unknown-ca") > 0).await;
    // E does not know the authority of C.
    let e = office.e(office.of_e());
    let unknown = identity(&foreign.issue(&Request::named(C_NAME)));
    let c = office.c(OfC { identity: unknown, ..office.of_c(e.traversal_address()) });
    let text =
        "Failed: unknown_ca sent by Expressway-E: add the CA that signed our server certificate to its trusted CA list";
    says(&c, text, || c.traversal_status()).await;
    // The certificate of E carries another name.
    let other = identity(&office.authority().issue(&Request::named("other.test")));
    let e = office.e(OfE { identity: other, ..office.of_e() });
    let c = office.c(office.of_c(e.traversal_address()));
    let text = "Failed: the certificate names other.test: the name that we connect to must be among them";
    says(&c, text, || c.traversal_status()).await;
    // Nobody listens.
    let free = std::net::TcpListener::bind((support::E, 0)).unwrap().local_addr().unwrap();
    let c = office.c(office.of_c(free));
    let text =
        "Failed: connection refused: check that Expressway-E runs and listens on this port, then refresh the servers";
    says(&c, text, || c.traversal_status()).await;
}

#[tokio::test]
async fn edg_1_a_zone_says_who_refused_whom_and_what_helps() {
    let office = Office::new();
    let e = office.e(office.of_e());
    let edge = e.traversal_address();
    // C does not know the signer of the node's tomcat certificate.
    let c = office.c(OfC { trusted: vec![office.authority().certificate()], ..office.of_c(edge) });
    until(c.monitor(), "the zone", || zone(&c).starts_with("Failed")).await;
    let text = "Failed: unknown_ca sent by us: add the CA that signed the certificate of ucm-pub to the trusted CA list of Expressway-C";
    assert_eq!(zone(&c), text);
    // What helps is tried at once.
    c.replace_tls(&office.of_c(edge).identity, office.all_trusted()).unwrap();
    until(c.monitor(), "the zone with the node's CA", || c.zones()[0].is_active).await;
    // The node does not know the signer of C's.
    let foreign = Authority::new("Foreign CA");
    let unknown = identity(&foreign.issue(&Request::named(C_NAME)));
    let c = office.c(OfC { identity: unknown, ..office.of_c(edge) });
    until(c.monitor(), "the zone", || zone(&c).contains("unknown_ca")).await;
    let text = "Failed: unknown_ca sent by ucm-pub: add the CA that signed the certificate of Expressway-C to tomcat-trust of Unified CM";
    assert_eq!(zone(&c), text);
    // None of C's names is in a row of the node.
    let unlisted = identity(&office.authority().issue(&Request::named("unlisted.test")));
    let c = office.c(OfC { identity: unlisted, ..office.of_c(edge) });
    until(c.monitor(), "the zone", || zone(&c).contains("access_denied")).await;
    assert!(zone(&c).starts_with("Failed: access_denied sent by ucm-pub"), "{}", zone(&c));
    // The node's certificate carries other names than the one that Unified CM returned.
    let c = office.c(office.of_c(edge));
    c.replace_view(office.view("localhost"));
    until(c.monitor(), "the zone", || c.zones().len() == 1 && zone(&c).starts_with("Failed")).await;
    assert_eq!(zone(&c), "Failed: certificate names ucm-pub, 127.0.0.1, not localhost");
}
