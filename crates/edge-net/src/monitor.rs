//! What happened: log lines and counters by reason code, and the alarms that an administrator sees.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use edge::media::{MediaEvent, StreamStatistics};
use edge::{Event, FlowId, Reason, ZoneStatus};
use sip_net::{Count, Counters};
use tokio::sync::watch;

use crate::diagnostics::Diagnostics;
use crate::flows::Ends;
use crate::record::{HandshakeRecord, Leg, Records, RefusalRecord};

/// Alarms that are kept.
const ALARMS: usize = 100;

/// Something an administrator should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it was raised last, in seconds since 1970.
    pub raised_at: u64,
    /// A stable word.
    pub code: &'static str,
    /// What it is about: a zone, a peer.
    pub subject: String,
    /// What happened, and what to do.
    pub text: String,
    /// How often it was raised.
    pub count: u64,
    /// Whether it still holds.
    pub is_active: bool,
}

/// Counters and alarms of a process.
#[derive(Debug, Default)]
pub struct Monitor {
    counters: Counters,
    alarms: Mutex<VecDeque<Alarm>>,
    media: Mutex<MediaTotals>,
    records: Mutex<Records>,
    diagnostics: Diagnostics,
    changes: watch::Sender<u64>,
}

/// What passed the relays of calls that have ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaTotals {
    /// Calls.
    pub calls: u64,
    /// Streams, with their packets and octets by side, outer first, and what was dropped.
    pub streams: StreamStatistics,
}

impl Monitor {
    /// Counts one.
    pub fn count(&self, kind: &'static str, reason: &'static str) {
        self.counters.count(kind, reason);
        self.changed();
    }

    /// Returns when `holds` says so; it is asked anew after each change of a counter or an alarm.
    pub async fn until(&self, holds: impl Fn() -> bool) {
        let mut changes = self.changes.subscribe();
        // The sender lives as long as the monitor: there is no error.
        while !holds() && changes.changed().await.is_ok() {}
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// All counts, in order of their names.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.counters.all()
    }

    /// Alarms, the newest first.
    #[must_use]
    pub fn alarms(&self) -> Vec<Alarm> {
        self.all().iter().cloned().collect()
    }

