//! System > Security > Phone Security Profile.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{DeviceSecurityMode, Directory, Object, SecurityProfile, TransportType};

use super::{Entity, Kind, named};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

fn yes(flag: bool) -> Cow<'static, str> {
    Cow::Borrowed(if flag { "✓" } else { "" })
}

impl Entity for SecurityProfile {
    const KIND: Kind = Kind {
        path: "/ccmadmin/phone-security-profile",
        menu: "System",
        one: "Phone Security Profile",
        many: "Phone Security Profiles",
        about: "How the signalling of phones is protected, and whether they register with OAuth access tokens.",
        file: "phone-security-profiles",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column { name: "name", label: "Name", value: |profile, _| Cow::Borrowed(profile.name.as_str()) },
        Column { name: "description", label: "Description", value: |profile, _| Cow::Borrowed(&profile.description) },
        Column {
            name: "mode",
            label: "Device Security Mode",
            value: |profile, _| Cow::Owned(profile.device_security_mode.to_string()),
        },
        Column {
            name: "transport",
            label: "Transport Type",
            value: |profile, _| Cow::Owned(profile.transport_type.to_string()),
        },
        Column { name: "oauth", label: "OAuth", value: |profile, _| yes(profile.oauth_authentication) },
        Column { name: "digest", label: "Digest", value: |profile, _| yes(profile.digest_authentication) },
    ];
    const KEY: &'static str = "name";

    fn fields(_directory: &Directory) -> Vec<Field> {
        const PART: &str = "Phone Security Profile Information";
        const PORT: &str = "Parameters used in Phone";
        let check = |name, label| Field::new(PART, name, label, Control::Check);
        vec![
            Field::text(PART, "name", "Name", 64).required(),
            Field::text(PART, "description", "Description", 128),
            Field::new(PART, "nonce", "Nonce Validity Time", Control::Number { least: 10, most: 86_400 })
                .help("Seconds for which a challenge of digest authentication can be answered."),
            Field::new(PART, "mode", "Device Security Mode", Control::Choice(named(DeviceSecurityMode::ALL))),
            Field::new(PART, "transport", "Transport Type", Control::Choice(named(TransportType::ALL))),
            check("digest", "Enable Digest Authentication"),
            check("tftp_encrypted", "TFTP Encrypted Config"),
            check("oauth", "Enable OAuth Authentication")
                .help("Devices register with an access token of their user. It needs an encrypted device on TLS, without digest authentication and without an encrypted configuration file."),
            check("exclude_digest", "Exclude Digest Credentials in Configuration File"),
            Field::new(PORT, "port", "SIP Phone Port", Control::Number { least: 1024, most: 65_535 })
                .help("Where a device on UDP listens."),
        ]
    }

    fn blank() -> Draft {
        Draft::default()
            .with("nonce", 600)
            .with("mode", DeviceSecurityMode::NonSecure)
            .with("transport", TransportType::TcpUdp)
            .with("port", 5060)
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        Draft::default()
            .with("name", &self.name)
            .with("description", &self.description)
            .with("nonce", self.nonce_validity_seconds)
            .with("mode", self.device_security_mode)
            .with("transport", self.transport_type)
            .with("digest", self.digest_authentication)
            .with("tftp_encrypted", self.tftp_encrypted_config)
            .with("oauth", self.oauth_authentication)
            .with("exclude_digest", self.exclude_digest_credentials)
            .with("port", self.sip_phone_port)
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let name = reader.name("name");
        let nonce = reader.number("nonce", (10, 86_400));
        let mode = reader.choice("mode", &DeviceSecurityMode::ALL);
        let transport = reader.choice("transport", &TransportType::ALL);
        let port = reader.number("port", (1024, 65_535));
        Some(Self {
            name: name?,
            description: reader.text("description"),
            nonce_validity_seconds: nonce?,
            device_security_mode: mode?,
            transport_type: transport?,
            digest_authentication: reader.is_checked("digest"),
            tftp_encrypted_config: reader.is_checked("tftp_encrypted"),
            oauth_authentication: reader.is_checked("oauth"),
            exclude_digest_credentials: reader.is_checked("exclude_digest"),
            sip_phone_port: port?,
        })
    }

    fn into_object(self) -> Object {
        Object::Profile(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.profile(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.profiles()
    }
}
