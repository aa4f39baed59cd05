//! Phone security profiles. What stands for the keys of a client certificate has the vendor's defaults: there is no enrolment here.

use std::fmt::Display;
use std::sync::Arc;

use directory::{DeviceSecurityMode, Directory, Object, SecurityProfile, TransportType};
use soap::Element;

use super::{Entity, Field, Shape};
use crate::axl::fields::{Fields, boolean};
use crate::axl::identifier::{Kind, SECURITY_PROFILE};
use crate::axl::refusal::Refusal;

impl Entity for SecurityProfile {
    const KIND: Kind = SECURITY_PROFILE;
    const FIELDS: &'static [Field] = &[
        ("phoneType", Shape::Text),
        ("protocol", Shape::Text),
        ("name", Shape::Needed),
        ("description", Shape::Text),
        ("deviceSecurityMode", Shape::Text),
        ("authenticationMode", Shape::Text),
        ("keySize", Shape::Text),
        ("keyOrder", Shape::Text),
        ("ecKeySize", Shape::Text),
        ("tftpEncryptedConfig", Shape::Text),
        ("EnableOAuthAuthentication", Shape::Text),
        ("nonceValidityTime", Shape::Text),
        ("transportType", Shape::Text),
        ("sipPhonePort", Shape::Text),
        ("enableDigestAuthentication", Shape::Text),
        ("excludeDigestCredentials", Shape::Text),
    ];
    const CRITERIA: &'static [&'static str] = &["name", "description"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        Ok(Self::new(fields.required("name")?.parse()?))
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        fields.only_value("protocol", "SIP")?;
        fields.copy("description", &mut self.description)?;
        choose(fields, "deviceSecurityMode", &DeviceSecurityMode::ALL, &mut self.device_security_mode)?;
        choose(fields, "transportType", &TransportType::ALL, &mut self.transport_type)?;
        fields.switch("tftpEncryptedConfig", &mut self.tftp_encrypted_config)?;
        fields.switch("EnableOAuthAuthentication", &mut self.oauth_authentication)?;
        fields.switch("enableDigestAuthentication", &mut self.digest_authentication)?;
        fields.switch("excludeDigestCredentials", &mut self.exclude_digest_credentials)?;
        fields.count("nonceValidityTime", &mut self.nonce_validity_seconds)?;
        fields.count("sipPhonePort", &mut self.sip_phone_port)
    }

    fn element(&self, _directory: &Directory) -> Element {
        Element::new(SECURITY_PROFILE.element)
            .with_text("phoneType", "Universal Device Template")
            .with_text("protocol", "SIP")
            .with_text("name", self.name.as_str())
            .with_text("description", self.description.as_str())
            .with_text("deviceSecurityMode", self.device_security_mode.to_string())
            .with_text("authenticationMode", "By Null String")
            .with_text("keySize", "2048")
            .with_text("keyOrder", "RSA Only")
            .with_text("ecKeySize", "384")
            .with_text("tftpEncryptedConfig", boolean(self.tftp_encrypted_config))
            .with_text("EnableOAuthAuthentication", boolean(self.oauth_authentication))
            .with_text("nonceValidityTime", self.nonce_validity_seconds.to_string())
            .with_text("transportType", self.transport_type.to_string())
            .with_text("sipPhonePort", self.sip_phone_port.to_string())
            .with_text("enableDigestAuthentication", boolean(self.digest_authentication))
            .with_text("excludeDigestCredentials", boolean(self.exclude_digest_credentials))
    }

    fn key(&self) -> &str {
        self.name.as_str()
    }

    fn into_object(self) -> Object {
        Object::Profile(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.profile(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.profiles()
    }
}

/// One of the values that a choice shows.
fn choose<T: Copy + Display>(fields: &Fields<'_>, name: &str, all: &[T], value: &mut T) -> Result<(), Refusal> {
    let Some(text) = fields.text(name)? else { return Ok(()) };
    let found = all.iter().find(|one| one.to_string().eq_ignore_ascii_case(text.trim()));
    let shown = || all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    *value = *found.ok_or_else(|| Refusal::invalid(format!("{name} is one of {}", shown())))?;
    Ok(())
}
