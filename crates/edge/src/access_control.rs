//! MRA access control: the page of this name on Expressway-C.

use serde::{Deserialize, Serialize};

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
