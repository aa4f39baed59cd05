//! Any request: checked, attributed to the device that is registered on the flow, and served.
//!
//! A request other than REGISTER is believed because of the connection that it came over (SPEC §6): one that is registered.
//! Our choice: over UDP, where a source address is easily forged, a device whose profile has digest is asked for it again
//! when it begins a call.

use std::sync::Arc;

use sip::auth::BearerError;
use sip::message::header::NameAddr;
use sip::message::{HeaderName, Host, Method, Request, StatusCode, Violation, validate};
use sip::transaction::ServerKey;
use token::VerifiedAccessToken;

use crate::flow::{CallKey, CallLeg, FlowEvent, LegId, Listener, Transport};
use crate::node_view::{NodeView, Now};
use crate::station::authentication::{self, DigestOutcome, Presented};
use crate::station::calls::{Calls, Owner};
use crate::station::refusal::Reason;
use crate::station::register::{requires_only, unsupported_tags};
use crate::station::registration::{Registration, contact_key};
use crate::station::screening::screened;
use crate::station::{Authenticated, Event, Identity, NewCall, Output, Station, reply};

/// Dialogs and unanswered INVITEs of one phone (RTE-7).
const CALLS_OF_A_PHONE: usize = 64;
/// The same of all phones of a connection: an edge's has many.
const CALLS_OF_AN_EDGE: usize = 8_192;

/// Why a request does not pass that cannot be written anew: it has an octet that a parser takes and nobody may send.
const UNWRITABLE: Reason = Reason::Syntax(Violation::ControlOctet);

impl Station {
    /// Serves a request that begins a server transaction.
    pub(super) fn request(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: Request) {
        let is_register = *request.method() == Method::Register;
        if view.draining().is_some() && self.begins_anything(&request) {
            return self.refuse(now, view, transaction, &request, Reason::Draining);
        }
        if is_register && self.refresh(now, view, transaction, &request) {
            return;
        }
        if let Err(violation) = validate(&request) {
            return self.refuse(now, view, transaction, &request, Reason::Syntax(violation));
        }
        if is_register {
            return self.register(now, view, transaction, request);
        }
        if request.headers().max_forwards() == Ok(Some(0)) && !self.is_for_us(&request, view) {
            return self.refuse(now, view, transaction, &request, Reason::TooManyHops);
        }
        if self.is_probe(&request, view) {
            return self.options(now, view, transaction, &request);
        }
        let Some(identity) = self.identify(now, view, transaction, &request) else { return };
        if let Err(reason) = self.checked(&request, view) {
            return self.refuse(now, view, transaction, &request, reason);
        }
        match request.headers().to().ok().and_then(|to| to.tag()) {
            Some(_) => self.inside_dialog(now, view, transaction, request, identity),
            None => self.outside_dialog(now, view, transaction, request, identity),
        }
    }

    /// Whether a request begins a dialog, a registration or a transaction that stands for itself. A device with a call keeps its
    /// registration, which the call rests on.
    fn begins_anything(&self, request: &Request) -> bool {
        let is_inside = request.headers().to().is_ok_and(|to| to.tag().is_some());
        let keeps =
            *request.method() == Method::Register && self.calls.as_deref().is_some_and(|calls| !calls.is_empty());
        !is_inside && !keeps
    }

