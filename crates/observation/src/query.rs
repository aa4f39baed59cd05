//! Which messages.

use crate::{CallName, Event, Message, Record};

/// Messages that match any of its names; of nothing, all. Then only those after a record's number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageQuery {
    /// These devices.
    pub devices: Vec<Box<str>>,
    /// These Call-IDs.
    pub call_ids: Vec<Box<str>>,
    /// These flows.
    pub flows: Vec<u64>,
    /// These calls.
    pub calls: Vec<CallName>,
    /// Only records with a higher number.
    pub after: u64,
}

impl MessageQuery {
    /// Whether a record is a message that is asked for.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        let Event::Message(message) = &record.event else { return false };
        record.number > self.after && (self.is_open() || self.names(message))
    }

    fn is_open(&self) -> bool {
        self.devices.is_empty() && self.call_ids.is_empty() && self.flows.is_empty() && self.calls.is_empty()
    }

    fn names(&self, message: &Message) -> bool {
        let device = message.device.as_deref();
        self.devices.iter().any(|name| device.is_some_and(|device| device.eq_ignore_ascii_case(name)))
            || self.call_ids.contains(&message.call_id)
            || self.flows.contains(&message.flow)
            || message.call.is_some_and(|call| self.calls.contains(&call))
    }
}
