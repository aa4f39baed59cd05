//! One leg: our side of one dialog with one device (RFC 7092 calls the whole a signalling-only B2BUA).
//!
//! ```text
//!   INVITE from the device              INVITE to the device
//!          v                                    v
//!      +----------+                        +----------+
//!      | Incoming |                        | Outgoing |--- final response 300-699 --> gone
//!      +----------+                        +----------+
//!          |  \ 300-699 sent --> gone           |
//!          | 200 sent                           | 2xx received
//!          v                                    v
//!      +---------------------------------------------+
//!      | Confirmed: at most one INVITE in progress   |
//!      +---------------------------------------------+
//!                             | BYE sent
//!                             v
//!                        +---------+
//!                        | Leaving |--- response, timeout --> gone
//!                        +---------+
//! ```

use std::collections::BTreeSet;
use std::net::SocketAddr;

use directory::Directory;
use sip::dialog::reliable_provisional::{ProvisionalOrder, ReliableProvisional};
use sip::dialog::session_timer::SessionTimer;
use sip::dialog::{Dialog, RouteSet};
use sip::message::header::{NameAddr, SessionExpires};
use sip::message::{HeaderName, Headers, Host, Request, Response, ResponseBuilder};
use sip::transaction::ServerKey;

use super::answer::HeldAnswer;
use super::call_detail_record::Party;
use super::cause::Cause;
use super::description::Description;
use super::identity::{Role, Shown};
use super::limits::Seat;
use super::origin::Origin;
use super::originate::allows_update;
use super::provisional::Waiting;
use super::security::{CallSecurity, MediaTerms};
use crate::flow::{ClientTransactionId, DialogKey, FlowId, LegId, Listener, OutgoingRequest, Reachable, Transport};

/// A leg of a call.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) id: LegId,
    /// The device, its line and its user.
    pub(super) party: Party,
    /// The device's line as the other party sees it.
    pub(super) shown: Shown,
    /// Who the device sees as its peer.
    pub(super) peer: Shown,
    /// Whether that peer called or was called.
    pub(super) peer_role: Role,
    pub(super) path: Path,
    pub(super) terms: MediaTerms,
    pub(super) origin: Origin,
    /// The last description that came from the device.
    pub(super) received: Option<Description>,
    /// What requests inside the dialog find the leg by; after forks with early media there are several.
    pub(super) keys: Vec<DialogKey>,
    pub(super) state: State,
    /// The session timer that the device agreed on.
    pub(super) session: Option<SessionTimer>,
    /// The device answers UPDATE (its Allow says so).
    pub(super) allows_update: bool,
    /// The security that Call-Info last told the device.
    pub(super) told: Option<CallSecurity>,
    /// The place on the line.
    #[expect(dead_code, reason = "kept for its drop: it frees the place")]
    pub(super) seat: Seat,
    /// The `gci` of Call-Info.
    pub(super) global_call_id: String,
}

/// The flow that a leg signals over.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// `None` while the device has no flow.
    pub(super) flow: Option<FlowId>,
    pub(super) transport: Transport,
    pub(super) local: SocketAddr,
    /// The peer is an edge node that was admitted by its certificate: its Record-Route counts.
    pub(super) keeps_routes: bool,
    /// The proxies between the flow and the device, from its registration.
    pub(super) routes: RouteSet,
    /// How often the device was looked for since its flow closed.
    pub(super) looks: u32,
}

/// Where the dialog of a leg stands.
#[derive(Debug)]
pub(super) enum State {
    Incoming(Box<Incoming>),
    Outgoing(Box<Outgoing>),
    Confirmed(Box<Confirmed>),
    /// BYE sent.
    Leaving,
}

