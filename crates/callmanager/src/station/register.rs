//! REGISTER (RFC 3261 §10.3), in the order of checks: cluster mode, credentials, device, profile, line, extensions, Contact and
//! Expires, CSeq. What is decided here is carried out in [`super::registering`].
//!
//! Our choices. The line is known by the user part of To; its host is not compared, because clients reach a node by many
//! names. A device may also be addressed by its own name or by its user's. On the phone ports an OAuth device is told so at once:
//! there is nothing that it could authenticate with.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{Device, DeviceSecurityMode, Directory, SecurityProfile, TransportType, UserId};
use sip::auth::BearerError;
use sip::message::header::NameAddr;
use sip::message::{HeaderName, Request, Violation};
use token::VerifiedAccessToken;

use crate::flow::{Flow, Listener, Transport};
use crate::node_view::{NodeView, Now};
use crate::station::authentication::{self, DigestOutcome, Presented};
use crate::station::refusal::{PortMismatch, Reason};
use crate::station::{reply, vendor};

/// Less than this is refused with 423 (RFC 3261 §10.3 step 7).
pub(super) const MIN_EXPIRES: u32 = 30;

/// Expires of a REGISTER that asks for nothing.
const DEFAULT_EXPIRES: u32 = 3600;

/// What is to become of a REGISTER.
#[derive(Debug)]
pub(super) enum Decision {
    /// Ask for an access token.
    ChallengeBearer(Option<BearerError>),
    /// Ask for a digest.
    ChallengeDigest {
        /// The last one was right, its nonce too old.
        is_stale: bool,
    },
    /// Show the bindings.
    Query(Subject),
    /// End the registration of the line.
    Unregister(Subject),
    /// Register or refresh.
    Register(Subject, u32),
}

/// Who registers, as checked.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) device: Arc<Device>,
    pub(super) user: Option<UserId>,
    pub(super) token: Option<VerifiedAccessToken>,
}

/// Why not, and what is known of whom.
#[derive(Debug)]
pub(super) struct Denied {
    pub(super) reason: Reason,
    pub(super) device: Option<String>,
    pub(super) user: Option<String>,
}

impl From<Reason> for Denied {
    fn from(reason: Reason) -> Self {
        Self { reason, device: None, user: None }
    }
}

impl From<Violation> for Denied {
    fn from(violation: Violation) -> Self {
        Reason::Syntax(violation).into()
    }
}

/// What a REGISTER says of itself before anything of it is believed.
struct Claim<'a> {
    /// The device, when it names itself the vendor's way.
    device: Option<Cow<'a, [u8]>>,
    /// The user part of To, unescaped.
    address: Cow<'a, [u8]>,
    to: NameAddr<'a>,
    from: NameAddr<'a>,
}

impl<'a> Claim<'a> {
    fn of(request: &'a Request) -> Result<Self, Violation> {
        let headers = request.headers();
        let (to, from) = (headers.to()?, headers.from()?);
        // RFC 3261 §10.3 step 3: the address-of-record is a SIP or SIPS URI.
        let uri = to.uri().and_then(|uri| uri.as_sip()).ok_or(Violation::Syntax(HeaderName::To))?;
        let address = uri.user_decoded().ok_or(Violation::Syntax(HeaderName::To))?;
        Ok(Self { device: vendor::device_name(request), address, to, from })
    }

    fn device_text(&self) -> Option<&str> {
        std::str::from_utf8(self.device.as_deref()?).ok()
    }

    fn address_text(&self) -> &str {
        std::str::from_utf8(&self.address).unwrap_or_default()
    }

    fn denied(&self, reason: Reason, user: Option<&str>) -> Denied {
        let name = self.device_text().unwrap_or(self.address_text());
        Denied { reason, device: Some(name.to_owned()), user: user.map(str::to_owned) }
    }

