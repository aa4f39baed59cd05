//! Lines whose value is a secret: header fields by their name, attributes of a description by theirs.

use std::sync::LazyLock;

use sdp::CryptoSuite;
use sip::auth::Credentials;
use token::TokenFingerprint;

use super::words::Words;
use super::{CLOSE, MASK, OPEN};

/// Words in the name of a header field that make its value a secret.
static SECRET: LazyLock<Words> = LazyLock::new(|| {
    Words::of(&[
        "authoriz",
        "authentication-info",
        "password",
        "passwd",
        "secret",
        "cookie",
        "credential",
        "token",
        "api-key",
        "apikey",
    ])
});

/// Schemes whose name is worth showing.
const SCHEMES: [&str; 5] = ["Bearer", "Digest", "Basic", "Negotiate", "NTLM"];

/// A token that is shorter could be guessed from its fingerprint.
const SHORTEST_TOKEN: usize = 20;

/// The text with each secret line's value masked. A line that begins with white space belongs to the one before it.
pub(super) fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        match secret_of(line) {
            None => {
                out.push_str(line);
                rest = after;
            }
            Some(secret) => {
                let (folded, after) = split_folds(after);
                out.push_str(&secret.masked(line, folded));
                rest = after;
            }
        }
    }
    out
}

/// A line with its end, and what comes after.
fn split_line(text: &str) -> (&str, &str) {
    let Some(end) = memchr::memchr2(b'\r', b'\n', text.as_bytes()) else { return (text, "") };
    let ending = if text.get(end..).is_some_and(|rest| rest.starts_with("\r\n")) { 2 } else { 1 };
    text.split_at_checked(end + ending).unwrap_or((text, ""))
}

/// The lines that continue the one before, and what comes after.
fn split_folds(text: &str) -> (&str, &str) {
    let mut rest = text;
    while rest.starts_with([' ', '\t']) {
        rest = split_line(rest).1;
    }
    text.split_at_checked(text.len() - rest.len()).unwrap_or((text, ""))
}

/// What kind of secret a line holds.
enum Secret {
    Credentials,
    Field,
    Crypto,
    Attribute,
}

fn secret_of(line: &str) -> Option<Secret> {
    if let Some((field, _)) = line.split_once(':') {
        let field = field.trim();
        if field.eq_ignore_ascii_case("authorization") || field.eq_ignore_ascii_case("proxy-authorization") {
            return Some(Secret::Credentials);
        }
        let is_name = field.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'=');
        if is_name && SECRET.find(field, 0).is_some() {
            return Some(Secret::Field);
        }
    }
    let (name, _) = line.split_once([':', '='])?;
    match name.trim() {
        "k" | "K" => Some(Secret::Attribute),
        "a" | "A" => secret_attribute(line),
        _ => None,
    }
}

/// RFC 8866 §6, however it is spaced.
fn secret_attribute(line: &str) -> Option<Secret> {
    let attribute: String = line.chars().filter(|one| !one.is_whitespace()).take(24).collect();
    let attribute = attribute.to_ascii_lowercase();
    let is = |prefix: &str| attribute.starts_with(prefix);
    if is("a=crypto") {
        Some(Secret::Crypto)
    } else if is("a=key-mgmt") || is("a=ice-pwd") || is("a=x-ringbearer-opener") {
        Some(Secret::Attribute)
    } else {
        None
    }
}

impl Secret {
    fn masked(&self, line: &str, folded: &str) -> String {
        let end = if folded.is_empty() { ending(line) } else { ending(folded) };
        let (before, value) = match self {
            Self::Credentials | Self::Field => line.split_once(':').unwrap_or((line, "")),
            Self::Crypto | Self::Attribute => line.split_once('=').unwrap_or((line, "")),
        };
        match self {
            Self::Credentials => format!("{before}: {}{end}", credentials(value, folded)),
            Self::Field => format!("{before}: {MASK}{end}"),
            Self::Crypto => format!("{before}={}{end}", crypto(value)),
            Self::Attribute => {
                let name =
                    value.split_once(':').map(|(name, _)| name).filter(|name| name.len() < 24).unwrap_or_default();
                format!("{before}={name}:{MASK}{end}")
            }
        }
    }
}

fn ending(line: &str) -> &'static str {
    match line {
        _ if line.ends_with("\r\n") => "\r\n",
        _ if line.ends_with('\n') => "\n",
        _ if line.ends_with('\r') => "\r",
        _ => "",
    }
}

/// The scheme, and of a bearer token its fingerprint.
fn credentials(value: &str, folded: &str) -> String {
    let whole = format!("{value}{folded}").replace(['\r', '\n'], " ");
    let whole = whole.trim();
    if let Some(Credentials::Bearer(bearer)) = Credentials::parse(whole.as_bytes())
        && bearer.token().len() >= SHORTEST_TOKEN
    {
        return format!("Bearer {OPEN}{}{CLOSE}", TokenFingerprint::of(bearer.token()));
    }
    let word = whole.split([' ', '\t', ',']).next().unwrap_or_default();
    match SCHEMES.iter().find(|scheme| scheme.eq_ignore_ascii_case(word)) {
        Some(scheme) => format!("{scheme} {MASK}"),
        None => MASK.to_owned(),
    }
}

/// Tag and cipher suite (RFC 4568 §9.1).
fn crypto(value: &str) -> String {
    let (_, value) = value.split_once(':').unwrap_or(("", ""));
    let mut words = value.split_whitespace();
    let tag = words.next().filter(|tag| tag.len() <= 9 && tag.bytes().all(|octet| octet.is_ascii_digit()));
    let suite =
        words.next().and_then(|word| CryptoSuite::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(word)));
    match (tag, suite) {
        (Some(tag), Some(suite)) => format!("crypto:{tag} {} inline:{MASK}", suite.name()),
        (Some(tag), None) => format!("crypto:{tag} {MASK}"),
        (None, _) => format!("crypto:{MASK}"),
    }
}
