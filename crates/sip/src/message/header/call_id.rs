//! Call-ID (RFC 3261 §20.8).

use crate::message::{HeaderName, Headers, Violation, syntax};

impl Headers {
    /// The Call-ID. It is compared octet by octet.
    pub fn call_id(&self) -> Result<&[u8], Violation> {
        self.mandatory(HeaderName::CallId, parse)
    }
}

/// `callid  =  word [ "@" word ]`
fn parse(value: &[u8]) -> Option<&[u8]> {
    let is_call_id = match syntax::split_once(value, b'@') {
        Some((word, host)) => syntax::is_word(word) && syntax::is_word(host),
        None => syntax::is_word(value),
    };
    is_call_id.then_some(value)
}
