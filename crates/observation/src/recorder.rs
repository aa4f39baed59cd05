//! The recorder: takes what happens, keeps the last of each kind, answers who asks.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use token::UnixTime;

use crate::rate::Rate;
use crate::ring::Ring;
use crate::{
    Call, CallChange, CallName, CallParty, CallRecord, Event, Limits, MessageQuery, Record, Series, Timestamp,
};

/// What a message takes beside its text.
const MESSAGE_OVERHEAD: usize = 160;

/// The legs of a call whose Call-IDs are kept.
const LEGS: usize = 32;

/// A call as far as it is known.
#[derive(Debug, Clone)]
pub struct CallView {
    /// Its name.
    pub name: CallName,
    /// Who called.
    pub calling: Option<CallParty>,
    /// The number that was dialled.
    pub called: Box<str>,
    /// The devices that it rang at.
    pub rang: Vec<Box<str>>,
    /// The Call-IDs of its legs.
    pub call_ids: Vec<Box<str>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// Who answered.
    pub connected: Option<CallParty>,
    /// How well it is protected, once it is answered.
    pub security: Option<&'static str>,
    /// The cipher suites of its media.
    pub suites: Box<[&'static str]>,
    /// Its record, once it is over.
    pub record: Option<Box<CallRecord>>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Takes what happens and keeps the last of each kind.
///
/// It is shared by all tasks of a node. [`record`](Self::record) takes two short locks, and for a message one.
pub struct Recorder {
    limits: Limits,
    next: AtomicU64,
    messages: Ring,
    rate: Rate,
    registrations: Ring,
    refusals: Ring,
    failed_handshakes: Ring,
    completed_handshakes: Ring,
    calls: Mutex<Calls>,
    series: Mutex<Series>,
}

/// The last calls, in the order in which they began.
#[derive(Default)]
struct Calls {
    by_age: BTreeMap<u64, CallView>,
    numbers: HashMap<CallName, u64>,
}

impl Recorder {
    /// A recorder that keeps no more than this.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            next: AtomicU64::new(1),
            messages: Ring::of_weight(limits.message_octets, weight_of_message),
            rate: Rate::of(limits.messages_per_second),
            registrations: Ring::of_entries(limits.registrations),
            refusals: Ring::of_entries(limits.refusals),
            failed_handshakes: Ring::of_entries(limits.handshakes),
            completed_handshakes: Ring::of_entries(limits.handshakes),
            calls: Mutex::default(),
            series: Mutex::default(),
            limits,
        }
    }

    /// Whether messages are recorded.
    #[must_use]
    pub fn records_messages(&self) -> bool {
        self.limits.message_octets > 0
    }

    /// Whether the messages of a mere refresh are recorded.
    #[must_use]
    pub fn records_refreshes(&self) -> bool {
        self.limits.refreshes && self.records_messages()
    }

    /// Whether a message of now, with its answers, is recorded. Asked before one is masked, so that one that is left out costs nothing.
    #[must_use]
    pub fn has_room(&self, at: Timestamp) -> bool {
        self.rate.has_room(at.unix().0)
    }

