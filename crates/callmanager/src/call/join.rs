//! Two answered legs that did not talk to each other before are made to: the end of every transfer.
//!
//! ```text
//!   offerer                    this call                     answerer
//!      |<-- INVITE without offer --|                             |   (or its first INVITE, in a blind transfer)
//!      |------ 200, offer -------->|                             |
//!      |                           |------ INVITE, offer ------->|
//!      |                           |<----- 200, answer ----------|
//!      |<----- ACK, answer --------|------ ACK ----------------->|
//! ```
//!
//! Both descriptions are new, so both directions get new keys; nothing of the session with the party that left goes on.
//! A leg in which something else is under way is waited for; 491 is obeyed as RFC 3261 §14.1 says.

use std::time::Duration;

use sip::dialog::Role;
use sip::message::{Method, Response, StatusCode};

use super::cause::Cause;
use super::description::Description;
use super::leg::State;
use super::offer_answer::description_of;
use super::timer::Timer;
use super::{Bridge, Call, Purpose, Scope};
use crate::flow::LegId;

/// How often a leg that is busy is asked again.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often at most: then the join has failed.
const ATTEMPTS: u8 = 40;

/// Two legs on their way to each other.
#[derive(Debug)]
pub(super) struct Join {
    offerer: LegId,
    answerer: LegId,
    /// What the offerer offered.
    offer: Option<Description>,
    /// An INVITE of the join is under way.
    asked: bool,
    attempts: u8,
}

impl Call {
    pub(super) fn start_join(&mut self, scope: Scope<'_>, offerer: LegId, answerer: LegId, offer: Option<Description>) {
        self.introduce(offerer, answerer);
        self.introduce(answerer, offerer);
        self.join = Some(Join { offerer, answerer, offer, asked: false, attempts: 0 });
        self.resume_join(scope);
    }

    /// Shows a leg its new peer.
    fn introduce(&mut self, id: LegId, peer: LegId) {
        let shown = self.legs.get(&peer).map(|leg| leg.shown.clone());
        if let (Some(leg), Some(shown)) = (self.legs.get_mut(&id), shown) {
            leg.peer = shown;
        }
    }

