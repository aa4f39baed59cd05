//! The decisions of the authorization server: who gets a token, how long it lives, and what ends it.
//!
//! [`AuthorizationServer`] has the use cases, over an [`AuthorizationRepository`] that decides races. [`AccessTokens`] is what every listener asks: is this access token good now? It needs no database.

mod access_tokens;
mod api_token;
mod client;
mod code;
mod event;
mod family;
mod login_guard;
mod memory;
mod repository;
#[cfg(any(test, feature = "testing"))]
pub mod repository_contract;
mod revocations;
mod server;
mod token_hash;

pub use access_tokens::{AccessTokenError, AccessTokens};
pub use api_token::{ApiArea, ApiScope, ApiToken, ApiTokenRepository, ApiTokenSecret, LAST_USED_SECONDS};
pub use client::{
    Client, ClientKind, ClientRefusal, Clients, Endpoint, PHONE_CLIENT_ID, RedirectRefusal, SOFTPHONE_CLIENT_ID,
};
pub use code::{AuthorizationCode, CODE_LIFETIME, CodeRedemption, CodeRefusal};
pub use event::{SecurityEvent, SecurityLog};
pub use family::{
    FamilyRevocation, PreviousToken, ROTATION_GRACE, RefreshTokenFamily, RevocationReason, Rotated, Rotation,
    RotationRefusal,
};
pub use login_guard::{Locked, LoginGuard};
pub use memory::MemoryRepository;
pub use repository::{AuthorizationRepository, Marks, RepositoryError, StoredKeys};
pub use revocations::{Revocation, Revocations};
pub use server::{
    AuthorizationServer, CodeGrant, DEFAULT_SCOPE, GrantError, KeysError, NewCode, Password, PasswordError,
    PasswordVerifier, Random, RefreshGrant, RequestRefusal, RevokeError, RevokedTokens, SignInError, open_keys,
    synchronize,
};
pub use token::{UnixTime, Uuid, VerifiedAccessToken};
pub use token_hash::{NotATokenHash, TokenHash};
