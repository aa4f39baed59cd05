//! Calls over the line side of a node: stations, registrar and calls in one thread, on a clock that only a test moves.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use callmanager::admission::PeerNames;
use callmanager::call::{Call, CallDetailRecord, Input, Output};
use callmanager::flow::{CallKey, FlowCommand, FlowId, Listener, Reachable, Transport};
use callmanager::station;
use directory::DirectoryNumber;
use sip::message::{Message, validate, validate_response};

use crate::cluster::TestNode;
use crate::edge;
use crate::line_side::{LineSide, headers, status};
use crate::register::Register;
use crate::test_leg::TestLeg;

/// A node with its calls.
#[derive(Default)]
pub struct CallSide {
    /// Stations, registrar, clock.
    pub line: LineSide,
    /// What the calls recorded.
    pub records: Vec<CallDetailRecord>,
    /// Messages that no test has looked at yet.
    inboxes: BTreeMap<FlowId, Vec<String>>,
    calls: BTreeMap<CallKey, (Call, Option<Instant>)>,
    /// How often each phone refreshed its registration.
    refreshes: BTreeMap<FlowId, u32>,
    /// Phones behind an edge: each has a flow of its own to it, which the node knows nothing of.
    clients: BTreeMap<FlowId, Client>,
}

/// A phone's flow to an edge.
struct Client {
    /// The edge's flow to the node.
    edge: FlowId,
    /// The edge's name for the phone's.
    name: String,
    /// Whether the phone's flow is open.
    is_open: bool,
}

/// The flows of phones to an edge are counted from here.
const FIRST_CLIENT: u64 = 200;

/// A registered phone.
#[derive(Clone, Debug)]
pub struct TestPhone {
    /// Its flow.
    pub flow: FlowId,
    /// Its device.
    pub device: String,
    /// Its number.
    pub number: String,
    registration: Register,
}

impl TestPhone {
    /// A phone that a test has registered by other means.
    pub fn new(flow: FlowId, device: &str, number: &str) -> Self {
        let registration = Register::vendor(device, number);
        Self { flow, device: device.into(), number: number.into(), registration }
    }
}

impl CallSide {
    /// The calls of a node.
    pub fn new(node: TestNode) -> Self {
        Self { line: LineSide::new(node), ..Self::default() }
    }

    /// Registers a phone of the test cluster: with its user's token, or on 5060 without anything.
    pub fn register(&mut self, device: &str, number: &str) -> TestPhone {
        let user = self.line.node.directory.device(device).and_then(|device| device.owner.clone());
        let profile = self.line.node.directory.device(device).map(|device| device.security_profile.to_string());
        let is_oauth = profile.as_deref() == Some("OAuth");
        let listener = if is_oauth { Listener::OAuth } else { Listener::Phone };
        let flow = self.line.connect(listener);
        let mut register = Register::vendor(device, number);
        register.contact = format!("10.10.10.{}:62162", flow.0);
        register.call_id = format!("registration-{}@10.10.10.10", flow.0);
        if is_oauth {
            register = register.bearing(&self.line.node.token(user.unwrap().as_str()));
        } else {
            register.transport = "TCP";
        }
        let answer = self.line.ask(flow, register.text());
        assert_eq!(status(&answer), "SIP/2.0 200 OK", "{answer}");
        TestPhone { flow, device: device.into(), number: number.into(), registration: register }
    }

    /// An Expressway-C connects.
    pub fn connect_edge(&mut self) -> FlowId {
        let names = PeerNames { common_names: vec!["exp-c".into()], alternative_names: vec!["exp-c.lab.test".into()] };
        self.line.connect_with(Listener::MraOAuth, Transport::Tls, Some(names))
    }

    /// A phone connects to the edge.
    pub fn connect_behind(&mut self, edge: FlowId) -> FlowId {
        let flow = FlowId(FIRST_CLIENT + self.clients.len() as u64);
        self.clients.insert(flow, Client { edge, name: format!("client{}", flow.0), is_open: true });
        flow
    }

