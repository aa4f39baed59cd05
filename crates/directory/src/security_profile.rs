//! The phone security profile and its rule: OAuth needs an encrypted device on TLS, without digest
//! authentication and without an encrypted configuration file.

use crate::error::{Rule, Violation};
use crate::name::ProfileName;
use std::fmt;

const OBJECT: &str = "Phone Security Profile";

/// How the signalling of a device is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceSecurityMode {
    /// No protection.
    NonSecure,
    /// TLS that authenticates without encryption.
    Authenticated,
    /// TLS that authenticates and encrypts, and encrypted media.
    Encrypted,
}

impl DeviceSecurityMode {
    /// All modes, in the order of the page.
    pub const ALL: [Self; 3] = [Self::NonSecure, Self::Authenticated, Self::Encrypted];

    /// The number in the configuration file and in the database.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::NonSecure => 1,
            Self::Authenticated => 2,
            Self::Encrypted => 3,
        }
    }

    /// The mode of a number of the database.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.number() == number)
    }
}

impl fmt::Display for DeviceSecurityMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NonSecure => "Non Secure",
            Self::Authenticated => "Authenticated",
            Self::Encrypted => "Encrypted",
        })
    }
}

/// The transport that a device signals over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransportType {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// TLS.
    Tls,
    /// TCP or UDP, as the device likes.
    TcpUdp,
}

impl TransportType {
    /// All transports, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Tls, Self::TcpUdp];

    /// The number in the configuration file (`transportLayerProtocol`) and in the database.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Tcp => 1,
            Self::Udp => 2,
            Self::Tls => 3,
            Self::TcpUdp => 4,
        }
    }

    /// The transport of a number of the database.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.number() == number)
    }
}

impl fmt::Display for TransportType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Tls => "TLS",
            Self::TcpUdp => "TCP+UDP",
        })
    }
}

/// A phone security profile, its fields in the order of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityProfile {
    /// Name.
    pub name: ProfileName,
    /// Description.
    pub description: String,
    /// Nonce Validity Time in seconds.
    pub nonce_validity_seconds: u32,
    /// Device Security Mode.
    pub device_security_mode: DeviceSecurityMode,
    /// Transport Type.
    pub transport_type: TransportType,
    /// Enable Digest Authentication.
    pub digest_authentication: bool,
    /// TFTP Encrypted Config.
    pub tftp_encrypted_config: bool,
    /// Enable OAuth Authentication.
    pub oauth_authentication: bool,
    /// Exclude Digest Credentials in Configuration File.
    pub exclude_digest_credentials: bool,
    /// SIP Phone Port: where the device listens, of use with UDP only.
    pub sip_phone_port: u16,
}

impl SecurityProfile {
    /// A profile with the values of a new page: Non Secure, TCP+UDP, nothing enabled.
    #[must_use]
    pub fn new(name: ProfileName) -> Self {
        Self {
            name,
            description: String::new(),
            nonce_validity_seconds: 600,
            device_security_mode: DeviceSecurityMode::NonSecure,
            transport_type: TransportType::TcpUdp,
            digest_authentication: false,
            tftp_encrypted_config: false,
            oauth_authentication: false,
            exclude_digest_credentials: false,
            sip_phone_port: 5060,
        }
    }

    /// Checks the rules of the page, first broken rule first.
    ///
    /// # Errors
    /// The field and the reason.
    pub fn validate(&self) -> Result<(), Violation> {
        self.validate_ranges()?;
        self.validate_transport()?;
        if self.oauth_authentication {
            self.validate_oauth()?;
        }
        Ok(())
    }

    fn validate_ranges(&self) -> Result<(), Violation> {
        if self.description.chars().count() > 128 {
            return refuse("Description", Rule::TooLong { most: 128 });
        }
        // Our choice: a nonce lives between ten seconds and a day.
        if !(10..=86_400).contains(&self.nonce_validity_seconds) {
            let rule = Rule::OutOfRange { least: 10, most: 86_400 };
            return refuse("Nonce Validity Time", rule);
        }
        if self.sip_phone_port < 1024 {
            let rule = Rule::OutOfRange { least: 1024, most: 65_535 };
            return refuse("SIP Phone Port", rule);
        }
        Ok(())
    }

    fn validate_transport(&self) -> Result<(), Violation> {
        let tls = self.transport_type == TransportType::Tls;
        let reason = match (self.device_security_mode, tls) {
            (DeviceSecurityMode::NonSecure, true) => "a Non Secure device uses TCP, UDP or TCP+UDP",
            (DeviceSecurityMode::Authenticated | DeviceSecurityMode::Encrypted, false) => {
                "an Authenticated or Encrypted device uses TLS"
            }
            _ => return Ok(()),
        };
        conflict("Transport Type", "Device Security Mode", reason)
    }

