//! Carries out what `register` decided: bind, refresh, unregister, answer; and ends what has ended.

use std::sync::Arc;
use std::time::Duration;

use directory::DeviceName;
use sip::auth::BearerError;
use sip::dialog::RouteSet;
use sip::message::header::NameAddr;
use sip::message::{HeaderName, Request, ResponseBuilder, StatusCode, Violation};
use sip::transaction::ServerKey;
use token::TokenDigest;

use crate::flow::Listener;
use crate::node_view::{NodeView, Now};
use crate::registrar::binding::ExpiryTime;
use crate::registrar::{Binding, Dialect, RegisteredContact, UnregistrationReason, remotecc};
use crate::station::authentication::{self, Identity};
use crate::station::refusal::Reason;
use crate::station::register::{self, Decision, Denied, MIN_EXPIRES, Subject};
use crate::station::registration::{LineRegistration, RegisterFields, Registration, Remembered};
use crate::station::{BindOutcome, CloseReason, Event, Output, Station, reply, vendor};

/// Devices that one connection of a client may register: a softphone with several accounts has a few.
const DEVICES_OF_A_CLIENT: usize = 16;
/// Devices behind one connection of an edge.
const DEVICES_OF_AN_EDGE: usize = 10_000;

/// Octets of an edge's name for a client's flow.
const FLOW_NAME: usize = 255;
/// Proxies between the node and a device: Expressway-C, Expressway-E, and some of another making.
const PROXIES: usize = 8;

/// A registration that waits for the registrar.
#[derive(Debug)]
pub(super) struct Pending {
    transaction: ServerKey,
    request: Request,
    registration: Registration,
    granted: u32,
    /// Why the registration that the device has on this flow ends with the new one.
    replaces: Option<UnregistrationReason>,
}

impl Station {
    /// A REGISTER that is no mere refresh.
    pub(super) fn register(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: Request) {
        match register::decide(&request, &self.flow, now, view) {
            Ok(Decision::ChallengeBearer(error)) => self.ask_for_token(now, view, transaction, &request, error),
            Ok(Decision::ChallengeDigest { is_stale }) => {
                self.ask_for_digest(now, view, transaction, &request, is_stale);
            }
            Ok(Decision::Query(subject)) => self.query(now, view, transaction, &request, &subject),
            Ok(Decision::Unregister(subject)) => self.unregister_line(now, view, transaction, &request, &subject),
            Ok(Decision::Register(subject, seconds)) => {
                if let Err(denied) = self.bind_or_refresh(now, view, transaction, &request, subject, seconds) {
                    self.deny(now, view, transaction, &request, denied);
                }
            }
            Err(denied) => self.deny(now, view, transaction, &request, denied),
        }
    }

    /// Asks for an access token.
    pub(super) fn ask_for_token(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        error: Option<BearerError>,
    ) {
        let reply = self.begin_reply(request, reply::bearer_status(request), now, view);
        self.outputs.push_back(Output::Event(Event::Challenged));
        self.respond(now, transaction, reply::challenge_bearer(reply, view.running(), error));
    }

    /// Asks for a digest.
    pub(super) fn ask_for_digest(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        is_stale: bool,
    ) {
        let reply = self.begin_reply(request, StatusCode::UNAUTHORIZED, now, view);
        let reply = reply::challenge_digest(reply, request, view.running(), (&self.flow, now), is_stale);
        self.outputs.push_back(Output::Event(Event::Challenged));
        self.respond(now, transaction, reply);
    }

