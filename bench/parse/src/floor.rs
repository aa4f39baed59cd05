//! The floor: about the least that safe Rust can do to a message and still find its header fields.
//!
//! One memchr a line, a token table, names matched by length, the index on the stack, and accessors that look
//! only at the octets they return. It checks little: it is the measure, not a parser to use.

use memchr::memchr;

/// The names that the typed accessors ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Other,
    Via,
    From,
    To,
    CallId,
    CSeq,
    Contact,
    ContentLength,
    ProxyAuthorization,
}

#[derive(Clone, Copy)]
struct Field {
    name: Name,
    start: u32,
    end: u32,
}

const FIELDS: usize = 128;

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 128u8 {
        table[octet as usize] = octet.is_ascii_alphanumeric()
            || matches!(octet, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        octet += 1;
    }
    table
};

/// A message by its header fields.
pub struct Index<'a> {
    octets: &'a [u8],
    fields: [Field; FIELDS],
    count: usize,
    pub start_line: &'a [u8],
    pub body: &'a [u8],
}

fn name(octets: &[u8]) -> Name {
    let is = |name: &str| octets.eq_ignore_ascii_case(name.as_bytes());
    match octets.len() {
        1 => match octets[0] | 0x20 {
            b'v' => Name::Via,
            b'f' => Name::From,
            b't' => Name::To,
            b'i' => Name::CallId,
            b'm' => Name::Contact,
            b'l' => Name::ContentLength,
            _ => Name::Other,
        },
        2 if is("To") => Name::To,
        3 if is("Via") => Name::Via,
        4 if is("From") => Name::From,
        4 if is("CSeq") => Name::CSeq,
        7 if is("Call-ID") => Name::CallId,
        7 if is("Contact") => Name::Contact,
        14 if is("Content-Length") => Name::ContentLength,
        19 if is("Proxy-Authorization") => Name::ProxyAuthorization,
        _ => Name::Other,
    }
}

impl<'a> Index<'a> {
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        let first = memchr(b'\n', octets)?;
        let mut index = Self {
            octets,
            fields: [Field { name: Name::Other, start: 0, end: 0 }; FIELDS],
            count: 0,
            start_line: octets[..first].strip_suffix(b"\r")?,
            body: b"",
        };
        let mut at = first + 1;
        loop {
            let line_feed = at + memchr(b'\n', &octets[at..])?;
            let line = octets[at..line_feed].strip_suffix(b"\r")?;
            match line {
                [] => break at = line_feed + 1,
                [b' ' | b'\t', ..] => index.fields.get_mut(index.count.checked_sub(1)?)?.end = (at + line.len()) as u32,
                _ => {
                    let length = line.iter().take_while(|octet| TOKEN[usize::from(**octet)]).count();
                    let colon = length + line[length..].iter().take_while(|octet| **octet == b' ').count();
                    if length == 0 || line.get(colon) != Some(&b':') {
                        return None;
                    }
                    let field = index.fields.get_mut(index.count)?;
                    *field = Field {
                        name: name(&line[..length]),
                        start: (at + colon + 1) as u32,
                        end: (at + line.len()) as u32,
                    };
                    index.count += 1;
                }
            }
            at = line_feed + 1;
        }
        let length: usize = std::str::from_utf8(index.first(Name::ContentLength)?).ok()?.parse().ok()?;
        index.body = octets.get(at..at + length)?;
        Some(index)
    }

    /// The value of the first field of this name.
    pub fn first(&self, name: Name) -> Option<&'a [u8]> {
        let field = self.fields[..self.count].iter().find(|field| field.name == name)?;
        Some(self.octets[field.start as usize..field.end as usize].trim_ascii())
    }
}

/// The value of a parameter.
pub fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = &value[memchr(b'>', value).unwrap_or(0)..];
    while let Some(semicolon) = memchr(b';', rest) {
        rest = &rest[semicolon + 1..];
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && rest.get(name.len()) == Some(&b'=')
        {
            let value = &rest[name.len() + 1..];
            return Some(&value[..memchr(b';', value).unwrap_or(value.len())]);
        }
    }
    None
}

/// The host of the URI in a name and address.
pub fn host(value: &[u8]) -> Option<&[u8]> {
    let uri = match memchr(b'<', value) {
        Some(open) => &value[open + 1..open + memchr(b'>', &value[open..])?],
        None => value,
    };
    let after_scheme = &uri[memchr(b':', uri)? + 1..];
    let host = &after_scheme[memchr(b'@', after_scheme).map_or(0, |at| at + 1)..];
    Some(&host[..host.iter().position(|octet| matches!(octet, b':' | b';' | b'?')).unwrap_or(host.len())])
}

/// The number and the method of CSeq.
pub fn cseq(value: &[u8]) -> Option<(u32, &[u8])> {
    let blank = memchr(b' ', value)?;
    Some((std::str::from_utf8(&value[..blank]).ok()?.parse().ok()?, value[blank..].trim_ascii()))
}
