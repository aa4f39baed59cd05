//! What a description says of each stream, as far as a relay has to know it.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sdp::{CryptoAttribute, CryptoViolation, MediaStream, Protection, SdpError, SessionDescription};

use super::description::OPENER;
use super::plane::OpenerKey;
use super::refusal::{MediaRefusal, not_acceptable};

/// An active stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) rtp: SocketAddr,
    pub(super) rtcp: SocketAddr,
    /// The keys that can be used; in an answer the one that was chosen.
    pub(super) crypto: Vec<CryptoAttribute>,
    pub(super) opener: Option<OpenerKey>,
}

/// The streams of an offer; `None` is one that carries nothing, or shall carry nothing.
pub(super) fn offered(description: &SessionDescription) -> Result<Vec<Option<Proposal>>, MediaRefusal> {
    let streams: Vec<_> =
        description.streams().map(|stream| offered_stream(&stream)).collect::<Result<_, MediaRefusal>>()?;
    let is_active = description.streams().any(|stream| !stream.is_disabled());
    if is_active && streams.iter().all(Option::is_none) {
        return Err(not_acceptable("no stream of RTP"));
    }
    Ok(streams)
}

fn offered_stream(stream: &MediaStream<'_>) -> Result<Option<Proposal>, MediaRefusal> {
    if stream.is_disabled() || stream.protection() == Protection::NotRtp {
        return Ok(None);
    }
    let mut fault = CryptoViolation::NoneUsable;
    let mut crypto = Vec::new();
    for (place, attribute) in stream.crypto_attributes().enumerate() {
        match attribute {
            Ok(attribute) => crypto.push(attribute),
            Err(violation) if place == 0 => fault = violation,
            Err(_) => {}
        }
    }
    let proposal = proposal(stream, crypto)?;
    if proposal.crypto.is_empty() { Err(fault.into()) } else { Ok(Some(proposal)) }
}

/// The streams of the answer to an offer of these (RFC 3264 §6).
pub(super) fn answered(
    description: &SessionDescription,
    offer: &[Option<Vec<CryptoAttribute>>],
) -> Result<Vec<Option<Proposal>>, MediaRefusal> {
    if description.streams().count() != offer.len() {
        return Err(SdpError::AnswerDoesNotFitOffer("number of media descriptions").into());
    }
    let answered = description.streams().zip(offer);
    answered
        .map(|(stream, offer)| match offer {
            Some(offer) if !stream.is_disabled() => {
                let crypto = vec![stream.chosen_crypto(offer)?];
                proposal(&stream, crypto).map(Some)
            }
            _ => Ok(None),
        })
        .collect()
}

fn proposal(stream: &MediaStream<'_>, crypto: Vec<CryptoAttribute>) -> Result<Proposal, MediaRefusal> {
    match stream.protection() {
        Protection::Clear => return Err(SdpError::MediaInClear.into()),
        Protection::Sdes if stream.is_secure_profile() => {}
        _ => return Err(not_acceptable("the profile of a stream is neither RTP/SAVP nor RTP/SAVPF")),
    }
    if stream.has_port_range() {
        return Err(not_acceptable("a stream has more than one port"));
    }
    let rtp = stream.address()?;
    let rtcp = SocketAddr::new(rtp.ip(), stream.control_port());
    Ok(Proposal { rtp, rtcp, crypto, opener: stream.attribute(OPENER).and_then(opener) })
}

fn opener(value: &str) -> Option<OpenerKey> {
    let octets = STANDARD.decode(value.trim()).ok()?;
    octets.try_into().ok().map(OpenerKey)
}
