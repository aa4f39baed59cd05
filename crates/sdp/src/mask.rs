//! Traces without keys.

use std::borrow::Cow;

const MASK: &[u8] = b"****";

/// What comes before key material: SDES (RFC 4568 §9.2), MIKEY (RFC 4567 §3), and the obsolete
/// `k=` line (RFC 4566 §5.12).
const MARKS: [&[u8]; 4] = [b"inline:", b"key-mgmt:", b"k=clear:", b"k=base64:"];

/// The text with all key material replaced by `****`.
///
/// It works on any text, such as a whole SIP message or half of one, because a trace must not
/// depend on the text being well formed. It may hide more than a key, never less.
pub fn mask_keys(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut start) = next_key(text) else {
        return Cow::Borrowed(text);
    };
    let mut rest = text;
    let mut masked = Vec::with_capacity(text.len());
    loop {
        // Cannot panic: `next_key` gives a position in `rest`.
        let (before, key) = rest.split_at(start);
        masked.extend_from_slice(before);
        masked.extend_from_slice(MASK);
        // Cannot panic: `position` gives one in `key`.
        rest = key.iter().position(|byte| ends_key(*byte)).map_or(&[], |end| key.split_at(end).1);
        match next_key(rest) {
            Some(next) => start = next,
            None => break,
        }
    }
    masked.extend_from_slice(rest);
    Cow::Owned(masked)
}

/// Where the first key of the text starts.
fn next_key(text: &[u8]) -> Option<usize> {
    text.iter().enumerate().filter(|(_, byte)| matches!(byte, b':')).find_map(|(colon, _)| {
        let before = text.get(..=colon)?;
        MARKS.iter().any(|mark| ends_with_ignore_case(before, mark)).then_some(colon + 1)
    })
}

fn ends_with_ignore_case(text: &[u8], end: &[u8]) -> bool {
    text.len()
        .checked_sub(end.len())
        .and_then(|start| text.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// RFC 4568 §9.2: lifetime and identifier follow a bar, another key a semicolon. A MIKEY message
/// follows its protocol name and a space, so a space ends nothing.
fn ends_key(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b'|' | b';')
}

#[cfg(test)]
mod tests {
    use super::mask_keys;

    fn masked(text: &str) -> String {
        String::from_utf8(mask_keys(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn sec_1_sdes_keys_never_reach_a_trace() {
        let text = "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 \
                    inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4;INLINE:AAAA|2^20|2:4\r\na=sendrecv\r\n";
        assert_eq!(
            masked(text),
            "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 \
             inline:****|2^20|1:4;INLINE:****|2^20|2:4\r\na=sendrecv\r\n"
        );
    }

    #[test]
    fn sec_1_other_key_lines() {
        assert_eq!(masked("k=clear:secret\r\nk=prompt\r\n"), "k=clear:****\r\nk=prompt\r\n");
        assert_eq!(masked("a=key-mgmt:mikey AQAFgM0X\n"), "a=key-mgmt:****\n");
        assert_eq!(masked("a=crypto:1 X inline:cut off"), "a=crypto:1 X inline:****");
    }

    #[test]
    fn text_without_keys_is_not_copied() {
        assert!(matches!(mask_keys(b"v=0\r\ns=inline\r\n"), std::borrow::Cow::Borrowed(_)));
    }
}
