//! What a station and a call may look up while they decide: pure, in memory, never waiting.
//!
//! The node gives a snapshot: the directory and the revocations that it holds stay the same while one message is
//! handled, and are swapped between messages when something changes.

use std::time::Instant;

use crate::pending::{AccessTokenError, Directory, UnixTime, VerifiedAccessToken};

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
    /// The node's name as `processnode` has it: goes into Warning and Via.
    pub node_name: String,
    /// Cluster SIPOAuth Mode.
    pub sip_oauth_mode: bool,
    /// SIP Station Realm, `ccmsipline`.
    pub realm: String,
    /// `authz_server` of the RFC 8898 challenge.
    pub authorization_server: String,
    /// `scope` of the RFC 8898 challenge.
    pub scope: String,
    /// The value of Server and User-Agent.
    pub server: String,
    /// The SIS version that Supported names, such as `9.1.0`.
    pub sis_version: String,
    /// The Expires of a registration, and so the keep-alive interval, in seconds.
    pub registration_expires: u32,
    /// Whether an OAuth device's call may fall back to clear media when both sides agree on it.
    pub srtp_fallback_allowed: bool,
}

/// What a node shows to the machines that run in it.
pub trait NodeView {
    /// What the administrator set.
    fn directory(&self) -> &Directory;
    /// The running settings.
    fn running(&self) -> &RunningSettings;
    /// Checks an access token: signature, dates, revocation.
    fn verify_access_token(
        &self,
        token: &[u8],
        now: UnixTime,
    ) -> Result<VerifiedAccessToken, AccessTokenError>;
    /// Counts up with each revocation: who remembers a verified token asks again when this changed.
    fn revocation_epoch(&self) -> u64;
    /// Fills with random bytes fit for tags, branches and nonces.
    fn random(&self, bytes: &mut [u8]);
}
