//! What an endpoint counts.

use std::net::SocketAddr;

use sdp::{Codec, CryptoSuite};

/// The counts of a call so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MediaStatistics {
    /// Where we send.
    pub remote: Option<SocketAddr>,
    /// The codec.
    pub codec: Option<Codec>,
    /// The suite; none in clear.
    pub suite: Option<CryptoSuite>,
    /// RTP packets that we sent.
    pub sent: u64,
    /// RTP packets that came and were authentic.
    pub received: u64,
    /// RTP packets that the peer sent and that never came.
    pub lost: i64,
    /// The interarrival jitter in microseconds (RFC 3550 §6.4.1).
    pub jitter_microseconds: u32,
    /// Packets whose authentication failed.
    pub forged: u64,
    /// Packets that came before.
    pub replayed: u64,
    /// Packets that are no RTP, or of a format or from a place that was not agreed.
    pub malformed: u64,
    /// Packets that the peer says it lost.
    pub peer_lost: Option<i32>,
    /// How often the peer changed its key.
    pub key_changes: u32,
}
