//! The credentials of a request: Bearer (RFC 6750 §2.1) or Basic (RFC 7617).

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What a client proves itself with.
pub(crate) enum Credentials {
    /// An access token.
    Bearer(Zeroizing<Vec<u8>>),
    /// A user and a password.
    Basic(Basic),
}

/// A user and a password.
pub(crate) struct Basic {
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
}

impl Credentials {
    /// Reads the one Authorization field. None, several, or another scheme: nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        let space = only.as_bytes().iter().position(|byte| *byte == b' ')?;
        let (scheme, value) = only.as_bytes().split_at_checked(space)?;
        let value = value.trim_ascii();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
            let is_token = !value.is_empty() && value.iter().all(plain);
            return is_token.then(|| Self::Bearer(Zeroizing::new(value.to_vec())));
        }
        if scheme.eq_ignore_ascii_case(b"basic") {
            let text = Zeroizing::new(STANDARD.decode(value).ok()?);
            let (user, password) = std::str::from_utf8(&text).ok()?.split_once(':')?;
            let password = Zeroizing::new(password.to_owned());
            return Some(Self::Basic(Basic { user: user.to_owned(), password }));
        }
        None
    }
}