    /// RFC 3261 §10.3 step 3: nobody registers for another.
    fn is_first_party(&self) -> bool {
        let sip = |address: &NameAddr<'a>| address.uri().and_then(|uri| uri.as_sip());
        match (sip(&self.to), sip(&self.from)) {
            (Some(to), Some(from)) => to.user_decoded() == from.user_decoded() && to.host() == from.host(),
            _ => false,
        }
    }
}

/// Decides on a REGISTER whose syntax is good.
pub(super) fn decide(request: &Request, flow: &Flow, now: Now, view: &impl NodeView) -> Result<Decision, Denied> {
    let claim = Claim::of(request)?;
    let subject = match flow.listener {
        Listener::OAuth | Listener::MraOAuth => match by_token(request, &claim, flow, now, view)? {
            Ok(subject) => subject,
            Err(error) => return Ok(Decision::ChallengeBearer(error)),
        },
        Listener::Phone | Listener::Secure => match by_profile(request, &claim, flow, now, view)? {
            Ok(subject) => subject,
            Err(is_stale) => return Ok(Decision::ChallengeDigest { is_stale }),
        },
    };
    let user = subject.user.as_ref().map(|user| user.as_str().to_owned());
    let denied = |reason| claim.denied(reason, user.as_deref());
    if !claim.is_first_party() {
        return Err(denied(Reason::ThirdParty));
    }
    if !is_line_of(&subject, claim.address_text()) {
        return Err(denied(Reason::Line));
    }
    if let Some(reason) = unsupported(request, flow)? {
        return Err(denied(reason));
    }
    match requested(request).map_err(denied)? {
        Requested::Nothing => Ok(Decision::Query(subject)),
        Requested::End => Ok(Decision::Unregister(subject)),
        Requested::Seconds(seconds) => Ok(Decision::Register(subject, seconds)),
    }
}

/// A subject, or the error of the challenge.
type ByToken = Result<Subject, Option<BearerError>>;

fn by_token(
    request: &Request,
    claim: &Claim<'_>,
    flow: &Flow,
    now: Now,
    view: &impl NodeView,
) -> Result<ByToken, Denied> {
    if !view.running().node.sip_oauth_mode {
        return Err(claim.denied(Reason::PortMismatch(PortMismatch::ModeDisabled), None));
    }
    let bearer = match authentication::bearer(request)? {
        Presented::Bearer(bearer) => bearer,
        // A scheme that is not taken gets the challenge that a newcomer gets, without an error (AUT-3).
        Presented::Nothing | Presented::OtherScheme => return Ok(Err(None)),
    };
    let token = authentication::access_token(&bearer, now, view).map_err(|reason| claim.denied(reason, None))?;
    let denied = |reason| claim.denied(reason, Some(token.user()));
    let device = device_of_user(claim, &token, view.directory()).map_err(denied)?;
    let profile = view.directory().profile_of(&device);
    if !profile.is_some_and(|profile| profile.oauth_authentication) {
        return Err(denied(Reason::PortMismatch(PortMismatch::ProfileWithoutOAuth)));
    }
    let is_edge = flow.listener == Listener::MraOAuth;
    if is_edge != came_over_edge(request, is_edge) {
        return Err(denied(Reason::PortMismatch(PortMismatch::WrongTransport)));
    }
    let user = view.directory().user(token.user()).map(|user| user.user_id.clone());
    Ok(Ok(Subject { device, user, token: Some(token) }))
}

/// Whether a REGISTER has the marks of an edge. On the edge's own port one that has passed any proxy is taken for an edge's: only
/// a device that speaks for itself came in on mutual TLS where TLS was due.
fn came_over_edge(request: &Request, takes_any_proxy: bool) -> bool {
    let headers = request.headers();
    let by_contact = || headers.contact().ok().flatten().is_some_and(|contact| vendor::came_over_edge(&contact));
    let by_proxy = || headers.contains(HeaderName::Path) || headers.vias().nth(1).is_some();
    headers.via().is_ok_and(|via| via.edge_flow().is_some()) || by_contact() || (takes_any_proxy && by_proxy())
}

