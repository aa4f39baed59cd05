//! The sip and sips URI (RFC 3261 §19.1.1).

use std::borrow::Cow;
use std::net::IpAddr;

use super::host::{self, Host};
use super::{escape, is_uri_text};
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
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        if !is_uri_text(text) || !escape::is_well_formed(text) {
            return None;
        }
        let (scheme, rest) = syntax::split_once(text, b':')?;
        // Only escaped may an `@` stand in the user part or behind the host.
        let (userinfo, rest) = match memchr::memchr(b'@', rest).and_then(|at| rest.split_at_checked(at)) {
            Some((userinfo, [_, rest @ ..])) => (Some(userinfo), rest),
            _ => (None, rest),
        };
        let (rest, headers) = syntax::split_once(rest, b'?').unwrap_or((rest, b""));
        let host_length = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let (host_port, parameters) = rest.split_at_checked(host_length)?;
        let (host, port) = host::parse_host_port(host_port)?;
        let (user, password) = match userinfo {
            None => (None, None),
            Some(userinfo) => match syntax::split_once(userinfo, b':') {
                Some((user, password)) => (Some(user), Some(password)),
                None => (Some(userinfo), None),
            },
        };
        let uri = Self {
            text,
            is_secure: scheme.eq_ignore_ascii_case(b"sips"),
            user,
            password,
            host,
            port,
            parameters: Parameters::new(parameters),
            headers,
        };
        uri.is_well_formed().then_some(uri)
    }

    /// The parts against `user`, `password`, `uri-parameter` and `header` of RFC 3261 §25.1.
    fn is_well_formed(&self) -> bool {
        const USER: [bool; 256] = syntax::class(b"-_.!~*'()%&=+$,;?/#");
        const PASSWORD: [bool; 256] = syntax::class(b"-_.!~*'()%&=+$,");
        const PARAMETER: [bool; 256] = syntax::class(b"-_.!~*'()%[]/:&+$=");
        const HEADER: [bool; 256] = syntax::class(b"-_.!~*'()%[]/?:+$=&;,@");
        self.user.is_none_or(|user| !user.is_empty() && syntax::all_of(&USER, user))
            && self.password.is_none_or(|password| syntax::all_of(&PASSWORD, password))
            && self.parameters.iter().all(|parameter| {
                !parameter.name.is_empty()
                    && syntax::all_of(&PARAMETER, parameter.name)
                    && parameter.value.is_none_or(|value| !value.is_empty() && syntax::all_of(&PARAMETER, value))
            })
            && syntax::all_of(&HEADER, self.headers)
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
