//! Escaped octets in URIs (RFC 3261 §19.1.2): `%` and two hexadecimal digits.

use std::borrow::Cow;

use crate::message::syntax;

/// Whether each octet is of the class, which has no `%`, or is escaped.
pub(super) fn is_text_of(class: &[bool; 256], text: &[u8]) -> bool {
    if syntax::all_of(class, text) {
        return true;
    }
    let mut rest = text;
    while let [octet, after @ ..] = rest {
        rest = match escaped(rest) {
            Some((_, after)) => after,
            None if syntax::is_in(class, *octet) => after,
            None => return false,
        };
    }
    true
}

/// The text with each escaped octet replaced, once.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [octet, after @ ..] = rest {
        (rest, _) = match escaped(rest) {
            Some((octet, after)) => (after, decoded.push(octet)),
            None => (after, decoded.push(*octet)),
        };
    }
    Cow::Owned(decoded)
}

/// The escaped octet at the beginning of `text`, and what follows it.
pub(super) fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = text else {
        return None;
    };
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    Some((u8::try_from(high * 16 + low).ok()?, after))
}

/// Appends `text` with everything escaped that is not in `allowed`.
pub(crate) fn encode(text: &[u8], allowed: &[bool; 256], to: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &octet in text {
        if syntax::is_in(allowed, octet) {
            to.push(octet);
        } else {
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
            to.extend([b'%', digit(octet >> 4), digit(octet & 15)]);
        }
    }
}
