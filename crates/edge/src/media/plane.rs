//! Where packets go: streams, their sides, and what signalling knows of the peers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use sdp::{CryptoAttribute, CryptoSuite};

/// Names a relayed stream of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// The network that a pair of ports faces. Expressway-E has `Phone` and `Traversal`, Expressway-C has `Traversal` and `Inside`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Phones outside.
    Phone,
    /// The other half of the edge.
    Traversal,
    /// Unified CM and the phones inside.
    Inside,
}

/// What says where the packets for a side go. Wherever they come from: none is forwarded that was not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The signalled address, at once; and to it the way is opened when the peer has a key for openers.
    Signalled,
    /// The source of which a packet was authenticated, whatever address is signalled.
    Authenticated,
}

/// The key of openers, 16 octets.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenerKey(pub [u8; 16]);

/// A stream to be opened.
#[derive(Clone, Debug)]
pub struct StreamPlan {
    /// The two sides, in the order of [`Role`](super::Role)'s words: outer, inner.
    pub sides: [SidePlan; 2],
}

/// One side of a stream to be opened.
#[derive(Clone, Debug)]
pub struct SidePlan {
    /// Which network.
    pub side: Side,
    /// What says where packets go there.
    pub trust: Trust,
}

/// The addresses of an opened stream, to be written into descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedStream {
    /// The stream.
    pub stream: StreamId,
    /// Of each side, in the order of the plan: the address for c=, and the RTP port; RTCP is the next one.
    pub local: [(IpAddr, u16); 2],
}

/// What signalling says of the peer on a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerMedia {
    /// Where it says that it receives RTP; the unspecified address when it has not said, or wants none.
    pub rtp: SocketAddr,
    /// Where it says that it receives RTCP.
    pub rtcp: SocketAddr,
    /// The keys by which its packets are verified: the values of its `a=crypto` attributes. More than one while an
    /// offer is unanswered or forked. A key that was here before goes on with its counters.
    pub crypto: Vec<CryptoAttribute>,
    /// With `Trust::Signalled` the key with which we open the way to it, else the one that its openers are verified by.
    pub opener: Option<OpenerKey>,
}

/// What passed a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamStatistics {
    /// Packets that came from each side and were forwarded.
    pub packets: [u64; 2],
    /// Their octets.
    pub octets: [u64; 2],
    /// Packets that were dropped, by reason.
    pub dropped: Vec<(&'static str, u64)>,
    /// The suite of the last authentic packet of each side.
    pub suites: [Option<CryptoSuite>; 2],
}

/// Why no stream was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaError {
    /// No port of the range is free.
    PortsExhausted,
    /// The system gave no socket.
    Unavailable,
}

/// Relays packets between two sides. Implemented over UDP by the adapter; synchronous, since binding does not wait.
pub trait MediaPlane {
    /// Opens a relayed stream: a pair of RTP and RTCP ports on each side.
    ///
    /// # Errors
    /// Why there is none.
    fn open(&mut self, plan: StreamPlan) -> Result<OpenedStream, MediaError>;
    /// Says what signalling knows of the peer on a side.
    fn update(&mut self, stream: StreamId, side: Side, peer: PeerMedia);
    /// When an authentic packet last came, from whichever side. `None`: never, or there is no such stream.
    fn last_heard(&self, stream: StreamId) -> Option<Instant>;
    /// Ends a stream and gives its ports back.
    fn close(&mut self, stream: StreamId) -> StreamStatistics;
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PortsExhausted => "no pair of media ports is free",
            Self::Unavailable => "the system gave no socket",
        })
    }
}

impl std::error::Error for MediaError {}

impl fmt::Debug for OpenerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenerKey(…)")
    }
}
