//! Writes a message so that no value can end its line: what makes a header field is checked here and nowhere else.

use std::fmt;
use std::io::Write as _;

use bytes::Bytes;

use super::{HeaderName, Headers, syntax};

/// What the caller of a builder did wrong; nothing of the value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A value holds a control octet, which could end the line and begin another.
    ControlOctet(HeaderName),
    /// The name or value of a field that is not in [`HeaderName`] has an octet that it may not have.
    ExtensionField,
    /// The URI has an octet that a URI may not have.
    Uri,
    /// The reason phrase holds a control octet.
    ReasonPhrase,
    /// The tag is no token.
    Tag,
    /// What was built does not parse.
    Malformed(super::Violation),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlOctet(name) => write!(f, "control octet in {name}"),
            Self::ExtensionField => f.write_str("control octet in an extension field, or its name is no token"),
            Self::Uri => f.write_str("octet in a URI that must be escaped"),
            Self::ReasonPhrase => f.write_str("control octet in the reason phrase"),
            Self::Tag => f.write_str("tag is no token"),
            Self::Malformed(violation) => write!(f, "built a malformed message: {violation}"),
        }
    }
}

impl std::error::Error for BuildError {}

/// A message being written. The first error is kept, and returned by `finish`.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) octets: Vec<u8>,
    pub(crate) error: Option<BuildError>,
    body: Option<Bytes>,
}

impl Writer {
    pub(crate) const fn new(octets: Vec<u8>) -> Self {
        Self { octets, error: None, body: None }
    }

    pub(crate) fn fail(&mut self, error: BuildError) {
        self.error.get_or_insert(error);
    }

    pub(crate) fn header(&mut self, name: HeaderName, value: &[u8]) {
        if value.iter().copied().any(syntax::is_control) {
            return self.fail(BuildError::ControlOctet(name));
        }
        self.parsed_header(name, value);
    }

    /// Writes a value that a parser has accepted: it may hold control octets in quoted pairs.
    pub(crate) fn parsed_header(&mut self, name: HeaderName, value: &[u8]) {
        push_line(&mut self.octets, name.as_str().as_bytes(), value);
    }

    pub(crate) fn header_display(&mut self, name: HeaderName, value: impl fmt::Display) {
        self.octets.extend_from_slice(name.as_str().as_bytes());
        self.octets.extend_from_slice(b": ");
        let start = self.octets.len();
        let written = write!(self.octets, "{value}");
        let value = self.octets.get(start..).unwrap_or_default();
        if written.is_err() || value.iter().copied().any(syntax::is_control) {
            self.fail(BuildError::ControlOctet(name));
        }
        self.octets.extend_from_slice(b"\r\n");
    }

    pub(crate) fn extension_header(&mut self, name: &str, value: &[u8]) {
        if !syntax::is_token(name.as_bytes()) || value.iter().copied().any(syntax::is_control) {
            return self.fail(BuildError::ExtensionField);
        }
        push_line(&mut self.octets, name.as_bytes(), value);
    }

    /// Copies every field of this name.
    pub(crate) fn copy(&mut self, headers: &Headers, name: HeaderName) {
        for value in headers.all(name) {
            self.parsed_header(name, value);
        }
    }

    pub(crate) fn body(&mut self, content_type: &str, body: Bytes) {
        self.header(HeaderName::ContentType, content_type.as_bytes());
        self.body = Some(body);
    }

    /// Ends the header with Content-Length and adds the body.
    pub(crate) fn finish(mut self) -> Result<Bytes, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let body = self.body.take().unwrap_or_default();
        self.header_display(HeaderName::ContentLength, body.len());
        self.octets.extend_from_slice(b"\r\n");
        self.octets.extend_from_slice(&body);
        Ok(Bytes::from(self.octets))
    }
}

pub(crate) fn push_line(octets: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    octets.extend_from_slice(name);
    octets.extend_from_slice(b": ");
    octets.extend_from_slice(value);
    octets.extend_from_slice(b"\r\n");
}

/// The methods that request and response builders share.
macro_rules! header_methods {
    () => {
        /// Adds a field.
        #[must_use]
        pub fn header(mut self, name: crate::message::HeaderName, value: impl AsRef<[u8]>) -> Self {
            self.writer.header(name, value.as_ref());
            self
        }

        /// Adds a field whose value is written in place.
        #[must_use]
        pub fn header_display(mut self, name: crate::message::HeaderName, value: impl std::fmt::Display) -> Self {
            self.writer.header_display(name, value);
            self
        }

        /// Adds a field that [`HeaderName`](crate::message::HeaderName) does not know.
        #[must_use]
        pub fn extension_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
            self.writer.extension_header(name, value.as_ref());
            self
        }

        /// Adds every field of this name that another message has.
        #[must_use]
        pub fn copy(mut self, headers: &crate::message::Headers, name: crate::message::HeaderName) -> Self {
            self.writer.copy(headers, name);
            self
        }

        /// Sets the body, with its Content-Type. Content-Length is always written.
        #[must_use]
        pub fn body(mut self, content_type: &str, body: impl Into<bytes::Bytes>) -> Self {
            self.writer.body(content_type, body.into());
            self
        }

        /// The octets of the message.
        pub fn finish(self) -> Result<bytes::Bytes, crate::message::BuildError> {
            self.writer.finish()
        }
    };
}

pub(crate) use header_methods;
