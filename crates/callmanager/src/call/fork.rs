//! An INVITE on its way to a directory number: it goes to every registered device of the line (RFC 3261 §16.6
//! without the proxy), the first 2xx wins, and of refusals the best one counts.
//!
//! ```text
//!  route_to(number) --Locate--> located --INVITE to each device--> ringing
//!     ^  forward all                |none: 480                        |- 2xx: answer, CANCEL to the others
//!     |                             |all busy: 486                    |- all refused: busy? forward : best refusal
//!     +---------- divert <----------+------------ divert <------------+- no answer in time: forward, or 480
//! ```
//!
//! Our choice: the line that calls does not ring itself at the same device. A 2xx that crosses our CANCEL wins all the same
//! while nobody else has answered: who picks up in the last moment is not hung up on.

use std::time::{Duration, Instant};

use directory::DirectoryNumber;
use sip::message::{HeaderName, Request, Response, StatusClass, StatusCode, UriBuf};

use super::best_response::BestResponse;
use super::call_detail_record::{EndedBy, Party};
use super::cause::Cause;
use super::compose::{Passed, Refusal, SDP};
use super::description::Description;
use super::identity::{Diversion, Role, Shown};
use super::leg::{Leg, Outgoing, Path, State};
use super::limits::{BRANCHES, MAX_BREADTH, Seat};
use super::loop_detection::{VISITED, Visited};
use super::offer_answer::{Media, judge_offer};
use super::origin::Origin;
use super::security::MediaTerms;
use super::session_timer::POLICY;
use super::timer::{TIMER_C, Timer};
use super::{Call, Purpose, Scope};
use crate::flow::{ClientTransactionId, DialogKey, FlowCommand, LegId, Reachable};

/// Who wants the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The leg whose INVITE began the call.
    Caller(LegId),
    /// A transfer, for this party.
    Transfer { kept: LegId },
}

/// An INVITE on its way.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) asker: Asker,
    /// Who calls.
    pub(super) calling: Shown,
    /// The asker's offer, as it came; `None`: the called device makes the offer.
    pub(super) offer: Option<Description>,
    pub(super) terms: MediaTerms,
    /// Max-Forwards of the INVITEs.
    pub(super) max_forwards: u8,
    /// Max-Breadth (RFC 5393 §5.3.3).
    pub(super) breadth: u32,
    pub(super) passed: Passed,
    pub(super) visited: Visited,
    pub(super) diversions: Vec<Diversion>,
    /// The number that it goes to now.
    pub(super) number: Option<DirectoryNumber>,
    /// The branches to that number without a final response.
    pub(super) branches: Vec<LegId>,
    pub(super) best: BestResponse,
    /// It ends no later.
    pub(super) expires: Option<Instant>,
}

impl Fork {
    pub(super) fn new(
        asker: Asker,
        calling: Shown,
        offer: Option<Description>,
        terms: MediaTerms,
        max_forwards: u8,
        passed: Passed,
    ) -> Self {
        Self {
            asker,
            calling,
            offer,
            terms,
            max_forwards,
            breadth: MAX_BREADTH,
            passed,
            visited: Visited::default(),
            diversions: Vec::new(),
            number: None,
            branches: Vec::new(),
            best: BestResponse::default(),
            expires: None,
        }
    }

    fn asking_leg(&self) -> LegId {
        match self.asker {
            Asker::Caller(leg) | Asker::Transfer { kept: leg } => leg,
        }
    }
}

/// A device that rings, or why it does not.
struct Target {
    reachable: Reachable,
    shown: Shown,
    contact: UriBuf,
    seat: Seat,
    media: Media,
    terms: MediaTerms,
}

impl Call {
    /// Goes to a number: a loop and a number that is gone end here, call forward all goes on, the rest is looked up.
    pub(super) fn route_to(&mut self, scope: Scope<'_>, number: DirectoryNumber) {
        let Some(fork) = &mut self.fork else { return };
        if fork.visited.enter(&number).is_err() {
            return self.fork_failed(scope, StatusCode::LOOP_DETECTED);
        }
        fork.number = Some(number.clone());
        fork.best = BestResponse::default();
        self.record_final_number(&number);
        if scope.node.directory().line(number.as_str()).is_none() {
            return self.fork_failed(scope, StatusCode::NOT_FOUND);
        }
        if self.forward_all(scope, &number) {
            return;
        }
        self.outputs.push_back(super::Output::Locate { number });
    }