    /// Registers a phone of the test cluster behind an edge, with its user's token.
    pub fn register_behind(&mut self, edge: FlowId, device: &str, number: &str) -> TestPhone {
        let user = self.line.node.directory.device(device).and_then(|device| device.owner.clone()).unwrap();
        let flow = self.connect_behind(edge);
        let mut register = Register::vendor(device, number).bearing(&self.line.node.token(user.as_str()));
        register.contact = format!("10.10.10.{}:62162", flow.0);
        register.call_id = format!("registration-{}@10.10.10.10", flow.0);
        self.send(flow, register.text());
        let answer = self.expect(flow, "SIP/2.0 200 OK");
        assert_eq!(headers(&answer, "Path").count(), 2, "{answer}");
        TestPhone { flow, device: device.into(), number: number.into(), registration: register }
    }

    /// Registers a phone whose client knows none of the vendor's extensions.
    pub fn register_standard(&mut self, device: &str, number: &str) -> TestPhone {
        let user = self.line.node.directory.device(device).and_then(|device| device.owner.clone()).unwrap();
        let flow = self.line.connect(Listener::OAuth);
        let mut register = Register::standard(number).bearing(&self.line.node.token(user.as_str()));
        register.contact = format!("10.10.10.{}:62162", flow.0);
        let answer = self.line.ask(flow, register.text());
        assert_eq!(status(&answer), "SIP/2.0 200 OK", "{answer}");
        TestPhone { flow, device: device.into(), number: number.into(), registration: register }
    }

    /// The calls as they show themselves to a debugger.
    pub fn shown(&self) -> String {
        format!("{:?}", self.calls)
    }

    /// The phone registers again on a new flow.
    pub fn register_again(&mut self, phone: &TestPhone) -> TestPhone {
        self.register(&phone.device, &phone.number)
    }

    /// The phone refreshes its registration.
    pub fn refresh(&mut self, phone: &TestPhone) {
        let refreshes = self.refreshes.entry(phone.flow).or_default();
        *refreshes += 1;
        let sequence = phone.registration.sequence + *refreshes;
        let before = self.take_all(phone.flow);
        self.send(phone.flow, Register { sequence, ..phone.registration.clone() }.text());
        let messages = std::mem::replace(self.inboxes.entry(phone.flow).or_default(), before);
        assert!(messages.iter().any(|message| message.contains("REGISTER")), "{messages:#?}");
        let others = messages.into_iter().filter(|message| !message.contains("REGISTER"));
        self.inboxes.entry(phone.flow).or_default().extend(others);
    }

    /// The phone unregisters.
    pub fn unregister(&mut self, phone: &TestPhone) {
        let refreshes = self.refreshes.get(&phone.flow).copied().unwrap_or_default();
        let sequence = phone.registration.sequence + refreshes + 1;
        let register = Register { expires: Some(0), sequence, ..phone.registration.clone() };
        self.send(phone.flow, register.text());
        self.inboxes.remove(&phone.flow);
    }

    /// A phone sends a message.
    pub fn send(&mut self, flow: FlowId, message: impl AsRef<[u8]>) {
        match self.clients.get(&flow).map(|client| (client.edge, client.name.clone())) {
            Some((edge, name)) => {
                let message = edge::inwards(&name, std::str::from_utf8(message.as_ref()).unwrap());
                self.send_from(edge, message);
            }
            None => self.send_from(flow, message),
        }
    }

    /// The peer of a flow sends a message, an edge too.
    pub fn send_from(&mut self, flow: FlowId, message: impl AsRef<[u8]>) {
        let sent = self.line.send(flow, message);
        self.deliver(flow, sent);
        self.settle();
    }

