//! A client's side: what it posts, and how it reads what comes back (SOAP 1.1, section 6).

use std::fmt;

use crate::element::Element;
use crate::envelope::Envelope;
use crate::error::EnvelopeError;
use crate::fault::Fault;
use crate::reader::Limits;

/// The `Content-Type` of a message.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// A request to post: its body and its action.
#[derive(Clone, Debug)]
pub struct Call {
    /// The value of the header `SOAPAction`, with its quotation marks.
    pub soap_action: String,
    /// What is in the body of the envelope.
    pub entry: Element,
}

impl Call {
    /// The body of the POST, of type [`CONTENT_TYPE`].
    #[must_use]
    pub fn to_document(&self) -> String {
        Envelope::new(self.entry.clone()).to_document()
    }

    /// Reads the answer: the entry that is named for the request, with `Response` behind.
    ///
    /// # Errors
    /// A fault, another HTTP status than `200` without one, or what is no answer to this request.
    pub fn read_answer(&self, status: u16, body: &[u8], limits: &Limits) -> Result<Element, AnswerError> {
        let entry = match (status, Envelope::parse(body, limits)) {
            (_, Ok(envelope)) => envelope.entry,
            (200, Err(error)) => return Err(AnswerError::Envelope(error)),
            (status, Err(_)) => return Err(AnswerError::Status(status)),
        };
        if let Some(fault) = Fault::read(&entry) {
            return Err(AnswerError::Fault(Box::new(fault)));
        }
        if status != 200 {
            return Err(AnswerError::Status(status));
        }
        let expected = entry.name().strip_suffix("Response") == Some(self.entry.name());
        if expected && entry.namespace() == self.entry.namespace() { Ok(entry) } else { Err(AnswerError::Other) }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The server answered with a fault.
    Fault(Box<Fault>),
    /// The server answered with this HTTP status, and no fault.
    Status(u16),
    /// The server answered with what is no message.
    Envelope(EnvelopeError),
    /// The server answered with something else than what was asked for.
    Other,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => write!(f, "the server refused: {fault}"),
            Self::Status(status) => write!(f, "the server answered with HTTP status {status}"),
            Self::Envelope(error) => write!(f, "the server's answer is no SOAP message: {error}"),
            Self::Other => f.write_str("the server answered with something that was not asked for"),
        }
    }
}

impl std::error::Error for AnswerError {}

/// The action that a `SOAPAction` header names, without its quotation marks.
#[must_use]
pub fn action(header: &str) -> &str {
    let header = header.trim();
    header.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(header)
}
