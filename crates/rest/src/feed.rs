//! What happens, as it happens: the last events in a ring, and whoever follows them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use observation::{CallChange, Event, Record};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::Rest;

/// How many events are kept for those who come back.
const KEPT: usize = 1024;
/// How far a follower may fall behind.
const BEHIND: usize = 256;

/// The events of a node that REST tells of: registrations, calls and refusals.
///
/// Nobody waits: a follower that does not keep up loses its place, and asks anew for what it missed.
pub(crate) struct Feed {
    /// Tells this process's numbers from those of another.
    epoch: String,
    ring: Mutex<VecDeque<Arc<Record>>>,
    live: broadcast::Sender<Arc<Record>>,
}

/// Where a follower is.
pub(crate) struct Follower {
    /// What is to be told first.
    pub(crate) missed: VecDeque<Arc<Record>>,
    /// What comes then.
    pub(crate) live: broadcast::Receiver<Arc<Record>>,
}

impl Feed {
    /// A feed in which nothing happened yet.
    pub(crate) fn new() -> Self {
        let random: [u8; 4] = runtime::random::bytes();
        let epoch = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { epoch, ring: Mutex::default(), live: broadcast::Sender::new(BEHIND) }
    }

    /// Tells followers of an event, if it is one that they are told of.
    pub(crate) fn publish(&self, record: &Arc<Record>) {
        let is_told = match &record.event {
            Event::Registration(_) | Event::Refusal(_) => true,
            Event::Call(call) => !matches!(call.change, CallChange::Leg { .. } | CallChange::Over),
            Event::Handshake(_) | Event::Message(_) => false,
        };
        if !is_told {
            return;
        }
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(Arc::clone(record));
        // Under the lock, so that a follower that comes now hears it once. Nobody listens: then nobody is told.
        let _ = self.live.send(Arc::clone(record));
    }

    /// The name of an event, by which a follower says where it was.
    pub(crate) fn id(&self, record: &Record) -> String {
        format!("{}-{}", self.epoch, record.number)
    }

    /// Follows from now on, or from behind the event of a name; of another process's, everything that is kept is behind.
    pub(crate) fn follow(&self, last: Option<&str>) -> Follower {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let live = self.live.subscribe();
        let Some(last) = last else { return Follower { missed: VecDeque::new(), live } };
        let known = last.strip_prefix(self.epoch.as_str()).and_then(|rest| rest.strip_prefix('-')?.parse::<u64>().ok());
        let known = known.unwrap_or(0);
        Follower { missed: ring.iter().filter(|record| record.number > known).cloned().collect(), live }
    }
}

/// Publishes what is recorded until the node stops.
pub(crate) async fn listen(rest: &Rest, mut heard: broadcast::Receiver<Arc<Record>>) {
    let mut stopping = rest.stopping.clone();
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            record = heard.recv() => match record {
                Ok(record) => rest.kept.feed.publish(&record),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "too much happens at once: some of it is told to no follower");
                }
                Err(RecvError::Closed) => return,
            },
        }
    }
}
