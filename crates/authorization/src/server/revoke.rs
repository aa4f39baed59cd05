//! Revoking: by a client (RFC 7009), and by an administrator.

use directory::Directory;
use oauth::{ErrorCode, ErrorResponse};
use token::{UnixTime, Uuid};

use super::AuthorizationServer;
use crate::{Client, RefreshTokenFamily, RepositoryError, Revocation, RevocationReason};

/// Why nothing is revoked.
#[derive(Debug)]
pub enum RevokeError {
    /// The token was issued to another client (RFC 7009 §2.1).
    AnotherClient,
    /// The user is unknown.
    UnknownUser,
    /// The database cannot answer now.
    Repository(RepositoryError),
}

impl From<RepositoryError> for RevokeError {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl From<&RevokeError> for ErrorResponse {
    fn from(error: &RevokeError) -> Self {
        match error {
            RevokeError::AnotherClient => Self::new(ErrorCode::InvalidGrant, "the token is another client's"),
            RevokeError::UnknownUser => Self::new(ErrorCode::InvalidRequest, "the user is unknown"),
            RevokeError::Repository(_) => Self::new(ErrorCode::TemporarilyUnavailable, "try again in a moment"),
        }
    }
}

/// What an administrator's revocation hit.
#[derive(Debug)]
pub struct RevokedTokens {
    /// The user, as the directory spells it.
    pub user: String,
    /// The families that this revoked.
    pub families: Vec<RefreshTokenFamily>,
}

impl AuthorizationServer {
    /// Revokes the family of a token that a client gives up. A token that is not good needs no revoking (RFC 7009 §2.2).
    /// Our choice: an access token takes its whole family with it, so that signing out is one request.
    pub async fn revoke_token(&self, client: &Client, token: &[u8], now: UnixTime) -> Result<(), RevokeError> {
        let Some((family, client_id)) = self.family_of(token, now) else { return Ok(()) };
        if client_id != client.id {
            return Err(RevokeError::AnotherClient);
        }
        self.revoke_all(&Revocation::Family(family), RevocationReason::Client, now).await?;
        Ok(())
    }

    /// Revokes all tokens of a user, or those of one of its clients.
    pub async fn revoke_user(
        &self,
        directory: &Directory,
        user: &str,
        client_id: Option<&str>,
        now: UnixTime,
    ) -> Result<RevokedTokens, RevokeError> {
        let user = directory.user(user).ok_or(RevokeError::UnknownUser)?.user_id.to_string();
        let what = match client_id {
            Some(client_id) => Revocation::UserClient { user: user.clone(), client_id: client_id.to_owned() },
            None => Revocation::User(user.clone()),
        };
        let families = self.revoke_all(&what, RevocationReason::Administrator, now).await?;
        Ok(RevokedTokens { user, families })
    }

    fn family_of(&self, token: &[u8], now: UnixTime) -> Option<(Uuid, String)> {
        let keys = self.tokens.keys();
        if let Ok(access) = keys.verify(token, now) {
            return Some((access.family(), access.client_id().to_owned()));
        }
        let refresh = keys.verify_refresh_token(token, now).ok()?;
        Some((refresh.claims().family, refresh.claims().client_id.clone()))
    }
}
