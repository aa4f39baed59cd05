//! The phone: wires its flow, its registration and its calls together.
//!
//! One flow at a time carries everything. What comes over it goes through the transaction layer to the registration
//! or to the call that it belongs to; what those want done goes back the same way. A call outlives its flow: media
//! goes on, and the hang-up takes the next flow.

use std::time::Instant;

use sip::dialog::DialogId;
use sip::dialog::refer::Replaced;
use sip::message::header::Replaces;
use sip::message::{HeaderName, Method, Request, Response, StatusCode};
use sip::transaction::{ClientKey, Event as TransactionEvent, ServerKey};

use crate::call::{ALLOW, Call, Outgoing};
use crate::config::DeviceConfig;
use crate::context::{Context, Effect, Sender, Site};
use crate::event::{CallId, Command, EndCause, Event, Input, Output};
use crate::link::Link;
use crate::registration::Registration;
use crate::settings::{Random, Settings};

/// A softphone.
///
/// Give it what happens with [`handle`](Self::handle), then take what it wants with [`poll`](Self::poll) until that
/// yields `None`.
pub struct Phone {
    context: Context,
    link: Link,
    registration: Registration,
    calls: Vec<Call>,
    announced: Option<Instant>,
}

impl Phone {
    /// A phone that does nothing until it is told to register.
    pub fn new(settings: Settings, config: DeviceConfig, random: Random) -> Self {
        let context = Context::new(settings, config, random);
        let registration = Registration::new(&context);
        Self { context, link: Link::default(), registration, calls: Vec::new(), announced: None }
    }

