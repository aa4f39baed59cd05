//! Credentials in Authorization and Proxy-Authorization (RFC 3261 §25.1, RFC 8898 §2, RFC 7616 §3.4).
//!
//! Bearer tokens come in several dialects, and all are read: `Bearer <b64token>` (RFC 8898), the same with
//! parameters behind it, and with the token as a quoted parameter, alone or with username and realm.

use std::borrow::Cow;
use std::fmt;

use super::Algorithm;
use super::parameters::{AuthParameter, AuthParameters};
use crate::message::syntax;

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
    pub nonce_count: Option<Cow<'a, [u8]>>,
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
        let (mut token, parameters) = bare_token(rest);
        let mut credentials = Self { token: Cow::Borrowed(b""), realm: None, username: None };
        for parameter in AuthParameters::new(parameters) {
            let parameter = parameter?;
            let slot = match () {
                () if parameter.is("token") => &mut token,
                () if parameter.is("realm") => &mut credentials.realm,
                () if parameter.is("username") => &mut credentials.username,
                () => continue,
            };
            if slot.replace(parameter.value).is_some() {
                return None;
            }
        }
        credentials.token = token.filter(|token| !token.is_empty())?;
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

/// The token that stands before all parameters, as RFC 8898 has it, and what follows its comma.
///
/// A token may end with equals signs but has none within (RFC 6750 §2.1); a parameter has one, and something
/// behind it. Whether the octets are those of a token is for its verification to say.
fn bare_token(rest: &[u8]) -> (Option<Cow<'_, [u8]>>, &[u8]) {
    let end = memchr::memchr3(b',', b'=', b' ', rest).unwrap_or(rest.len());
    let Some((word, after)) = rest.split_at_checked(end) else {
        return (None, rest);
    };
    let padding = after.iter().take_while(|&&octet| octet == b'=').count();
    let parameters = match after.get(padding..).map(syntax::trim_start) {
        Some([]) => &[][..],
        Some([b',', parameters @ ..]) => parameters,
        _ => return (None, rest),
    };
    match rest.get(..word.len() + padding) {
        Some(token) if memchr::memchr2(b'"', b'\t', token).is_none() => (Some(Cow::Borrowed(token)), parameters),
        _ => (None, rest),
    }
}

impl<'a> DigestCredentials<'a> {
    fn parse(rest: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::default();
        for parameter in AuthParameters::new(rest) {
            fields.set(parameter?)?;
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
    nonce_count: Option<Cow<'a, [u8]>>,
    opaque: Option<Cow<'a, [u8]>>,
}

impl<'a> Fields<'a> {
    /// Keeps a parameter; `None`: it occurs twice (RFC 7616 §3.4).
    fn set(&mut self, parameter: AuthParameter<'a>) -> Option<()> {
        let known = [
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
        ];
        match known.into_iter().find(|(name, _)| parameter.is(name)) {
            Some((_, slot)) => slot.replace(parameter.value).is_none().then_some(()),
            None => Some(()),
        }
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
