//! Media over UDP: the endpoint of a softphone, and the [`relay`] of the edge.
//!
//! The endpoint is the sound of one call, from a file or a tone and into a file.
//!
//! [`MediaEndpoint`] owns a pair of ports (RTP and RTCP) and a task that sends a packet each 20 ms and
//! receives what comes. [`MediaSession`] inside it decides and knows no socket. What offer and answer
//! settle goes in as [`sdp::Negotiated`], at the start of a call and at each change of it.
//!
//! Our choices:
//! - Only a peer that holds the key is heard: a packet moves our destination, or reaches the file, after
//!   it was authenticated. Media in clear is taken from the signalled address alone.
//! - An answerer sends under new keys when the peer does: the peer's first packet under its own new key shows that it
//!   has the answer. So no packet is lost at a change, and nothing waits for signalling.

mod compare;
mod direction;
mod endpoint;
mod error;
mod ports;
mod recorder;
pub mod relay;
mod session;
mod source;
mod statistics;
mod tone;
mod wav;

pub use compare::{Difference, Heard, compare};
pub use endpoint::{MediaEndpoint, MediaEvent};
pub use error::MediaError;
pub use session::{MediaSession, Random};
pub use source::Source;
pub use statistics::MediaStatistics;
pub use tone::tone;
pub use wav::{read_wav, write_wav};
