//! A phone outside, Expressway-E, Expressway-C, and a node with its real CallManager service: REGISTER and back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

extern crate sip_net as ringbearer_sip_net;

mod support;

use std::net::SocketAddr;
use std::sync::Arc;

use ringbearer_edge_net::expressway_c::{CoreView, SessionRow};
use support::node::client::Client;
use support::{Office, count, edge, until};
use testkit::line_side::{header, status};
use testkit::register::Register;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[tokio::test]
async fn a_register_goes_in_and_its_answer_comes_out() {
    let office = Office::new();
    let (e, c) = edge(&office).await;
    let mut phone = Client::connect(e.sip_address()).await;
    let register = Register::vendor("CSFalice", "1001");
    let challenge = phone.ask(register.text()).await;
    assert_eq!(status(&challenge), "SIP/2.0 407 Proxy Authentication Required");
    assert_eq!(header(&challenge, "Proxy-Authenticate"), Some("Bearer realm=\"ccmsipline\""));
    let register = register.next().bearing(&office.node.token("alice"));
    let answer = phone.ask(register.text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    assert_eq!(header(&answer, "Expires"), Some("120"));
    let session = SessionRow {
        user: "alice".into(),
        device: "CSFalice".into(),
        client: phone.local.to_string(),
        zone: "CEOAuth-ucm-pub".into(),
        started_at: 0,
    };
    let mut sessions = c.sessions();
    assert!(sessions.iter().all(|session| session.started_at > 0));
    sessions.iter_mut().for_each(|session| session.started_at = 0);
    assert_eq!(sessions, [session]);
    assert_eq!(e.phones(), 1);
    assert!(office.node.service.registration("CSFalice").is_some());
    let refreshed = phone.ask(register.next().text()).await;
    assert_eq!(status(&refreshed), "SIP/2.0 200 OK");
    drop(phone);
    until(c.monitor(), "the end of the session", || c.sessions().is_empty()).await;
}

#[tokio::test]
async fn edg_2_a_token_of_other_keys_ends_at_expressway_c() {
    let office = Office::new();
    let (e, c) = edge(&office).await;
    c.replace_view(CoreView { clusters: Vec::new(), ..office.view("ucm-pub") });
    let mut phone = Client::connect(e.sip_address()).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&office.node.token("alice"));
    let refused = phone.ask(register.text()).await;
    assert_eq!(status(&refused), "SIP/2.0 407 Proxy Authentication Required");
    let challenge = header(&refused, "Proxy-Authenticate");
    assert_eq!(challenge, Some("Bearer realm=\"ccmsipline\", error=\"invalid_token\""));
    assert_eq!(count(c.monitor(), "refused", "invalid_token"), 1);
    assert!(office.node.service.registration("CSFalice").is_none());
}

#[tokio::test]
async fn a_link_that_was_cut_comes_back_and_phones_go_on() {
    let office = Office::new();
    let e = office.e(office.of_e());
    let firewall = Firewall::before(e.traversal_address()).await;
    let c = office.c(office.of_c(firewall.address));
    let is_up = || c.is_traversal_up() && c.zones().iter().all(|zone| zone.is_active);
    until(c.monitor(), "link and zone", is_up).await;
    let mut phone = Client::connect(e.sip_address()).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&office.node.token("alice"));
    assert_eq!(status(&phone.ask(register.text()).await), "SIP/2.0 200 OK");
    firewall.cut();
    until(e.monitor(), "the end of the link at E", || !e.is_traversal_up()).await;
    let refused = phone.ask(register.next().text()).await;
    assert_eq!(status(&refused), "SIP/2.0 503 Service Unavailable");
    assert!(header(&refused, "Retry-After").is_some(), "{refused}");
    until(e.monitor(), "the link again at E", || e.is_traversal_up()).await;
    until(c.monitor(), "the link again", is_up).await;
    assert_eq!(count(c.monitor(), "traversal", "up"), 2);
    assert_eq!(status(&phone.ask(register.next().next().text()).await), "SIP/2.0 200 OK");
    assert_eq!(c.sessions().len(), 1);
}

/// Stands between the two halves, and can cut what passes.
struct Firewall {
    address: SocketAddr,
    cut: Arc<watch::Sender<u32>>,
}

impl Firewall {
    async fn before(inner: SocketAddr) -> Self {
        let listener = TcpListener::bind((support::E, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, _) = watch::channel(0);
        let cut = Arc::new(cut);
        let cuts = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((mut outside, _)) = listener.accept().await {
                let mut ended = cuts.subscribe();
                tokio::spawn(async move {
                    let Ok(mut inside) = TcpStream::connect(inner).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut outside, &mut inside) => {}
                        _ = ended.changed() => {}
                    }
                });
            }
        });
        Self { address, cut }
    }

    fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}
