//! A request: its version, its operation, its parameters.

use axum::http::HeaderMap;
use soap::axl::{Action, Version};
use soap::{Element, Envelope, Fault, FaultCode, Limits};

/// A request of an operation.
#[derive(Debug)]
pub(super) struct AxlRequest {
    version: Version,
    sequence: Option<u64>,
    /// The operation's element.
    pub(super) element: Element,
}

/// Why a request is not read.
#[derive(Debug)]
pub(super) enum RequestError {
    /// It is of a version that is not spoken.
    Version,
    /// It is no request.
    Fault(Fault),
}

impl AxlRequest {
    /// Reads a request. An action that says nothing is as good as none.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, RequestError> {
        let header = match headers.get("soapaction").map(|value| value.to_str()) {
            None => "",
            Some(Ok(header)) => soap::action(header),
            Some(Err(_)) => return Err(client("the SOAPAction header is not text")),
        };
        let action = match header {
            "" => None,
            header => {
                Some(Action::parse(header).ok_or_else(|| client("the SOAPAction is not CUCM:DB ver=x.y operation"))?)
            }
        };
        if action.is_some_and(|action| Version::from_number(action.version).is_none()) {
            return Err(RequestError::Version);
        }
        let envelope =
            Envelope::parse(body, &Limits::REQUEST).map_err(|error| RequestError::Fault(Fault::of(&error)))?;
        let element = envelope.entry;
        let version = match element.namespace().and_then(Version::from_namespace) {
            None => return Err(client("the operation is not of the namespace http://www.cisco.com/AXL/API/x.y")),
            Some(None) => return Err(RequestError::Version),
            Some(Some(version)) => version,
        };
        if let Some(action) = action {
            let same = action.version == version.number() && action.operation.is_none_or(|name| name == element.name());
            if !same {
                return Err(client("the SOAPAction names another version or operation than the body"));
            }
        }
        let sequence = match element.attribute("sequence").map(str::parse) {
            None => None,
            Some(Ok(sequence)) => Some(sequence),
            Some(Err(_)) => return Err(client("the sequence is not a number")),
        };
        Ok(Self { version, sequence, element })
    }

    /// The operation's name.
    pub(super) fn operation(&self) -> &str {
        self.element.name()
    }

    /// The answer's element around what is returned.
    pub(super) fn answer(&self, returned: Element) -> Element {
        let name = format!("{}Response", self.operation());
        let answer = Element::qualified(&self.version.namespace(), &name).with(returned);
        match self.sequence {
            Some(sequence) => answer.with_attribute("sequence", &sequence.to_string()),
            None => answer,
        }
    }
}

fn client(reason: &str) -> RequestError {
    RequestError::Fault(Fault::new(FaultCode::Client, reason))
}
