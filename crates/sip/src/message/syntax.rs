//! The lexical rules of RFC 3261 §25.1: tokens, linear whitespace, quoted strings, comma-separated lists.
//!
//! Everything here works on octets. Text of a message is UTF-8 by the standard, and is never required to be.

use std::borrow::Cow;

static TOKEN: [bool; 256] = class(b"-.!%*_+`'~");

/// Letters, digits and these marks.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile")]
pub(crate) const fn class(marks: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 128 {
        table[octet] = (octet as u8).is_ascii_alphanumeric();
        octet += 1;
    }
    let mut i = 0;
    while i < marks.len() {
        table[marks[i] as usize] = true;
        i += 1;
    }
    table
}

/// Whether every octet is of the class.
pub(crate) fn all_of(class: &[bool; 256], octets: &[u8]) -> bool {
    // Eight at a time without a branch between them; most values are longer than that.
    let (eights, rest) = octets.as_chunks::<8>();
    eights.iter().all(|eight| eight.iter().fold(true, |all, &octet| all & is_in(class, octet)))
        && rest.iter().all(|&octet| is_in(class, octet))
}

/// Whether the octet is of the class.
#[inline]
pub(crate) fn is_in(class: &[bool; 256], octet: u8) -> bool {
    class.get(usize::from(octet)).copied().unwrap_or_default()
}

/// Whether these octets are a `token`.
#[inline]
pub(crate) fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty() && all_of(&TOKEN, octets)
}

/// How many octets at the start of these are of a `token`.
#[inline]
pub(crate) fn token_length(octets: &[u8]) -> usize {
    octets.iter().position(|&octet| !is_in(&TOKEN, octet)).unwrap_or(octets.len())
}

/// Whether these octets are a `word`, of which Call-ID is made.
pub(crate) fn is_word(octets: &[u8]) -> bool {
    const WORD: [bool; 256] = class(b"-.!%*_+`'~()<>:\\\"/[]?{}");
    !octets.is_empty() && all_of(&WORD, octets)
}

/// Space or tab.
#[inline]
pub(crate) const fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// The octets without the spaces and tabs around them.
#[inline]
pub(crate) const fn trim(octets: &[u8]) -> &[u8] {
    trim_end(trim_start(octets))
}

/// The octets without the spaces and tabs before them.
#[inline]
pub(crate) const fn trim_start(mut octets: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = octets
        && is_blank(*first)
    {
        octets = rest;
    }
    octets
}

/// The octets without the spaces and tabs after them.
#[inline]
pub(crate) const fn trim_end(mut octets: &[u8]) -> &[u8] {
    while let [rest @ .., last] = octets
        && is_blank(*last)
    {
        octets = rest;
    }
    octets
}

/// Where `mark` first stands. Names and URIs are short, so the first octets are searched word by word, and only
/// what lies behind them by [`memchr`].
#[inline]
pub(crate) fn find(octets: &[u8], mark: u8) -> Option<usize> {
    const NEAR: usize = 32;
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = octets.get(..NEAR).unwrap_or(octets).as_chunks::<8>();
    for (position, word) in words.iter().enumerate() {
        // The lowest octet that equals `mark` is zero in `differences`, and becomes 0x80 in `zeros`.
        let differences = u64::from_le_bytes(*word) ^ (ONES * u64::from(mark));
        let zeros = differences.wrapping_sub(ONES) & !differences & HIGHS;
        if zeros != 0 {
            return Some(8 * position + zeros.trailing_zeros() as usize / 8);
        }
    }
    match octets.get(NEAR..) {
        Some(far) => memchr::memchr(mark, far).map(|at| NEAR + at),
        None => rest.iter().position(|&octet| octet == mark).map(|at| 8 * words.len() + at),
    }
}

/// What stands before the first `separator` and after it.
#[inline]
pub(crate) fn split_once(octets: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = octets.split_at_checked(find(octets, separator)?)?;
    Some((before, rest.get(1..)?))
}

/// A decimal number of one or more digits that fits, and nothing else around it.
pub(crate) fn decimal(octets: &[u8]) -> Option<u32> {
    if octets.is_empty() {
        return None;
    }
    octets.iter().try_fold(0u32, |number, &octet| {
        let digit = octet.is_ascii_digit().then(|| u32::from(octet - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Where the quoted string that begins at the start of `octets` ends: the offset behind its closing quote.
pub(crate) fn quoted_string_end(octets: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = octets.get(at..)?;
        let mark = memchr::memchr2(b'"', b'\\', rest)?;
        match rest.get(mark)? {
            b'"' => return Some(at + mark + 1),
            _ => at += mark + 2,
        }
    }
}

/// Where `mark` first stands outside quoted strings and angle brackets.
///
/// A quote or bracket that never closes hides everything behind it, so that nothing in it can pass for a
/// separator; the parser of the value then refuses it.
pub(crate) fn find_unquoted(octets: &[u8], mark: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = octets.get(at..)?;
        let found = memchr::memchr3(mark, b'"', b'<', rest)?;
        let rest = rest.get(found..)?;
        at += found
            + match rest.first()? {
                b'"' => quoted_string_end(rest)?,
                b'<' => memchr::memchr(b'>', rest)? + 1,
                _ => return Some(at + found),
            };
    }
}

/// The values of a comma-separated list (RFC 3261 §7.3.1), blanks trimmed, empty ones kept.
#[derive(Clone, Debug)]
pub(crate) struct List<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> List<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { rest: Some(value) }
    }
}

impl<'a> Iterator for List<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let value = match memchr::memchr(b',', rest).and_then(|_| find_unquoted(rest, b',')) {
            Some(comma) => {
                self.rest = rest.get(comma + 1..);
                rest.get(..comma)?
            }
            None => {
                self.rest = None;
                rest
            }
        };
        Some(trim(value))
    }
}

/// The text of the quoted string that begins at the start of `octets`, without its quotes and backslashes, and
/// what follows it.
pub(crate) fn quoted_string(octets: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let text = octets.strip_prefix(b"\"")?;
    match memchr::memchr2(b'"', b'\\', text).and_then(|mark| text.split_at_checked(mark))? {
        (text, [b'"', rest @ ..]) => Some((Cow::Borrowed(text), rest)),
        _ => {
            let (quoted, rest) = octets.split_at_checked(quoted_string_end(octets)?)?;
            Some((unquote(quoted), rest))
        }
    }
}

/// The text of a quoted string without its quotes and backslashes; of anything else, the same octets.
pub(crate) fn unquote(octets: &[u8]) -> Cow<'_, [u8]> {
    let [b'"', inner @ .., b'"'] = octets else { return Cow::Borrowed(octets) };
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut octets = inner.iter();
    while let Some(&octet) = octets.next() {
        text.extend(if octet == b'\\' { octets.next().copied() } else { Some(octet) });
    }
    Cow::Owned(text)
}

/// Appends a quoted string whose text this is. Control octets must have been refused before.
pub(crate) fn push_quoted(text: &[u8], to: &mut Vec<u8>) {
    to.push(b'"');
    for &octet in text {
        if matches!(octet, b'"' | b'\\') {
            to.push(b'\\');
        }
        to.push(octet);
    }
    to.push(b'"');
}

/// Whether an octet may stand in a header field only as a quoted pair, or never.
pub(crate) const fn is_control(octet: u8) -> bool {
    (octet < b' ' && octet != b'\t') || octet == 0x7f
}
