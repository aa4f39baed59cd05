//! The answer to a Digest challenge (RFC 7616 §3.4).

use std::borrow::Cow;
use std::fmt;

use super::Algorithm;
use crate::auth::parameters::{AuthParameter, AuthParameters};

/// The answer to a Digest challenge, as written.
#[derive(Clone)]
pub struct DigestCredentials<'a> {
    /// The `username`, unquoted.
    pub username: Cow<'a, [u8]>,
    /// The `realm`, unquoted.
    pub realm: Cow<'a, [u8]>,
    /// The `nonce`, unquoted.
    pub nonce: Cow<'a, [u8]>,
    /// The `uri`, unquoted.
    pub uri: Cow<'a, [u8]>,
    /// The `response`, in hexadecimal.
    pub response: Cow<'a, [u8]>,
    /// The `algorithm`; absent means MD5. `None`: one that is not supported.
    pub algorithm: Option<Algorithm>,
    /// The `qop`.
    pub qop: Option<Cow<'a, [u8]>>,
    /// The `cnonce`.
    pub cnonce: Option<Cow<'a, [u8]>>,
    /// The nonce count, as its eight digits.
    pub nonce_count: Option<Cow<'a, [u8]>>,
    /// The `opaque`.
    pub opaque: Option<Cow<'a, [u8]>>,
}

impl<'a> DigestCredentials<'a> {
    /// Parses what follows the name of the scheme.
    pub(in crate::auth) fn parse(rest: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::default();
        for parameter in AuthParameters::new(rest) {
            fields.keep(parameter?)?;
        }
        Some(Self {
            username: fields.username?,
            realm: fields.realm?,
            nonce: fields.nonce?,
            uri: fields.uri?,
            response: fields.response?,
            algorithm: fields.algorithm.map_or(Some(Algorithm::Md5), |name| Algorithm::from_bytes(&name)),
            qop: fields.qop,
            cnonce: fields.cnonce,
            nonce_count: fields.nonce_count,
            opaque: fields.opaque,
        })
    }
}

/// The parameters, as far as they were met.
#[derive(Default)]
struct Fields<'a> {
    username: Option<Cow<'a, [u8]>>,
    realm: Option<Cow<'a, [u8]>>,
    nonce: Option<Cow<'a, [u8]>>,
    uri: Option<Cow<'a, [u8]>>,
    response: Option<Cow<'a, [u8]>>,
    algorithm: Option<Cow<'a, [u8]>>,
    qop: Option<Cow<'a, [u8]>>,
    cnonce: Option<Cow<'a, [u8]>>,
    nonce_count: Option<Cow<'a, [u8]>>,
    opaque: Option<Cow<'a, [u8]>>,
}

impl<'a> Fields<'a> {
    fn keep(&mut self, parameter: AuthParameter<'a>) -> Option<()> {
        parameter.keep(&mut [
            ("username", &mut self.username),
            ("realm", &mut self.realm),
            ("nonce", &mut self.nonce),
            ("uri", &mut self.uri),
            ("response", &mut self.response),
            ("algorithm", &mut self.algorithm),
            ("qop", &mut self.qop),
            ("cnonce", &mut self.cnonce),
            ("nc", &mut self.nonce_count),
            ("opaque", &mut self.opaque),
        ])
    }
}

impl fmt::Debug for DigestCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestCredentials")
            .field("username", &String::from_utf8_lossy(&self.username))
            .field("realm", &String::from_utf8_lossy(&self.realm))
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
