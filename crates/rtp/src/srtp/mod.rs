//! SRTP and SRTCP with SDES keys (RFC 3711, RFC 7714, RFC 4568 §6).
//!
//! The transforms are the `rtc-srtp` crate's; what surrounds them is ours, because there
//! - an unauthenticated packet would change state (the head of the replay window, an entry a
//!   source): here a context serves one source, and nothing is remembered before authentication;
//! - replay protection is an option on 16-bit numbers: here it is a `ReplayWindow` that is always on;
//! - the header parser reads extensions past their end: here the header is parsed by
//!   [`Header`](crate::Header), and only lengths and numbers are handed over;
//! - a control packet without the encryption flag is taken unauthenticated: here it is refused.
//!
//! A relay, which has no use for the clear text, verifies with [`SrtpAuthenticator`].
//!
//! Our choices: a new key starts with rollover counter zero in both directions (RFC 4568 §6.4 signals
//! none), and our own streams start anew with each key, so that both readings of the RFC agree; packets
//! under the key before are still taken while they arrive.

mod authenticator;
mod context;
mod control_index;
mod receiver;
mod replay_window;
mod sender;
mod session_keys;
mod tag;

pub use authenticator::{Authentic, SrtpAuthenticator};
pub use receiver::{Opened, SrtpReceiver};
pub use sender::SrtpSender;
