//! Minting and verifying access tokens.
//!
//! Our choice, as the vendor publishes only the outer form: the inner claims are `iss` (cluster), `aud`, `typ` "user",
//! `ctyp` "access", `tid` (the refresh-token family), `ccid` (client), `sub` (user), `scope`, `iat`, `nbf`, `exp` and, when
//! the token is bound to a device, `device`. All but the last are required.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{KeyError, KeyRing, TokenError, UnixTime, jwe, jws, strict_json};

/// The `aud` of every access token: the resource the default scope names.
pub const AUDIENCE: &str = "UnifiedCommunications";

/// How far `nbf` and `iat` may lie ahead of this node's clock. Our choice: `exp` gets no such allowance, so that a token
/// never outlives what its holder was told.
pub const CLOCK_SKEW: Duration = Duration::from_secs(30);

const TYPE: &str = "user";
const KIND: &str = "access";

/// What a new access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenClaims {
    /// The user it speaks for.
    pub user: String,
    /// The client it was issued to.
    pub client_id: String,
    /// Scopes, separated by spaces (RFC 6749 §3.3).
    pub scope: String,
    /// The refresh-token family it stems from: revoking that revokes it.
    pub family: Uuid,
    /// The only device it may register, when bound.
    pub device: Option<String>,
    /// When it was issued; it is valid from then on.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    private: std::borrow::Cow<'a, str>,
}

/// The inner claims. Unknown members are ignored here, behind signature and encryption, so that a newer node of the
/// same cluster may add one.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: Uuid,
    aud: String,
    typ: String,
    ctyp: String,
    tid: Uuid,
    ccid: String,
    sub: String,
    scope: String,
    iat: UnixTime,
    nbf: UnixTime,
    exp: UnixTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

impl KeyRing {
    /// Mints an access token. `iv` is 16 unpredictable bytes that are used once.
    pub fn mint(&self, claims: &AccessTokenClaims, iv: [u8; 16]) -> Result<String, KeyError> {
        let inner = Claims {
            iss: self.cluster(),
            aud: AUDIENCE.to_owned(),
            typ: TYPE.to_owned(),
            ctyp: KIND.to_owned(),
            tid: claims.family,
            ccid: claims.client_id.clone(),
            sub: claims.user.clone(),
            scope: claims.scope.clone(),
            iat: claims.issued_at,
            nbf: claims.issued_at,
            exp: claims.expires_at,
            device: claims.device.clone(),
        };
        let inner = Zeroizing::new(serde_json::to_vec(&inner).map_err(|_| KeyError::Unavailable)?);
        let (encryption_id, encryption) = self.current_encryption();
        let private = jwe::encrypt(encryption, encryption_id.as_str(), iv, &inner)?;
        let payload = serde_json::to_vec(&Payload { private: private.into() }).map_err(|_| KeyError::Unavailable)?;
        let (signing_id, signing) = self.signing()?;
        jws::sign(signing, signing_id, &payload)
    }

    /// Verifies an access token: signature, then decryption, then claims.
    pub fn verify(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        let payload = jws::verify(token, |key_id| self.verifying_key(key_id))?;
        // A refresh token is signed with the same key and has no `private` member.
        let payload: Payload<'_> = strict_json::parse(&payload, "payload").map_err(|_| TokenError::WrongKind)?;
        let inner = jwe::decrypt(payload.private.as_bytes(), |key_id| self.encryption_key(key_id))?;
        let claims: Claims = strict_json::parse(&inner, "claims")?;
        check(&claims, self.cluster(), now)?;
        Ok(VerifiedAccessToken(Arc::new(claims)))
    }
}

/// RFC 7519 §4.1 and RFC 8725 §3.8, §3.9, §3.11.
fn check(claims: &Claims, cluster: Uuid, now: UnixTime) -> Result<(), TokenError> {
    if claims.iss != cluster {
        return Err(TokenError::WrongIssuer);
    }
    if claims.aud != AUDIENCE {
        return Err(TokenError::WrongAudience);
    }
    if claims.typ != TYPE || claims.ctyp != KIND {
        return Err(TokenError::WrongKind);
    }
    for (claim, name) in [(&claims.sub, "sub"), (&claims.ccid, "ccid"), (&claims.scope, "scope")] {
        if claim.is_empty() {
            return Err(TokenError::BadClaim(name));
        }
    }
    if claims.device.as_ref().is_some_and(String::is_empty) {
        return Err(TokenError::BadClaim("device"));
    }
    if claims.exp <= claims.iat {
        return Err(TokenError::BadClaim("exp"));
    }
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    let ahead = now.plus(CLOCK_SKEW);
    if claims.nbf > ahead || claims.iat > ahead {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

/// Proof that an access token was verified. Only [`KeyRing::verify`] makes one; clones share the claims.
#[derive(Clone)]
pub struct VerifiedAccessToken(Arc<Claims>);

impl VerifiedAccessToken {
    /// The user it speaks for.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.0.sub
    }

    /// The client it was issued to.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.ccid
    }

    /// Scopes, separated by spaces.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Whether the scopes include this one.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.scope.split(' ').any(|each| each == scope)
    }

    /// The refresh-token family it stems from.
    #[must_use]
    pub fn family(&self) -> Uuid {
        self.0.tid
    }

    /// The only device it may register, when bound.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.0.iat
    }

    /// When it ends.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.0.exp
    }
}

impl std::fmt::Debug for VerifiedAccessToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VerifiedAccessToken")
            .field("user", &self.user())
            .field("client_id", &self.client_id())
            .field("family", &self.family())
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}
