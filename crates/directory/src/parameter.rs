//! Enterprise parameters: one table says name, label, group, default, range and help; the page, the
//! CLI and the database read it, so that they show the same text.
//!
//! The names of `ClusterSIPOAuthMode` and `ClusterSecurityMode` are the vendor's. Our choice: the
//! other names, the last two groups, and the values 0 and 1 for switches in the database.

use crate::error::{Rule, Violation};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A group of the enterprise parameters page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterGroup {
    /// SSO and OAuth Configuration.
    SsoAndOAuth,
    /// Security Parameters.
    Security,
    /// Clusterwide Domain Configuration.
    ClusterwideDomain,
    /// Clusterwide Parameters (Device - SIP).
    DeviceSip,
}

impl fmt::Display for ParameterGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SsoAndOAuth => "SSO and OAuth Configuration",
            Self::Security => "Security Parameters",
            Self::ClusterwideDomain => "Clusterwide Domain Configuration",
            Self::DeviceSip => "Clusterwide Parameters (Device - SIP)",
        })
    }
}

/// Which values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A number in a range.
    Number {
        /// The smallest value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// One of the values of the database, each with its text on the page.
    Choice(&'static [(&'static str, &'static str)]),
    /// Text.
    Text {
        /// The most characters.
        most: usize,
    },
}

/// Who may change a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The administrator, on the page or elsewhere.
    Writable,
    /// Only the named command.
    SetBy(&'static str),
}

/// A row of the table of enterprise parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `paramname` of the database.
    pub name: &'static str,
    /// The label on the page.
    pub label: &'static str,
    /// The group on the page.
    pub group: ParameterGroup,
    /// The value while nothing is set.
    pub default: &'static str,
    /// Which values it takes.
    pub kind: ParameterKind,
    /// Who may change it.
    pub access: Access,
    /// What it does.
    pub help: &'static str,
}

const DISABLED_ENABLED: ParameterKind = ParameterKind::Choice(&[("0", "Disabled"), ("1", "Enabled")]);
const FALSE_TRUE: ParameterKind = ParameterKind::Choice(&[("0", "False"), ("1", "True")]);