    /// How often a message was left out with its answers, because too many came in its second.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.rate.left_out()
    }

    /// What it keeps.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes an event, and gives it back with its number.
    pub fn record(&self, at: Timestamp, event: Event) -> Arc<Record> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let record = Arc::new(Record { number, at, event });
        if let Event::Message(_) = &record.event {
            self.rate.count(at.unix().0);
            self.messages.push(Arc::clone(&record));
            return record;
        }
        lock(&self.series).note(at, &record.event);
        match &record.event {
            Event::Registration(_) => self.registrations.push(Arc::clone(&record)),
            Event::Refusal(_) => self.refusals.push(Arc::clone(&record)),
            Event::Handshake(handshake) => match handshake.failure {
                Some(_) => self.failed_handshakes.push(Arc::clone(&record)),
                None => self.completed_handshakes.push(Arc::clone(&record)),
            },
            Event::Call(call) => lock(&self.calls).note(number, at, call, self.limits.calls),
            Event::Message(_) => {}
        }
        record
    }

    /// The messages of a query, oldest first; the newest `limit` of them.
    #[must_use]
    pub fn messages(&self, query: &MessageQuery, limit: usize) -> Vec<Arc<Record>> {
        let mut found = self.messages.newest(limit, |record| query.matches(record));
        // Tasks of several connections may have come out of order by a little.
        found.sort_by_key(|record| (record.at, record.number));
        found
    }

    /// Octets that the recorded messages take, of [`Limits::message_octets`].
    #[must_use]
    pub fn message_octets(&self) -> usize {
        self.messages.weight()
    }

    /// Registrations that began or ended, newest first.
    #[must_use]
    pub fn registrations(&self, limit: usize, passes: impl FnMut(&Record) -> bool) -> Vec<Arc<Record>> {
        self.registrations.newest(limit, passes)
    }

    /// Refusals, newest first.
    #[must_use]
    pub fn refusals(&self, limit: usize, passes: impl FnMut(&Record) -> bool) -> Vec<Arc<Record>> {
        self.refusals.newest(limit, passes)
    }

    /// Handshakes that failed and that were completed, newest first.
    #[must_use]
    pub fn handshakes(&self, limit: usize, mut passes: impl FnMut(&Record) -> bool) -> Vec<Arc<Record>> {
        let mut found = self.failed_handshakes.newest(limit, &mut passes);
        found.extend(self.completed_handshakes.newest(limit, &mut passes));
        found.sort_by_key(|record| std::cmp::Reverse(record.number));
        found.truncate(limit);
        found
    }

    /// The handshake of a flow, while it is kept.
    #[must_use]
    pub fn handshake_of_flow(&self, flow: u64) -> Option<Arc<Record>> {
        let is_of_flow = |record: &Record| match &record.event {
            Event::Handshake(handshake) => handshake.flow == flow,
            _ => false,
        };
        self.completed_handshakes.newest(1, is_of_flow).pop()
    }

    /// The record of this number, while it is kept: not a call's.
    #[must_use]
    pub fn find(&self, number: u64) -> Option<Arc<Record>> {
        let rings =
            [&self.refusals, &self.failed_handshakes, &self.completed_handshakes, &self.registrations, &self.messages];
        rings.into_iter().find_map(|ring| ring.find(number))
    }

    /// Calls, newest first.
    #[must_use]
    pub fn calls(&self, limit: usize) -> Vec<CallView> {
        lock(&self.calls).by_age.values().rev().take(limit).cloned().collect()
    }

    /// Calls that are not over.
    #[must_use]
    pub fn running_calls(&self) -> usize {
        lock(&self.calls).by_age.values().filter(|call| call.ended_at.is_none()).count()
    }

    /// A call, while it is kept.
    #[must_use]
    pub fn call(&self, name: CallName) -> Option<CallView> {
        let calls = lock(&self.calls);
        calls.by_age.get(calls.numbers.get(&name)?).cloned()
    }

    /// The number of the last event; 0 before the first.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.next.load(Ordering::Relaxed).saturating_sub(1)
    }

    /// What happened in the last day, and since the start.
    #[must_use]
    pub fn series(&self) -> Series {
        lock(&self.series).clone()
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Calls {
    fn note(&mut self, number: u64, at: Timestamp, call: &Call, limit: usize) {
        if let CallChange::Started { calling, called, call_id } = &call.change {
            let view = CallView {
                name: call.name,
                calling: Some(calling.clone()),
                called: called.clone(),
                rang: Vec::new(),
                call_ids: vec![call_id.clone()],
                started_at: at,
                answered_at: None,
                connected: None,
                security: None,
                suites: Box::default(),
                record: None,
                ended_at: None,
            };
            self.numbers.insert(call.name, number);
            self.by_age.insert(number, view);
            self.make_room(limit);
            return;
        }
        let Some(view) = self.numbers.get(&call.name).and_then(|number| self.by_age.get_mut(number)) else { return };
        match &call.change {
            CallChange::Started { .. } => {}
            CallChange::Leg { device, call_id } => {
                if view.call_ids.len() < LEGS && !view.call_ids.contains(call_id) {
                    view.call_ids.push(call_id.clone());
                    view.rang.push(device.clone());
                }
            }
            CallChange::Answered { connected, security, suites } => {
                view.answered_at.get_or_insert(at);
                view.connected = Some(connected.clone());
                view.security = Some(security);
                view.suites = suites.clone();
            }
            CallChange::Ended(record) => view.record = Some(record.clone()),
            CallChange::Over => view.ended_at = Some(at),
        }
    }

    fn make_room(&mut self, limit: usize) {
        while self.by_age.len() > limit {
            let Some((number, oldest)) = self.by_age.pop_first() else { return };
            if self.numbers.get(&oldest.name) == Some(&number) {
                self.numbers.remove(&oldest.name);
            }
        }
    }
}

fn weight_of_message(record: &Record) -> usize {
    match &record.event {
        Event::Message(message) => {
            let hops: usize = message.hops.iter().map(|hop| hop.len()).sum();
            message.text.as_str().len() + message.call_id.len() + hops + MESSAGE_OVERHEAD
        }
        _ => 0,
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is noted under the lock is for people to read; half a note is better than none for ever.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time in whole seconds, for who has only those.
impl CallView {
    /// How long it was connected so far, in seconds.
    #[must_use]
    pub fn connected_seconds(&self, now: UnixTime) -> u64 {
        let Some(answered) = self.answered_at else { return 0 };
        let end = self.ended_at.map_or(now, Timestamp::unix);
        end.since(answered.unix()).as_secs()
    }
}
