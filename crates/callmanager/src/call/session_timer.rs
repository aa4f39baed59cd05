//! Session timers (RFC 4028), leg by leg: each device agrees on its interval with us, and a leg that is not
//! refreshed ends the call.
//!
//! We ask for 1800 seconds and take no less. When the refresh is ours it is an UPDATE without description if the device
//! allows UPDATE, else a re-INVITE with the description that the device has already; our choice. What the device
//! answers to that concerns nobody else.

use std::time::Duration;

use sip::dialog::session_timer::{Due, OPTION_TAG, SessionPolicy, SessionTimer, SessionTimerViolation, Side};
use sip::message::header::{Refresher, SessionExpires};
use sip::message::{HeaderName, Method, Request, Response, ResponseBuilder, StatusCode};

use super::cause::Cause;
use super::compose::Refusal;
use super::leg::Leg;
use super::timer::Timer;
use super::{Call, Purpose, Scope};
use crate::flow::LegId;

/// What we want of session timers.
pub(super) const POLICY: SessionPolicy = SessionPolicy { interval: 1800, min_se: 1800 };

/// What a request agrees to, or its refusal: 422 with our Min-SE for an interval that is too small.
pub(super) fn answer(scope: Scope<'_>, request: &Request) -> Result<Option<(SessionTimer, SessionExpires)>, Refusal> {
    POLICY.answer(scope.now.monotonic, request).map_err(|violation| match violation {
        SessionTimerViolation::IntervalTooSmall { min_se } => {
            Refusal::new(StatusCode::SESSION_INTERVAL_TOO_SMALL).with(HeaderName::MinSe, min_se.to_string())
        }
        SessionTimerViolation::Syntax(_) => Refusal::new(StatusCode::BAD_REQUEST),
    })
}

/// Session-Expires of a 2xx, with the Require that belongs to it (RFC 4028 §9).
pub(super) fn write(builder: ResponseBuilder, session: Option<SessionExpires>) -> ResponseBuilder {
    let Some(session) = session else { return builder };
    let builder = builder.header(HeaderName::SessionExpires, value(session));
    match session.refresher {
        Some(Refresher::Uac) => builder.header(HeaderName::Require, OPTION_TAG),
        _ => builder,
    }
}

fn value(session: SessionExpires) -> String {
    match session.refresher {
        Some(Refresher::Uac) => format!("{};refresher=uac", session.seconds),
        Some(Refresher::Uas) => format!("{};refresher=uas", session.seconds),
        None => session.seconds.to_string(),
    }
}

impl Leg {
    /// Session-Expires and Min-SE for an INVITE or UPDATE of ours.
    pub(super) fn session_expires(&self) -> Vec<(HeaderName, String)> {
        match &self.session {
            Some(timer) => vec![
                (HeaderName::SessionExpires, value(timer.session_expires())),
                (HeaderName::MinSe, POLICY.min_se.to_string()),
            ],
            None => Vec::new(),
        }
    }

    /// The device refreshed its session: what its 2xx says.
    pub(super) fn refreshed_by(&mut self, scope: Scope<'_>, request: &Request) -> Option<SessionExpires> {
        let agreed = POLICY.answer(scope.now.monotonic, request).ok()?;
        self.session = agreed.map(|(timer, _)| timer);
        agreed.map(|(_, expires)| expires)
    }

    /// The device answered an INVITE or UPDATE of ours with 2xx: what it agreed to.
    pub(super) fn agree_session(&mut self, scope: Scope<'_>, response: &Response) {
        self.session = SessionTimer::agreed(scope.now.monotonic, response).ok().flatten();
    }
}

impl Call {
    /// Sends the INVITE of a branch again with the interval that its 422 asks for, once (RFC 4028 §7.3). Whether it did.
    pub(super) fn raise_interval(&mut self, id: LegId, response: &Response) -> bool {
        if response.status() != StatusCode::SESSION_INTERVAL_TOO_SMALL {
            return false;
        }
        let Some(min_se) = response.headers().min_se().ok().flatten() else { return false };
        let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing_mut()) else { return false };
        if outgoing.cancelled || std::mem::replace(&mut outgoing.interval_raised, true) {
            return false;
        }
        let seconds = min_se.max(POLICY.interval).to_string();
        let again = outgoing.request.edit().replace(HeaderName::SessionExpires, &seconds);
        let again = again.replace(HeaderName::MinSe, min_se.to_string()).replace(HeaderName::CSeq, "102 INVITE");
        let Some(again) = again.finish().ok().and_then(|bytes| Request::parse(bytes).ok()) else { return false };
        outgoing.request = again.clone();
        let Some(transaction) = self.send(id, Purpose::Branch, again.as_bytes().clone()) else { return false };
        if let Some(outgoing) = self.legs.get_mut(&id).and_then(|leg| leg.outgoing_mut()) {
            outgoing.transaction = transaction;
        }
        true
    }

    /// Starts the timer that the leg's session asks for.
    pub(super) fn arm_session_timer(&mut self, id: LegId) {
        self.timers.stop(Timer::Session(id));
        self.timers.stop(Timer::SessionExpired(id));
        if let Some(timer) = self.legs.get(&id).and_then(|leg| leg.session) {
            self.timers.set(Timer::Session(id), timer.deadline());
        }
    }

    /// The session wants its refresh, or did not get it.
    pub(super) fn session_due(&mut self, scope: Scope<'_>, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(timer) = leg.session else { return };
        match timer.due(scope.now.monotonic) {
            Some(Due::Expired) => self.leg_lost(scope, id, Cause::TIMER_EXPIRY),
            Some(Due::Refresh) => {
                // RFC 4028 §10: a session that we cannot refresh ends too.
                let rest = Duration::from_secs(u64::from(timer.interval() / 2)).saturating_sub(Duration::from_secs(32));
                if !self.timers.is_running(Timer::SessionExpired(id)) {
                    self.timers.set(Timer::SessionExpired(id), scope.now.monotonic + rest);
                }
                self.refresh_session(scope, id);
            }
            None => self.arm_session_timer(id),
        }
    }

    fn refresh_session(&mut self, scope: Scope<'_>, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        if leg.allows_update {
            self.send_session_request(scope, id, Method::Update, Purpose::Refresh, None);
            return;
        }
        if !leg.is_quiet() {
            // The change under way refreshes the session as well; if it fails, the refresh follows.
            self.timers.set(Timer::Session(id), scope.now.monotonic + Duration::from_secs(5));
            return;
        }
        let description = leg.origin.last().cloned();
        if let Some(sent) = self.send_session_request(scope, id, Method::Invite, Purpose::Refresh, description) {
            self.invite_sent(id, sent);
        }
    }

    /// The device answered our refresh.
    pub(super) fn refreshed(&mut self, scope: Scope<'_>, id: LegId, status: StatusCode, response: Option<&Response>) {
        self.acknowledge(scope, id, None);
        match response.filter(|_| status.is_success()) {
            Some(response) => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.agree_session(scope, response);
                }
                self.arm_session_timer(id);
            }
            None if super::hold::ends_dialog(status) => self.leg_lost(scope, id, Cause::from_status(status)),
            None if self
                .legs
                .get(&id)
                .and_then(|leg| leg.session)
                .is_some_and(|timer| timer.refresher() == Side::Local) =>
            {
                self.timers.set(Timer::Session(id), scope.now.monotonic + Duration::from_secs(5));
            }
            None => {}
        }
    }
}
