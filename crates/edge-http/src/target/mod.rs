//! What a request to the edge asks for: the prefix that names where it goes, and the resource behind it.
//!
//! A target has one form only. A path that could be read in two ways (an encoded dot, a dot segment, a parameter, an
//! empty segment, a backslash) is not brought into order, it is refused (RFC 3986 §6.2.2 is left to the client).

mod prefix;
mod resource;

use axum::http::{Method, Uri};

pub use prefix::{NodePrefix, Prefix, Protocol};
pub use resource::Resource;

/// The longest path and query that a client of the edge sends.
const LONGEST: usize = 4096;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The first segment.
    pub prefix: Prefix,
    /// What is behind it.
    pub resource: Resource,
    /// The path behind the prefix, with its slash.
    pub path: String,
    /// The query, as it came.
    pub query: Option<String>,
}

/// Why a target is refused. Each is a `403`: nothing of this edge has such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// Longer than any.
    TooLong,
    /// The path could be read in two ways.
    NotCanonical,
    /// The first segment is neither a domain nor a node.
    Prefix,
    /// Nothing that the edge passes on.
    NotAllowed,
    /// The resource has no such method.
    Method,
}

impl TargetError {
    /// A stable word for logs and answers.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "target_too_long",
            Self::NotCanonical => "path_not_canonical",
            Self::Prefix => "unknown_prefix",
            Self::NotAllowed => "path_not_allowed",
            Self::Method => "method_not_allowed",
        }
    }
}

impl Target {
    /// Reads the target of a request.
    pub fn parse(method: &Method, uri: &Uri) -> Result<Self, TargetError> {
        let (path, query) = (uri.path(), uri.query());
        if path.len() + query.map_or(0, str::len) > LONGEST {
            return Err(TargetError::TooLong);
        }
        if !is_canonical(path) {
            return Err(TargetError::NotCanonical);
        }
        let rest = path.strip_prefix('/').ok_or(TargetError::NotCanonical)?;
        let (segment, _) = rest.split_once('/').ok_or(TargetError::Prefix)?;
        let prefix = Prefix::parse(segment).ok_or(TargetError::Prefix)?;
        let path = rest.strip_prefix(segment).ok_or(TargetError::Prefix)?;
        let resource = Resource::of(&prefix, path).ok_or(TargetError::NotAllowed)?;
        if !resource.has(method) {
            return Err(TargetError::Method);
        }
        Ok(Self { prefix, resource, path: path.to_owned(), query: query.map(str::to_owned) })
    }

    /// The path and query behind the prefix: what the node is asked for.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// Whether every server reads the path alike.
fn is_canonical(path: &str) -> bool {
    let segments_are_plain =
        path.split('/').skip(1).all(|segment| !segment.is_empty() && segment != "." && segment != "..");
    segments_are_plain && octets_are_plain(path.as_bytes())
}

/// Characters of a path that mean nothing special anywhere, or an encoding of one that may not stand there
/// (RFC 3986 §2.1, §3.3).
fn octets_are_plain(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some((octet, after)) = rest.split_first() {
        rest = match octet {
            b'%' => match encoded(after) {
                Some(after) => after,
                None => return false,
            },
            b'/' | b'-' | b'.' | b'_' | b'~' | b'@' | b':' | b'+' | b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b',' => {
                after
            }
            octet if octet.is_ascii_alphanumeric() => after,
            _ => return false,
        };
    }
    true
}

/// What comes after an encoded octet that had to be encoded: a space, or a letter beyond ASCII.
fn encoded(digits: &[u8]) -> Option<&[u8]> {
    let (digits, after) = digits.split_at_checked(2)?;
    let octet = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let plain_digits = digits.iter().all(u8::is_ascii_hexdigit);
    (plain_digits && (octet == b' ' || octet == b'@' || octet >= 0x80)).then_some(after)
}

#[cfg(test)]
mod tests;
