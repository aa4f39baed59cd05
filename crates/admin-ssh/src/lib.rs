//! The admin shell over SSH (RFC 4251 to 4254), with the `russh` crate on aws-lc-rs.
//!
//! Whoever signs in gets the console or one command of the node's interpreter and nothing else: no forwarding of any
//! kind, no subsystem, no environment, no agent. Everything that a stranger can make the node do has a bound in
//! [`limits`]. Our choice: keys are Ed25519 or ECDSA (RSA would need a second implementation of it); key exchange is ML-KEM
//! with X25519, or X25519; ciphers are the two that authenticate; there is no compression.

pub mod accounts;
mod authorized_key;
mod channel;
mod handler;
mod host_key;
mod input;
pub mod limits;
mod newcomer;
mod server;

pub use authorized_key::read_key;
pub use host_key::HostKey;
pub use server::{Server, Texts};
