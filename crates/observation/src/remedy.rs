//! Where something is put right.

use crate::{Port, Role};

/// The object of administration to look at. The pages know its address, the shell its command.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// The cluster's SIP OAuth mode.
    SipOauthMode,
    /// The ports of the nodes: System > Cisco Unified CM.
    Ports,
    /// The enterprise parameters.
    EnterpriseParameters,
    /// A phone security profile.
    PhoneSecurityProfile(Box<str>),
    /// A phone.
    Phone(Box<str>),
    /// An end user.
    EndUser(Box<str>),
    /// Device > Expressway-C.
    ExpresswayC,
    /// A trust store: `tomcat-trust`, `CallManager-trust`.
    Trust(&'static str),
    /// A certificate of the node's own: `tomcat`, `CallManager`.
    OwnCertificate(&'static str),
    /// The keys of access tokens.
    AuthorizationKeys,
    /// The services of the node: Control Center.
    Services,
    /// The Unified CM servers and zones of an Expressway-C.
    UnifiedCmServers,
    /// The trusted CA list of an Expressway.
    TrustedCaList,
    /// Not the server's to change: the client must do otherwise.
    Client,
}

/// What to do, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in one or two English sentences that catalogues translate.
    pub advice: &'static str,
    /// Where.
    pub place: Place,
    /// The command of the `admin:` shell that does or shows it.
    pub command: Option<Box<str>>,
}

impl Remedy {
    /// What to do about a handshake that failed for this reason code.
    #[must_use]
    pub fn of_handshake(port: Port, role: Role, reason: &str) -> Self {
        match (port, role, reason) {
            (Port::MraOAuth, _, "certificate-unknown-ca") => Self::at(
                Place::Trust("tomcat-trust"),
                "Unified CM does not know the authority of the Expressway-C. Upload the signer of its certificate to tomcat-trust.",
            )
            .by("set cert import trust tomcat"),
            (Port::PhoneSecure, _, "certificate-unknown-ca") => Self::at(
                Place::Trust("CallManager-trust"),
                "The authority of the phone's certificate is not known. Upload its signer to CallManager-trust.",
            )
            .by("set cert import trust CallManager"),
            (Port::MraOAuth, _, "peer-says-unknown-ca") => Self::at(
                Place::OwnCertificate("tomcat"),
                "The Expressway-C does not know the authority of this node. Add the signer of the tomcat certificate to the trusted CA list of the Expressway-C.",
            )
            .by("show cert own tomcat"),
            (Port::Zone, Role::Client, "certificate-unknown-ca" | "unknown-ca") => Self::at(
                Place::TrustedCaList,
                "This Expressway-C does not know the authority of Unified CM. Add the signer of the tomcat certificate to the trusted CA list.",
            )
            .by("xCommand TrustedCAList"),
            (_, _, "peer-says-unknown-ca") => Self::at(
                Place::OwnCertificate("tomcat"),
                "The client does not know the authority of this node. Let it trust the signer of the certificate, or use one of an authority that it trusts.",
            )
            .by("show cert own tomcat"),
            (_, _, "certificate-name-not-listed") => Self::at(
                Place::ExpresswayC,
                "No row of Device > Expressway-C has a name of this certificate. Add its subject name there, or refresh the servers on the Expressway-C.",
            )
            .by("run sql select * from expresswaycconfiguration"),
            (_, _, "certificate-expired" | "certificate-not-yet-valid") => {
                Self::at(Place::Client, "Renew the certificate that is outside its dates, or set the clocks.")
            }
            (_, _, "certificate-no-client-auth") => Self::at(
                Place::Client,
                "The certificate of the peer needs clientAuth in its extended key usage, as Expressway-C is a client here.",
            ),
            (_, _, "certificate-required") => Self::at(
                Place::Client,
                "The peer showed no certificate, which this port demands. Phones with access tokens use the SIP Phone OAuth Port, which asks for none.",
            ),
            (_, _, "not-tls") => Self::at(Place::Client, "The peer does not speak TLS. Check the port and the transport that it uses."),
            (_, _, "incompatible") => Self::at(Place::Client, "No TLS version or cipher suite is common. TLS 1.2 and 1.3 are served."),
            (_, _, "configuration") => Self::at(Place::OwnCertificate("tomcat"), "The certificate of this node cannot be used."),
            _ => Self::at(Place::Client, "Look at the peer: it ended the handshake, or did not finish it in time."),
        }
    }

    /// What to do there, without a command.
    #[must_use]
    pub fn at(place: Place, advice: &'static str) -> Self {
        Self { advice, place, command: None }
    }

    /// The same, by this command.
    #[must_use]
    pub fn by(self, command: impl Into<Box<str>>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}