    /// What passed the relays of calls that have ended.
    #[must_use]
    pub fn media(&self) -> MediaTotals {
        self.media.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was refused, the newest first.
    #[must_use]
    pub fn refusals(&self) -> Vec<RefusalRecord> {
        self.records().refusals()
    }

    /// The handshakes, the newest first.
    #[must_use]
    pub fn handshakes(&self) -> Vec<HandshakeRecord> {
        self.records().handshakes()
    }

    /// The last handshake of a connection that we dial.
    #[must_use]
    pub fn last_handshake(&self, leg: &Leg) -> Option<HandshakeRecord> {
        self.records().last_of(leg)
    }

    /// The capture of the clear signalling.
    #[must_use]
    pub const fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Remembers a handshake.
    pub(crate) fn handshake(&self, record: HandshakeRecord) {
        self.records().handshake(record);
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Raises an alarm, or raises it again.
    pub fn raise(&self, code: &'static str, subject: &str, text: String) {
        let mut alarms = self.all();
        let position = alarms.iter().position(|alarm| alarm.code == code && alarm.subject == subject);
        let known = position.and_then(|position| alarms.remove(position));
        let count = known.map_or(0, |alarm| alarm.count) + 1;
        let raised_at = runtime::clock::unix_seconds();
        alarms.push_front(Alarm { raised_at, code, subject: subject.to_owned(), text, count, is_active: true });
        alarms.truncate(ALARMS);
        drop(alarms);
        self.changed();
    }

    /// What an alarm was about is over.
    pub fn lower(&self, code: &'static str, subject: &str) {
        for alarm in self.all().iter_mut().filter(|alarm| alarm.code == code && alarm.subject == subject) {
            alarm.is_active = false;
        }
        self.changed();
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Alarm>> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs, counts, and raises or lowers what an event means.
    /// The ends are those of the flow of a refusal, while it is open.
    pub(crate) fn note(&self, event: &Event, ends: Option<&Ends>) {
        match event {
            Event::Refused { flow, method, call_id, reason } => {
                self.count("refused", reason.code());
                tracing::info!(flow = flow.0, %method, %call_id, reason = reason.code(), detail = %reason, "refused");
                self.refusal(*flow, ends, method.to_string(), call_id, reason);
            }
            Event::Dropped { flow, reason } => {
                self.count("dropped", reason.code());
                tracing::info!(flow = flow.0, reason = reason.code(), detail = %reason, "dropped");
                self.refusal(*flow, ends, String::new(), "", reason);
            }
            Event::Closing { flow, remote, reason } => {
                self.count("connection-closed", reason.code());
                tracing::info!(flow = flow.0, %remote, reason = reason.code(), "connection closed");
            }
            Event::TraversalUp { names, remote } => {
                self.lower("traversal-down", "traversal");
                tracing::info!(?names, %remote, "the traversal link is up");
                self.count("traversal", "up");
            }
            Event::TraversalDown { reason } => {
                self.count("traversal", "down");
                self.raise("traversal-down", "traversal", reason.clone());
                tracing::warn!(%reason, "the traversal link is down");
            }
            Event::SecondTraversal { names, remote } => self.second_traversal(names, &remote.to_string()),
            Event::Zone { name, status } => self.zone(name.as_str(), status),
            Event::ClockSkew { seconds } => {
                self.count("clock-skew", "");
                let text = format!("Edge clock differs by {seconds} seconds; set both clocks by NTP");
                self.raise("clock-skew", "traversal", text.clone());
                tracing::warn!(seconds, reason = "clock-skew", "{text}");
            }
            Event::SessionStarted { user, device, zone, client } => {
                self.count("registered", "");
                tracing::info!(user, device, %zone, client, "registered");
            }
            Event::SessionEnded { user, device, reason } => {
                self.count("unregistered", reason);
                tracing::info!(user, device, reason, "unregistered");
            }
            Event::Media(event) => self.media_event(event),
            other => tracing::info!(event = ?other, "event"),
        }
    }

    /// Somebody came to the traversal port with the name of one that is connected (EDG-5).
    pub(crate) fn second_traversal(&self, names: &[String], remote: &str) {
        self.count("refused", "traversal-taken");
        let text = format!(
            "{remote} opened a second traversal link as {} while the first is alive; it was refused",
            names.join(", ")
        );
        tracing::warn!(?names, remote, reason = "traversal-taken", "{text}");
        self.raise("traversal-taken", names.first().map_or("", String::as_str), text);
    }

    fn refusal(&self, flow: FlowId, ends: Option<&Ends>, method: String, call_id: &str, reason: &Reason) {
        self.records().refusal(RefusalRecord {
            at: runtime::clock::unix_seconds(),
            number: 0,
            flow: flow.0,
            peer: ends.map(|ends| ends.peer.clone()).unwrap_or_default(),
            remote: ends.map(|ends| ends.remote),
            method,
            call_id: call_id.to_owned(),
            reason: reason.clone(),
        });
    }

    fn zone(&self, name: &str, status: &ZoneStatus) {
        match status {
            ZoneStatus::Active => {
                self.count("zone", "active");
                self.lower("zone-failed", name);
                tracing::info!(zone = name, "the zone is active");
            }
            ZoneStatus::Failed(_) => {
                self.count("zone", "failed");
                let text = status.to_string();
                tracing::warn!(zone = name, status = text, "the zone is not active");
                self.raise("zone-failed", name, text);
            }
            other => tracing::debug!(zone = name, status = %other, "zone"),
        }
    }

    fn media_event(&self, event: &MediaEvent) {
        match event {
            MediaEvent::Ended { call_id, streams } => {
                let mut totals = self.media.lock().unwrap_or_else(PoisonError::into_inner);
                totals.calls += 1;
                for stream in streams {
                    add(&mut totals.streams, stream);
                }
                drop(totals);
                tracing::info!(%call_id, ?streams, "the media of a call ended");
            }
            other => tracing::info!(event = ?other, "media"),
        }
    }
}

fn add(total: &mut StreamStatistics, stream: &StreamStatistics) {
    for (sum, count) in total.packets.iter_mut().zip(stream.packets) {
        *sum += count;
    }
    for (sum, count) in total.octets.iter_mut().zip(stream.octets) {
        *sum += count;
    }
    for &(reason, count) in &stream.dropped {
        match total.dropped.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, sum)) => *sum += count,
            None => total.dropped.push((reason, count)),
        }
    }
}