    fn validate_oauth(&self) -> Result<(), Violation> {
        match self.oauth_conditions().into_iter().find(|condition| !condition.holds) {
            Some(broken) => conflict("Enable OAuth Authentication", broken.field, broken.reason),
            None => Ok(()),
        }
    }

    /// What OAuth asks of the profile's other fields, and whether it has it.
    #[must_use]
    pub fn oauth_conditions(&self) -> [OAuthCondition; 4] {
        let condition = |field, reason, holds| OAuthCondition { field, reason, holds };
        [
            condition(
                "Device Security Mode",
                "OAuth needs the device security mode Encrypted",
                self.device_security_mode == DeviceSecurityMode::Encrypted,
            ),
            condition("Transport Type", "OAuth needs the transport TLS", self.transport_type == TransportType::Tls),
            condition(
                "Enable Digest Authentication",
                "OAuth and digest authentication exclude each other",
                !self.digest_authentication,
            ),
            condition(
                "TFTP Encrypted Config",
                "OAuth and an encrypted configuration file exclude each other",
                !self.tftp_encrypted_config,
            ),
        ]
    }
}

/// Something that OAuth asks of a field of a phone security profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OAuthCondition {
    /// The field by its label.
    pub field: &'static str,
    /// What is asked, and why.
    pub reason: &'static str,
    /// Whether the profile has it.
    pub holds: bool,
}

fn refuse(field: &'static str, rule: Rule) -> Result<(), Violation> {
    Err(Violation::new(OBJECT, field, rule))
}

fn conflict(field: &'static str, with: &'static str, reason: &'static str) -> Result<(), Violation> {
    refuse(field, Rule::Conflict { with, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oauth() -> SecurityProfile {
        SecurityProfile {
            device_security_mode: DeviceSecurityMode::Encrypted,
            transport_type: TransportType::Tls,
            oauth_authentication: true,
            ..SecurityProfile::new(ProfileName::new("CSF OAuth").unwrap())
        }
    }

    #[track_caller]
    fn refused(profile: &SecurityProfile, text: &str) {
        assert_eq!(profile.validate().unwrap_err().to_string(), text);
    }

    #[test]
    fn oauth_with_encrypted_tls_is_accepted() {
        assert_eq!(oauth().validate(), Ok(()));
    }

    #[test]
    fn oauth_needs_encrypted_tls_without_digest_or_encrypted_file() {
        let mut profile = oauth();
        profile.device_security_mode = DeviceSecurityMode::Authenticated;
        refused(
            &profile,
            "Phone Security Profile: Enable OAuth Authentication: conflicts with \
             Device Security Mode: OAuth needs the device security mode Encrypted",
        );
        let mut profile = oauth();
        profile.transport_type = TransportType::Tcp;
        refused(
            &profile,
            "Phone Security Profile: Transport Type: conflicts with Device Security Mode: \
             an Authenticated or Encrypted device uses TLS",
        );
        let mut profile = oauth();
        profile.digest_authentication = true;
        refused(
            &profile,
            "Phone Security Profile: Enable OAuth Authentication: conflicts with \
             Enable Digest Authentication: OAuth and digest authentication exclude each other",
        );
        let mut profile = oauth();
        profile.tftp_encrypted_config = true;
        refused(
            &profile,
            "Phone Security Profile: Enable OAuth Authentication: conflicts with \
             TFTP Encrypted Config: OAuth and an encrypted configuration file exclude each other",
        );
    }

    #[test]
    fn every_combination_is_accepted_exactly_when_the_rule_holds() {
        for mode in DeviceSecurityMode::ALL {
            for transport in TransportType::ALL {
                for bits in 0u8..8 {
                    let profile = SecurityProfile {
                        device_security_mode: mode,
                        transport_type: transport,
                        oauth_authentication: bits & 1 != 0,
                        digest_authentication: bits & 2 != 0,
                        tftp_encrypted_config: bits & 4 != 0,
                        ..oauth()
                    };
                    let tls = transport == TransportType::Tls;
                    let secure = mode != DeviceSecurityMode::NonSecure;
                    let oauth = mode == DeviceSecurityMode::Encrypted && bits & 6 == 0;
                    let expected = tls == secure && (bits & 1 == 0 || oauth);
                    assert_eq!(profile.validate().is_ok(), expected, "{profile:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_those_of_the_configuration_file() {
        for mode in DeviceSecurityMode::ALL {
            assert_eq!(DeviceSecurityMode::from_number(mode.number()), Some(mode));
        }
        for transport in TransportType::ALL {
            assert_eq!(TransportType::from_number(transport.number()), Some(transport));
        }
        assert_eq!(DeviceSecurityMode::from_number(4), None);
        assert_eq!(TransportType::from_number(0), None);
    }
}
