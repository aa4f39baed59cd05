//! A message without its secrets.

use std::fmt::Write;

/// The text of a SIP message whose secrets were masked, with a Content-Length that fits the masked body: on a stream it is
/// what a reader finds the next message by (RFC 3261 §18.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedMessage(String);

impl MaskedMessage {
    /// Takes a text in which tokens, digests and keys are masked already.
    #[must_use]
    pub fn new(masked: String) -> Self {
        let Some((head, body)) = masked.split_once("\r\n\r\n") else { return Self(masked) };
        let mut fitting = String::with_capacity(masked.len());
        for line in head.split("\r\n") {
            match line.split_once(':') {
                // Writing to a String cannot fail.
                Some((name, _)) if is_content_length(name) => {
                    let _ = write!(fitting, "{name}: {}\r\n", body.len());
                }
                _ => {
                    fitting.push_str(line);
                    fitting.push_str("\r\n");
                }
            }
        }
        fitting.push_str("\r\n");
        fitting.push_str(body);
        Self(fitting)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The header field by its name or its compact form (RFC 3261 §20.14).
fn is_content_length(name: &str) -> bool {
    let name = name.trim_end();
    name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("l")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_length_fits_the_masked_body() {
        let text = "INVITE sip:a@b SIP/2.0\r\ncontent-length : 99\r\nCall-ID: 1\r\n\r\na=crypto:1 X inline:***\r\n";
        let message = MaskedMessage::new(text.to_owned());
        assert_eq!(
            message.as_str(),
            "INVITE sip:a@b SIP/2.0\r\ncontent-length : 25\r\nCall-ID: 1\r\n\r\na=crypto:1 X inline:***\r\n"
        );
        let compact = MaskedMessage::new("SIP/2.0 200 OK\r\nl: 7\r\n\r\n".to_owned());
        assert_eq!(compact.as_str(), "SIP/2.0 200 OK\r\nl: 0\r\n\r\n");
    }

    #[test]
    fn what_is_no_whole_message_stays_as_it_is() {
        let message = MaskedMessage::new("Content-Length: 5\r\nx".to_owned());
        assert_eq!(message.as_str(), "Content-Length: 5\r\nx");
    }
}
