//! The transport layer (RFC 3261 §18): where a message begins and ends, and where a response goes.

mod datagram;
mod newcomers;
pub mod response_routing;
mod stream_framer;

pub use datagram::{Datagram, parse_datagram};
pub use newcomers::{Newcomers, of_subscriber};
pub use stream_framer::{Frame, StreamFramer};
