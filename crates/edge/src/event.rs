//! What a machine reports: for the log, the counters and the status pages. No event carries a credential.

use std::net::SocketAddr;

use sip::message::Method;

use crate::flow::{CloseReason, FlowId};
use crate::media::MediaEvent;
use crate::reason::Reason;
use crate::zone::{ZoneName, ZoneStatus};

/// What a machine reports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request was refused here.
    Refused {
        /// The flow it came on.
        flow: FlowId,
        /// Its method.
        method: Method,
        /// Its Call-ID, made safe to show.
        call_id: String,
        /// Why.
        reason: Reason,
    },
    /// A message was dropped without an answer.
    Dropped {
        /// The flow it came on.
        flow: FlowId,
        /// Why.
        reason: Reason,
    },
    /// This machine closes a flow.
    Closing {
        /// The flow.
        flow: FlowId,
        /// Its other end.
        remote: SocketAddr,
        /// Why.
        reason: CloseReason,
    },
    /// The traversal link is up.
    TraversalUp {
        /// The names of the peer's certificate.
        names: Vec<String>,
        /// The peer's address.
        remote: SocketAddr,
    },
    /// The traversal link is down.
    TraversalDown {
        /// Why, for people.
        reason: String,
    },
    /// Alarm: somebody opened a second traversal link while the first is alive, and was refused (EDG-5).
    SecondTraversal {
        /// The names of the certificate that was presented.
        names: Vec<String>,
        /// Where it came from.
        remote: SocketAddr,
    },
    /// A zone's status is another now.
    Zone {
        /// The zone.
        name: ZoneName,
        /// Its status.
        status: ZoneStatus,
    },
    /// C refuses statements of E because the clocks of the two differ. Seconds; positive: E is ahead.
    ClockSkew {
        /// By how much.
        seconds: i64,
    },
    /// A phone registered through the edge, or registered again with other particulars.
    SessionStarted {
        /// The user of its access token, if it presented one.
        user: Option<String>,
        /// The device, if it named one.
        device: Option<String>,
        /// The zone of the node that it registered with.
        zone: ZoneName,
        /// The phone's address as E saw it.
        client: String,
    },
    /// A session ended.
    SessionEnded {
        /// The user.
        user: Option<String>,
        /// The device.
        device: Option<String>,
        /// Why, as a stable word.
        reason: &'static str,
    },
    /// Of a call's media.
    Media(MediaEvent),
}
