//! The parameters of a scheme (RFC 3261 §25.1 `auth-param`): `name=token` or `name="text"`, with commas between.

use std::borrow::Cow;

use crate::message::syntax;

/// One parameter.
pub(super) struct AuthParameter<'a> {
    name: &'a [u8],
    /// The value, without quotes and backslashes.
    pub(super) value: Cow<'a, [u8]>,
}

/// Parameters, read one by one; `None` where one is malformed, and then no more.
pub(super) struct AuthParameters<'a> {
    rest: &'a [u8],
}

impl AuthParameter<'_> {
    /// Whether this is its name, in any case.
    pub(super) const fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl<'a> AuthParameters<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Reads `auth-param`, whose name and value may have blanks around them, and the comma behind it.
    fn parameter(&mut self) -> Option<AuthParameter<'a>> {
        let (name, value) = syntax::split_once(self.rest, b'=')?;
        let (name, value) = (syntax::trim(name), syntax::trim_start(value));
        let (value, rest) = match value {
            [b'"', ..] => syntax::quoted_string(value)?,
            _ => {
                let end = memchr::memchr(b',', value).unwrap_or(value.len());
                let (value, rest) = value.split_at_checked(end)?;
                (Cow::Borrowed(syntax::trim_end(value)), rest)
            }
        };
        self.rest = match syntax::trim_start(rest) {
            [] => &[],
            [b',', rest @ ..] => rest,
            _ => return None,
        };
        syntax::is_token(name).then_some(AuthParameter { name, value })
    }
}

impl<'a> Iterator for AuthParameters<'a> {
    type Item = Option<AuthParameter<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let [b' ' | b'\t' | b',', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let parameter = self.parameter();
        if parameter.is_none() {
            self.rest = &[];
        }
        Some(parameter)
    }
}
