//! Media through the edge: descriptions are rewritten so that packets pass this machine, and stay encrypted.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use bytes::Bytes;
use sip::message::Message;

use crate::flow::FlowToken;
use crate::now::Now;

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

/// Which half of the edge this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Outside.
    ExpresswayE,
    /// Inside.
    ExpresswayC,
}

/// Which way a signalling message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the phone towards Unified CM.
    Inwards,
    /// From Unified CM towards the phone.
    Outwards,
}

/// What authenticates a source on a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The signalled address is used at once.
    Signalled,
    /// Packets are sent only to a source of which one was authenticated.
    Authenticated,
}

/// The key of openers, 16 octets.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenerKey(pub [u8; 16]);

/// A stream to be opened.
#[derive(Clone, Debug)]
pub struct StreamPlan {
    /// The two sides, in the order of [`Role`]'s words: outer, inner.
    pub sides: [SidePlan; 2],
}

/// One side of a stream to be opened.
#[derive(Clone, Debug)]
pub struct SidePlan {
    /// Which network.
    pub side: Side,
    /// What authenticates a source there.
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
#[derive(Clone, Debug)]
pub struct PeerMedia {
    /// Where it says that it receives RTP.
    pub rtp: SocketAddr,
    /// Where it says that it receives RTCP.
    pub rtcp: SocketAddr,
    /// The keys by which its packets are verified: the values of its `a=crypto` attributes.
    pub crypto: Vec<sdp::crypto::CryptoAttribute>,
    /// The key with which we open the way to it, or verify its openers.
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
    /// Ends a stream and gives its ports back.
    fn close(&mut self, stream: StreamId) -> StreamStatistics;
}

/// Why a description is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaRefusal {
    /// A media line is not secure, or is none that can be relayed: `488`, with this text as Warning.
    NotAcceptable(String),
    /// No port is free: `503` with Retry-After.
    PortsExhausted,
}

/// What is to be logged or counted of media.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MediaEvent {
    /// A call's streams ended.
    Ended {
        /// The Call-ID, made safe to show.
        call_id: String,
        /// What passed each stream.
        streams: Vec<StreamStatistics>,
    },
}

/// The media of all calls through this machine, by the phone's flow token and Call-ID.
#[derive(Debug)]
pub struct MediaSessions {
    role: Role,
}

impl MediaSessions {
    /// No call yet. `secret` is 32 random octets, from which the keys of openers are made.
    #[must_use]
    pub fn new(role: Role, _secret: [u8; 32]) -> Self {
        Self { role }
    }

    /// Looks at every message that is about to be forwarded; `phone` is this machine's token of the phone's flow.
    /// `None`: the body stays as it is. Also learns from BYE, CANCEL and responses when a call's media ends.
    ///
    /// # Errors
    /// Of a request: it is refused. Of a response: the machine sends the status of the refusal in its place.
    pub fn rewrite(
        &mut self,
        _now: Now,
        _phone: &FlowToken,
        _direction: Direction,
        _message: &Message,
        _plane: &mut impl MediaPlane,
    ) -> Result<Option<Bytes>, MediaRefusal> {
        let _ = self.role;
        Ok(None)
    }

    /// The phone's flow has ended.
    pub fn flow_closed(&mut self, _now: Now, _phone: &FlowToken) {}

    /// Frees what has been silent for too long.
    pub fn handle_timeout(&mut self, _now: Now, _plane: &mut impl MediaPlane) {}

    /// When `handle_timeout` is due next.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        None
    }

    /// What is to be reported.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        None
    }
}

impl std::fmt::Debug for OpenerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenerKey(…)")
    }
}
