//! The registration of a phone: RFC 3261 §10.2 as Unified CM wants it of its devices.
//!
//! ```text
//!          register            at the instant           flow up / REGISTER
//!   Idle ----------> Waiting ----------------> Connecting -----------> Active
//!    ^                  ^    / connect              |                  |    |
//!    |                  |                           | no flow          |    | unregistered
//!    |                  +---------------------------+------------------+    |
//!    |                    flow lost, refused, no answer                     |
//!    +----------------------------------------------------------------------+
//!
//!   Active:  Asking --401, 407--> Asking with credentials --200--> Settled --5 s before the end--> Asking
//!                       \--no token, or refused--> AwaitingToken --token--> Asking
//! ```
//!
//! A flow has one identity: Call-ID, From tag, and a CSeq that counts up. Once challenged, each REGISTER of the flow
//! carries credentials. While registered on a node that is not the first of its group, the phone looks from time to
//! time whether a preferred one takes connections, and moves there when no call is open.
//!
//! Our choices: only a REGISTER is ever answered with credentials, never the challenge to another request; a
//! Retry-After above an hour counts as an hour.

mod active;
mod alarm;
mod challenge;
mod credentials;
mod failure;
mod nodes;
mod outcome;
mod request;

use std::time::{Duration, Instant};

use sip::message::{HeaderName, Response, StatusCode};

use crate::context::{Context, Effect, Sender, Site};
use crate::event::{Event, RegistrationFailure};
use crate::settings::Authentication;
use crate::target::Target;
use active::{Active, Bound, Leaving, Phase, monitor_interval, refresh_after};
use alarm::Alarm;
use challenge::Challenge;
use credentials::AccessToken;
use nodes::{Attempt, Nodes};
use outcome::{Granted, Outcome};
use request::{Identity, Kind, Register};

/// How long a flow may take to come up.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the node that the phone moves away from may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// So many tokens, or nonces, may be refused in a row before the phone pauses.
const REFUSALS: u32 = 3;

/// The registration client of a phone.
#[derive(Debug)]
pub(crate) struct Registration {
    state: State,
    nodes: Nodes,
    token: Option<AccessToken>,
    /// Credentials refused since the last success.
    refusals: u32,
    /// What the next REGISTER asks for.
    expires: Duration,
    alarm: Alarm,
}

#[derive(Debug)]
enum State {
    Idle,
    Waiting(Attempt),
    Connecting(Connecting),
    Active(Box<Active>),
}

#[derive(Debug)]
struct Connecting {
    node: usize,
    target: Target,
    give_up: Instant,
}

