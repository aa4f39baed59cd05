//! SDES keys: the `a=crypto` attribute (RFC 4568) and its AEAD suites (RFC 7714 §14.1).
//!
//! [`CryptoAttribute::parse`] accepts only what our SRTP can honour and says why not otherwise.
//! Our choices: one key per attribute and no master key identifier, no key derivation rate, no
//! forward error correction; `WSH` is read and ignored, as our replay window is wider than the
//! smallest that it may ask for.

mod attribute;
mod key;
mod session_parameter;
mod suite;

pub use attribute::{CryptoAttribute, CryptoViolation};
pub use key::MasterKey;
pub use suite::CryptoSuite;