/// The device that a claim names, if the token's user may use it. An unknown device and another's are the same refusal.
fn device_of_user(
    claim: &Claim<'_>,
    token: &VerifiedAccessToken,
    directory: &Directory,
) -> Result<Arc<Device>, Reason> {
    let device = match claim.device_text() {
        Some(name) => directory.device(name).filter(|device| device.is_of_user(token.user())).cloned(),
        None if claim.device.is_some() => None,
        None => device_by_address(claim.address_text(), token, directory),
    };
    let device = device.ok_or(Reason::Device)?;
    match token.device() {
        Some(bound) if !bound.eq_ignore_ascii_case(device.name.as_str()) => Err(Reason::DeviceBinding),
        _ => Ok(device),
    }
}

/// The device of a client that does not name one: of the user's devices at this address, the one that the token is bound to,
/// else one made for such clients, else the first by name.
fn device_by_address(address: &str, token: &VerifiedAccessToken, directory: &Directory) -> Option<Arc<Device>> {
    let of_user = |device: &&Arc<Device>| device.is_of_user(token.user());
    let mut devices: Vec<&Arc<Device>> = directory.devices_of_line(address).iter().filter(of_user).collect();
    devices.extend(directory.device(address).filter(of_user));
    if address.eq_ignore_ascii_case(token.user()) {
        devices.extend(directory.devices_of_user(token.user()));
    }
    let takes_tokens =
        |device: &&&Arc<Device>| directory.profile_of(device).is_some_and(|profile| profile.oauth_authentication);
    let bound = |device: &Device| token.device().is_some_and(|bound| bound.eq_ignore_ascii_case(device.name.as_str()));
    // The sort is stable: among equals the first by name stays first.
    devices.sort_by_key(|device| (!bound(device), !takes_tokens(&device), !is_third_party(device)));
    devices.first().map(|device| Arc::clone(device))
}

fn is_third_party(device: &Device) -> bool {
    matches!(device.product, directory::Product::ThirdPartyBasic | directory::Product::ThirdPartyAdvanced)
}

/// A subject, or whether the digest was stale.
type ByProfile = Result<Subject, bool>;

fn by_profile(
    request: &Request,
    claim: &Claim<'_>,
    flow: &Flow,
    now: Now,
    view: &impl NodeView,
) -> Result<ByProfile, Denied> {
    let directory = view.directory();
    let candidate = candidate(claim, directory);
    if let Some((device, profile)) = &candidate
        && profile.oauth_authentication
    {
        let mode = view.running().node.sip_oauth_mode;
        let cause = if mode { PortMismatch::WrongTransport } else { PortMismatch::ModeDisabled };
        let device = Some(device.name.to_string());
        return Err(Denied { device, ..claim.denied(Reason::PortMismatch(cause), None) });
    }
    let user = match &candidate {
        Some((_, profile)) if !profile.digest_authentication => None,
        // A device that does not exist is challenged like one that does (AUT-10).
        _ => {
            let device = candidate.as_ref().map(|(device, profile)| (device.as_ref(), profile.as_ref()));
            match authentication::check_digest(request, device, flow, now, view) {
                DigestOutcome::User(user) => Some(user),
                DigestOutcome::Challenge { is_failure: true, .. } => return Err(claim.denied(Reason::Digest, None)),
                DigestOutcome::Challenge { is_stale, .. } => return Ok(Err(is_stale)),
            }
        }
    };
    let denied = |reason| claim.denied(reason, user.as_ref().map(UserId::as_str));
    let (device, profile) = candidate.ok_or_else(|| denied(Reason::Device))?;
    if !takes_transport(&profile, flow) {
        return Err(denied(Reason::Transport));
    }
    if flow.listener == Listener::Secure && !authentication::certificate_names(flow, &device) {
        return Err(denied(Reason::CertificateName));
    }
    Ok(Ok(Subject { device, user, token: None }))
}

