//! A URI that owns its octets.

use std::fmt;

use bytes::Bytes;

use super::{SipUri, Uri, escape};
use crate::message::syntax;

/// An owned, well-formed URI.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UriBuf(Bytes);

impl UriBuf {
    /// Takes a URI; `None` if it is malformed.
    pub fn parse(text: impl Into<Bytes>) -> Option<Self> {
        let text = text.into();
        Uri::parse(&text).is_some().then_some(Self(text))
    }

    /// A sip URI of a user, given without escapes, at a `host[:port][;parameters]`.
    pub fn sip(user: &str, rest: impl fmt::Display) -> Option<Self> {
        const USER: [bool; 256] = syntax::class(b"-_.!~*'()&=+$,;?/");
        let mut text = b"sip:".to_vec();
        if !user.is_empty() {
            escape::encode(user.as_bytes(), &USER, &mut text);
            text.push(b'@');
        }
        text.extend_from_slice(rest.to_string().as_bytes());
        Self::parse(text)
    }

    /// The parsed URI.
    pub fn as_uri(&self) -> Uri<'_> {
        Uri::parse(&self.0).expect("checked at construction")
    }

    /// The parsed URI, if it is a sip or sips URI.
    pub fn as_sip(&self) -> Option<SipUri<'_>> {
        self.as_uri().as_sip()
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Uri<'_>> for UriBuf {
    fn from(uri: Uri<'_>) -> Self {
        Self(Bytes::copy_from_slice(uri.as_bytes()))
    }
}

impl fmt::Display for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}
