//! Expressway-E: the outer half. Phones come in over TLS; everything of theirs goes over the one traversal link.
//!
//! E verifies no token and knows no user. What it may decide it decides by flow: a phone's requests go inwards and
//! nowhere else, what comes from inside goes to the phone whose flow token its Route or Via carries, and to no address
//! that anybody wrote. A connection over which no registration succeeds in 30 seconds is closed, and so is one whose
//! registration has run out. Connections without a registration are shared out among sources, so that who only holds
//! them shuts nobody out.
//!
//! `inwards` has the phone's messages, `outwards` those of the link, `freshness` the statement that goes before a
//! phone's first request, `phone` what is remembered of a phone. E dials nobody (EDG-5).

mod freshness;
mod inwards;
mod limits;
mod outwards;
mod phone;

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;
use sip::message::{Message, ParseError, Request};
use sip::transport::Newcomers;

use crate::deadlines::Deadlines;
use crate::event::Event;
use crate::flow::{CloseReason, Flow, FlowId, FlowKind, FlowToken};
use crate::flow_token::Named;
use crate::forwarding::{Proxy, screened_call_id};
use crate::input::Input;
use crate::key::Key;
use crate::media::{MediaPlane, MediaSessions, Role};
use crate::now::Now;
use crate::output::Output;
use crate::reason::Reason;

use phone::PhoneFlow;
pub(crate) use phone::granted_seconds;

/// What Expressway-E is configured with.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// The host in our Via, Path and Record-Route: a name or address that phones know.
    pub host: String,
    /// The port of phones, 5061.
    pub port: u16,
    /// Other hosts that are this machine.
    pub aliases: Vec<String>,
    /// The subject of our server certificate, for the statement to C.
    pub certificate_subject: String,
    /// The extended key usages of our server certificate, by name.
    pub certificate_key_usage: Vec<String>,
}

/// The machine of Expressway-E.
#[derive(Debug)]
pub struct ExpresswayE {
    settings: EdgeSettings,
    proxy: Proxy,
    /// Names this process to C.
    instance: String,
    phones: HashMap<FlowId, PhoneFlow>,
    newcomers: Newcomers,
    deadlines: Deadlines<FlowId>,
    traversal: Option<Traversal>,
    /// The token of our Via on what goes to phones.
    traversal_token: FlowToken,
    /// The CSeq number of the last SERVICE request, and whom each unanswered one is about.
    statements: u32,
    asked: HashMap<u32, FlowId>,
    waiting_octets: usize,
    media: MediaSessions,
    outputs: VecDeque<Output>,
    timer: Option<Instant>,
}

/// The traversal link.
#[derive(Debug)]
struct Traversal {
    flow: Flow,
    names: Vec<String>,
    heard_at: Instant,
}

impl ExpresswayE {
    /// A machine without flows. `secret` is 32 random octets; the keys of this process are made from it.
    #[must_use]
    pub fn new(settings: EdgeSettings, secret: [u8; 32]) -> Self {
        let proxy = Proxy::new(Role::ExpresswayE, &settings.host, settings.port, &settings.aliases, &secret);
        let instance: [u8; 12] = Key::derive(&secret, "instance").short_tag(&[]);
        Self {
            traversal_token: proxy.tokens.mint(Named::Traversal, ""),
            proxy,
            instance: instance.iter().map(|octet| format!("{octet:02x}")).collect(),
            phones: HashMap::new(),
            newcomers: Newcomers::new(limits::NEWCOMERS),
            deadlines: Deadlines::new(),
            traversal: None,
            statements: 0,
            asked: HashMap::new(),
            waiting_octets: 0,
            media: MediaSessions::new(Role::ExpresswayE, Key::derive(&secret, "media").tag(&[])),
            outputs: VecDeque::new(),
            timer: None,
            settings,
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Now, media: &mut impl MediaPlane, input: Input) {
        if let Input::Received(id, _) | Input::Malformed(id, _) | Input::Ping(id) | Input::Pong(id) = &input
            && let Some(traversal) = self.traversal.as_mut().filter(|traversal| traversal.flow.id == *id)
        {
            traversal.heard_at = now.monotonic;
        }
        match input {
            Input::Opened(flow) => self.opened(now, flow),
            Input::Received(id, message) => self.received(now, media, id, message),
            Input::Malformed(id, error) => self.malformed(now, id, &error),
            Input::Ping(id) => self.ping(now, id),
            Input::Closed(id) => self.closed(now, id),
            Input::Timeout => self.timeout(now, media),
            // Of C.
            Input::Pong(_) | Input::ConnectFailed(..) | Input::Reconfigured => {}
        }
        while let Some(event) = self.media.poll_event() {
            self.outputs.push_back(Output::Event(Event::Media(event)));
        }
        self.set_timer();
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// From now on flows get tokens of this key; the tokens of older flows stay good.
    pub fn rotate_key(&mut self, secret: [u8; 32]) {
        self.proxy.tokens.rotate(&secret);
        self.traversal_token = self.proxy.tokens.mint(Named::Traversal, "");
    }

    /// Takes no new call from now on: it is answered with 503 and Retry-After. Those in progress go on.
    pub fn drain(&mut self) {
        self.proxy.is_draining = true;
    }

    /// How many phones are connected.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.phones.len()
    }

    /// How many things are remembered: phones, their deadlines, their waiting requests, unanswered statements, the link. None
    /// when all flows have ended.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let waiting: usize = self.phones.values().map(|phone| phone.waiting.len()).sum();
        let link = usize::from(self.traversal.is_some());
        self.phones.len() + self.deadlines.len() + self.asked.len() + waiting + self.waiting_octets + link
    }

