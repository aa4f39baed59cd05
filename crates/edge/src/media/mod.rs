//! Media through the edge: descriptions are rewritten so that packets pass this machine, and stay encrypted.

mod plane;

use std::time::Instant;

use bytes::Bytes;
use sip::message::Message;

use crate::flow::FlowToken;
use crate::now::Now;

pub use plane::{
    MediaError, MediaPlane, OpenedStream, OpenerKey, PeerMedia, Side, SidePlan, StreamId, StreamPlan, StreamStatistics,
    Trust,
};

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
