//! Refreshing (RFC 6749 §6), with rotation (RFC 9700 §4.14.2).

use directory::Directory;
use oauth::{Scope, TokenResponse};
use token::UnixTime;

use super::issue::{Companion, GrantError};
use super::{AuthorizationServer, active_user};
use crate::{Client, Revocation, RevocationReason, Rotation, RotationRefusal, SecurityEvent, TokenHash};

/// What a client presents.
#[derive(Debug)]
pub struct RefreshGrant<'a> {
    /// The client, authenticated.
    pub client: &'a Client,
    /// The refresh token.
    pub refresh_token: &'a str,
    /// Less than was granted, when asked.
    pub scope: Option<&'a Scope>,
    /// The device that the client says it is.
    pub device: Option<&'a str>,
}

impl AuthorizationServer {
    /// Turns a refresh token into its successor and a new access token.
    pub async fn refresh(
        &self,
        directory: &Directory,
        grant: RefreshGrant<'_>,
        now: UnixTime,
    ) -> Result<TokenResponse, GrantError> {
        if !directory.parameters().refresh_login_flow() {
            return Err(GrantError::RefreshDisabled);
        }
        let keys = self.tokens.keys();
        let presented =
            keys.verify_refresh_token(grant.refresh_token.as_bytes(), now).map_err(GrantError::RefreshToken)?;
        let presented = presented.claims();
        if let Some(scope) = grant.scope {
            self.check_scope(presented.family, scope).await?;
        }
        // The same on every node and at every repetition: see the family module.
        let successor = keys.derive("refresh token successor", &presented.identifier);
        let rotation = Rotation {
            family: presented.family,
            presented: presented.identity().into(),
            successor: TokenHash::of(&successor),
            client_id: grant.client.id.clone(),
            device: grant.device.map(str::to_owned),
        };
        let family = match self.repository.rotate(&rotation, now).await? {
            Ok((_, family)) => family,
            Err(refusal) => {
                if let RotationRefusal::RevokedNow(reason) = refusal {
                    self.revoked_now(&rotation, reason, now).await?;
                }
                return Err(GrantError::Rotation(refusal));
            }
        };
        if active_user(directory, &family.user).is_none() {
            self.revoke_all(&Revocation::Family(family.id), RevocationReason::Policy, now).await?;
            return Err(GrantError::User);
        }
        let mut family = family;
        if let Some(scope) = grant.scope {
            // RFC 6749 §6: this access token has less; the family keeps what it has.
            family.scope = scope.to_string();
        }
        self.issue(directory, &keys, &family, &Companion::RefreshToken(successor), now)
    }

    async fn check_scope(&self, family: token::Uuid, scope: &Scope) -> Result<(), GrantError> {
        let family = self.repository.family(family).await?;
        let granted = family.and_then(|family| Scope::parse(&family.scope));
        match granted {
            Some(granted) if scope.is_within(&granted) => Ok(()),
            Some(_) => Err(GrantError::Scope),
            None => Err(GrantError::Rotation(RotationRefusal::Unknown)),
        }
    }

    async fn revoked_now(
        &self,
        rotation: &Rotation,
        reason: RevocationReason,
        now: UnixTime,
    ) -> Result<(), GrantError> {
        self.tokens.revoke([(Revocation::Family(rotation.family), now)]);
        if let Some(family) = self.repository.family(rotation.family).await? {
            self.log.record(SecurityEvent::revoked(&family, reason));
        }
        Ok(())
    }
}
