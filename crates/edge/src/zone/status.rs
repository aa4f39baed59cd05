//! Where a zone or the traversal link stands, and why (the status column of the Zones page).

use std::fmt;

/// Who sent an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SentBy {
    /// This machine sent the alert.
    Us,
    /// The peer sent it.
    Peer,
}

/// Why a connection did not become a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The name has no address.
    NameNotResolved,
    /// Nobody listens there.
    Refused,
    /// No way there; the text is the system's.
    Unreachable(String),
    /// No connection, or no complete handshake, within its time.
    TimedOut,
    /// `unknown_ca`: the side that sent it does not trust the signer of the other's certificate.
    UnknownCa(SentBy),
    /// The peer's certificate does not carry the name that was connected to, but these.
    CertificateNames(Vec<String>),
    /// The peer's certificate has expired, or is not valid yet.
    CertificateExpired,
    /// Another fatal alert, by its registered name, and who sent it.
    Alert(SentBy, String),
    /// The peer closed the connection during or right after the handshake, without an alert.
    ClosedInHandshake,
    /// What is none of these, for people.
    Other(String),
}

/// Where a zone stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZoneStatus {
    /// Connecting, or waiting for the first answer to OPTIONS.
    Connecting,
    /// The node answers.
    Active,
    /// The node cannot be used.
    Failed(ZoneFailure),
}

/// Why a zone cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZoneFailure {
    /// There is no connection.
    Connect(ConnectFailure),
    /// Ten seconds without an answer to OPTIONS.
    NoAnswer,
    /// The connection was up and has ended.
    ConnectionLost,
}

impl ZoneStatus {
    /// Whether requests go there.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active)
    }

    /// The status for the node `node`: what happened, and what helps.
    #[must_use]
    pub fn describe(&self, node: &str) -> String {
        match self {
            Self::Connecting => "Connecting".into(),
            Self::Active => "Active".into(),
            Self::Failed(failure) => format!("Failed: {}", failure.describe(node)),
        }
    }
}

impl ZoneFailure {
    fn describe(&self, node: &str) -> String {
        match self {
            Self::Connect(failure) => failure.describe(node),
            Self::NoAnswer => "no answer to OPTIONS".into(),
            Self::ConnectionLost => "the connection was closed".into(),
        }
    }
}

impl ConnectFailure {
    /// What happened when connecting to `peer`, and what helps.
    #[must_use]
    pub fn describe(&self, peer: &str) -> String {
        match self {
            Self::NameNotResolved => format!("{peer} has no address: check DNS"),
            Self::Refused => "connection refused".into(),
            Self::Unreachable(text) => format!("unreachable: {text}"),
            Self::TimedOut => "no connection within its time".into(),
            Self::UnknownCa(SentBy::Us) => format!(
                "unknown_ca sent by us: add the CA that signed the certificate of {peer} to the trusted CA list of Expressway-C"
            ),
            Self::UnknownCa(SentBy::Peer) => format!(
                "unknown_ca sent by {peer}: add the CA that signed the certificate of Expressway-C to tomcat-trust of Unified CM"
            ),
            Self::CertificateNames(names) => {
                format!("certificate names {}, not {peer}", names.join(", "))
            }
            Self::CertificateExpired => format!("the certificate of {peer} has expired or is not valid yet"),
            Self::Alert(SentBy::Us, alert) => format!("{alert} sent by us"),
            Self::Alert(SentBy::Peer, alert) if alert == "access_denied" => format!(
                "access_denied sent by {peer}: the names of Expressway-C's certificate are in no row of Device > Expressway-C; refresh servers"
            ),
            Self::Alert(SentBy::Peer, alert) => format!("{alert} sent by {peer}"),
            Self::ClosedInHandshake => "closed during the handshake".into(),
            Self::Other(text) => text.clone(),
        }
    }
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe("the peer"))
    }
}

/// Without the node's name: for counters and short tables.
impl fmt::Display for ZoneStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe("the node"))
    }
}
