//! Media through the edge: descriptions are rewritten so that packets pass this machine, and stay encrypted.
//!
//! [`MediaSessions`] looks at each message that is forwarded. For each active stream of an offer it has the
//! [`MediaPlane`] open a relayed stream, writes this machine's addresses into the description, and tells the plane by
//! which keys each peer's packets are verified. Offer and answer are told apart as RFC 3264 §4 and RFC 3261 §13.2.1 have
//! it, delayed offers, early answers of several dialogs and offers in UPDATE and PRACK included.
//!
//! What changes in a body, and nothing else does:
//! - the address of `c=` lines, unless it is the zero address of the old hold (RFC 3264 §8.4);
//! - the port of `m=` lines; `a=rtcp` goes, since our RTCP port is the next one (RFC 3605 §2.1);
//! - candidates of ICE and what belongs to them go: the relay is the only way;
//! - the address of the `o=` line, when it is a private one: our choice, so that no network tells of its inside;
//! - a stream that is not RTP gets port zero. Our choice: it is refused in its place (RFC 3264 §6), so that an offer
//!   of floor control does not cost the call. RTP in clear, DTLS, or without a usable key refuses the message (MED-3);
//! - `a=x-ringbearer-opener`, which exists on the traversal link alone.

mod call;
mod description;
mod exchange;
mod place;
mod plane;
mod proposal;
mod refusal;
mod sessions;

pub use plane::{
    MediaError, MediaPlane, OpenedStream, OpenerKey, PeerMedia, Side, SidePlan, StreamId, StreamPlan, StreamStatistics,
    Trust,
};
pub use refusal::MediaRefusal;
pub use sessions::{MediaEvent, MediaSessions};

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

impl Role {
    /// The sides of a stream: outer, inner.
    ///
    /// Outside every address is learned from authentic packets. Expressway-C trusts the addresses of both its
    /// neighbours: each stands in a description that came over a mutually authenticated connection, and that of
    /// Expressway-E has to be Expressway-E's own.
    pub(crate) const fn plan(self) -> StreamPlan {
        let (outer, inner, trust) = match self {
            Self::ExpresswayE => (Side::Phone, Side::Traversal, Trust::Authenticated),
            Self::ExpresswayC => (Side::Traversal, Side::Inside, Trust::Signalled),
        };
        StreamPlan { sides: [SidePlan { side: outer, trust }, SidePlan { side: inner, trust }] }
    }
}

impl Direction {
    /// The other way: that of the responses to a request of this one.
    pub(crate) const fn reversed(self) -> Self {
        match self {
            Self::Inwards => Self::Outwards,
            Self::Outwards => Self::Inwards,
        }
    }

    /// The side that a message of this direction came in on, as its place in the plan.
    pub(crate) const fn from(self) -> usize {
        match self {
            Self::Inwards => 0,
            Self::Outwards => 1,
        }
    }

    /// The side that it leaves on.
    pub(crate) const fn to(self) -> usize {
        self.reversed().from()
    }
}