    /// The devices of the line are known.
    pub(super) fn located(&mut self, scope: Scope<'_>, number: &DirectoryNumber, devices: Vec<Reachable>) {
        let Some(fork) = &self.fork else { return };
        if fork.number.as_ref() != Some(number) || !fork.branches.is_empty() {
            return;
        }
        let asking = self.legs.get(&fork.asking_leg()).map(|leg| leg.party.device.clone());
        let devices: Vec<_> = devices.into_iter().filter(|device| Some(&device.device) != asking.as_ref()).collect();
        if devices.is_empty() {
            return self.fork_failed(scope, StatusCode::TEMPORARILY_UNAVAILABLE);
        }
        if devices.len() > BRANCHES.min(fork.breadth as usize) {
            // RFC 5393 §5.3.3
            return self.fork_failed(scope, StatusCode::MAX_BREADTH_EXCEEDED);
        }
        let breadth = fork.breadth / devices.len() as u32;
        let targets = self.targets(scope, number, devices);
        for target in targets {
            self.send_branch(scope, target, breadth);
        }
        self.start_ringing(scope, number);
    }

    /// The devices that can ring; each other one counts as a refusal.
    fn targets(&mut self, scope: Scope<'_>, number: &DirectoryNumber, devices: Vec<Reachable>) -> Vec<Target> {
        let mut targets = Vec::with_capacity(devices.len());
        for reachable in devices {
            match self.target(scope, number, reachable) {
                Ok(target) => targets.push(target),
                Err(status) => {
                    if let Some(fork) = &mut self.fork {
                        fork.best.add(status);
                    }
                }
            }
        }
        targets
    }

    fn target(&self, scope: Scope<'_>, number: &DirectoryNumber, reachable: Reachable) -> Result<Target, StatusCode> {
        let directory = scope.node.directory();
        let fork = self.fork.as_ref().ok_or(StatusCode::REQUEST_TERMINATED)?;
        let device = directory.device(reachable.device.as_str());
        let line = device.and_then(|device| device.line(number.as_str()));
        let line = line.ok_or(StatusCode::TEMPORARILY_UNAVAILABLE)?;
        let contact = UriBuf::parse(reachable.contact.clone()).ok_or(StatusCode::TEMPORARILY_UNAVAILABLE)?;
        let terms = MediaTerms::of(scope.node, &reachable);
        let media = judge_offer(fork.offer.as_ref(), fork.terms, terms).map_err(|refusal| refusal.status)?;
        let seat = scope.node.occupancy().take(&reachable.device, number, line.busy_trigger.into());
        let seat = seat.map_err(|_| StatusCode::BUSY_HERE)?;
        Ok(Target { shown: Shown::of_appearance(line), reachable, contact, seat, media, terms })
    }

    fn send_branch(&mut self, scope: Scope<'_>, target: Target, breadth: u32) {
        let id = self.new_leg_id();
        let Some(fork) = &self.fork else { return };
        let (tag, call_id) = (scope.token(), format!("{}@{}", scope.token(), target.reachable.local.ip()));
        let key = DialogKey { call_id: call_id.clone().into(), local_tag: tag.clone().into() };
        let mut origin = Origin::new(scope.random());
        let offer = target.media.description().map(|offer| origin.write(offer));
        let mut leg = Leg {
            id,
            global_call_id: self.global_call_id(),
            party: Party {
                device: target.reachable.device.clone(),
                number: target.shown.number.to_string(),
                user: scope.node.directory().device(target.reachable.device.as_str()).and_then(|d| d.owner.clone()),
            },
            shown: target.shown,
            peer: fork.calling.clone(),
            peer_role: Role::Calling,
            path: Path::of(&target.reachable),
            terms: target.terms,
            origin,
            received: None,
            keys: vec![key],
            session: None,
            allows_update: false,
            told: Self::expected_security(fork, target.terms),
            seat: target.seat,
            state: State::Leaving,
        };
        let Ok(request) = self.branch_invite(scope, &leg, &target.contact, (&tag, &call_id), offer, breadth) else {
            return;
        };
        let bytes = request.as_bytes().clone();
        leg.state = State::Outgoing(Box::new(Outgoing::new(ClientTransactionId(self.next_transaction), request)));
        self.legs.insert(id, leg);
        self.send(id, Purpose::Branch, bytes);
        if let Some(fork) = &mut self.fork {
            fork.branches.push(id);
        }
    }

