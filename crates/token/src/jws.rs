//! Compact JWS (RFC 7515 §7.1) with exactly the header `alg`, `typ`, `kid`.

use serde::{Deserialize, Serialize};

use crate::{KeyError, MAX_TOKEN_LENGTH, SigningKey, TokenError, VerifyingKey, base64url, strict_json};

/// The header of our own tokens: these three members, each once, and no other.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: std::borrow::Cow<'a, str>,
    typ: std::borrow::Cow<'a, str>,
    kid: std::borrow::Cow<'a, str>,
}

/// Signs the payload.
pub(crate) fn sign(key: &SigningKey, key_id: &str, payload: &[u8]) -> Result<String, KeyError> {
    let algorithm = key.verifying_key().algorithm();
    let header = Header { alg: algorithm.name().into(), typ: "JWT".into(), kid: key_id.into() };
    let header = serde_json::to_vec(&header).map_err(|_| KeyError::Unavailable)?;
    let mut token = String::with_capacity(2048);
    base64url::append(&header, &mut token);
    token.push('.');
    base64url::append(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    base64url::append(&signature, &mut token);
    Ok(token)
}

/// Verifies the signature with the key that `find` gives for the header's `kid`, and returns the payload.
///
/// The key decides on the algorithm; the header only has to agree (RFC 8725 §3.1). Nothing of the payload is decoded
/// before the signature fits.
pub(crate) fn verify<'k>(
    token: &[u8],
    find: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<Vec<u8>, TokenError> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(TokenError::TooLong);
    }
    let [header, payload, signature] = split(token)?;
    let header = base64url::decode(header).ok_or(TokenError::Malformed("header"))?;
    let header: Header<'_> = strict_json::parse(&header, "header")?;
    if header.typ != "JWT" {
        return Err(TokenError::Malformed("header typ"));
    }
    let key = find(&header.kid).ok_or(TokenError::UnknownKey)?;
    if header.alg != key.algorithm().name() {
        return Err(TokenError::WrongAlgorithm);
    }
    let signed = token.len() - signature.len() - 1;
    let signature = base64url::decode(signature).ok_or(TokenError::Malformed("signature"))?;
    let Some(message) = token.get(..signed) else {
        return Err(TokenError::Malformed("parts"));
    };
    if !key.verify(message, &signature) {
        return Err(TokenError::BadSignature);
    }
    base64url::decode(payload).ok_or(TokenError::Malformed("payload"))
}

/// Exactly `N` non-empty parts between dots.
pub(crate) fn split<const N: usize>(token: &[u8]) -> Result<[&[u8]; N], TokenError> {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut out = [&[] as &[u8]; N];
    for part in &mut out {
        *part = parts.next().ok_or(TokenError::Malformed("parts"))?;
    }
    if parts.next().is_some() {
        return Err(TokenError::Malformed("parts"));
    }
    Ok(out)
}
