//! What happens to a machine.

use sip::message::{Message, ParseError};

use crate::flow::{Flow, FlowId};
use crate::output::Target;
use crate::zone::ConnectFailure;

/// What happens to a machine. Each names the flow that it happened on, by the number of [`Opened`](Self::Opened).
#[derive(Debug)]
pub enum Input {
    /// A connection is ready for SIP: accepted or dialled, its handshake done and its peer admitted.
    Opened(Flow),
    /// A message came, as the stream framer cut it.
    Received(FlowId, Message),
    /// A message came that breaks a rule.
    Malformed(FlowId, ParseError),
    /// A keep-alive ping came (RFC 5626 §3.5.1): [`Frame::KeepAlivePing`](sip::transport::Frame).
    Ping(FlowId),
    /// The answer to our ping came: [`Frame::KeepAlivePong`](sip::transport::Frame).
    Pong(FlowId),
    /// A connection has ended, whoever ended it. Comes once for each `Opened`, also after `Output::Close`.
    Closed(FlowId),
    /// What [`Output::Connect`](crate::Output::Connect) asked for did not become a flow.
    ConnectFailed(Target, ConnectFailure),
    /// The zones, search rules or settings of the view are others now. Only on C.
    Reconfigured,
    /// The time of the last [`Output::SetTimer`](crate::Output::SetTimer) has come.
    Timeout,
}
