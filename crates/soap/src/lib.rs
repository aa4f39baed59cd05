//! SOAP 1.1 on the wire, document/literal, for those who answer and for those who ask.
//!
//! - [`Element`]: a small tree of elements, each with its namespace; [`Element::parse`] reads one within [`Limits`].
//! - [`Envelope`]: the envelope around one body entry (SOAP 1.1, section 4), and [`Fault`] (section 4.4).
//! - [`Call`]: what a client posts, and how it reads the answer.
//! - [`axl`]: the conventions of the one interface that we speak: its namespace by version, its action, its error.
//!
//! A document is never more than its text: a document type, an entity of its own, a processing instruction and an
//! XInclude are refused (SOAP 1.1, section 3), so nothing is expanded and nothing is fetched. Size, depth and the count of
//! elements and attributes have limits; what is read takes at most a few times the bytes that came.
//!
//! No error and no `Debug` of an error holds text of a document: requests carry passwords.

pub mod axl;
mod call;
mod element;
mod envelope;
mod error;
mod fault;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use call::{AnswerError, CONTENT_TYPE, Call, action};
pub use element::{Attribute, Element};
pub use envelope::{ENVELOPE_NAMESPACE, Envelope};
pub use error::{EnvelopeError, XmlError};
pub use fault::{Fault, FaultCode};
pub use reader::Limits;
