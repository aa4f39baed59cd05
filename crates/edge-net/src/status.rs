//! Why the traversal link or a publisher cannot be reached, in words for an administrator: what failed, who said so, and
//! what to do. A zone says that of itself: [`edge::ZoneStatus`].

use edge::{ConnectFailure, SentBy};

/// What is at the other end of a connection that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Expressway-E on its traversal port.
    ExpresswayE,
    /// A Unified CM publisher on its web port.
    Publisher,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::ExpresswayE => "Expressway-E",
            Self::Publisher => "the publisher",
        }
    }

    /// Which certificate of the peer we see.
    fn certificate(self) -> &'static str {
        match self {
            Self::Publisher => "tomcat certificate",
            Self::ExpresswayE => "server certificate",
        }
    }

    /// Where the peer keeps whom it trusts.
    fn trust(self) -> &'static str {
        match self {
            Self::Publisher => "tomcat-trust",
            Self::ExpresswayE => "trusted CA list",
        }
    }
}

/// Why a connection failed, and what to do.
#[must_use]
pub fn connect(failure: &ConnectFailure, peer: Peer) -> String {
    let (name, certificate, trust) = (peer.name(), peer.certificate(), peer.trust());
    match failure {
        ConnectFailure::NameNotResolved => {
            "the name has no address: add it to the DNS or to [hosts] of the configuration file".to_owned()
        }
        ConnectFailure::Refused => {
            format!("connection refused: check that {name} runs and listens on this port, then refresh the servers")
        }
        ConnectFailure::Unreachable(why) => format!("unreachable ({why}): check the network between here and {name}"),
        ConnectFailure::TimedOut => format!("no answer in time: check the network and the firewall towards {name}"),
        ConnectFailure::UnknownCa(SentBy::Us) => {
            format!("unknown_ca sent by us: add the CA that signed the {certificate} of {name} to the trusted CA list")
        }
        ConnectFailure::UnknownCa(SentBy::Peer) => {
            format!("unknown_ca sent by {name}: add the CA that signed our server certificate to its {trust}")
        }
        ConnectFailure::CertificateNames(names) => format!(
            "the certificate names {}: the name that we connect to must be among them",
            if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
        ),
        ConnectFailure::CertificateExpired => format!(
            "certificate_expired sent by us: the {certificate} of {name} is outside its dates; renew it, or set the clock"
        ),
        ConnectFailure::Alert(SentBy::Us, alert) => format!("{alert} sent by us: {}", remedy(alert, SentBy::Us, peer)),
        ConnectFailure::Alert(SentBy::Peer, alert) => {
            format!("{alert} sent by {name}: {}", remedy(alert, SentBy::Peer, peer))
        }
        ConnectFailure::ClosedInHandshake => {
            format!("{name} closed the connection during the handshake: look at its log for the reason")
        }
        other => match other {
            ConnectFailure::Other(why) => why.clone(),
            unknown => format!("{unknown:?}"),
        },
    }
}

fn remedy(alert: &str, sender: SentBy, peer: Peer) -> String {
    let certificate = peer.certificate();
    match (alert, sender, peer) {
        ("access_denied", SentBy::Peer, Peer::ExpresswayE) => {
            "none of the names of our certificate is its TLS verify subject name".to_owned()
        }
        ("unsupported_certificate", SentBy::Peer, _) => {
            "our server certificate needs the extended key usage clientAuth".to_owned()
        }
        ("unsupported_certificate", SentBy::Us, _) => {
            format!("the {certificate} needs the extended key usage serverAuth")
        }
        ("certificate_expired", SentBy::Peer, _) => {
            "our server certificate is outside its dates; renew it, or set the clock".to_owned()
        }
        ("certificate_required", SentBy::Peer, _) => "our server certificate was not sent".to_owned(),
        ("no_application_protocol", SentBy::Peer, Peer::ExpresswayE) => {
            "what listens there is not the traversal port of an Expressway-E".to_owned()
        }
        ("protocol_version" | "handshake_failure" | "insufficient_security", ..) => {
            "the two sides have no TLS version or cipher suite in common".to_owned()
        }
        ("bad_certificate", SentBy::Us, _) => format!("the {certificate} cannot be read"),
        _ => "look at the logs of both sides".to_owned(),
    }
}

/// A short word for log fields and counters.
#[must_use]
pub fn code(failure: &ConnectFailure) -> &'static str {
    match failure {
        ConnectFailure::NameNotResolved => "name-not-resolved",
        ConnectFailure::Refused => "connection-refused",
        ConnectFailure::Unreachable(_) => "unreachable",
        ConnectFailure::TimedOut => "timeout",
        ConnectFailure::UnknownCa(SentBy::Us) => "unknown-ca-sent",
        ConnectFailure::UnknownCa(SentBy::Peer) => "unknown-ca-received",
        ConnectFailure::CertificateNames(_) => "certificate-names",
        ConnectFailure::CertificateExpired => "certificate-expired",
        ConnectFailure::Alert(SentBy::Us, _) => "alert-sent",
        ConnectFailure::Alert(SentBy::Peer, _) => "alert-received",
        ConnectFailure::ClosedInHandshake => "closed-in-handshake",
        _ => "other",
    }
}
