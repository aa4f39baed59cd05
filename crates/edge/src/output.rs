//! What a machine wants done.

use std::time::Instant;

use bytes::Bytes;

use crate::event::Event;
use crate::flow::{CloseReason, FlowId};
use crate::zone::ZoneName;

/// Where C connects to; E connects nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Expressway-E's traversal port.
    Traversal,
    /// The MRA OAuth port of the zone's node: the view's zone of this name has node and port.
    Zone(ZoneName),
}

/// What a machine wants done.
#[derive(Debug)]
pub enum Output {
    /// Write these octets to the flow.
    Transmit(FlowId, Bytes),
    /// Write what was transmitted before this, then close the flow.
    Close(FlowId, CloseReason),
    /// Connect; the outcome is `Input::Opened` or `Input::ConnectFailed`.
    Connect(Target),
    /// Hand in [`Input::Timeout`](crate::Input::Timeout) no later than then; a later one replaces it.
    SetTimer(Instant),
    /// Something to log, to count, or to show.
    Event(Event),
}
