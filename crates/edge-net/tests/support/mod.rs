//! Both Expressways and a node with its real CallManager service, on loopback ports of the system's choice.
#![allow(dead_code, reason = "each test uses a part")]

#[path = "../../../sip-net/tests/support/mod.rs"]
pub(crate) mod node;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use callmanager::flow::{Listener, Transport};
use edge::discovery::{AxlPassword, DiscoveredNode, NodeUsage, Provisioned, TlsVerifyMode, UnifiedCmServer};
use edge::{CoreSettings, EdgeSettings};
use node::RunningNode;
use node::certificates::{Authority, ClientIdentity, Request};
use ringbearer_edge_net::expressway_c::{CoreView, ExpresswayCConfig, ExpresswayCService};
use ringbearer_edge_net::expressway_e::{ExpresswayEConfig, ExpresswayEService};
use ringbearer_edge_net::{Hosts, Monitor, NoMedia, NoTunnel, Plane};
use runtime::identity::Identity;
use runtime::shutdown::{Stop, Stopping};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) const E: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 13, 0, 22));
pub(crate) const C: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 13, 0, 21));
/// The name of Expressway-C's certificate: a row of the node has it.
pub(crate) const C_NAME: &str = "exp-c.lab.test";
pub(crate) const E_NAME: &str = "exp-e.lab.test";

/// No test waits longer for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A node, and what is needed for an edge in front of it.
pub(crate) struct Office {
    pub(crate) node: RunningNode,
    pub(crate) stopping: Stopping,
    _stop: Stop,
}

/// What a test changes of Expressway-E.
pub(crate) struct OfE {
    pub(crate) identity: Identity,
    pub(crate) trusted: Vec<CertificateDer<'static>>,
}

/// What a test changes of Expressway-C.
pub(crate) struct OfC {
    pub(crate) identity: Identity,
    pub(crate) trusted: Vec<CertificateDer<'static>>,
    /// Expressway-E's traversal port, or what stands before it.
    pub(crate) edge: SocketAddr,
}

impl Office {
    pub(crate) fn new() -> Self {
        let (stop, stopping) = runtime::shutdown::channel();
        Self { node: RunningNode::start(), stopping, _stop: stop }
    }

    /// The authority that signs for both Expressways, and that the node trusts.
    pub(crate) fn authority(&self) -> &Authority {
        &self.node.authority
    }

    /// Everything that Expressway-C has to trust: the authority, and the node's self-signed tomcat certificate.
    pub(crate) fn all_trusted(&self) -> Vec<CertificateDer<'static>> {
        let tomcat = self.node.config.tls.tomcat.chain().to_vec();
        std::iter::once(self.authority().certificate()).chain(tomcat).collect()
    }

    pub(crate) fn of_e(&self) -> OfE {
        let identity = identity(&self.authority().issue(&Request::named(E_NAME)));
        OfE { identity, trusted: vec![self.authority().certificate()] }
    }

    pub(crate) fn of_c(&self, edge: SocketAddr) -> OfC {
        let identity = identity(&self.authority().issue(&Request::named(C_NAME)));
        OfC { identity, trusted: self.all_trusted(), edge }
    }

    pub(crate) fn e(&self, of: OfE) -> ExpresswayEService {
        let settings = EdgeSettings {
            host: E.to_string(),
            port: 5061,
            aliases: vec![E_NAME.into()],
            certificate_subject: of.identity.facts().subject.clone(),
            certificate_key_usage: vec!["serverAuth".into()],
        };
        let config = ExpresswayEConfig {
            address: E,
            sip_port: 0,
            traversal_port: 0,
            settings,
            identity: of.identity,
            trusted: of.trusted,
            verify_subject_name: C_NAME.into(),
            danger_tls_key_log: None,
        };
        ExpresswayEService::start(config, Plane::new(NoMedia), Arc::new(NoTunnel), &self.stopping).unwrap()
    }

    pub(crate) fn c(&self, of: OfC) -> ExpresswayCService {
        let config = ExpresswayCConfig {
            address: C,
            edge: of.edge.ip().to_string(),
            edge_port: of.edge.port(),
            edge_name: E_NAME.into(),
            settings: CoreSettings {
                host: C.to_string(),
                port: 5061,
                aliases: vec![C_NAME.into()],
                realm: "ccmsipline".into(),
            },
            identity: of.identity,
            trusted: of.trusted,
            hosts: Hosts::new([("ucm-pub".to_owned(), IpAddr::from([127, 0, 0, 1]))]),
            danger_tls_key_log: None,
        };
        ExpresswayCService::start(config, self.view("ucm-pub"), Plane::new(NoMedia), &self.stopping).unwrap()
    }

    /// What a refresh would have found: the node, by this name.
    pub(crate) fn view(&self, name: &str) -> CoreView {
        let mra = self.node.address(Listener::MraOAuth, Transport::Tls);
        let node = DiscoveredNode {
            name: name.into(),
            aliases: Vec::new(),
            addresses: vec![mra.ip(), IpAddr::from([127, 0, 0, 11])],
            usage: NodeUsage::Publisher,
            version: "15.0".into(),
            sip_oauth_port: 5090,
            sip_oauth_mra_port: mra.port(),
        };
        let server = UnifiedCmServer {
            publisher: name.into(),
            username: "axl".into(),
            password: AxlPassword::default(),
            tls_verify_mode: TlsVerifyMode::On,
            nodes: vec![node],
            refreshed_at: None,
        };
        let Provisioned { zones, search_rules } = Provisioned::of(&[server], &Provisioned::default());
        let clusters = vec![Arc::clone(&self.node.tokens)];
        CoreView { zones, search_rules, clusters, ..CoreView::default() }
    }
}

/// Waits for what has to come.
pub(crate) async fn until(monitor: &Monitor, what: &str, holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, monitor.until(holds)).await;
    assert!(waited.is_ok(), "{what}: {:?} {:?}", monitor.counts(), monitor.alarms());
}

/// How often something happened.
pub(crate) fn count(monitor: &Monitor, kind: &str, reason: &str) -> u64 {
    let counts = monitor.counts();
    counts.iter().find(|count| count.kind == kind && count.reason == reason).map_or(0, |count| count.count)
}

/// Both halves with good certificates, the link and the zone up.
pub(crate) async fn edge(office: &Office) -> (ExpresswayEService, ExpresswayCService) {
    let e = office.e(office.of_e());
    let c = office.c(office.of_c(e.traversal_address()));
    until(c.monitor(), "link and zone", || c.is_traversal_up() && c.zones().iter().all(|zone| zone.is_active)).await;
    until(e.monitor(), "link at E", || e.is_traversal_up()).await;
    (e, c)
}

/// A certificate as an Expressway reads it from its folder.
pub(crate) fn identity(made: &ClientIdentity) -> Identity {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("edge-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let chain: String = made.chain.iter().map(|certificate| pem("CERTIFICATE", certificate)).collect();
    let PrivateKeyDer::Pkcs8(key) = &made.key else { panic!("a PKCS #8 key") };
    std::fs::write(folder.join("certificate.pem"), chain).unwrap();
    let path = folder.join("key.pem");
    std::fs::write(&path, pem("PRIVATE KEY", key.secret_pkcs8_der())).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let identity = Identity::load(&folder).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    identity
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