    /// Who sent a request: the device registered on the flow. Answers it, and gives `None`, when there is none.
    fn identify(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
    ) -> Option<Arc<Identity>> {
        let identity = self.sender(request).map(|registration| Arc::clone(&registration.identity));
        let has_to_tag = request.headers().to().is_ok_and(|to| to.tag().is_some());
        match self.flow.listener {
            Listener::OAuth | Listener::MraOAuth => {
                let error = match authentication::bearer(request) {
                    Ok(Presented::Bearer(bearer)) => match authentication::access_token(&bearer, now, view) {
                        Ok(token) if identity.as_ref().is_some_and(|known| is_of(known, &token)) => return identity,
                        // A good token is not enough: a device may call only when registered (SPEC §7), and for the user who
                        // registered it.
                        Ok(_) => {
                            self.refuse(now, view, transaction, request, Reason::NotRegistered);
                            return None;
                        }
                        // Another token would not help a user who may not use the SIP line.
                        Err(Reason::Scope) => {
                            self.refuse(now, view, transaction, request, Reason::Scope);
                            return None;
                        }
                        Err(_) => Some(BearerError::InvalidToken),
                    },
                    _ if identity.is_some() => return identity,
                    _ => None,
                };
                if error.is_some() {
                    self.outputs.push_back(Output::Event(Event::AuthenticationFailed));
                }
                self.ask_for_token(now, view, transaction, request, error);
                None
            }
            Listener::Phone | Listener::Secure => {
                let Some(identity) = identity else {
                    self.ask_for_digest(now, view, transaction, request, false);
                    return None;
                };
                if self.flow.transport != Transport::Udp || has_to_tag || *request.method() != Method::Invite {
                    return Some(identity);
                }
                self.digest_again(now, view, transaction, request, identity)
            }
        }
    }

    fn digest_again(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        identity: Arc<Identity>,
    ) -> Option<Arc<Identity>> {
        let directory = view.directory();
        let device = directory.device(identity.device.as_str());
        let profile = device.and_then(|device| directory.profile_of(device));
        let (Some(device), Some(profile)) = (device, profile) else { return Some(identity) };
        if !profile.digest_authentication {
            return Some(identity);
        }
        match authentication::check_digest(request, Some((device, profile)), &self.flow, now, view) {
            DigestOutcome::User(_) => Some(identity),
            DigestOutcome::Challenge { is_stale, is_failure } => {
                if is_failure {
                    self.outputs.push_back(Output::Event(Event::AuthenticationFailed));
                }
                self.ask_for_digest(now, view, transaction, request, is_stale);
                None
            }
        }
    }

    /// The registration that a request comes from: the only one of the flow, the one whose Contact it repeats, or the one whose
    /// dialog it is in.
    pub(super) fn sender(&self, request: &Request) -> Option<&Registration> {
        if self.flow.listener == Listener::MraOAuth {
            return self.client_of_edge(request);
        }
        if let Some(only) = self.registrations.only() {
            return Some(only);
        }
        self.at_contact(request, self.registrations.iter()).or_else(|| self.of_dialog(request))
    }

    /// The same behind an edge: the client that the edge names. One that it does not name is known by its Contact, and never
    /// stands for one that it does.
    fn client_of_edge(&self, request: &Request) -> Option<&Registration> {
        let edge_flow = self.edge_flow(request);
        let found = match edge_flow.map(|flow| self.registrations.behind(flow)) {
            Some([]) => None,
            Some([only]) => self.registrations.get(only.as_str()),
            Some(several) => {
                let several = several.iter().filter_map(|device| self.registrations.get(device.as_str()));
                self.at_contact(request, several).or_else(|| self.of_dialog(request))
            }
            None => {
                let contact = request.headers().contact().ok().flatten();
                let at_contact = contact.and_then(|contact| self.registrations.at(contact.uri_bytes()));
                at_contact.or_else(|| self.of_dialog(request))
            }
        };
        found.filter(|registration| registration.binding.edge_flow.as_deref() == edge_flow)
    }

