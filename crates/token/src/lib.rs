//! The self-describing access token, and the refresh token beside it.
//!
//! An access token is a compact JWS (RFC 7515) whose payload has one member, `private`: a compact JWE (RFC 7516)
//! that holds the claims. So it is signed outside and encrypted inside, and any node that has the [`KeyRing`]
//! verifies it without a database. A refresh token is the JWS alone. The outer shapes, headers and key identifiers
//! are those of published samples; the inner claims are our choice, a mirror of the refresh token's with the
//! user, the scope and the device.
//!
//! The rules of RFC 8725 decide the rest: the algorithm belongs to the key and never to the header (§3.1), every
//! claim has one type and is required (§3.8 to §3.11), and nothing in a token makes us read a file or open a
//! connection (§3.10).
//!
//! Our choice: JWS and JWE are written here, on aws-lc-rs, instead of with a general library. Two fixed shapes need
//! some two hundred lines; a general library brings an algorithm negotiation that we would have to switch off, has
//! no JWE, and its claim rules are opt-in.
//!
//! Time and random bytes come from the caller. The exception is [`generate`]: aws-lc-rs makes key pairs and
//! ECDSA nonces from its own system randomness.

mod access_token;
mod base64url;
mod cache;
mod error;
mod export;
mod fingerprint;
pub mod generate;
mod jwe;
mod jwk;
mod jws;
mod key;
mod key_ring;
mod published_keys;
mod refresh_token;
mod strict_json;
#[cfg(test)]
mod tests;
mod time;

pub use access_token::{AUDIENCE, AccessTokenClaims, CLOCK_SKEW, VerifiedAccessToken};
pub use cache::{Freshness, VerifiedTokenCache};
pub use error::TokenError;
pub use fingerprint::{TokenDigest, TokenFingerprint};
pub use jwk::{Jwk, JwkSet};
pub use key::{Algorithm, EncryptionKey, KeyError, SigningKey, VerifyingKey};
pub use key_ring::{KeyHash, KeyId, KeyRing};
pub use published_keys::MAX_PUBLISHED_LENGTH;
pub use refresh_token::{RefreshTokenClaims, VerifiedRefreshToken};
pub use time::UnixTime;
pub use uuid::Uuid;

/// The longest token that is looked at. A longer one is refused before any decoding.
pub const MAX_TOKEN_LENGTH: usize = 8192;
