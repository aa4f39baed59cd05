//! How much happened when: a day in buckets of five minutes.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use token::UnixTime;

use crate::{CallChange, Dialect, Event, Port, Registration, RegistrationChange, Timestamp};

/// The length of a bucket, in seconds.
pub const BUCKET_SECONDS: u64 = 300;

/// How many buckets are kept: a day.
pub const BUCKETS: usize = 288;

/// Registered devices by port and dialect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level(BTreeMap<(Port, Dialect), u32>);

impl Level {
    /// Those of a port and a dialect.
    #[must_use]
    pub fn of(&self, port: Port, dialect: Dialect) -> u32 {
        self.0.get(&(port, dialect)).copied().unwrap_or(0)
    }

    /// All.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.0.values().sum()
    }

    /// Each that is not 0.
    pub fn iter(&self) -> impl Iterator<Item = ((Port, Dialect), u32)> + '_ {
        self.0.iter().map(|(key, count)| (*key, *count)).filter(|(_, count)| *count > 0)
    }

    fn change(&mut self, registration: &Registration) {
        let count = self.0.entry((registration.port, registration.dialect)).or_default();
        *count = match registration.change {
            RegistrationChange::Registered => count.saturating_add(1),
            RegistrationChange::Ended(..) => count.saturating_sub(1),
        };
    }
}

/// Five minutes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins.
    pub start: UnixTime,
    /// Registered devices at its end, or now.
    pub registered: Level,
    /// Registrations that began.
    pub registrations: u32,
    /// Refusals by reason code.
    pub refusals: BTreeMap<&'static str, u32>,
    /// Handshakes that failed, by reason code.
    pub failed_handshakes: BTreeMap<&'static str, u32>,
    /// Calls that began.
    pub calls: u32,
}

impl Bucket {
    fn after(start: UnixTime, registered: Level) -> Self {
        Self { start, registered, ..Self::default() }
    }
}

/// What happened in the last day, and since the start.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Oldest first; a time in which nothing happened has none.
    buckets: VecDeque<Bucket>,
    registered: Level,
    /// By kind and reason code, since the start.
    totals: BTreeMap<(&'static str, &'static str), u64>,
}

impl Series {
    /// Counts an event.
    pub(crate) fn note(&mut self, at: Timestamp, event: &Event) {
        let (kind, reason) = match event {
            Event::Message(_) => return,
            Event::Registration(registration) => match registration.change {
                RegistrationChange::Registered => ("registered", registration.credentials.code()),
                RegistrationChange::Ended(reason, _) => ("unregistered", reason),
            },
            Event::Refusal(refusal) => ("refused", refusal.reason),
            Event::Handshake(handshake) => match &handshake.failure {
                Some(failure) => ("handshake-failed", failure.reason),
                None => ("handshake-completed", handshake.version.unwrap_or("")),
            },
            Event::Call(call) => match &call.change {
                CallChange::Started { .. } => ("call-started", ""),
                CallChange::Leg { .. } | CallChange::Over => return,
                CallChange::Answered { security, .. } => ("call-answered", *security),
                CallChange::Ended(record) => ("call-ended", record.ended_by),
            },
        };
        *self.totals.entry((kind, reason)).or_default() += 1;
        if let Event::Registration(registration) = event {
            self.registered.change(registration);
        }
        let level = self.registered.clone();
        let bucket = self.bucket(at.unix());
        bucket.registered = level;
        match event {
            Event::Registration(one) if one.change == RegistrationChange::Registered => bucket.registrations += 1,
            Event::Refusal(refusal) => *bucket.refusals.entry(refusal.reason).or_default() += 1,
            Event::Handshake(handshake) => {
                if let Some(failure) = &handshake.failure {
                    *bucket.failed_handshakes.entry(failure.reason).or_default() += 1;
                }
            }
            Event::Call(call) if matches!(call.change, CallChange::Started { .. }) => bucket.calls += 1,
            _ => {}
        }
    }

    /// Registered devices now, as far as events told.
    #[must_use]
    pub fn registered(&self) -> &Level {
        &self.registered
    }

    /// How often each thing happened since the start, by kind and reason code.
    pub fn totals(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> + '_ {
        self.totals.iter().map(|((kind, reason), count)| (*kind, *reason, *count))
    }

    /// The last `count` buckets up to now, oldest first and without gaps: where nothing happened, what was registered before still
    /// is.
    #[must_use]
    pub fn last(&self, count: usize, now: UnixTime) -> Vec<Bucket> {
        let end = begin(now);
        let first = end.0.saturating_sub(BUCKET_SECONDS.saturating_mul(count.saturating_sub(1) as u64));
        let mut level = Level::default();
        let mut known = self.buckets.iter().peekable();
        while let Some(bucket) = known.next_if(|bucket| bucket.start.0 < first) {
            level = bucket.registered.clone();
        }
        let mut filled = Vec::with_capacity(count);
        for start in (0..count as u64).map(|index| UnixTime(first + index * BUCKET_SECONDS)) {
            let bucket = match known.next_if(|bucket| bucket.start <= start) {
                Some(bucket) => bucket.clone(),
                None => Bucket::after(start, level),
            };
            level = bucket.registered.clone();
            filled.push(bucket);
        }
        filled
    }

    /// The bucket of a time. A clock that went back counts into the newest.
    fn bucket(&mut self, at: UnixTime) -> &mut Bucket {
        let start = begin(at);
        if self.buckets.back().is_none_or(|newest| newest.start < start) {
            if self.buckets.len() >= BUCKETS {
                self.buckets.pop_front();
            }
            self.buckets.push_back(Bucket::after(start, Level::default()));
        }
        self.buckets.back_mut().expect("there is one, or one was just put there")
    }
}

fn begin(at: UnixTime) -> UnixTime {
    UnixTime(at.0 - at.0 % BUCKET_SECONDS)
}