    /// The names of C's certificate and its address, while there is a traversal link.
    #[must_use]
    pub fn traversal(&self) -> Option<(&[String], std::net::SocketAddr)> {
        self.traversal.as_ref().map(|traversal| (traversal.names.as_slice(), traversal.flow.remote))
    }

    /// Whether there is a traversal link.
    #[must_use]
    pub const fn is_traversal_up(&self) -> bool {
        self.traversal.is_some()
    }

    fn opened(&mut self, now: Now, flow: Flow) {
        match &flow.kind {
            FlowKind::Phone if self.phones.len() >= limits::PHONES || !self.newcomers.has_room(flow.remote.ip()) => {
                self.close(&flow, CloseReason::TooManyFlows);
            }
            FlowKind::Phone => {
                self.newcomers.enter(flow.remote.ip());
                let token = self.proxy.tokens.mint(Named::Phone(flow.id.0), &flow.remote.to_string());
                let phone = PhoneFlow::new(flow, token, now.monotonic);
                self.deadlines.set(phone.flow.id, Some(phone.deadline()));
                self.phones.insert(phone.flow.id, phone);
            }
            FlowKind::Traversal { names } if self.traversal.is_some() => {
                let event = Event::SecondTraversal { names: names.clone(), remote: flow.remote };
                self.outputs.push_back(Output::Event(event));
                self.close(&flow, CloseReason::TraversalTaken);
            }
            FlowKind::Traversal { names } => {
                let names = names.clone();
                self.outputs.push_back(Output::Event(Event::TraversalUp { names: names.clone(), remote: flow.remote }));
                self.traversal = Some(Traversal { flow, names, heard_at: now.monotonic });
            }
            FlowKind::Zone { .. } => self.close(&flow, CloseReason::Misplaced),
        }
    }

    fn received(&mut self, now: Now, media: &mut impl MediaPlane, id: FlowId, message: Message) {
        if self.traversal.as_ref().is_some_and(|traversal| traversal.flow.id == id) {
            return self.traversal_sent(now, media, id, message);
        }
        let Some(phone) = self.phones.get_mut(&id) else {
            return self.dropped(id, Reason::UnknownConnection);
        };
        let is_within_rate = phone.messages.take(now.monotonic);
        match message {
            Message::Request(mut request) => {
                request.set_source(phone.flow.remote);
                match is_within_rate {
                    true => self.phone_sent(now, media, id, &request),
                    false => self.refuse(id, &request, Reason::Overload),
                }
            }
            Message::Response(response) if is_within_rate => self.response_from_phone(now, media, id, &response),
            Message::Response(_) => self.dropped(id, Reason::Overload),
        }
    }

    fn malformed(&mut self, now: Now, id: FlowId, error: &ParseError) {
        if self.flow(id).is_none() {
            return;
        }
        if self.phones.get_mut(&id).is_some_and(|phone| !phone.messages.take(now.monotonic)) {
            return self.close_open(now, id, CloseReason::Malformed);
        }
        self.dropped(id, Reason::Malformed(error.violation()));
        if let Some(reply) = error.reply() {
            self.transmit(id, reply);
        }
        if error.answer().close {
            self.close_open(now, id, CloseReason::Malformed);
        }
    }

