//! The start line: request line (RFC 3261 §7.1) or status line (§7.2).
//!
//! Our choice: strict, one space between the parts and none around them, as §7.1 says; a line that needs repair
//! is refused, since whoever repairs it otherwise reads another request.

use std::ops::Range;

use super::uri::is_uri_text;
use super::{Method, StatusCode, Violation, syntax};

/// A start line; ranges are offsets in the message.
#[derive(Clone, Debug)]
pub(crate) enum StartLine {
    Request { method: Method, uri: Range<u32> },
    Response { status: StatusCode, reason: Range<u32> },
}

impl StartLine {
    /// Parses the first line, which begins at offset 0, without its CRLF.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, Violation> {
        if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/")) {
            return Self::status_line(line).ok_or(Violation::StatusLine);
        }
        Self::request_line(line)
    }

    fn request_line(line: &[u8]) -> Result<Self, Violation> {
        let (method, rest) = syntax::split_once(line, b' ').ok_or(Violation::StartLine)?;
        let (uri, version) = syntax::split_once(rest, b' ').ok_or(Violation::StartLine)?;
        let method = Method::from_bytes(method).ok_or(Violation::StartLine)?;
        if !is_uri_text(uri) {
            return Err(Violation::StartLine);
        }
        check_version(version)?;
        let start = line.len() - rest.len();
        Ok(Self::Request { method, uri: range(start, start + uri.len()) })
    }

    fn status_line(line: &[u8]) -> Option<Self> {
        let (version, rest) = syntax::split_once(line, b' ')?;
        let (code, reason) = syntax::split_once(rest, b' ')?;
        if !version.eq_ignore_ascii_case(b"SIP/2.0") || code.len() != 3 {
            return None;
        }
        let status = StatusCode::new(u16::try_from(syntax::decimal(code)?).ok()?)?;
        Some(Self::Response { status, reason: range(line.len() - reason.len(), line.len()) })
    }
}

fn check_version(version: &[u8]) -> Result<(), Violation> {
    if version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Ok(());
    }
    let number = version.get(4..).and_then(|number| syntax::split_once(number, b'.'));
    match number {
        Some((major, minor))
            if version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
                && syntax::decimal(major).is_some()
                && syntax::decimal(minor).is_some() =>
        {
            Err(Violation::Version)
        }
        _ => Err(Violation::StartLine),
    }
}

/// A range of the message; a head longer than its limit never reaches here.
fn range(start: usize, end: usize) -> Range<u32> {
    start as u32..end as u32
}
