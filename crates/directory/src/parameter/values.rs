//! The values of the enterprise parameters, each as what it is.

use super::{PARAMETERS, Parameter};
use crate::error::{Rule, Violation};
use std::collections::BTreeMap;
use std::time::Duration;

/// LBM Security Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LbmSecurityMode {
    /// Insecure.
    Insecure,
    /// Mixed.
    Mixed,
    /// Secure.
    Secure,
}

/// The values of all enterprise parameters: what is set, or the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnterpriseParameters(BTreeMap<&'static str, String>);

impl EnterpriseParameters {
    /// Sets a parameter to a value or to the text of a choice. Who may do so is not checked here:
    /// see [`Parameter::check_writable`].
    ///
    /// # Errors
    /// The name is unknown, or the value breaks the parameter's rule.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), Violation> {
        let parameter = Parameter::find(name).ok_or_else(|| {
            let name = name.to_owned();
            Violation::new("Enterprise Parameters", "Name", Rule::Unknown { name })
        })?;
        self.0.insert(parameter.name, parameter.parse(text)?);
        Ok(())
    }

    /// The value of a parameter as the database holds it.
    #[must_use]
    pub fn get(&self, parameter: &'static Parameter) -> &str {
        self.0.get(parameter.name).map_or(parameter.default, |v| v)
    }

    /// All parameters with their values, in the order of the page.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Parameter, &str)> {
        PARAMETERS.iter().map(|p| (p, self.get(p)))
    }

    /// OAuth Access Token Expiry Timer.
    #[must_use]
    pub fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.number("OAuthAccessTokenExpiryTimer") * 60)
    }

    /// Jabber OAuth Refresh Token Expiry Timer.
    #[must_use]
    pub fn refresh_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.number("OAuthRefreshTokenExpiryTimer") * 86_400)
    }

    /// Physical Phone OAuth Refresh Token Expiry Timer.
    #[must_use]
    pub fn phone_refresh_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.number("OAuthPhoneRefreshTokenExpiryTimer") * 86_400)
    }

    /// Redirect URIs for Third Party SSO Client.
    pub fn third_party_redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.text("RedirectURIsForThirdPartySSOClient").split(',').map(str::trim).filter(|uri| !uri.is_empty())
    }

    /// OAuth with Refresh Login Flow.
    #[must_use]
    pub fn refresh_login_flow(&self) -> bool {
        self.text("OAuthRefreshLoginFlow") == "1"
    }

    /// Cluster Security Mode: whether it is mixed (1).
    #[must_use]
    pub fn mixed_mode(&self) -> bool {
        self.text("ClusterSecurityMode") == "1"
    }

    /// Cluster SIPOAuth Mode.
    #[must_use]
    pub fn sip_oauth_mode(&self) -> bool {
        self.text(Parameter::CLUSTER_SIP_OAUTH_MODE) == "1"
    }

    /// LBM Security Mode.
    #[must_use]
    pub fn lbm_security_mode(&self) -> LbmSecurityMode {
        match self.text("LBMSecurityMode") {
            "1" => LbmSecurityMode::Mixed,
            "2" => LbmSecurityMode::Secure,
            _ => LbmSecurityMode::Insecure,
        }
    }

    /// Allow Fallback to Unencrypted Media.
    #[must_use]
    pub fn srtp_fallback_allowed(&self) -> bool {
        self.text("SRTPFallbackAllowed") == "1"
    }

    /// Organization Top Level Domain.
    #[must_use]
    pub fn organization_top_level_domain(&self) -> &str {
        self.text("OrganizationTopLevelDomain")
    }

    /// Cluster Fully Qualified Domain Name: each of its domains.
    pub fn cluster_domains(&self) -> impl Iterator<Item = &str> {
        self.text("ClusterFullyQualifiedDomainName").split_whitespace()
    }

    /// SIP Station Realm.
    #[must_use]
    pub fn sip_station_realm(&self) -> &str {
        self.text("SIPStationRealm")
    }

    fn text(&self, name: &str) -> &str {
        Parameter::find(name).map_or("", |parameter| self.get(parameter))
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }
}