    fn branch_invite(
        &self,
        scope: Scope<'_>,
        leg: &Leg,
        contact: &UriBuf,
        (tag, call_id): (&str, &str),
        offer: Option<Description>,
        breadth: u32,
    ) -> Result<Request, sip::message::BuildError> {
        let fork = self.fork.as_ref().ok_or(sip::message::BuildError::Uri)?;
        let host = leg.path.local.ip();
        let mut builder = Self::first_invite(scope, leg, contact, tag, call_id)
            .header_display(HeaderName::MaxForwards, fork.max_forwards)
            .header_display(HeaderName::MaxBreadth, breadth.max(1))
            .header_display(HeaderName::Expires, TIMER_C.as_secs() - 1)
            .header_display(HeaderName::SessionExpires, POLICY.interval)
            .header_display(HeaderName::MinSe, POLICY.min_se)
            .extension_header(VISITED, fork.visited.value());
        // The last two diversions, the newest on top (RFC 5806 §5.1).
        for diversion in fork.diversions.iter().rev().take(2) {
            builder = builder.header(HeaderName::Diversion, diversion.value(host));
        }
        builder = fork.passed.write(builder);
        match offer {
            Some(offer) => builder.header(HeaderName::Supported, "100rel").body(SDP, offer),
            None => builder,
        }
        .finish_request()
    }

    fn start_ringing(&mut self, scope: Scope<'_>, number: &DirectoryNumber) {
        let Some(fork) = &self.fork else { return };
        if fork.branches.is_empty() {
            return self.all_refused(scope);
        }
        let now = scope.now.monotonic;
        let latest = fork.expires.map_or(now + TIMER_C, |expires| expires.min(now + TIMER_C));
        self.timers.set(Timer::C, latest);
        if let Some(seconds) = no_answer_seconds(scope, number) {
            self.timers.set(Timer::NoAnswer, now + Duration::from_secs(seconds.into()));
        }
    }

    /// A branch got 300 to 699, or what counts as one.
    pub(super) fn branch_refused(
        &mut self,
        scope: Scope<'_>,
        leg: LegId,
        status: StatusCode,
        response: Option<&Response>,
    ) {
        if response.is_some_and(|response| self.raise_interval(leg, response)) {
            return;
        }
        let deflection = response.and_then(|response| self.deflection(scope, leg, response));
        self.remove_leg(leg);
        let Some(fork) = &mut self.fork else { return };
        let Some(at) = fork.branches.iter().position(|branch| *branch == leg) else { return };
        // Cannot panic: the position was just found.
        fork.branches.swap_remove(at);
        if self.deflected(scope, deflection) {
            return;
        }
        let Some(fork) = &mut self.fork else { return };
        fork.best.add(status);
        // RFC 3261 §16.7 step 5: a 6xx ends the search.
        if fork.branches.is_empty() || status.class() == StatusClass::GlobalFailure {
            self.cancel_branches();
            self.all_refused(scope);
        }
    }

    /// No branch is left.
    fn all_refused(&mut self, scope: Scope<'_>) {
        self.stop_ringing();
        let Some(fork) = &self.fork else { return };
        let status = fork.best.status();
        if !self.forward_busy(scope, status) {
            self.fork_failed(scope, status);
        }
    }

    /// Gives up: who asked hears the status.
    pub(super) fn fork_failed(&mut self, scope: Scope<'_>, status: StatusCode) {
        self.cancel_branches();
        self.stop_ringing();
        let Some(fork) = self.fork.take() else { return };
        match fork.asker {
            Asker::Caller(caller) => {
                self.refuse_caller(scope, caller, &Refusal::new(status));
                self.refused_record(status);
                self.close_record(scope, Cause::from_status(status), EndedBy::Called);
            }
            Asker::Transfer { .. } => self.transfer_failed(scope, status),
        }
    }

    /// Takes the fork away: it was answered, or nobody waits for it any more. Every branch is cancelled.
    pub(super) fn end_fork(&mut self) -> Option<Fork> {
        self.cancel_branches();
        self.stop_ringing();
        self.fork.take()
    }

    /// CANCELs every branch; each stays until its final response.
    pub(super) fn cancel_branches(&mut self) {
        let branches = self.fork.as_mut().map(|fork| std::mem::take(&mut fork.branches)).unwrap_or_default();
        for branch in branches {
            self.cancel_branch(branch);
        }
    }

    fn cancel_branch(&mut self, id: LegId) {
        let from = self.call_leg(id);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(flow) = leg.path.flow else { return self.remove_leg(id) };
        let Some(outgoing) = leg.outgoing_mut() else { return };
        if std::mem::replace(&mut outgoing.cancelled, true) {
            return;
        }
        let transaction = outgoing.transaction;
        self.command(flow, FlowCommand::Cancel { from, transaction });
    }

    pub(super) fn stop_ringing(&mut self) {
        self.timers.stop(Timer::C);
        self.timers.stop(Timer::NoAnswer);
    }
}

fn no_answer_seconds(scope: Scope<'_>, number: &DirectoryNumber) -> Option<u16> {
    let line = scope.node.directory().line(number.as_str())?;
    line.forward.no_answer.as_ref().map(|_| line.forward.no_answer_seconds)
}