    /// What the node sent goes to the peer of the flow, or through the edge to its phones.
    fn deliver(&mut self, flow: FlowId, sent: Vec<String>) {
        for message in sent {
            assert_well_formed(&message);
            let is_edge = self.clients.values().any(|client| client.edge == flow);
            // An answer that has one Via left is for the edge itself.
            if !is_edge || (message.starts_with("SIP/2.0 ") && headers(&message, "Via").count() == 1) {
                self.inboxes.entry(flow).or_default().push(message);
                continue;
            }
            let (name, arrived) = edge::outwards(&message);
            let client = self.clients.iter().find(|(_, client)| client.edge == flow && client.name == name);
            match client {
                Some((&phone, Client { is_open: true, .. })) => self.inboxes.entry(phone).or_default().push(arrived),
                Some(_) if !message.starts_with("SIP/2.0 ") => {
                    let answer = edge::flow_failed(&message);
                    answer.into_iter().for_each(|answer| self.send_from(flow, answer));
                }
                Some(_) => {}
                None => panic!("nobody is called {name}: {message}"),
            }
        }
    }

    /// The next message on a flow, which begins like this.
    #[track_caller]
    pub fn expect(&mut self, flow: FlowId, start: &str) -> String {
        let inbox = self.inboxes.entry(flow).or_default();
        assert!(!inbox.is_empty(), "nothing came, wanted {start}");
        let message = inbox.remove(0);
        assert!(message.starts_with(start), "wanted {start}, got {message}");
        message
    }

    /// Nothing came on a flow.
    #[track_caller]
    pub fn expect_nothing(&mut self, flow: FlowId) {
        let inbox = self.inboxes.entry(flow).or_default();
        assert!(inbox.is_empty(), "wanted nothing, got {inbox:#?}");
    }