/// All enterprise parameters, in the order of the page.
pub const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "OAuthAccessTokenExpiryTimer",
        label: "OAuth Access Token Expiry Timer (minutes)",
        group: ParameterGroup::SsoAndOAuth,
        default: "60",
        kind: ParameterKind::Number { least: 1, most: 1440 },
        access: Access::Writable,
        help: "How long a new access token is valid. A registration never outlives its token.",
    },
    Parameter {
        name: "OAuthRefreshTokenExpiryTimer",
        label: "Jabber OAuth Refresh Token Expiry Timer (days)",
        group: ParameterGroup::SsoAndOAuth,
        default: "60",
        kind: ParameterKind::Number { least: 1, most: 365 },
        access: Access::Writable,
        help: "How long a softphone may renew its access token before its user signs in again.",
    },
    Parameter {
        name: "OAuthPhoneRefreshTokenExpiryTimer",
        label: "Physical Phone OAuth Refresh Token Expiry Timer (days)",
        group: ParameterGroup::SsoAndOAuth,
        default: "60",
        kind: ParameterKind::Number { least: 1, most: 365 },
        access: Access::Writable,
        help: "How long a desk phone may renew its access token before it is onboarded again.",
    },
    Parameter {
        name: "RedirectURIsForThirdPartySSOClient",
        label: "Redirect URIs for Third Party SSO Client",
        group: ParameterGroup::SsoAndOAuth,
        default: "",
        kind: ParameterKind::Text { most: 4096 },
        access: Access::Writable,
        help: "Redirect URIs, separated by commas, that clients other than the softphones may use.",
    },
    Parameter {
        name: "SSOLoginBehaviorForIOS",
        label: "SSO Login Behavior for IOS",
        group: ParameterGroup::SsoAndOAuth,
        default: "0",
        kind: ParameterKind::Choice(&[("0", "Use embedded browser (WebView)"), ("1", "Use native browser")]),
        access: Access::Writable,
        help: "Which browser a softphone on iOS opens to sign its user in.",
    },
    Parameter {
        name: "OAuthRefreshLoginFlow",
        label: "OAuth with Refresh Login Flow",
        group: ParameterGroup::SsoAndOAuth,
        default: "0",
        kind: DISABLED_ENABLED,
        access: Access::Writable,
        help: "Whether clients get refresh tokens. SIP OAuth mode needs it Enabled.",
    },
    Parameter {
        name: "UseSSOForRTMT",
        label: "Use SSO for RTMT",
        group: ParameterGroup::SsoAndOAuth,
        default: "0",
        kind: FALSE_TRUE,
        access: Access::Writable,
        help: "Whether the monitoring tool signs in by single sign-on. Kept for clients that read it.",
    },
    Parameter {
        name: "ClusterSecurityMode",
        label: "Cluster Security Mode",
        group: ParameterGroup::Security,
        default: "0",
        kind: ParameterKind::Number { least: 0, most: 1 },
        access: Access::Writable,
        help: "0: non-secure. 1: mixed, devices with certificates may register on the secure port.",
    },
    Parameter {
        name: Parameter::CLUSTER_SIP_OAUTH_MODE,
        label: "Cluster SIPOAuth Mode",
        group: ParameterGroup::Security,
        default: "0",
        kind: DISABLED_ENABLED,
        access: Access::SetBy("utils sipOAuth-mode enable|disable"),
        help: "Whether devices may register with OAuth access tokens. Takes effect at the restart of \
               the CallManager service of each node.",
    },
    Parameter {
        name: "LBMSecurityMode",
        label: "LBM Security Mode",
        group: ParameterGroup::Security,
        default: "0",
        kind: ParameterKind::Choice(&[("0", "Insecure"), ("1", "Mixed"), ("2", "Secure")]),
        access: Access::Writable,
        help: "How location bandwidth managers of different clusters talk. Kept for clients that \
               read it.",
    },
    Parameter {
        name: "SRTPFallbackAllowed",
        label: "Allow Fallback to Unencrypted Media",
        group: ParameterGroup::Security,
        default: "0",
        kind: FALSE_TRUE,
        access: Access::Writable,
        help: "Whether a call of an OAuth device may fall back to clear media when both ends agree \
               to it (X-cisco-srtp-fallback). False refuses such a call.",
    },
    Parameter {
        name: "OrganizationTopLevelDomain",
        label: "Organization Top Level Domain",
        group: ParameterGroup::ClusterwideDomain,
        default: "",
        kind: ParameterKind::Text { most: 255 },
        access: Access::Writable,
        help: "The domain of the organisation, sent to devices in their configuration file.",
    },
    Parameter {
        name: "ClusterFullyQualifiedDomainName",
        label: "Cluster Fully Qualified Domain Name",
        group: ParameterGroup::ClusterwideDomain,
        default: "",
        kind: ParameterKind::Text { most: 255 },
        access: Access::Writable,
        help: "Domains, separated by spaces, that the cluster takes for its own in SIP addresses, \
               besides the names and addresses of its nodes.",
    },
    Parameter {
        name: "SIPStationRealm",
        label: "SIP Station Realm",
        group: ParameterGroup::DeviceSip,
        default: "ccmsipline",
        kind: ParameterKind::Text { most: 64 },
        access: Access::Writable,
        help: "The realm of the challenges that devices get. Digest credentials are made for one \
               realm: set them again after a change.",
    },
];

impl Parameter {
    /// The name of the parameter that holds the cluster's SIP OAuth mode.
    pub const CLUSTER_SIP_OAUTH_MODE: &'static str = "ClusterSIPOAuthMode";