/// The INVITE that began the call waits for our answer.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) transaction: ServerKey,
    pub(super) request: Request,
    pub(super) dialog: Dialog,
    /// The tag of our answers.
    pub(super) tag: String,
    /// The branch whose description went out in a provisional response with this tag.
    pub(super) answered_by: Option<LegId>,
    /// The caller requires reliable provisional responses.
    pub(super) reliable: Option<ReliableProvisional>,
    /// The next one, while one waits for its PRACK.
    pub(super) waiting: Option<Waiting>,
    /// The answer, while a provisional response waits for its PRACK.
    pub(super) held: Option<HeldAnswer>,
    /// The provisional responses without body that went out.
    pub(super) told: BTreeSet<u16>,
    /// Session-Expires of the 2xx.
    pub(super) session_expires: Option<SessionExpires>,
}

/// Our INVITE has no final response yet.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) transaction: ClientTransactionId,
    pub(super) request: Request,
    /// The dialog of the last provisional response with a tag.
    pub(super) early: Option<Dialog>,
    /// The reliable provisional responses in it.
    pub(super) order: ProvisionalOrder,
    pub(super) cancelled: bool,
    /// A 422 was obeyed once (RFC 4028 §7.3).
    pub(super) interval_raised: bool,
}

/// The dialog is confirmed.
#[derive(Debug)]
pub(super) struct Confirmed {
    pub(super) dialog: Dialog,
    /// The INVITE of ours that made the dialog.
    pub(super) invite: Option<Request>,
    /// An INVITE of the device that is not over.
    pub(super) server_invite: Option<ServerInvite>,
    /// An INVITE of ours that is not over.
    pub(super) client_invite: Option<ClientInvite>,
    /// The last ACK, for a 2xx that comes again (RFC 3261 §13.2.2.4).
    pub(super) last_ack: Option<(ClientTransactionId, OutgoingRequest)>,
    /// An UPDATE with a description is under way, in either direction (RFC 3311 §5.2).
    pub(super) updating: bool,
    /// BYE goes out as soon as the ACK came (RFC 3261 §15).
    pub(super) bye_after_ack: Option<Cause>,
}

/// An INVITE of the device in a confirmed dialog.
#[derive(Debug)]
pub(super) struct ServerInvite {
    pub(super) transaction: ServerKey,
    pub(super) request: Request,
    pub(super) stage: ServerStage,
}

/// How far an INVITE of the device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerStage {
    /// No final response yet.
    Pending,
    /// 2xx sent with the answer; the ACK is due.
    Answered,
    /// 2xx sent with an offer; the ACK is due, with the answer for this leg.
    Offered { answer_for: LegId },
}

/// An INVITE of ours in a confirmed dialog, or the one that made it.
#[derive(Debug)]
pub(super) struct ClientInvite {
    pub(super) transaction: ClientTransactionId,
    pub(super) stage: ClientStage,
}

/// How far an INVITE of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientStage {
    /// No final response yet.
    Pending,
    /// 2xx received: the ACK, of this sequence number, is due.
    Unacknowledged { sequence: u32 },
}

impl Path {
    /// The flow that a device is registered on.
    pub(super) fn of(device: &Reachable) -> Self {
        Self {
            flow: Some(device.flow),
            transport: device.transport,
            local: device.local,
            keeps_routes: device.listener == Listener::MraOAuth,
            routes: device.path.clone(),
            looks: 0,
        }
    }

    /// A response as a dialog is made from it: a device does not put itself on the route. Of its requests the station has
    /// removed such fields already.
    pub(super) fn strip_response_routes(&self, response: &Response) -> Response {
        if self.keeps_routes || !response.headers().contains(HeaderName::RecordRoute) {
            return response.clone();
        }
        let stripped = response.edit().remove(HeaderName::RecordRoute).finish().ok();
        stripped.and_then(|bytes| Response::parse(bytes).ok()).unwrap_or_else(|| response.clone())
    }

    /// RFC 3261 §12.1.1: the response that makes a dialog repeats Record-Route.
    pub(super) fn copy_routes(&self, builder: ResponseBuilder, request: &Request) -> ResponseBuilder {
        match self.keeps_routes {
            true => builder.copy(request.headers(), HeaderName::RecordRoute),
            false => builder,
        }
    }
}

