//! Writes a new request (RFC 3261 §8.1.1).

use super::uri::is_uri_text;
use super::writer::{Writer, header_methods};
use super::{BuildError, Method, Request};

/// A request being written; fields appear in the order in which they are added.
#[derive(Debug)]
pub struct RequestBuilder {
    writer: Writer,
}

/// Most requests are shorter than this.
const USUAL_OCTETS: usize = 1_024;

impl RequestBuilder {
    pub(crate) fn new(method: Method, uri: &[u8]) -> Self {
        let mut octets = Vec::with_capacity(USUAL_OCTETS);
        for part in [method.as_bytes(), b" ", uri, b" SIP/2.0\r\n"] {
            octets.extend_from_slice(part);
        }
        let mut writer = Writer::new(octets);
        if !is_uri_text(uri) {
            writer.fail(BuildError::Uri);
        }
        Self { writer }
    }

    header_methods!();

    /// The message, parsed.
    pub fn finish_request(self) -> Result<Request, BuildError> {
        Request::parse(self.finish()?).map_err(|error| BuildError::Malformed(error.violation()))
    }
}
