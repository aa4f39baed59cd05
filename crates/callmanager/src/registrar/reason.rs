//! Why a registration was rejected, and why one ended, by the numbers of the vendor's public MIB (CISCO-CCM-MIB), so that
//! logs, the real-time page and the SOAP interface can show what an administrator knows.

/// `CcmDevRegFailCauseCode`: why a REGISTER was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RejectionCause {
    /// No device of this name, or no line of this number.
    NoEntryInDatabase = 2,
    /// The device's objects contradict each other.
    DatabaseConfigurationError = 3,
    /// More devices than the node takes.
    MaxDevRegExceeded = 5,
    /// A token, digest or user that is not right for the device.
    AuthenticationError = 10,
    /// The certificate does not name the device.
    InvalidX509NameInCertificate = 11,
    /// The directory number is not a line of the device.
    DirectoryNumberMismatch = 13,
    /// The REGISTER cannot be read.
    MalformedRegisterMsg = 14,
    /// The transport is not that of the device's profile.
    ProtocolMismatch = 15,
    /// Another client holds the device.
    AuthenticatedDeviceAlreadyExists = 17,
    /// CSeq went backwards.
    RegistrationSequenceError = 25,
    /// The port or mode is not that of the device's profile.
    SecurityMismatch = 28,
}

/// `CcmDevUnregCauseCode`: why a registration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnregistrationReason {
    /// The connection was lost.
    ConnectivityError,
    /// An administrator or the device reset it.
    DeviceInitiatedReset,
    /// The node reset it.
    CallManagerReset,
    /// The device unregistered.
    DeviceUnregistered,
    /// No refresh came in time.
    KeepAliveTimeout,
    /// The directory no longer allows it: the device, its profile or its user changed.
    ConfigurationMismatch,
    /// The CallManager service restarts.
    CallManagerRestart,
    /// Another client took the device over.
    DuplicateRegistration,
    /// The administrator applied a configuration.
    CallManagerApplyConfig,
    /// The token was revoked or has expired. The MIB has no number for this, so it shares that of a configuration
    /// mismatch (our choice).
    TokenEnded,
    /// The Contact has another address.
    SourceIpAddrChanged,
    /// The Contact has another port.
    SourcePortChanged,
    /// The device went to a node of higher priority.
    FallbackInitiated,
    /// The device came in on another connection.
    DeviceSwitch,
    /// The Expressway-C that the device came over is not admitted any more. The MIB has no number for this either.
    EdgeRevoked,
}

impl RejectionCause {
    /// The number of the MIB.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl UnregistrationReason {
    /// The number of the MIB.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::ConnectivityError => 6,
            Self::DeviceInitiatedReset => 8,
            Self::CallManagerReset => 9,
            Self::DeviceUnregistered => 10,
            Self::KeepAliveTimeout => 13,
            Self::CallManagerRestart => 15,
            Self::DuplicateRegistration => 16,
            Self::CallManagerApplyConfig => 17,
            Self::SourceIpAddrChanged => 23,
            Self::SourcePortChanged => 24,
            Self::FallbackInitiated => 28,
            Self::DeviceSwitch => 29,
            Self::ConfigurationMismatch | Self::TokenEnded | Self::EdgeRevoked => 14,
        }
    }

    /// The word of logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ConnectivityError => "connectivity-error",
            Self::DeviceInitiatedReset => "device-initiated-reset",
            Self::CallManagerReset => "callmanager-reset",
            Self::DeviceUnregistered => "device-unregistered",
            Self::KeepAliveTimeout => "keep-alive-timeout",
            Self::ConfigurationMismatch => "configuration-mismatch",
            Self::CallManagerRestart => "callmanager-restart",
            Self::DuplicateRegistration => "duplicate-registration",
            Self::CallManagerApplyConfig => "callmanager-apply-config",
            Self::TokenEnded => "token-ended",
            Self::SourceIpAddrChanged => "source-address-changed",
            Self::SourcePortChanged => "source-port-changed",
            Self::FallbackInitiated => "fallback-initiated",
            Self::DeviceSwitch => "device-switch",
            Self::EdgeRevoked => "edge-revoked",
        }
    }
}
