//! The words between a transaction layer, its flow and its transaction user.

use std::time::Instant;

use bytes::Bytes;

use crate::message::{Message, Request, Response, StatusCode};

/// Names a server transaction of this layer.
///
/// It is made from what identifies the transaction (RFC 3261 §17.2.3), so it says nothing about a transaction
/// of another layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(pub(super) u64);

/// Names a client transaction of this layer; the transaction user chooses it.
///
/// A key may be used again once its transaction has ended. Used earlier, the new request takes the name over:
/// the events of the old one end, and an INVITE is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub u64);

/// What happens to a transaction layer.
#[derive(Debug)]
pub enum Input {
    /// A message came over the flow.
    Receive(Message),
    /// The transaction user sends a request, complete with the Via of this flow; never ACK, never CANCEL.
    Send {
        /// The name of the new transaction.
        key: ClientKey,
        /// The request.
        request: Request,
    },
    /// The transaction user answers a request.
    Respond {
        /// The transaction of [`Event::Request`].
        transaction: ServerKey,
        /// The status code of the response.
        status: StatusCode,
        /// The whole response.
        response: Bytes,
    },
    /// The transaction user gives an INVITE up: CANCEL goes out as soon as it may (RFC 3261 §9.1).
    Cancel {
        /// The transaction of the INVITE.
        invite: ClientKey,
    },
    /// The instant of the last [`Output::SetTimer`] has come.
    Timeout,
    /// The flow is gone: all transactions end.
    TransportFailed,
}

/// What a transaction layer asks for.
#[derive(Debug)]
pub enum Output {
    /// Put this message on the flow.
    Transmit(Bytes),
    /// Call back with [`Input::Timeout`] no later than this; replaces what was asked before.
    SetTimer(Instant),
    /// Tell the transaction user.
    Event(Event),
}

/// What a transaction user hears.
#[derive(Debug)]
pub enum Event {
    /// A new request, to be answered with [`Input::Respond`].
    Request {
        /// Its transaction.
        transaction: ServerKey,
        /// The request.
        request: Request,
    },
    /// An INVITE that has no final response yet was cancelled. The CANCEL is answered; the INVITE wants a 487.
    Cancel {
        /// The transaction of the INVITE.
        invite: ServerKey,
        /// The CANCEL.
        request: Request,
    },
    /// The ACK to a 2xx. The 2xx is no longer repeated.
    Ack {
        /// The transaction that sent the 2xx, unless it has ended.
        invite: Option<ServerKey>,
        /// The ACK.
        request: Request,
    },
    /// A response; a final one below 200 and above 299 to an INVITE is acknowledged already.
    Response {
        /// The transaction.
        transaction: ClientKey,
        /// The response.
        response: Response,
    },
    /// No answer came: Timer B, Timer F, or the wait after CANCEL. The transaction is over. Counts as 408.
    Timeout {
        /// The transaction.
        transaction: ClientKey,
    },
    /// The request could not be sent, or the flow failed. The transaction is over. Counts as 503.
    TransportError {
        /// The transaction.
        transaction: ClientKey,
    },
    /// A client transaction that got its final response is over.
    Terminated {
        /// The transaction.
        transaction: ClientKey,
    },
    /// No ACK came for the final response to an INVITE within 64×T1. After a 2xx the session should be ended
    /// with BYE (RFC 3261 §13.3.1.4).
    Unacknowledged {
        /// The transaction.
        invite: ServerKey,
    },
    /// The transaction user left a request other than INVITE unanswered for 64×T1.
    Unanswered {
        /// The transaction.
        transaction: ServerKey,
    },
    /// A response that belongs to no transaction was dropped.
    StrayResponse,
    /// The layer answered a request itself, or dropped it.
    Refused {
        /// The request.
        request: Request,
        /// Why.
        refusal: Refusal,
    },
}

/// Why the layer did not give a request to the transaction user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Via, From, Call-ID or CSeq cannot be read: 400, or nothing for an ACK.
    Unidentifiable,
    /// The same request came over another path (RFC 3261 §8.2.2.2): 482.
    Merged,
    /// CANCEL for an INVITE that is not known (RFC 3261 §9.2): 481.
    NoSuchInvite,
    /// The table of transactions is full: 503 with Retry-After.
    Overload,
}
