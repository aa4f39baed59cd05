//! The parameters of a scheme (RFC 3261 §25.1 `auth-param`): `name=token` or `name="text"`, with commas between.

use std::borrow::Cow;

use crate::message::syntax;

/// One parameter.
pub(in crate::auth) struct AuthParameter<'a> {
    name: &'a [u8],
    /// The value, without quotes and backslashes.
    value: Cow<'a, [u8]>,
}

/// Parameters, read one by one; `None` where one is malformed, and then no more.
pub(in crate::auth) struct AuthParameters<'a> {
    rest: &'a [u8],
}

impl<'a> AuthParameter<'a> {
    /// Keeps the value in the slot of its name, which is compared without regard to case; a name without slot is
    /// ignored. `None`: the slot is taken, since no name may occur twice (RFC 7616 §3.4).
    pub(in crate::auth) fn keep(self, slots: &mut [(&str, &mut Option<Cow<'a, [u8]>>)]) -> Option<()> {
        match slots.iter_mut().find(|(name, _)| self.name.eq_ignore_ascii_case(name.as_bytes())) {
            Some((_, slot)) => slot.replace(self.value).is_none().then_some(()),
            None => Some(()),
        }
    }
}

impl<'a> AuthParameters<'a> {
    pub(in crate::auth) const fn new(octets: &'a [u8]) -> Self {
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