/// The device that a claim names. At an address with several, one that asks for digest is preferred, and one for tokens comes last.
fn candidate(claim: &Claim<'_>, directory: &Directory) -> Option<(Arc<Device>, Arc<SecurityProfile>)> {
    let with_profile = |device: &Arc<Device>| Some((Arc::clone(device), Arc::clone(directory.profile_of(device)?)));
    if claim.device.is_some() {
        return directory.device(claim.device_text()?).and_then(with_profile);
    }
    let address = claim.address_text();
    let mut devices: Vec<_> =
        directory.devices_of_line(address).iter().chain(directory.device(address)).filter_map(with_profile).collect();
    devices.sort_by_key(|(_, profile)| (profile.oauth_authentication, !profile.digest_authentication));
    devices.into_iter().next()
}

fn takes_transport(profile: &SecurityProfile, flow: &Flow) -> bool {
    match flow.transport {
        Transport::Tls => profile.device_security_mode != DeviceSecurityMode::NonSecure,
        Transport::Tcp => matches!(profile.transport_type, TransportType::Tcp | TransportType::TcpUdp),
        Transport::Udp => matches!(profile.transport_type, TransportType::Udp | TransportType::TcpUdp),
    }
}

fn is_line_of(subject: &Subject, address: &str) -> bool {
    let device = &subject.device;
    let is_user = |user: &UserId| user.as_str().eq_ignore_ascii_case(address);
    device.line(address).is_some()
        || device.name.as_str().eq_ignore_ascii_case(address)
        || subject.user.as_ref().is_some_and(is_user)
}

/// RFC 3261 §8.2.2.3. `path` is for those who may add one (RTE-2).
fn unsupported(request: &Request, flow: &Flow) -> Result<Option<Reason>, Violation> {
    for tag in request.headers().require() {
        let is_path = tag?.eq_ignore_ascii_case(b"path");
        if !is_path || flow.listener != Listener::MraOAuth {
            return Ok(Some(Reason::Extension));
        }
    }
    Ok(None)
}

enum Requested {
    Nothing,
    End,
    Seconds(u32),
}

fn requested(request: &Request) -> Result<Requested, Reason> {
    let headers = request.headers();
    let default = headers.expires().map_err(Reason::Syntax)?.unwrap_or(DEFAULT_EXPIRES);
    let (mut most, mut count) = (0, 0);
    for contact in headers.contacts() {
        // The vendor does not serve `Contact: *` (RFC 3261 §10.2.2), and with Expires above 0 it is malformed.
        let Some(address) = contact.map_err(Reason::Syntax)?.address() else {
            return Err(if default == 0 {
                Reason::Contact
            } else {
                Reason::Syntax(Violation::Syntax(HeaderName::Contact))
            });
        };
        if address.uri().and_then(|uri| uri.as_sip()).is_none() {
            return Err(Reason::Contact);
        }
        most = most.max(address.expires_seconds().unwrap_or(default));
        count += 1;
    }
    match (count, most) {
        (0, _) => Ok(Requested::Nothing),
        (_, 0) => Ok(Requested::End),
        (_, seconds) if seconds < MIN_EXPIRES => Err(Reason::IntervalTooBrief),
        (_, seconds) => Ok(Requested::Seconds(seconds)),
    }
}

/// Whether every extension that a request other than REGISTER requires is one that is served.
pub(super) fn requires_only(request: &Request, served: &[&str]) -> Result<bool, Violation> {
    for tag in request.headers().require() {
        let tag = tag?;
        if !served.iter().any(|served| tag.eq_ignore_ascii_case(served.as_bytes())) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The required extensions that are not served, for Unsupported.
pub(super) fn unsupported_tags(request: &Request) -> Vec<u8> {
    let mut tags = Vec::new();
    for tag in request.headers().require().flatten() {
        let is_served = *request.method() != sip::message::Method::Register
            && reply::EXTENSIONS.iter().any(|served| tag.eq_ignore_ascii_case(served.as_bytes()));
        if !is_served {
            if !tags.is_empty() {
                tags.extend_from_slice(b", ");
            }
            tags.extend_from_slice(tag);
        }
    }
    tags
}
