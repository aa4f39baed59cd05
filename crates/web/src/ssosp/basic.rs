//! Administrators: HTTP Basic (RFC 7617) with a user's name and password, and a role.

use std::net::IpAddr;

use authorization::{Password, SignInError};
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::{Directory, Role};
use oauth::{ErrorCode, ErrorResponse};
use zeroize::Zeroizing;

use super::Ssosp;

/// Why an administrator is not let in.
#[derive(Debug)]
pub(super) enum BasicError {
    /// No credentials, or wrong ones.
    Unauthorized,
    /// The user lacks the role.
    Forbidden,
    /// Too many failures.
    Locked {
        /// Seconds.
        retry_after: u64,
    },
    /// Too many at a time, or no database.
    Unavailable,
}

impl From<SignInError> for BasicError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused => Self::Unauthorized,
            SignInError::Locked { retry_after } => Self::Locked { retry_after: retry_after.as_secs() },
            SignInError::Busy => Self::Unavailable,
            SignInError::Unavailable(reason) => {
                tracing::error!(reason, "sign-in failed");
                Self::Unavailable
            }
        }
    }
}

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
                HeaderValue::from_static("Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\""),
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
                HeaderValue::from(2),
            ),
        }
    }
}

/// Lets in an administrator who may use the programming interfaces.
pub(super) async fn administrator(
    ssosp: &Ssosp,
    directory: &Directory,
    headers: &HeaderMap,
    source: IpAddr,
) -> Result<(), BasicError> {
    let (user, password) = credentials(headers).ok_or(BasicError::Unauthorized)?;
    let monotonic = (ssosp.clock)().monotonic;
    let signing_in = ssosp.server.sign_in(directory, ssosp.passwords.as_ref(), (&user, password), (source, monotonic));
    match signing_in.await?.has_role(Role::AxlAccess) {
        true => Ok(()),
        false => Err(BasicError::Forbidden),
    }
}

fn credentials(headers: &HeaderMap) -> Option<(String, Password)> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, credentials) = only.as_bytes().split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let text = Zeroizing::new(STANDARD.decode(credentials.trim_ascii()).ok()?);
    let (user, password) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((user.to_owned(), Password::new(password.to_owned())))
}
