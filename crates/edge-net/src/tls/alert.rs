//! TLS alerts by their registered names (RFC 8446 §6), and what a failed handshake says of who sent one.

use std::io;

use edge::{ConnectFailure, SentBy};
use rustls::AlertDescription;

/// The registered name of an alert.
#[must_use]
pub fn name(alert: AlertDescription) -> String {
    use AlertDescription as A;
    let known = match alert {
        A::CloseNotify => "close_notify",
        A::UnexpectedMessage => "unexpected_message",
        A::BadRecordMac => "bad_record_mac",
        A::HandshakeFailure => "handshake_failure",
        A::BadCertificate => "bad_certificate",
        A::UnsupportedCertificate => "unsupported_certificate",
        A::CertificateRevoked => "certificate_revoked",
        A::CertificateExpired => "certificate_expired",
        A::CertificateUnknown => "certificate_unknown",
        A::IllegalParameter => "illegal_parameter",
        A::UnknownCA => "unknown_ca",
        A::AccessDenied => "access_denied",
        A::DecodeError => "decode_error",
        A::DecryptError => "decrypt_error",
        A::ProtocolVersion => "protocol_version",
        A::InsufficientSecurity => "insufficient_security",
        A::InternalError => "internal_error",
        A::MissingExtension => "missing_extension",
        A::UnrecognisedName => "unrecognized_name",
        A::CertificateRequired => "certificate_required",
        A::NoApplicationProtocol => "no_application_protocol",
        other => return format!("alert {}", u8::from(other)),
    };
    known.to_owned()
}

/// What an error of a stream says of the handshake: an alert that was received, or one that we sent.
#[must_use]
pub fn failure(error: &io::Error) -> ConnectFailure {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                ConnectFailure::ClosedInHandshake
            }
            io::ErrorKind::ConnectionRefused => ConnectFailure::Refused,
            io::ErrorKind::TimedOut => ConnectFailure::TimedOut,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ConnectFailure::Unreachable(error.to_string())
            }
            _ => ConnectFailure::Other(error.to_string()),
        };
    };
    match tls {
        rustls::Error::AlertReceived(AlertDescription::UnknownCA) => ConnectFailure::UnknownCa(SentBy::Peer),
        rustls::Error::AlertReceived(alert) => ConnectFailure::Alert(SentBy::Peer, name(*alert)),
        rustls::Error::InvalidCertificate(error) => {
            ConnectFailure::Alert(SentBy::Us, name(AlertDescription::from(error.clone())))
        }
        rustls::Error::NoApplicationProtocol => ConnectFailure::Alert(SentBy::Us, "no_application_protocol".to_owned()),
        other => ConnectFailure::Other(other.to_string()),
    }
}

/// Whether an error is an alert of the peer.
#[must_use]
pub fn is_from_peer(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::AlertReceived(_)))
}
