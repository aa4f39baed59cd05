//! Credentials in Authorization and Proxy-Authorization (RFC 3261 §25.1), by scheme.

use super::{BearerCredentials, DigestCredentials};
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
