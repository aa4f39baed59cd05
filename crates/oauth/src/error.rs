//! Error codes (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1) and the body that carries them.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// A registered error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A parameter is missing, repeated, or not what it should be.
    InvalidRequest,
    /// The client is unknown, or did not authenticate.
    InvalidClient,
    /// The code or refresh token is not good, or not this client's.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// The response type is not supported.
    UnsupportedResponseType,
    /// The scope is unknown, or more than was granted.
    InvalidScope,
    /// The user, or the server, said no.
    AccessDenied,
    /// The server failed.
    ServerError,
    /// The server cannot answer now.
    TemporarilyUnavailable,
    /// The access token is not good.
    InvalidToken,
    /// The access token does not reach that far.
    InsufficientScope,
    /// The kind of token cannot be revoked here.
    UnsupportedTokenType,
}

impl ErrorCode {
    /// The registered name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The JSON body of an error (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorResponse {
    /// The code.
    pub error: ErrorCode,
    /// What a developer may read; never a secret, never more than the client needs.
    pub error_description: Cow<'static, str>,
}

impl ErrorResponse {
    /// A code with its description.
    #[must_use]
    pub fn new(error: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { error, error_description: description.into() }
    }

    pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }
}
