//! Words for what is recorded: keys of the catalogues.

use observation::{CredentialsForm, Dialect};

pub(super) fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Vendor => "Jabber",
        Dialect::Standard => "RFC 8898",
    }
}

pub(super) fn credentials(form: CredentialsForm) -> &'static str {
    match form {
        CredentialsForm::BearerToken => "Bearer <token>",
        CredentialsForm::BearerParameter => "Bearer token=\"…\"",
        CredentialsForm::Digest => "Digest",
        CredentialsForm::Certificate => "client certificate",
        CredentialsForm::None => "no credentials",
    }
}

/// What a reason code of a registration's end means.
pub(super) fn end(reason: &str) -> &'static str {
    match reason {
        "connectivity-error" => "The connection was lost.",
        "device-initiated-reset" => "The device was reset.",
        "callmanager-reset" => "An administrator ended it.",
        "device-unregistered" => "The device signed out.",
        "keep-alive-timeout" => "No refresh came in time.",
        "configuration-mismatch" => "The configuration no longer allows it.",
        "callmanager-restart" => "The CallManager service restarted.",
        "duplicate-registration" => "The device registered again.",
        "callmanager-apply-config" => "A configuration was applied.",
        "token-ended" => "The token expired or was revoked.",
        "source-address-changed" => "The address of the device changed.",
        "source-port-changed" => "The port of the device changed.",
        "fallback-initiated" => "The device went to a node of higher priority.",
        "device-switch" => "The device registered on another connection or node.",
        "edge-revoked" => "The Expressway-C is no longer admitted.",
        _ => "It ended.",
    }
}

/// What the reason code of a failed handshake means.
pub(super) fn handshake(reason: &str) -> &'static str {
    match reason {
        "certificate-unreadable" => "The certificate of the peer cannot be read.",
        "certificate-unknown-ca" => "The authority of the peer's certificate is not known here.",
        "certificate-expired" => "A certificate of the peer has expired.",
        "certificate-not-yet-valid" => "A certificate of the peer is not valid yet.",
        "certificate-no-client-auth" => "The peer's certificate is not for clients.",
        "certificate-name-not-listed" => "No name of the peer's certificate is listed.",
        "certificate-required" => "The peer showed no certificate.",
        "peer-says-unknown-ca" => "The peer does not know the authority of our certificate.",
        "alert-received" => "The peer ended the handshake with an alert.",
        "incompatible" => "No version or cipher suite is common.",
        "not-tls" => "The peer does not speak TLS.",
        "timeout" => "The handshake took too long.",
        "connection-lost" => "The connection was lost during the handshake.",
        "configuration" => "The certificate of this node cannot be used.",
        _ => "The handshake failed.",
    }
}
