//! `getPhoneSecurityProfile`. What stands for the keys of a client certificate has the vendor's defaults: there is no enrolment here.

use directory::SecurityProfile;
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::{Fields, boolean};
use crate::axl::identifier::{Identifiers, SECURITY_PROFILE, braced};
use crate::axl::list::only;
use crate::axl::refusal::Refusal;

pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "name", "returnedTags"])?;
    let identifiers = Identifiers::read(axl, SECURITY_PROFILE).await?;
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    let profile = directory.profile(identifiers.key_of_request(SECURITY_PROFILE, &fields)?);
    let object = profile.and_then(|profile| object(profile, &identifiers));
    let object = object.ok_or_else(|| Refusal::not_found(SECURITY_PROFILE.name))?;
    Ok(Element::new("return").with(only(object, fields.element("returnedTags"))))
}

fn object(profile: &SecurityProfile, identifiers: &Identifiers) -> Option<Element> {
    let object = Element::new(SECURITY_PROFILE.element)
        .with_attribute("uuid", &braced(identifiers.of(profile.name.as_str())?))
        .with_text("phoneType", "Universal Device Template")
        .with_text("protocol", "SIP")
        .with_text("name", profile.name.as_str())
        .with_text("description", profile.description.as_str())
        .with_text("deviceSecurityMode", profile.device_security_mode.to_string())
        .with_text("authenticationMode", "By Null String")
        .with_text("keySize", "2048")
        .with_text("keyOrder", "RSA Only")
        .with_text("ecKeySize", "384")
        .with_text("tftpEncryptedConfig", boolean(profile.tftp_encrypted_config))
        .with_text("EnableOAuthAuthentication", boolean(profile.oauth_authentication))
        .with_text("nonceValidityTime", profile.nonce_validity_seconds.to_string())
        .with_text("transportType", profile.transport_type.to_string())
        .with_text("sipPhonePort", profile.sip_phone_port.to_string())
        .with_text("enableDigestAuthentication", boolean(profile.digest_authentication))
        .with_text("excludeDigestCredentials", boolean(profile.exclude_digest_credentials));
    Some(object)
}