    /// Refuses a REGISTER.
    fn deny(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: &Request, denied: Denied) {
        let Denied { reason, device, user } = denied;
        let status = match reason {
            Reason::Syntax(_) => StatusCode::BAD_REQUEST,
            Reason::AccessToken(_) | Reason::UserInactive => reply::bearer_status(request),
            Reason::Digest => StatusCode::UNAUTHORIZED,
            Reason::Extension => StatusCode::BAD_EXTENSION,
            Reason::IntervalTooBrief => StatusCode::INTERVAL_TOO_BRIEF,
            // RFC 3261 §10.3 step 7: an update that comes out of order fails.
            Reason::Sequence => StatusCode::SERVER_INTERNAL_ERROR,
            Reason::TooManyRegistrations => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        };
        let settings = view.running();
        let mut reply = self.begin_reply(request, status, now, view);
        reply = match reason {
            Reason::Syntax(violation) => reply.reason(&violation.to_string()),
            Reason::AccessToken(_) | Reason::UserInactive => {
                reply::challenge_bearer(reply, settings, Some(BearerError::InvalidToken))
            }
            Reason::Digest => reply::challenge_digest(reply, request, settings, (&self.flow, now), false),
            Reason::PortMismatch(_) | Reason::TooManyRegistrations => {
                reply.header_display(HeaderName::RetryAfter, reply::MISMATCH_RETRY_AFTER)
            }
            Reason::Extension => reply.header(HeaderName::Unsupported, register::unsupported_tags(request)),
            Reason::IntervalTooBrief => reply.header_display(HeaderName::MinExpires, MIN_EXPIRES),
            _ => reply,
        };
        if let Some(text) = reason.warning() {
            reply = reply::warn(reply, settings, text);
        }
        if reason.is_guess() {
            self.outputs.push_back(Output::Event(Event::AuthenticationFailed));
        }
        self.refused((now, view), request, status, reason, device, user);
        self.respond(now, transaction, reply);
    }

    fn query(&mut self, now: Now, view: &impl NodeView, transaction: ServerKey, request: &Request, subject: &Subject) {
        let mut reply = self.begin_reply(request, StatusCode::OK, now, view);
        let registration = self.registrations.get(subject.device.name.as_str());
        if let Some(registration) = registration.filter(|known| self.is_client_of(request, &known.binding)) {
            let left = registration.lines.iter().map(|line| line.expires_at).max();
            let left = left.map_or(0, |at| at.saturating_duration_since(now.monotonic).as_secs());
            for contact in &registration.binding.contacts {
                let mut value = Vec::with_capacity(contact.uri.len() + 24);
                value.push(b'<');
                value.extend_from_slice(&contact.uri);
                value.extend_from_slice(format!(">;expires={left}").as_bytes());
                reply = reply.header(HeaderName::Contact, value);
            }
        }
        self.respond(now, transaction, reply);
    }

    fn bind_or_refresh(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        subject: Subject,
        seconds: u32,
    ) -> Result<(), Denied> {
        let granted = granted(now, view, &subject, seconds);
        let line = line_registration(request, now, granted)?;
        let binding = self.binding(now, view, request, &subject, granted)?;
        let remembered = remembered(request, view);
        let device = subject.device.name.as_str();
        let mut replaces = None;
        if let Some(known) = self.registrations.get_mut(device) {
            replaces = moved(&known.binding, &binding);
            // Another client of the edge counts for itself, as one on another connection does.
            let is_client = known.binding.has_flow_of(&binding);
            let call_id = line.fields().call_id;
            let same = known.lines.iter_mut().find(|known| is_client && known.fields().call_id == call_id);
            if same.as_ref().is_some_and(|same| line.sequence <= same.sequence) {
                return Err(Reason::Sequence.into());
            }
            let is_refresh = same.is_some();
            let is_other_line = !is_refresh && !known.lines.iter().any(|old| same_line(old, &line));
            if (is_refresh || is_other_line) && replaces.is_none() {
                return self.refresh_known(now, view, transaction, request, (line, binding, remembered), granted);
            }
        } else {
            let most = if self.flow.listener == Listener::MraOAuth { DEVICES_OF_AN_EDGE } else { DEVICES_OF_A_CLIENT };
            let of_client = binding.edge_flow.as_ref().map_or(0, |flow| self.registrations.behind(flow).len());
            if self.registrations.len() + self.pending.len() >= most || of_client >= DEVICES_OF_A_CLIENT {
                return Err(Reason::TooManyRegistrations.into());
            }
        }
        let identity = Arc::new(Identity { device: subject.device.name.clone(), user: subject.user });
        let path = if binding.path.is_empty() { Box::default() } else { raw_path(request) };
        let registration =
            Registration { binding: Arc::clone(&binding), identity, lines: vec![line], remembered, path };
        self.pending.push(Pending { transaction, request: request.clone(), registration, granted, replaces });
        self.outputs.push_back(Output::Bind(binding));
        Ok(())
    }

