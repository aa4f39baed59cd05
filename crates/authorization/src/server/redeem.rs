//! Redeeming a code (RFC 6749 §4.1.3).

use std::net::IpAddr;
use std::time::Instant;

use directory::Directory;
use oauth::{CodeVerifier, TokenResponse};
use token::UnixTime;

use super::issue::{Companion, GrantError};
use super::{AuthorizationServer, active_user};
use crate::{
    Client, CodeRedemption, CodeRefusal, RefreshTokenFamily, Revocation, RevocationReason, SecurityEvent, TokenHash,
};

/// What a client presents.
#[derive(Debug)]
pub struct CodeGrant<'a> {
    /// The client, authenticated.
    pub client: &'a Client,
    /// The code.
    pub code: &'a str,
    /// The redirection that the request names.
    pub redirect_uri: Option<&'a str>,
    /// The PKCE verifier. Without one the code is spent and refused.
    pub code_verifier: Option<&'a CodeVerifier>,
    /// From where.
    pub source: IpAddr,
}

impl AuthorizationServer {
    /// Turns a code into tokens, once.
    pub async fn redeem(
        &self,
        directory: &Directory,
        grant: CodeGrant<'_>,
        (now, monotonic): (UnixTime, Instant),
    ) -> Result<TokenResponse, GrantError> {
        let parameters = directory.parameters();
        let identifier: [u8; 32] = self.random();
        let (companion, lifetime) = match parameters.refresh_login_flow() {
            true => (Companion::RefreshToken(identifier), grant.client.refresh_token_lifetime(parameters)),
            false => (Companion::Nothing, parameters.access_token_lifetime()),
        };
        let redemption = CodeRedemption {
            code: TokenHash::of(grant.code.as_bytes()),
            client_id: grant.client.id.clone(),
            redirect_uri: grant.redirect_uri.unwrap_or_default().to_owned(),
            code_challenge: grant
                .code_verifier
                .map(|verifier| verifier.challenge().as_str().to_owned())
                .unwrap_or_default(),
            first_token: TokenHash::of(&identifier),
            family_expires_at: now.plus(lifetime),
        };
        // One snapshot of the keys for all tokens of the response.
        let keys = self.tokens.keys();
        let family = match self.repository.redeem_code(&redemption, now).await? {
            Ok(family) => family,
            Err(refusal) => {
                if refusal == CodeRefusal::Replayed {
                    let (client_id, source) = (grant.client.id.clone(), grant.source);
                    self.log.record(SecurityEvent::CodeReplayed { client_id, source });
                    self.pull_revocations(now).await?;
                }
                return Err(GrantError::Code(refusal));
            }
        };
        self.check_user(directory, &family, grant.source, (now, monotonic)).await?;
        self.log.record(SecurityEvent::began(&family));
        self.issue(directory, &keys, &family, &companion, now)
    }

    /// Whether the user may still have tokens: signing in and redeeming are two moments, and much can happen between them.
    async fn check_user(
        &self,
        directory: &Directory,
        family: &RefreshTokenFamily,
        source: IpAddr,
        (now, monotonic): (UnixTime, Instant),
    ) -> Result<(), GrantError> {
        let locked = self.guard().is_locked(&family.user, source, monotonic);
        if locked || active_user(directory, &family.user).is_none() {
            self.revoke_all(&Revocation::Family(family.id), RevocationReason::Policy, now).await?;
            return Err(GrantError::User);
        }
        Ok(())
    }
}
