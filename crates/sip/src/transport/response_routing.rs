//! Where a response goes: `received` and `rport` in the top Via (RFC 3261 §18.2, RFC 3581).

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::message::header::Via;
use crate::message::syntax;
use crate::message::uri::Host;

/// The default port of a transport (RFC 3261 §18.2.2, §26.2.1).
const fn default_port(transport: &[u8]) -> u16 {
    if transport.eq_ignore_ascii_case(b"TLS") { 5061 } else { 5060 }
}

/// Where the response to a request that arrived in a datagram is sent (RFC 3261 §18.2.2, RFC 3581 §4), given the
/// Via that the server has stamped or received. On a stream the response uses the connection of the request.
///
/// `None`: the Via names a host, which would have to be looked up; `maddr` is not followed (our choice: nobody
/// may direct our datagrams to a third host).
pub fn destination(via: &Via<'_>) -> Option<SocketAddr> {
    let address = match (via.received(), via.host()) {
        (Some(received), _) => received,
        (None, Host::Address(address)) => address,
        (None, Host::Name(_)) => return None,
    };
    let port = via.rport().or(via.port()).unwrap_or(default_port(via.transport()));
    Some(SocketAddr::new(address, port))
}

/// The value of a Via field whose first value now names the source of its request: `rport` is filled in where the
/// client asked for it, `received` is added then, or when the host is not the source address.
pub fn with_source(value: &[u8], source: SocketAddr) -> Vec<u8> {
    let end = syntax::find_unquoted(value, b',').unwrap_or(value.len());
    let (top, rest) = value.split_at_checked(end).unwrap_or((value, b""));
    let Some(via) = Via::parse(syntax::trim(top)) else {
        return value.to_vec();
    };
    let mut stamped = Vec::with_capacity(value.len() + 64);
    let before_parameters = via.as_bytes().len() - via.parameters().as_bytes().len();
    stamped.extend_from_slice(via.as_bytes().get(..before_parameters).unwrap_or_default());
    push_parameters(&via, source, &mut stamped);
    stamped.extend_from_slice(rest);
    stamped
}

fn push_parameters(via: &Via<'_>, source: SocketAddr, to: &mut Vec<u8>) {
    let asks_for_port = via.has_rport();
    for parameter in via.parameters().iter() {
        // A client has no business to write `received`; only what the server saw counts.
        if parameter.name.eq_ignore_ascii_case(b"received") || parameter.name.eq_ignore_ascii_case(b"rport") {
            continue;
        }
        to.push(b';');
        to.extend_from_slice(parameter.name);
        if let Some(value) = parameter.value {
            to.push(b'=');
            to.extend_from_slice(value);
        }
    }
    let address = source.ip().to_canonical();
    if asks_for_port || via.host().address() != Some(address) {
        push_received(address, to);
    }
    if asks_for_port {
        // Writing to a vector does not fail.
        let _ = write!(to, ";rport={}", source.port());
    }
}

fn push_received(address: IpAddr, to: &mut Vec<u8>) {
    // RFC 5118 §4.5: an IPv6 address stands here without brackets.
    let _ = write!(to, ";received={address}");
}