    /// The device is registered on this flow: nothing to tell the registrar.
    fn refresh_known(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        (line, binding, remembered): (LineRegistration, Arc<Binding>, Option<Remembered>),
        granted: u32,
    ) -> Result<(), Denied> {
        let at = line.expires_at;
        if let Some(known) = self.registrations.get_mut(binding.device.as_str()) {
            known.lines.retain(|old| old.fields().call_id != line.fields().call_id);
            known.lines.push(line);
            known.remembered = remembered;
            known.binding.expires_at.set(binding.expires_at.get());
            known.binding.renew_token(binding.token());
        }
        self.registrations.expect_end(at);
        let reply = self.begin_reply(request, StatusCode::OK, now, view);
        let reply = self.echo_path(granted_reply(reply, request, view, granted, false), request);
        self.respond(now, transaction, with_options(reply, request));
        Ok(())
    }

    /// The registrar answered.
    pub(super) fn bound(&mut self, now: Now, view: &impl NodeView, device: &DeviceName, outcome: BindOutcome) {
        let Some(at) = self.pending.iter().position(|pending| pending.registration.binding.device == *device) else {
            return;
        };
        let Pending { transaction, request, registration, granted, replaces } = self.pending.remove(at);
        if self.pending.is_empty() {
            // A phone's connection waits once in its life; its room is more than the registration itself takes.
            self.pending = Vec::new();
        }
        match outcome {
            BindOutcome::Bound => {
                let binding = Arc::clone(&registration.binding);
                if let Some(reason) = replaces {
                    self.replace(now, view, &binding, reason);
                }
                self.registrations.insert(registration);
                self.close_at = None;
                self.outputs.push_back(Output::Event(Event::Registered(binding)));
                let reply = self.begin_reply(&request, StatusCode::OK, now, view);
                let reply = self.echo_path(granted_reply(reply, &request, view, granted, true), &request);
                self.respond(now, transaction, with_options(reply, &request));
            }
            BindOutcome::ActiveElsewhere | BindOutcome::TooManyDevices => {
                let reason = match outcome {
                    BindOutcome::ActiveElsewhere => Reason::ActiveElsewhere,
                    _ => Reason::TooManyRegistrations,
                };
                let user = registration.identity.user.as_ref().map(ToString::to_string);
                let denied = Denied { reason, device: Some(device.to_string()), user };
                self.deny(now, view, transaction, &request, denied);
            }
        }
        self.drain(now, view);
    }

    /// The device registers anew on this flow, and its old registration ends.
    fn replace(&mut self, now: Now, view: &impl NodeView, new: &Binding, reason: UnregistrationReason) {
        let Some(old) = self.registrations.get(new.device.as_str()) else { return };
        let old = Arc::clone(&old.binding);
        if !old.has_flow_of(new) || old.path != new.path {
            self.abandon_calls(now, view, &old.device);
        }
        self.outputs.push_back(Output::Event(Event::Unregistered(old, reason)));
    }

    /// Whether a request comes from the client of a registration: on an edge's flow it is one of many.
    pub(super) fn is_client_of(&self, request: &Request, binding: &Binding) -> bool {
        binding.edge_flow.as_deref() == self.edge_flow(request)
    }

    /// RFC 3327 §5.3: the 200 says which Path was taken. Our choice: it is taken whether or not the client says that it knows
    /// Path, since nothing is asked of the client.
    pub(super) fn echo_path(&self, reply: ResponseBuilder, request: &Request) -> ResponseBuilder {
        let headers = request.headers();
        if self.flow.listener != Listener::MraOAuth || !headers.contains(HeaderName::Path) {
            return reply;
        }
        reply.copy(headers, HeaderName::Path).header(HeaderName::Supported, "path")
    }

