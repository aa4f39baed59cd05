//! What a station and a call may look up while they decide: pure, in memory, never waiting.
//!
//! The node gives a snapshot: the directory and the revocations that it holds stay the same while one message is
//! handled, and are swapped between messages when something changes.

use std::time::Instant;

use crate::call::limits::Occupancy;
use authorization::AccessTokenError;
use directory::{Directory, NodeSettings};
use sip::auth::NonceKey;
use token::{Freshness, UnixTime, VerifiedAccessToken};

/// The time, by both clocks: timers run on the one that never jumps, tokens and dates on the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For timers.
    pub monotonic: Instant,
    /// For tokens, certificates and the Date header field.
    pub unix: UnixTime,
}

/// The settings that the running CallManager service took at its start; what is staged is not seen here.
#[derive(Debug, Clone)]
pub struct RunningSettings {
    /// Node name, cluster, Cluster SIPOAuth Mode, ports.
    pub node: NodeSettings,
    /// SIP Station Realm, `ccmsipline`.
    pub realm: String,
    /// `authz_server` of the RFC 8898 challenge.
    pub authorization_server: String,
    /// `scope` of the RFC 8898 challenge; also what an access token must have.
    pub scope: String,
    /// The value of Server and User-Agent.
    pub server: String,
    /// The SIS version that Supported names, such as `9.1.0`.
    pub sis_version: String,
    /// The Expires of a registration, and so the keep-alive interval, in seconds.
    pub registration_expires: u32,
    /// The key of digest nonces: the same on all nodes of a cluster, or made at the start.
    pub nonce_key: NonceKey,
    /// Whether an OAuth device's call may fall back to clear media when both sides agree on it.
    pub srtp_fallback_allowed: bool,
}

impl RunningSettings {
    /// What the vendor's release 12.5 shows, for the settings that a node took.
    #[must_use]
    pub fn new(node: NodeSettings, authorization_server: String, nonce_key: NonceKey) -> Self {
        Self {
            node,
            realm: "ccmsipline".into(),
            authorization_server,
            scope: "UnifiedCommunications:readwrite".into(),
            server: "Cisco-CUCM12.5".into(),
            sis_version: "9.1.0".into(),
            registration_expires: 120,
            nonce_key,
            srtp_fallback_allowed: false,
        }
    }
}

/// What a node shows to the machines that run in it.
pub trait NodeView {
    /// What the administrator set.
    fn directory(&self) -> &Directory;
    /// The running settings.
    fn running(&self) -> &RunningSettings;
    /// Checks an access token: signature, dates, revocation.
    ///
    /// # Errors
    /// Why the token is not good, for the log and never for the peer.
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError>;
    /// Changes with the token keys and with each revocation: while it stays, a remembered verdict stands.
    fn freshness(&self) -> Freshness;
    /// Whether a token that was good before has been revoked since.
    fn is_revoked(&self, token: &VerifiedAccessToken) -> bool;
    /// For how many seconds what is new is sent elsewhere, because the node is about to stop.
    fn draining(&self) -> Option<u32> {
        None
    }
    /// The calls of each device and line of this node.
    fn occupancy(&self) -> &Occupancy;
    /// Fills with random bytes fit for tags, branches and nonces.
    fn random(&self, bytes: &mut [u8]);
}
