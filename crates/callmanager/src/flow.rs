//! Flows, and the words that a flow's `Station` and a `Call` exchange.
//!
//! A flow (RFC 5626 §3.1) is a stream connection, or one peer of a datagram socket. Over the flow of an edge come many devices,
//! told apart by the flows that they have to the edge; to a call they are devices like others. It owns the transactions
//! that run over it; a call owns its legs. So a call never touches a transaction: it sends [`FlowCommand`]s to
//! the flow of each leg and gets [`FlowEvent`]s back, both over bounded channels that keep their order.
//!
//! Requests inside a dialog find their call by [`DialogKey`]: Call-ID and our own tag. The station learns it
//! from [`FlowCommand::SendRequest`] (our From tag) and [`FlowCommand::Adopt`] (the To tag that we are about to
//! answer with), both before the peer can know the tag.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::admission::PeerNames;
use crate::station::Authenticated;
use directory::DeviceName;
use sip::dialog::RouteSet;
use sip::message::{Request, Response, StatusCode};
use sip::transaction::ServerKey;

/// One of the SIP line ports of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Listener {
    /// SIP Phone Port (5060), UDP and TCP, digest.
    Phone,
    /// SIP Phone Secure Port (5061), TLS with a client certificate that names the device.
    Secure,
    /// SIP Phone OAuth Port (5090), TLS without a client certificate, access token.
    OAuth,
    /// SIP Mobile and Remote Access OAuth Port (5091), TLS with the certificate of an Expressway-C.
    MraOAuth,
}

/// The transport protocol of a flow, as Via names it (RFC 3261 §18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP: unreliable, one flow a peer address.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl Transport {
    /// The token of the Via header field: `UDP`, `TCP`, `TLS`.
    pub fn via_token(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// The value of the URI parameter `transport`: `udp`, `tcp`, `tls`.
    pub fn uri_parameter(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// Names a flow within the life of this process; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId(pub u64);

/// What is known of a flow before its first message.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name.
    pub id: FlowId,
    /// The port that took it.
    pub listener: Listener,
    /// Its transport protocol.
    pub transport: Transport,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// The names of the peer's certificate, where one was asked for and admitted.
    pub peer_names: Option<Arc<PeerNames>>,
}

/// Names a call within the life of this process: the flow that began it, and a count on that flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey {
    /// The flow of the calling device.
    pub flow: FlowId,
    /// Counted by the station of that flow.
    pub number: u32,
}

/// Names a leg within its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u32);

impl LegId {
    /// The leg of the INVITE that began the call.
    pub const ORIGINATING: Self = Self(0);
}

/// One leg of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CallLeg {
    /// The call.
    pub call: CallKey,
    /// Its leg.
    pub leg: LegId,
}

/// Names a client transaction of a call; the call counts them, the station maps them to branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientTransactionId(pub u64);

/// What finds the call of a request inside a dialog: Call-ID and our own tag (RFC 3261 §12).
///
/// The remote tag is the call's to check: a forked INVITE has one of these and several dialogs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DialogKey {
    /// The value of Call-ID.
    pub call_id: Bytes,
    /// The tag that we put there.
    pub local_tag: Bytes,
}

/// A whole request without its Via: the station of the flow writes that when it sends. Its `Debug` form is the request
/// line alone, since a body may hold keys.
#[derive(Clone)]
pub struct OutgoingRequest(pub Bytes);

impl fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.0.split(|byte| *byte == b'\r').next().unwrap_or_default();
        f.write_str(&String::from_utf8_lossy(line))
    }
}

/// What a call asks of the flow of one of its legs.
pub enum FlowCommand {
    /// Sends a request in a new client transaction; any answer comes back as [`FlowEvent::Response`].
    SendRequest {
        /// Who asks.
        from: CallLeg,
        /// The device of the leg: on an edge's flow one of many.
        device: DeviceName,
        /// The call's name for the transaction.
        transaction: ClientTransactionId,
        /// The request.
        request: OutgoingRequest,
    },
    /// Answers a request of [`FlowEvent::Request`] or of the INVITE that began the call.
    Respond {
        /// The transaction that the request came with.
        transaction: ServerKey,
        /// Its status code.
        status: StatusCode,
        /// The whole response.
        response: Bytes,
    },
    /// Sends the ACK to a 2xx, which is no transaction (RFC 3261 §13.2.2.4).
    Acknowledge {
        /// The ACK.
        request: OutgoingRequest,
    },
    /// Cancels an INVITE that was sent; the station builds the CANCEL (RFC 3261 §9.1) and waits for the first
    /// provisional response where it must.
    Cancel {
        /// Who asks.
        from: CallLeg,
        /// The transaction of the INVITE.
        transaction: ClientTransactionId,
    },
    /// From now on, requests inside this dialog belong to this leg.
    Adopt {
        /// The dialog.
        dialog: DialogKey,
        /// Its leg.
        leg: CallLeg,
        /// The device of the leg: nobody else's requests belong to the dialog.
        device: DeviceName,
    },
    /// The dialog is over: requests inside it are answered with 481.
    Forget {
        /// The dialog.
        dialog: DialogKey,
    },
}

