//! Authentication: credentials and challenges (RFC 3261 §22), Bearer (RFC 8898) and Digest (RFC 7616, RFC 8760).
//!
//! This module reads and writes; whether a token or an answer is good is decided by whoever holds the keys. No
//! secret is ever in a `Debug` output.

mod bearer;
mod challenge;
mod credentials;
pub mod digest;
mod parameters;

pub use bearer::BearerCredentials;
pub use challenge::{BearerChallenge, BearerError, DigestChallenge};
pub use credentials::Credentials;
pub use digest::{Algorithm, DigestCredentials, Nonce, NonceKey, NonceViolation};
