//! The authorization code (RFC 6749 §4.1.2): one use, sixty seconds, bound to client, redirection and PKCE challenge.
//!
//! Our choice: a code is spent by the first attempt to redeem it, right or wrong. Whoever presents it with another client,
//! redirection or verifier holds a code that leaked, and a second attempt, also a right one, is answered as a
//! replay: it revokes what the first attempt was given (RFC 6749 §4.1.2, RFC 9700 §4.5).

use std::time::Duration;

use token::{UnixTime, Uuid};

use crate::{RefreshTokenFamily, TokenHash};

/// How long a code may be redeemed.
pub const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// A code as the repository keeps it: by its hash only, and for some time beyond its use so that a replay is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The hash of the code.
    pub hash: TokenHash,
    /// The client it was issued to.
    pub client_id: String,
    /// The user who signed in.
    pub user: String,
    /// The redirection that the authorization request named; empty when it named none.
    pub redirect_uri: String,
    /// The S256 challenge (RFC 7636 §4.2).
    pub code_challenge: String,
    /// The granted scopes.
    pub scope: String,
    /// The device that the tokens are to be bound to, when asked.
    pub device: Option<String>,
    /// The refresh-token family that its redemption begins.
    pub family: Uuid,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it was first presented.
    pub spent_at: Option<UnixTime>,
}

/// A client's attempt to turn a code into tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRedemption {
    /// The hash of the code.
    pub code: TokenHash,
    /// The client, authenticated as far as it can be.
    pub client_id: String,
    /// The redirection that the token request names; empty when it names none.
    pub redirect_uri: String,
    /// The S256 challenge that the client's verifier gives.
    pub code_challenge: String,
    /// The hash of the family's first refresh token.
    pub first_token: TokenHash,
    /// When the family is to end.
    pub family_expires_at: UnixTime,
}

/// Why a code is not redeemed. The client hears `invalid_grant` for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefusal {
    /// No such code.
    Unknown,
    /// It was presented before.
    Replayed,
    /// Its sixty seconds are over.
    Expired,
    /// It was issued to another client.
    WrongClient,
    /// It was sent elsewhere.
    WrongRedirectUri,
    /// The verifier does not give the challenge (RFC 7636 §4.6).
    WrongVerifier,
}

impl AuthorizationCode {
    /// Spends the code and begins its family, or says why not. The code is spent in either case.
    pub fn redeem(&mut self, redemption: &CodeRedemption, now: UnixTime) -> Result<RefreshTokenFamily, CodeRefusal> {
        if self.spent_at.is_some() {
            return Err(CodeRefusal::Replayed);
        }
        self.spent_at = Some(now);
        if now.since(self.issued_at) > CODE_LIFETIME {
            return Err(CodeRefusal::Expired);
        }
        if redemption.client_id != self.client_id {
            return Err(CodeRefusal::WrongClient);
        }
        // RFC 6749 §4.1.3: identical, when the authorization request named one.
        if !self.redirect_uri.is_empty() && redemption.redirect_uri != self.redirect_uri {
            return Err(CodeRefusal::WrongRedirectUri);
        }
        if redemption.code_challenge != self.code_challenge {
            return Err(CodeRefusal::WrongVerifier);
        }
        Ok(RefreshTokenFamily {
            id: self.family,
            user: self.user.clone(),
            client_id: self.client_id.clone(),
            device: self.device.clone(),
            scope: self.scope.clone(),
            issued_at: now,
            expires_at: redemption.family_expires_at,
            current: redemption.first_token,
            previous: None,
            revoked: None,
        })
    }
}
