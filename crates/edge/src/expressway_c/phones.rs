//! The phones that E has told C of: one for each of their flows at E.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::Session;
use crate::deadlines::Deadlines;
use crate::flow::FlowToken;

/// Phones that C knows at once. Our choice: as many as E takes.
pub(super) const PHONES: usize = 20_000;
/// Registrations of one phone that wait for their answer.
const PENDING: usize = 8;
/// How long a phone without a registration is remembered after it was last heard of.
const IDLE: Duration = Duration::from_secs(300);

/// A phone.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) number: u64,
    /// C's own token of it.
    pub(super) token: FlowToken,
    /// E's token of it.
    pub(super) edge_token: FlowToken,
    /// Its address as E saw it.
    pub(super) client: String,
    pub(super) session: Option<Session>,
    /// When the access token ends with which the session began.
    pub(super) token_ends: Option<Instant>,
    /// Whether it was ever registered: then its calls may be ended whatever happens.
    pub(super) was_registered: bool,
    pub(super) pending: VecDeque<PendingRegistration>,
    heard_at: Instant,
}

/// A REGISTER that has gone on to Unified CM.
#[derive(Debug)]
pub(super) struct PendingRegistration {
    pub(super) call_id: Vec<u8>,
    pub(super) sequence: u32,
    /// The user and the end of the access token that C verified.
    pub(super) token: Option<(String, Instant)>,
    pub(super) device: Option<String>,
    pub(super) contact: String,
}

/// All phones.
#[derive(Debug)]
pub(super) struct Phones {
    of: HashMap<u64, Phone>,
    by_edge_token: HashMap<FlowToken, u64>,
    deadlines: Deadlines<u64>,
    last_number: u64,
    instance: String,
}

impl Phones {
    pub(super) fn new() -> Self {
        Self {
            of: HashMap::new(),
            by_edge_token: HashMap::new(),
            deadlines: Deadlines::new(),
            last_number: 0,
            instance: String::new(),
        }
    }

    /// Whether a phone of this flow is known, and what it is.
    pub(super) fn by_edge_token(&mut self, token: &[u8], now: Instant) -> Option<&mut Phone> {
        let token = FlowToken::from(std::str::from_utf8(token).ok()?);
        let number = *self.by_edge_token.get(&token)?;
        let phone = self.of.get_mut(&number)?;
        phone.heard_at = now;
        Some(phone)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Phone> {
        self.of.get(&number)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Phone> {
        self.of.get_mut(&number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Phone> {
        self.of.values()
    }

    /// E is another process: its flows of before are gone. Gives the numbers of their phones.
    pub(super) fn of_other_instance(&mut self, instance: &str) -> Vec<u64> {
        if self.instance == instance {
            return Vec::new();
        }
        instance.clone_into(&mut self.instance);
        let mut numbers: Vec<u64> = self.of.keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }

    pub(super) fn is_full(&self) -> bool {
        self.of.len() >= PHONES
    }

    pub(super) const fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(super) fn add(&mut self, number: u64, token: FlowToken, edge_token: FlowToken, client: String, now: Instant) {
        self.by_edge_token.insert(edge_token.clone(), number);
        let phone = Phone {
            number,
            token,
            edge_token,
            client,
            session: None,
            token_ends: None,
            was_registered: false,
            pending: VecDeque::new(),
            heard_at: now,
        };
        self.deadlines.set(number, Some(phone.deadline()));
        self.of.insert(number, phone);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Phone> {
        let phone = self.of.remove(&number)?;
        self.by_edge_token.remove(&phone.edge_token);
        self.deadlines.set(number, None);
        Some(phone)
    }

    /// After a phone's session has changed.
    pub(super) fn reschedule(&mut self, number: u64) {
        let deadline = self.of.get(&number).map(Phone::deadline);
        self.deadlines.set(number, deadline);
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<u64> {
        self.deadlines.take_due(now)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// How many things are remembered.
    pub(super) fn remembered(&self) -> usize {
        let pending: usize = self.of.values().map(|phone| phone.pending.len()).sum();
        self.of.len() + self.by_edge_token.len() + self.deadlines.len() + pending
    }
}

impl Phone {
    /// Remembers what a REGISTER said until its answer comes; of too many the oldest is forgotten.
    pub(super) fn remember(&mut self, registration: PendingRegistration) {
        // A retransmission says the same again.
        self.pending.retain(|pending| !pending.is_of(&registration.call_id, registration.sequence));
        if self.pending.len() == PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(registration);
    }

    /// What the REGISTER said that a final answer is for.
    pub(super) fn take_pending(&mut self, call_id: &[u8], sequence: u32) -> Option<PendingRegistration> {
        let at = self.pending.iter().position(|pending| pending.is_of(call_id, sequence))?;
        self.pending.remove(at)
    }

    /// Whether nothing holds this phone any longer.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.session.is_none() && now.saturating_duration_since(self.heard_at) >= IDLE
    }

    fn deadline(&self) -> Instant {
        self.session.as_ref().map_or(self.heard_at + IDLE, |session| session.expires_at)
    }
}

impl PendingRegistration {
    fn is_of(&self, call_id: &[u8], sequence: u32) -> bool {
        self.call_id == call_id && self.sequence == sequence
    }
}
