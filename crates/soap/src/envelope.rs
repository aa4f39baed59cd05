//! The envelope (SOAP 1.1, section 4): a header that we understand nothing of, and a body with one entry.

use crate::element::Element;
use crate::error::EnvelopeError;
use crate::reader::Limits;

/// The namespace of a SOAP 1.1 envelope.
pub const ENVELOPE_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The actor that every node on the way is.
const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// A message: the one entry of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The entry: a request, a response, or a `Fault`.
    pub entry: Element,
}

impl Envelope {
    /// An envelope around an entry.
    #[must_use]
    pub fn new(entry: Element) -> Self {
        Self { entry }
    }

    /// Reads a message.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, EnvelopeError> {
        let root = Element::parse(document, limits)?;
        if root.name() != "Envelope" {
            return Err(EnvelopeError::NoEnvelope);
        }
        if root.namespace() != Some(ENVELOPE_NAMESPACE) {
            return Err(EnvelopeError::VersionMismatch);
        }
        let mut children = root.children.into_iter().peekable();
        if let Some(header) = children.next_if(|child| child.is(ENVELOPE_NAMESPACE, "Header"))
            && header.children.iter().any(must_understand)
        {
            return Err(EnvelopeError::MustUnderstand);
        }
        let body = children.next().filter(|child| child.is(ENVELOPE_NAMESPACE, "Body"));
        let body = body.filter(|_| children.next().is_none()).ok_or(EnvelopeError::NoBody)?;
        let mut entries = body.children.into_iter();
        match (entries.next(), entries.next()) {
            (Some(entry), None) => Ok(Self { entry }),
            _ => Err(EnvelopeError::NotOneEntry),
        }
    }

    /// The message as a document.
    #[must_use]
    pub fn to_document(&self) -> String {
        let body = Element::qualified(ENVELOPE_NAMESPACE, "Body").with(self.entry.clone());
        Element::qualified(ENVELOPE_NAMESPACE, "Envelope").with(body).to_document()
    }
}

/// Whether an entry is for us and may not be passed over (SOAP 1.1, sections 4.2.2 and 4.2.3).
fn must_understand(entry: &Element) -> bool {
    let for_us = entry.attribute_of(ENVELOPE_NAMESPACE, "actor").is_none_or(|actor| actor.is_empty() || actor == NEXT);
    let must = entry.attribute_of(ENVELOPE_NAMESPACE, "mustUnderstand");
    for_us && must.is_some_and(|value| value == "1" || value == "true")
}
