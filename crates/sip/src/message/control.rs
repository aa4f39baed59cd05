//! Control octets in a header: a quoted pair may hold one (RFC 3261 §25.1), nothing else may.

use super::{Violation, syntax};

/// Checks a header that holds more control octets than its line ends; `head` ends with the CRLF of its last line.
pub(crate) fn check(head: &[u8]) -> Result<(), Violation> {
    let mut is_quoted = false;
    let mut octets = head.iter().copied().peekable();
    let mut is_start_line = true;
    while let Some(octet) = octets.next() {
        match octet {
            b'\r' if octets.peek() == Some(&b'\n') => {
                octets.next();
                is_start_line = false;
                // A quoted string may be folded, but never runs into the next field.
                is_quoted &= octets.peek().copied().is_some_and(syntax::is_blank);
            }
            b'\r' | b'\n' => return Err(Violation::BareLineEnd),
            b'"' if !is_start_line => is_quoted = !is_quoted,
            b'\\' if is_quoted => {
                // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
                octets.next_if(|next| !matches!(next, b'\r' | b'\n'));
            }
            _ if syntax::is_control(octet) => return Err(Violation::ControlOctet),
            _ => {}
        }
    }
    Ok(())
}
