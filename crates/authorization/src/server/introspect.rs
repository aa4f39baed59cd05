//! Introspecting (RFC 7662).

use oauth::IntrospectionResponse;
use token::{UnixTime, VerifiedAccessToken, VerifiedRefreshToken};

use super::AuthorizationServer;
use crate::{RepositoryError, TokenHash};

impl AuthorizationServer {
    /// Says what a token is. A refresh token is good while it is the current one of a live family.
    pub async fn introspect(&self, token: &[u8], now: UnixTime) -> Result<IntrospectionResponse, RepositoryError> {
        if let Ok(access) = self.tokens.verify(token, now) {
            return Ok(self.describe_access(&access));
        }
        match self.tokens.keys().verify_refresh_token(token, now) {
            Ok(refresh) => self.describe_refresh(&refresh, now).await,
            Err(_) => Ok(IntrospectionResponse::default()),
        }
    }

    fn describe_access(&self, token: &VerifiedAccessToken) -> IntrospectionResponse {
        IntrospectionResponse {
            active: true,
            scope: Some(token.scope().to_owned()),
            client_id: Some(token.client_id().to_owned()),
            username: Some(token.user().to_owned()),
            token_type: Some("Bearer".to_owned()),
            exp: Some(token.expires_at().0),
            iat: Some(token.issued_at().0),
            sub: Some(token.user().to_owned()),
            aud: Some(token::AUDIENCE.to_owned()),
            iss: Some(self.tokens.keys().cluster().to_string()),
            device: token.device().map(str::to_owned),
        }
    }

    async fn describe_refresh(
        &self,
        token: &VerifiedRefreshToken,
        now: UnixTime,
    ) -> Result<IntrospectionResponse, RepositoryError> {
        let family = self.repository.family(token.claims().family).await?;
        let current = TokenHash::from(token.identity());
        let Some(family) = family.filter(|family| family.is_live(now) && family.current == current) else {
            return Ok(IntrospectionResponse::default());
        };
        Ok(IntrospectionResponse {
            active: true,
            scope: Some(family.scope),
            client_id: Some(family.client_id),
            username: Some(family.user.clone()),
            token_type: None,
            exp: Some(family.expires_at.0),
            iat: Some(family.issued_at.0),
            sub: Some(family.user),
            aud: None,
            iss: Some(self.tokens.keys().cluster().to_string()),
            device: family.device,
        })
    }
}
