//! MRA access control: the page of this name on Expressway-C, and what each setting does.
//!
//! | setting | value | effect |
//! |---|---|---|
//! | Authentication path | None | every SIP request from outside is refused with `403`, every HTTP request too: mobile and remote access is off |
//! | | UCM/LDAP basic authentication | the login page of Unified CM asks for name and password; `get_edge_sso` offers no SSO |
//! | | SAML SSO authentication | name and password are refused; as no identity provider is served yet, nobody new signs in |
//! | | SAML SSO and UCM/LDAP | as UCM/LDAP, for the same reason |
//! | Authorize by OAuth token with refresh | On | a valid access token opens SIP and HTTP; a REGISTER without one goes on to Unified CM, which challenges |
//! | | Off | a token is refused with `403`, over SIP and HTTP, and registrations that were made with one carry nothing more; without "user credential" either, nothing registers |
//! | Authorize by user credential | On | Basic over HTTP and Digest over SIP go on, to be checked by Unified CM |
//! | | Off | they are refused: `403` over SIP, `401` without a Basic challenge over HTTP |
//! | Allow Jabber iOS clients to use embedded Safari | Yes, No | `get_edge_sso` tells the client, which chooses its browser by it |
//! | Check for internal authentication availability | Yes | `get_edge_sso` asks the user's home cluster; No: it answers from this page |
//! | Allow activation code onboarding | No | hardware phones (`SEP…`) get no configuration file: they come from outside by activation code only; Yes: they do, and `get_edge_sso` says so. Onboarding itself is not served yet |
//!
//! Our choice: what the vendor's "Off" answers on the wire is not public. A `403` with a Warning says which setting it was.
//! What ends a call that is up (BYE, CANCEL, ACK) passes all the same, except when access is off altogether.

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// How users prove who they are (the "Authentication path" setting).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuthenticationPath {
    /// SAML SSO authentication.
    #[serde(rename = "SAML SSO authentication")]
    SamlSso,
    /// UCM/LDAP basic authentication.
    #[default]
    #[serde(rename = "UCM/LDAP basic authentication")]
    UcmLdap,
    /// SAML SSO and UCM/LDAP.
    #[serde(rename = "SAML SSO and UCM/LDAP")]
    SamlSsoAndUcmLdap,
    /// None: mobile and remote access is off.
    #[serde(rename = "None")]
    None,
}

/// The settings of the page, with its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MraAccessControl {
    /// Authentication path.
    pub authentication_path: AuthenticationPath,
    /// Authorize by OAuth token with refresh.
    pub authorize_by_oauth_token_with_refresh: bool,
    /// Authorize by user credential.
    pub authorize_by_user_credential: bool,
    /// Allow Jabber iOS clients to use embedded Safari.
    pub allow_embedded_safari: bool,
    /// Check for internal authentication availability.
    pub check_for_internal_authentication_availability: bool,
    /// Allow activation code onboarding.
    pub allow_activation_code_onboarding: bool,
}

impl Default for MraAccessControl {
    fn default() -> Self {
        Self {
            authentication_path: AuthenticationPath::UcmLdap,
            authorize_by_oauth_token_with_refresh: true,
            authorize_by_user_credential: false,
            allow_embedded_safari: false,
            check_for_internal_authentication_availability: false,
            allow_activation_code_onboarding: false,
        }
    }
}

/// What a request presents to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presented {
    /// An OAuth access token, whether good or bad.
    AccessToken,
    /// A name and a password, or what proves one: Basic or Digest.
    UserCredential,
    /// Nothing.
    Nothing,
}

/// What `get_edge_sso` offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SsoOffer {
    /// SAML SSO.
    pub saml_sso: bool,
    /// Name and password, asked for by the login page.
    pub login_page: bool,
    /// OAuth tokens with refresh.
    pub oauth_with_refresh: bool,
    /// Whether the user's home cluster has the last word.
    pub asks_home_cluster: bool,
    /// Whether an iOS client uses the embedded browser.
    pub embedded_safari: bool,
}

impl AuthenticationPath {
    /// All, in the order of the page.
    pub const ALL: [Self; 4] = [Self::SamlSso, Self::UcmLdap, Self::SamlSsoAndUcmLdap, Self::None];

    /// The words of the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SamlSso => "SAML SSO authentication",
            Self::UcmLdap => "UCM/LDAP basic authentication",
            Self::SamlSsoAndUcmLdap => "SAML SSO and UCM/LDAP",
            Self::None => "None",
        }
    }
}

