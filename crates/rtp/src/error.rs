//! Why a packet was dropped. None of these ends a call.

use std::fmt;

/// A packet that was refused, and whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RtpError {
    /// The sender or the path changed the packet, or another key protects it (RFC 3711 §3.3).
    Authentication,
    /// Our key is used up (RFC 3711 §9.2): offer a new one.
    KeyExhausted,
    /// The packet's bytes are not RTP or RTCP version 2 (RFC 3550 §5.1, §6.1).
    Malformed,
    /// The packet came before, or is older than the replay window (RFC 3711 §3.3.2).
    Replayed,
    /// The peer sends under more synchronization sources than a call has use for.
    TooManySources,
    /// The peer sends control packets without encryption, which we never agreed to.
    Unencrypted,
}

impl fmt::Display for RtpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authentication => "authentication failed",
            Self::KeyExhausted => "key used up",
            Self::Malformed => "malformed packet",
            Self::Replayed => "replayed packet",
            Self::TooManySources => "too many synchronization sources",
            Self::Unencrypted => "control packet without encryption",
        })
    }
}

impl std::error::Error for RtpError {}
