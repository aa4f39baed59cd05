//! Changes a message for forwarding (RFC 3261 §16.6, §16.7): every line that is not changed keeps its octets, unless
//! the copy is asked to be [canonical](Edit::canonical).

use bytes::Bytes;

use super::uri::is_uri_text;
use super::writer::{Writer, push_line};
use super::{BuildError, HeaderField, HeaderName, Headers, UriBuf, syntax};

/// A changed copy of a message, being made.
#[derive(Debug)]
pub struct Edit<'a> {
    headers: &'a Headers,
    start_line: Vec<u8>,
    changes: Vec<(HeaderName, Change)>,
    removed_extensions: Vec<String>,
    /// Fields above all others, the one added last on top.
    first: Vec<Vec<u8>>,
    last: Writer,
    body: Option<Bytes>,
    is_canonical: bool,
}

/// What happens to the fields of a name.
#[derive(Debug)]
enum Change {
    Remove,
    /// The first value of the first field goes; with it the field, if that was its only value.
    RemoveTop,
    /// The first field gets this value, others go.
    Replace(Vec<u8>),
    /// In place of the first field these fields stand, others go.
    Values(Vec<Vec<u8>>),
}

impl<'a> Edit<'a> {
    pub(crate) fn new(headers: &'a Headers) -> Self {
        let octets = &headers.bytes;
        let start_line = octets.get(..memchr::memchr(b'\r', octets).unwrap_or_default()).unwrap_or_default();
        Self {
            headers,
            start_line: start_line.to_vec(),
            changes: Vec::new(),
            removed_extensions: Vec::new(),
            first: Vec::new(),
            last: Writer::new(Vec::new()),
            body: None,
            is_canonical: false,
        }
    }

    /// Writes every field anew from its parsed value, so that whoever reads the copy reads what was parsed here: known
    /// names in their long form, one space behind the colon, no folds, and one Content-Length, counted here.
    #[must_use]
    pub const fn canonical(mut self) -> Self {
        self.is_canonical = true;
        self
    }

    /// Gives a request another Request-URI.
    #[must_use]
    pub fn request_uri(mut self, uri: &UriBuf) -> Self {
        let method_length = memchr::memchr(b' ', &self.start_line).unwrap_or_default();
        if !is_uri_text(uri.as_bytes()) || self.start_line.starts_with(b"SIP/") {
            self.last.fail(BuildError::Uri);
            return self;
        }
        self.start_line.truncate(method_length + 1);
        self.start_line.extend_from_slice(uri.as_bytes());
        self.start_line.extend_from_slice(b" SIP/2.0");
        self
    }

    /// Puts a Via above all others (RFC 3261 §16.6 step 8).
    #[must_use]
    pub fn with_via(self, value: impl AsRef<[u8]>) -> Self {
        self.prepend(HeaderName::Via, value)
    }

    /// Puts a field above all others.
    #[must_use]
    pub fn prepend(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        if self.check(name, value.as_ref()) {
            let mut line = Vec::new();
            push_line(&mut line, name.as_str().as_bytes(), value.as_ref());
            self.first.push(line);
        }
        self
    }

    /// Puts a field below all others.
    #[must_use]
    pub fn append(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        self.last.header(name, value.as_ref());
        self
    }

    /// Puts a field that [`HeaderName`] does not know below all others.
    #[must_use]
    pub fn append_extension(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.last.extension_header(name, value.as_ref());
        self
    }

    /// Gives the first field of this name another value and removes the others; without any, appends one.
    #[must_use]
    pub fn replace(mut self, name: HeaderName, value: impl AsRef<[u8]>) -> Self {
        if !self.headers.contains(name) {
            return self.append(name, value);
        }
        if self.check(name, value.as_ref()) {
            self.changes.push((name, Change::Replace(value.as_ref().to_vec())));
        }
        self
    }

    /// Gives a list these values, each in a field of its own where the first field stood; without any value the list
    /// is removed. A name that is not there is not added.
    #[must_use]
    pub fn values<V: AsRef<[u8]>>(mut self, name: HeaderName, values: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<Vec<u8>> = values.into_iter().map(|value| value.as_ref().to_vec()).collect();
        if values.iter().all(|value| self.check(name, value)) {
            self.changes.push((name, Change::Values(values)));
        }
        self
    }

    /// Removes every field of this name.
    #[must_use]
    pub fn remove(mut self, name: HeaderName) -> Self {
        self.changes.push((name, Change::Remove));
        self
    }

