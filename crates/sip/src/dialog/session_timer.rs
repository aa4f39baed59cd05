//! Session timers (RFC 4028): a session that nobody refreshes ends.
//!
//! [`SessionPolicy`] is what an end wants; [`SessionPolicy::answer`] is the rule of the answerer (§9) and
//! [`SessionTimer::agreed`] what the caller learns from the 2xx (§7.2). [`SessionTimer`] then says when to refresh
//! and when to give up (§10).

use std::time::{Duration, Instant};

use crate::message::header::{Refresher, SessionExpires};
use crate::message::{Request, Response, Violation};

/// RFC 4028 §4: no session interval is shorter.
pub const SMALLEST_INTERVAL: u32 = 90;

/// The option tag of this extension.
pub const OPTION_TAG: &str = "timer";

/// What an end wants of session timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPolicy {
    /// The interval it asks for, in seconds.
    pub interval: u32,
    /// The shortest interval it takes, in seconds.
    pub min_se: u32,
}

impl Default for SessionPolicy {
    /// What Unified CM offers on its line side.
    fn default() -> Self {
        Self { interval: 1800, min_se: 1800 }
    }
}

/// Why a request gets no session timer and no 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTimerViolation {
    /// Session-Expires or Min-SE cannot be read: 400.
    Syntax(Violation),
    /// The session interval is too small: 422 with this Min-SE (RFC 4028 §9).
    IntervalTooSmall {
        /// The value of Min-SE.
        min_se: u32,
    },
}

impl From<Violation> for SessionTimerViolation {
    fn from(violation: Violation) -> Self {
        Self::Syntax(violation)
    }
}

/// Which end refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We do.
    Local,
    /// The peer does.
    Remote,
}

/// An agreed session interval, running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    interval: u32,
    refresher: Side,
    refreshed: Instant,
}

/// What a session timer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send a re-INVITE or UPDATE with Session-Expires.
    Refresh,
    /// Send a BYE: the refresh did not come, or not get through.
    Expired,
}

impl SessionPolicy {
    /// What the answerer makes of a request (RFC 4028 §9): the timer, and the Session-Expires for the 2xx. `None`:
    /// the session has no timer.
    ///
    /// Our choice: a caller that does not support the extension gets no timer, rather than our refreshing alone.
    pub fn answer(
        &self,
        now: Instant,
        request: &Request,
    ) -> Result<Option<(SessionTimer, SessionExpires)>, SessionTimerViolation> {
        let headers = request.headers();
        let asked = headers.session_expires()?;
        if !headers.supports(OPTION_TAG) {
            return Ok(None);
        }
        if asked.is_some_and(|asked| asked.seconds < self.min_se) {
            return Err(SessionTimerViolation::IntervalTooSmall { min_se: self.min_se });
        }
        // §9: the answerer may make the interval shorter, but not less than the Min-SE of the request.
        let least = headers.min_se()?.unwrap_or(SMALLEST_INTERVAL).max(self.min_se);
        let wanted = self.interval.max(least);
        let seconds = asked.map_or(wanted, |asked| asked.seconds.min(wanted));
        // §9, table 2: the caller's choice stands; without one the caller, who supports the extension, refreshes.
        let refresher = asked.and_then(|asked| asked.refresher).unwrap_or(Refresher::Uac);
        let side = match refresher {
            Refresher::Uac => Side::Remote,
            Refresher::Uas => Side::Local,
        };
        let timer = SessionTimer { interval: seconds, refresher: side, refreshed: now };
        Ok(Some((timer, SessionExpires { seconds, refresher: Some(refresher) })))
    }
}

impl SessionTimer {
    /// What a caller learns from the 2xx to its request (RFC 4028 §7.2). `None`: the session has no timer.
    pub fn agreed(now: Instant, response: &Response) -> Result<Option<Self>, Violation> {
        let Some(agreed) = response.headers().session_expires()? else { return Ok(None) };
        let refresher = match agreed.refresher {
            Some(Refresher::Uas) => Side::Remote,
            _ => Side::Local,
        };
        Ok(Some(Self { interval: agreed.seconds.max(SMALLEST_INTERVAL), refresher, refreshed: now }))
    }

    /// The session interval in seconds.
    pub fn interval(&self) -> u32 {
        self.interval
    }

    /// Which end refreshes.
    pub fn refresher(&self) -> Side {
        self.refresher
    }

    /// Session-Expires for a refresh that we send: whoever refreshes goes on doing so.
    pub fn session_expires(&self) -> SessionExpires {
        let refresher = match self.refresher {
            Side::Local => Refresher::Uac,
            Side::Remote => Refresher::Uas,
        };
        SessionExpires { seconds: self.interval, refresher: Some(refresher) }
    }

    /// When [`due`](Self::due) is to be asked next.
    pub fn deadline(&self) -> Instant {
        match self.refresher {
            Side::Local => self.refreshed + self.length() / 2,
            Side::Remote => self.refreshed + self.length() - self.margin(),
        }
    }

    /// What is due at `now`.
    pub fn due(&self, now: Instant) -> Option<Due> {
        if now < self.deadline() {
            return None;
        }
        let expires = self.refreshed + self.length() - self.margin();
        Some(if self.refresher == Side::Local && now < expires { Due::Refresh } else { Due::Expired })
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.interval.into())
    }

    /// RFC 4028 §10: the BYE goes out 32 seconds before the end, or a third of the interval if that is less.
    fn margin(&self) -> Duration {
        (self.length() / 3).min(Duration::from_secs(32))
    }
}
