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
    /// Which field is Content-Length, and whether there are several.
    content_length: Option<usize>,
    is_content_length_repeated: bool,
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
        self.check_unfinished(octets)?;
        Ok(false)
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
        match (self.start_line_end, line) {
            (None, _) => {
                self.start_line_end = Some(line.len());
                self.index.reserve_exact(USUAL_FIELDS);
                check_length(octets, 0, line.len())
            }
            (Some(_), [b' ' | b'\t', ..]) => self.continuation(octets, line),
            (Some(_), _) => self.field(octets, line),
        }
    }

    fn field(&mut self, octets: &[u8], line: &[u8]) -> Result<(), Violation> {
        if self.index.len() == limits::HEADERS {
            return Err(Violation::TooManyHeaders);
        }
        check_length(octets, self.line_start, line.len())?;
        let colon = syntax::find(line, b':').unwrap_or(line.len());
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let (name, value) = (syntax::trim_end(name), syntax::trim_start(value.get(1..).unwrap_or_default()));
        let known = HeaderName::from_bytes(name);
        if known.is_none() && (colon == line.len() || !syntax::is_token(name)) {
            self.note(Violation::HeaderLine);
        }
        if known == Some(HeaderName::ContentLength) {
            self.is_content_length_repeated |= self.content_length.replace(self.index.len()).is_some();
        }
        let value_start = self.line_start + line.len() - value.len();
        self.index.push(FieldIndex {
            start: self.line_start as u32,
            value_start: value_start as u32,
            value_end: (value_start + syntax::trim_end(value).len()) as u32,
            name_length: name.len() as u16,
            name: known,
            is_folded: false,
        });
        Ok(())
    }

    /// Joins a continuation line to its field with one space (RFC 3261 §7.3.1).
    fn continuation(&mut self, octets: &[u8], line: &[u8]) -> Result<(), Violation> {
        let Some(field) = self.index.last_mut() else {
            self.note(Violation::HeaderLine);
            return check_length(octets, self.line_start, line.len());
        };
        let start = field.start as usize;
        if let Err(violation) = check_length(octets, start, self.line_start + line.len() - start) {
            return Err(self.give_up_field(violation));
        }
        if !field.is_folded {
            let value = octets.get(field.value_start as usize..field.value_end as usize).unwrap_or_default();
            field.is_folded = true;
            field.value_start = self.unfolded.len() as u32;
            self.unfolded.extend_from_slice(value);
        }
        let text = syntax::trim(line);
        if !text.is_empty() && self.unfolded.len() > field.value_start as usize {
            self.unfolded.push(b' ');
        }
        self.unfolded.extend_from_slice(text);
        field.value_end = self.unfolded.len() as u32;
        Ok(())
    }

    /// Checks what has arrived of a line whose end has not.
    fn check_unfinished(&mut self, octets: &[u8]) -> Result<(), Violation> {
        // A CR at the very end may be half of the line's end.
        let end = octets.strip_suffix(b"\r").unwrap_or(octets).len();
        match (self.index.last(), octets.get(self.line_start)) {
            (Some(field), Some(b' ' | b'\t')) => {
                let start = field.start as usize;
                check_length(octets, start, end - start).map_err(|violation| self.give_up_field(violation))?;
            }
            _ => check_length(octets, self.line_start, end.saturating_sub(self.line_start))?,
        }
        if octets.len() > limits::MESSAGE { Err(Violation::MessageTooLarge) } else { Ok(()) }
    }

    /// Forgets a field that is too long: what was read of it is not what its sender wrote.
    fn give_up_field(&mut self, violation: Violation) -> Violation {
        self.index.pop();
        violation
    }

    fn note(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// Looks for control octets. Every line ends with two of them; only when there are more, or tabs, is each value
    /// read.
    fn control_octet(&self, octets: &[u8]) -> Option<Violation> {
        let head = octets.get(..self.line_start)?;
        if count_controls(head) == 2 * self.lines {
            return None;
        }
        super::control::check(head).err()
    }

    fn content_length(&self, octets: &[u8]) -> Result<Option<usize>, Violation> {
        if self.is_content_length_repeated {
            return Err(Violation::ContentLengthRepeated);
        }
        let Some(field) = self.content_length.and_then(|field| self.index.get(field)) else {
            return Ok(None);
        };
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

/// Refuses a line or field that is too long. Credentials are exempt, see [`limits::HEADER_LINE`].
#[inline]
fn check_length(octets: &[u8], start: usize, length: usize) -> Result<(), Violation> {
    if length <= limits::HEADER_LINE || begins_credentials(octets, start) {
        return Ok(());
    }
    Err(Violation::HeaderLineTooLong)
}

fn begins_credentials(octets: &[u8], start: usize) -> bool {
    let Some((name, _)) = octets.get(start..).and_then(|field| syntax::split_once(field, b':')) else {
        return false;
    };
    let name = HeaderName::from_bytes(syntax::trim_end(name));
    matches!(name, Some(HeaderName::Authorization | HeaderName::ProxyAuthorization))
}

/// Counts the octets below space, and DEL.
///
/// In 32 lanes of one octet each, which the compiler turns into vectors; a lane overflows after 255 blocks.
fn count_controls(octets: &[u8]) -> usize {
    let is_control = |octet: u8| u8::from(octet < b' ' || octet == 0x7f);
    let (blocks, rest) = octets.as_chunks::<32>();
    let in_blocks = blocks.chunks(255).map(|blocks| {
        let mut lanes = [0u8; 32];
        for block in blocks {
            lanes.iter_mut().zip(block).for_each(|(lane, &octet)| *lane = lane.wrapping_add(is_control(octet)));
        }
        lanes.into_iter().map(usize::from).sum::<usize>()
    });
    in_blocks.sum::<usize>() + rest.iter().map(|&octet| usize::from(is_control(octet))).sum::<usize>()
}

/// The first field that may occur once and occurs again.
fn repeated(index: &[FieldIndex]) -> Option<Violation> {
    let mut has_occurred = [false; 128];
    for name in index.iter().filter_map(|field| field.name) {
        let has_occurred = has_occurred.get_mut(name as usize)?;
        if *has_occurred && name.is_single() {
            return Some(Violation::Repeated(name));
        }
        *has_occurred = true;
    }
    None
}
