//! RTP packets (RFC 3550), SRTP (RFC 3711, RFC 7714), G.711 and telephone events (RFC 4733).
//!
//! Everything here is bytes in, bytes out: an [`OutboundStream`] numbers packets, an
//! [`SrtpSender`] and an [`SrtpReceiver`] protect them, a [`JitterBuffer`] puts them in order, and
//! [`ReceptionStatistics`] counts what came. Random numbers and arrival times come from the caller.

pub mod control;
mod error;
pub mod g711;
mod jitter_buffer;
mod outbound_stream;
mod packet;
mod srtp;
mod statistics;
pub mod telephone_event;

pub use error::RtpError;
pub use jitter_buffer::{Frame, JitterBuffer};
pub use outbound_stream::OutboundStream;
pub use packet::{Header, Packet};
pub use srtp::{Authentic, Opened, SrtpAuthenticator, SrtpReceiver, SrtpSender};
pub use statistics::ReceptionStatistics;

/// The clock rate of all our formats, samples a second.
pub const CLOCK_RATE: u32 = 8_000;

/// Samples in a packet of 20 ms.
pub const SAMPLES_PER_PACKET: usize = 160;
