//! A call: the back-to-back user agent (RFC 7092) between the devices that talk to each other.
//!
//! A [`Call`] owns its legs, each our side of one dialog. What a device sends in its dialog is decided here and, where it
//! concerns the other party, sent on in that party's dialog. The machine has the house's one contract: [`Call::handle`],
//! then [`Call::poll`] until it says `None`.
//!
//! | what happens | file |
//! |---|---|
//! | an INVITE begins a call | `originate`, `destination`, `limits`, `loop_detection` |
//! | it rings at every device of the line | `fork`, `provisional`, `best_response` |
//! | it goes elsewhere | `forward` |
//! | it is answered | `answer`, `offer_answer`, `origin`, `security` |
//! | the caller gives up | `cancel` |
//! | hold, resume, another codec | `hold`, `update` |
//! | DTMF and the like | `info` |
//! | transfer | `transfer`, `transfer_blind`, `transfer_attended`, `join` |
//! | it stays up, or not | `session_timer`, `flow_loss` |
//! | it ends | `release`, `cause`, `call_detail_record` |
//!
//! Our choices:
//! - 100rel is terminated in each leg. A reliable provisional response of a called device is acknowledged at once; a
//!   caller gets reliable ones only when it requires them. So a fork never mixes the RSeq of two devices.
//! - An INVITE without offer is sent on without offer, and the answer of its ACK travels in the ACK of the other leg.
//! - Tokens are checked where requests come in. A call never looks at one: it stays up when they expire.

mod answer;
mod best_response;
mod call_detail_record;
mod cancel;
mod cause;
mod compose;
mod description;
mod destination;
mod dispatch;
mod flow_loss;
mod fork;
mod forward;
mod hold;
mod identity;
mod info;
mod join;
mod leg;
pub mod limits;
mod loop_detection;
mod offer_answer;
mod origin;
mod originate;
mod provisional;
mod release;
mod security;
mod session_timer;
mod timer;
mod transfer;
mod transfer_attended;
mod transfer_blind;
mod update;

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use directory::{DeviceName, DirectoryNumber};
use sip::message::Request;
use sip::transaction::ServerKey;

pub use call_detail_record::{CallDetailRecord, EndedBy, Party, Redirected};
pub use cause::Cause;
pub use security::CallSecurity;
pub use transfer_attended::Surrendered;

use fork::Fork;
use join::Join;
use leg::Leg;
use timer::TimerTable;
use transfer::Transfer;

use crate::flow::{CallKey, CallLeg, ClientTransactionId, DialogKey, FlowCommand, FlowEvent, FlowId, LegId, Reachable};
use crate::node_view::{NodeView, Now};
use crate::station::NewCall;

/// What happens to a call.
#[derive(Debug)]
pub enum Input {
    /// An INVITE outside any dialog, from a registered device.
    Start(Box<NewCall>),
    /// Something came over the flow of a leg.
    Flow(FlowEvent),
    /// The answer to [`Output::Locate`].
    Located {
        /// The number that was looked up.
        number: DirectoryNumber,
        /// The devices of its line that are registered.
        devices: Vec<Reachable>,
    },
    /// The answer to [`Output::LocateDevice`].
    DeviceLocated {
        /// The leg.
        leg: LegId,
        /// Where its device is now, if it is registered.
        device: Option<Reachable>,
    },
    /// Another call speaks.
    FromCall {
        /// The call.
        call: CallKey,
        /// What it says.
        message: CallMessage,
    },
    /// The call of an [`Output::ToCall`] is over.
    CallGone {
        /// The call.
        call: CallKey,
    },
    /// The instant of the last [`Output::SetTimer`] has come.
    Timeout,
    /// The CallManager service stops: unanswered calls are refused, answered ones are left to their media.
    Stop,
}

