//! The line side of a node without sockets: stations, a registrar, and a clock that only a test moves.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use callmanager::admission::PeerNames;
use callmanager::flow::{CallKey, Flow, FlowEvent, FlowId, Listener, Transport};
use callmanager::node_view::{NodeView, Now};
use callmanager::registrar::{BindError, Registrar, UnregistrationReason};
use callmanager::station::refusal::Refusal;
use callmanager::station::{BindOutcome, CloseReason, Event, Input, NewCall, Output, Station};
use sip::message::Message;
use token::UnixTime;

use crate::cluster::{BEGINNING, TestNode};

/// A node's stations.
pub struct LineSide {
    /// The node.
    pub node: TestNode,
    /// Its registrar; the handle is the flow's name.
    pub registrar: Registrar<FlowId>,
    /// The time.
    pub now: Now,
    /// Calls that began.
    pub calls: Vec<NewCall>,
    /// What stations told calls.
    pub to_calls: Vec<(CallKey, FlowEvent)>,
    /// What stations reported.
    pub events: Vec<(FlowId, Event)>,
    /// Flows that were closed by their stations.
    pub closed: Vec<(FlowId, CloseReason)>,
    stations: BTreeMap<FlowId, (Station, Option<Instant>)>,
    sent: BTreeMap<FlowId, VecDeque<Bytes>>,
    flows: u64,
    began: Instant,
}

impl Default for LineSide {
    fn default() -> Self {
        Self::new(TestNode::new())
    }
}

impl LineSide {
    /// The line side of a node.
    pub fn new(node: TestNode) -> Self {
        let began = Instant::now();
        Self {
            node,
            registrar: Registrar::new(),
            now: Now { monotonic: began, unix: BEGINNING },
            began,
            calls: Vec::new(),
            to_calls: Vec::new(),
            events: Vec::new(),
            closed: Vec::new(),
            stations: BTreeMap::new(),
            sent: BTreeMap::new(),
            flows: 0,
        }
    }

    /// A client connects.
    pub fn connect(&mut self, listener: Listener) -> FlowId {
        let transport = if listener == Listener::Phone { Transport::Tcp } else { Transport::Tls };
        self.connect_with(listener, transport, None)
    }

    /// A client connects with this transport and certificate.
    pub fn connect_with(&mut self, listener: Listener, transport: Transport, names: Option<PeerNames>) -> FlowId {
        self.flows += 1;
        let id = FlowId(self.flows);
        let ports = &self.node.running.node.ports;
        let port = match listener {
            Listener::Phone => ports.sip_phone(),
            Listener::Secure => ports.sip_phone_secure(),
            Listener::OAuth => ports.sip_phone_oauth(),
            Listener::MraOAuth => ports.sip_mra_oauth(),
        };
        let flow = Flow {
            id,
            listener,
            transport,
            local: SocketAddr::from(([127, 0, 0, 11], port)),
            remote: SocketAddr::from(([10, 10, 10, 10], 62162)),
            peer_names: names.map(Arc::new),
        };
        let station = Station::new(flow, self.now.monotonic);
        self.stations.insert(id, (station, None));
        self.sent.insert(id, VecDeque::new());
        // Lets the station set its first timer.
        self.input(id, Input::Timeout);
        id
    }

    /// The client sends octets that are one message; what the node sends back.
    pub fn send(&mut self, flow: FlowId, message: impl AsRef<[u8]>) -> Vec<String> {
        let input = match Message::parse(Bytes::copy_from_slice(message.as_ref())) {
            Ok(message) => Input::Receive(message),
            Err(error) => Input::Malformed(error),
        };
        self.input(flow, input);
        self.sent(flow)
    }

    /// The same, when exactly one message comes back.
    pub fn ask(&mut self, flow: FlowId, message: impl AsRef<[u8]>) -> String {
        let mut sent = self.send(flow, message);
        assert_eq!(sent.len(), 1, "one answer: {sent:#?}");
        sent.remove(0)
    }

    /// What the node sent on a flow since the last look.
    pub fn sent(&mut self, flow: FlowId) -> Vec<String> {
        let sent = self.sent.entry(flow).or_default();
        sent.drain(..).map(|message| String::from_utf8_lossy(&message).into_owned()).collect()
    }

