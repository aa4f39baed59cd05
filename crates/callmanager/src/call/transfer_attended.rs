//! Attended transfer: the transferor has called the target itself, and its REFER names that dialog (RFC 3891).
//!
//! The dialog that `Replaces` names is one of the transferor's own with this node: the station of its flow looked it up, so a
//! stranger's dialog is never found. It belongs to another [`Call`]. That call is asked for its party, hands the leg over
//! as it stands and ends the transferor's; here the leg joins the party that stays: see [`join`](super::join). If the
//! target still rings, the other call is ended and the target called anew, as in a blind transfer.

use std::time::Duration;

use directory::{DeviceName, DirectoryNumber};
use sip::message::StatusCode;

use super::cause::Cause;
use super::fork::Asker;
use super::leg::Leg;
use super::timer::Timer;
use super::{Call, CallMessage, EndedBy, Output, Scope};
use crate::flow::{CallKey, CallLeg, FlowCommand, FlowId, LegId};

/// How long the other call may take to answer: it decides in memory.
const PATIENCE: Duration = Duration::from_secs(5);

/// A party that moves from one call to another.
#[derive(Debug)]
pub struct Surrendered(Leg);

impl Surrendered {
    /// The flow that the party signals over, unless it has none at the moment.
    pub fn flow(&self) -> Option<FlowId> {
        self.0.path.flow
    }
}

impl Call {
    /// Asks the other call for the transferor's party.
    pub(super) fn transfer_attended(&mut self, scope: Scope<'_>, other: CallLeg) {
        let transferor = self.transfer.as_ref().and_then(|transfer| transfer.transferor);
        let Some(leg) = transferor.and_then(|transferor| self.legs.get(&transferor)) else { return };
        let message = CallMessage::Surrender { leg: other.leg, device: leg.party.device.clone() };
        self.timers.set(Timer::Surrender, scope.now.monotonic + PATIENCE);
        self.outputs.push_back(Output::ToCall { call: other.call, message });
    }

    pub(super) fn call_spoke(&mut self, scope: Scope<'_>, call: CallKey, message: CallMessage) {
        match message {
            CallMessage::Surrender { leg, device } => {
                let message = self.surrender(scope, leg, &device);
                self.outputs.push_back(Output::ToCall { call, message });
            }
            CallMessage::Surrendered(surrendered) => self.receive(scope, surrendered.0),
            CallMessage::NotSurrendered { ringing } => self.not_surrendered(scope, ringing),
        }
    }

    /// Hands over the party that the transferor's leg talks to, and ends the transferor's.
    fn surrender(&mut self, scope: Scope<'_>, id: LegId, device: &DeviceName) -> CallMessage {
        let nothing = CallMessage::NotSurrendered { ringing: None };
        if self.legs.get(&id).is_none_or(|leg| leg.party.device != *device) {
            return nothing;
        }
        if self.fork.as_ref().is_some_and(|fork| fork.asker == Asker::Caller(id)) {
            let ringing = self.fork.as_ref().and_then(|fork| fork.number.clone());
            self.caller_gave_up(scope, id);
            return CallMessage::NotSurrendered { ringing };
        }
        let other = self.bridge.and_then(|bridge| bridge.other(id));
        let is_free = self.transfer.is_none() && self.join.is_none();
        let other = other.filter(|other| is_free && self.legs.get(other).is_some_and(|leg| leg.is_quiet()));
        let Some(leg) = other.and_then(|other| self.legs.remove(&other)) else { return nothing };
        self.timers.stop_leg(leg.id);
        self.transactions.retain(|_, pending| pending.leg != leg.id);
        self.bridge = None;
        self.bye(scope, id, Cause::NORMAL_CLEARING);
        self.close_record(scope, Cause::CALL_SPLIT, EndedBy::Node);
        CallMessage::Surrendered(Box::new(Surrendered(leg)))
    }

    /// The party of the other call is here.
    fn receive(&mut self, scope: Scope<'_>, mut leg: Leg) {
        let id = self.new_leg_id();
        leg.id = id;
        leg.global_call_id = self.global_call_id();
        if let Some(confirmed) = leg.confirmed_mut() {
            // These name transactions of the other call.
            confirmed.last_ack = None;
            confirmed.invite = None;
        }
        let (flow, keys, device) = (leg.path.flow, leg.keys.clone(), leg.party.device.clone());
        self.legs.insert(id, leg);
        let owner = self.call_leg(id);
        if let Some(flow) = flow {
            for dialog in keys {
                self.command(flow, FlowCommand::Adopt { dialog, leg: owner, device: device.clone() });
            }
        }
        self.arm_session_timer(id);
        let is_expected = self.timers.is_running(Timer::Surrender);
        self.timers.stop(Timer::Surrender);
        match self.transfer.as_ref().filter(|_| is_expected).map(|transfer| transfer.kept) {
            Some(kept) => self.start_join(scope, id, kept, None),
            None => self.bye(scope, id, Cause::NORMAL_CLEARING),
        }
    }

    /// The other call has no party to hand over.
    pub(super) fn not_surrendered(&mut self, scope: Scope<'_>, ringing: Option<DirectoryNumber>) {
        if !self.timers.is_running(Timer::Surrender) {
            return;
        }
        self.timers.stop(Timer::Surrender);
        match ringing {
            Some(number) => self.transfer_blind(scope, number),
            None => self.transfer_failed(scope, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST),
        }
    }

    /// The other call does not answer.
    pub(super) fn surrender_overdue(&mut self, scope: Scope<'_>) {
        self.transfer_failed(scope, StatusCode::SERVER_TIMEOUT);
    }
}
