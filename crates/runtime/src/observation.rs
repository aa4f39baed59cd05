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

#[cfg(test)]
mod tests {
    use observation::{Call, CallChange, CallName, Direction, Message, Port, StartLine, Transport, mask};
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;

    fn message() -> Event {
        let nowhere = "127.0.0.1:5060".parse().unwrap();
        Event::Message(Message {
            direction: Direction::Received,
            port: Port::Phone,
            transport: Transport::Tcp,
            flow: 1,
            local: nowhere,
            remote: nowhere,
            device: None,
            call: None,
            call_id: "".into(),
            cseq: None,
            start_line: StartLine::Request("OPTIONS".into()),
            hops: Box::default(),
            text: mask(b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        })
    }

    #[test]
    fn who_wants_events_alone_is_not_woken_by_messages() {
        let observation = Observation::default();
        let (mut all, mut events) = (observation.subscribe(), observation.subscribe_to_events());
        observation.record(message());
        assert_eq!(all.try_recv().unwrap().number, 1);
        assert_eq!(events.try_recv().unwrap_err(), TryRecvError::Empty);
        let call = Call { name: CallName { flow: 1, number: 1 }, change: CallChange::Over };
        observation.record(Event::Call(call));
        assert_eq!(all.try_recv().unwrap().number, 2);
        assert_eq!(events.try_recv().unwrap().number, 2);
    }

    #[test]
    fn a_second_has_room_for_so_many_messages() {
        let observation = Observation::new(Limits { messages_per_second: 2, ..Limits::default() });
        let (first, next) = (Timestamp(7_000_000), Timestamp(8_000_000));
        for _ in 0..2 {
            assert!(observation.recorder().has_room(first));
            observation.record_at(first, message());
        }
        assert!(!observation.recorder().has_room(first));
        assert!(observation.recorder().has_room(next));
        assert_eq!(observation.recorder().left_out(), 1);
    }
}
