//! The first segment of a path on the edge: the base64url, without padding, of `domain` or of
//! `domain/protocol/host/port`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest segment: two names of 253 octets, and the port.
const LONGEST: usize = 720;
/// The longest name in the DNS.
const LONGEST_NAME: usize = 253;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// To the edge itself, on behalf of a domain.
    Domain(String),
    /// To a node inside.
    Node(NodePrefix),
}

/// A server of a node inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePrefix {
    /// The domain.
    pub domain: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The node's name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The protocol between Expressway-C and the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP.
    Http,
    /// HTTPS.
    Https,
}

impl Protocol {
    /// The scheme of a URI.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Prefix {
    /// Reads a segment. One that encodes nothing that could be written by [`Self::segment`] is `None`.
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        if segment.len() > LONGEST {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(segment).ok()?).ok()?;
        let mut parts = text.split('/');
        let domain = parts.next().filter(|domain| is_domain(domain))?.to_owned();
        let Some(protocol) = parts.next() else { return Some(Self::Domain(domain)) };
        let protocol = match protocol {
            "http" => Protocol::Http,
            "https" => Protocol::Https,
            _ => return None,
        };
        let host = parts.next().filter(|host| is_host(host))?.to_owned();
        let port = parts.next()?;
        let plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
        let port = port.parse().ok().filter(|_| plain)?;
        match parts.next() {
            None => Some(Self::Node(NodePrefix { domain, protocol, host, port })),
            Some(_) => None,
        }
    }

    /// The segment.
    #[must_use]
    pub fn segment(&self) -> String {
        match self {
            Self::Domain(domain) => URL_SAFE_NO_PAD.encode(domain),
            Self::Node(NodePrefix { domain, protocol, host, port }) => {
                URL_SAFE_NO_PAD.encode(format!("{domain}/{}/{host}/{port}", protocol.scheme()))
            }
        }
    }

    /// The domain on whose behalf it is.
    #[must_use]
    pub fn domain(&self) -> &str {
        match self {
            Self::Domain(domain) | Self::Node(NodePrefix { domain, .. }) => domain,
        }
    }
}

impl NodePrefix {
    /// Scheme, host and port as they stand in a URI.
    #[must_use]
    pub fn origin(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}", self.protocol.scheme(), self.port)
    }
}

fn is_domain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(plain)
}

/// A name, or an address of either family.
fn is_host(host: &str) -> bool {
    is_domain(host) || host.parse::<std::net::Ipv6Addr>().is_ok()
}
