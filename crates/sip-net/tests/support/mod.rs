//! A service on loopback ports of the system's choice, certificates made on the spot, and clients that speak SIP as text.
#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod certificates;
pub(crate) mod client;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::ArcSwap;
use callmanager::flow::Listener;
use callmanager::flow::Transport;
use directory::Directory;
use ringbearer_sip_net::{CallManagerService, Observer, PortPlan, ServiceConfig, Shared, Silent, TlsMaterial};
use runtime::identity::{Identity, IdentityRequest, KeyKind};
use runtime::observation::Observation;
use testkit::cluster::TestNode;

use certificates::Authority;

/// A node whose service runs.
pub(crate) struct RunningNode {
    pub(crate) service: CallManagerService,
    pub(crate) node: TestNode,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) tokens: Arc<authorization::AccessTokens>,
    pub(crate) config: ServiceConfig,
    pub(crate) shared: Shared,
    /// The authority of tomcat-trust and CallManager-trust.
    pub(crate) authority: Authority,
    /// The ports, as they were at the start.
    pub(crate) ports: Vec<ringbearer_sip_net::OpenPort>,
}

impl RunningNode {
    /// Starts one.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {}, Arc::new(Silent))
    }

    /// Starts one that records no more than this.
    pub(crate) fn start_recording(limits: observation::Limits) -> Self {
        Self::start_observed(|_| {}, Arc::new(Silent), Observation::new(limits))
    }

    /// Starts one with other settings or an observer.
    pub(crate) fn start_with(change: impl FnOnce(&mut ServiceConfig), observer: Arc<dyn Observer>) -> Self {
        Self::start_observed(change, observer, Observation::default())
    }

    fn start_observed(
        change: impl FnOnce(&mut ServiceConfig),
        observer: Arc<dyn Observer>,
        observation: Observation,
    ) -> Self {
        let authority = Authority::new("Test CA");
        let mut node = TestNode::new();
        // Tokens of the testkit begin in 2020: these are of now.
        let tokens = std::mem::replace(
            &mut node.access_tokens,
            authorization::AccessTokens::new(TestNode::new().access_tokens.keys(), Default::default(), 16),
        );
        let tokens = Arc::new(tokens);
        let directory = Arc::new(ArcSwap::from_pointee(node.directory.clone()));
        let any = Some(0);
        let trust = vec![authority.certificate()];
        let mut config = ServiceConfig {
            address: [127, 0, 0, 1].into(),
            ports: PortPlan { phone: any, secure: any, oauth: any, mra_oauth: any },
            settings: node.running.clone(),
            tls: TlsMaterial {
                tomcat: identity("tomcat"),
                tomcat_trust: trust.clone(),
                callmanager: identity("CallManager"),
                callmanager_trust: trust,
            },
            danger_tls_key_log: None,
        };
        change(&mut config);
        let shared = Shared {
            directory: Arc::clone(&directory),
            access_tokens: Arc::clone(&tokens),
            observer,
            observation: Arc::new(observation),
        };
        let service = CallManagerService::start(config.clone(), shared.clone()).unwrap();
        let ports = service.status().ports;
        Self { service, node, directory, tokens, config, shared, authority, ports }
    }

    /// The address of a port.
    pub(crate) fn address(&self, listener: Listener, transport: Transport) -> SocketAddr {
        let port = self.ports.iter().find(|port| port.listener == listener && port.transport == transport);
        port.unwrap().address
    }

    /// A token of a user, good for an hour from now.
    pub(crate) fn token(&self, user: &str) -> String {
        let now = token::UnixTime(runtime::clock::unix_seconds());
        let claims = token::AccessTokenClaims {
            issued_at: now,
            expires_at: token::UnixTime(now.0 + 3600),
            ..self.node.claims(user)
        };
        self.tokens.keys().mint(&claims, runtime::random::bytes()).unwrap()
    }

    /// How often something happened.
    pub(crate) fn count(&self, kind: &str, reason: &str) -> u64 {
        let counts = self.service.status().counts;
        counts.iter().find(|count| count.kind == kind && count.reason == reason).map_or(0, |count| count.count)
    }
}

/// A self-signed identity in a folder that is gone again.
pub(crate) fn identity(name: &str) -> Identity {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
    let request = IdentityRequest {
        common_name: "ucm-pub".into(),
        alternative_names: vec!["ucm-pub".into(), "127.0.0.1".into()],
        key: KeyKind::EcdsaP256,
    };
    let identity = Identity::load_or_make(&folder, &request).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
    identity
}
