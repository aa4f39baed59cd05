//! What each setting of MRA access control does to HTTP.
//!
//! | Setting | Effect |
//! |---|---|
//! | Authentication path | None: nothing is answered. SAML SSO alone: no password is taken, neither as Basic nor on a node's login page |
//! | Authorize by OAuth token with refresh | Off: no Bearer, and the OAuth server is not reached |
//! | Authorize by user credential | On: Basic is taken, after the home node took it |
//! | Allow Jabber iOS clients to use embedded Safari | told by `get_edge_sso` |
//! | Check for internal authentication availability | Yes: `get_edge_sso` asks the user's home node |
//! | Allow activation code onboarding | No: hardware phones get no configuration file |
//!
//! Our choice: the last. Hardware phones come through the edge by activation code only, so without it their files do not either.

use edge::MraAccessControl;
use edge::access_control::AuthenticationPath;

use super::authorization::Asker;
use crate::target::{Resource, Target};

/// The names of hardware phones: this and a hardware address.
const HARDWARE_PHONE: &str = "SEP";

/// Why a setting refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Authentication path: None.
    AccessOff,
    /// Authorize by OAuth token with refresh: Off.
    OAuthOff,
    /// Authorize by user credential: Off.
    UserCredentialOff,
    /// Authentication path: SAML SSO authentication.
    NoPasswords,
    /// Allow activation code onboarding: No.
    NoHardwarePhones,
    /// The token is for another device, or the device is not the user's.
    OtherDevice,
}

impl Refusal {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::AccessOff => "mra_off",
            Self::OAuthOff => "oauth_off",
            Self::UserCredentialOff => "user_credential_off",
            Self::NoPasswords => "passwords_off",
            Self::NoHardwarePhones => "activation_code_onboarding_off",
            Self::OtherDevice => "other_device",
        }
    }

    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::AccessOff => "MRA access control: Authentication path is None",
            Self::OAuthOff => "MRA access control: Authorize by OAuth token with refresh is Off",
            Self::UserCredentialOff => "MRA access control: Authorize by user credential is Off",
            Self::NoPasswords => "MRA access control: Authentication path is SAML SSO authentication",
            Self::NoHardwarePhones => "MRA access control: Allow activation code onboarding is No",
            Self::OtherDevice => "the device is not that of the access token or of its user",
        }
    }
}

/// Whether a user may prove who he is by a password.
pub(crate) fn takes_passwords(settings: &MraAccessControl) -> bool {
    matches!(settings.authentication_path, AuthenticationPath::UcmLdap | AuthenticationPath::SamlSsoAndUcmLdap)
}

/// Whether the settings let a request on, whoever asks.
pub(crate) fn admits_request(settings: &MraAccessControl, target: &Target) -> Result<(), Refusal> {
    if settings.authentication_path == AuthenticationPath::None {
        return Err(Refusal::AccessOff);
    }
    match &target.resource {
        Resource::OAuth if !settings.authorize_by_oauth_token_with_refresh => Err(Refusal::OAuthOff),
        Resource::OAuth if target.path.ends_with("/authorize") && !takes_passwords(settings) => {
            Err(Refusal::NoPasswords)
        }
        Resource::DeviceFile(device) if !settings.allow_activation_code_onboarding && is_hardware_phone(device) => {
            Err(Refusal::NoHardwarePhones)
        }
        _ => Ok(()),
    }
}

/// Whether the file of this device is for who asks.
pub(crate) fn admits_device(asker: &Asker, device: &str) -> Result<(), Refusal> {
    match asker.device() {
        Some(bound) if !bound.eq_ignore_ascii_case(device) => Err(Refusal::OtherDevice),
        _ => Ok(()),
    }
}

fn is_hardware_phone(device: &str) -> bool {
    device.get(..HARDWARE_PHONE.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(HARDWARE_PHONE))
}
