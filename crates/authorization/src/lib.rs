//! The decisions of the authorization server: who gets a token, how long it lives, and what ends it.
//!
//! [`AccessTokens`] is what every listener asks: is this access token good now? It needs no database.

mod access_tokens;
mod code;
mod family;
mod memory;
mod repository;
#[cfg(any(test, feature = "testing"))]
pub mod repository_contract;
mod revocations;
mod token_hash;

pub use access_tokens::{AccessTokenError, AccessTokens};
pub use code::{AuthorizationCode, CODE_LIFETIME, CodeRedemption, CodeRefusal};
pub use family::{
    FamilyRevocation, PreviousToken, ROTATION_GRACE, RefreshTokenFamily, RevocationReason, Rotated, Rotation,
    RotationRefusal,
};
pub use memory::MemoryRepository;
pub use repository::{AuthorizationRepository, Marks, RepositoryError, StoredKeys};
pub use revocations::{Revocation, Revocations};
pub use token::{UnixTime, Uuid, VerifiedAccessToken};
pub use token_hash::{NotATokenHash, TokenHash};
