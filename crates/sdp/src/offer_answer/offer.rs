//! The offerer's side (RFC 3264 §5, §7).

use super::{Negotiated, OfferAnswer, Role, SecurityPolicy, SentOffer, SrtpKeys, State, admit, our_direction, write};
use crate::{
    codec::{Codec, Format},
    crypto::{CryptoAttribute, MasterKey},
    description::SessionDescription,
    direction::Direction,
    error::SdpError,
    media::{MediaStream, Protection},
    security::chosen,
};

impl OfferAnswer {
    /// Makes an offer: the first of the session, or a new one for hold, resume, or new keys.
    pub fn offer(
        &mut self,
        direction: Direction,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<SessionDescription, SdpError> {
        if self.is_offer_sent() {
            return Err(SdpError::OutOfTurn);
        }
        let keys = self.offered_keys(random);
        let formats = self.capability.formats();
        let address = self.capability.address;
        let audio = write::audio(address.port(), &formats, direction, &keys);
        let version = self.next_version();
        let offer = write::session(self.session_id, version, address, self.layout.fill(audio));
        self.state = State::OfferSent(SentOffer { direction, keys });
        Ok(offer)
    }

    /// Takes the peer's answer to our offer. A bad answer leaves no offer standing: the caller ends
    /// the call, or keeps what was settled before.
    pub fn receive_answer(&mut self, answer: &SessionDescription) -> Result<Negotiated, SdpError> {
        let State::OfferSent(offer) = std::mem::replace(&mut self.state, State::Stable) else {
            return Err(SdpError::OutOfTurn);
        };
        // RFC 3264 §6: an answer has as many media descriptions as the offer.
        if answer.streams().count() != self.layout.len() {
            return Err(SdpError::AnswerDoesNotFitOffer("number of media descriptions"));
        }
        let stream = answer.streams().nth(self.layout.audio_place()).filter(MediaStream::is_audio);
        let stream = stream.ok_or(SdpError::AnswerDoesNotFitOffer("no audio at its place"))?;
        if stream.is_disabled() {
            return Err(SdpError::NothingInCommon);
        }
        admit(self.capability.security, &stream)?;
        let srtp = match stream.protection() {
            Protection::Sdes => Some(settled_keys(&offer.keys, &stream)?),
            _ => None,
        };
        let formats = stream.formats();
        let supported = |format: &&Format| self.capability.supports(format);
        let audio = formats.iter().filter(supported).find(|format| format.codec.is_audio());
        let event = formats.iter().filter(supported).find(|format| format.codec == Codec::TelephoneEvent);
        let remote = stream.address()?;
        Ok(Negotiated {
            role: Role::Offerer,
            remote,
            audio: *audio.ok_or(SdpError::NothingInCommon)?,
            telephone_event: event.map(|format| format.payload_type),
            direction: our_direction(offer.direction, &stream, remote),
            srtp,
        })
    }

    fn offered_keys(&self, random: &mut dyn FnMut(&mut [u8])) -> Vec<CryptoAttribute> {
        if self.capability.security == SecurityPolicy::Clear {
            return Vec::new();
        }
        // RFC 4568 §6.1: each attribute has a key of its own.
        (1..)
            .zip(&self.capability.suites)
            .map(|(tag, suite)| CryptoAttribute { tag, key: MasterKey::generate(*suite, random), lifetime: None })
            .collect()
    }
}

/// RFC 4568 §7.1.3: the answer names one of our attributes by tag and brings the peer's key.
fn settled_keys(offered: &[CryptoAttribute], answered: &MediaStream<'_>) -> Result<SrtpKeys, SdpError> {
    let (ours, theirs) = chosen(offered.iter().cloned(), answered)?;
    Ok(SrtpKeys {
        send: ours.key,
        receive: theirs.key,
        send_lifetime: ours.lifetime,
        receive_lifetime: theirs.lifetime,
    })
}
