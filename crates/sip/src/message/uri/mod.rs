//! URIs (RFC 3261 §19.1, RFC 3966, RFC 3986).
//!
//! A scheme that this crate does not know is data: where such a URI may not be used, the transaction user answers
//! 416.

mod buffer;
mod comparison;
pub(crate) mod escape;
mod host;
mod sip_uri;

use super::syntax;

pub use buffer::UriBuf;
pub use escape::decode;
pub use host::Host;
pub(crate) use host::{split_host_port, split_port};
pub use sip_uri::SipUri;

/// A URI, borrowed from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uri<'a> {
    /// `sip:` or `sips:`.
    Sip(SipUri<'a>),
    /// Any other scheme.
    Other(OtherUri<'a>),
}

/// A URI whose scheme is neither sip nor sips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherUri<'a> {
    text: &'a [u8],
    scheme_length: usize,
}

impl<'a> Uri<'a> {
    /// Parses a URI; `None` if it has no scheme, or is a sip or sips URI against §25.1.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        if let [b's' | b'S', b'i' | b'I', b'p' | b'P', rest @ ..] = text
            && let [b':', rest @ ..] | [b's' | b'S', b':', rest @ ..] = rest
        {
            return SipUri::parse(text, rest).map(Self::Sip);
        }
        let (scheme, _) = syntax::split_once(text, b':')?;
        let [first, rest @ ..] = scheme else {
            return None;
        };
        let is_scheme = first.is_ascii_alphabetic()
            && rest.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'));
        let uri = OtherUri { text, scheme_length: scheme.len() };
        (is_scheme && escape::is_text_of(&URI, text)).then_some(Self::Other(uri))
    }

    /// The URI, if its scheme is sip or sips.
    pub const fn as_sip(&self) -> Option<SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(*uri),
            Self::Other(_) => None,
        }
    }

    /// The scheme, as written.
    pub fn scheme(&self) -> &'a [u8] {
        match self {
            Self::Sip(uri) => uri.scheme(),
            Self::Other(uri) => uri.scheme(),
        }
    }

    /// The octets of the whole URI.
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Sip(uri) => uri.as_bytes(),
            Self::Other(uri) => uri.text,
        }
    }
}

impl<'a> OtherUri<'a> {
    /// The scheme, as written.
    pub fn scheme(&self) -> &'a [u8] {
        self.text.get(..self.scheme_length).unwrap_or_default()
    }

    /// What follows the colon.
    pub fn opaque_part(&self) -> &'a [u8] {
        self.text.get(self.scheme_length + 1..).unwrap_or_default()
    }
}

/// Whether every octet may stand in a URI (`reserved`, `unreserved`, `%`, and the brackets of an IPv6 reference).
///
/// Our choice: the marks `{}|^` and backquote, which RFC 3261 §25.1 leaves out, are refused; everything that
/// clients write comes escaped.
pub(crate) fn is_uri_text(text: &[u8]) -> bool {
    const WITH_ESCAPES: [bool; 256] = syntax::class(b";/?:@&=+$,-_.!~*'()[]#%");
    !text.is_empty() && syntax::all_of(&WITH_ESCAPES, text)
}

const URI: [bool; 256] = syntax::class(b";/?:@&=+$,-_.!~*'()[]#");
