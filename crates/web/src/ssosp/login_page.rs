//! The login page and the error page, and what protects them.
//!
//! The pages have no script and need none. The policy allows our own style sheet, the form's target and where the answer
//! goes, and forbids framing. The form carries a value that only we can make: an HMAC under the cluster's key over the browser's own
//! cookie and the request's query, so that another site can neither make a browser sign in here (a login CSRF) nor change what
//! is signed in for. The key is the cluster's: another node can take the form.
//!
//! The addresses in the pages are relative (RFC 3986 §4.2): through the edge the same page is under a longer path.

use ::token::KeyRing;
use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A cookie that only this host, over TLS, can set. In clear, which only tests and proxies use, browsers take no such name.
const SECURE_COOKIE: &str = "__Host-ssosp";
const CLEAR_COOKIE: &str = "ssosp";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    action: &'a str,
    form_key: &'a str,
    client: &'a str,
    user: &'a str,
    message: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    message: &'a str,
}

/// What a login page shows.
pub(super) struct Login<'a> {
    /// The request's query, as it came.
    pub(super) query: &'a str,
    /// Where the answer will go.
    pub(super) redirect_uri: &'a str,
    /// What the client is called.
    pub(super) client: &'a str,
    /// What was typed before.
    pub(super) user: &'a str,
    /// What went wrong before.
    pub(super) message: Option<&'a str>,
}

/// The login page. The cookie is the browser's, or a new one.
pub(super) fn login(
    issuer: &str,
    keys: &KeyRing,
    cookie: &FormCookie,
    status: StatusCode,
    login: &Login<'_>,
) -> Response {
    let action = format!("?{}", login.query);
    let form_key = form_key(keys, &cookie.0, login.query);
    let page = LoginPage {
        action: &action,
        form_key: &form_key,
        client: login.client,
        user: login.user,
        message: login.message,
    };
    let mut response = page_response(status, &page, Some(login.redirect_uri));
    let set_cookie = match issuer.starts_with("https:") {
        true => format!("{SECURE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", cookie.0),
        false => format!("{CLEAR_COOKIE}={}; Path=/ssosp; HttpOnly; SameSite=Strict", cookie.0),
    };
    if let Ok(value) = HeaderValue::from_str(&set_cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// The page for what is not redirected.
pub(super) fn refused(status: StatusCode, message: &str) -> Response {
    page_response(status, &RefusedPage { message }, None)
}

fn page_response(status: StatusCode, page: &impl Template, redirect_uri: Option<&str>) -> Response {
    let Ok(body) = page.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, Html(body)).into_response();
    // Browsers apply form-action to the redirection after the form too.
    let answer_goes = redirect_uri.and_then(source_expression).map(|source| format!(" {source}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self'{answer_goes}; frame-ancestors 'none'; base-uri 'none'"
    );
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).ok()),
        (header::X_FRAME_OPTIONS, Some(HeaderValue::from_static("DENY"))),
    ] {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A redirect URI as a source of a content security policy: scheme, host and port, or the scheme alone.
fn source_expression(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.:[]_".contains(&byte));
    if !plain(scheme) {
        return None;
    }
    match rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.is_empty()) {
        Some(authority) if matches!(scheme, "http" | "https") && plain(authority) => {
            Some(format!("{scheme}://{authority}"))
        }
        _ => Some(format!("{scheme}:")),
    }
}

/// The browser's own cookie: 64 hexadecimal digits.
pub(super) struct FormCookie(String);

impl FormCookie {
    /// The one that the browser sent.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut ours = cookies.flat_map(|value| value.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == SECURE_COOKIE || name == CLEAR_COOKIE).then_some(value)
        });
        let value = ours.next()?;
        let valid = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        valid.then(|| Self(value.to_owned()))
    }

    /// A new one.
    pub(super) fn random() -> Self {
        let random: [u8; 32] = runtime::random::bytes();
        Self(hexadecimal(&random))
    }

    /// Whether the form is the one that this browser was given for this query.
    pub(super) fn answers(&self, keys: &KeyRing, query: &str, given: &str) -> bool {
        let expected = form_key(keys, &self.0, query);
        // Compared by their hashes, so that timing tells nothing about the value itself.
        authorization::TokenHash::of(expected.as_bytes()) == authorization::TokenHash::of(given.as_bytes())
    }
}

fn form_key(keys: &KeyRing, cookie: &str, query: &str) -> String {
    hexadecimal(&keys.derive("ssosp login form", format!("{cookie} {query}").as_bytes()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the browser says that another site made it send this.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}
