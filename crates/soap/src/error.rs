//! Why a document is refused. Where it says a place, that is the byte at which reading stopped.

use std::fmt;

/// A document that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlError {
    /// It has more bytes than [`crate::Limits::bytes`].
    TooLarge,
    /// Its elements nest deeper than [`crate::Limits::depth`].
    TooDeep,
    /// It has more elements and attributes than [`crate::Limits::nodes`].
    TooManyNodes,
    /// An element has more attributes than [`crate::Limits::attributes`], or more namespaces are in scope.
    TooManyAttributes,
    /// It is not UTF-8, says that it is something else, or has a character that XML 1.0 does not allow.
    Encoding,
    /// It has a document type, where entities would be.
    DocumentType,
    /// It has a processing instruction.
    ProcessingInstruction,
    /// It names an entity that is none of the five of XML.
    Entity,
    /// It wants another document included.
    Inclusion,
    /// A name uses a prefix that is not bound to a namespace.
    UnknownPrefix,
    /// It breaks the grammar of XML.
    NotWellFormed {
        /// The byte.
        at: u64,
        /// What is wrong.
        reason: &'static str,
    },
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the document is too large",
            Self::TooDeep => "the elements nest too deep",
            Self::TooManyNodes => "the document has too many elements and attributes",
            Self::TooManyAttributes => "an element has too many attributes or namespaces",
            Self::Encoding => "the document is not XML 1.0 in UTF-8",
            Self::DocumentType => "a document type is not allowed",
            Self::ProcessingInstruction => "a processing instruction is not allowed",
            Self::Entity => "only the entities of XML itself are allowed",
            Self::Inclusion => "XInclude is not allowed",
            Self::UnknownPrefix => "a prefix is not bound to a namespace",
            Self::NotWellFormed { at, reason } => {
                return write!(f, "the document is not well-formed: {reason} at byte {at}");
            }
        })
    }
}

impl std::error::Error for XmlError {}

/// A document that is no SOAP 1.1 message for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is not read at all.
    Xml(XmlError),
    /// The root is no `Envelope`.
    NoEnvelope,
    /// The `Envelope` is of another SOAP (SOAP 1.1, section 4.1.2).
    VersionMismatch,
    /// A header entry must be understood, and is not (SOAP 1.1, section 4.2.3).
    MustUnderstand,
    /// There is no `Body`, or something that may not be beside it.
    NoBody,
    /// The `Body` does not have exactly one entry.
    NotOneEntry,
}

impl From<XmlError> for EnvelopeError {
    fn from(error: XmlError) -> Self {
        Self::Xml(error)
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xml(error) => error.fmt(f),
            Self::NoEnvelope => f.write_str("the document is not a SOAP envelope"),
            Self::VersionMismatch => f.write_str("the envelope is not of SOAP 1.1"),
            Self::MustUnderstand => f.write_str("a header entry that must be understood is not"),
            Self::NoBody => f.write_str("the envelope has no body, or more than a header and a body"),
            Self::NotOneEntry => f.write_str("the body must have exactly one entry"),
        }
    }
}

impl std::error::Error for EnvelopeError {}
