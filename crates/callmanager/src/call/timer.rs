//! The timers of a call, and the table it keeps them in.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::flow::LegId;

/// A timer of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The line's no-answer time: forward, or give up.
    NoAnswer,
    /// Timer C (RFC 3261 §16.6 step 11): the longest time that an INVITE may ring.
    C,
    /// A leg whose flow closed looks for its device's new flow.
    Rebind(LegId),
    /// A leg whose flow closed gives up.
    Grace(LegId),
    /// A join goes on: its re-INVITE met one of the device's (RFC 3261 §14.1), or the leg was busy.
    Glare,
    /// The session wants its refresh (RFC 4028 §7.2), or was not refreshed (§10).
    Session(LegId),
    /// Our refresh of the session did not get through (RFC 4028 §10).
    SessionExpired(LegId),
    /// A reliable provisional response is repeated (RFC 3262 §3).
    ProvisionalRepeat(LegId),
    /// The other call did not hand over its leg.
    Surrender,
}

/// The longest time that an INVITE may stay without a final response: over 3 minutes (RFC 3261 §16.6 step 11).
pub(super) const TIMER_C: Duration = Duration::from_secs(181);

/// The running timers of a call.
#[derive(Debug, Default)]
pub(super) struct TimerTable(BTreeMap<Timer, Instant>);

impl TimerTable {
    /// Starts `timer`, or moves it when it runs already.
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.0.insert(timer, at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    /// Stops every timer of a leg.
    pub(super) fn stop_leg(&mut self, id: LegId) {
        self.0.retain(|timer, _| timer.leg() != Some(id));
    }

    pub(super) fn is_running(&self, timer: Timer) -> bool {
        self.0.contains_key(&timer)
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().copied().min()
    }

    /// Takes out the timer that expired first, if one has by `now`.
    pub(super) fn expired(&mut self, now: Instant) -> Option<Timer> {
        let (timer, _) =
            self.0.iter().map(|(timer, at)| (*timer, *at)).min_by_key(|(_, at)| *at).filter(|(_, at)| *at <= now)?;
        self.0.remove(&timer);
        Some(timer)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Timer {
    fn leg(self) -> Option<LegId> {
        match self {
            Self::Rebind(id)
            | Self::Grace(id)
            | Self::Session(id)
            | Self::SessionExpired(id)
            | Self::ProvisionalRepeat(id) => Some(id),
            Self::NoAnswer | Self::C | Self::Glare | Self::Surrender => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_expire_in_order_of_their_deadlines() {
        let start = Instant::now();
        let mut timers = TimerTable::default();
        timers.set(Timer::C, start + TIMER_C);
        timers.set(Timer::NoAnswer, start + Duration::from_secs(12));
        assert_eq!(timers.next(), Some(start + Duration::from_secs(12)));
        assert_eq!(timers.expired(start), None);
        assert_eq!(timers.expired(start + TIMER_C), Some(Timer::NoAnswer));
        assert_eq!(timers.expired(start + TIMER_C), Some(Timer::C));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_leg_that_goes_takes_its_timers_with_it() {
        let start = Instant::now();
        let mut timers = TimerTable::default();
        timers.set(Timer::Session(LegId(1)), start);
        timers.set(Timer::SessionExpired(LegId(1)), start);
        timers.set(Timer::Session(LegId(2)), start);
        timers.stop_leg(LegId(1));
        assert_eq!(timers.expired(start), Some(Timer::Session(LegId(2))));
        assert_eq!(timers.next(), None);
    }
}
