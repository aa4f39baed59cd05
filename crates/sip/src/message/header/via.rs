//! Via (RFC 3261 §20.42): where a request has been, and so the way of its responses.

use std::net::IpAddr;

use crate::message::uri::{Host, parse_host_port};
use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// A value of Via.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    value: &'a [u8],
    transport: &'a [u8],
    host: Host<'a>,
    port: Option<u16>,
    parameters: Parameters<'a>,
}

/// With this begins a branch that is a transaction id (RFC 3261 §8.1.1.7).
const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

impl<'a> Via<'a> {
    /// Parses `sent-protocol LWS sent-by *( SEMI via-params )`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (name, rest) = syntax::split_once(value, b'/')?;
        let (version, rest) = syntax::split_once(rest, b'/')?;
        let rest = syntax::trim_start(rest);
        let transport_length = rest.iter().position(|&octet| syntax::is_blank(octet))?;
        let (transport, rest) = rest.split_at_checked(transport_length)?;
        let is_protocol = syntax::is_token(syntax::trim(name)) && syntax::is_token(syntax::trim(version));
        if !is_protocol || !syntax::is_token(transport) {
            return None;
        }
        let end = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let (sent_by, parameters) = rest.split_at_checked(end)?;
        let (host, port) = parse_sent_by(syntax::trim(sent_by))?;
        Some(Self { value, transport, host, port, parameters: Parameters::parse(parameters)? })
    }

    /// The octets of the value.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.value
    }

    /// The transport, as written: one that nobody registered is data.
    pub const fn transport(&self) -> &'a [u8] {
        self.transport
    }

    /// The host of `sent-by`.
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port of `sent-by`, if one is written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters.
    pub const fn parameters(&self) -> Parameters<'a> {
        self.parameters
    }

    /// The `branch` parameter.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.parameters.get("branch")
    }

    /// The branch, if it is a transaction id: it begins with the magic cookie and is more than that.
    pub fn transaction_branch(&self) -> Option<&'a [u8]> {
        let branch = self.branch()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }

    /// The `received` parameter; brackets around an IPv6 address are optional (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let value = self.parameters.get("received")?;
        let address = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or(value);
        std::str::from_utf8(address).ok()?.parse().ok()
    }

    /// Whether the client asks for its source port (RFC 3581 §3), or was told it.
    pub fn has_rport(&self) -> bool {
        self.parameters.contains("rport")
    }

    /// The value of `rport`.
    pub fn rport(&self) -> Option<u16> {
        u16::try_from(syntax::decimal(self.parameters.get("rport")?)?).ok()
    }
}

/// `host [ COLON port ]`, where blanks may stand around the colon.
fn parse_sent_by(sent_by: &[u8]) -> Option<(Host<'_>, Option<u16>)> {
    if let Some(parsed) = parse_host_port(sent_by) {
        return Some(parsed);
    }
    let colon = memchr::memrchr(b':', sent_by)?;
    let (host, port) = sent_by.split_at_checked(colon)?;
    let port = u16::try_from(syntax::decimal(syntax::trim(port.get(1..)?))?).ok()?;
    Some((Host::parse(syntax::trim_end(host))?, Some(port)))
}

impl Headers {
    /// The top Via: who sent the message last.
    pub fn via(&self) -> Result<Via<'_>, Violation> {
        self.vias().next().unwrap_or(Err(Violation::Missing(HeaderName::Via)))
    }

    /// Every Via, the last hop first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Via, Via::parse)
    }
}
