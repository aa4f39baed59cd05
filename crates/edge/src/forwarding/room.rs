//! Room for the hops that follow: what we write must be read by each of them.
//!
//! Every hop adds a Via and a Record-Route or Path. A message that is just within our limits would be beyond those of the
//! next hop, which answers by closing (FRM-5): so the first half of the edge leaves room for two hops, the second for one.

use bytes::Bytes;
use sip::message::{Message, Violation, limits, validate, validate_response};

use crate::reason::Reason;

/// How many hops will still add to a message, this one not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// The other half of the edge.
    OneHop,
    /// None that closes what all share: the phone, or Unified CM.
    None,
}

/// Octets that a hop adds at most, with room to spare: three fields of ours are less than 800.
const OCTETS: usize = 2_048;
/// Fields that a hop adds at most.
const FIELDS: usize = 4;

impl Room {
    /// Checks what is about to go out: the next hop parses it, and has room for what it adds itself.
    pub(super) fn check(self, octets: Bytes) -> Result<Bytes, Reason> {
        let hops = match self {
            Self::OneHop => 1,
            Self::None => 0,
        };
        if octets.len() > limits::MESSAGE - hops * OCTETS {
            return Err(Reason::Malformed(Violation::MessageTooLarge));
        }
        let message = Message::parse(octets.clone()).map_err(|error| Reason::Malformed(error.violation()))?;
        if message.headers().len() > limits::HEADERS - hops * FIELDS {
            return Err(Reason::Malformed(Violation::TooManyHeaders));
        }
        match &message {
            Message::Request(request) => validate(request),
            Message::Response(response) => validate_response(response),
        }
        .map_err(Reason::Malformed)?;
        Ok(octets)
    }
}
