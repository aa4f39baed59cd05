//! How well the media of a call is protected, for a B2BUA that forwards bodies unchanged.
//!
//! Only RTP streams are judged: a disabled stream carries nothing, and a stream that is not RTP
//! (such as floor control over UDP) carries no speech or picture. Our choice.

use crate::{
    crypto::{CryptoAttribute, CryptoViolation},
    description::SessionDescription,
    media::{MediaStream, Protection},
};

/// The protection of the weakest RTP stream of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaSecurity {
    /// No RTP stream is active.
    NoMedia,
    /// Each stream is SRTP, with a key that can be used.
    Encrypted,
    /// A stream goes in clear.
    Clear,
    /// A stream names a secure profile, but no crypto attribute of it can be used; why not.
    Unusable(CryptoViolation),
}

/// The protection that a description offers or announces.
pub fn security_of(description: &SessionDescription) -> MediaSecurity {
    weakest(description.streams().map(|stream| security_of_stream(&stream)))
}

/// The protection that offer and answer agree on, the rules of RFC 4568 §5.1.2 and §7.1 included:
/// each answered tag was offered with the same suite, and no key is used in both directions.
pub fn security_of_answer(offer: &SessionDescription, answer: &SessionDescription) -> MediaSecurity {
    weakest(answer.streams().enumerate().map(|(index, answered)| {
        match (security_of_stream(&answered), offer.streams().nth(index)) {
            (MediaSecurity::Encrypted, Some(offered)) if answered.protection() == Protection::Sdes => {
                match chosen(offered.crypto_attributes().flatten(), &answered) {
                    Ok(_) => MediaSecurity::Encrypted,
                    Err(violation) => MediaSecurity::Unusable(violation),
                }
            }
            (security, _) => security,
        }
    }))
}

/// The pair of attributes that an answered stream settles on: the offered and the answered one.
pub(crate) fn chosen(
    mut offered: impl Iterator<Item = CryptoAttribute>,
    answered: &MediaStream<'_>,
) -> Result<(CryptoAttribute, CryptoAttribute), CryptoViolation> {
    let mut attributes = answered.crypto_attributes();
    // RFC 4568 §5.1.2: the answer has exactly one crypto attribute.
    let (Some(answer), None) = (attributes.next(), attributes.next()) else {
        return Err(CryptoViolation::NoneUsable);
    };
    let answer = answer?;
    let offer = offered.find(|offer| offer.tag == answer.tag).ok_or(CryptoViolation::Tag)?;
    if offer.suite() != answer.suite() {
        return Err(CryptoViolation::Suite);
    }
    if offer.key == answer.key {
        return Err(CryptoViolation::SameKeyBothWays);
    }
    Ok((offer, answer))
}

fn security_of_stream(stream: &MediaStream<'_>) -> MediaSecurity {
    if stream.is_disabled() {
        return MediaSecurity::NoMedia;
    }
    match stream.protection() {
        Protection::NotRtp => MediaSecurity::NoMedia,
        Protection::Clear => MediaSecurity::Clear,
        Protection::Dtls if stream.has_fingerprint() => MediaSecurity::Encrypted,
        Protection::Dtls => MediaSecurity::Unusable(CryptoViolation::NoneUsable),
        Protection::Sdes => match first_usable(stream) {
            Ok(_) => MediaSecurity::Encrypted,
            Err(violation) => MediaSecurity::Unusable(violation),
        },
    }
}

/// The first attribute that can be used, else what is wrong with the first one.
fn first_usable(stream: &MediaStream<'_>) -> Result<CryptoAttribute, CryptoViolation> {
    let mut fault = CryptoViolation::NoneUsable;
    for (index, attribute) in stream.crypto_attributes().enumerate() {
        match attribute {
            Ok(attribute) => return Ok(attribute),
            Err(violation) if index == 0 => fault = violation,
            Err(_) => {}
        }
    }
    Err(fault)
}

fn weakest(streams: impl Iterator<Item = MediaSecurity>) -> MediaSecurity {
    let rank = |security: &MediaSecurity| match security {
        MediaSecurity::NoMedia => 0,
        MediaSecurity::Encrypted => 1,
        MediaSecurity::Unusable(_) => 2,
        MediaSecurity::Clear => 3,
    };
    streams.max_by_key(rank).unwrap_or(MediaSecurity::NoMedia)
}
