//! Minting and verifying refresh tokens: signed, not encrypted, with the claims of the published sample.
//!
//! Our choice: one more claim, `jti`, an unguessable identifier. RS256 signs the same claims to the same bytes, so
//! without it two rotations in one second would give one token. What a token is known by in the database is
//! [`VerifiedRefreshToken::identity`], a hash of `jti`: a token that is minted again with the same claims is the same
//! token, whatever bytes its signature has.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fingerprint::sha256;
use crate::{KeyError, KeyRing, TokenError, UnixTime, base64url, jws, strict_json};

const TYPE: &str = "user";
const KIND: &str = "refresh";

/// What a new refresh token says.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshTokenClaims {
    /// The family: the chain of rotations that began with one login.
    pub family: Uuid,
    /// 32 unguessable bytes.
    pub identifier: [u8; 32],
    /// The client it was issued to.
    pub client_id: String,
    /// When the family ends.
    pub expires_at: UnixTime,
}

impl RefreshTokenClaims {
    /// SHA-256 over the identifier: the only form that is stored.
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        sha256(&self.identifier)
    }
}

impl std::fmt::Debug for RefreshTokenClaims {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RefreshTokenClaims")
            .field("family", &self.family)
            .field("client_id", &self.client_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    exp: UnixTime,
    iss: Uuid,
    typ: String,
    tid: Uuid,
    ctyp: String,
    ccid: String,
    jti: String,
}

/// Proof that a refresh token was signed by this cluster and has not expired. Whether it is still the current one of its family,
/// the database says.
#[derive(Clone, Debug)]
pub struct VerifiedRefreshToken(RefreshTokenClaims);

impl VerifiedRefreshToken {
    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &RefreshTokenClaims {
        &self.0
    }

    /// What the token is known by in the database.
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        self.0.identity()
    }
}

impl KeyRing {
    /// Mints a refresh token.
    pub fn mint_refresh_token(&self, claims: &RefreshTokenClaims) -> Result<String, KeyError> {
        let claims = Claims {
            exp: claims.expires_at,
            iss: self.cluster(),
            typ: TYPE.to_owned(),
            tid: claims.family,
            ctyp: KIND.to_owned(),
            ccid: claims.client_id.clone(),
            jti: base64url::encode(&claims.identifier),
        };
        let payload = serde_json::to_vec(&claims).map_err(|_| KeyError::Unavailable)?;
        let (key_id, key) = self.signing()?;
        jws::sign(key, key_id, &payload)
    }

    /// Verifies a refresh token's signature and claims.
    pub fn verify_refresh_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedRefreshToken, TokenError> {
        let payload = jws::verify(token, |key_id| self.verifying_key(key_id))?;
        let claims: Claims = strict_json::parse(&payload, "claims").map_err(|_| TokenError::WrongKind)?;
        if claims.iss != self.cluster() {
            return Err(TokenError::WrongIssuer);
        }
        if claims.typ != TYPE || claims.ctyp != KIND {
            return Err(TokenError::WrongKind);
        }
        let identifier = base64url::decode(claims.jti.as_bytes()).and_then(|bytes| bytes.try_into().ok());
        let identifier = identifier.ok_or(TokenError::BadClaim("jti"))?;
        if claims.exp <= now {
            return Err(TokenError::Expired);
        }
        Ok(VerifiedRefreshToken(RefreshTokenClaims {
            family: claims.tid,
            identifier,
            client_id: claims.ccid,
            expires_at: claims.exp,
        }))
    }
}
