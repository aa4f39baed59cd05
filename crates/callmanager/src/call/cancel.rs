//! CANCEL of the caller, of a re-INVITE, and giving up for other reasons (RFC 3261 §9).
//!
//! The station has answered the CANCEL itself; here the INVITE gets its 487 and what it led to is cancelled. A device
//! that answers while its CANCEL is on the way gets ACK and BYE: see [`answer`](super::answer).

use sip::message::StatusCode;
use sip::transaction::ServerKey;

use super::call_detail_record::EndedBy;
use super::cause::Cause;
use super::compose::Refusal;
use super::leg::ServerStage;
use super::{Call, Purpose, Scope};
use crate::flow::{ClientTransactionId, FlowCommand, LegId};

impl Call {
    pub(super) fn cancelled(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.incoming_mut().is_some_and(|incoming| incoming.transaction == transaction) {
            return self.caller_gave_up(scope, id);
        }
        let Some(confirmed) = leg.confirmed_mut() else { return };
        let is_pending = |invite: &mut super::leg::ServerInvite| {
            invite.transaction == transaction && invite.stage == ServerStage::Pending
        };
        let Some(invite) = confirmed.server_invite.take_if(is_pending) else { return };
        let refusal = Refusal::new(StatusCode::REQUEST_TERMINATED);
        self.refuse(scope, id, transaction, &invite.request, &refusal);
        self.cancel_relayed(id, transaction);
    }

    /// The caller does not want to wait any longer.
    pub(super) fn caller_gave_up(&mut self, scope: Scope<'_>, caller: LegId) {
        self.give_up(scope, caller, StatusCode::REQUEST_TERMINATED, EndedBy::Calling);
    }

    /// We do not wait any longer for the caller, or for the called side.
    pub(super) fn give_up_on_caller(&mut self, scope: Scope<'_>, caller: LegId, status: StatusCode) {
        self.give_up(scope, caller, status, EndedBy::Node);
    }

    fn give_up(&mut self, scope: Scope<'_>, caller: LegId, status: StatusCode, ended_by: EndedBy) {
        self.end_fork();
        let held =
            self.legs.get_mut(&caller).and_then(|leg| leg.incoming_mut()).and_then(|incoming| incoming.held.take());
        if let Some(held) = held {
            self.acknowledge(scope, held.called, None);
            self.bye(scope, held.called, Cause::NORMAL_CLEARING);
        }
        self.refuse_caller(scope, caller, &Refusal::new(status));
        self.refused_record(status);
        self.close_record(scope, Cause::from_status(status), ended_by);
    }

    /// Answers the INVITE that began the call with a refusal; its leg is gone then.
    pub(super) fn refuse_caller(&mut self, scope: Scope<'_>, caller: LegId, refusal: &Refusal) {
        let Some(incoming) = self.legs.get_mut(&caller).and_then(|leg| leg.incoming_mut()) else { return };
        let (transaction, tag) = (incoming.transaction, incoming.tag.clone());
        let reply = refusal.response(scope, &incoming.request, &tag);
        self.respond(caller, transaction, reply);
        self.remove_leg(caller);
    }

    /// Cancels the INVITE that was sent on for one of this leg. If its 2xx comes all the same, the other party is
    /// given the description that stayed in force.
    pub(super) fn cancel_relayed(&mut self, id: LegId, server: ServerKey) {
        let relayed = self.transactions.iter_mut().find_map(|(transaction, pending)| match &pending.purpose {
            Purpose::Relay { to, transaction: of, .. } if *to == id && *of == server => Some((*transaction, pending)),
            _ => None,
        });
        let Some((transaction, pending)) = relayed else { return };
        pending.purpose = Purpose::Reverted { to: id };
        let other = pending.leg;
        self.cancel_transaction(other, transaction);
    }

    pub(super) fn cancel_transaction(&mut self, id: LegId, transaction: ClientTransactionId) {
        let from = self.call_leg(id);
        if let Some(flow) = self.legs.get(&id).and_then(|leg| leg.path.flow) {
            self.command(flow, FlowCommand::Cancel { from, transaction });
        }
    }
}
