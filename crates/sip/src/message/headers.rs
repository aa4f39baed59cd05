//! The header fields of one message, in wire order, found through a compact index (RFC 3261 §7.3).
//!
//! The index holds offsets, so a message is its octets and one allocation beside them, and every octet that came
//! in goes out again. A folded value is read through an unfolded copy, where each fold is one space, so that no
//! two readers of the same message can disagree about it.

use std::fmt;

use bytes::Bytes;

use super::syntax::List;
use super::{HeaderName, Violation};

/// Where one header field lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldIndex {
    pub(crate) start: u32,
    pub(crate) value_start: u32,
    pub(crate) value_end: u32,
    pub(crate) name_length: u16,
    pub(crate) name: Option<HeaderName>,
    pub(crate) is_folded: bool,
}

/// The header of a message.
#[derive(Clone)]
pub struct Headers {
    pub(crate) bytes: Bytes,
    /// Values of folded fields, unfolded; their offsets in the index point in here.
    pub(crate) unfolded: Bytes,
    pub(crate) index: Vec<FieldIndex>,
    /// Where the empty line begins.
    pub(crate) end: u32,
}

/// One header field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HeaderField<'a> {
    known: Option<HeaderName>,
    name: &'a [u8],
    value: &'a [u8],
    line: &'a [u8],
}

impl<'a> HeaderField<'a> {
    /// The name, if this crate knows it.
    pub const fn known(&self) -> Option<HeaderName> {
        self.known
    }

    /// The name as the sender wrote it.
    pub const fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The value, unfolded and without the blanks around it.
    pub const fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The whole field as it came, its folds and its last CRLF included.
    pub const fn line(&self) -> &'a [u8] {
        self.line
    }
}

impl Headers {
    /// The fields in wire order.
    pub fn iter(&self) -> impl Iterator<Item = HeaderField<'_>> + Clone {
        let ends = self.index.iter().skip(1).map(|next| next.start).chain([self.end]);
        self.index.iter().zip(ends).map(|(field, end)| self.field(field, end))
    }

    /// The value of the first field of this name.
    pub fn first(&self, name: HeaderName) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The value of each field of this name, lists not yet split.
    pub fn all(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> + Clone {
        self.index.iter().filter(move |field| field.name == Some(name)).map(|field| self.value(field))
    }

    /// The values of a comma-separated field, over all its lines (RFC 3261 §7.3.1).
    pub fn values(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> + Clone {
        self.all(name).flat_map(List::new).filter(|value| !value.is_empty())
    }

    /// The value of the first field of a name that [`HeaderName`] need not know.
    pub fn first_named(&self, name: &str) -> Option<&[u8]> {
        match HeaderName::from_bytes(name.as_bytes()) {
            Some(known) => self.first(known),
            None => self
                .index
                .iter()
                .find(|field| field.name.is_none() && self.name(field).eq_ignore_ascii_case(name.as_bytes()))
                .map(|field| self.value(field)),
        }
    }

    /// Whether a field of this name is there.
    pub fn contains(&self, name: HeaderName) -> bool {
        self.index.iter().any(|field| field.name == Some(name))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no field at all.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The parsed value of the first field of this name, if the field is there.
    pub(crate) fn parsed<'a, T>(
        &'a self,
        name: HeaderName,
        parse: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<Option<T>, Violation> {
        self.first(name).map(|value| parse(value).ok_or(Violation::Syntax(name))).transpose()
    }

    /// The parsed value of the first field of this name, which must be there.
    pub(crate) fn mandatory<'a, T>(
        &'a self,
        name: HeaderName,
        parse: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<T, Violation> {
        self.parsed(name, parse)?.ok_or(Violation::Missing(name))
    }

    /// The parsed values of a comma-separated field.
    pub(crate) fn parsed_values<'a, T>(
        &'a self,
        name: HeaderName,
        parse: impl Fn(&'a [u8]) -> Option<T> + Clone,
    ) -> impl Iterator<Item = Result<T, Violation>> + Clone {
        self.values(name).map(move |value| parse(value).ok_or(Violation::Syntax(name)))
    }

    /// The octets behind the empty line.
    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(self.end as usize + 2..).unwrap_or_default()
    }

    fn field(&self, field: &FieldIndex, end: u32) -> HeaderField<'_> {
        HeaderField {
            known: field.name,
            name: self.name(field),
            value: self.value(field),
            line: slice(&self.bytes, field.start, end),
        }
    }

    fn name(&self, field: &FieldIndex) -> &[u8] {
        slice(&self.bytes, field.start, field.start + u32::from(field.name_length))
    }

    fn value(&self, field: &FieldIndex) -> &[u8] {
        let octets = if field.is_folded { &self.unfolded } else { &self.bytes };
        slice(octets, field.value_start, field.value_end)
    }
}

/// The octets of a range of the index, which its parser made from the same octets.
fn slice(octets: &[u8], start: u32, end: u32) -> &[u8] {
    octets.get(start as usize..end as usize).unwrap_or_default()
}

impl fmt::Debug for HeaderField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match self.known {
            Some(HeaderName::Authorization | HeaderName::ProxyAuthorization) => "<redacted>".into(),
            _ => String::from_utf8_lossy(self.value),
        };
        write!(f, "{}: {}", String::from_utf8_lossy(self.name), value)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
