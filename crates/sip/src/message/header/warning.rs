//! Warning (RFC 3261 §20.43).

use std::borrow::Cow;
use std::fmt;

use crate::message::{HeaderName, Headers, Violation, syntax};

/// A value of Warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning<'a> {
    /// The three-digit code; 399 is any warning that a person should read.
    pub code: u16,
    /// The host or name of who warns.
    pub agent: Cow<'a, str>,
    /// The text, without quotes.
    pub text: Cow<'a, str>,
}

impl<'a> Warning<'a> {
    /// Parses `warn-code SP warn-agent SP warn-text`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (code, rest) = syntax::split_once(value, b' ')?;
        let (agent, text) = syntax::split_once(syntax::trim_start(rest), b' ')?;
        let text = syntax::trim(text);
        let is_quoted = text.first() == Some(&b'"') && syntax::quoted_string_end(text) == Some(text.len());
        if code.len() != 3 || !is_quoted {
            return None;
        }
        Some(Self {
            code: u16::try_from(syntax::decimal(code)?).ok()?,
            agent: String::from_utf8_lossy(agent),
            text: match syntax::unquote(text) {
                Cow::Borrowed(text) => String::from_utf8_lossy(text),
                Cow::Owned(text) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
            },
        })
    }
}

/// The value as it goes into the field.
impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(self.text.len() + 2);
        syntax::push_quoted(self.text.as_bytes(), &mut text);
        write!(f, "{} {} {}", self.code, self.agent, String::from_utf8_lossy(&text))
    }
}

impl Headers {
    /// The Warning values.
    pub fn warnings(&self) -> impl Iterator<Item = Result<Warning<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Warning, Warning::parse)
    }
}
