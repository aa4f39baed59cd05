//! The header parser: start line, header fields, empty line (RFC 3261 §7), fed as the octets arrive.
//!
//! Each octet is looked at once, however the stream was cut. A line that breaks a rule does not stop the parser:
//! the first rule broken is kept and the fields after it are still indexed, because the answer needs the Via,
//! and the stream needs the Content-Length, of a message that is refused.

use bytes::Bytes;

use super::headers::FieldIndex;
use super::start_line::StartLine;
use super::{HeaderName, Violation, limits, syntax};

/// The state of a header that has not ended.
#[derive(Debug, Default)]
pub(crate) struct HeadParser {
    /// No LF stands between the beginning of the current line and here.
    scanned: usize,
    line_start: usize,
    lines: usize,
    start_line_end: Option<usize>,
    index: Vec<FieldIndex>,
    unfolded: Vec<u8>,
    violation: Option<Violation>,
}

/// A header whose empty line was seen, or which was given up.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) start_line: Option<StartLine>,
    pub(crate) index: Vec<FieldIndex>,
    pub(crate) unfolded: Bytes,
    /// Where the empty line begins.
    pub(crate) end: usize,
    pub(crate) content_length: Result<Option<usize>, Violation>,
    pub(crate) violation: Option<Violation>,
}

/// A header has seldom more fields than this.
const USUAL_FIELDS: usize = 28;

impl HeadParser {
    /// Reads on. `octets` begins with the message, as in each earlier call; `true`: the empty line was reached.
    pub(crate) fn advance(&mut self, octets: &[u8]) -> Result<bool, Violation> {
        while let Some(unread) = octets.get(self.scanned..) {
            let Some(line_feed) = memchr::memchr(b'\n', unread).map(|at| self.scanned + at) else {
                break;
            };
            self.scanned = line_feed + 1;
            let Some(line) = octets.get(self.line_start..line_feed) else {
                break;
            };
            let [line @ .., b'\r'] = line else {
                // A lone LF ends no line; what follows it belongs to the same line, which is refused.
                self.note(Violation::BareLineEnd);
                continue;
            };
            if line.is_empty() && self.start_line_end.is_some() {
                return Ok(true);
            }
            self.line(octets, line)?;
            self.line_start = line_feed + 1;
            self.lines += 1;
        }
        self.scanned = octets.len();
        self.check_length(octets, octets.len())?;
        match octets.len() {
            ..=limits::MESSAGE => Ok(false),
            _ => Err(Violation::MessageTooLarge),
        }
    }

    /// The index, after [`advance`](Self::advance) has returned `true` or an error.
    pub(crate) fn finish(mut self, octets: &[u8]) -> Head {
        let line = octets.get(..self.start_line_end.unwrap_or_default()).unwrap_or_default();
        let start_line = StartLine::parse(line);
        // A broken start line outranks broken fields: whose syntax they follow is unknown.
        let violation = start_line.as_ref().err().copied().or(self.violation).or_else(|| self.control_octet(octets));
        let content_length = self.content_length(octets);
        Head {
            start_line: start_line.ok(),
            unfolded: Bytes::from(std::mem::take(&mut self.unfolded)),
            end: self.line_start,
            content_length,
            violation: violation.or_else(|| repeated(&self.index)),
            index: self.index,
        }
    }

    fn line(&mut self, octets: &[u8], line: &[u8]) -> Result<(), Violation> {
        match (self.start_line_end, line.first()) {
            (None, _) => {
                self.start_line_end = Some(line.len());
                self.index.reserve_exact(USUAL_FIELDS);
                self.check_length(octets, line.len())
            }
            (Some(_), Some(&first)) if syntax::is_blank(first) => {
                self.continuation(octets, line);
                self.check_length(octets, self.line_start + line.len())
            }
            _ => self.field(octets, line),
        }
    }

