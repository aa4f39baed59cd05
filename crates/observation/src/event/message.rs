//! A SIP message on the wire.

use std::net::SocketAddr;

use super::{CallName, Port, Transport};
use crate::Masked;

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The node received it.
    Received,
    /// The node sent it.
    Sent,
}

/// What a ladder writes on the arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartLine {
    /// A request, by its method.
    Request(Box<str>),
    /// A response, by status code and reason phrase, and the method that it answers.
    Response(u16, Box<str>, Box<str>),
    /// It could not be read: the rule that it breaks.
    Unreadable(Box<str>),
}

/// A SIP message that the node received or sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// Which way.
    pub direction: Direction,
    /// The port of its flow.
    pub port: Port,
    /// The transport protocol.
    pub transport: Transport,
    /// The flow: a connection, or a peer of a UDP socket; never used twice in a process.
    pub flow: u64,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
    /// The device that sent it or that it is for, where that is known.
    pub device: Option<Box<str>>,
    /// The call that it belongs to, where that is known.
    pub call: Option<CallName>,
    /// Call-ID; empty when there is none.
    pub call_id: Box<str>,
    /// The sequence number of CSeq.
    pub cseq: Option<u32>,
    /// What the arrow says.
    pub start_line: StartLine,
    /// The proxies between the peer and the device, nearest first, from the Vias or the route of the message.
    pub hops: Box<[Box<str>]>,
    /// Its text without secrets.
    pub text: Masked,
}
