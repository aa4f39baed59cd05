//! Datagrams (RFC 3261 §18.3): one message each.

use bytes::Bytes;

use crate::message::{Message, ParseError};

/// What a datagram holds.
#[derive(Debug)]
pub enum Datagram {
    /// Nothing but line ends: a keep-alive, not answered (RFC 5626 §4.4.2 uses STUN over datagrams).
    KeepAlive,
    /// A message.
    Message(Message),
}

/// Reads a datagram. Line ends before the message are ignored (RFC 3261 §7.5), octets behind its body too.
pub fn parse_datagram(bytes: Bytes) -> Result<Datagram, ParseError> {
    let line_ends = bytes.chunks(2).take_while(|pair| *pair == b"\r\n").count();
    let message = bytes.slice(2 * line_ends..);
    if message.iter().all(|octet| *octet == 0) {
        return Ok(Datagram::KeepAlive);
    }
    Message::parse(message).map(Datagram::Message)
}
