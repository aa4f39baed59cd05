//! Via (RFC 3261 §20.42): where a request has been, and so the way of its responses.

use std::fmt;
use std::net::IpAddr;

use crate::message::uri::{Host, split_host_port, split_port};
use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// A value of Via: its text, and where its parts lie.
#[derive(Clone, Copy)]
pub struct Via<'a> {
    value: &'a [u8],
    transport_start: u16,
    transport_end: u16,
    host_start: u16,
    host_end: u16,
    parameters_start: u16,
    port: Option<u16>,
}

/// The parameter in which an edge names the flow of the client that it forwards for (RFC 5626 §5.1: a flow token).
///
/// Our choice: the token stands on the Via that the edge adds too, where RFC 5626 has it in Path and Record-Route alone, so
/// that responses find their flow by it and a server behind the edge can tell the edge's clients apart. It is believed only
/// from a peer that is known to be an edge.
pub const EDGE_FLOW: &str = "ringbearer-flow";

/// With this begins a branch that is a transaction id (RFC 3261 §8.1.1.7).
const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

impl<'a> Via<'a> {
    /// Parses `sent-protocol LWS sent-by *( SEMI via-params )`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        Self::split(syntax::trim(value)).filter(|via| via.parameters().is_well_formed())
    }

    /// Finds the parts. The parameters are not yet looked at: [`validate`](crate::message::validate()) does it for
    /// every message, once.
    fn split(value: &'a [u8]) -> Option<Self> {
        let length = u16::try_from(value.len()).ok()?;
        let offset_of = |rest: &[u8]| length - rest.len() as u16;
        let rest = after_protocol(value)?;
        let transport_length = syntax::token_length(rest);
        let transport_start = offset_of(rest);
        let [b' ' | b'\t', rest @ ..] = rest.get(transport_length..)? else {
            return None;
        };
        let sent_by = syntax::trim_start(rest);
        let (host, port, rest) = split_sent_by(sent_by)?;
        let parameters = Parameters::split(rest)?;
        let host_start = offset_of(sent_by);
        (transport_length > 0).then_some(Self {
            value,
            transport_start,
            transport_end: transport_start + transport_length as u16,
            host_start,
            host_end: host_start + host.len() as u16,
            parameters_start: length - parameters.as_bytes().len() as u16,
            port,
        })
    }

    fn part(&self, start: u16, end: u16) -> &'a [u8] {
        self.value.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    /// The octets of the value.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.value
    }

    /// The transport, as written: one that nobody registered is data.
    pub fn transport(&self) -> &'a [u8] {
        self.part(self.transport_start, self.transport_end)
    }

    /// The host of `sent-by`.
    pub fn host(&self) -> Host<'a> {
        Host::parse(self.part(self.host_start, self.host_end)).unwrap_or(Host::Name(b""))
    }

    /// The port of `sent-by`, if one is written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.value.get(usize::from(self.parameters_start)..).unwrap_or_default())
    }

    /// The `branch` parameter.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.parameters().get("branch")
    }

    /// The branch, if it is a transaction id: it begins with the magic cookie and is more than that.
    pub fn transaction_branch(&self) -> Option<&'a [u8]> {
        let branch = self.branch()?;
        let cookie = branch.get(..MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len()).then_some(branch)
    }

    /// The value of [`EDGE_FLOW`]: the client of the edge that added this Via.
    pub fn edge_flow(&self) -> Option<&'a [u8]> {
        self.parameters().get(EDGE_FLOW)
    }

    /// The `received` parameter; brackets around an IPv6 address are optional (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let value = self.parameters().get("received")?;
        let address = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or(value);
        std::str::from_utf8(address).ok()?.parse().ok()
    }

    /// Whether the client asks for its source port (RFC 3581 §3), or was told it.
    pub fn has_rport(&self) -> bool {
        self.parameters().contains("rport")
    }

    /// The value of `rport`.
    pub fn rport(&self) -> Option<u16> {
        u16::try_from(syntax::decimal(self.parameters().get("rport")?)?).ok()
    }
}

/// What follows `protocol-name SLASH protocol-version SLASH`, of which only SIP/2.0 has been seen.
fn after_protocol(value: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = value.strip_prefix(b"SIP/2.0/") {
        return Some(syntax::trim_start(rest));
    }
    let (name, rest) = syntax::split_once(value, b'/')?;
    let (version, rest) = syntax::split_once(rest, b'/')?;
    let is_protocol = syntax::is_token(syntax::trim(name)) && syntax::is_token(syntax::trim(version));
    is_protocol.then(|| syntax::trim_start(rest))
}

/// Reads `host [ COLON port ]`, where blanks may stand around the colon (RFC 3261 §25.1 `sent-by`).
fn split_sent_by(text: &[u8]) -> Option<(&[u8], Option<u16>, &[u8])> {
    let (host, port, rest) = split_host_port(text).or_else(|| {
        let (host, rest) = text.split_at_checked(memchr::memchr2(b':', b' ', text)?)?;
        Host::parse(host)?;
        Some((host, None, rest))
    })?;
    match (port, syntax::trim_start(rest)) {
        (None, [b':', rest @ ..]) => {
            let (port, rest) = split_port(syntax::trim_start(rest))?;
            Some((host, Some(port), rest))
        }
        (port, rest) => Some((host, port, rest)),
    }
}

impl fmt::Debug for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.value))
    }
}

impl Headers {
    /// The top Via: who sent the message last.
    pub fn via(&self) -> Result<Via<'_>, Violation> {
        self.mandatory(HeaderName::Via, |value| Via::split(syntax::List::new(value).next()?))
    }

    /// Every Via, the last hop first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Via, Via::split)
    }
}