/// What a call asks for.
#[derive(Debug)]
pub enum Output {
    /// Give the command to the flow.
    Flow {
        /// The flow.
        flow: FlowId,
        /// The command.
        command: FlowCommand,
    },
    /// Look up who is registered for a directory number.
    Locate {
        /// The number.
        number: DirectoryNumber,
    },
    /// Look up where the device of a leg is registered now.
    LocateDevice {
        /// The leg.
        leg: LegId,
        /// The device.
        device: DeviceName,
    },
    /// Tell another call.
    ToCall {
        /// The call.
        call: CallKey,
        /// What.
        message: CallMessage,
    },
    /// Call back with [`Input::Timeout`] no later than this; replaces what was asked before.
    SetTimer(Instant),
    /// It is answered: its record so far. Again when its media changes.
    Connected(Box<CallDetailRecord>),
    /// Keep the record.
    Record(Box<CallDetailRecord>),
    /// The call is over; nothing follows.
    Done,
}

/// What two calls say to each other when a party moves from one to the other (attended transfer).
#[derive(Debug)]
pub enum CallMessage {
    /// Hand over the party that this leg talks to.
    Surrender {
        /// The transferor's leg in the call that is asked.
        leg: LegId,
        /// The transferor's device: it must be the leg's.
        device: DeviceName,
    },
    /// The party.
    Surrendered(Box<Surrendered>),
    /// The leg has no party to hand over.
    NotSurrendered {
        /// Its party has not answered yet: this is its number.
        ringing: Option<DirectoryNumber>,
    },
}

/// A call.
#[derive(Debug)]
pub struct Call {
    key: CallKey,
    legs: BTreeMap<LegId, Leg>,
    next_leg: u32,
    next_transaction: u64,
    /// What the client transactions in flight are for.
    transactions: BTreeMap<ClientTransactionId, Pending>,
    /// The flows of legs that are gone, for requests that crossed their end.
    departed: BTreeMap<LegId, FlowId>,
    /// The two legs that talk to each other.
    bridge: Option<Bridge>,
    /// An INVITE on its way to a directory number.
    fork: Option<Fork>,
    transfer: Option<Transfer>,
    join: Option<Join>,
    record: Option<Box<CallDetailRecord>>,
    timers: TimerTable,
    outputs: VecDeque<Output>,
    armed: Option<Instant>,
    is_done: bool,
}

/// Two legs whose parties talk to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bridge {
    calling: LegId,
    called: LegId,
}

/// A client transaction in flight.
#[derive(Debug, Clone)]
struct Pending {
    leg: LegId,
    purpose: Purpose,
}

/// What a request of ours is for.
#[derive(Debug, Clone)]
enum Purpose {
    /// The INVITE of a fork's branch.
    Branch,
    /// An INVITE, UPDATE or INFO of the other leg, whose answer goes back there.
    Relay { to: LegId, transaction: ServerKey, request: Box<Request> },
    /// The re-INVITE that asks one party of a join for its offer.
    JoinOffer,
    /// The re-INVITE that gives the other party of a join the offer.
    JoinAnswer,
    /// A session refresh of ours.
    Refresh,
    /// The BYE of a leg.
    Bye,
    /// NOTIFY of a transfer.
    Notify,
    /// PRACK, or an UPDATE that only tells: whatever the answer is.
    Inform,
    /// A re-INVITE of the other leg that it cancelled since.
    Reverted { to: LegId },
}

/// What a machine may look up while it handles one input.
#[derive(Clone, Copy)]
struct Scope<'a> {
    now: Now,
    node: &'a dyn NodeView,
}

impl Scope<'_> {
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.node.random(&mut bytes);
        bytes
    }

    /// A token of 64 random bits, for tags and Call-IDs (RFC 3261 §19.3 asks for at least 32).
    fn token(&self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.random()))
    }
}

impl Bridge {
    fn other(self, leg: LegId) -> Option<LegId> {
        match leg {
            _ if leg == self.calling => Some(self.called),
            _ if leg == self.called => Some(self.calling),
            _ => None,
        }
    }
}

