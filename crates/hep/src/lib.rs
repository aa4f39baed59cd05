//! HEP3, the encapsulation protocol in which collectors (Homer and its kin) take SIP messages: one datagram a message, made
//! of chunks with a vendor, a type and a length.
//!
//! ```text
//! "HEP3"  length (2)   { vendor (2)  type (2)  length (2)  value }…
//! ```
//!
//! Numbers are big-endian, lengths count their own header. Only vendor 0, the generic chunks, is written.

mod chunk;
mod packet;

pub use packet::{Packet, TooLong, TransportProtocol};
