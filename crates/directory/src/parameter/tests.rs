use super::*;
use crate::error::Rule;
use std::time::Duration;

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
