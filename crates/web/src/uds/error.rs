//! Why there is no answer.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use soap::Element;

use crate::basic::{BUSY_SECONDS, BasicError, CHALLENGE};
use crate::throttle::TooMany;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Error {
    /// Who asks is not known, or may not.
    Basic(BasicError),
    /// The access token is not accepted.
    Token,
    /// The credentials are another user's.
    AnotherUser,
    /// There is no such user or device.
    NotFound,
    /// The query names no user.
    Query,
    /// Too many requests.
    TooMany(TooMany),
}

impl From<BasicError> for Error {
    fn from(error: BasicError) -> Self {
        Self::Basic(error)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, words, header): (_, _, Option<(HeaderName, HeaderValue)>) = match self {
            Self::Basic(BasicError::Unauthorized) => {
                (StatusCode::UNAUTHORIZED, "sign in", Some((header::WWW_AUTHENTICATE, CHALLENGE)))
            }
            Self::Token => {
                // RFC 6750 §3.1
                let challenge = "Bearer realm=\"Cisco Web Services Realm\", error=\"invalid_token\"";
                let challenge = HeaderValue::from_static(challenge);
                (
                    StatusCode::UNAUTHORIZED,
                    "the access token is not accepted",
                    Some((header::WWW_AUTHENTICATE, challenge)),
                )
            }
            Self::Basic(BasicError::Forbidden) | Self::AnotherUser => {
                (StatusCode::FORBIDDEN, "the resource is another user's", None)
            }
            Self::Basic(BasicError::Locked { retry_after }) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too many failures: wait",
                Some((header::RETRY_AFTER, HeaderValue::from(retry_after))),
            ),
            Self::Basic(BasicError::Unavailable) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "try again in a moment",
                Some((header::RETRY_AFTER, HeaderValue::from(BUSY_SECONDS))),
            ),
            Self::TooMany(TooMany { retry_after }) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests",
                Some((header::RETRY_AFTER, HeaderValue::from(retry_after))),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such user or device", None),
            Self::Query => (StatusCode::BAD_REQUEST, "either username or email is needed, once", None),
        };
        let error = Element::new("error").with_text("code", status.as_str()).with_text("message", words);
        let mut response = (status, super::document(&Element::new("errors").with(error))).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
