//! The sip and sips URI (RFC 3261 §19.1.1).

use std::borrow::Cow;
use std::net::IpAddr;

use super::escape;
use super::host::{self, Host};
use crate::message::{Parameters, syntax};

/// A sip or sips URI, borrowed from a message.
#[derive(Clone, Copy, Debug)]
pub struct SipUri<'a> {
    text: &'a [u8],
    is_secure: bool,
    user: Option<&'a [u8]>,
    password: Option<&'a [u8]>,
    host: Host<'a>,
    port: Option<u16>,
    parameters: Parameters<'a>,
    headers: &'a [u8],
}

impl<'a> SipUri<'a> {
    /// Parses the URI `text`, whose part behind the scheme's colon is `rest`.
    pub(super) fn parse(text: &'a [u8], rest: &'a [u8]) -> Option<Self> {
        let scheme_length = text.len() - rest.len() - 1;
        // Only escaped may an `@` stand in the user part or behind the host.
        let (userinfo, rest) = match memchr::memchr(b'@', rest).and_then(|at| rest.split_at_checked(at)) {
            Some((userinfo, [_, rest @ ..])) => (Some(userinfo), rest),
            _ => (None, rest),
        };
        let (host, port, rest) = host::split_host_port(rest)?;
        let (parameters, headers) = match rest {
            [] => (rest, rest),
            [b'?', headers @ ..] => (&b""[..], headers),
            [b';', ..] => syntax::split_once(rest, b'?').unwrap_or((rest, b"")),
            _ => return None,
        };
        let (user, password) = match userinfo.map(split_userinfo) {
            Some(userinfo) => userinfo.map(|(user, password)| (Some(user), password))?,
            None => (None, None),
        };

        let parameters = Parameters::new(parameters);
        let uri = Self { text, is_secure: scheme_length == 4, user, password, host, port, parameters, headers };
        uri.is_well_formed().then_some(uri)
    }

    /// The parts against `uri-parameter` and `header` of RFC 3261 §25.1.
    fn is_well_formed(&self) -> bool {
        const PARAMETER: [bool; 256] = syntax::class(b"-_.!~*'()[]/:&+$=");
        const HEADER: [bool; 256] = syntax::class(b"-_.!~*'()[]/?:+$=&;,");
        let is_parameter = |text: &[u8]| !text.is_empty() && escape::is_text_of(&PARAMETER, text);
        let is_well_formed = self
            .parameters
            .iter()
            .all(|parameter| is_parameter(parameter.name) && parameter.value.is_none_or(is_parameter));
        is_well_formed && escape::is_text_of(&HEADER, self.headers)
    }

    /// The octets of the whole URI.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The scheme, as written.
    pub fn scheme(&self) -> &'a [u8] {
        self.text.get(..if self.is_secure { 4 } else { 3 }).unwrap_or_default()
    }

    /// Whether the scheme is sips.
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The user part, escapes kept.
    pub const fn user(&self) -> Option<&'a [u8]> {
        self.user
    }

    /// The user part, escapes replaced once (RFC 3261 §19.1.2).
    pub fn user_decoded(&self) -> Option<Cow<'a, [u8]>> {
        self.user.map(escape::decode)
    }

    /// The password that the standard discourages.
    pub const fn password(&self) -> Option<&'a [u8]> {
        self.password
    }

    /// The host.
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port, if one is written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters, in order.
    pub const fn parameters(&self) -> Parameters<'a> {
        self.parameters
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&'a [u8]> {
        self.parameters.get(name)
    }

    /// The `transport` parameter.
    pub fn transport(&self) -> Option<&'a [u8]> {
        self.parameter("transport")
    }

    /// Whether the `lr` parameter makes this a loose route (RFC 3261 §19.1.1).
    pub fn is_loose_route(&self) -> bool {
        self.parameters.contains("lr")
    }

    /// What follows the question mark: header fields that a request made from this URI would have.
    pub const fn headers(&self) -> &'a [u8] {
        self.headers
    }

    /// Each header of the URI, name and value, escapes kept.
    pub fn header_pairs(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone + use<'a> {
        let pairs = self.headers.split(|&octet| octet == b'&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| syntax::split_once(pair, b'=').unwrap_or((pair, b"")))
    }

    /// The address, if the host is one.
    pub const fn address(&self) -> Option<IpAddr> {
        self.host.address()
    }
}

/// Splits `user [ ":" password ]`.
fn split_userinfo(userinfo: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    const USER: [bool; 256] = syntax::class(b"-_.!~*'()&=+$,;?/#");
    const PASSWORD: [bool; 256] = syntax::class(b"-_.!~*'()&=+$,;?/*:");
    let is_user = |user: &[u8]| !user.is_empty() && escape::is_text_of(&USER, user);
    if is_user(userinfo) {
        return Some((userinfo, None));
    }
    let (user, password) = syntax::split_once(userinfo, b':')?;
    let is_userinfo = is_user(user) && escape::is_text_of(&PASSWORD, password);
    is_userinfo.then_some((user, Some(password)))
}