    fn unregister_line(
        &mut self,
        now: Now,
        view: &impl NodeView,
        transaction: ServerKey,
        request: &Request,
        subject: &Subject,
    ) {
        let device = subject.device.name.clone();
        let is_client = |known: &Registration| self.is_client_of(request, &known.binding);
        if self.registrations.get(device.as_str()).is_some_and(is_client)
            && let Some(known) = self.registrations.get_mut(device.as_str())
        {
            let call_id = request.headers().call_id().unwrap_or_default();
            let is_known = known.lines.iter().any(|line| line.fields().call_id == call_id);
            // A client that restarted ends its old registration under a new Call-ID: then all its lines go.
            known.lines.retain(|line| is_known && line.fields().call_id != call_id);
            if known.lines.is_empty() {
                self.unregister(now, &device, UnregistrationReason::DeviceUnregistered);
                if self.flow.listener == Listener::MraOAuth {
                    self.abandon_calls(now, view, &device);
                }
            }
        }
        let reply = self.begin_reply(request, StatusCode::OK, now, view).header(HeaderName::Expires, "0");
        self.respond(now, transaction, reply);
    }

    /// Ends registrations whose time is over.
    pub(super) fn expire(&mut self, now: Now, view: &impl NodeView) {
        for device in self.registrations.expire(now.monotonic) {
            let token_ended = self
                .registrations
                .get(device.as_str())
                .and_then(|registration| registration.binding.token())
                .is_some_and(|token| token.expires_at() <= now.unix);
            let reason =
                if token_ended { UnregistrationReason::TokenEnded } else { UnregistrationReason::KeepAliveTimeout };
            self.unregister(now, &device, reason);
            // Nobody says that a client of the edge is gone: that it no longer refreshes does.
            if reason == UnregistrationReason::KeepAliveTimeout && self.flow.listener == Listener::MraOAuth {
                self.abandon_calls(now, view, &device);
            }
            // Calls outlive the registration (AUT-7); without any, the device is gone or must come anew.
            if self.calls.is_none() && self.registrations.is_empty() && self.flow.listener != Listener::MraOAuth {
                self.close(CloseReason::RegistrationEnded(reason));
            }
        }
    }

    /// Ends a registration at the wish of the node, unless a newer one has taken its place. The flow of a phone is closed with it.
    /// An edge's stays, for its other phones; the calls of the one hear what they would if its flow had closed.
    pub(super) fn end(&mut self, now: Now, view: &impl NodeView, binding: &Arc<Binding>, reason: UnregistrationReason) {
        let device = &binding.device;
        if self.registrations.get(device.as_str()).is_none_or(|known| !Arc::ptr_eq(&known.binding, binding)) {
            return;
        }
        self.unregister(now, device, reason);
        if self.flow.listener == Listener::MraOAuth {
            self.abandon_calls(now, view, device);
        } else if self.registrations.is_empty() {
            self.close(CloseReason::RegistrationEnded(reason));
        }
    }

    /// Takes a registration off.
    pub(super) fn unregister(&mut self, now: Now, device: &DeviceName, reason: UnregistrationReason) {
        let Some(registration) = self.registrations.remove(device.as_str()) else { return };
        self.outputs.push_back(Output::Unbind(device.clone()));
        self.outputs.push_back(Output::Event(Event::Unregistered(registration.binding, reason)));
        if self.registrations.is_empty() && self.flow.listener != Listener::MraOAuth {
            self.close_at = Some(now.monotonic + super::UNREGISTERED_FLOW);
        }
    }

