//! Reliable provisional responses (RFC 3262).
//!
//! [`ReliableProvisional`] is the answerer's side: it numbers provisional responses, repeats the last one until its
//! PRACK, and never has two under way. [`ProvisionalOrder`] is the caller's: it takes them in order.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::message::Method;
use crate::message::header::RAck;

/// The option tag of this extension.
pub const OPTION_TAG: &str = "100rel";

/// The reliable provisional responses to one INVITE, as their sender.
#[derive(Debug)]
pub struct ReliableProvisional {
    invite_sequence: u32,
    t1: Duration,
    last_rseq: u32,
    unacknowledged: Option<Unacknowledged>,
}

#[derive(Debug)]
struct Unacknowledged {
    response: Bytes,
    sent: Instant,
    interval: Duration,
    next: Instant,
}

/// What is due for a response that no PRACK has acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Send it again.
    Retransmit(Bytes),
    /// 64×T1 have passed: refuse the INVITE with a 5xx (RFC 3262 §3).
    GiveUp,
}

impl ReliableProvisional {
    /// For the INVITE with this sequence number. RFC 3262 §3: the first RSeq is drawn at random from 1 to 2^31 − 1.
    pub fn new(invite_sequence: u32, random: u32, t1: Duration) -> Self {
        Self { invite_sequence, t1, last_rseq: (random & 0x7fff_ffff).saturating_sub(1), unacknowledged: None }
    }

    /// The RSeq of the next response; `None` while the last one waits for its PRACK, or when numbers are used up.
    pub fn next_rseq(&self) -> Option<u32> {
        if self.unacknowledged.is_some() {
            return None;
        }
        self.last_rseq.checked_add(1)
    }

    /// The response with [`next_rseq`](Self::next_rseq) goes out.
    pub fn sent(&mut self, now: Instant, response: Bytes) {
        self.last_rseq = self.last_rseq.saturating_add(1);
        self.unacknowledged = Some(Unacknowledged { response, sent: now, interval: self.t1, next: now + self.t1 });
    }

    /// Takes a PRACK; says whether it acknowledges the response under way. If not, it is answered 481.
    pub fn acknowledge(&mut self, rack: &RAck) -> bool {
        let matches = rack.rseq == self.last_rseq
            && rack.cseq.sequence == self.invite_sequence
            && rack.cseq.method == Method::Invite
            && self.unacknowledged.is_some();
        if matches {
            self.unacknowledged = None;
        }
        matches
    }

    /// Whether a response waits for its PRACK. RFC 3262 §3: until then a 2xx waits if that response had an offer.
    pub fn is_pending(&self) -> bool {
        self.unacknowledged.is_some()
    }

    /// When [`due`](Self::due) is to be asked next.
    pub fn deadline(&self) -> Option<Instant> {
        self.unacknowledged.as_ref().map(|waiting| waiting.next)
    }

    /// What is due at `now`.
    pub fn due(&mut self, now: Instant) -> Option<Due> {
        let end = self.t1 * 64;
        let waiting = self.unacknowledged.as_mut().filter(|waiting| waiting.next <= now)?;
        if now >= waiting.sent + end {
            self.unacknowledged = None;
            return Some(Due::GiveUp);
        }
        // RFC 3262 §3: like Timer A, without a limit but the end.
        waiting.interval *= 2;
        waiting.next = (now + waiting.interval).min(waiting.sent + end);
        Some(Due::Retransmit(waiting.response.clone()))
    }
}

/// The reliable provisional responses to one INVITE, as their receiver; one for each early dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvisionalOrder(Option<u32>);

impl ProvisionalOrder {
    /// Takes the RSeq of a response; says whether it is new and in order, and so wants a PRACK (RFC 3262 §4).
    pub fn accept(&mut self, rseq: u32) -> bool {
        let in_order = self.0.is_none_or(|last| last.checked_add(1) == Some(rseq));
        if in_order {
            self.0 = Some(rseq);
        }
        in_order
    }
}
