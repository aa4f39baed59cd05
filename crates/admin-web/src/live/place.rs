//! Where something is put right: the page.

use observation::Place;

use super::query::escaped;

/// The page of an object of `/ccmadmin`.
pub(super) fn edit(path: &str, name: &str) -> String {
    format!("{path}/edit?name={}", escaped(name))
}

/// A link: its text (a key of the catalogues), what of the page it is about, its address. `None` where no page of this node helps.
pub(super) fn link(place: &Place) -> Option<(&'static str, String, String)> {
    let plain = |text, path: &str| Some((text, String::new(), path.to_owned()));
    let of = |text, path: &str, name: &str| Some((text, name.to_owned(), edit(path, name)));
    match place {
        Place::SipOauthMode => plain("Enable SIP OAuth", "/sip-oauth"),
        Place::Ports => plain("System > Cisco Unified CM", "/ccmadmin/cisco-unified-cm"),
        Place::EnterpriseParameters => plain("System > Enterprise Parameters", "/ccmadmin/enterprise-parameters"),
        Place::PhoneSecurityProfile(name) => {
            of("System > Phone Security Profile", "/ccmadmin/phone-security-profile", name)
        }
        Place::Phone(name) => of("Device > Phone", "/ccmadmin/phone", name),
        Place::EndUser(name) => of("User Management > End User", "/ccmadmin/end-user", name),
        Place::ExpresswayC => plain("Device > Expressway-C", "/ccmadmin/expressway-c"),
        Place::Trust(_) | Place::OwnCertificate(_) => plain("Certificates", "/cmplatform/certificates"),
        Place::AuthorizationKeys => plain("Dashboard", "/live/"),
        Place::Services => plain("Control Center - Feature Services", "/ccmservice/control-center"),
        Place::UnifiedCmServers | Place::TrustedCaList | Place::Client => None,
    }
}
