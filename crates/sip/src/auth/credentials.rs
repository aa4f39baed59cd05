//! Credentials in Authorization and Proxy-Authorization (RFC 3261 §25.1, RFC 8898 §2, RFC 7616 §3.4).
//!
//! Bearer tokens come in several dialects, and all are read: `Bearer <b64token>` (RFC 8898), the same with
//! parameters behind it, and with the token as a quoted parameter, alone or with username and realm.

use std::borrow::Cow;
use std::fmt;

use super::Algorithm;
use crate::message::{Parameter, syntax};

/// What one field presents.
#[derive(Clone, Debug)]
pub enum Credentials<'a> {
    /// An access token.
    Bearer(BearerCredentials<'a>),
    /// The answer to a Digest challenge.
    Digest(DigestCredentials<'a>),
    /// Another scheme, whose name this is.
    Other(&'a [u8]),
}

/// A bearer token, and what some clients write beside it.
#[derive(Clone)]
pub struct BearerCredentials<'a> {
    token: Cow<'a, [u8]>,
    realm: Option<Cow<'a, [u8]>>,
    username: Option<Cow<'a, [u8]>>,
}

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
    pub nonce_count: Option<&'a [u8]>,
    /// The `opaque`.
    pub opaque: Option<Cow<'a, [u8]>>,
}

impl<'a> Credentials<'a> {
    /// Parses the value of one field.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let end = value.iter().position(|&octet| syntax::is_blank(octet)).unwrap_or(value.len());
        let (scheme, rest) = value.split_at_checked(end)?;
        let rest = syntax::trim(rest);
        if scheme.eq_ignore_ascii_case(b"Bearer") {
            return BearerCredentials::parse(rest).map(Self::Bearer);
        }
        if scheme.eq_ignore_ascii_case(b"Digest") {
            return DigestCredentials::parse(rest).map(Self::Digest);
        }
        syntax::is_token(scheme).then_some(Self::Other(scheme))
    }
}

impl<'a> BearerCredentials<'a> {
    fn parse(rest: &'a [u8]) -> Option<Self> {
        let mut token = None;
        let mut credentials = Self { token: Cow::Borrowed(b""), realm: None, username: None };
        for (position, part) in syntax::List::new(rest).enumerate() {
            if position == 0 && is_b64token(part) {
                token = Some(Cow::Borrowed(part));
                continue;
            }
            let parameter = parameter(part)?;
            let slot = match parameter.name.to_ascii_lowercase().as_slice() {
                b"token" => &mut token,
                b"realm" => &mut credentials.realm,
                b"username" => &mut credentials.username,
                _ => continue,
            };
            if slot.replace(parameter.unquoted()).is_some() {
                return None;
            }
        }
        credentials.token = token.filter(|token| is_b64token(token))?;
        Some(credentials)
    }

    /// The access token.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// The realm, if the client names one.
    pub fn realm(&self) -> Option<&[u8]> {
        self.realm.as_deref()
    }

    /// The user, if the client names one; nothing is decided by it.
    pub fn username(&self) -> Option<&[u8]> {
        self.username.as_deref()
    }
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1)
fn is_b64token(octets: &[u8]) -> bool {
    const B64: [bool; 256] = syntax::class(b"-._~+/");
    let end = octets.iter().rposition(|&octet| octet != b'=').map_or(0, |last| last + 1);
    end > 0 && octets.get(..end).is_some_and(|octets| syntax::all_of(&B64, octets))
}

/// `auth-param  =  token EQUAL ( token / quoted-string )`
fn parameter(part: &[u8]) -> Option<Parameter<'_>> {
    let parameter = Parameter::new(part);
    let value = parameter.value?;
    let is_value = match value {
        [b'"', ..] => syntax::quoted_string_end(value) == Some(value.len()),
        _ => !value.is_empty() && !value.iter().any(|octet| matches!(octet, b' ' | b'\t' | b'"' | b',' | b';')),
    };
    (syntax::is_token(parameter.name) && is_value).then_some(parameter)
}

impl<'a> DigestCredentials<'a> {
    fn parse(rest: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::default();
        for part in syntax::List::new(rest).filter(|part| !part.is_empty()) {
            fields.set(parameter(part)?)?;
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
    nonce_count: Option<&'a [u8]>,
    opaque: Option<Cow<'a, [u8]>>,
}

impl<'a> Fields<'a> {
    /// Keeps a parameter; `None`: it occurs twice (RFC 7616 §3.4).
    fn set(&mut self, parameter: Parameter<'a>) -> Option<()> {
        let slot = match parameter.name.to_ascii_lowercase().as_slice() {
            b"username" => &mut self.username,
            b"realm" => &mut self.realm,
            b"nonce" => &mut self.nonce,
            b"uri" => &mut self.uri,
            b"response" => &mut self.response,
            b"algorithm" => &mut self.algorithm,
            b"qop" => &mut self.qop,
            b"cnonce" => &mut self.cnonce,
            b"opaque" => &mut self.opaque,
            b"nc" => {
                return self.nonce_count.replace(parameter.value?).is_none().then_some(());
            }
            _ => return Some(()),
        };
        slot.replace(parameter.unquoted()).is_none().then_some(())
    }
}

impl fmt::Debug for BearerCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerCredentials").field("token_octets", &self.token.len()).finish_non_exhaustive()
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
