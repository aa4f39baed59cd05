//! What happens on a node: the recorder with a clock, and a feed for those who listen.

use std::sync::Arc;

use observation::{Event, Limits, Record, Recorder, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::clock;

/// Records that may wait for one listener; who is further behind misses some and is told how many.
const WAITING: usize = 1_024;

/// The `[observation]` section: how much of what happens is kept in memory for the pages.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ObservationSection {
    /// The octets that recorded SIP messages may take in all; with 0 none is recorded. Secrets are masked before a message is
    /// recorded.
    pub message_octets: usize,
    /// The SIP messages that are recorded in a second. What comes beyond is left out, and counted; the phones come first.
    pub messages_per_second: u32,
    /// Whether the messages of a registration's refresh are recorded too. They are nearly all that a node hears.
    pub refreshes: bool,
}

impl Default for ObservationSection {
    fn default() -> Self {
        let Limits { message_octets, messages_per_second, refreshes, .. } = Limits::default();
        Self { message_octets, messages_per_second, refreshes }
    }
}

impl ObservationSection {
    /// The limits of a recorder.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let Self { message_octets, messages_per_second, refreshes } = *self;
        Limits { message_octets, messages_per_second, refreshes, ..Limits::default() }
    }
}

/// The recorder of a node, and its feed.
#[derive(Debug)]
pub struct Observation {
    recorder: Recorder,
    feed: broadcast::Sender<Arc<Record>>,
    /// The same without messages, which are most of all and wake who does not want them.
    events: broadcast::Sender<Arc<Record>>,
}

impl Observation {
    /// Keeps no more than this.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let feed = || broadcast::Sender::new(WAITING);
        Self { recorder: Recorder::new(limits), feed: feed(), events: feed() }
    }

    /// Records what happens now. It never waits.
    pub fn record(&self, event: Event) -> Arc<Record> {
        self.record_at(now(), event)
    }

    /// Records what happened at this time.
    pub fn record_at(&self, at: Timestamp, event: Event) -> Arc<Record> {
        let record = self.recorder.record(at, event);
        // The last listener of either may be gone by now.
        if self.feed.receiver_count() > 0 {
            let _ = self.feed.send(Arc::clone(&record));
        }
        if !matches!(record.event, Event::Message(_)) && self.events.receiver_count() > 0 {
            let _ = self.events.send(Arc::clone(&record));
        }
        record
    }

    /// What was recorded.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Listens to what is recorded from now on. Who falls behind by 1024 records is told that some were missed.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Record>> {
        self.feed.subscribe()
    }

    /// Listens to all but messages, in the same way.
    #[must_use]
    pub fn subscribe_to_events(&self) -> broadcast::Receiver<Arc<Record>> {
        self.events.subscribe()
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.feed.receiver_count() + self.events.receiver_count()
    }
}

impl Default for Observation {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// The time as a record has it.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::since_epoch(clock::since_epoch())
}