    /// The client of the edge that a request comes from, as the edge names it: believed on the edge's port alone (EDG-2).
    pub(super) fn edge_flow<'a>(&self, request: &'a Request) -> Option<&'a [u8]> {
        if self.flow.listener != Listener::MraOAuth {
            return None;
        }
        request.headers().via().ok()?.edge_flow()
    }

    /// Of these registrations, the one whose Contact a request repeats.
    fn at_contact<'a>(
        &self,
        request: &Request,
        mut registrations: impl Iterator<Item = &'a Registration>,
    ) -> Option<&'a Registration> {
        let contact = request.headers().contact().ok().flatten()?;
        let sought = contact_key(contact.uri_bytes())?;
        registrations.find(|registration| {
            let mut own = registration.binding.contacts.iter().filter_map(|own| contact_key(&own.uri));
            own.any(|own| own == sought)
        })
    }

    /// The registration of the device in whose dialog a request comes: BYE and INFO have no Contact.
    fn of_dialog(&self, request: &Request) -> Option<&Registration> {
        let headers = request.headers();
        let tag = headers.to().ok()?.tag()?;
        let owner = self.calls.as_ref()?.owner(headers.call_id().ok()?, tag)?;
        self.registrations.get(owner.device.as_str())
    }

    /// From, extensions, Request-URI, routes: in the order of checks.
    fn checked(&self, request: &Request, view: &impl NodeView) -> Result<(), Reason> {
        let headers = request.headers();
        let registration = self.sender(request).ok_or(Reason::NotRegistered)?;
        let is_inside = headers.to().map_err(Reason::Syntax)?.tag().is_some();
        if !is_inside && !is_from(&headers.from().map_err(Reason::Syntax)?, registration, view) {
            return Err(Reason::From);
        }
        if !requires_only(request, &reply::EXTENSIONS).map_err(Reason::Syntax)? {
            return Err(Reason::Extension);
        }
        let uri = request.uri().map_err(Reason::Syntax)?;
        let uri = uri.as_sip().ok_or(Reason::Scheme)?;
        if is_inside {
            return Ok(());
        }
        let is_ours = |host: Host<'_>| self.is_own_host(host, Some(registration), view);
        if uri.parameter("maddr").is_some() || !is_ours(uri.host()) {
            return Err(Reason::Route);
        }
        for route in headers.routes() {
            let route = route.map_err(Reason::Syntax)?;
            if !route.uri().and_then(|uri| uri.as_sip()).is_some_and(|uri| is_ours(uri.host())) {
                return Err(Reason::Route);
            }
        }
        Ok(())
    }

    /// Whether an edge asks whether the node is alive. Our choice: the peer of 5091 has shown its certificate, so its OPTIONS to
    /// the node itself gets 200 without a token; what it sends for a client of its own is a device's request like any other.
    fn is_probe(&self, request: &Request, view: &impl NodeView) -> bool {
        *request.method() == Method::Options
            && self.flow.listener == Listener::MraOAuth
            && self.edge_flow(request).is_none()
            && request.headers().vias().nth(1).is_none()
            && request.headers().to().is_ok_and(|to| to.tag().is_none())
            && self.is_for_us(request, view)
    }

    /// Whether the Request-URI is the node itself.
    fn is_for_us(&self, request: &Request, view: &impl NodeView) -> bool {
        let uri = request.uri().ok().and_then(|uri| uri.as_sip());
        uri.is_some_and(|uri| uri.user().is_none() && self.is_own_host(uri.host(), None, view))
    }

    /// Whether a host is the cluster's: a node, a domain of it, our address, or the name that the device registered at.
    fn is_own_host(&self, host: Host<'_>, registration: Option<&Registration>, view: &impl NodeView) -> bool {
        let registered_at = || {
            registration.into_iter().flat_map(|registration| &registration.lines).any(|line| {
                let to = NameAddr::parse(line.fields().to).and_then(|to| to.uri());
                to.and_then(|uri| uri.as_sip()).is_some_and(|uri| uri.host() == host)
            })
        };
        host.address() == Some(self.flow.local.ip())
            || view.directory().is_own_domain(host.to_string().trim_matches(['[', ']']))
            || registered_at()
    }

    fn inside_dialog(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: Request,
        identity: Arc<Identity>,
    ) {
        let headers = request.headers();
        let tag = headers.to().ok().and_then(|to| to.tag()).unwrap_or_default();
        let call_id = headers.call_id().unwrap_or_default();
        // Another device's dialog is none of the sender's: an edge carries many over one flow (RTE-6).
        let owner = self.calls.as_ref().and_then(|calls| calls.owner(call_id, tag));
        let Some(Owner { leg, device }) = owner.filter(|owner| owner.device == identity.device).cloned() else {
            return self.refuse(now, view, transaction, &request, Reason::Dialog);
        };
        if matches!(request.method(), Method::Extension(_)) {
            return self.refuse(now, view, transaction, &request, Reason::MethodUnknown);
        }
        let request = match screened(request, self.flow.listener) {
            Ok(request) => request,
            Err(request) => return self.refuse(now, view, transaction, &request, UNWRITABLE),
        };
        if *request.method() == Method::Invite {
            self.calls.get_or_insert_default().invited(transaction, leg, device);
        }
        let replaces = self.replaced_leg(&request, &identity);
        let request = Authenticated::vouched(request, identity);
        let event = FlowEvent::Request { leg: leg.leg, transaction, request, replaces };
        self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
    }

    /// The leg that the Replaces of a Refer-To names (RFC 5589 §7.3): one of this very device, or none (RTE-6).
    fn replaced_leg(&self, request: &Request, identity: &Identity) -> Option<CallLeg> {
        let refer_to = request.headers().refer_to().ok().flatten()?;
        let uri = refer_to.uri()?.as_sip()?;
        let (_, value) = uri.header_pairs().find(|(name, _)| name.eq_ignore_ascii_case(b"Replaces"))?;
        let value = sip::message::uri::decode(value);
        let replaces = sip::message::header::Replaces::parse(&value)?;
        let calls = self.calls.as_ref()?;
        // The tags are those of the far end of the dialog as the referrer sees it: the To tag is ours.
        let own = |tag| calls.owner(replaces.call_id, tag).filter(|owner| owner.device == identity.device);
        own(replaces.to_tag).or_else(|| own(replaces.from_tag)).map(|owner| owner.leg)
    }

    fn outside_dialog(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: Request,
        identity: Arc<Identity>,
    ) {
        let reason = match request.method() {
            Method::Invite => return self.start_call(now, view, transaction, request, identity),
            Method::Options => return self.options(now, view, transaction, &request),
            Method::Refer if is_remotecc(&request) => {
                let reply = self.begin_reply(&request, StatusCode::ACCEPTED, now, view);
                return self.respond(now, transaction, reply);
            }
            Method::Refer => Reason::NotServed,
            Method::Subscribe if !request.headers().contains(HeaderName::Event) => {
                Reason::Syntax(Violation::Missing(HeaderName::Event))
            }
            Method::Subscribe => Reason::Event,
            // RFC 6665 §4.1.3: a NOTIFY that matches no subscription.
            Method::Notify | Method::Bye | Method::Prack | Method::Update | Method::Info => Reason::Dialog,
            Method::Extension(_) => Reason::MethodUnknown,
            _ => Reason::MethodNotAllowed,
        };
        self.refuse(now, view, transaction, &request, reason);
    }

    fn start_call(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        invite: Request,
        identity: Arc<Identity>,
    ) {
        let device = &identity.device;
        let is_full = |calls: &Calls| calls.len() >= CALLS_OF_AN_EDGE || calls.load(device) >= CALLS_OF_A_PHONE;
        if self.calls.as_deref().is_some_and(is_full) {
            return self.refuse(now, view, transaction, &invite, Reason::TooManyCalls);
        }
        let invite = match screened(invite, self.flow.listener) {
            Ok(invite) => invite,
            Err(invite) => return self.refuse(now, view, transaction, &invite, UNWRITABLE),
        };
        let Some(caller) = self.sender(&invite).map(|registration| registration.binding.reachable()) else { return };
        self.call_count = self.call_count.wrapping_add(1);
        let key = CallKey { flow: self.flow.id, number: self.call_count };
        let leg = CallLeg { call: key, leg: LegId::ORIGINATING };
        self.calls.get_or_insert_default().invited(transaction, leg, identity.device.clone());
        let invite = Authenticated::vouched(invite, identity);
        self.outputs.push_back(Output::StartCall(Box::new(NewCall { key, transaction, invite, caller })));
    }

    /// RFC 3261 §11.2.
    fn options(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: &Request) {
        let reply = self
            .begin_reply(request, StatusCode::OK, now, view)
            .header(HeaderName::Allow, reply::ALLOW)
            .header(HeaderName::Accept, "application/sdp")
            .header(HeaderName::Supported, "timer, replaces, 100rel");
        self.respond(now, transaction, reply);
    }

    /// Refuses a request other than REGISTER.
    fn refuse(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: &Request, reason: Reason) {
        let status = match reason {
            Reason::Syntax(_) => StatusCode::BAD_REQUEST,
            Reason::TooManyHops => StatusCode::TOO_MANY_HOPS,
            Reason::Extension => StatusCode::BAD_EXTENSION,
            Reason::Scheme => StatusCode::UNSUPPORTED_URI_SCHEME,
            Reason::Dialog => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Reason::MethodUnknown => StatusCode::NOT_IMPLEMENTED,
            Reason::Event => StatusCode::BAD_EVENT,
            Reason::TooManyCalls | Reason::Draining => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        };
        let mut reply = self.begin_reply(request, status, now, view);
        reply = match reason {
            Reason::Syntax(violation) => reply.reason(&violation.to_string()),
            Reason::Extension => reply.header(HeaderName::Unsupported, unsupported_tags(request)),
            Reason::MethodNotAllowed | Reason::MethodUnknown => reply.header(HeaderName::Allow, reply::ALLOW),
            // RFC 6665 §8.3.2: with 489 comes what is served; empty where nothing is.
            Reason::Event => reply.header(HeaderName::AllowEvents, "refer"),
            Reason::TooManyCalls => reply.header(HeaderName::RetryAfter, "5"),
            Reason::Draining => reply.header_display(HeaderName::RetryAfter, view.draining().unwrap_or(1)),
            _ => reply,
        };
        if let Some(text) = reason.warning() {
            reply = reply::warn(reply, view.running(), text);
        }
        let device = self.sender(request).map(|registration| registration.identity.device.to_string());
        self.refused((now, view), request, status, reason, device, None);
        self.respond(now, transaction, reply);
    }
}

