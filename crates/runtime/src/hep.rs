//! The export of SIP messages to a collector, as HEP3 over UDP (Homer and its kin).
//!
//! What goes out is what was recorded: masked text, and nothing else; so what `messages-per-second` leaves out is missing here too. The line side never waits for a collector: an exporter that
//! falls behind misses messages, and counts them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hep::{Packet, TransportProtocol};
use observation::{Direction, Event, Message, Record, Timestamp, Transport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use crate::config::ConfigError;
use crate::shutdown::Stopping;

/// How long after a collector could not be found it is looked for again.
const AGAIN: Duration = Duration::from_secs(10);
/// How often at most the log says what was missed.
const COMPLAINT: Duration = Duration::from_secs(60);

/// `[hep]`
#[derive(Clone, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HepSection {
    /// The collector that gets SIP messages as HEP3 over UDP, `host:port`. Tokens, keys and passwords are masked in them.
    pub collector: Option<String>,
    /// The number by which the collector knows this node.
    pub agent_id: u32,
    /// What the collector wants of those it listens to, if anything. It goes over the network in clear.
    #[schemars(extend("writeOnly" = true))]
    pub password: Option<String>,
}

impl Default for HepSection {
    fn default() -> Self {
        Self { collector: None, agent_id: 2001, password: None }
    }
}

impl std::fmt::Debug for HepSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HepSection").field("collector", &self.collector).finish_non_exhaustive()
    }
}

impl HepSection {
    pub(crate) fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let Some(collector) = &self.collector else { return Ok(()) };
        let port = collector.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        if matches!(port, Some(Ok(port)) if port > 0) {
            return Ok(());
        }
        let message = format!("`{collector}` is no host and port");
        Err(ConfigError::value(path, "hep.collector", message, "write it as host:9060"))
    }
}

/// Exports what a feed brings until the node stops. Nothing to do without a collector.
pub async fn export(section: HepSection, feed: Receiver<Arc<Record>>, mut stopping: Stopping) {
    let Some(collector) = section.collector.clone() else { return };
    let exporter = Exporter { section, missed: 0, last_complaint: None };
    tokio::select! {
        () = stopping.wait() => {}
        () = exporter.run(&collector, feed) => {}
    }
}

struct Exporter {
    section: HepSection,
    missed: u64,
    last_complaint: Option<Instant>,
}

impl Exporter {
    async fn run(mut self, collector: &str, mut feed: Receiver<Arc<Record>>) {
        loop {
            match open(collector).await {
                Ok(socket) => {
                    if self.send(&socket, &mut feed).await.is_none() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(collector, %error, "the HEP collector is not found");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Sends until the address of the collector is to be looked up again, or, with `None`, the feed ends.
    async fn send(&mut self, socket: &UdpSocket, feed: &mut Receiver<Arc<Record>>) -> Option<()> {
        loop {
            match feed.recv().await {
                Ok(record) => {
                    let Event::Message(message) = &record.event else { continue };
                    let Some(packet) = self.packet(record.at, message) else {
                        self.miss(1);
                        continue;
                    };
                    if let Err(error) = socket.send(&packet).await {
                        self.miss(1);
                        // Nobody listens there now, which the next packet may find changed.
                        if error.kind() != std::io::ErrorKind::ConnectionRefused {
                            return Some(());
                        }
                    }
                }
                Err(RecvError::Lagged(count)) => self.miss(count),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn packet(&self, at: Timestamp, message: &Message) -> Option<Vec<u8>> {
        let (source, destination) = match message.direction {
            Direction::Received => (message.remote, message.local),
            Direction::Sent => (message.local, message.remote),
        };
        let packet = Packet {
            transport: if message.transport == Transport::Udp {
                TransportProtocol::Udp
            } else {
                TransportProtocol::Tcp
            },
            source,
            destination,
            micros: at.0,
            agent: self.section.agent_id,
            key: self.section.password.as_deref(),
            correlation: &message.call_id,
            payload: message.text.as_str().as_bytes(),
        };
        packet.encode().ok()
    }

    fn miss(&mut self, count: u64) {
        self.missed += count;
        let now = Instant::now();
        if self.last_complaint.is_none_or(|last| now.duration_since(last) >= COMPLAINT) {
            self.last_complaint = Some(now);
            tracing::warn!(missed = self.missed, "messages that did not reach the HEP collector, since the start");
        }
    }
}

async fn open(collector: &str) -> std::io::Result<UdpSocket> {
    let mut last = std::io::Error::other("the name has no address");
    for address in tokio::net::lookup_host(collector).await? {
        let local = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(local).await?;
        match socket.connect(address).await {
            Ok(()) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use observation::{Port, StartLine};
    use tokio::sync::broadcast;

    use super::*;

    fn record(text: &str) -> Arc<Record> {
        let message = Message {
            direction: Direction::Received,
            port: Port::PhoneOAuth,
            transport: Transport::Tls,
            flow: 1,
            local: "192.0.2.2:5090".parse().unwrap(),
            remote: "192.0.2.1:50000".parse().unwrap(),
            device: None,
            call: None,
            call_id: "register-1".into(),
            cseq: Some(1),
            start_line: StartLine::Request("REGISTER".into()),
            hops: Box::default(),
            text: observation::mask(text.as_bytes()),
        };
        Arc::new(Record { number: 1, at: Timestamp(1_000_000), event: Event::Message(message) })
    }

    #[tokio::test]
    async fn a_collector_gets_masked_messages_and_a_slow_one_holds_up_nobody() {
        let collector = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let section =
            HepSection { collector: Some(collector.local_addr().unwrap().to_string()), ..HepSection::default() };
        let (feed, listener) = broadcast::channel(2);
        let (stop, stopping) = crate::shutdown::channel();
        let text = "REGISTER sip:x SIP/2.0\r\nProxy-Authorization: Bearer token=\"CANARY-OF-A-TOKEN\"\r\n\r\n";
        // The third pushes the first out: the exporter has not run yet, and nobody waits for it.
        for _ in 0..3 {
            feed.send(record(text)).unwrap();
        }
        let exporting = tokio::spawn(export(section, listener, stopping));
        for _ in 0..2 {
            let mut packet = vec![0; 2048];
            let length = collector.recv(&mut packet).await.unwrap();
            let packet = String::from_utf8_lossy(&packet[..length]).into_owned();
            assert!(packet.starts_with("HEP3") && packet.contains("REGISTER sip:x SIP/2.0"), "{packet}");
            assert!(packet.contains("register-1") && !packet.contains("CANARY"), "{packet}");
        }
        stop.now();
        exporting.await.unwrap();
    }
}
