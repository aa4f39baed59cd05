//! One bounded parse of a session description (RFC 8866 §5).

use std::fmt;

use sdp_types::{ParserError, Session};

use crate::{error::SdpError, limits, mask::mask_keys, media::MediaStream};

/// A session description. Its `Debug` form shows the text with the keys masked.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionDescription(Session);

impl SessionDescription {
    /// Reads a body of type `application/sdp`.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        within("bytes of session description", body.len(), limits::DESCRIPTION)?;
        let session = Session::parse(body).map_err(|fault| SdpError::Syntax(line_of(&fault)))?;
        within("media descriptions", session.medias.len(), limits::MEDIA_DESCRIPTIONS)?;
        within("attributes", session.attributes.len(), limits::ATTRIBUTES)?;
        for media in &session.medias {
            within("attributes", media.attributes.len(), limits::ATTRIBUTES)?;
            within("formats", media.fmt.split_ascii_whitespace().count(), limits::FORMATS)?;
            let keys = media.get_attribute_values("crypto").count();
            within("crypto attributes", keys, limits::CRYPTO_ATTRIBUTES)?;
        }
        Ok(Self(session))
    }

    /// The text, with the keys in it: for the wire, never for a log.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(512);
        self.0.write(&mut text).expect("writing to a vector cannot fail");
        text
    }

    /// The media descriptions in order.
    pub fn streams(&self) -> impl Iterator<Item = MediaStream<'_>> {
        self.0.medias.iter().map(|media| MediaStream::new(&self.0, media))
    }

    /// The version of the session: it grows when the description changes (RFC 3264 §8).
    pub fn version(&self) -> u64 {
        self.0.origin.sess_version
    }

    pub(crate) fn from_session(session: Session) -> Self {
        Self(session)
    }
}

impl fmt::Debug for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&mask_keys(&self.to_bytes())))
    }
}

fn within(what: &'static str, count: usize, limit: usize) -> Result<(), SdpError> {
    if count > limit { Err(SdpError::LimitExceeded(what, limit)) } else { Ok(()) }
}

fn line_of(fault: &ParserError) -> Option<usize> {
    match *fault {
        ParserError::InvalidLineFormat(line, _)
        | ParserError::InvalidFieldEncoding(line, _)
        | ParserError::InvalidFieldFormat(line, _)
        | ParserError::MissingField(line, _)
        | ParserError::FieldTrailingData(line, _)
        | ParserError::InvalidVersion(line, _)
        | ParserError::MultipleVersions(line)
        | ParserError::MultipleOrigins(line)
        | ParserError::MultipleSessionNames(line)
        | ParserError::MultipleSessionDescription(line)
        | ParserError::MultipleUris(line)
        | ParserError::MultipleConnections(line)
        | ParserError::MultipleTimeZones(line)
        | ParserError::MultipleMediaTitles(line)
        | ParserError::MultipleKeys(line)
        | ParserError::RepeatWithoutTime(line) => Some(line),
        _ => None,
    }
}