    /// Everything that came on a flow.
    pub fn take_all(&mut self, flow: FlowId) -> Vec<String> {
        std::mem::take(self.inboxes.entry(flow).or_default())
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// A call of two phones, answered and acknowledged.
    #[track_caller]
    pub fn connect(&mut self, caller: &TestPhone, called: &TestPhone, offer: &str, answer: &str) -> (TestLeg, TestLeg) {
        let mut calling = TestLeg::dial(caller, &called.number);
        self.send(caller.flow, calling.invite(offer));
        let invite = self.expect(called.flow, "INVITE ");
        let answering = TestLeg::called(called, &invite);
        self.send(called.flow, answering.respond(&invite, "200 OK", answer));
        let ok = self.expect(caller.flow, "SIP/2.0 200 OK");
        calling.learn(&ok);
        self.expect(called.flow, "ACK ");
        self.send(caller.flow, calling.ack(""));
        (calling, answering)
    }

    /// The phone hangs up, and the other one hears it.
    #[track_caller]
    pub fn hang_up(&mut self, leg: &mut TestLeg, other: &TestLeg) {
        self.send(leg.flow, leg.request("BYE", "", ""));
        self.expect(leg.flow, "SIP/2.0 200 OK");
        let bye = self.expect(other.flow, "BYE ");
        self.send(other.flow, other.respond(&bye, "200 OK", ""));
    }

    /// The connection of a phone breaks: to the node, or to the edge, of which the node hears nothing.
    pub fn disconnect(&mut self, flow: FlowId) {
        if let Some(client) = self.clients.get_mut(&flow) {
            client.is_open = false;
            return;
        }
        self.line.disconnect(flow);
        self.settle();
    }

    /// The CallManager service stops.
    pub fn stop(&mut self) {
        let keys: Vec<CallKey> = self.calls.keys().copied().collect();
        keys.into_iter().for_each(|key| self.input(key, Input::Stop));
        self.settle();
    }

    /// Time passes; timers of stations and calls fire in order.
    pub fn advance(&mut self, time: Duration) {
        let end = self.line.now.monotonic + time;
        loop {
            let call = self.calls.iter().filter_map(|(key, (_, at))| Some(((*at)?, *key))).min();
            let station = self.line.next_timer();
            let next = call.map(|(at, _)| at).into_iter().chain(station).min().unwrap_or(end).min(end);
            self.line.advance(next.saturating_duration_since(self.line.now.monotonic));
            if let Some((at, key)) = call.filter(|(at, _)| *at <= next) {
                debug_assert!(at <= self.line.now.monotonic);
                if let Some((_, timer)) = self.calls.get_mut(&key) {
                    *timer = None;
                }
                self.input(key, Input::Timeout);
            }
            self.settle();
            let is_due = |at: Instant| at <= end;
            let more = self.calls.values().filter_map(|(_, at)| *at).chain(self.line.next_timer()).any(is_due);
            if !more {
                break;
            }
        }
        self.line.advance(end.saturating_duration_since(self.line.now.monotonic));
        self.settle();
    }

    /// No call, no place taken on a line, and stations that hold nothing once their phones are gone.
    #[track_caller]
    pub fn assert_nothing_left(&mut self, phones: &[&TestPhone]) {
        self.advance(Duration::from_secs(70));
        assert_eq!(self.calls.len(), 0, "calls are left: {:#?}", self.calls);
        assert_eq!(self.line.node.occupancy_of_all(), 0);
        for phone in phones {
            self.unregister(phone);
        }
        self.advance(Duration::from_secs(1));
        for phone in phones {
            let flow = self.clients.get(&phone.flow).map_or(phone.flow, |client| client.edge);
            if let Some(station) = self.line.find_station(flow) {
                assert!(!station.has_calls(), "{} has something left: {station:?}", phone.device);
            }
        }
    }

    /// Carries messages between stations and calls until nothing is left to carry.
    fn settle(&mut self) {
        loop {
            let begun = std::mem::take(&mut self.line.calls);
            let told = std::mem::take(&mut self.line.to_calls);
            if begun.is_empty() && told.is_empty() {
                break;
            }
            for call in begun {
                let key = call.key;
                self.calls.insert(key, (Call::new(key), None));
                self.input(key, Input::Start(Box::new(call)));
            }
            for (key, event) in told {
                self.input(key, Input::Flow(event));
            }
        }
        let flows: Vec<FlowId> = self.line.flows().collect();
        for flow in flows {
            let sent = self.line.sent(flow);
            self.deliver(flow, sent);
        }
    }

    /// Something happens to a call.
    fn input(&mut self, key: CallKey, input: Input) {
        let Some((call, timer)) = self.calls.get_mut(&key) else { return };
        call.handle(self.line.now, &self.line.node, input);
        let mut outputs = Vec::new();
        while let Some(output) = call.poll() {
            match output {
                Output::SetTimer(at) => *timer = Some(at),
                output => outputs.push(output),
            }
        }
        for output in outputs {
            self.carry_out(key, output);
        }
    }

    fn carry_out(&mut self, key: CallKey, output: Output) {
        match output {
            Output::Flow { flow, command } => self.command(flow, command),
            Output::Locate { number } => {
                let devices = self.locate(&number);
                self.input(key, Input::Located { number, devices });
            }
            Output::LocateDevice { leg, device } => {
                let device = self.line.registrar.get(device.as_str()).map(|(binding, _)| binding.reachable());
                self.input(key, Input::DeviceLocated { leg, device });
            }
            Output::ToCall { call, message } => match self.calls.contains_key(&call) {
                true => self.input(call, Input::FromCall { call: key, message }),
                false => self.input(key, Input::CallGone { call }),
            },
            Output::Record(record) => self.records.push(*record),
            Output::Connected(_) => {}
            Output::Done => {
                self.calls.remove(&key);
            }
            Output::SetTimer(_) => {}
        }
    }

    fn command(&mut self, flow: FlowId, command: FlowCommand) {
        self.line.input(flow, station::Input::Command(command));
    }

    fn locate(&self, number: &DirectoryNumber) -> Vec<Reachable> {
        let devices = self.line.node.directory.devices_of_line(number.as_str()).iter();
        let reachable = devices.filter_map(|device| {
            let (binding, _) = self.line.registrar.get(device.name.as_str())?;
            Some(binding.reachable_at(device.line(number.as_str())?))
        });
        reachable.collect()
    }
}

/// What the node sends follows the rules that it holds others to.
#[track_caller]
fn assert_well_formed(message: &str) {
    let checked = match Message::parse(Bytes::copy_from_slice(message.as_bytes())) {
        Ok(Message::Request(request)) => validate(&request),
        Ok(Message::Response(response)) => validate_response(&response),
        Err(error) => panic!("malformed: {error:?} in {message}"),
    };
    assert_eq!(checked, Ok(()), "{message}");
}
