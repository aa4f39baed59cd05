//! Bearer credentials (RFC 8898 §2, RFC 6750 §2.1).
//!
//! Tokens come in several dialects, and all are read: `Bearer <b64token>` (RFC 8898), the same with parameters
//! behind it, and with the token as a quoted parameter, alone or with username and realm. The scheme may be in any
//! case, and in either header field.

use std::borrow::Cow;
use std::fmt;

use super::parameters::AuthParameters;
use crate::message::syntax;

/// A bearer token, and what some clients write beside it.
#[derive(Clone)]
pub struct BearerCredentials<'a> {
    token: Cow<'a, [u8]>,
    is_parameter: bool,
    realm: Option<Cow<'a, [u8]>>,
    username: Option<Cow<'a, [u8]>>,
}

impl<'a> BearerCredentials<'a> {
    /// Parses what follows the name of the scheme.
    pub(super) fn parse(rest: &'a [u8]) -> Option<Self> {
        let (mut token, parameters) = bare_token(rest);
        let is_parameter = token.is_none();
        let mut credentials = Self { token: Cow::Borrowed(b""), is_parameter, realm: None, username: None };
        for parameter in AuthParameters::new(parameters) {
            parameter?.keep(&mut [
                ("token", &mut token),
                ("realm", &mut credentials.realm),
                ("username", &mut credentials.username),
            ])?;
        }
        credentials.token = token.filter(|token| !token.is_empty())?;
        Some(credentials)
    }

    /// The access token.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// Whether the token came as the parameter `token`, and not as RFC 8898 §2 has it.
    pub fn is_parameter(&self) -> bool {
        self.is_parameter
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

impl fmt::Debug for BearerCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerCredentials").field("token_octets", &self.token.len()).finish_non_exhaustive()
    }
}
