//! TLS handshakes.

use std::net::SocketAddr;
use std::sync::Arc;

use callmanager::admission::CertificateRefusal;
use callmanager::flow::Listener;
use observation::{
    Alert, AlertSender, Certificate, ChainSide, Event, FailingLink, Handshake, HandshakeFailure, LinkFault, Port,
    Remedy, Role, clip,
};
use runtime::observation::{Observation, now};
use rustls::pki_types::CertificateDer;
use rustls::{AlertDescription, Error, HandshakeKind, PeerIncompatible, ProtocolVersion, ServerConnection};

use super::chain::{certificates, fault_of, first, top};
use super::port;

/// A handshake on a line port, however it ends.
pub(crate) struct Shaken<'a> {
    pub(crate) listener: Listener,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) own_chain: &'a Arc<[Certificate]>,
    pub(crate) is_mutual: bool,
}

/// Why a handshake failed.
pub(crate) struct Ended<'a> {
    pub(crate) reason: &'static str,
    pub(crate) detail: &'a str,
    /// What rustls said, where it was rustls.
    pub(crate) error: Option<&'a Error>,
    /// What the check of the peer's certificate said, and the chain that it was about.
    pub(crate) refusal: Option<CertificateRefusal>,
    pub(crate) peer_chain: &'a [CertificateDer<'static>],
}

impl<'a> Ended<'a> {
    /// For a reason that is no certificate's.
    pub(crate) fn of(reason: &'static str, detail: &'a str) -> Self {
        Self { reason, detail, error: None, refusal: None, peer_chain: &[] }
    }
}

impl Shaken<'_> {
    fn handshake(&self, peer_chain: &[CertificateDer<'_>]) -> Handshake {
        Handshake {
            port: port(self.listener),
            role: Role::Server,
            local: self.local,
            remote: self.remote,
            flow: 0,
            server_name: None,
            version: None,
            cipher_suite: None,
            is_resumed: false,
            own_chain: Arc::clone(self.own_chain),
            peer_chain: certificates(peer_chain).iter().cloned().collect(),
            is_mutual: self.is_mutual,
            failure: None,
            at: now().unix(),
        }
    }
}

/// A handshake was completed.
pub(crate) fn completed(observation: &Observation, shaken: &Shaken<'_>, connection: &ServerConnection, flow: u64) {
    let told = Handshake {
        flow,
        server_name: connection.server_name().map(clip),
        version: connection.protocol_version().and_then(version),
        cipher_suite: connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()),
        is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        ..shaken.handshake(connection.peer_certificates().unwrap_or_default())
    };
    observation.record(Event::Handshake(Box::new(told)));
}

fn version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
        _ => None,
    }
}

/// A handshake failed.
pub(crate) fn failed(observation: &Observation, shaken: &Shaken<'_>, ended: &Ended<'_>) {
    let mut told = shaken.handshake(ended.peer_chain);
    let alert = ended.refusal.map(alert_of_refusal).or_else(|| ended.error.and_then(alert_of));
    let seconds = i64::try_from(told.at.0).unwrap_or(i64::MAX);
    let failing = match (ended.refusal, &alert) {
        (Some(refusal), _) => Some(fault_of(refusal, &told.peer_chain, seconds)),
        (None, Some(alert)) if alert.sender == AlertSender::Peer => own_fault(alert, &told.own_chain, seconds),
        _ => None,
    };
    let reason = ended.reason;
    told.failure = Some(HandshakeFailure {
        reason,
        detail: clip(ended.detail),
        alert,
        failing,
        remedy: remedy(port(shaken.listener), reason),
    });
    observation.record(Event::Handshake(Box::new(told)));
}

fn remedy(port: Port, reason: &str) -> Remedy {
    Remedy::of_handshake(port, Role::Server, reason)
}

/// Which of our certificates a peer's alert is about.
fn own_fault(alert: &Alert, chain: &[Certificate], now: i64) -> Option<FailingLink> {
    let (index, fault) = match &*alert.name {
        "unknown_ca" => (top(chain), LinkFault::UnknownIssuer),
        "certificate_expired" => (first(chain, |one| one.not_after < now), LinkFault::Expired),
        "bad_certificate" | "certificate_unknown" | "access_denied" => (0, LinkFault::Refused),
        "unsupported_certificate" => (0, LinkFault::WrongPurpose),
        _ => return None,
    };
    Some(FailingLink { side: ChainSide::Own, index, fault })
}

/// The alert that says a refusal (RFC 8446 §6.2).
fn alert_of_refusal(refusal: CertificateRefusal) -> Alert {
    let description = match refusal {
        CertificateRefusal::Unreadable => AlertDescription::BadCertificate,
        CertificateRefusal::UnknownAuthority => AlertDescription::UnknownCA,
        CertificateRefusal::Expired | CertificateRefusal::NotYetValid => AlertDescription::CertificateExpired,
        CertificateRefusal::NotForClients => AlertDescription::UnsupportedCertificate,
        CertificateRefusal::NameNotListed => AlertDescription::AccessDenied,
    };
    alert(description, AlertSender::Us)
}

/// The alert of an error that rustls reports, and who sent it, as far as the error tells.
#[must_use]
pub fn alert_of(error: &Error) -> Option<Alert> {
    match error {
        Error::AlertReceived(description) => Some(alert(*description, AlertSender::Peer)),
        Error::NoCertificatesPresented => Some(alert(AlertDescription::CertificateRequired, AlertSender::Us)),
        Error::PeerIncompatible(
            PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::Tls13RequiredForQuic,
        ) => Some(alert(AlertDescription::ProtocolVersion, AlertSender::Us)),
        Error::PeerIncompatible(_) => Some(alert(AlertDescription::HandshakeFailure, AlertSender::Us)),
        _ => None,
    }
}

fn alert(description: AlertDescription, sender: AlertSender) -> Alert {
    Alert { name: name(description).into(), number: description.into(), sender }
}

/// The name that RFC 8446 §6 writes.
fn name(description: AlertDescription) -> String {
    match description {
        AlertDescription::UnknownCA => "unknown_ca".into(),
        AlertDescription::BadRecordMac => "bad_record_mac".into(),
        AlertDescription::UnknownPSKIdentity => "unknown_psk_identity".into(),
        other => {
            let mut written = String::new();
            for letter in format!("{other:?}").chars() {
                if letter.is_ascii_uppercase() && !written.is_empty() {
                    written.push('_');
                }
                written.push(letter.to_ascii_lowercase());
            }
            written
        }
    }
}
