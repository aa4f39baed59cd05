//! The lettered timers of RFC 3261 §17 and their values (Appendix A, table 4), and the table a transaction
//! keeps its running timers in.
//!
//! Timer L and Timer M come from RFC 6026. Four timers that the standards ask for without a letter have a
//! name here: the 100 that an INVITE must not wait for (§17.2.1), the 2xx that the transaction user repeats
//! until its ACK (§13.3.1.4), the wait for the final response after a CANCEL (§9.1), and the longest time
//! that a non-INVITE may stay unanswered, after which its client has given up by Timer F.

use std::time::{Duration, Instant};

/// Whether the flow's transport repeats lost messages itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP, TLS, SCTP.
    Reliable,
    /// UDP.
    Unreliable,
}

/// A timer of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// INVITE client: repeat the request.
    A,
    /// INVITE client: no response came.
    B,
    /// INVITE client: absorb response retransmissions.
    D,
    /// Non-INVITE client: repeat the request.
    E,
    /// Non-INVITE client: no final response came.
    F,
    /// INVITE server: repeat the final response.
    G,
    /// INVITE server: no ACK came.
    H,
    /// INVITE server: absorb ACK retransmissions.
    I,
    /// Non-INVITE server: answer request retransmissions.
    J,
    /// Non-INVITE client: absorb response retransmissions.
    K,
    /// INVITE server: absorb INVITE retransmissions after a 2xx.
    L,
    /// INVITE client: pass on 2xx retransmissions and those of other branches.
    M,
    /// INVITE server: send a 100 for a transaction user that is slow (RFC 3261 §17.2.1).
    Trying,
    /// INVITE server: repeat the 2xx until its ACK (RFC 3261 §13.3.1.4).
    Success,
    /// INVITE client: no final response followed the CANCEL (RFC 3261 §9.1).
    Cancelled,
    /// Non-INVITE server: the transaction user never answered.
    Unanswered,
}

/// RFC 3261 §17.2.1: a 100 is due unless the transaction user answers within this time.
pub(super) const TRYING: Duration = Duration::from_millis(200);

/// The base values all timers derive from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerValues {
    /// Round-trip time estimate.
    pub t1: Duration,
    /// Longest retransmission interval of non-INVITE requests and INVITE responses.
    pub t2: Duration,
    /// Longest time a message stays in the network.
    pub t4: Duration,
}

impl Default for TimerValues {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

impl TimerValues {
    /// 64×T1: timers B, F, H, L and M.
    pub fn transaction_timeout(&self) -> Duration {
        self.t1 * 64
    }

    /// The interval after `interval`, doubled up to T2 (timers E and G, and the 2xx).
    pub(super) fn back_off(&self, interval: Duration) -> Duration {
        (interval * 2).min(self.t2)
    }
}

/// The time, and what the durations of a flow's timers derive from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) now: Instant,
    pub(super) transport: Transport,
    pub(super) values: TimerValues,
}

impl Clock {
    pub(super) fn is_reliable(&self) -> bool {
        self.transport == Transport::Reliable
    }

    /// 64×T1 from now.
    pub(super) fn transaction_timeout(&self) -> Instant {
        self.now + self.values.transaction_timeout()
    }
}

/// The running timers of one transaction. No state of RFC 3261 §17 has more than two.
#[derive(Debug, Default)]
pub(super) struct TimerTable([Option<(Timer, Instant)>; 2]);

impl TimerTable {
    /// Starts `timer`, or moves it when it runs already.
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.stop(timer);
        let free = self.0.iter_mut().find(|slot| slot.is_none());
        *free.expect("a state runs at most two timers") = Some((timer, at));
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        for slot in &mut self.0 {
            if slot.is_some_and(|(running, _)| running == timer) {
                *slot = None;
            }
        }
    }

    pub(super) fn stop_all(&mut self) {
        self.0 = [None; 2];
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.iter().flatten().map(|(_, at)| *at).min()
    }

    /// Takes out the timer that expired first, if one has by `now`.
    pub(super) fn expired(&mut self, now: Instant) -> Option<Timer> {
        let at = self.next().filter(|at| *at <= now)?;
        let slot = self.0.iter_mut().find(|slot| slot.is_some_and(|(_, due)| due == at))?;
        slot.take().map(|(timer, _)| timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_expire_in_order_of_their_deadlines() {
        let start = Instant::now();
        let mut timers = TimerTable::default();
        timers.set(Timer::B, start + Duration::from_secs(32));
        timers.set(Timer::A, start + Duration::from_millis(500));
        assert_eq!(timers.next(), Some(start + Duration::from_millis(500)));
        assert_eq!(timers.expired(start), None);
        let late = start + Duration::from_secs(60);
        assert_eq!(timers.expired(late), Some(Timer::A));
        assert_eq!(timers.expired(late), Some(Timer::B));
        assert_eq!(timers.expired(late), None);
    }

    #[test]
    fn a_running_timer_moves() {
        let start = Instant::now();
        let mut timers = TimerTable::default();
        timers.set(Timer::E, start + Duration::from_secs(1));
        timers.set(Timer::F, start + Duration::from_secs(32));
        timers.set(Timer::E, start + Duration::from_secs(2));
        assert_eq!(timers.next(), Some(start + Duration::from_secs(2)));
        timers.stop(Timer::E);
        assert_eq!(timers.next(), Some(start + Duration::from_secs(32)));
    }
}
