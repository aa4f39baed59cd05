//! HTTP Basic (RFC 7617): an end user's name and password, in one header of a request.
//!
//! Signing in goes through the authorization server, so failures count towards the same lock-out as those at the login page,
//! and through the bounded queue of password hashes.

use std::net::IpAddr;
use std::time::Instant;

use authorization::{AuthorizationServer, Password, PasswordVerifier, SignInError};
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directory::{Directory, EndUser, Role};
use zeroize::Zeroizing;

/// The challenge of every web service of the node.
pub const CHALLENGE: HeaderValue =
    HeaderValue::from_static("Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\"");

/// The seconds after which to try again when too many do.
pub const BUSY_SECONDS: u16 = 2;

/// Why a user is not let in.
#[derive(Debug)]
pub enum BasicError {
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

/// Signs in the user whom the request's credentials name.
///
/// # Errors
/// Why nobody is let in.
pub async fn sign_in<'d>(
    (server, passwords): (&AuthorizationServer, &dyn PasswordVerifier),
    directory: &'d Directory,
    headers: &HeaderMap,
    (source, now): (IpAddr, Instant),
) -> Result<&'d EndUser, BasicError> {
    let (user, password) = credentials(headers).ok_or(BasicError::Unauthorized)?;
    Ok(server.sign_in(directory, passwords, (&user, password), (source, now)).await?)
}

/// The same, for a user who may use the programming interfaces.
///
/// # Errors
/// Why nobody is let in.
pub async fn sign_in_administrator<'d>(
    judges: (&AuthorizationServer, &dyn PasswordVerifier),
    directory: &'d Directory,
    headers: &HeaderMap,
    from: (IpAddr, Instant),
) -> Result<&'d EndUser, BasicError> {
    let user = sign_in(judges, directory, headers, from).await?;
    if user.has_role(Role::AxlAccess) { Ok(user) } else { Err(BasicError::Forbidden) }
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
