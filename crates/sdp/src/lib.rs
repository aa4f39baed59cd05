//! Session descriptions (RFC 8866): offer and answer (RFC 3264) and SDES keys (RFC 4568).
//!
//! [`SessionDescription`] is one parse of a body, bounded by [`limits`]. [`OfferAnswer`] is the
//! negotiation of one audio stream by one endpoint. [`security_of`] and [`security_of_answer`] tell a
//! B2BUA, which forwards bodies unchanged, how well the media of a call is protected.
//! [`mask_keys`] is what every trace writes instead of a body.
//!
//! No sockets and no randomness: addresses and random bytes come from the caller. The syntax of
//! lines is read by the `sdp-types` crate; what the lines mean is decided here.
//!
//! Our choices: RTP/AVP with `a=crypto` counts as clear (RFC 4568 §5 defines the attribute for the
//! secure profiles); master key identifiers, key derivation rates, and forward error correction are
//! refused, so a crypto attribute that needs them is passed over for the next one.

mod codec;
pub mod crypto;
mod description;
mod direction;
mod error;
pub mod limits;
mod mask;
mod media;
mod offer_answer;
mod security;

pub use codec::{Codec, Format};
pub use crypto::{CryptoAttribute, CryptoSuite, CryptoViolation, MasterKey};
pub use description::SessionDescription;
pub use direction::Direction;
pub use error::{Refusal, SdpError};
pub use mask::mask_keys;
pub use media::{MediaStream, Protection};
pub use offer_answer::{AudioCapability, Negotiated, OfferAnswer, Role, SecurityPolicy, SrtpKeys};
pub use security::{MediaSecurity, security_of, security_of_answer};
