//! A TLS handshake, with the certificates of both sides.

use std::net::SocketAddr;

use token::UnixTime;

use super::Port;
use crate::Remedy;

/// Which side of a handshake the node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The peer connected to us.
    Server,
    /// We connected to the peer.
    Client,
}

/// What a certificate says (RFC 5280 §4). Texts are clipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The subject, as one line.
    pub subject: Box<str>,
    /// The issuer, as one line.
    pub issuer: Box<str>,
    /// Common names and subject alternative names, without repetition; at most 32.
    pub names: Box<[Box<str>]>,
    /// Seconds since 1970: valid from then on.
    pub not_before: i64,
    /// Seconds since 1970: valid until then.
    pub not_after: i64,
    /// The serial number in hexadecimal.
    pub serial: Box<str>,
    /// The SHA-256 of the certificate in hexadecimal.
    pub fingerprint: Box<str>,
    /// Whether the basic constraints say CA.
    pub is_ca: bool,
    /// Whether the extended key usage allows clientAuth; `None` without that extension.
    pub client_authentication: Option<bool>,
    /// The same for serverAuth.
    pub server_authentication: Option<bool>,
}

/// Who sent an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertSender {
    /// This node.
    Us,
    /// The peer.
    Peer,
}

/// A fatal alert (RFC 8446 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its name as the standard writes it: `unknown_ca`.
    pub name: Box<str>,
    /// Its number.
    pub number: u8,
    /// Who sent it.
    pub sender: AlertSender,
}

/// Whose chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChainSide {
    /// That which this node showed.
    Own,
    /// That which the peer showed.
    Peer,
}

/// What is wrong at a link of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkFault {
    /// It cannot be read.
    Unreadable,
    /// Its issuer is not in the trust store of the one who checks.
    UnknownIssuer,
    /// It is past its dates.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// Its extended key usage does not allow this side of a connection.
    WrongPurpose,
    /// None of its names is one that is let in.
    NameNotListed,
    /// The peer refused it, and the alert says no more.
    Refused,
}

impl LinkFault {
    /// One English sentence that catalogues translate.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Unreadable => "This certificate cannot be read.",
            Self::UnknownIssuer => {
                "The issuer of this certificate is not in the trust store of the side that checks it."
            }
            Self::Expired => "This certificate has expired.",
            Self::NotYetValid => "This certificate is not valid yet.",
            Self::WrongPurpose => "The extended key usage of this certificate does not allow this use.",
            Self::NameNotListed => "None of the names in this certificate is one that is let in.",
            Self::Refused => "The peer does not accept this certificate.",
        }
    }
}

/// The link of a chain at which a handshake failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailingLink {
    /// Whose chain.
    pub side: ChainSide,
    /// Which certificate, the end entity's being 0.
    pub index: usize,
    /// What is wrong with it.
    pub fault: LinkFault,
}

/// Why a handshake failed.
#[derive(Debug, Clone)]
pub struct HandshakeFailure {
    /// The reason code of logs and counters.
    pub reason: &'static str,
    /// What the TLS library says, or the limit that was reached.
    pub detail: Box<str>,
    /// The alert that ended it.
    pub alert: Option<Alert>,
    /// Where in a chain.
    pub failing: Option<FailingLink>,
    /// Where it is put right.
    pub remedy: Remedy,
}

/// A TLS handshake.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The port.
    pub port: Port,
    /// Which side the node was.
    pub role: Role,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
    /// The flow that the connection became, 0 where it became none.
    pub flow: u64,
    /// The name that the client asked for (RFC 6066 §3).
    pub server_name: Option<Box<str>>,
    /// The version: `TLS 1.3`.
    pub version: Option<&'static str>,
    /// The cipher suite: `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: Option<&'static str>,
    /// Whether an earlier session was resumed, so that no certificate was shown.
    pub is_resumed: bool,
    /// The chain that this node shows, end entity first; at most 8. Shared by all handshakes with it.
    pub own_chain: std::sync::Arc<[Certificate]>,
    /// The chain that the peer showed, end entity first; at most 8. Empty when it showed none, or none was asked for.
    pub peer_chain: Box<[Certificate]>,
    /// Whether the port demands a certificate of the peer.
    pub is_mutual: bool,
    /// Why it failed; `None` when it was completed.
    pub failure: Option<HandshakeFailure>,
    /// When it was completed or failed, so that the dates of the certificates can be judged.
    pub at: UnixTime,
}
