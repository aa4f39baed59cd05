//! A SIP message without its secrets: what a log, a page, a capture or a memory of messages may hold.
//!
//! It works on any octets, since a trace must not depend on a message being well formed: where it is in doubt, more is hidden, never
//! less. What is taken out:
//!
//! | secret | where | what stays |
//! |---|---|---|
//! | access tokens | Authorization, Proxy-Authorization; behind the word Bearer anywhere; anything that looks like a JWS | scheme and fingerprint |
//! | digests, other credentials | the same fields, Authentication-Info, any field whose name speaks of a secret | the scheme |
//! | media keys | `a=crypto`, `inline:`, `a=key-mgmt`, `k=`, `a=ice-pwd`, the key of the edge's openers | tag and cipher suite |
//! | passwords | in URIs, parameters, XML elements, JSON members | the name |
//! | header fields and bodies inside URIs (RFC 3261 §19.1.1) | behind `?` | the name, and Replaces |
//! | digits, text, anything that is not signalling | bodies of other types, encoded bodies | type and length |
//!
//! A line is read as any reader might: folded, ended by CR, LF or both, in any case, with spaces before its colon.

mod body;
mod edits;
mod fields;
mod patterns;
#[cfg(test)]
mod tests;
mod words;

use std::borrow::Cow;
use std::fmt;

/// What stands for a secret.
pub(crate) const MASK: &str = "****";

/// Characters that mark what is already masked; a message that has them loses them first.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
/// The first octet of both.
const MARK: u8 = 0xEE;

/// The text of a message without secrets. There is no way to make one but [`mask()`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Masked(Box<str>);

impl Masked {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Takes the secrets out of a message.
#[must_use]
pub fn mask(message: &[u8]) -> Masked {
    let text = text_of(message);
    let text = match memchr::memchr(MARK, text.as_bytes()) {
        Some(_) => text.replace([OPEN, CLOSE], "\u{FFFD}").into(),
        None => text,
    };
    let (head, body) = body::split(&text);
    let mut lines = fields::without_secrets(head);
    match body::shown(head, body) {
        body::Shown::Text(body) => lines.push_str(&fields::without_secrets(body)),
        body::Shown::Note(note) => lines.push_str(&note),
    }
    let open = patterns::without_secrets(&lines);
    Masked(match memchr::memchr(MARK, open.as_bytes()) {
        Some(_) => open.replace(OPEN, "fingerprint=").replace(CLOSE, "").into(),
        None => open.into(),
    })
}

/// What is no UTF-8 is replaced; what is, is read in one quick pass.
fn text_of(octets: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(octets).map_or_else(|_| String::from_utf8_lossy(octets), Cow::Borrowed)
}