    fn binding(
        &self,
        now: Now,
        view: &impl NodeView,
        request: &Request,
        subject: &Subject,
        granted: u32,
    ) -> Result<Arc<Binding>, Denied> {
        let dialect = Dialect::of(vendor::device_name(request).is_some());
        let contacts = contacts(request)?;
        let first = request.headers().contact()?;
        let edge_flow: Option<Box<[u8]>> = self.edge_flow(request).map(Into::into);
        if edge_flow.as_ref().is_some_and(|flow| flow.len() > FLOW_NAME) {
            return Err(Violation::Syntax(HeaderName::Via).into());
        }
        let path = match self.flow.listener {
            Listener::MraOAuth => RouteSet::from_path(request)?,
            // A Path that a device wrote itself counts for nothing (RTE-2).
            _ => RouteSet::default(),
        };
        if path.iter().count() > PROXIES {
            return Err(Violation::TooMany(HeaderName::Path).into());
        }
        let instance: Box<[u8]> = first.map(|contact| vendor::instance(&contact).into()).unwrap_or_default();
        Ok(Arc::new(Binding {
            device: subject.device.name.clone(),
            user: subject.user.clone(),
            token: subject.token.clone().into(),
            dialect,
            credentials: authentication::form(request, subject.user.is_some(), &self.flow),
            flow: self.flow.id,
            edge_flow,
            path,
            listener: self.flow.listener,
            transport: self.flow.transport,
            local: self.flow.local,
            remote: self.flow.remote,
            contacts,
            yields: dialect == Dialect::Vendor && vendor::yields(&instance),
            instance,
            srtp_fallback: view.running().srtp_fallback_allowed && vendor::offers(request, "X-cisco-srtp-fallback"),
            user_agent: vendor::user_agent(request),
            registered_at: now.unix,
            expires_at: ExpiryTime::new(now.unix.plus(Duration::from_secs(granted.into()))),
        }))
    }
}

/// What the registrar grants: its own interval, less if less was asked, never more than the token has left (AUT-7).
fn granted(now: Now, view: &impl NodeView, subject: &Subject, seconds: u32) -> u32 {
    let left = subject.token.as_ref().map_or(u64::MAX, |token| token.expires_at().0.saturating_sub(now.unix.0));
    let left = u32::try_from(left).unwrap_or(u32::MAX);
    view.running().registration_expires.min(seconds).min(left)
}

fn line_registration(request: &Request, now: Now, granted: u32) -> Result<LineRegistration, Denied> {
    let headers = request.headers();
    let sequence = headers.cseq()?.sequence;
    let expires_at = now.monotonic + Duration::from_secs(granted.into());
    let fields = RegisterFields {
        call_id: headers.call_id()?,
        to: headers.first(HeaderName::To).unwrap_or_default(),
        from: headers.first(HeaderName::From).unwrap_or_default(),
        contact: headers.first(HeaderName::Contact).unwrap_or_default(),
    };
    Ok(LineRegistration::new(fields, sequence, expires_at))
}

/// What a later refresh is compared with: only where there is one credentials field.
fn remembered(request: &Request, view: &impl NodeView) -> Option<Remembered> {
    let headers = request.headers();
    let mut fields = headers.all(HeaderName::Authorization).chain(headers.all(HeaderName::ProxyAuthorization));
    let credentials = fields.next().filter(|_| fields.next().is_none())?;
    Some(Remembered {
        credentials: TokenDigest::of(credentials),
        freshness: view.freshness(),
        directory: view.directory().sequence(),
    })
}

/// The fields of Path, one behind the other.
fn raw_path(request: &Request) -> Box<[u8]> {
    request.headers().all(HeaderName::Path).collect::<Vec<_>>().concat().into()
}

/// The contacts to keep, best first.
fn contacts(request: &Request) -> Result<Box<[RegisteredContact]>, Denied> {
    let headers = request.headers();
    let default = headers.expires()?;
    let mut contacts = Vec::new();
    for contact in headers.contacts() {
        let Some(address) = contact?.address() else { continue };
        if address.expires_seconds().or(default) == Some(0) {
            continue;
        }
        // A copy, so that the registration does not keep the whole message.
        let uri = bytes::Bytes::copy_from_slice(address.uri_bytes());
        contacts.push(RegisteredContact { uri, preference: preference(&address) });
    }
    contacts.sort_by_key(|contact| std::cmp::Reverse(contact.preference));
    Ok(contacts.into())
}

