//! The sip and sips URI (RFC 3261 §19.1.1).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use super::escape;
use super::host::{self, Host};
use crate::message::{Parameters, syntax};

/// A sip or sips URI, borrowed from a message: its text, and where its parts lie.
#[derive(Clone, Copy)]
pub struct SipUri<'a> {
    text: &'a [u8],
    /// Where the colon of the scheme is.
    scheme_end: u16,
    user_end: u16,
    host_start: u16,
    host_end: u16,
    parameters_start: u16,
    parameters_end: u16,
    port: Option<u16>,
}

impl<'a> SipUri<'a> {
    /// Parses the URI `text`, whose part behind the scheme's colon is `rest`.
    pub(super) fn parse(text: &'a [u8], rest: &'a [u8]) -> Option<Self> {
        let length = u16::try_from(text.len()).ok()?;
        let offset_of = |rest: &[u8]| length - rest.len() as u16;
        let scheme_end = offset_of(rest) - 1;
        // Only escaped may an `@` stand in the user part or behind the host.
        let (user_length, host_and_rest) = match syntax::find(rest, b'@').and_then(|at| rest.split_at_checked(at)) {
            Some((userinfo, [_, rest @ ..])) => (user_length(userinfo)?, rest),
            _ => (0, rest),
        };
        let (host, port, rest) = host::split_host_port(host_and_rest)?;
        let (parameters, headers) = match rest {
            [] | [b';' | b'?', ..] => rest.split_at_checked(syntax::find(rest, b'?').unwrap_or(rest.len()))?,
            _ => return None,
        };
        if !are_parameters(Parameters::new(parameters)) || !are_headers(headers) {
            return None;
        }
        let host_start = offset_of(host_and_rest);
        Some(Self {
            text,
            scheme_end,
            user_end: scheme_end + 1 + user_length,
            host_start,
            host_end: host_start + host.len() as u16,
            parameters_start: offset_of(rest),
            parameters_end: offset_of(headers),
            port,
        })
    }

    fn part(&self, start: u16, end: u16) -> &'a [u8] {
        self.text.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    /// The octets of the whole URI.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.text
    }

    /// The scheme, as written.
    pub fn scheme(&self) -> &'a [u8] {
        self.part(0, self.scheme_end)
    }

    /// Whether the scheme is sips.
    pub const fn is_secure(&self) -> bool {
        self.scheme_end == 4
    }

    /// The user part, escapes kept.
    pub fn user(&self) -> Option<&'a [u8]> {
        let user_start = self.scheme_end + 1;
        (self.host_start > user_start).then(|| self.part(user_start, self.user_end))
    }

    /// The password that the standard discourages.
    pub fn password(&self) -> Option<&'a [u8]> {
        let userinfo_end = self.host_start - 1;
        (self.user_end < userinfo_end).then(|| self.part(self.user_end + 1, userinfo_end))
    }

    /// The host.
    pub fn host(&self) -> Host<'a> {
        Host::parse(self.host_bytes()).unwrap_or(Host::Name(b""))
    }

    /// The octets of the host.
    pub fn host_bytes(&self) -> &'a [u8] {
        self.part(self.host_start, self.host_end)
    }

    /// The port, if one is written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.part(self.parameters_start, self.parameters_end))
    }

    /// What follows the question mark: header fields that a request made from this URI would have.
    pub fn headers(&self) -> &'a [u8] {
        self.text.get(usize::from(self.parameters_end) + 1..).unwrap_or_default()
    }

    /// The user part, escapes replaced once (RFC 3261 §19.1.2).
    pub fn user_decoded(&self) -> Option<Cow<'a, [u8]>> {
        self.user().map(escape::decode)
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&'a [u8]> {
        self.parameters().get(name)
    }

    /// The `transport` parameter.
    pub fn transport(&self) -> Option<&'a [u8]> {
        self.parameter("transport")
    }

    /// Whether the `lr` parameter makes this a loose route (RFC 3261 §19.1.1).
    pub fn is_loose_route(&self) -> bool {
        self.parameters().contains("lr")
    }

    /// Each header of the URI, name and value, escapes kept.
    pub fn header_pairs(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone + use<'a> {
        let pairs = self.headers().split(|&octet| octet == b'&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| syntax::split_once(pair, b'=').unwrap_or((pair, b"")))
    }

    /// The address, if the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host().address()
    }
}

/// The length of the user in `user [ ":" password ]`.
fn user_length(userinfo: &[u8]) -> Option<u16> {
    const USER: [bool; 256] = syntax::class(b"-_.!~*'()&=+$,;?/#");
    const PASSWORD: [bool; 256] = syntax::class(b"-_.!~*'()&=+$,;?/*:");
    let is_user = |user: &[u8]| !user.is_empty() && escape::is_text_of(&USER, user);
    if is_user(userinfo) {
        return u16::try_from(userinfo.len()).ok();
    }
    let (user, password) = syntax::split_once(userinfo, b':')?;
    let is_userinfo = is_user(user) && escape::is_text_of(&PASSWORD, password);
    is_userinfo.then_some(u16::try_from(user.len()).ok()?)
}

/// Whether each follows `uri-parameter` (RFC 3261 §25.1), and none occurs twice (§19.1.1).
fn are_parameters(parameters: Parameters<'_>) -> bool {
    const PARAMETER: [bool; 256] = syntax::class(b"-_.!~*'()[]/:&+$=");
    let is_text = |text: &[u8]| !text.is_empty() && escape::is_text_of(&PARAMETER, text);
    parameters.is_empty()
        || parameters.are_all_and_distinct(|parameter| is_text(parameter.name) && parameter.value.is_none_or(is_text))
}

/// Whether this is empty, or a question mark and `headers` (RFC 3261 §25.1).
fn are_headers(headers: &[u8]) -> bool {
    const HEADER: [bool; 256] = syntax::class(b"-_.!~*'()[]/?:+$=&;,");
    headers.is_empty() || escape::is_text_of(&HEADER, headers)
}

impl fmt::Debug for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", String::from_utf8_lossy(self.text))
    }
}