    /// RFC 5626 §3.5.1: a ping is answered with one line end.
    fn ping(&mut self, now: Now, id: FlowId) {
        if self.phones.get_mut(&id).is_some_and(|phone| !phone.pings.take(now.monotonic)) {
            return self.close_open(now, id, CloseReason::PingFlood);
        }
        if self.flow(id).is_some() {
            self.transmit(id, Bytes::from_static(b"\r\n"));
        }
    }

    /// Closes a flow of ours; what still comes of it is not ours any longer.
    fn close_open(&mut self, now: Now, id: FlowId, reason: CloseReason) {
        let Some(flow) = self.flow(id).cloned() else {
            return;
        };
        self.close(&flow, reason);
        match flow.kind {
            FlowKind::Phone => self.end_phone(now, id),
            _ => self.end_traversal(reason.code()),
        }
    }

    fn closed(&mut self, now: Now, id: FlowId) {
        if self.traversal.as_ref().is_some_and(|traversal| traversal.flow.id == id) {
            self.end_traversal("the connection has ended");
        } else if self.phones.contains_key(&id) {
            self.end_phone(now, id);
        }
    }

    fn end_traversal(&mut self, reason: &str) {
        self.traversal = None;
        self.outputs.push_back(Output::Event(Event::TraversalDown { reason: reason.to_owned() }));
        self.give_up_statements();
    }

    /// Forgets a phone. C learns of it, and media of its calls may end.
    fn end_phone(&mut self, now: Now, id: FlowId) {
        let Some(phone) = self.phones.remove(&id) else {
            return;
        };
        if !phone.is_registered {
            self.newcomers.leave(phone.flow.remote.ip());
        }
        self.deadlines.set(id, None);
        self.waiting_octets = self.waiting_octets.saturating_sub(phone.waiting_octets());
        self.media.flow_closed(now, &phone.token);
        self.state_closed(now, &phone);
    }

    fn timeout(&mut self, now: Now, media: &mut impl MediaPlane) {
        self.timer = None;
        self.media.handle_timeout(now, media);
        if let Some(traversal) = &self.traversal
            && now.monotonic.saturating_duration_since(traversal.heard_at) >= limits::TRAVERSAL_SILENCE
        {
            self.close_open(now, traversal.flow.id, CloseReason::Silent);
        }
        while let Some(id) = self.deadlines.take_due(now.monotonic) {
            let Some(phone) = self.phones.get(&id) else {
                continue;
            };
            if phone.register_by <= now.monotonic {
                self.close_open(now, id, CloseReason::NeverRegistered);
            } else {
                self.statement_timed_out(now, id);
            }
        }
    }

    fn set_timer(&mut self) {
        let traversal = self.traversal.as_ref().map(|traversal| traversal.heard_at + limits::TRAVERSAL_SILENCE);
        let next = [traversal, self.deadlines.next(), self.media.next_timeout()].into_iter().flatten().min();
        if let Some(next) = next.filter(|next| self.timer != Some(*next)) {
            self.timer = Some(next);
            self.outputs.push_back(Output::SetTimer(next));
        }
    }

    fn flow(&self, id: FlowId) -> Option<&Flow> {
        let traversal = self.traversal.as_ref().map(|traversal| &traversal.flow);
        traversal.filter(|flow| flow.id == id).or_else(|| self.phones.get(&id).map(|phone| &phone.flow))
    }

    fn transmit(&mut self, id: FlowId, octets: Bytes) {
        self.outputs.push_back(Output::Transmit(id, octets));
    }

    fn close(&mut self, flow: &Flow, reason: CloseReason) {
        self.outputs.push_back(Output::Event(Event::Closing { flow: flow.id, remote: flow.remote, reason }));
        self.outputs.push_back(Output::Close(flow.id, reason));
    }

    fn dropped(&mut self, flow: FlowId, reason: Reason) {
        self.outputs.push_back(Output::Event(Event::Dropped { flow, reason }));
    }

    /// Answers a request that goes no further.
    fn refuse(&mut self, id: FlowId, request: &Request, reason: Reason) {
        if let Some(reply) = self.proxy.refuse(id, request, &reason, "") {
            self.transmit(id, reply);
        }
        let call_id = screened_call_id(request.headers());
        let method = request.method().clone();
        self.outputs.push_back(Output::Event(Event::Refused { flow: id, method, call_id, reason }));
    }
}
