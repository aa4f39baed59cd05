//! The host of a URI or Via: a name, an IPv4 address or a bracketed IPv6 reference (RFC 3261 §25.1, RFC 5118).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
            [b'[', address @ .., b']'] => ipv6(address).map(|address| Self::Address(address.into())),
            [first, ..]
                if first.is_ascii_digit()
                    && let Some(address) = ipv4(text) =>
            {
                Some(Self::Address(address.into()))
            }
            _ => is_name(text).then_some(Self::Name(text)),
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

/// Splits `host [ ":" port ]`.
pub(crate) fn parse_host_port(text: &[u8]) -> Option<(Host<'_>, Option<u16>)> {
    let host_length = match text {
        [b'[', ..] => memchr::memchr(b']', text)? + 1,
        _ => memchr::memchr(b':', text).unwrap_or(text.len()),
    };
    let (host, port) = text.split_at_checked(host_length)?;
    let port = match port {
        [] => None,
        [b':', digits @ ..] => Some(parse_port(digits)?),
        _ => return None,
    };
    Some((Host::parse(host)?, port))
}

/// Our choice: port 0 is no port.
fn parse_port(digits: &[u8]) -> Option<u16> {
    let port = u16::try_from(crate::message::syntax::decimal(digits)?).ok()?;
    (port != 0).then_some(port)
}

fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    let text = std::str::from_utf8(text).ok()?;
    // RFC 5118 §4.10: the grammar of RFC 3261 also produces three colons before an embedded IPv4 address.
    match text.split_once(":::") {
        Some((before, after)) if after.contains('.') => format!("{before}::{after}").parse().ok(),
        _ => text.parse().ok(),
    }
}

/// `hostname  =  *( domainlabel "." ) toplabel [ "." ]`
///
/// Our choice: underscores are allowed, since real host names have them, and so is a last label that begins with
/// a digit.
fn is_name(text: &[u8]) -> bool {
    let text = text.strip_suffix(b".").unwrap_or(text);
    !text.is_empty() && text.split(|&octet| octet == b'.').all(is_label)
}

fn is_label(label: &[u8]) -> bool {
    let is_edge = |octet: Option<&u8>| octet.is_some_and(|octet| octet.is_ascii_alphanumeric() || *octet == b'_');
    is_edge(label.first())
        && is_edge(label.last())
        && label.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}
