//! JSON as tokens may use it: one object, no repeated member (RFC 7519 §4), no deep nesting, nothing behind it.
//!
//! Repetition is refused for every member that we read, and for the headers of our own tokens, which know no other
//! member, for all of them: that is what `deny_unknown_fields` on their structures is for. So `crit`, `jku`, `x5u`,
//! `jwk`, `x5c` and `zip` are refused by not being known.

use serde::Deserialize;

use crate::TokenError;

/// Deeper nesting than any claim of ours has.
const MAX_DEPTH: u32 = 4;

pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], part: &'static str) -> Result<T, TokenError> {
    if !shallow(bytes) {
        return Err(TokenError::Malformed(part));
    }
    serde_json::from_slice(bytes).map_err(|_| TokenError::Malformed(part))
}

/// Whether brackets outside strings nest no deeper than [`MAX_DEPTH`].
fn shallow(bytes: &[u8]) -> bool {
    let mut depth = 0_u32;
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}
