//! Contact (RFC 3261 §20.10).

use super::NameAddr;
use crate::message::{HeaderName, Headers, Violation, syntax};

/// A value of Contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: in a REGISTER with Expires 0, every binding (RFC 3261 §10.2.2).
    Any,
    /// An address.
    Address(NameAddr<'a>),
}

impl<'a> Contact<'a> {
    fn parse(value: &'a [u8]) -> Option<Self> {
        match value {
            b"*" => Some(Self::Any),
            _ => NameAddr::split(value).map(Self::Address),
        }
    }

    /// The address, unless this is `*`.
    pub const fn address(&self) -> Option<NameAddr<'a>> {
        match self {
            Self::Any => None,
            Self::Address(address) => Some(*address),
        }
    }
}

impl NameAddr<'_> {
    /// The `expires` parameter of a Contact, in seconds; one that is malformed is as 3600 (RFC 3261 §10.2.1.1).
    pub fn expires_seconds(&self) -> Option<u32> {
        self.parameters()
            .find("expires")
            .map(|expires| syntax::decimal(expires.value.unwrap_or_default()).unwrap_or(3_600))
    }
}

impl Headers {
    /// The Contact values.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, Violation>> + Clone {
        self.parsed_values(HeaderName::Contact, Contact::parse)
    }

    /// The address of the first Contact: the remote target of a dialog (RFC 3261 §12).
    pub fn contact(&self) -> Result<Option<NameAddr<'_>>, Violation> {
        let first = self.parsed(HeaderName::Contact, |value| Contact::parse(syntax::List::new(value).next()?))?;
        Ok(first.and_then(|contact| contact.address()))
    }
}
