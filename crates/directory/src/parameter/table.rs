//! The table of enterprise parameters.

use super::{Access, Parameter, ParameterGroup, ParameterKind};

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
