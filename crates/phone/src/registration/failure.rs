//! What becomes of a registration that fails: why, and when to try which node again.

use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::nodes::Attempt;
use super::{Connecting, Leaving, Registration, State};
use crate::context::{Context, Effect};
use crate::event::{Event, RegistrationFailure};
use crate::target::Target;

/// The longest pause that a server can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// A refusal that says nothing about when to come back.
const USUAL_PAUSE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(60));

impl Registration {
    /// The server refused the registration for another reason than credentials.
    pub(super) fn refused(
        &mut self,
        now: Instant,
        failure: RegistrationFailure,
        retry_after: Option<Duration>,
        context: &mut Context,
    ) {
        let State::Active(active) = &self.state else { return };
        let (node, target, leaving) = (active.node, active.site.target.clone(), active.leaving);
        context.effects.push_back(Effect::Disconnect);
        if leaving == Some(Leaving::Stop) {
            self.state = State::Idle;
            return context.tell(Event::Unregistered);
        }
        self.alarm = Alarm::Rejected;
        let pause = match retry_after {
            Some(asked) => asked.min(LONGEST_RETRY_AFTER),
            None => context.between(USUAL_PAUSE.0, USUAL_PAUSE.1),
        };
        let attempt = match &failure {
            RegistrationFailure::Overloaded => self.nodes.paused(now, node, pause, context),
            RegistrationFailure::Refused(status) if status.as_u16() >= 500 => self.nodes.failed(now, node, context),
            _ => self.nodes.same(now, node, pause),
        };
        self.wait(now, attempt, target, failure, context);
    }

    fn wait(
        &mut self,
        now: Instant,
        attempt: Attempt,
        target: Target,
        failure: RegistrationFailure,
        context: &mut Context,
    ) {
        let retry_in = attempt.at.saturating_duration_since(now);
        self.state = State::Waiting(attempt);
        context.tell(Event::RegistrationFailed { target, failure, retry_in });
    }

    /// Timer F fired: nobody answers on this flow.
    pub(crate) fn no_answer(&mut self, now: Instant, context: &mut Context) {
        let State::Active(active) = &self.state else { return };
        if active.leaving.is_some() {
            return self.left(now, context);
        }
        let (node, target) = (active.node, active.site.target.clone());
        context.effects.push_back(Effect::Disconnect);
        self.alarm = Alarm::RegistrationTimeout;
        let attempt = self.nodes.failed(now, node, context);
        self.wait(now, attempt, target, RegistrationFailure::NoAnswer, context);
    }

    /// The flow could not be had, or was lost.
    pub(crate) fn disconnected(&mut self, now: Instant, reason: String, context: &mut Context) {
        let failure = RegistrationFailure::Disconnected { reason };
        let (attempt, target) = match &self.state {
            State::Connecting(Connecting { node, target, .. }) => {
                self.alarm = Alarm::ConnectionTimeout;
                (self.nodes.failed(now, *node, context), target.clone())
            }
            State::Active(active) if active.leaving.is_some() => return self.left(now, context),
            State::Active(active) => {
                self.alarm = Alarm::ClosedByNode;
                let target = active.site.target.clone();
                let attempt = match active.bound {
                    Some(_) => self.nodes.lost(now, active.node, context),
                    None => self.nodes.failed(now, active.node, context),
                };
                (attempt, target)
            }
            State::Idle | State::Waiting(_) => return,
        };
        self.wait(now, attempt, target, failure, context);
    }
}
