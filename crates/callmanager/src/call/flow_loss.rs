//! A flow closes while a call runs over it.
//!
//! A device that rings is as good as unreachable, and a caller that waits is gone. A party that talks keeps its leg for a grace
//! period: media flows between the devices without us, and a device that lost its connection registers again within
//! seconds. The leg looks for the device's new flow, at first often, and goes on there; requests inside the dialog are
//! taken on that flow from then on, and on no other. Nothing is sent to a leg without a flow; a BYE that the other
//! party sends ends it in silence, and the device learns so with 481 when it comes back.
//!
//! A device behind an edge has a flow of its own there. When it comes back on another one, over the same edge or not, the node
//! learns of it by the registration, and its legs go the same way.

use std::time::Duration;

use sip::message::StatusCode;

use super::cause::Cause;
use super::leg::{Path, State};
use super::timer::Timer;
use super::{Call, Output, Scope};
use crate::flow::{FlowCommand, FlowId, LegId, Reachable};

/// How long a leg waits for its device to come back: longer than a client needs to notice and register again.
const GRACE: Duration = Duration::from_secs(64);
/// How often the registrar is asked at first, and at most.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(2);

impl Call {
    pub(super) fn flow_closed(&mut self, scope: Scope<'_>, flow: FlowId, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if leg.path.flow != Some(flow) {
            return;
        }
        leg.path.flow = None;
        match &leg.state {
            State::Incoming(_) => self.caller_gave_up(scope, id),
            State::Outgoing(_) => self.branch_lost(scope, id),
            State::Leaving => self.remove_leg(id),
            State::Confirmed(_) => self.wait_for_device(scope, id),
        }
    }

    fn branch_lost(&mut self, scope: Scope<'_>, id: LegId) {
        let is_wanted = self.fork.as_ref().is_some_and(|fork| fork.branches.contains(&id));
        match is_wanted {
            true => self.branch_refused(scope, id, StatusCode::TEMPORARILY_UNAVAILABLE, None),
            false => self.remove_leg(id),
        }
    }

    fn wait_for_device(&mut self, scope: Scope<'_>, id: LegId) {
        self.fail_transactions_of(scope, id);
        let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) else { return };
        // What the device had asked is lost with its transactions.
        let asked = confirmed.server_invite.take();
        if confirmed.bye_after_ack.is_some() {
            return self.remove_leg(id);
        }
        if let Some(invite) = asked {
            self.cancel_relayed(id, invite.transaction);
        }
        self.timers.stop(Timer::Session(id));
        self.timers.stop(Timer::SessionExpired(id));
        self.timers.set(Timer::Grace(id), scope.now.monotonic + GRACE);
        self.timers.set(Timer::Rebind(id), scope.now.monotonic + FIRST_LOOK);
    }

    /// What we had asked the device is answered for it.
    fn fail_transactions_of(&mut self, scope: Scope<'_>, id: LegId) {
        let lost: Vec<_> =
            self.transactions.iter().filter(|(_, pending)| pending.leg == id).map(|(key, _)| *key).collect();
        for transaction in lost {
            self.no_response(scope, id, transaction, StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    /// Asks where the device is now.
    pub(super) fn look_for_device(&mut self, scope: Scope<'_>, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.path.looks = leg.path.looks.saturating_add(1);
        let wait = FIRST_LOOK.saturating_mul(1 << leg.path.looks.min(8)).min(LONGEST_LOOK);
        let device = leg.party.device.clone();
        self.timers.set(Timer::Rebind(id), scope.now.monotonic + wait);
        self.outputs.push_back(Output::LocateDevice { leg: id, device });
    }

    /// Where the device is now: the leg goes on there.
    pub(super) fn device_located(&mut self, scope: Scope<'_>, id: LegId, device: Option<Reachable>) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.path.flow.is_none()) else { return };
        let Some(device) = device.filter(|device| device.device == leg.party.device) else { return };
        leg.path = Path::of(&device);
        let routes = leg.path.routes.clone();
        if let Some(confirmed) = leg.confirmed_mut() {
            // The proxies of the old flow name it in their routes; those of the new one are in the registration.
            confirmed.dialog.reroute(routes);
        }
        let keys = leg.keys.clone();
        self.timers.stop(Timer::Grace(id));
        self.timers.stop(Timer::Rebind(id));
        let from = self.call_leg(id);
        for dialog in keys {
            let adopt = FlowCommand::Adopt { dialog, leg: from, device: device.device.clone() };
            self.command(device.flow, adopt);
        }
        self.arm_session_timer(id);
        self.resume_join(scope);
    }

    /// The device did not come back.
    pub(super) fn grace_over(&mut self, scope: Scope<'_>, id: LegId) {
        self.leg_lost(scope, id, Cause::DESTINATION_OUT_OF_ORDER);
    }
}