    /// Whether the phone is registered.
    pub fn is_registered(&self) -> bool {
        self.registration.is_registered()
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Command(command) => self.command(now, command),
            Input::Connected { flow, local } => {
                if let Some(target) = self.link.connected(flow, local, &self.context) {
                    let site = Site { target, local };
                    self.context.site = Some(site.clone());
                    self.registration.connected(now, site, &mut self.context);
                }
            }
            Input::Disconnected { flow, reason } => {
                if self.link.is(flow) {
                    self.flow_lost(now);
                    self.registration.disconnected(now, reason, &mut self.context);
                }
            }
            Input::Received { flow, message } => {
                if self.link.is(flow) {
                    self.link.receive(now, message);
                }
            }
            Input::Probed { target, reachable } => {
                self.registration.probed(now, &target, reachable, &mut self.context);
            }
            Input::AccessToken(token) => self.registration.access_token(now, token, &mut self.context),
            Input::Config(config) => {
                self.context.config = config;
                self.registration.config_changed(now, &mut self.context);
            }
            Input::Moved { access, config } => {
                self.context.settings.access = access;
                self.context.config = config;
                self.registration.config_changed(now, &mut self.context);
            }
            Input::Timeout => self.timeout(now),
        }
        self.settle(now);
    }

    /// The next thing it wants.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.link.outputs.pop_front() {
            return Some(output);
        }
        let calls = self.calls.iter().filter_map(Call::deadline);
        let deadline = calls.chain(self.registration.deadline()).chain(self.link.deadline()).min();
        if deadline == self.announced {
            return None;
        }
        self.announced = deadline;
        deadline.map(Output::SetTimer)
    }

    fn command(&mut self, now: Instant, command: Command) {
        let context = &mut self.context;
        match command {
            Command::Register => self.registration.start(now, context),
            Command::Unregister => {
                for call in &mut self.calls {
                    call.hang_up(EndCause::HungUp, context);
                }
                self.registration.stop(now, context);
            }
            Command::Dial { to, media } => match context.uri_of(&to).filter(|_| self.registration.is_registered()) {
                Some(to) => {
                    self.dial(now, Outgoing { to, media, replaces: None, referred_by: None, reports_to: None });
                }
                None => self.cannot_dial(to),
            },
            Command::Answer { call, media } => self.answer(call, media),
            Command::Reject { call } | Command::HangUp { call } => {
                self.with(call, |call, context| call.hang_up(EndCause::HungUp, context));
            }
            Command::Hold { call } => self.with(call, |call, context| call.hold(true, context)),
            Command::Resume { call } => self.with(call, |call, context| call.hold(false, context)),
            Command::Transfer { call, to } => {
                let Some(target) = context.uri_of(&to) else { return };
                self.with(call, |call, context| call.transfer(target, None, context));
            }
            Command::Join { call, with } => self.join(call, with),
            Command::Follow { call, media } => {
                let outgoing = self.find(call).and_then(|call| call.follow(media));
                if let Some(outgoing) = outgoing {
                    self.dial(now, outgoing);
                }
            }
        }
    }

    fn find(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id() == id)
    }

    fn with(&mut self, id: CallId, act: impl FnOnce(&mut Call, &mut Context)) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id() == id) {
            act(call, &mut self.context);
        }
    }

    fn dial(&mut self, now: Instant, outgoing: Outgoing) {
        self.calls.extend(Call::dial(now, outgoing, &mut self.context));
    }

    /// The call begins and ends: the phone is not registered, or that is no address.
    fn cannot_dial(&mut self, to: String) {
        let call = self.context.call_id();
        let cause = match self.registration.is_registered() {
            true => EndCause::Refused(StatusCode::ADDRESS_INCOMPLETE),
            false => EndCause::FlowLost,
        };
        self.context.tell(Event::Dialing { call, to });
        self.context.tell(Event::Ended { call, cause });
    }

    fn answer(&mut self, id: CallId, media: std::net::SocketAddr) {
        let mut replaced = None;
        self.with(id, |call, context| replaced = call.answer(media, context));
        if let Some(replaced) = replaced {
            self.with(replaced, |call, context| call.hang_up(EndCause::Replaced, context));
        }
    }

    /// RFC 5589 §7.1: the far end of one call is sent to the far end of the other, in the place of us.
    fn join(&mut self, call: CallId, with: CallId) {
        let consultation = self.find(with).filter(|call| call.is_up()).and_then(|call| {
            let dialog = call.dialog()?;
            Some((dialog.remote_target().clone(), Replaced::far_end_of(dialog.id())))
        });
        if let Some((target, replaces)) = consultation {
            self.with(call, |call, context| call.transfer(target, Some(replaces), context));
        }
    }

    fn timeout(&mut self, now: Instant) {
        self.announced = None;
        self.link.timeout(now);
        self.registration.timeout(now, &mut self.context);
        for call in &mut self.calls {
            call.timeout(now, &mut self.context);
        }
    }

    fn flow_lost(&mut self, now: Instant) {
        self.context.site = None;
        self.link.lost(now);
        for call in &mut self.calls {
            call.flow_lost(&mut self.context);
        }
    }

    /// Carries effects and events back and forth until nothing is left to do.
    fn settle(&mut self, now: Instant) {
        loop {
            self.report();
            self.calls.retain(|call| !call.is_over());
            self.context.open_calls = self.calls.len();
            if let Some(effect) = self.context.effects.pop_front() {
                self.carry_out(now, effect);
            } else if let Some(event) = self.link.next_event() {
                self.transaction_event(now, event);
            } else {
                return;
            }
        }
    }

    /// Lets each call that asked for another hear how that one goes.
    fn report(&mut self) {
        let reports: Vec<_> = self.calls.iter_mut().filter_map(Call::take_report).collect();
        for (id, status) in reports {
            self.with(id, |call, context| call.notify(status, context));
        }
    }

    fn carry_out(&mut self, now: Instant, effect: Effect) {
        match effect {
            Effect::Connect(target) => self.link.connect(target),
            Effect::Disconnect => {
                self.flow_lost(now);
                self.link.disconnect();
            }
            Effect::Probe(target) => self.link.outputs.push_back(Output::Probe { target }),
            Effect::Send(key, request) => {
                if !self.link.send(now, key, &request, &mut self.context) {
                    self.no_response(now, key, StatusCode::SERVICE_UNAVAILABLE);
                }
            }
            Effect::Acknowledge(ack) => self.link.acknowledge(&ack, &mut self.context),
            Effect::Cancel(key) => self.link.cancel(now, key),
            Effect::Respond(transaction, status, response) => self.link.respond(now, transaction, status, response),
            Effect::Tell(event) => self.link.outputs.push_back(Output::Event(event)),
        }
    }

    fn transaction_event(&mut self, now: Instant, event: TransactionEvent) {
        match event {
            TransactionEvent::Request { transaction, request } => self.request(now, transaction, request),
            TransactionEvent::Cancel { invite, .. } => self.with_invite(invite, Call::cancelled),
            TransactionEvent::Unacknowledged { invite } => self.with_invite(invite, Call::unacknowledged),
            TransactionEvent::Ack { request, .. } => {
                let Ok(id) = DialogId::of_request(&request) else { return };
                if let Some(call) = self.calls.iter_mut().find(|call| call.is_in(&id)) {
                    call.acknowledged(&request, &mut self.context);
                }
            }
            TransactionEvent::Response { transaction, response } => self.response(now, transaction, &response),
            TransactionEvent::Timeout { transaction } => {
                self.no_response(now, transaction, StatusCode::REQUEST_TIMEOUT);
            }
            TransactionEvent::TransportError { transaction } => {
                self.no_response(now, transaction, StatusCode::SERVICE_UNAVAILABLE);
            }
            TransactionEvent::Terminated { transaction } => {
                self.context.senders.remove(&transaction);
            }
            TransactionEvent::Unanswered { .. }
            | TransactionEvent::StrayResponse
            | TransactionEvent::Refused { .. } => {}
        }
    }

    fn with_invite(&mut self, invite: ServerKey, act: impl FnOnce(&mut Call, &mut Context)) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.has_invite(invite)) {
            act(call, &mut self.context);
        }
    }

    fn response(&mut self, now: Instant, key: ClientKey, response: &Response) {
        match self.context.senders.get(&key).copied() {
            Some(Sender::Registration) => self.registration.response(now, response, &mut self.context),
            Some(Sender::Call(id, purpose)) => {
                self.with(id, |call, context| call.response(now, purpose, response, context));
            }
            Some(Sender::Nobody) | None => {}
        }
    }

    fn no_response(&mut self, now: Instant, key: ClientKey, status: StatusCode) {
        match self.context.senders.remove(&key) {
            Some(Sender::Registration) if status == StatusCode::REQUEST_TIMEOUT => {
                self.registration.no_answer(now, &mut self.context);
            }
            Some(Sender::Call(id, purpose)) => {
                self.with(id, |call, context| call.no_response(now, purpose, status, context));
            }
            // A lost flow is told to the registration by itself.
            Some(Sender::Registration | Sender::Nobody) | None => {}
        }
    }

    /// A request of the server.
    fn request(&mut self, now: Instant, transaction: ServerKey, request: Request) {
        if let Some(response) = self.unacceptable(&request) {
            return self.context.respond(transaction, response);
        }
        let in_dialog = request.headers().to().is_ok_and(|to| to.tag().is_some());
        if in_dialog {
            return self.request_in_dialog(now, transaction, &request);
        }
        match request.method() {
            Method::Invite => self.invited(now, transaction, request),
            Method::Options => self.refuse(transaction, &request, StatusCode::OK),
            Method::Notify => self.notified(transaction, &request),
            // Line features that the server tells of after a registration, which this phone has not.
            Method::Refer => self.refuse(transaction, &request, StatusCode::ACCEPTED),
            Method::Bye | Method::Update | Method::Prack | Method::Info => {
                self.refuse(transaction, &request, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            }
            _ => self.refuse(transaction, &request, StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// RFC 3261 §8.2.2: the checks before a request is looked at.
    fn unacceptable(&self, request: &Request) -> Option<sip::message::ResponseBuilder> {
        if sip::message::validate(request).is_err() {
            return Some(Response::reply_to(request, StatusCode::BAD_REQUEST));
        }
        let unknown: Vec<&[u8]> = request
            .headers()
            .require()
            .flatten()
            .filter(|tag| {
                !["100rel", "timer", "replaces"].iter().any(|known| tag.eq_ignore_ascii_case(known.as_bytes()))
            })
            .collect();
        let refused = Response::reply_to(request, StatusCode::BAD_EXTENSION);
        (!unknown.is_empty()).then(|| refused.header(HeaderName::Unsupported, unknown.join(&b", "[..])))
    }

    /// Answers a request outside any dialog.
    fn refuse(&mut self, transaction: ServerKey, request: &Request, status: StatusCode) {
        let tag = self.context.hexadecimal(8);
        let mut response = Response::reply_to(request, status)
            .to_tag(tag)
            .header(HeaderName::Server, &self.context.settings.user_agent);
        if matches!(status, StatusCode::OK | StatusCode::METHOD_NOT_ALLOWED) {
            response = response.header(HeaderName::Allow, ALLOW);
        }
        self.context.respond(transaction, response);
    }

    fn request_in_dialog(&mut self, now: Instant, transaction: ServerKey, request: &Request) {
        let id = DialogId::of_request(request).ok();
        let call = self.calls.iter_mut().find(|call| id.as_ref().is_some_and(|id| call.is_in(id)));
        match call {
            Some(call) => call.request(now, transaction, request, &mut self.context),
            None => self.refuse(transaction, request, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST),
        }
    }

    fn invited(&mut self, now: Instant, transaction: ServerKey, invite: Request) {
        let replaces = match invite.headers().replaces() {
            Ok(None) => None,
            Ok(Some(replaces)) => match self.replaced(&replaces) {
                Ok(call) => Some(call),
                Err(status) => return self.refuse(transaction, &invite, status),
            },
            Err(_) => return self.refuse(transaction, &invite, StatusCode::BAD_REQUEST),
        };
        if let Some(call) = Call::receive(now, transaction, invite, replaces, &mut self.context) {
            self.calls.push(call);
        }
    }

    /// The call whose place an INVITE takes (RFC 3891 §3).
    fn replaced(&self, replaces: &Replaces<'_>) -> Result<CallId, StatusCode> {
        let Replaced { dialog, is_early_only } = Replaced::from(*replaces);
        match self.calls.iter().find(|call| call.is_in(&dialog)) {
            Some(call) if call.is_up() && is_early_only => Err(StatusCode::BUSY_HERE),
            Some(call) if call.is_up() => Ok(call.id()),
            _ => Err(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST),
        }
    }

    /// An unsolicited NOTIFY: messages wait in the mailbox, or no longer (RFC 3842).
    fn notified(&mut self, transaction: ServerKey, request: &Request) {
        let event = request.headers().event().ok().flatten();
        if !event.is_some_and(|event| event.package.eq_ignore_ascii_case(b"message-summary")) {
            return self.refuse(transaction, request, StatusCode::BAD_EVENT);
        }
        self.refuse(transaction, request, StatusCode::OK);
        let body = String::from_utf8_lossy(request.body()).to_ascii_lowercase();
        let waiting = body.lines().find_map(|line| line.strip_prefix("messages-waiting:"));
        if let Some(waiting) = waiting {
            self.context.tell(Event::MessageWaiting(waiting.trim() == "yes"));
        }
    }
}
