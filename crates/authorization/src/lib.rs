//! The decisions of the authorization server: who gets a token, how long it lives, and what ends it.
//!
//! [`AccessTokens`] is what every listener asks: is this access token good now? It needs no database.

mod access_tokens;
mod revocations;

pub use access_tokens::{AccessTokenError, AccessTokens};
pub use revocations::{Revocation, Revocations};
pub use token::{UnixTime, Uuid, VerifiedAccessToken};
