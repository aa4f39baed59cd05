//! The credentials of a REGISTER.

use std::borrow::Cow;
use std::fmt;

use sip::auth::DigestCredentials;
use sip::auth::digest::{self, Algorithm};
use sip::message::{HeaderName, Method};

use super::challenge::DigestChallenge;
use crate::context::{Context, Site, uri_host};

/// An access token. Its text never shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct AccessToken(pub(super) String);

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// The vendor's form, with the token as a quoted parameter; or that of RFC 8898 in Authorization.
pub(super) fn bearer(field: HeaderName, token: &AccessToken, vendor_form: bool) -> (HeaderName, String) {
    let AccessToken(token) = token;
    match vendor_form {
        true => (field, format!("Bearer token=\"{token}\"")),
        false => (field, format!("Bearer {token}")),
    }
}

/// The answer to a Digest challenge (RFC 7616 §3.4).
pub(super) fn digest(
    field: HeaderName,
    challenge: &DigestChallenge,
    nonce_count: u32,
    (username, password): (&str, &str),
    context: &mut Context,
    site: &Site,
) -> (HeaderName, String) {
    let uri = format!("sip:{}", uri_host(&site.target.host));
    let count = format!("{nonce_count:08x}");
    let cnonce = context.hexadecimal(8);
    let qop = challenge.offers_auth.then_some("auth");
    let credentials = DigestCredentials {
        username: Cow::Borrowed(username.as_bytes()),
        realm: Cow::Borrowed(&challenge.realm),
        nonce: Cow::Borrowed(&challenge.nonce),
        uri: Cow::Borrowed(uri.as_bytes()),
        response: Cow::Borrowed(b""),
        algorithm: Some(challenge.algorithm),
        qop: qop.map(|qop| Cow::Borrowed(qop.as_bytes())),
        cnonce: qop.map(|_| Cow::Borrowed(cnonce.as_bytes())),
        nonce_count: qop.map(|_| Cow::Borrowed(count.as_bytes())),
        opaque: None,
    };
    let ha1 = digest::ha1(challenge.algorithm, username.as_bytes(), &challenge.realm, password.as_bytes());
    let response = digest::response(&ha1, &Method::Register, &credentials);
    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri=\"{uri}\", response=\"{response}\", algorithm={}",
        quoted(username.as_bytes()),
        quoted(&challenge.realm),
        quoted(&challenge.nonce),
        Algorithm::as_str(challenge.algorithm),
    );
    if let Some(qop) = qop {
        value.push_str(&format!(", qop={qop}, cnonce=\"{cnonce}\", nc={count}"));
    }
    if let Some(opaque) = &challenge.opaque {
        value.push_str(&format!(", opaque={}", quoted(opaque)));
    }
    (field, value)
}

fn quoted(text: &[u8]) -> String {
    let escaped = String::from_utf8_lossy(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
