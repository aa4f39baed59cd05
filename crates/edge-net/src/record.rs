//! What was refused and how handshakes went, for the pages that explain them. Bounded, in memory.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use edge::{ConnectFailure, Reason, SentBy};
use runtime::certificate::CertificateFacts;

/// Refusals, and handshakes of each outcome, that are remembered.
const MOST: usize = 200;

/// Connections that we dial whose last handshake is remembered: the links and the zones.
const MOST_DIALLED: usize = 512;

/// A request that was refused here, or a message that was dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRecord {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Its number, upwards from 1.
    pub number: u64,
    /// The number of the flow that it came on.
    pub flow: u64,
    /// What is at the other end: `phone`, `traversal`, the name of a zone.
    pub peer: String,
    /// The address of the other end; none when the flow has ended.
    pub remote: Option<SocketAddr>,
    /// Its method; empty for a message that was dropped without an answer.
    pub method: String,
    /// Its Call-ID, made safe to show.
    pub call_id: String,
    /// Why.
    pub reason: Reason,
}

/// Which connection a handshake was for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// A phone connected to Expressway-E.
    Phone,
    /// Expressway-C connected to Expressway-E's traversal port.
    TraversalAccepted,
    /// We dialled Expressway-E, for SIP.
    Traversal,
    /// We dialled Expressway-E, for HTTP.
    HttpTunnel,
    /// We dialled the node of a zone, by the zone's name.
    Zone(String),
}

/// What a handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// `TLSv1_3`, `TLSv1_2`.
    pub version: String,
    /// The cipher suite by its registered name.
    pub cipher_suite: String,
    /// The application protocol, where there is one (RFC 7301).
    pub protocol: Option<String>,
}

/// Why a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// A stable word.
    pub code: &'static str,
    /// The alert by its registered name, and who sent it, when that is what ended it.
    pub alert: Option<(String, SentBy)>,
    /// What happened and what to do, or what the TLS library says.
    pub detail: String,
}

impl Agreed {
    /// What a connection agreed on.
    pub(crate) fn of(connection: &rustls::CommonState) -> Self {
        let version = connection.protocol_version().and_then(|version| version.as_str());
        let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        Self {
            version: version.unwrap_or_default().to_owned(),
            cipher_suite: suite.unwrap_or_default().replace("TLS13_", "TLS_"),
            protocol: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

impl Broken {
    /// What a failure to connect says of the handshake.
    pub(crate) fn of(failure: &ConnectFailure, detail: String) -> Self {
        let alert = match failure {
            ConnectFailure::UnknownCa(sent_by) => Some(("unknown_ca".to_owned(), *sent_by)),
            ConnectFailure::Alert(sent_by, alert) => Some((alert.clone(), *sent_by)),
            ConnectFailure::CertificateExpired => Some(("certificate_expired".to_owned(), SentBy::Us)),
            ConnectFailure::CertificateNames(_) => Some(("bad_certificate".to_owned(), SentBy::Us)),
            _ => None,
        };
        Self { code: crate::status::code(failure), alert, detail }
    }
}

/// A handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeRecord {
    /// When it ended, in seconds since 1970.
    pub at: u64,
    /// Its number, upwards from 1.
    pub number: u64,
    /// Which connection it was for.
    pub leg: Leg,
    /// The other end: an address, or what was dialled.
    pub remote: String,
    /// What was agreed on, or why nothing was.
    pub outcome: Result<Agreed, Broken>,
    /// The chain that the peer showed, its own certificate first, as far as it was seen.
    pub peer_chain: Vec<CertificateFacts>,
}

/// The records of a process.
#[derive(Debug, Default)]
pub(crate) struct Records {
    next: u64,
    refusals: VecDeque<RefusalRecord>,
    agreed: VecDeque<HandshakeRecord>,
    broken: VecDeque<HandshakeRecord>,
    dialled: BTreeMap<Leg, HandshakeRecord>,
}

impl Records {
    /// Takes a refusal, and numbers it.
    pub(crate) fn refusal(&mut self, mut record: RefusalRecord) {
        record.number = self.number();
        push(&mut self.refusals, record);
    }

    /// Takes a handshake, and numbers it.
    pub(crate) fn handshake(&mut self, mut record: HandshakeRecord) {
        record.number = self.number();
        let is_dialled = !matches!(record.leg, Leg::Phone | Leg::TraversalAccepted);
        if is_dialled && (self.dialled.len() < MOST_DIALLED || self.dialled.contains_key(&record.leg)) {
            self.dialled.insert(record.leg.clone(), record.clone());
        }
        push(if record.outcome.is_ok() { &mut self.agreed } else { &mut self.broken }, record);
    }

    /// Refusals, the newest first.
    pub(crate) fn refusals(&self) -> Vec<RefusalRecord> {
        self.refusals.iter().rev().cloned().collect()
    }

    /// Handshakes, the newest first: of each outcome the last ones, so that a crowd of good ones hides no bad one.
    pub(crate) fn handshakes(&self) -> Vec<HandshakeRecord> {
        let mut all: Vec<_> = self.agreed.iter().chain(&self.broken).cloned().collect();
        all.sort_by_key(|record| std::cmp::Reverse(record.number));
        all
    }

    /// The last handshake of a connection that we dial.
    pub(crate) fn last_of(&self, leg: &Leg) -> Option<HandshakeRecord> {
        self.dialled.get(leg).cloned()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

fn push<T>(records: &mut VecDeque<T>, record: T) {
    if records.len() == MOST {
        records.pop_front();
    }
    records.push_back(record);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake(leg: Leg, outcome: Result<Agreed, Broken>) -> HandshakeRecord {
        HandshakeRecord { at: 1, number: 0, leg, remote: "192.0.2.1:5".into(), outcome, peer_chain: Vec::new() }
    }

    fn agreed() -> Result<Agreed, Broken> {
        Ok(Agreed { version: "TLSv1_3".into(), cipher_suite: "TLS_AES_256_GCM_SHA384".into(), protocol: None })
    }

    fn broken() -> Result<Agreed, Broken> {
        Err(Broken { code: "timeout", alert: None, detail: String::new() })
    }

    #[test]
    fn a_crowd_of_good_handshakes_hides_no_bad_one() {
        let mut records = Records::default();
        records.handshake(handshake(Leg::Phone, broken()));
        for _ in 0..2 * MOST {
            records.handshake(handshake(Leg::Phone, agreed()));
        }
        let all = records.handshakes();
        assert_eq!(all.len(), MOST + 1);
        assert_eq!(all.first().map(|record| record.number), Some(2 * MOST as u64 + 1));
        assert!(all.last().is_some_and(|record| record.outcome.is_err() && record.number == 1));
    }

    #[test]
    fn the_last_handshake_of_a_zone_stays_whatever_phones_do() {
        let mut records = Records::default();
        let zone = Leg::Zone("CEOAuth-a".into());
        records.handshake(handshake(zone.clone(), agreed()));
        records.handshake(handshake(zone.clone(), broken()));
        for _ in 0..2 * MOST {
            records.handshake(handshake(Leg::Phone, broken()));
        }
        assert_eq!(records.last_of(&zone).map(|record| record.number), Some(2));
        assert_eq!(records.last_of(&Leg::Zone("CEOAuth-b".into())), None);
    }
}
