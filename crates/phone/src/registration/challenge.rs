//! What a server asks for in WWW-Authenticate or Proxy-Authenticate (RFC 3261 §22, RFC 8898, RFC 7616).

use std::borrow::Cow;

use sip::auth::digest::Algorithm;
use sip::message::{HeaderName, Response};

/// A challenge that this phone can answer, or cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    Bearer { error: Option<String> },
    Digest(DigestChallenge),
    Unknown,
}

/// What a Digest answer is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DigestChallenge {
    pub(crate) realm: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) opaque: Option<Vec<u8>>,
    pub(crate) algorithm: Algorithm,
    pub(crate) offers_auth: bool,
    pub(crate) is_stale: bool,
}

/// The challenge of a 401 or 407, and the header field in which its answer goes. Of several, the first that is no
/// stranger.
pub(crate) fn of(response: &Response) -> (HeaderName, Challenge) {
    let headers = response.headers();
    let fields = [
        (HeaderName::WwwAuthenticate, HeaderName::Authorization),
        (HeaderName::ProxyAuthenticate, HeaderName::ProxyAuthorization),
    ];
    let known = fields
        .into_iter()
        .flat_map(|(challenge, answer)| headers.all(challenge).map(move |value| (answer, read(value))));
    known
        .into_iter()
        .find(|(_, challenge)| *challenge != Challenge::Unknown)
        .unwrap_or((HeaderName::Authorization, Challenge::Unknown))
}

fn read(value: &[u8]) -> Challenge {
    let scheme_length = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
    let (scheme, rest) = value.split_at_checked(scheme_length).unwrap_or_default();
    let parameters = Parameters(rest);
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        let text = |name| parameters.get(name).map(|value| String::from_utf8_lossy(&value).into_owned());
        return Challenge::Bearer { error: text("error_description").or_else(|| text("error")) };
    }
    if scheme.eq_ignore_ascii_case(b"Digest") {
        return digest(&parameters).map_or(Challenge::Unknown, Challenge::Digest);
    }
    Challenge::Unknown
}

fn digest(parameters: &Parameters<'_>) -> Option<DigestChallenge> {
    let owned = |name| parameters.get(name).map(Cow::into_owned);
    let algorithm = match parameters.get("algorithm") {
        Some(name) => Algorithm::from_bytes(&name)?,
        None => Algorithm::Md5,
    };
    let qop = parameters.get("qop");
    let offers_auth = qop
        .as_deref()
        .is_some_and(|qop| qop.split(|octet| *octet == b',').any(|one| one.trim_ascii().eq_ignore_ascii_case(b"auth")));
    // RFC 7616 §3.3: with only `auth-int` on offer there is nothing that we can answer.
    if qop.is_some() && !offers_auth {
        return None;
    }
    Some(DigestChallenge {
        realm: owned("realm")?,
        nonce: owned("nonce")?,
        opaque: owned("opaque"),
        algorithm,
        offers_auth,
        is_stale: parameters.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case(b"true")),
    })
}

/// `auth-param *(COMMA auth-param)`
struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    fn get(&self, name: &str) -> Option<Cow<'a, [u8]>> {
        let mut rest = self.0;
        while !rest.is_empty() {
            let (parameter, after) = split_unquoted(rest);
            rest = after;
            let Some(equals) = parameter.iter().position(|octet| *octet == b'=') else { continue };
            let (key, value) = parameter.split_at_checked(equals)?;
            if key.trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
                return Some(unquoted(value.get(1..)?.trim_ascii()));
            }
        }
        None
    }
}

/// What stands before the next comma outside quotes, and what behind it.
fn split_unquoted(text: &[u8]) -> (&[u8], &[u8]) {
    let mut quoted = false;
    let mut escaped = false;
    for (at, octet) in text.iter().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                let (before, after) = text.split_at_checked(at).unwrap_or_default();
                return (before, after.get(1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (text, b"")
}

fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")) else {
        return Cow::Borrowed(value);
    };
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut octets = inner.iter();
    while let Some(octet) = octets.next() {
        plain.extend(if *octet == b'\\' { octets.next() } else { Some(octet) });
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_an_oauth_port_is_read() {
        assert_eq!(read(b"Bearer realm=\"ccmsipline\""), Challenge::Bearer { error: None });
        assert_eq!(read(b"bearer"), Challenge::Bearer { error: None });
        let expired = b"Bearer realm=\"a, b\", error=\"invalid_token\", error_description=\"it \\\"expired\\\"\"";
        assert_eq!(read(expired), Challenge::Bearer { error: Some("it \"expired\"".into()) });
        assert_eq!(
            read(b"Bearer realm=\"a\",error=invalid_token"),
            Challenge::Bearer { error: Some("invalid_token".into()) }
        );
    }

    #[test]
    fn the_challenge_of_a_digest_port_is_read() {
        let Challenge::Digest(challenge) =
            read(b"Digest realm=\"ccmsipline\", nonce=\"n\", algorithm=SHA-256, qop=\"auth,auth-int\", stale=TRUE")
        else {
            panic!()
        };
        assert_eq!(challenge.realm, b"ccmsipline");
        assert_eq!(challenge.algorithm, Algorithm::Sha256);
        assert!(challenge.offers_auth && challenge.is_stale);
    }

    #[test]
    fn what_cannot_be_answered_is_unknown() {
        for value in [
            &b"Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""[..],
            b"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256x",
            b"Digest realm=\"r\"",
            b"Basic realm=\"r\"",
            b"",
        ] {
            assert_eq!(read(value), Challenge::Unknown);
        }
    }
}
