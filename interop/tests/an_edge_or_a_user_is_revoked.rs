//! Revoked within five seconds, for phones that are registered through the edge: a user by the vendor's form, a user who is set
//! inactive, and the edge itself. Nobody else is touched.

use std::net::SocketAddr;
use std::time::Duration;

use ringbearer_interop::child::wait_until;
use ringbearer_interop::cluster::{NAME, PASSWORD};
use ringbearer_interop::crash::https::Https;
use ringbearer_interop::crash::oauth::OauthClient;
use ringbearer_interop::edge::Edge;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::raw_client::field;
use ringbearer_interop::softphone::Softphone;

/// What a revocation has.
const LIMIT: Duration = Duration::from_secs(5);

const ADMINISTRATOR: (&str, &str) = ("revoker", "an-administrator-who-revokes");

type Device = (&'static str, &'static str);
const ALICE: Device = ("CSFALICE", "2001");
const BOB: Device = ("CSFBOB", "2002");

#[test]
fn aut_8_edge_tokens_of_a_user_are_revoked_by_the_form() {
    let folder = Folder::new("edge-user-revoked");
    let edge = Edge::start(&folder, 73);
    let (mut alice, alices) = register(&edge, "alice", ALICE);
    let (mut bob, bobs) = register(&edge, "bob", BOB);
    until_registered(&edge, &["CSFALICE", "CSFBOB"]);
    assert_eq!(edge.registered(), 2);

    let (name, password) = ADMINISTRATOR;
    edge.node.admin(&format!("set user {name} last-name Revoker roles axl"));
    edge.node.admin_answering(&format!("set user password {name}"), &format!("{password}\n{password}\n"));
    oauth(&edge).revoke_user("alice", ADMINISTRATOR).expect("the node is there").expect("an administrator may");
    is_out(&edge, &mut alice, &alices, "CSFALICE");
    stays(&edge, &mut bob, &bobs, "CSFBOB");

    // She is not shut out: with a new sign-in, which gives a token of another family, she is back.
    let (_alice, _) = register(&edge, "alice", ALICE);
    until_registered(&edge, &["CSFALICE", "CSFBOB"]);
}

#[test]
fn aut_8_edge_a_user_is_set_inactive() {
    let folder = Folder::new("edge-user-inactive");
    let edge = Edge::start(&folder, 74);
    let (mut alice, alices) = register(&edge, "alice", ALICE);
    let (mut bob, bobs) = register(&edge, "bob", BOB);
    until_registered(&edge, &["CSFALICE", "CSFBOB"]);

    edge.node.admin("set user bob active off");
    is_out(&edge, &mut bob, &bobs, "CSFBOB");
    stays(&edge, &mut alice, &alices, "CSFALICE");
    let refused = oauth(&edge).sign_in("bob", PASSWORD).expect("the node is there").expect_err("bob is inactive");
    assert_eq!(refused.status, 403, "{refused:?}");
}

#[test]
fn edg_2_edge_its_row_is_removed() {
    let folder = Folder::new("edge-revoked");
    let edge = Edge::start(&folder, 75);
    let (mut alice, alices) = register(&edge, "alice", ALICE);
    let (_bob, _) = register(&edge, "bob", BOB);
    until_registered(&edge, &["CSFALICE", "CSFBOB"]);

    edge.node.admin("unset expressway exp-c");
    wait_until("both are unregistered", LIMIT, || devices(&edge).is_empty());
    let words = edge.node.words();
    assert!(words.contains("an Expressway-C is not admitted any more: its connection is closed"), "{words}");
    edge.until_zone(&format!("access_denied sent by {NAME}: the names of Expressway-C's certificate are in no row of"));
    alice.register_again(&alices);
    let refused = alice.receive_until("SIP/2.0 ");
    assert!(refused.starts_with("SIP/2.0 503 "), "{refused}");
    assert!(field(&refused, "Retry-After").is_some(), "{refused}");
}

/// Registers through the edge; answers with the access token too.
fn register(edge: &Edge, user: &str, device: Device) -> (Softphone, String) {
    let mut client = oauth(edge);
    let code = client.sign_in(user, PASSWORD).expect("the node is there").expect("the password is right");
    let token = client.redeem(&code).expect("the node is there").expect("the code is good").access;
    let (phone, _) = Softphone::register_at(edge.outer.port(5061), &edge.outer.certificate(), NAME, device, &token);
    (phone, token)
}

fn oauth(edge: &Edge) -> OauthClient {
    let server = SocketAddr::new(edge.node.address(), 8443);
    OauthClient::new(Https::connect(server, &edge.node.tomcat_certificate()).expect("the node listens"))
}

/// The registered devices, as Unified CM says.
fn devices(edge: &Edge) -> Vec<String> {
    let page = edge.node.admin("show registration");
    let names = page.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| name.starts_with("CSF"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

/// Unified CM writes down where a device is soon after it has answered.
fn until_registered(edge: &Edge, names: &[&str]) {
    wait_until("the devices are registered", LIMIT, || devices(edge) == names);
}

/// In time the device is not registered, and its token is good for nothing.
fn is_out(edge: &Edge, phone: &mut Softphone, token: &str, device: &str) {
    wait_until("the device is unregistered", LIMIT, || !devices(edge).iter().any(|name| name == device));
    phone.register_again(token);
    let refused = phone.receive_until("SIP/2.0 ");
    let challenge = field(&refused, "Proxy-Authenticate").unwrap_or_default();
    assert!(refused.starts_with("SIP/2.0 407 "), "{refused}");
    assert!(challenge.contains("error=\"invalid_token\""), "{refused}");
}

/// The device is registered, and its token is good.
fn stays(edge: &Edge, phone: &mut Softphone, token: &str, device: &str) {
    phone.register_again(token);
    let answer = phone.receive_until("SIP/2.0 ");
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(devices(edge).iter().any(|name| name == device));
}