    /// Something happens to a station.
    pub fn input(&mut self, flow: FlowId, input: Input) {
        let mut inputs = VecDeque::from([(flow, input)]);
        while let Some((flow, input)) = inputs.pop_front() {
            let Some((station, timer)) = self.stations.get_mut(&flow) else { continue };
            station.handle(self.now, &self.node, input);
            while let Some(output) = station.poll() {
                match output {
                    Output::Transmit(message) => self.sent.entry(flow).or_default().push_back(message),
                    Output::SetTimer(at) => *timer = Some(at),
                    Output::Bind(binding) => {
                        let device = binding.device.clone();
                        let outcome = match self.registrar.bind(binding, flow) {
                            Ok(replaced) => {
                                if let Some(old) = replaced {
                                    let reason = UnregistrationReason::DuplicateRegistration;
                                    inputs.push_back((old.handle, Input::End(old.binding, reason)));
                                }
                                BindOutcome::Bound
                            }
                            Err(BindError::ActiveElsewhere) => BindOutcome::ActiveElsewhere,
                            Err(BindError::TooManyDevices) => BindOutcome::TooManyDevices,
                        };
                        inputs.push_front((flow, Input::Bound(device, outcome)));
                    }
                    Output::Unbind(device) => {
                        self.registrar.unbind(device.as_str(), flow);
                    }
                    Output::StartCall(call) => self.calls.push(*call),
                    Output::ToCall(call, event) => self.to_calls.push((call, *event)),
                    Output::Close(reason) => self.closed.push((flow, reason)),
                    Output::Event(event) => self.events.push((flow, event)),
                }
            }
        }
    }

    /// Time passes; timers fire in order.
    pub fn advance(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        loop {
            let due = self.stations.iter().filter_map(|(flow, (_, at))| Some(((*at)?, *flow))).min();
            let Some((at, flow)) = due.filter(|(at, _)| *at <= end) else { break };
            self.move_to(at);
            if let Some((_, timer)) = self.stations.get_mut(&flow) {
                *timer = None;
            }
            self.input(flow, Input::Timeout);
        }
        self.move_to(end);
    }

    /// The earliest timer of a station.
    pub fn next_timer(&self) -> Option<Instant> {
        self.stations.values().filter_map(|(_, at)| *at).min()
    }

    /// Every flow there is or was.
    pub fn flows(&self) -> impl Iterator<Item = FlowId> + use<'_> {
        self.sent.keys().copied()
    }

    /// The station of a flow, unless it closed.
    pub fn find_station(&self, flow: FlowId) -> Option<&Station> {
        self.stations.get(&flow).map(|(station, _)| station)
    }

    fn move_to(&mut self, at: Instant) {
        // A timer that was due before is late, and the clock does not go back for it.
        self.now.monotonic = self.now.monotonic.max(at);
        self.now.unix = UnixTime(BEGINNING.0 + (self.now.monotonic - self.began).as_secs());
    }

    /// Ends what revocations or a changed directory no longer allow, as the node's sweep does.
    pub fn sweep(&mut self) {
        for (binding, flow) in self.registrar.all() {
            let reason = binding.ended_by(&self.node.directory, |token| self.node.is_revoked(token));
            if let Some(reason) = reason {
                self.input(flow, Input::End(binding, reason));
            }
        }
    }

    /// The client closes the connection.
    pub fn disconnect(&mut self, flow: FlowId) {
        self.input(flow, Input::Closed);
        self.stations.remove(&flow);
    }

    /// The station of a flow.
    pub fn station(&self, flow: FlowId) -> &Station {
        &self.stations[&flow].0
    }

    /// The last refusal.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Refused(refusal) => Some(&**refusal),
            _ => None,
        })
    }

    /// The reason code of the last refusal.
    pub fn last_refusal(&self) -> Option<&'static str> {
        self.refusal().map(|refusal| refusal.reason.code())
    }
}

/// The value of a header field in the text of a message.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = message.split("\r\n").take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The values of all header fields of a name.
pub fn headers<'a>(message: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = message.split("\r\n").take_while(|line| !line.is_empty());
    lines.filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The status line.
pub fn status(message: &str) -> &str {
    message.split("\r\n").next().unwrap_or_default()
}
