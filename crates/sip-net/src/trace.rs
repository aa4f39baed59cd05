//! What of a message may be written to a log: everything but tokens, digests and media keys.

use std::borrow::Cow;

use callmanager::flow::Flow;

/// Logs a message that came in, at trace level.
pub(crate) fn received(flow: &Flow, message: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        tracing::trace!(flow = flow.id.0, remote = %flow.remote, message = %masked(message), "received");
    }
}

/// Logs a message that went out, at trace level.
pub(crate) fn sent(flow: &Flow, message: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        tracing::trace!(flow = flow.id.0, remote = %flow.remote, message = %masked(message), "sent");
    }
}

/// The attribute by which the halves of the edge tell each other the key of their openers.
const OPENER: &str = "a=x-ringbearer-opener";

/// The text of a message without its secrets (SEC-1): credentials lines lose their value, folded lines with them, SDES keys
/// the part behind `inline:`, openers their key.
#[must_use]
pub fn masked(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let mut out = String::with_capacity(text.len());
    let mut in_credentials = false;
    for line in text.split_inclusive('\n') {
        let is_continuation = line.starts_with([' ', '\t']);
        if is_continuation && in_credentials {
            continue;
        }
        in_credentials = is_credentials(line);
        match line.split_once(':') {
            Some((name, _)) if in_credentials => out.push_str(&format!("{name}: ***\r\n")),
            Some((name, _)) if name.ends_with(OPENER) => out.push_str(&format!("{name}:***\r\n")),
            _ => out.push_str(&without_keys(line)),
        }
    }
    out
}

fn is_credentials(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default().trim_end();
    ["Authorization", "Proxy-Authorization"].iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn without_keys(line: &str) -> Cow<'_, str> {
    // RFC 4568 §9.2: the name of a key method is read in any case. Folding ASCII moves no character.
    let Some(at) = line.to_ascii_lowercase().find("inline:") else { return Cow::Borrowed(line) };
    // Cannot panic: `find` gives the position of a character.
    let (before, key) = line.split_at(at);
    let end = key.find(['|', ' ', ';', '\r', '\n']).unwrap_or(key.len());
    let after = key.get(end..).unwrap_or_default();
    Cow::Owned(format!("{before}inline:***{}", without_keys(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_1_tokens_and_keys_are_masked() {
        let message =
            b"INVITE sip:a@b SIP/2.0\r\nproxy-authorization : Bearer token=\"SECRET1\"\r\n ,x=\"SECRET2\"\r\n\
            Authorization: Bearer SECRET3\r\nCall-ID: 1\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 \
            inline:SECRET4|2^20|1:4;INLINE:SECRET5\r\na=x-ringbearer-opener:SECRET6\r\na=x\r\n";
        assert_eq!(
            masked(message),
            "INVITE sip:a@b SIP/2.0\r\nproxy-authorization : ***\r\nAuthorization: ***\r\nCall-ID: 1\r\n\r\n\
             a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***|2^20|1:4;inline:***\r\na=x-ringbearer-opener:***\r\na=x\r\n"
        );
    }
}
