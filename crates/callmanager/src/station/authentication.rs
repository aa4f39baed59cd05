//! Who sent a request: the one place where [`Authenticated`] is made.
//!
//! OAuth ports: an access token in any dialect of RFC 8898, in Authorization or Proxy-Authorization, with or without waiting for
//! a challenge. Phone ports: what the device's profile asks for, digest (RFC 8760), the client's certificate, or nothing
//! at all for a Non Secure device without digest, as at the vendor. A token that is no good and one that is missing get the
//! same challenge; the first adds `error="invalid_token"`, and why is for the log alone.

use std::ops::Deref;
use std::sync::Arc;

use directory::{Device, DeviceName, SecurityProfile, UserId};
use observation::CredentialsForm;
use sip::auth::{Algorithm, BearerCredentials, Credentials, DigestCredentials, NonceViolation, digest};
use sip::message::{Request, Violation};
use token::VerifiedAccessToken;

use crate::flow::{Flow, Listener};
use crate::node_view::{NodeView, Now};
use crate::station::refusal::Reason;

/// Who sent a request: the device that registered on the flow and, with a token or digest, its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The device.
    pub device: DeviceName,
    /// The user that its access token or digest credentials named.
    pub user: Option<UserId>,
}

/// A message whose sender was authenticated.
#[derive(Debug, Clone)]
pub struct Authenticated<T> {
    message: T,
    identity: Arc<Identity>,
}

impl<T> Authenticated<T> {
    /// The station vouches for the sender: it holds a registration of this identity on the flow, or has just checked its
    /// credentials.
    pub(in crate::station) fn vouched(message: T, identity: Arc<Identity>) -> Self {
        Self { message, identity }
    }

    /// Who sent it.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &T {
        &self.message
    }
}

impl<T> Deref for Authenticated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.message
    }
}

/// What a request presents on an OAuth port.
pub(super) enum Presented<'a> {
    /// No credentials.
    Nothing,
    /// Credentials of a scheme that the port does not take.
    OtherScheme,
    /// An access token.
    Bearer(BearerCredentials<'a>),
}

/// The credentials of a request; that there is at most one bearer token was checked with the syntax.
pub(super) fn bearer(request: &Request) -> Result<Presented<'_>, Violation> {
    let headers = request.headers();
    let mut presented = Presented::Nothing;
    for credentials in headers.authorization().chain(headers.proxy_authorization()) {
        match credentials? {
            Credentials::Bearer(bearer) => return Ok(Presented::Bearer(bearer)),
            Credentials::Digest(_) | Credentials::Other(_) => presented = Presented::OtherScheme,
        }
    }
    Ok(presented)
}

/// In which form a registration's credentials came, once they were found good.
pub(super) fn form(request: &Request, has_user: bool, flow: &Flow) -> CredentialsForm {
    match (bearer(request), flow.listener) {
        (Ok(Presented::Bearer(bearer)), Listener::OAuth | Listener::MraOAuth) => match bearer.is_parameter() {
            true => CredentialsForm::BearerParameter,
            false => CredentialsForm::BearerToken,
        },
        _ if has_user => CredentialsForm::Digest,
        (_, Listener::Secure) => CredentialsForm::Certificate,
        _ => CredentialsForm::None,
    }
}

/// Checks an access token and its scope.
pub(super) fn access_token(
    bearer: &BearerCredentials<'_>,
    now: Now,
    view: &impl NodeView,
) -> Result<VerifiedAccessToken, Reason> {
    let token = view.verify_access_token(bearer.token(), now.unix).map_err(Reason::AccessToken)?;
    // Who is no longer active has no tokens, whatever they say (AUT-8).
    if view.directory().user(token.user()).is_none_or(|user| !user.active) {
        return Err(Reason::UserInactive);
    }
    if !token.has_scope(&view.running().scope) {
        return Err(Reason::Scope);
    }
    Ok(token)
}

/// What came of checking a digest.
pub(super) enum DigestOutcome {
    /// Right: its user.
    User(UserId),
    /// No digest, a wrong one, or an unknown user: all the same to the peer.
    Challenge {
        /// Whether the digest was right and only the nonce too old.
        is_stale: bool,
        /// Whether credentials came at all, which counts as a failure.
        is_failure: bool,
    },
}

/// Checks the digest credentials of a request for a device (RFC 7616 §3.4.6). Without a device the same work is done.
pub(super) fn check_digest(
    request: &Request,
    device: Option<(&Device, &SecurityProfile)>,
    flow: &Flow,
    now: Now,
    view: &impl NodeView,
) -> DigestOutcome {
    let Some(credentials) = digest_credentials(request, &view.running().realm) else {
        return DigestOutcome::Challenge { is_stale: false, is_failure: false };
    };
    let wrong = DigestOutcome::Challenge { is_stale: false, is_failure: true };
    let validity = device.map_or(0, |(_, profile)| profile.nonce_validity_seconds);
    let nonce =
        view.running().nonce_key.verify(&credentials.nonce, now.unix.0, validity, nonce_binding(flow).as_bytes());
    if nonce == Err(NonceViolation::Foreign) {
        return wrong;
    }
    let Some(user) = device.and_then(|(device, _)| digest_user(device, &credentials, request, view)) else {
        return wrong;
    };
    match nonce {
        Ok(_) => DigestOutcome::User(user),
        Err(_) => DigestOutcome::Challenge { is_stale: true, is_failure: false },
    }
}

/// The digest user of a device, when the credentials are his and right for this request.
fn digest_user(
    device: &Device,
    credentials: &DigestCredentials<'_>,
    request: &Request,
    view: &impl NodeView,
) -> Option<UserId> {
    let user = device.digest_user.as_ref()?;
    let algorithm = credentials.algorithm?;
    let secret = view.directory().digest_secret(user.as_str()).filter(|secret| secret.realm == view.running().realm)?;
    let kept = match algorithm {
        Algorithm::Md5 => &secret.ha1_md5,
        Algorithm::Sha256 => &secret.ha1_sha256,
    };
    let ha1 = digest::Ha1::from_hexadecimal(algorithm, kept)?;
    let is_active = view.directory().user(user.as_str()).is_some_and(|user| user.active);
    let is_right = credentials.username.as_ref() == user.as_str().as_bytes()
        && digest::verify(&ha1, request.method(), credentials);
    (is_active && is_right).then(|| user.clone())
}

fn digest_credentials<'a>(request: &'a Request, realm: &str) -> Option<DigestCredentials<'a>> {
    let headers = request.headers();
    headers.authorization().chain(headers.proxy_authorization()).find_map(|credentials| match credentials {
        Ok(Credentials::Digest(digest)) if digest.realm.as_ref() == realm.as_bytes() => Some(digest),
        _ => None,
    })
}

/// A nonce is good for the peer's address and the listener only: it cannot be taken elsewhere.
pub(super) fn nonce_binding(flow: &Flow) -> String {
    format!("{:?} {}", flow.listener, flow.remote.ip())
}

/// Whether the peer's certificate names the device or its security profile, as 5061 wants it. Our choice: the profile counts
/// too, because an edge that carries many devices lists the profiles in its certificate.
pub(super) fn certificate_names(flow: &Flow, device: &Device) -> bool {
    flow.peer_names
        .as_ref()
        .is_some_and(|names| names.contains(device.name.as_str()) || names.contains(device.security_profile.as_str()))
}
