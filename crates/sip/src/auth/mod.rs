//! Authentication: credentials and challenges (RFC 3261 §22), Bearer (RFC 8898) and Digest (RFC 7616, RFC 8760).
//!
//! This module reads and writes; whether a token or an answer is good is decided by whoever holds the keys. No
//! secret is ever in a `Debug` output.

mod challenge;
mod credentials;
pub mod digest;
mod nonce;
mod parameters;

pub use challenge::{BearerChallenge, BearerError, DigestChallenge};
pub use credentials::{BearerCredentials, Credentials, DigestCredentials};
pub use digest::Algorithm;
pub use nonce::{Nonce, NonceKey, NonceViolation};
