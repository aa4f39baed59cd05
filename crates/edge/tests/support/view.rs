//! What C may look up: one node, and the keys of one cluster.

use std::sync::OnceLock;

use ringbearer_edge::discovery::{AxlPassword, DiscoveredNode, NodeUsage, Provisioned, TlsVerifyMode, UnifiedCmServer};
use ringbearer_edge::{EdgeView, MraAccessControl, SearchRule, Zone};
use token::{
    AccessTokenClaims, Algorithm, EncryptionKey, KeyRing, TokenError, UnixTime, Uuid, VerifiedAccessToken, generate,
};

use super::UNIX;

#[derive(Clone)]
pub(crate) struct View {
    pub(crate) access_control: MraAccessControl,
    pub(crate) provisioned: Provisioned,
}

impl View {
    pub(crate) fn new() -> Self {
        let mut view = Self { access_control: MraAccessControl::default(), provisioned: Provisioned::default() };
        view.set_nodes(&[("ucm1.example.com", "10.0.0.11", 5091)]);
        view
    }

    pub(crate) fn set_nodes(&mut self, nodes: &[(&str, &str, u16)]) {
        let nodes = nodes.iter().map(|(name, address, port)| DiscoveredNode {
            name: (*name).into(),
            aliases: Vec::new(),
            addresses: vec![address.parse().unwrap()],
            usage: NodeUsage::Publisher,
            version: "15.0.1".into(),
            sip_oauth_port: 5090,
            sip_oauth_mra_port: *port,
        });
        let server = UnifiedCmServer {
            publisher: "ucm1.example.com".into(),
            username: "axl".into(),
            password: AxlPassword::default(),
            tls_verify_mode: TlsVerifyMode::On,
            nodes: nodes.collect(),
            refreshed_at: None,
        };
        self.provisioned = Provisioned::of(&[server], &self.provisioned);
    }
}

impl EdgeView for View {
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        ring().verify(token, now)
    }

    fn access_control(&self) -> &MraAccessControl {
        &self.access_control
    }

    fn zones(&self) -> &[Zone] {
        &self.provisioned.zones
    }

    fn search_rules(&self) -> &[SearchRule] {
        &self.provisioned.search_rules
    }
}

fn ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(|| {
        let signing = generate::signing_key(Algorithm::Es256).unwrap();
        KeyRing::new(Uuid::from_u128(1), signing, EncryptionKey::from_bytes(&mut [3; 32]))
    })
}

/// A good token of this user, for an hour.
pub(crate) fn access_token(user: &str) -> String {
    access_token_until(user, UNIX + 3_600)
}

pub(crate) fn access_token_until(user: &str, expires_at: u64) -> String {
    let claims = AccessTokenClaims {
        user: user.to_owned(),
        client_id: "C1".to_owned(),
        scope: "UnifiedCommunications:readwrite".to_owned(),
        family: Uuid::from_u128(2),
        device: None,
        issued_at: UnixTime(UNIX - 60),
        expires_at: UnixTime(expires_at),
    };
    ring().mint(&claims, [5; 16]).unwrap()
}
