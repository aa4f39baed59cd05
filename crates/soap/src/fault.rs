//! The fault (SOAP 1.1, section 4.4): who is at fault, in words, with details.

use crate::element::Element;
use crate::envelope::{ENVELOPE_NAMESPACE, Envelope};
use crate::error::EnvelopeError;

/// Who is at fault (SOAP 1.1, section 4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// The envelope is of another version.
    VersionMismatch,
    /// A header entry is not understood.
    MustUnderstand,
    /// The request.
    Client,
    /// The server, or what it stands on.
    Server,
}

impl FaultCode {
    /// The code's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }

    /// Reads a code. What stands behind a dot is a finer division of what stands before it.
    fn parse(text: &str) -> Self {
        let name = text.trim().rsplit(':').next().unwrap_or_default();
        match name.split('.').next().unwrap_or_default() {
            "VersionMismatch" => Self::VersionMismatch,
            "MustUnderstand" => Self::MustUnderstand,
            "Client" => Self::Client,
            _ => Self::Server,
        }
    }
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Who is at fault.
    pub code: FaultCode,
    /// What is wrong, for a person.
    pub string: String,
    /// The entries of the detail.
    pub detail: Vec<Element>,
}

impl Fault {
    /// A fault without detail.
    #[must_use]
    pub fn new(code: FaultCode, string: impl Into<String>) -> Self {
        Self { code, string: string.into(), detail: Vec::new() }
    }

    /// The fault of a message that is none for us.
    #[must_use]
    pub fn of(error: &EnvelopeError) -> Self {
        let code = match error {
            EnvelopeError::VersionMismatch => FaultCode::VersionMismatch,
            EnvelopeError::MustUnderstand => FaultCode::MustUnderstand,
            _ => FaultCode::Client,
        };
        Self::new(code, error.to_string())
    }

    /// The fault of a body's entry, if it is one.
    #[must_use]
    pub fn read(entry: &Element) -> Option<Self> {
        if !entry.is(ENVELOPE_NAMESPACE, "Fault") {
            return None;
        }
        let text = |name| entry.child_text(name).unwrap_or_default();
        Some(Self {
            code: FaultCode::parse(text("faultcode")),
            string: text("faultstring").trim().to_owned(),
            detail: entry.child("detail").map(|detail| detail.children.clone()).unwrap_or_default(),
        })
    }

    /// The fault as a body's entry.
    #[must_use]
    pub fn to_element(&self) -> Element {
        let fault = Element::qualified(ENVELOPE_NAMESPACE, "Fault")
            // The prefix that the writer gives to the envelope's namespace.
            .with_text("faultcode", format!("soapenv:{}", self.code.name()))
            .with_text("faultstring", self.string.as_str());
        if self.detail.is_empty() {
            return fault;
        }
        fault.with(Element::new("detail").with_all(self.detail.iter().cloned()))
    }

    /// The fault as a message.
    #[must_use]
    pub fn to_envelope(&self) -> Envelope {
        Envelope::new(self.to_element())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.string)
    }
}
