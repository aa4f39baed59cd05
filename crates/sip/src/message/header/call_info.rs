//! Call-Info (RFC 3261 §20.9).

use crate::message::{HeaderName, Headers, Parameters, Uri, Violation, syntax};

/// A value of Call-Info.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallInfo<'a> {
    uri: &'a [u8],
    /// The parameters, as `purpose`, or `security` and `orientation` of the vendor's URN.
    pub parameters: Parameters<'a>,
}

impl<'a> CallInfo<'a> {
    /// Parses `LAQUOT absoluteURI RAQUOT *( SEMI info-param)`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (uri, parameters) = syntax::split_once(value.strip_prefix(b"<")?, b'>')?;
        Some(Self { uri, parameters: Parameters::parse(parameters)? })
    }

    /// The URI.
    pub fn uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri)
    }

    /// The octets of the URI.
    pub const fn uri_bytes(&self) -> &'a [u8] {
        self.uri
    }
}

impl Headers {
    /// The Call-Info values.
    pub fn call_info(&self) -> impl Iterator<Item = Result<CallInfo<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::CallInfo, CallInfo::parse)
    }
}
