//! What each check saw, as it is told to an administrator: names, times and numbers, never a secret.
//!
//! Written only when a request is refused; the decision itself needs none of it. Our choice: it says of a device whether it exists
//! and whose it is, which the peer never learns.

use std::borrow::Cow;

use observation::{Remedy, Step, StepOutcome, clip};
use sip::message::{HeaderName, Request};
use token::{TokenFingerprint, VerifiedAccessToken};

use super::remedy;
use super::{Check, PortMismatch, Reason};
use crate::flow::{Flow, Listener};
use crate::node_view::{NodeView, Now};
use crate::station::authentication::{self, Presented};
use crate::station::vendor;

/// A refused request, and what was known when it was.
pub(in crate::station) struct Case<'a, V> {
    pub(in crate::station) request: &'a Request,
    pub(in crate::station) reason: Reason,
    pub(in crate::station) flow: &'a Flow,
    pub(in crate::station) now: Now,
    pub(in crate::station) view: &'a V,
    pub(in crate::station) device: Option<&'a str>,
    pub(in crate::station) user: Option<&'a str>,
}

impl<V: NodeView> Case<'_, V> {
    /// The checks that were made, in order, with what they saw. All but the last passed.
    pub(in crate::station) fn steps(&self) -> Box<[Step]> {
        let failed = self.failed();
        let order = Check::order(self.request.method(), self.flow.listener);
        let passed = order.iter().copied().take_while(|check| *check != failed).filter(|check| self.is_made(*check));
        let mut steps: Vec<Step> = passed.map(|check| self.step(check, StepOutcome::Passed)).collect();
        steps.push(self.step(failed, StepOutcome::Failed));
        steps.into()
    }

    /// Where it is put right.
    pub(in crate::station) fn remedy(&self) -> Remedy {
        remedy::of(self.reason, &remedy::Known { device: self.device, user: self.user, profile: self.profile() })
    }

    /// A device for tokens on a port that takes none fails that port's own check.
    fn failed(&self) -> Check {
        let is_for_others = matches!(self.flow.listener, Listener::Phone | Listener::Secure);
        match self.reason {
            Reason::PortMismatch(_) if is_for_others => Check::NotForTokens,
            reason => Check::of(reason),
        }
    }

    /// Whether a check of the order was made of this request at all.
    fn is_made(&self, check: Check) -> bool {
        match check {
            Check::Digest => {
                let is_asked = |name| self.profile_named(name).is_some_and(|profile| profile.digest_authentication);
                self.reason == Reason::Digest || self.device.is_some_and(is_asked)
            }
            Check::CertificateName => self.flow.listener == Listener::Secure,
            Check::DeviceBinding => self.token().is_some_and(|token| token.device().is_some()),
            _ => true,
        }
    }

    fn step(&self, check: Check, outcome: StepOutcome) -> Step {
        let evidence = clip(&self.evidence(check));
        Step { check: check.code(), question: check.question(), outcome, evidence }
    }

    fn evidence(&self, check: Check) -> Cow<'static, str> {
        let header =
            |name| String::from_utf8_lossy(self.request.headers().first(name).unwrap_or_default()).into_owned();
        match check {
            Check::Connection => self.connection().into(),
            Check::Throttle => self.flow.remote.ip().to_string().into(),
            Check::Syntax => match self.reason {
                Reason::Syntax(violation) => violation.to_string().into(),
                _ => self.request.method().to_string().into(),
            },
            Check::MaxForwards => format!("Max-Forwards: {}", header(HeaderName::MaxForwards)).into(),
            Check::Transaction => format!("CSeq: {}", header(HeaderName::CSeq)).into(),
            Check::ClusterMode => self.cluster_mode().into(),
            Check::NotForTokens | Check::Profile | Check::Transport => self.profile_says().into(),
            Check::Credentials => self.credentials().into(),
            Check::TokenForm | Check::TokenKey | Check::TokenSignature | Check::TokenAudience => {
                self.token_says(check).into()
            }
            Check::TokenDates => self.dates().into(),
            Check::TokenRevocation => match self.reason {
                Reason::AccessToken(authorization::AccessTokenError::Revoked) => "revoked".into(),
                _ => "not revoked".into(),
            },
            Check::User => self.user.map_or_else(|| "".into(), |user| user.to_owned().into()),
            Check::Scope => format!("asked for: {}", self.view.running().scope).into(),
            Check::Digest => self.digest().into(),
            Check::Device => self.ownership().into(),
            Check::DeviceBinding => self.bound_to().into(),
            Check::EdgePort => self.way_in().into(),
            Check::CertificateName => self.certificate_names().into(),
            Check::Registered => self.device.map_or_else(|| "none".into(), |device| device.to_owned().into()),
            Check::From => format!("From: {}", header(HeaderName::From)).into(),
            Check::Line => format!("To: {}; {}", header(HeaderName::To), self.lines()).into(),
            Check::Require => format!("Require: {}", header(HeaderName::Require)).into(),
            Check::Contact => {
                format!("Contact: {}; Expires: {}", header(HeaderName::Contact), header(HeaderName::Expires)).into()
            }
            Check::Sequence => format!("CSeq: {}", header(HeaderName::CSeq)).into(),
            Check::Target => String::from_utf8_lossy(self.request.uri_bytes()).into_owned().into(),
            Check::Service => self.request.method().to_string().into(),
            Check::Duplicate | Check::Capacity => self.device.unwrap_or_default().to_owned().into(),
        }
    }

    fn connection(&self) -> String {
        let port = match self.flow.listener {
            Listener::Phone => "SIP Phone Port",
            Listener::Secure => "SIP Phone Secure Port",
            Listener::OAuth => "SIP Phone OAuth Port",
            Listener::MraOAuth => "SIP Mobile and Remote Access OAuth Port",
        };
        format!("{port} ({}), {}, from {}", self.flow.local.port(), self.flow.transport.via_token(), self.flow.remote)
    }

    fn cluster_mode(&self) -> String {
        let word = |is_enabled| if is_enabled { "Enabled" } else { "Disabled" };
        let running = &self.view.running().node;
        let staged = self.view.directory().parameters().sip_oauth_mode();
        let runs = format!("Cluster SIPOAuth Mode on {}: {}", running.node, word(running.sip_oauth_mode));
        if staged == running.sip_oauth_mode {
            return runs;
        }
        format!("{runs}; {} in the database, taken at the next restart of the CallManager service", word(staged))
    }

    fn credentials(&self) -> String {
        let field = match self.request.headers().contains(HeaderName::ProxyAuthorization) {
            true => "Proxy-Authorization",
            false => "Authorization",
        };
        match authentication::bearer(self.request) {
            Ok(Presented::Bearer(bearer)) => {
                format!("{field}: Bearer, fingerprint {}", TokenFingerprint::of(bearer.token()))
            }
            Ok(Presented::OtherScheme) => format!("{field}: another scheme than Bearer"),
            Ok(Presented::Nothing) => "none".to_owned(),
            Err(violation) => violation.to_string(),
        }
    }

    /// The token, where it is good: the cache has it then.
    fn token(&self) -> Option<VerifiedAccessToken> {
        let Ok(Presented::Bearer(bearer)) = authentication::bearer(self.request) else { return None };
        self.view.verify_access_token(bearer.token(), self.now.unix).ok()
    }

    fn token_says(&self, check: Check) -> String {
        match self.reason {
            Reason::AccessToken(error) if Check::of(self.reason) == check => error.to_string(),
            _ => match (check, self.token()) {
                (Check::TokenAudience, Some(token)) => format!("user {}", token.user()),
                _ => "yes".to_owned(),
            },
        }
    }

    fn dates(&self) -> String {
        let now = crate::station::date::written(self.now.unix);
        match (self.reason, self.token()) {
            (Reason::AccessToken(error), _) => format!("{error}; the clock of this node says {now}"),
            (_, Some(token)) => format!("until {}", crate::station::date::written(token.expires_at())),
            (_, None) => format!("the clock of this node says {now}"),
        }
    }

    fn digest(&self) -> String {
        let device = self.device.and_then(|name| self.view.directory().device(name));
        match device.and_then(|device| device.digest_user.as_ref()) {
            Some(user) => format!("digest user of the device: {user}"),
            None => "the device has no digest user".to_owned(),
        }
    }

    fn ownership(&self) -> String {
        let (name, user) = (self.device.unwrap_or("?"), self.user.unwrap_or("?"));
        match self.view.directory().device(name) {
            None if vendor::device_name(self.request).is_none() => {
                format!("no device of {user} has this address: {name}")
            }
            None => format!("{name} does not exist"),
            Some(device) => {
                let owner = device.owner.as_ref().map_or("nobody", |owner| owner.as_str());
                let associated: Vec<&str> = device.associated_users.iter().map(|user| user.as_str()).take(4).collect();
                format!(
                    "{}: owner {owner}, associated with [{}]; user of the token: {user}",
                    device.name,
                    associated.join(", ")
                )
            }
        }
    }

    fn bound_to(&self) -> String {
        match self.token().as_ref().and_then(VerifiedAccessToken::device) {
            Some(bound) => format!("issued for {bound}, used for {}", self.device.unwrap_or("?")),
            None => "issued for any device of its user".to_owned(),
        }
    }

    fn profile(&self) -> Option<&str> {
        Some(self.profile_named(self.device?)?.name.as_str())
    }

    fn profile_named(&self, device: &str) -> Option<&directory::SecurityProfile> {
        let directory = self.view.directory();
        directory.profile_of(directory.device(device)?).map(|profile| &**profile)
    }

    fn profile_says(&self) -> String {
        let Some(profile) = self.device.and_then(|device| self.profile_named(device)) else {
            return "no such device, so no profile".to_owned();
        };
        format!(
            "{}: Device Security Mode {:?}, Transport Type {:?}, Enable OAuth Authentication {}, Enable Digest Authentication {}",
            profile.name,
            profile.device_security_mode,
            profile.transport_type,
            yes_no(profile.oauth_authentication),
            yes_no(profile.digest_authentication)
        )
    }

    fn way_in(&self) -> String {
        let vias = self.request.headers().vias().count();
        let came = match (self.flow.listener, self.reason) {
            (Listener::MraOAuth, Reason::PortMismatch(PortMismatch::WrongTransport)) => {
                "a phone spoke for itself on the port of the edge"
            }
            (_, Reason::PortMismatch(PortMismatch::WrongTransport)) => {
                "a client of the edge came in on the port of phones inside"
            }
            (Listener::MraOAuth, _) => "over the edge, with mutual TLS",
            _ => "a phone inside, over TLS",
        };
        format!("{came}; Via fields: {vias}")
    }

    fn certificate_names(&self) -> String {
        let names: Vec<&str> = self.flow.peer_names.iter().flat_map(|names| names.iter()).take(8).collect();
        format!("names in the certificate: {}; device: {}", names.join(", "), self.device.unwrap_or("?"))
    }

    fn lines(&self) -> String {
        let device = self.device.and_then(|name| self.view.directory().device(name));
        let numbers = device.into_iter().flat_map(|device| &device.lines).map(|line| line.directory_number.as_str());
        format!("lines of the device: {}", numbers.take(8).collect::<Vec<_>>().join(", "))
    }
}

fn yes_no(is_so: bool) -> &'static str {
    if is_so { "Yes" } else { "No" }
}
