//! Reason (RFC 3326 §2).

use std::borrow::Cow;

use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// A value of Reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850` or another token.
    pub protocol: &'a [u8],
    /// The parameters, as `cause` and `text`.
    pub parameters: Parameters<'a>,
}

impl<'a> Reason<'a> {
    /// Parses `protocol *(SEMI reason-params)`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let end = syntax::find(value, b';').unwrap_or(value.len());
        let (protocol, parameters) = value.split_at_checked(end)?;
        let protocol = syntax::trim_end(protocol);
        let is_token = syntax::is_token(protocol);
        is_token.then_some(Self { protocol, parameters: Parameters::parse(parameters)? })
    }

    /// The `cause` parameter.
    pub fn cause(&self) -> Option<u32> {
        syntax::decimal(self.parameters.get("cause")?)
    }

    /// The `text` parameter, without quotes.
    pub fn text(&self) -> Option<Cow<'a, [u8]>> {
        self.parameters.find("text").map(|text| text.unquoted())
    }
}

impl Headers {
    /// The Reason values.
    pub fn reasons(&self) -> impl Iterator<Item = Result<Reason<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Reason, Reason::parse)
    }
}
