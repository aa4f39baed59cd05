//! Phone security profiles.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{DeviceSecurityMode, Directory, Object, ObjectKey, TransportType, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::node::text_choice;
use super::{Composed, Resource, Words, text};

const OBJECT: &str = "Phone Security Profile";

/// A phone security profile. OAuth needs an encrypted device on TLS, without digest and without an encrypted configuration file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SecurityProfile {
    /// Name.
    #[schema(schema_with = text::profile_name)]
    name: String,
    /// Description.
    #[serde(default)]
    #[schema(schema_with = text::text::<128>, required = false)]
    description: String,
    /// Nonce Validity Time.
    #[serde(default = "nonce_validity_seconds")]
    #[schema(minimum = 10, maximum = 86400, default = 600, required = false)]
    nonce_validity_seconds: u32,
    /// Device Security Mode.
    #[serde(default = "non_secure")]
    #[schema(schema_with = modes, required = false)]
    device_security_mode: String,
    /// Transport Type.
    #[serde(default = "tcp_udp")]
    #[schema(schema_with = transports, required = false)]
    transport_type: String,
    /// Enable Digest Authentication.
    #[serde(default)]
    #[schema(required = false)]
    digest_authentication: bool,
    /// TFTP Encrypted Config.
    #[serde(default)]
    #[schema(required = false)]
    tftp_encrypted_config: bool,
    /// Enable OAuth Authentication.
    #[serde(default, rename = "oauthAuthentication")]
    #[schema(required = false)]
    oauth_authentication: bool,
    /// Exclude Digest Credentials in Configuration File.
    #[serde(default)]
    #[schema(required = false)]
    exclude_digest_credentials: bool,
    /// SIP Phone Port: where the device listens, of use with UDP only.
    #[serde(default = "sip_phone_port")]
    #[schema(minimum = 1024, maximum = 65535, default = 5060, required = false)]
    sip_phone_port: u16,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

fn nonce_validity_seconds() -> u32 {
    600
}

fn sip_phone_port() -> u16 {
    5060
}

fn non_secure() -> String {
    DeviceSecurityMode::NonSecure.to_string()
}

fn tcp_udp() -> String {
    TransportType::TcpUdp.to_string()
}

fn modes() -> RefOr<Schema> {
    text::choice(DeviceSecurityMode::ALL)
}

fn transports() -> RefOr<Schema> {
    text::choice(TransportType::ALL)
}

impl Resource for SecurityProfile {
    type Object = directory::SecurityProfile;
    const AREA: ApiArea = ApiArea::Profiles;
    const WORDS: Words = Words {
        tag: "Phone security profiles",
        one: "phone security profile",
        many: "phone security profiles",
        id: "SecurityProfile",
        ids: "SecurityProfiles",
        about: "A phone security profile says how its phones signal and how they prove who they are.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Name", "name"),
        ("Description", "description"),
        ("Nonce Validity Time", "nonceValiditySeconds"),
        ("Device Security Mode", "deviceSecurityMode"),
        ("Transport Type", "transportType"),
        ("Enable Digest Authentication", "digestAuthentication"),
        ("TFTP Encrypted Config", "tftpEncryptedConfig"),
        ("Enable OAuth Authentication", "oauthAuthentication"),
        ("SIP Phone Port", "sipPhonePort"),
    ];
    const MEMBERS: &'static [&'static str] =
        &["name", "description", "deviceSecurityMode", "transportType", "oauthAuthentication", "digestAuthentication"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.profiles().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.profile(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Profile(object.name.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        Self {
            name: object.name.to_string(),
            description: object.description.clone(),
            nonce_validity_seconds: object.nonce_validity_seconds,
            device_security_mode: object.device_security_mode.to_string(),
            transport_type: object.transport_type.to_string(),
            digest_authentication: object.digest_authentication,
            tftp_encrypted_config: object.tftp_encrypted_config,
            oauth_authentication: object.oauth_authentication,
            exclude_digest_credentials: object.exclude_digest_credentials,
            sip_phone_port: object.sip_phone_port,
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        let mode = text_choice(OBJECT, "Device Security Mode", DeviceSecurityMode::ALL, &self.device_security_mode)?;
        let transport = text_choice(OBJECT, "Transport Type", TransportType::ALL, &self.transport_type)?;
        Ok(Composed::only(Object::Profile(directory::SecurityProfile {
            name: self.name.parse()?,
            description: self.description.clone(),
            nonce_validity_seconds: self.nonce_validity_seconds,
            device_security_mode: mode,
            transport_type: transport,
            digest_authentication: self.digest_authentication,
            tftp_encrypted_config: self.tftp_encrypted_config,
            oauth_authentication: self.oauth_authentication,
            exclude_digest_credentials: self.exclude_digest_credentials,
            sip_phone_port: self.sip_phone_port,
        })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::profile_name()
    }
}