impl Registration {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            state: State::Idle,
            nodes: Nodes::new(context.targets().len()),
            token: None,
            refusals: 0,
            expires: context.config.stack.register_expires,
            alarm: Alarm::Initialized,
        }
    }

    /// Whether the server has a binding for us.
    pub(crate) fn is_registered(&self) -> bool {
        matches!(&self.state, State::Active(active) if active.bound.is_some())
    }

    /// The user wants to be registered.
    pub(crate) fn start(&mut self, now: Instant, context: &mut Context) {
        match &mut self.state {
            State::Idle => self.connect(now, 0, context),
            State::Active(active) if active.leaving == Some(Leaving::Stop) => active.leaving = None,
            _ => {}
        }
    }

    /// The user wants to be unregistered.
    pub(crate) fn stop(&mut self, now: Instant, context: &mut Context) {
        self.alarm = Alarm::ApplicationRequested;
        match &mut self.state {
            State::Active(active) if active.bound.is_some() => self.leave(now, Leaving::Stop, context),
            _ => self.idle(context),
        }
    }

    fn idle(&mut self, context: &mut Context) {
        if !matches!(self.state, State::Idle | State::Waiting(_)) {
            context.effects.push_back(Effect::Disconnect);
        }
        self.state = State::Idle;
        context.tell(Event::Unregistered);
    }

    /// Unregisters, at once or when the request under way is answered.
    fn leave(&mut self, now: Instant, leaving: Leaving, context: &mut Context) {
        let State::Active(active) = &mut self.state else { return };
        active.leaving = Some(leaving);
        if let Phase::Settled | Phase::AwaitingToken(_) = active.phase {
            self.ask(now, Kind::Remove, context);
        }
    }

    fn connect(&mut self, now: Instant, node: usize, context: &mut Context) {
        let Some(target) = context.targets().into_iter().nth(node) else { return };
        context.effects.push_back(Effect::Connect(target.clone()));
        context.tell(Event::Registering { target: target.clone() });
        self.state = State::Connecting(Connecting { node, target, give_up: now + CONNECT_LIMIT });
    }

    /// The flow is up.
    pub(crate) fn connected(&mut self, now: Instant, site: Site, context: &mut Context) {
        let State::Connecting(Connecting { node, .. }) = self.state else { return };
        let identity = Identity::new(context, &site);
        // RFC 3261 §8.1.1.5: any number below 2^31; a small one leaves room to count.
        let sequence = u32::try_from(context.number() % 1_000).unwrap_or_default();
        self.state = State::Active(Box::new(Active {
            node,
            site,
            identity,
            sequence,
            challenge: None,
            nonce_count: 0,
            phase: Phase::Settled,
            bound: None,
            leaving: None,
            leave_at: None,
        }));
        self.ask(now, Kind::Initial, context);
    }

    /// Sends a REGISTER.
    fn ask(&mut self, now: Instant, kind: Kind, context: &mut Context) {
        let State::Active(active) = &mut self.state else { return };
        active.sequence += 1;
        let credentials = active.credentials(self.token.as_ref(), context);
        let with_credentials = credentials.is_some();
        let register = Register {
            identity: &active.identity,
            sequence: active.sequence,
            kind,
            expires: self.expires,
            alarm: self.alarm,
            credentials,
        };
        active.phase = Phase::Asking { kind, with_credentials };
        let sent = register
            .build(context, &active.site)
            .is_some_and(|request| context.send(Sender::Registration, request).is_ok());
        if !sent {
            self.refused(now, RegistrationFailure::Unwritable, None, context);
        }
    }

    /// A response to a REGISTER came.
    pub(crate) fn response(&mut self, now: Instant, response: &Response, context: &mut Context) {
        let State::Active(active) = &mut self.state else { return };
        let Phase::Asking { kind, with_credentials } = active.phase else { return };
        if response.status().is_provisional() {
            return;
        }
        active.phase = Phase::Settled;
        match Outcome::of(response, self.expires, active.site.target.port_kind) {
            Outcome::Registered(_) | Outcome::Refused(..) | Outcome::IntervalTooBrief(_) if kind == Kind::Remove => {
                self.left(now, context);
            }
            Outcome::Registered(granted) => self.registered(now, granted, context),
            Outcome::Challenged(field, challenge) => {
                self.challenged(now, kind, with_credentials, field, challenge, context);
            }
            Outcome::IntervalTooBrief(least) => {
                self.expires = least;
                self.ask(now, kind, context);
            }
            Outcome::Refused(failure, retry_after) => self.refused(now, failure, retry_after, context),
        }
    }

    fn registered(&mut self, now: Instant, granted: Granted, context: &mut Context) {
        let State::Active(active) = &mut self.state else { return };
        self.refusals = 0;
        self.alarm = Alarm::Initialized;
        self.nodes.succeeded(active.node);
        let was_bound = active.bound.is_some();
        let monitor_at = active.bound.and_then(|bound| bound.monitor_at);
        active.bound = Some(Bound {
            refresh_at: now + refresh_after(granted.expires, context.config.stack.register_delta),
            ends_at: now + granted.expires,
            monitor_at: monitor_at.or_else(|| (active.node > 0).then(|| now + monitor_interval(context))),
        });
        let expires = granted.expires;
        context.tell(match was_bound && !granted.is_new {
            true => Event::Refreshed { expires },
            false => Event::Registered { target: active.site.target.clone(), expires },
        });
        if active.leaving.is_some() {
            self.ask(now, Kind::Remove, context);
        }
    }

    fn challenged(
        &mut self,
        now: Instant,
        kind: Kind,
        had_credentials: bool,
        field: HeaderName,
        challenge: Challenge,
        context: &mut Context,
    ) {
        let State::Active(active) = &mut self.state else { return };
        if had_credentials {
            self.refusals += 1;
        }
        let out_of_patience = self.refusals > REFUSALS;
        match (&context.settings.authentication, &challenge) {
            (Authentication::VendorBearer | Authentication::StandardBearer, Challenge::Bearer { error }) => {
                let refused = had_credentials.then(|| error.clone().unwrap_or_default());
                active.challenge = Some((field, challenge));
                if had_credentials {
                    self.token = None;
                }
                match refused {
                    Some(description) if out_of_patience => {
                        self.refusals = 0;
                        self.refused(now, RegistrationFailure::InvalidToken { description }, None, context);
                    }
                    None if self.token.is_some() => self.ask(now, kind, context),
                    refused => {
                        active.phase = Phase::AwaitingToken(kind);
                        context.tell(Event::AccessTokenWanted { refused });
                    }
                }
            }
            (Authentication::Digest { .. }, Challenge::Digest(digest)) => {
                let fresh = !had_credentials || digest.is_stale;
                active.challenge = Some((field, challenge));
                active.nonce_count = 0;
                match fresh && !out_of_patience {
                    true => self.ask(now, kind, context),
                    false => {
                        self.refusals = 0;
                        let failure = RegistrationFailure::Refused(StatusCode::UNAUTHORIZED);
                        self.refused(now, failure, None, context);
                    }
                }
            }
            _ => self.refused(now, RegistrationFailure::UnknownChallenge, None, context),
        }
    }

    /// A token came.
    pub(crate) fn access_token(&mut self, now: Instant, token: String, context: &mut Context) {
        self.token = Some(AccessToken(token));
        if let State::Active(active) = &self.state
            && let Phase::AwaitingToken(kind) = active.phase
        {
            self.ask(now, kind, context);
        }
    }

    /// We are unregistered, or the server will find out by itself.
    fn left(&mut self, now: Instant, context: &mut Context) {
        let State::Active(active) = &self.state else { return };
        match active.leaving {
            Some(Leaving::MoveTo(node)) => {
                context.effects.push_back(Effect::Disconnect);
                self.alarm = Alarm::HigherPriorityNode;
                self.connect(now, node, context);
            }
            Some(Leaving::Stop) | None => self.idle(context),
        }
    }

    /// What a probe found.
    pub(crate) fn probed(&mut self, now: Instant, target: &Target, reachable: bool, context: &mut Context) {
        let State::Active(active) = &self.state else { return };
        let node = context.targets().iter().position(|known| known == target);
        match node {
            Some(node) if reachable && node < active.node && active.leaving.is_none() && context.open_calls == 0 => {
                self.leave(now, Leaving::MoveTo(node), context);
            }
            _ => {}
        }
    }

    /// The configuration changed: the phone moves if its node or its port did.
    pub(crate) fn config_changed(&mut self, now: Instant, context: &mut Context) {
        let targets = context.targets();
        self.nodes = Nodes::new(targets.len());
        self.expires = context.config.stack.register_expires;
        match &mut self.state {
            State::Idle => {}
            State::Waiting(attempt) => *attempt = Attempt { node: 0, at: now },
            State::Connecting(Connecting { node, target, .. }) => match targets.iter().position(|one| one == target) {
                Some(index) => *node = index,
                None => {
                    context.effects.push_back(Effect::Disconnect);
                    self.connect(now, 0, context);
                }
            },
            State::Active(active) => match targets.iter().position(|one| *one == active.site.target) {
                Some(index) => active.node = index,
                None => self.leave_for_good(now, context),
            },
        }
    }

    /// Moves to where the phone is now. What was before may not answer any more, so it is not waited for long.
    fn leave_for_good(&mut self, now: Instant, context: &mut Context) {
        let State::Active(active) = &mut self.state else { return };
        let is_bound = active.bound.is_some();
        active.leave_at = Some(now + GOODBYE);
        active.leaving.get_or_insert(Leaving::MoveTo(0));
        match (is_bound, active.phase) {
            (false, _) => self.left(now, context),
            (true, Phase::Asking { .. }) => {}
            (true, Phase::Settled | Phase::AwaitingToken(_)) => self.ask(now, Kind::Remove, context),
        }
    }

    /// When [`timeout`](Self::timeout) is to be called next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Waiting(attempt) => Some(attempt.at),
            State::Connecting(connecting) => Some(connecting.give_up),
            State::Active(active) => active.deadline(),
        }
    }

    /// Does what is due.
    pub(crate) fn timeout(&mut self, now: Instant, context: &mut Context) {
        if self.deadline().is_none_or(|at| at > now) {
            return;
        }
        match &mut self.state {
            State::Idle => {}
            State::Waiting(attempt) => {
                let node = attempt.node;
                self.connect(now, node, context);
            }
            State::Connecting(_) => {
                context.effects.push_back(Effect::Disconnect);
                self.disconnected(now, "no connection in time".into(), context);
            }
            State::Active(active) if active.leave_at.is_some() => self.left(now, context),
            State::Active(active) => match (active.phase, active.bound) {
                (Phase::Settled, Some(bound)) if bound.refresh_at <= now => self.ask(now, Kind::Refresh, context),
                (Phase::AwaitingToken(_), Some(bound)) if bound.ends_at <= now => active.lapse(context),
                _ => active.monitor(now, context),
            },
        }
    }
}
