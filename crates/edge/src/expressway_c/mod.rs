//! Expressway-C: the inner half. It connects to E and to each Unified CM node, and decides what passes between them.
//!
//! C verifies the access token of every request that carries one, before Unified CM does the same; it lets a request
//! without one pass only for a phone that has registered through it ([`authorization`]). A search rule picks the zone,
//! and the zone's one connection carries everything to that node. What Unified CM sends to a phone goes by the flow
//! token of our Path, and credentials never go that way.
//!
//! `from_edge` and `from_node` have the two directions, `phones` and `session` what is remembered of a phone, `zones` the
//! connections to the nodes.
//!
//! Our choice: when a phone's connection has ended, C ends its session and tells Unified CM nothing. The binding there
//! ends with its keep-alive timeout, as it does when an office phone is unplugged; an unregistration in the phone's name
//! would need its token.

mod authorization;
mod from_edge;
mod from_node;
mod phones;
mod session;
mod zones;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use sip::message::{Message, ParseError, Request};

use crate::event::Event;
use crate::flow::{CloseReason, Flow, FlowId, FlowKind, FlowToken};
use crate::flow_token::Named;
use crate::forwarding::{Proxy, screened_call_id};
use crate::input::Input;
use crate::key::{Jitter, Key};
use crate::media::{Direction, MediaPlane, MediaSessions, Role};
use crate::now::Now;
use crate::output::{Output, Target};
use crate::reason::Reason;
use crate::traversal::{Action, TraversalClient};
use crate::view::EdgeView;
use crate::zone::{ZoneMachine, ZoneName, ZoneStatus};

use phones::Phones;
pub use session::Session;

/// The value of the Via parameter `ingress-zone` towards Unified CM.
const INGRESS_ZONE: &str = "CollaborationEdgeZone";

/// What Expressway-C is configured with.
#[derive(Clone, Debug)]
pub struct CoreSettings {
    /// The host in our Via, Path and Record-Route: the address of the preloaded Route.
    pub host: String,
    /// The port there; nobody connects to it.
    pub port: u16,
    /// Other hosts that are this machine.
    pub aliases: Vec<String>,
    /// The realm of a challenge, `ccmsipline`.
    pub realm: String,
}

/// The machine of Expressway-C.
#[derive(Debug)]
pub struct ExpresswayC {
    settings: CoreSettings,
    proxy: Proxy,
    traversal: TraversalClient,
    edge: Option<Flow>,
    zones: BTreeMap<ZoneName, ZoneMachine>,
    /// The connections to nodes: whose they are, and where.
    nodes: HashMap<FlowId, (ZoneName, SocketAddr)>,
    node_tokens: HashMap<FlowId, FlowToken>,
    phones: Phones,
    media: MediaSessions,
    jitter: Jitter,
    outputs: VecDeque<Output>,
    timer: Option<Instant>,
}