    /// The parameter of a name, without regard to case.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    /// Turns what was typed (a value, or the text of a choice) into the value of the database.
    ///
    /// # Errors
    /// The parameter's label and the rule.
    pub fn parse(&self, text: &str) -> Result<String, Violation> {
        match self.kind {
            ParameterKind::Number { least, most } => match text.parse::<u64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => Err(self.refused(Rule::OutOfRange { least, most })),
            },
            ParameterKind::Choice(choices) => choices
                .iter()
                .find(|(value, shown)| *value == text || shown.eq_ignore_ascii_case(text))
                .map(|(value, _)| (*value).to_owned())
                .ok_or_else(|| {
                    let shown: Vec<_> = choices.iter().map(|(_, shown)| *shown).collect();
                    let choices = shown.join(", ");
                    self.refused(Rule::NotAChoice { choices })
                }),
            ParameterKind::Text { most } => {
                crate::line::check_text("Enterprise Parameters", self.label, text, most)?;
                Ok(text.to_owned())
            }
        }
    }

    /// Refuses a change by hand of a parameter that a command sets.
    ///
    /// # Errors
    /// [`Rule::ReadOnly`] with the command.
    pub fn check_writable(&self) -> Result<(), Violation> {
        match self.access {
            Access::Writable => Ok(()),
            Access::SetBy(command) => Err(self.refused(Rule::ReadOnly { command })),
        }
    }

    /// The text on the page for a value of the database.
    #[must_use]
    pub fn shown<'a>(&self, value: &'a str) -> &'a str {
        if let ParameterKind::Choice(choices) = self.kind {
            for (own, shown) in choices {
                if *own == value {
                    return shown;
                }
            }
        }
        value
    }

    fn refused(&self, rule: Rule) -> Violation {
        Violation::new("Enterprise Parameters", self.label, rule)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_unlike_and_defaults_are_allowed() {
        for (position, parameter) in PARAMETERS.iter().enumerate() {
            assert_eq!(parameter.parse(parameter.default).as_deref(), Ok(parameter.default));
            for other in &PARAMETERS[..position] {
                assert!(!other.name.eq_ignore_ascii_case(parameter.name));
                assert_ne!(other.label, parameter.label);
            }
        }
    }

    #[test]
    fn defaults_are_those_of_the_vendor() {
        let parameters = EnterpriseParameters::default();
        assert_eq!(parameters.access_token_lifetime(), Duration::from_secs(3600));
        assert_eq!(parameters.refresh_token_lifetime(), Duration::from_secs(60 * 86_400));
        assert!(!parameters.refresh_login_flow());
        assert!(!parameters.sip_oauth_mode());
        assert!(!parameters.mixed_mode());
        assert_eq!(parameters.lbm_security_mode(), LbmSecurityMode::Insecure);
        assert_eq!(parameters.sip_station_realm(), "ccmsipline");
        assert_eq!(parameters.third_party_redirect_uris().count(), 0);
    }

    #[test]
    fn a_number_outside_its_range_is_refused_with_the_range() {
        let mut parameters = EnterpriseParameters::default();
        for bad in ["0", "1441", "-1", "", "ten", "18446744073709551616"] {
            assert_eq!(
                parameters.set("OAuthAccessTokenExpiryTimer", bad).unwrap_err().to_string(),
                "Enterprise Parameters: OAuth Access Token Expiry Timer (minutes): \
                 the value must be between 1 and 1440"
            );
        }
        parameters.set("oauthaccesstokenexpirytimer", "1").unwrap();
        assert_eq!(parameters.access_token_lifetime(), Duration::from_secs(60));
    }

    #[test]
    fn a_choice_is_taken_by_value_and_by_text() {
        let mut parameters = EnterpriseParameters::default();
        parameters.set("OAuthRefreshLoginFlow", "enabled").unwrap();
        assert!(parameters.refresh_login_flow());
        parameters.set("OAuthRefreshLoginFlow", "0").unwrap();
        assert!(!parameters.refresh_login_flow());
        assert_eq!(
            parameters.set("OAuthRefreshLoginFlow", "on").unwrap_err().rule,
            Rule::NotAChoice { choices: "Disabled, Enabled".into() }
        );
    }

    #[test]
    fn only_its_command_changes_the_sip_oauth_mode() {
        let parameter = Parameter::find("clustersipoauthmode").unwrap();
        assert_eq!(
            parameter.check_writable().unwrap_err().to_string(),
            "Enterprise Parameters: Cluster SIPOAuth Mode: read-only, changed by: \
             utils sipOAuth-mode enable|disable"
        );
        assert_eq!(parameter.shown("1"), "Enabled");
    }
}