impl MraAccessControl {
    /// The settings that differ from others, each with its value here: for the audit log, and for whoever comes second.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<String> {
        let values = |settings: &Self| {
            let word = |on: bool| if on { "On" } else { "Off" };
            [
                ("Authentication path", settings.authentication_path.name()),
                ("Authorize by OAuth token with refresh", word(settings.authorize_by_oauth_token_with_refresh)),
                ("Authorize by user credential", word(settings.authorize_by_user_credential)),
                ("Allow Jabber iOS clients to use embedded Safari", word(settings.allow_embedded_safari)),
                (
                    "Check for internal authentication availability",
                    word(settings.check_for_internal_authentication_availability),
                ),
                ("Allow activation code onboarding", word(settings.allow_activation_code_onboarding)),
            ]
        };
        let pairs = values(self).into_iter().zip(values(before));
        pairs.filter(|(now, then)| now != then).map(|((name, value), _)| format!("{name}: {value}")).collect()
    }

    /// Whether these settings let a request in that presents this. Whether what it presents is good is another question.
    ///
    /// # Errors
    /// The setting that keeps it out.
    pub const fn admit(&self, presented: Presented) -> Result<(), Reason> {
        if matches!(self.authentication_path, AuthenticationPath::None) {
            return Err(Reason::AccessOff);
        }
        match presented {
            Presented::AccessToken if !self.authorize_by_oauth_token_with_refresh => Err(Reason::OAuthOff),
            Presented::UserCredential if !self.authorize_by_user_credential => Err(Reason::UserCredentialOff),
            // Unified CM would challenge for a token, and the phone would come back with one.
            Presented::Nothing if !self.authorize_by_oauth_token_with_refresh && !self.authorize_by_user_credential => {
                Err(Reason::OAuthOff)
            }
            _ => Ok(()),
        }
    }

    /// What `get_edge_sso` offers by these settings.
    #[must_use]
    pub const fn sso_offer(&self) -> SsoOffer {
        let (saml_sso, login_page) = match self.authentication_path {
            AuthenticationPath::SamlSso => (true, false),
            AuthenticationPath::UcmLdap => (false, true),
            AuthenticationPath::SamlSsoAndUcmLdap => (true, true),
            AuthenticationPath::None => (false, false),
        };
        SsoOffer {
            saml_sso,
            login_page,
            oauth_with_refresh: self.authorize_by_oauth_token_with_refresh && (saml_sso || login_page),
            asks_home_cluster: self.check_for_internal_authentication_availability,
            embedded_safari: self.allow_embedded_safari,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_has_its_effect() {
        use Presented::{AccessToken, Nothing, UserCredential};
        let off = |path, oauth, credential| MraAccessControl {
            authentication_path: path,
            authorize_by_oauth_token_with_refresh: oauth,
            authorize_by_user_credential: credential,
            ..MraAccessControl::default()
        };
        let ucm = AuthenticationPath::UcmLdap;
        for (settings, presented, expected) in [
            (off(ucm, true, false), AccessToken, Ok(())),
            (off(ucm, true, false), Nothing, Ok(())),
            (off(ucm, true, false), UserCredential, Err(Reason::UserCredentialOff)),
            (off(ucm, true, true), UserCredential, Ok(())),
            (off(ucm, false, false), AccessToken, Err(Reason::OAuthOff)),
            (off(ucm, false, false), Nothing, Err(Reason::OAuthOff)),
            (off(ucm, false, true), AccessToken, Err(Reason::OAuthOff)),
            (off(ucm, false, true), Nothing, Ok(())),
            (off(AuthenticationPath::None, true, true), AccessToken, Err(Reason::AccessOff)),
            (off(AuthenticationPath::None, true, true), Nothing, Err(Reason::AccessOff)),
        ] {
            assert_eq!(settings.admit(presented), expected, "{settings:?} {presented:?}");
        }
    }

    #[test]
    fn the_authentication_path_decides_what_get_edge_sso_offers() {
        let offer = |authentication_path| {
            let offer = MraAccessControl { authentication_path, ..MraAccessControl::default() }.sso_offer();
            (offer.saml_sso, offer.login_page, offer.oauth_with_refresh)
        };
        assert_eq!(offer(AuthenticationPath::UcmLdap), (false, true, true));
        assert_eq!(offer(AuthenticationPath::SamlSso), (true, false, true));
        assert_eq!(offer(AuthenticationPath::SamlSsoAndUcmLdap), (true, true, true));
        assert_eq!(offer(AuthenticationPath::None), (false, false, false));
    }
}
