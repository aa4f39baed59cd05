//! A name and an address: From, To, Contact, Route and the like (RFC 3261 §20.10, §25.1).

use std::borrow::Cow;
use std::fmt;

use crate::message::{HeaderName, Headers, Parameters, Uri, Violation, syntax};

/// A URI with the name to show for it and the parameters of its header field: the text, and where its parts lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NameAddr<'a> {
    value: &'a [u8],
    display_name_end: u16,
    uri_start: u16,
    uri_end: u16,
    parameters_start: u16,
}

impl<'a> NameAddr<'a> {
    /// Parses `( name-addr / addr-spec ) *( SEMI generic-param )`. The URI itself is parsed by [`uri`](Self::uri).
    ///
    /// Without angle brackets every semicolon begins a parameter of the field, not of the URI (§20.10).
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        Self::split(syntax::trim(value)).filter(|address| address.parameters().is_well_formed())
    }

    /// Finds the parts. The parameters are not yet looked at: [`validate`](crate::message::validate()) does it for the
    /// fields of every message, once.
    pub(super) fn split(value: &'a [u8]) -> Option<Self> {
        match find_bracket(value)? {
            Some(open) => Self::in_brackets(value, open),
            None => Self::bare(value),
        }
    }

    fn in_brackets(value: &'a [u8], open: usize) -> Option<Self> {
        let (name, rest) = value.split_at_checked(open)?;
        let (uri, rest) = syntax::split_once(rest.get(1..)?, b'>')?;
        let display_name = syntax::trim_end(name);
        let is_quoted = display_name.first() == Some(&b'"');
        if !is_quoted && !is_unquoted_name(display_name) {
            return None;
        }
        Self::of_parts(value, display_name, (open + 1, uri), rest)
    }

    fn bare(value: &'a [u8]) -> Option<Self> {
        let end = syntax::find(value, b';').unwrap_or(value.len());
        let (uri, rest) = value.split_at_checked(end)?;
        let uri = syntax::trim_end(uri);
        // §20.10: a URI with a comma, question mark or semicolon must be in brackets.
        if uri.is_empty() || memchr::memchr2(b',', b'?', uri).is_some() {
            return None;
        }
        Self::of_parts(value, b"", (0, uri), rest)
    }

    fn of_parts(value: &'a [u8], display_name: &[u8], uri: (usize, &[u8]), rest: &[u8]) -> Option<Self> {
        let length = u16::try_from(value.len()).ok()?;
        let (uri_start, uri) = uri;
        Some(Self {
            value,
            display_name_end: display_name.len() as u16,
            uri_start: uri_start as u16,
            uri_end: (uri_start + uri.len()) as u16,
            parameters_start: length - Parameters::split(rest)?.as_bytes().len() as u16,
        })
    }

    fn part(&self, start: u16, end: u16) -> &'a [u8] {
        self.value.get(usize::from(start)..usize::from(end)).unwrap_or_default()
    }

    /// The URI.
    pub fn uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri_bytes())
    }

    /// The octets of the URI.
    pub fn uri_bytes(&self) -> &'a [u8] {
        self.part(self.uri_start, self.uri_end)
    }

    /// The display name without quotes and backslashes; `None` if there is none.
    pub fn display_name(&self) -> Option<Cow<'a, [u8]>> {
        let display_name = self.part(0, self.display_name_end);
        (!display_name.is_empty()).then(|| syntax::unquote(display_name))
    }

    /// The parameters of the header field.
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.value.get(usize::from(self.parameters_start)..).unwrap_or_default())
    }

    /// The value of a parameter, as written.
    pub fn parameter(&self, name: &str) -> Option<&'a [u8]> {
        self.parameters().get(name)
    }

    /// The `tag` parameter (RFC 3261 §19.3).
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.parameter("tag")
    }
}

impl fmt::Debug for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(self.value))
    }
}

/// Where the opening angle bracket is, if there is one; `None`: a quoted string does not end, or ends in the open.
fn find_bracket(value: &[u8]) -> Option<Option<usize>> {
    let [b'"', ..] = value else {
        return Some(syntax::find(value, b'<'));
    };
    let quoted = syntax::quoted_string_end(value)?;
    let rest = value.get(quoted..)?;
    let blanks = rest.len() - syntax::trim_start(rest).len();
    (rest.get(blanks) == Some(&b'<')).then_some(Some(quoted + blanks))
}

/// `display-name  =  *(token LWS)`
///
/// Our choice: octets beyond ASCII are taken too, since clients write names in UTF-8 without quotes.
fn is_unquoted_name(name: &[u8]) -> bool {
    const NAME: [bool; 256] = syntax::class(b"-.!%*_+`'~ \t");
    name.iter().all(|&octet| octet >= 0x80 || syntax::is_in(&NAME, octet))
}

impl Headers {
    /// From.
    pub fn from(&self) -> Result<NameAddr<'_>, Violation> {
        self.mandatory(HeaderName::From, NameAddr::split)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr<'_>, Violation> {
        self.mandatory(HeaderName::To, NameAddr::split)
    }

    /// The Route values, first the next hop (RFC 3261 §20.34).
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Route, NameAddr::split)
    }

    /// The Record-Route values, in wire order (RFC 3261 §20.30).
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::RecordRoute, NameAddr::split)
    }

    /// The Path values, in wire order (RFC 3327).
    pub fn paths(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Path, NameAddr::split)
    }

    /// The values of another field that is a list of names and addresses, as Remote-Party-ID or Diversion.
    pub fn name_addrs(&self, name: HeaderName) -> impl Iterator<Item = Result<NameAddr<'_>, Violation>> + Clone {
        self.parsed_values(name, NameAddr::parse)
    }
}