impl ExpresswayC {
    /// A machine without flows. `secret` is 32 random octets; the keys and the jitter of this process are made from it.
    /// Hand in [`Input::Reconfigured`] to make it connect.
    #[must_use]
    pub fn new(settings: CoreSettings, secret: [u8; 32]) -> Self {
        Self {
            proxy: Proxy::new(Role::ExpresswayC, &settings.host, settings.port, &settings.aliases, &secret),
            settings,
            traversal: TraversalClient::new(),
            edge: None,
            zones: BTreeMap::new(),
            nodes: HashMap::new(),
            node_tokens: HashMap::new(),
            phones: Phones::new(),
            media: MediaSessions::new(Role::ExpresswayC, Key::derive(&secret, "media").tag(&[])),
            jitter: Jitter::new(&secret),
            outputs: VecDeque::new(),
            timer: None,
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Now, view: &impl EdgeView, media: &mut impl MediaPlane, input: Input) {
        if let Input::Received(id, _) | Input::Malformed(id, _) | Input::Ping(id) | Input::Pong(id) = &input
            && self.traversal.flow() == Some(*id)
        {
            self.traversal.heard(now.monotonic);
        }
        match input {
            Input::Opened(flow) => self.opened(now, flow),
            Input::Received(id, message) => self.received(now, view, media, id, message),
            Input::Malformed(id, error) => self.malformed(id, &error),
            // RFC 5626 §3.5.1: who opened the connection pings, and answers none: two line ends that came are two pongs.
            Input::Ping(_) | Input::Pong(_) => {}
            Input::Closed(id) => self.closed(now, id),
            Input::ConnectFailed(Target::Zone(name), failure) => self.zone_failed(now, &name, failure),
            Input::ConnectFailed(Target::Traversal, failure) => {
                self.traversal.lost(now.monotonic, &mut self.jitter);
                self.event(Event::TraversalDown { reason: failure.describe("Expressway-E") });
            }
            Input::Reconfigured => self.reconfigured(view),
            Input::Timeout => self.timeout(now, media),
        }
        while let Some(event) = self.media.poll_event() {
            self.event(Event::Media(event));
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
    }

    /// Takes no new call from now on: it is answered with 503 and Retry-After. Those in progress go on.
    pub fn drain(&mut self) {
        self.proxy.is_draining = true;
    }

    /// The phones that are registered through this edge.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.phones.iter().filter_map(|phone| phone.session.as_ref())
    }

    /// How many things are remembered of phones and connections; zones are settings and do not count. None when all flows
    /// have ended, but for phones whose end C was not told of: those are forgotten in time.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let link = usize::from(self.edge.is_some());
        self.phones.remembered() + self.nodes.len() + self.node_tokens.len() + link
    }

    /// Each zone with its status.
    pub fn zones(&self) -> impl Iterator<Item = (&ZoneName, &ZoneStatus)> {
        self.zones.iter().map(|(name, machine)| (name, machine.status()))
    }

    /// Whether the traversal link is up.
    #[must_use]
    pub const fn is_traversal_up(&self) -> bool {
        self.traversal.flow().is_some()
    }

    fn reconfigured(&mut self, view: &impl EdgeView) {
        if let Some(Action::Connect) = self.traversal.start() {
            self.outputs.push_back(Output::Connect(Target::Traversal));
        }
        self.reconcile_zones(view);
        self.review_sessions(view);
    }

    fn opened(&mut self, now: Now, flow: Flow) {
        match flow.kind.clone() {
            FlowKind::Traversal { names } => {
                if !self.traversal.opened(now.monotonic, flow.id) {
                    return self.close(&flow, CloseReason::TraversalTaken);
                }
                self.event(Event::TraversalUp { names, remote: flow.remote });
                self.media.expect_from(flow.remote.ip());
                self.edge = Some(flow);
            }
            FlowKind::Zone { name } => {
                let token = self.proxy.tokens.mint(Named::Zone(flow.id.0), &flow.remote.to_string());
                self.nodes.insert(flow.id, (name.clone(), flow.remote));
                self.node_tokens.insert(flow.id, token);
                self.zone_opened(now, &name, flow.id);
            }
            FlowKind::Phone => self.close(&flow, CloseReason::Misplaced),
        }
    }

    fn received(
        &mut self,
        now: Now,
        view: &impl EdgeView,
        media: &mut impl MediaPlane,
        id: FlowId,
        mut message: Message,
    ) {
        if let (Message::Request(request), Some(remote)) = (&mut message, self.remote(id)) {
            request.set_source(remote);
        }
        if self.traversal.flow() == Some(id) {
            return self.edge_sent(now, view, media, id, message);
        }
        match self.nodes.get(&id).map(|(zone, _)| zone.clone()) {
            Some(zone) => self.node_sent(now, media, id, &zone, message),
            None => self.dropped(id, Reason::UnknownConnection),
        }
    }

