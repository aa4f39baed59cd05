//! Where a refusal is put right.

use authorization::AccessTokenError;
use observation::{Place, Remedy};
use token::TokenError;

use super::{PortMismatch, Reason};

/// What is known of who was refused.
pub(super) struct Known<'a> {
    pub(super) device: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) profile: Option<&'a str>,
}

impl Known<'_> {
    fn phone(&self) -> Place {
        self.device.map_or(Place::Client, |device| Place::Phone(observation::clip(device)))
    }

    fn profile(&self) -> Place {
        self.profile.map_or_else(|| self.phone(), |profile| Place::PhoneSecurityProfile(profile.into()))
    }

    fn user(&self) -> Place {
        self.user.map_or(Place::Client, |user| Place::EndUser(observation::clip(user)))
    }
}

/// What to do about a refusal.
pub(super) fn of(reason: Reason, known: &Known<'_>) -> Remedy {
    match reason {
        Reason::PortMismatch(PortMismatch::ModeDisabled) => Remedy::at(
            Place::SipOauthMode,
            "Enable SIP OAuth mode in the cluster, then restart the CallManager service of every node.",
        )
        .by("utils sipOAuth-mode enable"),
        Reason::PortMismatch(PortMismatch::ProfileWithoutOAuth) => Remedy::at(
            known.profile(),
            "Enable OAuth authentication in the phone security profile of the device, or give the device a profile that has it.",
        ),
        Reason::PortMismatch(PortMismatch::WrongTransport) => Remedy::at(
            known.phone(),
            "Let the client fetch its configuration anew: a phone inside registers over TLS on the SIP Phone OAuth Port, one outside through Expressway-C with mutual TLS.",
        ),
        Reason::Transport => {
            Remedy::at(known.profile(), "Let the security mode and the transport type of the profile fit the port that the client uses.")
        }
        Reason::CertificateName => Remedy::at(
            known.phone(),
            "Give the client a certificate whose name is that of the device or of its phone security profile.",
        ),
        Reason::Device => Remedy::at(known.phone(), "Make the user the owner of the device, or associate the two; or correct the device name in the client."),
        Reason::DeviceBinding => Remedy::at(Place::Client, "Sign in again on this device: the token was issued for another one."),
        Reason::Line | Reason::ThirdParty => Remedy::at(known.phone(), "Give the device this directory number, or let the client fetch its configuration anew."),
        Reason::UserInactive => Remedy::at(known.user(), "Make the user active again, if that is meant."),
        Reason::Scope => Remedy::at(Place::Client, "Let the client ask for the scope of the SIP line when it signs in."),
        Reason::AccessToken(AccessTokenError::Revoked) => Remedy::at(known.user(), "Sign in again: the token was revoked."),
        Reason::AccessToken(AccessTokenError::Token(TokenError::Expired)) => Remedy::at(
            Place::EnterpriseParameters,
            "The client refreshes or signs in again. When that happens to many, look at the clocks and at the expiry timer.",
        ),
        Reason::AccessToken(AccessTokenError::Token(TokenError::NotYetValid)) => {
            Remedy::at(Place::Services, "Set the clocks of the nodes: the token is of the future.").by("show status")
        }
        Reason::AccessToken(AccessTokenError::Token(TokenError::UnknownKey | TokenError::BadSignature | TokenError::BadDecryption)) => {
            Remedy::at(
                Place::AuthorizationKeys,
                "Sign in again: the keys of the cluster were regenerated, or the token is of another cluster. Behind an edge, refresh the servers on Expressway-C.",
            )
            .by("show key authz signing")
        }
        Reason::AccessToken(_) => Remedy::at(Place::Client, "Sign in again: this is no access token of this cluster for the SIP line."),
        Reason::Digest => Remedy::at(known.user(), "Set the digest credentials of the user anew, and the same in the client."),
        Reason::Throttled => Remedy::at(Place::Client, "Wait: the source failed too often. Stop the client that guesses."),
        Reason::Draining => Remedy::at(Place::Services, "Nothing: the node is being stopped, and the device goes to the next node of its group."),
        Reason::ActiveElsewhere => Remedy::at(known.phone(), "Sign out the other client of this device, or end its registration."),
        Reason::TooManyRegistrations => Remedy::at(known.user(), "Sign in separately on further devices."),
        Reason::NotRegistered => Remedy::at(known.phone(), "Register first, over the same connection and for the same user."),
        _ => Remedy::at(Place::Client, "The request itself must be put right: look at it in the ladder."),
    }
}
