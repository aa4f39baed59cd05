//! Redirection URIs: compared as text, whole and exact (RFC 9700 §2.1), with the one exception of the loopback port.
//!
//! Nothing is normalised: a client sends what was registered, byte for byte. A native application that listens on a
//! loopback address gets its port from the system, so for `http://127.0.0.1/…` and `http://[::1]/…` the port of the
//! request may be any (RFC 8252 §7.3, RFC 9700 §2.1). `localhost` is a name, and gets no such exception (RFC 8252 §8.3).

use std::fmt;

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUriError {
    /// Not an absolute URI of visible ASCII characters.
    NotAbsolute,
    /// It has a fragment (RFC 6749 §3.1.2).
    Fragment,
    /// Its scheme runs code or shows data in the browser.
    DangerousScheme,
    /// It names a user before the host.
    UserInformation,
    /// `http` to another host than the loopback: the code would travel in clear.
    Cleartext,
}

impl fmt::Display for RedirectUriError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAbsolute => "a redirect URI is absolute and of visible ASCII characters",
            Self::Fragment => "a redirect URI has no fragment",
            Self::DangerousScheme => "this scheme cannot be redirected to",
            Self::UserInformation => "a redirect URI names no user before the host",
            Self::Cleartext => "http is only for the loopback addresses and localhost",
        })
    }
}

impl std::error::Error for RedirectUriError {}

/// Whether a URI may be registered at all. Private schemes of native applications may (RFC 8252 §7.1).
pub fn validate(uri: &str) -> Result<(), RedirectUriError> {
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RedirectUriError::NotAbsolute);
    }
    let Some((scheme, rest)) = uri.split_once(':') else { return Err(RedirectUriError::NotAbsolute) };
    let scheme_character = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(scheme_character) {
        return Err(RedirectUriError::NotAbsolute);
    }
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    let scheme = scheme.to_ascii_lowercase();
    if matches!(scheme.as_str(), "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ws" | "wss") {
        return Err(RedirectUriError::DangerousScheme);
    }
    if scheme != "http" && scheme != "https" {
        return Ok(());
    }
    let Some(rest) = rest.strip_prefix("//") else { return Err(RedirectUriError::NotAbsolute) };
    let authority = rest.split(['/', '?', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(RedirectUriError::UserInformation);
    }
    let host = host(authority);
    match host {
        "" => Err(RedirectUriError::NotAbsolute),
        "127.0.0.1" | "[::1]" | "localhost" => Ok(()),
        _ if scheme == "http" => Err(RedirectUriError::Cleartext),
        _ => Ok(()),
    }
}

/// Whether a request may name this URI when that one is registered.
#[must_use]
pub fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    ["http://127.0.0.1", "http://[::1]"].into_iter().any(|loopback| {
        let path = path_on(loopback, registered);
        path.is_some() && path == path_on(loopback, requested)
    })
}

/// What follows a loopback address and an optional port.
fn path_on<'a>(loopback: &str, uri: &'a str) -> Option<&'a str> {
    uri.strip_prefix(loopback).and_then(without_port)
}

fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// What follows an optional port: a path, or nothing.
fn without_port(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix(':') {
        Some(port) => {
            let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
            let (digits, rest) = port.split_at_checked(end)?;
            digits.parse::<u16>().ok().filter(|port| *port > 0)?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: &str = "https://app.example.com/callback";

    /// Sixty ways to look like a registered URI.
    #[test]
    fn oau_1_only_the_registered_uri_matches() {
        assert!(matches(REGISTERED, REGISTERED));
        let mut variants: Vec<String> = [
            "",
            "/",
            "/callback",
            "//app.example.com/callback",
            "https:",
            "https://",
            "https://app.example.com",
            "https://app.example.com/",
            "https://app.example.com/callback/",
            "https://app.example.com/callback/..",
            "https://app.example.com/callback/../callback",
            "https://app.example.com//callback",
            "https://app.example.com/./callback",
            "https://app.example.com/callback?",
            "https://app.example.com/callback?a=b",
            "https://app.example.com/callback#",
            "https://app.example.com/callback#a",
            "https://app.example.com/callback%2f",
            "https://app.example.com%2fcallback",
            "https://app.example.com/%63allback",
            "https://app.example.com/callback%00",
            "https://app.example.com/callback%20",
            "https://app.example.com/callback ",
            " https://app.example.com/callback",
            "https://app.example.com/callback\t",
            "https://app.example.com/callback\n",
            "https://app.example.com/callback\0",
            "https://app.example.com/Callback",
            "https://APP.example.com/callback",
            "HTTPS://app.example.com/callback",
            "http://app.example.com/callback",
            "https://app.example.com:443/callback",
            "https://app.example.com:/callback",
            "https://app.example.com:8443/callback",
            "https://app.example.com./callback",
            "https://app.example.com.evil.example/callback",
            "https://evil.example/app.example.com/callback",
            "https://evilapp.example.com/callback",
            "https://sub.app.example.com/callback",
            "https://example.com/callback",
            "https://user@app.example.com/callback",
            "https://app.example.com@evil.example/callback",
            "https://app.example.com:pw@evil.example/callback",
            "https://evil.example\\@app.example.com/callback",
            "https://evil.example#@app.example.com/callback",
            "https://evil.example?@app.example.com/callback",
            "https:app.example.com/callback",
            "https:/app.example.com/callback",
            "https:///app.example.com/callback",
            "https:\\\\app.example.com\\callback",
            "https://app.example.com\\callback",
            "https://app.example.com/callback;a",
            "https://app.example.com/callback,https://evil.example",
            "https://app%2eexample.com/callback",
            "https://аpp.example.com/callback",
            "https://xn--pp-6kc.example.com/callback",
            "javascript:alert(1)//https://app.example.com/callback",
            "data:text/html,https://app.example.com/callback",
        ]
        .map(str::to_owned)
        .to_vec();
        variants.push(format!("{REGISTERED}{REGISTERED}"));
        variants.push(REGISTERED.to_uppercase());
        assert_eq!(variants.len(), 60);
        for variant in variants {
            assert!(!matches(REGISTERED, &variant), "{variant}");
        }
    }

    #[test]
    fn oau_1_a_loopback_port_is_free() {
        for (registered, requested, expected) in [
            ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback", true),
            ("http://127.0.0.1:8000/callback", "http://127.0.0.1:9000/callback", true),
            ("http://127.0.0.1:8000/callback", "http://127.0.0.1/callback", true),
            ("http://[::1]/callback", "http://[::1]:49152/callback", true),
            ("http://127.0.0.1", "http://127.0.0.1:49152", true),
            ("http://127.0.0.1/callback", "http://[::1]/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1:0/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1:65536/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1:/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1:80@evil.example/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1.evil.example/callback", false),
            ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback/other", false),
            ("http://127.0.0.1/callback", "https://127.0.0.1:49152/callback", false),
            ("http://localhost/callback", "http://localhost:49152/callback", false),
            ("http://127.0.0.2/callback", "http://127.0.0.2:49152/callback", false),
        ] {
            assert_eq!(matches(registered, requested), expected, "{registered} {requested}");
        }
    }

    #[test]
    fn what_can_be_registered() {
        for uri in
            ["https://a.example/cb", "http://localhost:8000/x.html", "http://127.0.0.1/cb", "com.example.app:/cb"]
        {
            assert_eq!(validate(uri), Ok(()), "{uri}");
        }
        for (uri, refusal) in [
            ("a.example/cb", RedirectUriError::NotAbsolute),
            ("https:a.example", RedirectUriError::NotAbsolute),
            ("https:///cb", RedirectUriError::NotAbsolute),
            ("https://a.example/c b", RedirectUriError::NotAbsolute),
            ("https://a.example/cb#x", RedirectUriError::Fragment),
            ("JavaScript:alert(1)", RedirectUriError::DangerousScheme),
            ("data:text/html,x", RedirectUriError::DangerousScheme),
            ("https://a@b.example/", RedirectUriError::UserInformation),
            ("http://a.example/cb", RedirectUriError::Cleartext),
        ] {
            assert_eq!(validate(uri), Err(refusal), "{uri}");
        }
    }
}
