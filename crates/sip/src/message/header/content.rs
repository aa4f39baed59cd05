//! Content-Type (RFC 3261 §20.15) and Content-Disposition (§20.11).

use std::borrow::Cow;

use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// A media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType<'a> {
    /// The type, as written.
    pub media_type: &'a [u8],
    /// The subtype, as written.
    pub subtype: &'a [u8],
    /// The parameters.
    pub parameters: Parameters<'a>,
}

impl<'a> ContentType<'a> {
    /// Parses `m-type SLASH m-subtype *( SEMI m-parameter )`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let end = syntax::find(value, b';').unwrap_or(value.len());
        let (essence, parameters) = value.split_at_checked(end)?;
        let (media_type, subtype) = syntax::split_once(essence, b'/')?;
        let (media_type, subtype) = (syntax::trim(media_type), syntax::trim(subtype));
        let is_type = syntax::is_token(media_type) && syntax::is_token(subtype);
        is_type.then_some(Self { media_type, subtype, parameters: Parameters::parse(parameters)? })
    }

    /// Whether this is `media_type/subtype`, in any case.
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type.as_bytes())
            && self.subtype.eq_ignore_ascii_case(subtype.as_bytes())
    }

    /// Whether this is `application/sdp`.
    pub fn is_sdp(&self) -> bool {
        self.is("application", "sdp")
    }

    /// The `boundary` of a multipart body (RFC 2046 §5.1.1).
    pub fn boundary(&self) -> Option<Cow<'a, [u8]>> {
        self.parameters.find("boundary").map(|boundary| boundary.unquoted())
    }
}

impl Headers {
    /// Content-Type.
    pub fn content_type(&self) -> Result<Option<ContentType<'_>>, Violation> {
        self.parsed(HeaderName::ContentType, ContentType::parse)
    }
}
