//! The answerer's side (RFC 3264 §6).

use super::{
    AudioCapability, Layout, Negotiated, OfferAnswer, Role, SrtpKeys, admit, audio_stream, our_direction, write,
};
use crate::{
    codec::{Codec, Format},
    crypto::{CryptoAttribute, CryptoViolation, MasterKey},
    description::SessionDescription,
    direction::Direction,
    error::SdpError,
    media::{MediaStream, Protection},
};

impl OfferAnswer {
    /// Answers the peer's offer. `direction` is what we are ready to do; what the peer does not
    /// want is left out. An error leaves the session as it was (RFC 3264 §8).
    pub fn answer(
        &mut self,
        offer: &SessionDescription,
        direction: Direction,
        random: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(SessionDescription, Negotiated), SdpError> {
        if self.is_offer_sent() {
            return Err(SdpError::OutOfTurn);
        }
        let (place, stream) = audio_stream(offer)?;
        admit(self.capability.security, &stream)?;
        let remote = stream.address()?;
        let (audio, event) = common_formats(&self.capability, &stream)?;
        let crypto = match stream.protection() {
            Protection::Sdes => Some(answered_key(&self.capability, &stream, random)?),
            _ => None,
        };
        let direction = our_direction(direction, &stream, remote);

        let address = self.capability.address;
        let formats: Vec<Format> = [Some(audio), event].into_iter().flatten().collect();
        let keys: Vec<CryptoAttribute> = crypto.iter().map(|(ours, _)| ours.clone()).collect();
        let media = write::audio(address.port(), &formats, direction, &keys);
        self.layout = Layout::of(offer, place);
        let version = self.next_version();
        let answer = write::session(self.session_id, version, address, self.layout.fill(media));
        let negotiated = Negotiated {
            role: Role::Answerer,
            remote,
            audio,
            telephone_event: event.map(|format| format.payload_type),
            direction,
            srtp: crypto.map(|(ours, theirs)| SrtpKeys {
                send: ours.key,
                receive: theirs.key,
                send_lifetime: ours.lifetime,
                receive_lifetime: theirs.lifetime,
            }),
        };
        Ok((answer, negotiated))
    }
}

/// RFC 3264 §6.1: of the offered formats, in the offerer's order, what we also have; our answer
/// names a single audio codec, so that both ends send the same.
fn common_formats(
    capability: &AudioCapability,
    stream: &MediaStream<'_>,
) -> Result<(Format, Option<Format>), SdpError> {
    let offered = stream.formats();
    let mut common = offered.into_iter().filter(|format| capability.supports(format));
    let audio = common.clone().find(|format| format.codec.is_audio()).ok_or(SdpError::NothingInCommon)?;
    Ok((audio, common.find(|format| format.codec == Codec::TelephoneEvent)))
}

/// RFC 4568 §7.1.2: the first offered attribute that we can use, answered with its tag and a key of
/// our own. Ours and theirs are returned.
fn answered_key(
    capability: &AudioCapability,
    stream: &MediaStream<'_>,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<(CryptoAttribute, CryptoAttribute), SdpError> {
    let theirs = stream
        .crypto_attributes()
        .flatten()
        .find(|attribute| capability.suites.contains(&attribute.suite()))
        .ok_or(CryptoViolation::NoneUsable)?;
    let key = MasterKey::generate(theirs.suite(), random);
    if key == theirs.key {
        return Err(CryptoViolation::SameKeyBothWays.into());
    }
    Ok((CryptoAttribute { tag: theirs.tag, key, lifetime: None }, theirs))
}