    /// Goes on with the join, if there is one and it can go on now.
    pub(super) fn resume_join(&mut self, scope: Scope<'_>) {
        let Some(join) = self.join.as_mut().filter(|join| !join.asked) else { return };
        join.attempts += 1;
        if join.attempts > ATTEMPTS {
            return self.join_failed(scope, StatusCode::SERVER_TIMEOUT);
        }
        let (id, offer, offerer) = match &join.offer {
            None => (join.offerer, None, join.offerer),
            Some(offer) => (join.answerer, Some(offer.clone()), join.offerer),
        };
        if !self.legs.get(&id).is_some_and(|leg| leg.is_quiet() && leg.path.flow.is_some()) {
            return self.timers.set(Timer::Glare, scope.now.monotonic + PATIENCE);
        }
        let (purpose, offer) = match offer {
            None => (Purpose::JoinOffer, None),
            Some(offer) => match self.carry_offer(offerer, id, &offer) {
                Ok(offer) => (Purpose::JoinAnswer, Some(offer)),
                Err(refusal) => return self.join_failed(scope, refusal.status),
            },
        };
        match self.send_session_request(scope, id, Method::Invite, purpose, offer) {
            Some(sent) => {
                self.invite_sent(id, sent);
                if let Some(join) = &mut self.join {
                    join.asked = true;
                }
            }
            None => self.join_failed(scope, StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// The offerer answered the INVITE without offer.
    pub(super) fn join_offered(&mut self, scope: Scope<'_>, id: LegId, status: StatusCode, success: Option<&Response>) {
        match (success.and_then(description_of), &mut self.join) {
            (Some(offer), Some(join)) => {
                join.offer = Some(offer);
                join.asked = false;
                self.resume_join(scope);
            }
            (_, None) => self.acknowledge(scope, id, None),
            (None, Some(_)) => self.join_refused(scope, id, status),
        }
    }

    /// The answerer answered the offer.
    pub(super) fn join_answered(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        status: StatusCode,
        success: Option<&Response>,
    ) {
        let Some(join) = &self.join else { return self.acknowledge(scope, id, None) };
        let offerer = join.offerer;
        let Some(answer) = success.and_then(description_of) else { return self.join_refused(scope, id, status) };
        self.begin_record_of_join(scope, id, offerer);
        match self.carry_answer(id, offerer, &answer) {
            Ok(answer) => {
                self.acknowledge(scope, id, None);
                self.acknowledge(scope, offerer, Some(answer));
                self.join = None;
                self.joined(scope, Bridge { calling: id, called: offerer });
            }
            Err(refusal) => {
                self.acknowledge(scope, id, None);
                self.join_failed(scope, refusal.status);
            }
        }
    }

    fn join_refused(&mut self, scope: Scope<'_>, id: LegId, status: StatusCode) {
        if status != StatusCode::REQUEST_PENDING {
            return self.join_failed(scope, status);
        }
        if let Some(join) = &mut self.join {
            join.asked = false;
        }
        let wait = self.glare_wait(scope, id);
        self.timers.set(Timer::Glare, scope.now.monotonic + wait);
    }

    /// RFC 3261 §14.1: 2.1 to 4 seconds for the owner of the Call-ID, else up to 2, in steps of 10 ms.
    fn glare_wait(&self, scope: Scope<'_>, id: LegId) -> Duration {
        let random = u64::from(u16::from_be_bytes(scope.random()));
        let is_owner = self.legs.get(&id).and_then(|leg| leg.confirmed()).is_some_and(|c| c.dialog.role() == Role::Uac);
        match is_owner {
            true => Duration::from_millis(2_100 + random % 191 * 10),
            false => Duration::from_millis(random % 201 * 10),
        }
    }

    /// The legs talk to each other.
    fn joined(&mut self, scope: Scope<'_>, bridge: Bridge) {
        self.bridge = Some(bridge);
        self.timers.stop(Timer::Glare);
        self.transfer_done(scope);
        self.tell_security(scope, bridge.calling);
        self.tell_security(scope, bridge.called);
    }

    /// The legs cannot talk to each other: the one that was to join goes.
    pub(super) fn join_failed(&mut self, scope: Scope<'_>, status: StatusCode) {
        let Some(join) = self.join.take() else { return };
        self.timers.stop(Timer::Glare);
        if self.transfer.is_some() {
            self.bye(scope, join.offerer, Cause::from_status(status));
            self.transfer_failed(scope, status);
        } else if matches!(status, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT) {
            self.release(scope, Cause::from_status(status), super::EndedBy::Node);
        } else {
            self.acknowledge(scope, join.offerer, None);
        }
    }

    /// A leg went that was to join. Whether that is dealt with.
    pub(super) fn join_lost(&mut self, scope: Scope<'_>, id: LegId) -> bool {
        let Some(join) = self.join.as_ref().filter(|join| join.offerer == id && self.transfer.is_some()) else {
            return false;
        };
        debug_assert!(self.legs.get(&join.offerer).is_none_or(|leg| matches!(leg.state, State::Leaving)));
        self.join_failed(scope, StatusCode::REQUEST_TERMINATED);
        true
    }

    /// The re-INVITE that was sent on for `to` was cancelled, but `id` had taken it up: the two are asked anew.
    pub(super) fn reverted(&mut self, scope: Scope<'_>, id: LegId, to: LegId, success: Option<&Response>) {
        if success.is_some() {
            self.acknowledge(scope, id, None);
            if self.join.is_none() && self.legs.contains_key(&to) {
                self.start_join(scope, to, id, None);
            }
        }
    }
}