fn is_of(identity: &Identity, token: &VerifiedAccessToken) -> bool {
    identity.user.as_ref().is_some_and(|user| user.as_str() == token.user())
}

/// Whether From is an address of the registered device: one of its lines, its name, its user's, or what it registered (AUT-9).
fn is_from(from: &NameAddr<'_>, registration: &Registration, view: &impl NodeView) -> bool {
    let Some(user) = from.uri().and_then(|uri| uri.as_sip()).and_then(|uri| uri.user_decoded()) else { return false };
    let Ok(user) = std::str::from_utf8(&user) else { return false };
    let identity = &registration.identity;
    let is_user = identity.user.as_ref().is_some_and(|own| own.as_str().eq_ignore_ascii_case(user));
    let device = view.directory().device(identity.device.as_str());
    is_user
        || identity.device.as_str().eq_ignore_ascii_case(user)
        || device.is_some_and(|device| device.line(user).is_some())
}

/// The vendor's REFERs outside a dialog: a token before a fallback, an alarm, an update of options. None wants more than 202.
fn is_remotecc(request: &Request) -> bool {
    let headers = request.headers();
    let refer_to = headers.refer_to().ok().flatten();
    let to_urn = refer_to.is_some_and(|refer_to| {
        let prefix = refer_to.uri_bytes().get(..19).unwrap_or_default();
        prefix.eq_ignore_ascii_case(b"urn:x-cisco-remotec")
    });
    let kind = headers.content_type().ok().flatten();
    to_urn
        || kind.is_some_and(|kind| {
            kind.is("application", "x-cisco-alarm+xml") || kind.is("application", "x-cisco-remotecc-request+xml")
        })
}