    fn malformed(&mut self, id: FlowId, error: &ParseError) {
        let Some(remote) = self.remote(id) else {
            return;
        };
        self.dropped(id, Reason::Malformed(error.violation()));
        if let Some(reply) = error.reply() {
            self.transmit(id, reply);
        }
        if error.answer().close {
            // `Closed` will come, and then another connection is made.
            self.event(Event::Closing { flow: id, remote, reason: CloseReason::Malformed });
            self.outputs.push_back(Output::Close(id, CloseReason::Malformed));
        }
    }

    fn closed(&mut self, now: Now, id: FlowId) {
        if self.edge.as_ref().is_some_and(|edge| edge.id == id) {
            self.edge = None;
            if self.traversal.flow() == Some(id) {
                self.traversal.lost(now.monotonic, &mut self.jitter);
                self.event(Event::TraversalDown { reason: "the connection has ended".into() });
            }
        } else if let Some((zone, _)) = self.nodes.remove(&id) {
            self.node_tokens.remove(&id);
            self.zone_closed(now, &zone, id);
        }
    }

    fn timeout(&mut self, now: Now, media: &mut impl MediaPlane) {
        self.timer = None;
        self.media.handle_timeout(now, media);
        match self.traversal.timeout(now.monotonic, &mut self.jitter) {
            Some(Action::Connect) => self.outputs.push_back(Output::Connect(Target::Traversal)),
            Some(Action::Ping(id)) => self.transmit(id, Bytes::from_static(b"\r\n\r\n")),
            Some(Action::Close(_)) => {
                if let Some(edge) = self.edge.take() {
                    self.close(&edge, CloseReason::Silent);
                }
                self.event(Event::TraversalDown { reason: "nothing was heard of Expressway-E for 40 seconds".into() });
            }
            None => {}
        }
        self.zones_due(now);
        while let Some(number) = self.phones.take_due(now.monotonic) {
            self.phone_due(now, number);
        }
    }

    fn set_timer(&mut self) {
        let zones = self.zones.values().filter_map(ZoneMachine::deadline).min();
        let others = [self.traversal.deadline(), self.phones.next_deadline(), self.media.next_timeout()];
        let next = others.into_iter().flatten().chain(zones).min();
        if let Some(next) = next.filter(|next| self.timer != Some(*next)) {
            self.timer = Some(next);
            self.outputs.push_back(Output::SetTimer(next));
        }
    }

    /// Where a flow leads, while it is open.
    fn remote(&self, id: FlowId) -> Option<SocketAddr> {
        let edge = self.edge.as_ref().filter(|edge| edge.id == id).map(|edge| edge.remote);
        edge.or_else(|| self.nodes.get(&id).map(|(_, remote)| *remote))
    }

    fn transmit(&mut self, id: FlowId, octets: Bytes) {
        self.outputs.push_back(Output::Transmit(id, octets));
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn close(&mut self, flow: &Flow, reason: CloseReason) {
        self.event(Event::Closing { flow: flow.id, remote: flow.remote, reason });
        self.outputs.push_back(Output::Close(flow.id, reason));
    }

    fn dropped(&mut self, flow: FlowId, reason: Reason) {
        self.event(Event::Dropped { flow, reason });
    }

    /// Answers a request that goes no further.
    fn refuse(&mut self, id: FlowId, request: &Request, reason: Reason) {
        if let Some(reply) = self.proxy.refuse(id, request, &reason, &self.settings.realm) {
            self.transmit(id, reply);
        }
        let call_id = screened_call_id(request.headers());
        let method = request.method().clone();
        self.event(Event::Refused { flow: id, method, call_id, reason });
    }
}

/// A request was refused after its media had been looked at: media hears of the refusal as if it had passed.
pub(crate) fn end_media(
    sessions: &mut MediaSessions,
    now: Now,
    phone: &FlowToken,
    direction: Direction,
    refusal: Option<Bytes>,
    plane: &mut impl MediaPlane,
) {
    if let Some(message) = refusal.and_then(|refusal| Message::parse(refusal).ok()) {
        // What is refused twice is refused.
        let _ = sessions.rewrite(now, phone, direction, &message, plane);
    }
}
