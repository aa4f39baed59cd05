//! SIP messages as a log may show them: without tokens, digests and keys.

use std::borrow::Cow;

/// The header fields that carry credentials (RFC 3261 §20.7, §20.28).
const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];

/// The text of a message with each credential and each media key replaced by `****`.
pub(crate) fn masked(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let mut shown = String::with_capacity(text.len());
    let (mut in_credentials, mut in_body) = (false, false);
    for line in text.split_inclusive('\n') {
        in_body |= line.trim_end().is_empty();
        let continues = line.starts_with([' ', '\t']);
        in_credentials = !in_body && (is_credentials(line) || (continues && in_credentials));
        match in_credentials {
            true if continues => {}
            true => shown.push_str(&masked_credentials(line)),
            false => shown.push_str(line),
        }
    }
    match sdp::mask_keys(shown.as_bytes()) {
        Cow::Borrowed(_) => shown,
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn is_credentials(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(name, _)| CREDENTIALS.iter().any(|known| name.trim().eq_ignore_ascii_case(known)))
}

/// The name and the scheme stay; what comes after the scheme is the secret.
fn masked_credentials(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap_or_default();
    let scheme = value.split_whitespace().next().unwrap_or_default();
    let secret = if value.contains("token=") { "token=\"****\"" } else { "****" };
    format!("{name}: {scheme} {secret}\r\n")
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn sec_1_tokens_and_keys_never_reach_the_log() {
        let message = "INVITE sip:2002@127.0.0.11 SIP/2.0\r\nProxy-Authorization: Bearer token=\"CANARY1\"\r\n\
                       proxy-authorization :Digest username=\"a\",\r\n response=\"CANARY2\"\r\nAUTHORIZATION: Bearer CANARY3\r\n\
                       Subject: hello\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CANARY4|2^20\r\n";
        assert_eq!(
            masked(message.as_bytes()),
            "INVITE sip:2002@127.0.0.11 SIP/2.0\r\nProxy-Authorization: Bearer token=\"****\"\r\n\
             proxy-authorization : Digest ****\r\nAUTHORIZATION: Bearer ****\r\n\
             Subject: hello\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****|2^20\r\n"
        );
    }
}