/// `q` in thousandths (RFC 3261 §25.1 qvalue).
fn preference(contact: &NameAddr<'_>) -> u16 {
    let Some(q) = contact.parameter("q").and_then(|q| std::str::from_utf8(q).ok()) else { return 1000 };
    match q.split_once('.') {
        None if q == "0" => 0,
        Some(("0", fraction)) => {
            let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
            digits.parse().unwrap_or(1000)
        }
        _ => 1000,
    }
}

/// Whether the device moved to another address or port (reasons of the vendor's MIB).
fn moved(old: &Binding, new: &Binding) -> Option<UnregistrationReason> {
    if !old.has_flow_of(new) {
        // As for one that comes in on another connection.
        return Some(UnregistrationReason::DuplicateRegistration);
    }
    if old.path != new.path {
        return Some(UnregistrationReason::DeviceSwitch);
    }
    if old.user != new.user {
        // Another person signed in at the device.
        return Some(UnregistrationReason::DuplicateRegistration);
    }
    let address = |binding: &Binding| {
        let contact = binding.contacts.first()?;
        let uri = sip::message::Uri::parse(&contact.uri)?.as_sip()?;
        Some((uri.host().to_string(), uri.port()))
    };
    match (address(old), address(new)) {
        (Some((old, _)), Some((new, _))) if old != new => Some(UnregistrationReason::SourceIpAddrChanged),
        (Some((_, old)), Some((_, new))) if old != new => Some(UnregistrationReason::SourcePortChanged),
        _ => None,
    }
}

/// Whether two REGISTERs are for the same line: the same To.
fn same_line(one: &LineRegistration, other: &LineRegistration) -> bool {
    one.fields().to == other.fields().to
}

/// Adds what a 200 to a REGISTER says: Expires, Contact, Supported.
pub(super) fn granted_reply(
    mut reply: ResponseBuilder,
    request: &Request,
    view: &impl NodeView,
    granted: u32,
    is_new: bool,
) -> ResponseBuilder {
    reply = reply.header(HeaderName::Expires, reply::Decimal::new(granted.into()));
    let headers = request.headers();
    if vendor::device_name(request).is_some() {
        for contact in headers.all(HeaderName::Contact) {
            reply = echo(reply, contact, is_new);
        }
        reply::supported(reply, view.running())
    } else {
        let kept = |contact: &NameAddr<'_>| contact.expires_seconds() != Some(0);
        for contact in headers.contacts().flatten().filter_map(|contact| contact.address()).filter(kept) {
            reply = reply.header(HeaderName::Contact, with_expires(&contact, granted));
        }
        reply.header_display(HeaderName::Supported, format_args!("X-cisco-sis-{}", view.running().sis_version))
    }
}

/// The vendor's way: the Contact as it came, and a mark when the node had not known the device.
pub(super) fn echo(reply: ResponseBuilder, contact: &[u8], is_new: bool) -> ResponseBuilder {
    if !is_new {
        return reply.header(HeaderName::Contact, contact);
    }
    let mut value = Vec::with_capacity(contact.len() + 16);
    value.extend_from_slice(contact);
    value.extend_from_slice(b";x-cisco-newreg");
    reply.header(HeaderName::Contact, value)
}

/// RFC 3261 §10.3 step 8: each Contact of the answer has an `expires` parameter.
fn with_expires(contact: &NameAddr<'_>, granted: u32) -> Vec<u8> {
    let mut value = vec![b'<'];
    value.extend_from_slice(contact.uri_bytes());
    value.push(b'>');
    for parameter in contact.parameters().iter().filter(|one| !one.name.eq_ignore_ascii_case(b"expires")) {
        value.push(b';');
        value.extend_from_slice(parameter.name);
        if let Some(text) = parameter.value {
            value.push(b'=');
            value.extend_from_slice(text);
        }
    }
    value.extend_from_slice(format!(";expires={granted}").as_bytes());
    value
}

fn with_options(reply: ResponseBuilder, request: &Request) -> ResponseBuilder {
    match remotecc::answer(request) {
        Some(body) => reply.body(remotecc::RESPONSE_TYPE, body),
        None => reply,
    }
}
