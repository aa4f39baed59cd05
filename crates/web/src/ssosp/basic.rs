//! Administrators at the OAuth server's endpoints: HTTP Basic, a role, and refusals in JSON.

use std::net::IpAddr;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{Directory, EndUser};
use oauth::{ErrorCode, ErrorResponse};

use super::Ssosp;
pub(super) use crate::basic::BasicError;
use crate::basic::{BUSY_SECONDS, CHALLENGE, sign_in_administrator};

impl IntoResponse for BasicError {
    fn into_response(self) -> Response {
        let answer = |status: StatusCode, code, description: &'static str| {
            (status, Json(ErrorResponse::new(code, description))).into_response()
        };
        let with = |mut response: Response, name, value: HeaderValue| {
            response.headers_mut().insert(name, value);
            response
        };
        match self {
            Self::Unauthorized => with(
                answer(StatusCode::UNAUTHORIZED, ErrorCode::AccessDenied, "sign in as an administrator"),
                header::WWW_AUTHENTICATE,
                CHALLENGE,
            ),
            Self::Forbidden => {
                answer(StatusCode::FORBIDDEN, ErrorCode::AccessDenied, "the role Standard AXL API Access is needed")
            }
            Self::Locked { retry_after } => with(
                answer(StatusCode::TOO_MANY_REQUESTS, ErrorCode::AccessDenied, "too many failures: wait"),
                header::RETRY_AFTER,
                HeaderValue::from(retry_after),
            ),
            Self::Unavailable => with(
                answer(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::TemporarilyUnavailable, "try again in a moment"),
                header::RETRY_AFTER,
                HeaderValue::from(BUSY_SECONDS),
            ),
        }
    }
}

/// Lets in an administrator who may use the programming interfaces.
pub(super) async fn administrator<'d>(
    ssosp: &Ssosp,
    directory: &'d Directory,
    headers: &HeaderMap,
    source: IpAddr,
) -> Result<&'d EndUser, BasicError> {
    let now = (ssosp.clock)().monotonic;
    sign_in_administrator((&ssosp.server, ssosp.passwords.as_ref()), directory, headers, (source, now)).await
}