    /// Removes every field of a name that [`HeaderName`] does not know.
    #[must_use]
    pub fn remove_extension(mut self, name: &str) -> Self {
        self.removed_extensions.push(name.to_owned());
        self
    }

    /// Removes the first value of a list: the Via of a response (RFC 3261 §16.7 step 3), the Route that was
    /// reached (§16.4).
    #[must_use]
    pub fn remove_top(mut self, name: HeaderName) -> Self {
        self.changes.push((name, Change::RemoveTop));
        self
    }

    /// Gives the message another body, its Content-Type and its Content-Length.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.replace(HeaderName::ContentType, content_type)
    }

    /// Gives the message another body of the type that it has, and its Content-Length.
    #[must_use]
    pub fn same_type_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Takes the body away.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        self.body = Some(Bytes::new());
        self.remove(HeaderName::ContentType)
    }

    /// The octets of the changed message.
    pub fn finish(self) -> Result<Bytes, BuildError> {
        if let Some(error) = self.last.error {
            return Err(error);
        }
        let mut octets = Vec::with_capacity(self.headers.bytes.len() + 512);
        octets.extend_from_slice(&self.start_line);
        octets.extend_from_slice(b"\r\n");
        self.first.iter().rev().for_each(|line| octets.extend_from_slice(line));
        self.push_fields(&mut octets);
        octets.extend_from_slice(&self.last.octets);
        let body = self.body.as_deref().unwrap_or(self.headers.body());
        let has_length = self.headers.contains(HeaderName::ContentLength);
        if self.is_canonical || (self.body.is_some() && !has_length) {
            push_line(&mut octets, HeaderName::ContentLength.as_str().as_bytes(), body.len().to_string().as_bytes());
        }
        octets.extend_from_slice(b"\r\n");
        octets.extend_from_slice(body);
        Ok(Bytes::from(octets))
    }

    fn push_fields(&self, octets: &mut Vec<u8>) {
        let mut met: Vec<HeaderName> = Vec::new();
        for field in self.headers.iter() {
            if field.known() == Some(HeaderName::ContentLength) && (self.is_canonical || self.body.is_some()) {
                if let (false, Some(body)) = (self.is_canonical, &self.body) {
                    push_line(octets, field.name(), body.len().to_string().as_bytes());
                }
                continue;
            }
            let change = field.known().and_then(|name| {
                let (_, change) = self.changes.iter().rev().find(|(changed, _)| *changed == name)?;
                Some((name, change))
            });
            let Some((name, change)) = change else {
                if !self.is_removed_extension(field.name()) {
                    self.push_unchanged(field, octets);
                }
                continue;
            };
            let is_first = !met.contains(&name);
            met.push(name);
            match change {
                Change::Replace(value) if is_first => push_line(octets, self.name_of(&field), value),
                Change::Values(values) if is_first => {
                    values.iter().for_each(|value| push_line(octets, self.name_of(&field), value));
                }
                Change::Replace(_) | Change::Values(_) | Change::Remove => {}
                Change::RemoveTop if is_first => {
                    if let Some(comma) = syntax::find_unquoted(field.value(), b',') {
                        let rest = field.value().get(comma + 1..).unwrap_or_default();
                        push_line(octets, self.name_of(&field), syntax::trim(rest));
                    }
                }
                Change::RemoveTop => self.push_unchanged(field, octets),
            }
        }
    }

    fn push_unchanged(&self, field: HeaderField<'_>, octets: &mut Vec<u8>) {
        if self.is_canonical {
            push_line(octets, self.name_of(&field), field.value());
        } else {
            octets.extend_from_slice(field.line());
        }
    }

    fn name_of<'f>(&self, field: &HeaderField<'f>) -> &'f [u8] {
        match field.known() {
            Some(name) if self.is_canonical => name.as_str().as_bytes(),
            _ => field.name(),
        }
    }

    fn is_removed_extension(&self, name: &[u8]) -> bool {
        self.removed_extensions.iter().any(|removed| removed.as_bytes().eq_ignore_ascii_case(name))
    }

    fn check(&mut self, name: HeaderName, value: &[u8]) -> bool {
        let is_clean = !value.iter().copied().any(syntax::is_control);
        if !is_clean {
            self.last.fail(BuildError::ControlOctet(name));
        }
        is_clean
    }
}
