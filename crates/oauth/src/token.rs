//! The token request and response (RFC 6749 §4.1.3, §5.1 and §6).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CodeVerifier, ErrorCode, ErrorResponse, Parameters, Scope};

/// A request to the token endpoint, beside the client's authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// What the client offers.
    pub grant: Grant,
    /// The device that the client says it is. Our choice: a parameter of our own, `device`.
    pub device: Option<String>,
}

/// What a client offers for tokens.
#[derive(Clone, PartialEq, Eq)]
pub enum Grant {
    /// RFC 6749 §4.1.3.
    AuthorizationCode {
        /// The code.
        code: String,
        /// Where it was sent, when the authorization request said so.
        redirect_uri: Option<String>,
        /// The PKCE verifier; absent is a refusal of the grant, not of the request (RFC 7636 §4.6).
        code_verifier: Option<CodeVerifier>,
    },
    /// RFC 6749 §6.
    RefreshToken {
        /// The refresh token.
        refresh_token: String,
        /// Less than was granted, when asked.
        scope: Option<Scope>,
    },
}

impl Grant {
    /// The registered name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::RefreshToken { .. } => "refresh_token",
        }
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenRequest").field("grant", &self.grant.name()).finish_non_exhaustive()
    }
}

impl TokenRequest {
    /// Reads the body's parameters.
    pub fn parse(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let required = |name: &'static str| {
            parameters
                .get(name)
                .map(str::to_owned)
                .ok_or_else(|| ErrorResponse::invalid_request(format!("{name} is required")))
        };
        let grant = match parameters.get("grant_type") {
            Some("authorization_code") => Grant::AuthorizationCode {
                code: required("code")?,
                redirect_uri: parameters.get("redirect_uri").map(str::to_owned),
                code_verifier: match parameters.get("code_verifier") {
                    Some(text) => Some(
                        CodeVerifier::new(text)
                            .ok_or_else(|| ErrorResponse::invalid_request("code_verifier is malformed"))?,
                    ),
                    None => None,
                },
            },
            Some("refresh_token") => Grant::RefreshToken {
                refresh_token: required("refresh_token")?,
                scope: match parameters.get("scope") {
                    Some(text) => Some(
                        Scope::parse(text)
                            .ok_or_else(|| ErrorResponse::new(ErrorCode::InvalidScope, "scope is malformed"))?,
                    ),
                    None => None,
                },
            },
            Some(_) => {
                let description = "grant_type must be authorization_code or refresh_token";
                return Err(ErrorResponse::new(ErrorCode::UnsupportedGrantType, description));
            }
            None => return Err(ErrorResponse::invalid_request("grant_type is required")),
        };
        Ok(Self { grant, device: parameters.get("device").map(str::to_owned) })
    }
}

/// The successful response (RFC 6749 §5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// The refresh token, when the client gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds until the refresh token ends, which no refresh extends. Our choice: a member of our own, so that a client can ask its
    /// user in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_expires_in: Option<u64>,
    /// The granted scopes.
    pub scope: String,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("refresh_token_expires_in", &self.refresh_token_expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> ErrorCode {
        TokenRequest::parse(&Parameters::parse(body.as_bytes()).unwrap()).unwrap_err().error
    }

    #[test]
    fn oau_7_other_grants_are_refused() {
        for grant in ["password", "client_credentials", "implicit", "Authorization_Code", "urn:x"] {
            let body = format!("grant_type={grant}&username=alice&password=x");
            assert_eq!(refusal(&body), ErrorCode::UnsupportedGrantType, "{grant}");
        }
        assert_eq!(refusal("code=x"), ErrorCode::InvalidRequest);
        assert_eq!(refusal("grant_type=authorization_code"), ErrorCode::InvalidRequest);
        assert_eq!(refusal("grant_type=refresh_token"), ErrorCode::InvalidRequest);
        assert_eq!(refusal("grant_type=authorization_code&code=x&code_verifier=short"), ErrorCode::InvalidRequest);
        assert_eq!(refusal("grant_type=refresh_token&refresh_token=x&scope=a%20%20b"), ErrorCode::InvalidScope);
    }

    #[test]
    fn nothing_secret_is_shown() {
        let body = Parameters::parse(b"grant_type=refresh_token&refresh_token=canary").unwrap();
        let request = TokenRequest::parse(&body).unwrap();
        let response = TokenResponse {
            access_token: "canary".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 60,
            refresh_token: Some("canary".to_owned()),
            refresh_token_expires_in: None,
            scope: "a".to_owned(),
        };
        assert!(!format!("{request:?} {response:?}").contains("canary"));
    }
}
