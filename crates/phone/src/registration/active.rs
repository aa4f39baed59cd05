//! A registration whose flow is up: what the server asked for, what is under way, and until when it is bound.

use std::time::{Duration, Instant};

use sip::message::HeaderName;

use super::challenge::Challenge;
use super::credentials::{self, AccessToken};
use super::request::{Identity, Kind};
use crate::context::{Context, Effect, Site};
use crate::event::{Event, RegistrationFailure};
use crate::settings::Authentication;

/// A flow is up.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) node: usize,
    pub(super) site: Site,
    pub(super) identity: Identity,
    pub(super) sequence: u32,
    /// What the server asked for on this flow, and where the answer goes.
    pub(super) challenge: Option<(HeaderName, Challenge)>,
    pub(super) nonce_count: u32,
    pub(super) phase: Phase,
    pub(super) bound: Option<Bound>,
    pub(super) leaving: Option<Leaving>,
    /// When the phone leaves, answered or not.
    pub(super) leave_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Settled,
    Asking { kind: Kind, with_credentials: bool },
    AwaitingToken(Kind),
}

/// The server has a binding for us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) refresh_at: Instant,
    pub(super) ends_at: Instant,
    /// When to look for a preferred node.
    pub(super) monitor_at: Option<Instant>,
}

/// What follows when we are unregistered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    Stop,
    MoveTo(usize),
}

impl Active {
    pub(super) fn credentials(
        &mut self,
        token: Option<&AccessToken>,
        context: &mut Context,
    ) -> Option<(HeaderName, String)> {
        let (field, challenge) = self.challenge.as_ref()?;
        match (&context.settings.authentication, challenge) {
            (Authentication::VendorBearer, Challenge::Bearer { .. }) => Some(credentials::bearer(*field, token?, true)),
            (Authentication::StandardBearer, Challenge::Bearer { .. }) => {
                Some(credentials::bearer(*field, token?, false))
            }
            (Authentication::Digest { username, password }, Challenge::Digest(digest)) => {
                self.nonce_count += 1;
                let user = (username.clone(), password.clone());
                let user = (user.0.as_str(), user.1.as_str());
                Some(credentials::digest(*field, digest, self.nonce_count, user, context, &self.site))
            }
            _ => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.leave_at.is_some() {
            return self.leave_at;
        }
        let bound = self.bound?;
        let next = match self.phase {
            Phase::Settled => Some(bound.refresh_at),
            Phase::AwaitingToken(_) => Some(bound.ends_at),
            Phase::Asking { .. } => None,
        };
        [next, bound.monitor_at].into_iter().flatten().min()
    }

    /// The binding ended while no token came.
    pub(super) fn lapse(&mut self, context: &mut Context) {
        self.bound = None;
        self.phase = Phase::AwaitingToken(Kind::Initial);
        let failure =
            RegistrationFailure::InvalidToken { description: "the registration ended without a token".into() };
        let target = self.site.target.clone();
        context.tell(Event::RegistrationFailed { target, failure, retry_in: Duration::ZERO });
    }

    /// Looks whether a preferred node is back.
    pub(super) fn monitor(&mut self, now: Instant, context: &mut Context) {
        let Some(bound) = &mut self.bound else { return };
        if bound.monitor_at.is_none_or(|at| at > now) {
            return;
        }
        bound.monitor_at = Some(now + monitor_interval(context));
        if context.open_calls > 0 || self.leaving.is_some() {
            return;
        }
        // Through an edge, a connection says nothing about the node behind it.
        let preferred = context.targets().into_iter().take(self.node).filter(|target| target.through.is_none());
        context.effects.extend(preferred.map(Effect::Probe));
    }
}

/// A registration is refreshed so long before its end as the configuration says; one shorter than twice that, at
/// its half.
pub(super) fn refresh_after(expires: Duration, delta: Duration) -> Duration {
    if expires > delta * 2 { expires - delta } else { expires / 2 }
}

pub(super) fn monitor_interval(context: &mut Context) -> Duration {
    let interval = context.settings.fallback_monitor;
    context.between(interval - interval / 10, interval + interval / 10)
}