impl Outgoing {
    pub(super) fn new(transaction: ClientTransactionId, request: Request) -> Self {
        Self {
            transaction,
            request,
            early: None,
            order: ProvisionalOrder::default(),
            cancelled: false,
            interval_raised: false,
        }
    }

    /// The dialog that a 2xx makes or confirms, and the sequence number of its INVITE.
    pub(super) fn confirm(&mut self, response: &Response) -> Option<(Dialog, u32)> {
        let sequence = self.request.headers().cseq().ok()?.sequence;
        let tag = response.headers().to().ok()?.tag().unwrap_or_default();
        let early = self.early.take().filter(|early| early.id().remote_tag() == tag);
        if let Some(mut dialog) = early {
            dialog.confirm_by(response).ok()?;
            return Some((dialog, sequence));
        }
        Some((Dialog::from_uac_response(&self.request, response).ok()?, sequence))
    }
}

impl Confirmed {
    pub(super) fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            invite: None,
            server_invite: None,
            client_invite: None,
            last_ack: None,
            updating: false,
            bye_after_ack: None,
        }
    }
}

impl Leg {
    /// The confirmed part, if the dialog is confirmed.
    pub(super) fn confirmed(&self) -> Option<&Confirmed> {
        match &self.state {
            State::Confirmed(confirmed) => Some(confirmed),
            _ => None,
        }
    }

    /// The confirmed part, if the dialog is confirmed.
    pub(super) fn confirmed_mut(&mut self) -> Option<&mut Confirmed> {
        match &mut self.state {
            State::Confirmed(confirmed) => Some(confirmed),
            _ => None,
        }
    }

    pub(super) fn incoming_mut(&mut self) -> Option<&mut Incoming> {
        match &mut self.state {
            State::Incoming(incoming) => Some(incoming),
            _ => None,
        }
    }

    /// Takes the INVITE that waits for our answer; the caller gives the leg its next state.
    pub(super) fn take_incoming(&mut self) -> Option<Incoming> {
        match std::mem::replace(&mut self.state, State::Leaving) {
            State::Incoming(incoming) => Some(*incoming),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// What the device's messages tell of its abilities.
    pub(super) fn learn(&mut self, headers: &Headers) {
        if headers.contains(HeaderName::Allow) {
            self.allows_update = allows_update(headers);
        }
    }

    pub(super) fn outgoing_mut(&mut self) -> Option<&mut Outgoing> {
        match &mut self.state {
            State::Outgoing(outgoing) => Some(outgoing),
            _ => None,
        }
    }

    pub(super) fn is_outgoing(&self) -> bool {
        matches!(self.state, State::Outgoing(_))
    }

    /// Whether nothing is under way that a new offer would collide with.
    pub(super) fn is_quiet(&self) -> bool {
        self.confirmed().is_some_and(|c| c.server_invite.is_none() && c.client_invite.is_none() && !c.updating)
    }

    /// Whether a host that the device names is us: the cluster's, our address, or the name that the device calls us by.
    pub(super) fn is_us(&self, directory: &Directory, host: Host<'_>) -> bool {
        let known_as = |host: Host<'_>| {
            let local = self.confirmed().and_then(|confirmed| NameAddr::parse(confirmed.dialog.local()))?;
            Some(local.uri()?.as_sip()?.host() == host)
        };
        directory.is_own_domain(host.to_string().trim_matches(['[', ']']))
            || host.address() == Some(self.path.local.ip())
            || known_as(host).unwrap_or_default()
    }

    /// Our Contact on this leg: the peer's number at our address on the flow.
    pub(super) fn contact(&self) -> String {
        let number = self.peer.number.as_str().replace('#', "%23");
        format!("<sip:{number}@{};transport={}>", self.path.local, self.path.transport.uri_parameter())
    }
}