impl Call {
    /// A call that has yet to be told its INVITE.
    pub fn new(key: CallKey) -> Self {
        Self {
            key,
            legs: BTreeMap::new(),
            next_leg: LegId::ORIGINATING.0,
            next_transaction: 0,
            transactions: BTreeMap::new(),
            departed: BTreeMap::new(),
            bridge: None,
            fork: None,
            transfer: None,
            join: None,
            record: None,
            timers: TimerTable::default(),
            outputs: VecDeque::new(),
            armed: None,
            is_done: false,
        }
    }

    /// Takes one input; what follows from it is in [`poll`](Self::poll).
    pub fn handle(&mut self, now: Now, node: &impl NodeView, input: Input) {
        let scope = Scope { now, node };
        match input {
            Input::Start(start) => self.originate(scope, *start),
            Input::Flow(event) => self.flow_event(scope, event),
            Input::Located { number, devices } => self.located(scope, &number, devices),
            Input::DeviceLocated { leg, device } => self.device_located(scope, leg, device),
            Input::FromCall { call, message } => self.call_spoke(scope, call, message),
            Input::CallGone { .. } => self.not_surrendered(scope, None),
            Input::Timeout => self.timeout(scope),
            Input::Stop => self.stop(scope),
        }
        self.settle(scope);
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Ends the call when nothing is left of it, else asks for the next timer.
    fn settle(&mut self, scope: Scope<'_>) {
        if self.is_done {
            return;
        }
        if self.legs.is_empty() && self.fork.is_none() {
            self.transfer = None;
            self.timers.clear();
            self.close_record(scope, Cause::NORMAL_UNSPECIFIED, EndedBy::Node);
            self.outputs.push_back(Output::Done);
            self.is_done = true;
            return;
        }
        let next = self.timers.next();
        if let Some(at) = next.filter(|_| next != self.armed) {
            self.outputs.push_back(Output::SetTimer(at));
        }
        self.armed = next;
    }

    fn flow_event(&mut self, scope: Scope<'_>, event: FlowEvent) {
        match event {
            FlowEvent::Request { leg, transaction, request, replaces } => {
                self.request_received(scope, leg, transaction, &request, replaces);
            }
            FlowEvent::Ack { leg, request } => self.ack_received(scope, leg, &request),
            FlowEvent::Cancelled { leg, transaction } => self.cancelled(scope, leg, transaction),
            FlowEvent::Response { leg, transaction, response } => {
                self.response_received(scope, leg, transaction, &response);
            }
            FlowEvent::Timeout { leg, transaction } => {
                self.no_response(scope, leg, transaction, sip::message::StatusCode::REQUEST_TIMEOUT);
            }
            FlowEvent::TransportFailed { leg, transaction } => {
                self.no_response(scope, leg, transaction, sip::message::StatusCode::SERVICE_UNAVAILABLE);
            }
            FlowEvent::ResponseFailed { leg, transaction } => self.response_failed(scope, leg, transaction),
            FlowEvent::FlowClosed { flow, leg } => self.flow_closed(scope, flow, leg),
        }
    }

    fn new_leg_id(&mut self) -> LegId {
        let id = LegId(self.next_leg);
        self.next_leg += 1;
        id
    }

    fn call_leg(&self, leg: LegId) -> CallLeg {
        CallLeg { call: self.key, leg }
    }

    fn command(&mut self, flow: FlowId, command: FlowCommand) {
        self.outputs.push_back(Output::Flow { flow, command });
    }

    /// Requests inside this dialog belong to the leg from now on.
    fn adopt(&mut self, id: LegId, dialog: DialogKey) {
        let owner = self.call_leg(id);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.keys.push(dialog.clone());
        if let Some(flow) = leg.path.flow {
            let device = leg.party.device.clone();
            self.command(flow, FlowCommand::Adopt { dialog, leg: owner, device });
        }
    }

    /// The `gci` of Call-Info.
    fn global_call_id(&self) -> String {
        format!("{}-{}", self.key.flow.0, self.key.number)
    }
}
