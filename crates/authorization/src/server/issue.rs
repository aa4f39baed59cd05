//! Making the token response, and what the token endpoint refuses.

use directory::Directory;
use oauth::{ErrorCode, ErrorResponse, TokenResponse};
use token::{AccessTokenClaims, KeyRing, RefreshTokenClaims, UnixTime};

use super::AuthorizationServer;
use crate::{CodeRefusal, RefreshTokenFamily, RepositoryError, RotationRefusal};

/// Why the token endpoint gives no token.
#[derive(Debug)]
pub enum GrantError {
    /// The code is not redeemed.
    Code(CodeRefusal),
    /// The refresh token is not one of ours, or not any more.
    RefreshToken(token::TokenError),
    /// The refresh token is refused by its family.
    Rotation(RotationRefusal),
    /// The user is gone, may not sign in, or is locked.
    User,
    /// More scope than was granted.
    Scope,
    /// 'OAuth with Refresh Login Flow' is Disabled.
    RefreshDisabled,
    /// The database cannot answer now.
    Repository(RepositoryError),
    /// The keys of this node cannot sign.
    Keys(token::KeyError),
}

impl From<RepositoryError> for GrantError {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<token::KeyError> for GrantError {
    fn from(error: token::KeyError) -> Self {
        Self::Keys(error)
    }
}

impl GrantError {
    /// A stable word for log fields and counters.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Code(CodeRefusal::Unknown) => "code_unknown",
            Self::Code(CodeRefusal::Replayed) => "code_replayed",
            Self::Code(CodeRefusal::Expired) => "code_expired",
            Self::Code(CodeRefusal::WrongClient) => "code_wrong_client",
            Self::Code(CodeRefusal::WrongRedirectUri) => "code_wrong_redirect_uri",
            Self::Code(CodeRefusal::WrongVerifier) => "code_wrong_verifier",
            Self::RefreshToken(error) => error.reason(),
            Self::Rotation(RotationRefusal::Unknown) => "refresh_token_unknown",
            Self::Rotation(RotationRefusal::Expired) => "refresh_token_expired",
            Self::Rotation(RotationRefusal::Revoked) => "refresh_token_revoked",
            Self::Rotation(RotationRefusal::RevokedNow(reason)) => reason.as_str(),
            Self::User => "user_not_active",
            Self::Scope => "scope_widened",
            Self::RefreshDisabled => "refresh_login_flow_disabled",
            Self::Repository(_) => "repository_unavailable",
            Self::Keys(_) => "keys_unavailable",
        }
    }
}

impl From<&GrantError> for ErrorResponse {
    /// What the client hears: of a code or refresh token only that it is not good.
    fn from(error: &GrantError) -> Self {
        match error {
            GrantError::Code(_) => Self::new(ErrorCode::InvalidGrant, "the code is not valid"),
            GrantError::RefreshToken(_) | GrantError::Rotation(_) => {
                Self::new(ErrorCode::InvalidGrant, "the refresh token is not valid")
            }
            GrantError::User => Self::new(ErrorCode::InvalidGrant, "the user may not sign in"),
            GrantError::Scope => Self::new(ErrorCode::InvalidScope, "the scope is more than was granted"),
            GrantError::RefreshDisabled => Self::new(
                ErrorCode::UnsupportedGrantType,
                "the enterprise parameter 'OAuth with Refresh Login Flow' is Disabled",
            ),
            GrantError::Repository(_) | GrantError::Keys(_) => {
                Self::new(ErrorCode::TemporarilyUnavailable, "try again in a moment")
            }
        }
    }
}

/// Which refresh token goes out with an access token.
pub(super) enum Companion {
    /// The one with this identifier.
    RefreshToken([u8; 32]),
    /// None: the refresh flow is disabled.
    Nothing,
}

impl AuthorizationServer {
    /// Mints the tokens of a family. The access token never outlives the family.
    pub(super) fn issue(
        &self,
        directory: &Directory,
        keys: &KeyRing,
        family: &RefreshTokenFamily,
        companion: &Companion,
        now: UnixTime,
    ) -> Result<TokenResponse, GrantError> {
        let lifetime = directory.parameters().access_token_lifetime();
        let claims = AccessTokenClaims {
            user: family.user.clone(),
            client_id: family.client_id.clone(),
            scope: family.scope.clone(),
            family: family.id,
            device: family.device.clone(),
            issued_at: now,
            expires_at: now.plus(lifetime).min(family.expires_at),
        };
        let refresh_token = match companion {
            Companion::Nothing => None,
            Companion::RefreshToken(identifier) => Some(keys.mint_refresh_token(&RefreshTokenClaims {
                family: family.id,
                identifier: *identifier,
                client_id: family.client_id.clone(),
                expires_at: family.expires_at,
            })?),
        };
        Ok(TokenResponse {
            access_token: keys.mint(&claims, self.random())?,
            token_type: "Bearer".to_owned(),
            expires_in: claims.expires_at.since(now).as_secs(),
            refresh_token_expires_in: refresh_token.as_ref().map(|_| family.expires_at.since(now).as_secs()),
            refresh_token,
            scope: claims.scope,
        })
    }
}
