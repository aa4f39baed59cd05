//! The host of a URI or Via: a name, an IPv4 address or a bracketed IPv6 reference (RFC 3261 §25.1, RFC 5118).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::message::syntax;

/// A host.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// A host name, as written.
    Name(&'a [u8]),
    /// An IP address; an IPv6 address is written in brackets.
    Address(IpAddr),
}

impl<'a> Host<'a> {
    /// Parses a host that is exactly these octets.
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        match text {
            [b'[', reference @ .., b']'] => Some(Self::Address(ipv6(reference)?.into())),
            _ if split(text)?.1.is_empty() => {
                Some(ipv4(text).map_or(Self::Name(text), |address| Self::Address(address.into())))
            }
            _ => None,
        }
    }

    /// The address, unless this is a name.
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::Address(address) => Some(*address),
        }
    }
}

/// Names are equal without regard to case; addresses by their value (RFC 3261 §19.1.4, RFC 5118 §4.1).
impl PartialEq for Host<'_> {
    fn eq(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(one), Host::Name(other)) => one.eq_ignore_ascii_case(other),
            (Self::Address(one), Host::Address(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(&String::from_utf8_lossy(name)),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Reads a host at the beginning of `text`: its octets, and what follows.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let [b'[', reference @ ..] = text {
        let (reference, _) = syntax::split_once(reference, b']')?;
        ipv6(reference)?;
        return text.split_at_checked(reference.len() + 2);
    }
    let length = text.iter().position(|&octet| !syntax::is_in(&NAME, octet)).unwrap_or(text.len());
    text.split_at_checked(length).filter(|(name, _)| has_name_ends(name))
}

/// Reads `host [ ":" port ]` at the beginning of `text`: the octets of the host, the port, and what follows.
pub(crate) fn split_host_port(text: &[u8]) -> Option<(&[u8], Option<u16>, &[u8])> {
    let (host, rest) = split(text)?;
    match rest {
        [b':', rest @ ..] => {
            let (port, rest) = split_port(rest)?;
            Some((host, Some(port), rest))
        }
        _ => Some((host, None, rest)),
    }
}

/// Reads a port. Our choice: 0 is none.
pub(crate) fn split_port(text: &[u8]) -> Option<(u16, &[u8])> {
    let length = text.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(length)?;
    let port = u16::try_from(syntax::decimal(digits)?).ok()?;
    (port != 0).then_some((port, rest))
}

fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let is_likely = text.first().is_some_and(u8::is_ascii_digit);
    is_likely.then(|| std::str::from_utf8(text).ok()?.parse().ok())?
}

fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let text = std::str::from_utf8(text).ok()?;
    // RFC 5118 §4.10: the grammar of RFC 3261 also produces three colons before an embedded IPv4 address.
    match text.split_once(":::") {
        Some((before, after)) if after.contains('.') => format!("{before}::{after}").parse().ok(),
        _ => text.parse().ok(),
    }
}

/// The octets of a name. Our choice: underscores are allowed, since real host names have them.
static NAME: [bool; 256] = syntax::class(b"-_.");

/// `hostname  =  *( domainlabel "." ) toplabel [ "." ]`, of which the octets have been looked at.
///
/// Our choice: otherwise only the two ends are; a label that no resolver would take names no host.
fn has_name_ends(name: &[u8]) -> bool {
    let is_end = |octet: Option<&u8>| octet.is_some_and(|octet| !matches!(octet, b'-' | b'.'));
    let name = name.strip_suffix(b".").unwrap_or(name);
    is_end(name.first()) && is_end(name.last())
}
