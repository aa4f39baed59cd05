//! Offer and answer of one audio stream by one endpoint (RFC 3264).
//!
//! ```text
//!            offer()                 receive_answer()
//!   Stable ----------> OfferSent ----------------------> Stable (renegotiated)
//!     |  ^                 |
//!     |  +--- withdraw() --+      the offer was refused or crossed another
//!     +--- answer() --> Stable (renegotiated)
//! ```
//!
//! Each offer and each answer carries a fresh key for our direction; what they settle on comes out
//! as [`Negotiated`]. Streams that we have no use for are refused in place, and keep their place in
//! our later offers (RFC 3264 §8).

mod answer;
mod layout;
mod offer;
mod write;

use std::net::SocketAddr;

use crate::{
    codec::{Codec, Format},
    crypto::{CryptoAttribute, CryptoSuite, MasterKey},
    description::SessionDescription,
    direction::Direction,
    error::SdpError,
    media::{MediaStream, Protection},
};
use layout::Layout;

/// When media may go in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityPolicy {
    /// Never: we offer SRTP and refuse anything else.
    Required,
    /// When the peer wants it: we offer SRTP, accept an answer or an offer in clear
    /// (`X-cisco-srtp-fallback`).
    Fallback,
    /// Always: we offer RTP, and refuse SRTP.
    Clear,
}

/// What our endpoint can do.
#[derive(Debug, Clone)]
pub struct AudioCapability {
    /// Where we receive.
    pub address: SocketAddr,
    /// Our codecs, best first.
    pub codecs: Vec<Codec>,
    /// The payload type under which we offer events; phones are told one in their configuration.
    pub telephone_event: u8,
    /// Our suites, best first.
    pub suites: Vec<CryptoSuite>,
    /// When media may go in clear.
    pub security: SecurityPolicy,
}

impl AudioCapability {
    /// Every codec and every suite, SRTP required.
    pub fn secure(address: SocketAddr) -> Self {
        Self {
            address,
            codecs: vec![Codec::Pcmu, Codec::Pcma, Codec::TelephoneEvent],
            telephone_event: Codec::TelephoneEvent.payload_type(),
            suites: CryptoSuite::ALL.to_vec(),
            security: SecurityPolicy::Required,
        }
    }

    /// What we offer.
    fn formats(&self) -> Vec<Format> {
        let payload_type = |codec| match codec {
            // RFC 3551 §3: only the dynamic range is free.
            Codec::TelephoneEvent if (96..128).contains(&self.telephone_event) => self.telephone_event,
            _ => codec.payload_type(),
        };
        self.codecs.iter().map(|codec| Format { payload_type: payload_type(*codec), codec: *codec }).collect()
    }

    fn supports(&self, format: &Format) -> bool {
        self.codecs.contains(&format.codec)
    }
}

/// The keys of both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SrtpKeys {
    /// For what we send; it was in our description.
    pub send: MasterKey,
    /// For what we receive; it was in the peer's.
    pub receive: MasterKey,
    /// How many packets we may send under our key.
    pub send_lifetime: Option<u64>,
    /// How many packets the peer may send under its key.
    pub receive_lifetime: Option<u64>,
}

/// Which side of an exchange we were on (RFC 3264 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We answered: the peer learns of our keys when our answer reaches it.
    Answerer,
    /// We offered: the peer has our keys.
    Offerer,
}

/// What offer and answer settled on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// Which side we were on.
    pub role: Role,
    /// Where the peer receives.
    pub remote: SocketAddr,
    /// The audio codec and its payload type as the peer reads it.
    pub audio: Format,
    /// The payload type of telephone events as the peer reads it, when it takes them.
    pub telephone_event: Option<u8>,
    /// What we do. Hold by the peer leaves us without sending.
    pub direction: Direction,
    /// The keys; none means media in clear.
    pub srtp: Option<SrtpKeys>,
}

/// The negotiation of an audio session.
#[derive(Debug)]
pub struct OfferAnswer {
    capability: AudioCapability,
    session_id: u64,
    version: u64,
    layout: Layout,
    state: State,
}

#[derive(Debug)]
enum State {
    Stable,
    OfferSent(SentOffer),
}

#[derive(Debug)]
struct SentOffer {
    direction: Direction,
    keys: Vec<CryptoAttribute>,
}

impl OfferAnswer {
    /// A negotiation that starts with nothing. RFC 8866 §5.2: the session id is a number that makes
    /// the session unique, best from the caller's clock or random bytes.
    pub fn new(capability: AudioCapability, session_id: u64) -> Self {
        // Peers read both numbers into 63 bits.
        let session_id = session_id >> 1;
        Self { capability, session_id, version: session_id, layout: Layout::default(), state: State::Stable }
    }

    /// What our endpoint can do.
    pub fn capability(&self) -> &AudioCapability {
        &self.capability
    }

    /// Is an offer of ours unanswered?
    pub fn is_offer_sent(&self) -> bool {
        matches!(self.state, State::OfferSent(_))
    }

    /// Forgets our unanswered offer: it was refused, or lost to the peer's (RFC 3261 §14.1).
    pub fn withdraw(&mut self) {
        self.state = State::Stable;
    }

    fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
}

/// The one audio stream that we deal with: the first that is not disabled.
fn audio_stream(description: &SessionDescription) -> Result<(usize, MediaStream<'_>), SdpError> {
    description
        .streams()
        .enumerate()
        .find(|(_, stream)| stream.is_audio() && !stream.is_disabled())
        .ok_or(SdpError::NothingInCommon)
}

/// Refuses clear media or SRTP as the policy has it.
fn admit(policy: SecurityPolicy, stream: &MediaStream<'_>) -> Result<(), SdpError> {
    match (stream.protection(), policy) {
        (Protection::Clear, SecurityPolicy::Required) => Err(SdpError::MediaInClear),
        (Protection::Clear, _) | (Protection::Sdes, SecurityPolicy::Required | SecurityPolicy::Fallback) => Ok(()),
        _ => Err(SdpError::NothingInCommon),
    }
}

/// RFC 3264 §8.4: a peer with a zero address wants no packets, whatever its direction says.
fn our_direction(wanted: Direction, peer: &MediaStream<'_>, remote: SocketAddr) -> Direction {
    let settled = peer.direction().reversed().and(wanted);
    if remote.ip().is_unspecified() { Direction::from_flags(false, settled.receives()) } else { settled }
}
