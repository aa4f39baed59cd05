//! The cookies of the pages. Their names have the prefix that only this host, over TLS, can set (RFC 6265bis §4.1.3.2).

use axum::http::{HeaderMap, HeaderValue, header};

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieName {
    /// The browser session's identifier.
    Session,
    /// What the forms of a browser that is not signed in answer to.
    Form,
    /// The language that was chosen.
    Language,
}

impl CookieName {
    fn text(self) -> &'static str {
        match self {
            Self::Session => "__Host-ringbearer-session",
            Self::Form => "__Host-ringbearer-form",
            Self::Language => "__Host-ringbearer-language",
        }
    }

    fn lifetime(self) -> &'static str {
        match self {
            // As long as the browser runs; the server's own limits count.
            Self::Session | Self::Form => "",
            Self::Language => "; Max-Age=31536000",
        }
    }
}

/// The value of a cookie; none when it came twice.
pub(crate) fn read_cookie(headers: &HeaderMap, name: CookieName) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut found = all.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (own, value) = pair.trim().split_once('=')?;
        (own == name.text()).then_some(value)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The field that sets a cookie. Values are our own: letters and digits.
pub(crate) fn set_cookie(name: CookieName, value: &str) -> Option<HeaderValue> {
    let (name, lifetime) = (name.text(), name.lifetime());
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{lifetime}")).ok()
}

/// The field that takes a cookie away.
pub(crate) fn clear_cookie(name: CookieName) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0", name.text())).ok()
}