impl fmt::Debug for FlowCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendRequest { from, transaction, request, .. } => {
                f.debug_tuple("SendRequest").field(from).field(transaction).field(request).finish()
            }
            Self::Respond { transaction, status, .. } => {
                f.debug_tuple("Respond").field(transaction).field(status).finish()
            }
            Self::Acknowledge { request } => f.debug_tuple("Acknowledge").field(request).finish(),
            Self::Cancel { from, transaction } => f.debug_tuple("Cancel").field(from).field(transaction).finish(),
            Self::Adopt { dialog, leg, .. } => f.debug_tuple("Adopt").field(dialog).field(leg).finish(),
            Self::Forget { dialog } => f.debug_tuple("Forget").field(dialog).finish(),
        }
    }
}

/// What the flow of a leg tells the call.
#[derive(Debug)]
pub enum FlowEvent {
    /// A request inside a dialog of this leg, in order of arrival; never ACK, never CANCEL.
    Request {
        /// The leg.
        leg: LegId,
        /// Names the server transaction; goes into [`FlowCommand::Respond`].
        transaction: ServerKey,
        /// The request, from the registered device of the flow.
        request: Authenticated<Request>,
        /// For a REFER whose Refer-To has `Replaces` (RFC 3891): the leg of the same device that it names.
        replaces: Option<CallLeg>,
    },
    /// The ACK to a 2xx of ours.
    Ack {
        /// The leg.
        leg: LegId,
        /// The ACK; its body may hold the answer.
        request: Request,
    },
    /// The INVITE was cancelled. The CANCEL itself is answered already; the call answers the INVITE with 487.
    Cancelled {
        /// The leg.
        leg: LegId,
        /// The server transaction of the INVITE.
        transaction: ServerKey,
    },
    /// A response to a request of ours. ACK to a non-2xx is sent already.
    Response {
        /// The leg.
        leg: LegId,
        /// The transaction of [`FlowCommand::SendRequest`].
        transaction: ClientTransactionId,
        /// The response.
        response: Response,
    },
    /// Timer B or F fired: no answer came (RFC 3261 §17.1). Counts as 408.
    Timeout {
        /// The leg.
        leg: LegId,
        /// The transaction.
        transaction: ClientTransactionId,
    },
    /// The request could not be sent: the flow is gone. Counts as 503 (RFC 3261 §8.1.3.1).
    TransportFailed {
        /// The leg.
        leg: LegId,
        /// The transaction.
        transaction: ClientTransactionId,
    },
    /// The 2xx to an INVITE was not acknowledged, or a final response could not be delivered.
    ResponseFailed {
        /// The leg.
        leg: LegId,
        /// The server transaction.
        transaction: ServerKey,
    },
    /// The flow closed, or the device is no longer behind it: nothing more comes from or goes to this leg over it.
    FlowClosed {
        /// The flow.
        flow: FlowId,
        /// The leg.
        leg: LegId,
    },
}

/// A device where it can be reached: what a call gets when it looks up a directory number.
#[derive(Debug, Clone)]
pub struct Reachable {
    /// The device.
    pub device: DeviceName,
    /// The flow that it registered on.
    pub flow: FlowId,
    /// That flow's transport protocol.
    pub transport: Transport,
    /// The port that took the flow.
    pub listener: Listener,
    /// Our address on that flow, for our Contact.
    pub local: SocketAddr,
    /// The URI of the Contact that it registered: the Request-URI to reach it.
    pub contact: Bytes,
    /// The proxies between that flow and the device, from the Path of its registration (RFC 3327 §5.4): the preloaded route of
    /// what begins a dialog. The first of them is the flow's own peer, so it is sent to and never looked up.
    pub path: RouteSet,
    /// Whether it offered `X-cisco-srtp-fallback` when it registered.
    pub srtp_fallback: bool,
}