    fn field(&mut self, octets: &[u8], line: &[u8]) -> Result<(), Violation> {
        if self.index.len() == limits::HEADERS {
            return Err(Violation::TooManyHeaders);
        }
        let (name, value) = match memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon)) {
            Some((name, [_, value @ ..])) => (syntax::trim_end(name), value),
            _ => (line, &b""[..]),
        };
        let known = HeaderName::from_bytes(name);
        if known.is_none() && (name.len() == line.len() || !syntax::is_token(name)) {
            self.note(Violation::HeaderLine);
        }
        let value_start = self.line_start + line.len() - syntax::trim_start(value).len();
        self.index.push(FieldIndex {
            start: self.line_start as u32,
            value_start: value_start as u32,
            value_end: (value_start + syntax::trim(value).len()) as u32,
            name_length: name.len() as u16,
            name: known,
            is_folded: false,
        });
        self.check_length(octets, self.line_start + line.len())
    }

    /// Joins a continuation line to its field with one space (RFC 3261 §7.3.1).
    fn continuation(&mut self, octets: &[u8], line: &[u8]) {
        let Some(field) = self.index.last_mut() else {
            return self.note(Violation::HeaderLine);
        };
        if !field.is_folded {
            let value = octets.get(field.value_start as usize..field.value_end as usize).unwrap_or_default();
            field.is_folded = true;
            field.value_start = self.unfolded.len() as u32;
            self.unfolded.extend_from_slice(value);
        }
        let line = syntax::trim(line);
        if !line.is_empty() {
            if self.unfolded.len() > field.value_start as usize {
                self.unfolded.push(b' ');
            }
            self.unfolded.extend_from_slice(line);
        }
        field.value_end = self.unfolded.len() as u32;
    }

    /// Refuses a field that is too long, ended or not. Credentials are exempt, see [`limits::HEADER_LINE`].
    fn check_length(&self, octets: &[u8], end: usize) -> Result<(), Violation> {
        let start = match self.index.last() {
            // The field of the current line, or the one that it may continue.
            Some(field) if field.start as usize == self.line_start || is_continued(octets, self.line_start) => {
                field.start as usize
            }
            _ => self.line_start,
        };
        if end.saturating_sub(start) <= limits::HEADER_LINE || begins_credentials(octets, start) {
            return Ok(());
        }
        Err(Violation::HeaderLineTooLong)
    }

    fn note(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// Looks for control octets. Every line ends with two of them; only when there are more, each value is read.
    fn control_octet(&self, octets: &[u8]) -> Option<Violation> {
        let head = octets.get(..self.line_start)?;
        let controls = head.chunks(128).map(count_controls).sum::<usize>();
        if controls == 2 * self.lines {
            return None;
        }
        super::control::check(head).err()
    }

    fn content_length(&self, octets: &[u8]) -> Result<Option<usize>, Violation> {
        let mut fields = self.index.iter().filter(|field| field.name == Some(HeaderName::ContentLength));
        let Some(field) = fields.next() else {
            return Ok(None);
        };
        if fields.next().is_some() {
            return Err(Violation::ContentLengthRepeated);
        }
        let source = if field.is_folded { &self.unfolded } else { octets };
        let value = source.get(field.value_start as usize..field.value_end as usize).unwrap_or_default();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(Violation::ContentLengthSyntax);
        }
        match syntax::decimal(value).and_then(|length| usize::try_from(length).ok()) {
            Some(length) if length <= limits::MESSAGE => Ok(Some(length)),
            _ => Err(Violation::MessageTooLarge),
        }
    }
}

fn is_continued(octets: &[u8], line_start: usize) -> bool {
    octets.get(line_start).is_some_and(|&first| syntax::is_blank(first))
}

fn begins_credentials(octets: &[u8], start: usize) -> bool {
    let Some((name, _)) = octets.get(start..).and_then(|field| syntax::split_once(field, b':')) else {
        return false;
    };
    let name = HeaderName::from_bytes(syntax::trim_end(name));
    matches!(name, Some(HeaderName::Authorization | HeaderName::ProxyAuthorization))
}

/// Counts in octets, so that the compiler can do many at once; hence at most 255 of them.
fn count_controls(octets: &[u8]) -> usize {
    let count: u8 = octets.iter().map(|&octet| u8::from(syntax::is_control(octet))).fold(0, u8::wrapping_add);
    usize::from(count)
}

/// The first field that may occur once and occurs again.
fn repeated(index: &[FieldIndex]) -> Option<Violation> {
    let mut seen = 0u128;
    for name in index.iter().filter_map(|field| field.name).filter(|name| name.is_single()) {
        let bit = 1u128 << name as u8;
        if seen & bit != 0 {
            return Some(Violation::Repeated(name));
        }
        seen |= bit;
    }
    None
}
