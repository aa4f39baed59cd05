//! Diagnostic logging: a bounded record of the clear signalling, as pcapng and as text.
//!
//! ```text
//! buffer    the last messages, within a number of octets
//! message   one message without its secrets, whose Content-Length fits what is left of its body
//! pcapng    the file that Wireshark reads
//!   └ packet  the IP and TCP headers that a message of a TLS connection never had
//! text      the same for a reader without Wireshark
//! time      a date and time in words
//! ```
//!
//! The messages travelled inside TLS, so there are no packets to be had. Our choice: each message becomes a TCP segment between
//! the addresses and ports of its connection, with sequence numbers that follow on each other, and link type RAW; so
//! Wireshark, tshark and sngrep show SIP with the right ends and times and need no key.

mod buffer;
mod message;
mod packet;
mod pcapng;
mod text;
mod time;

pub use buffer::{Buffer, Captured};
pub use message::MaskedMessage;
pub use pcapng::pcapng;
pub use text::text;
pub use time::Timestamp;
