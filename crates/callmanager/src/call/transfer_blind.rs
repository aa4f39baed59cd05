//! Blind transfer: the target is called for the party that stays.
//!
//! The INVITE to the target has no offer; the target's offer goes to the party that stays in a re-INVITE, and its
//! answer comes back in the ACK: see [`join`](super::join). So the target rings at all its devices, forwards and is
//! busy like any other called line.

use directory::DirectoryNumber;
use sip::message::StatusCode;

use super::call_detail_record::Redirected;
use super::compose::Passed;
use super::description::Description;
use super::fork::{Asker, Fork};
use super::limits::MAX_FORWARDS;
use super::{Call, Scope};
use crate::flow::LegId;

impl Call {
    pub(super) fn transfer_blind(&mut self, scope: Scope<'_>, number: DirectoryNumber) {
        let Some(kept) = self.transfer.as_ref().map(|transfer| transfer.kept) else { return };
        let Some(leg) = self.legs.get(&kept) else { return };
        let asker = Asker::Transfer { kept };
        self.fork = Some(Fork::new(asker, leg.shown.clone(), None, leg.terms, MAX_FORWARDS - 1, Passed::default()));
        self.route_to(scope, number);
    }

    /// The target answered: it and the party that stays are joined.
    pub(super) fn transfer_answered(&mut self, scope: Scope<'_>, target: LegId, offer: Option<Description>) {
        let kept = self.transfer.as_ref().map(|transfer| transfer.kept);
        match (kept, offer) {
            (Some(kept), Some(offer)) => self.start_join(scope, target, kept, Some(offer)),
            _ => {
                self.bye(scope, target, super::Cause::BEARER_NOT_AVAILABLE);
                self.transfer_failed(scope, StatusCode::NOT_ACCEPTABLE_HERE);
            }
        }
    }

    /// The record of the pair that a join connects; the one of the pair before is closed.
    pub(super) fn begin_record_of_join(&mut self, scope: Scope<'_>, calling: LegId, called: LegId) {
        if self.transfer.is_none() {
            return;
        }
        let (Some(calling), Some(called)) = (self.legs.get(&calling), self.legs.get(&called)) else { return };
        let (calling, called) = (calling.party.clone(), called.party.clone());
        self.close_record(scope, super::Cause::CALL_SPLIT, super::EndedBy::Node);
        self.open_record(scope, calling, called.number.clone());
        self.record_redirected(Redirected::Transfer);
        self.record_connected(scope, called);
    }
}
