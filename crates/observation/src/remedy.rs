//! Where something is put right.

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
