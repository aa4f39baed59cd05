//! Replaces (RFC 3891 §6.1): the dialog that an INVITE takes the place of.

use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// The value of Replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaces<'a> {
    /// The Call-ID of the dialog.
    pub call_id: &'a [u8],
    /// The tag that is local at the receiver of the INVITE.
    pub to_tag: &'a [u8],
    /// The tag that is remote at the receiver of the INVITE.
    pub from_tag: &'a [u8],
    /// Whether only an early dialog may be replaced.
    pub is_early_only: bool,
}

impl<'a> Replaces<'a> {
    /// Parses `callid *(SEMI replaces-param)`, in which each tag must occur once.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let end = syntax::find(value, b';')?;
        let (call_id, parameters) = value.split_at_checked(end)?;
        let parameters = Parameters::parse(parameters)?;
        let once = |name: &str| {
            let mut same = parameters.iter().filter(|one| one.name.eq_ignore_ascii_case(name.as_bytes()));
            let value = same.next()?.value;
            same.next().is_none().then_some(value)?
        };
        Some(Self {
            call_id: syntax::trim_end(call_id),
            to_tag: once("to-tag")?,
            from_tag: once("from-tag")?,
            is_early_only: parameters.contains("early-only"),
        })
    }
}

impl Headers {
    /// Replaces.
    pub fn replaces(&self) -> Result<Option<Replaces<'_>>, Violation> {
        self.parsed(HeaderName::Replaces, Replaces::parse)
    }
}
