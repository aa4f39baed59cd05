//! Phones on a node: the real phone machine against the real line side and calls.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::call_side::CallSide;
use crate::cluster::contact_of;
use callmanager::flow::Listener;
use phone::config::DeviceConfig;
use phone::{CallId, Command, Event, FlowId, Input, Output, Phone, PortKind, Random, Settings, Target, Transport};
use sip::message::Message;
use token::UnixTime;

/// Messages take no time; the clock moves to the next timer of a phone, and in steps of this, so that what a timer of
/// the node sends is answered soon.
const STEP: Duration = Duration::from_secs(1);

/// The desks.
pub const ALICE: usize = 0;
pub const BOB: usize = 1;
pub const ERIN: usize = 2;

/// The two nodes of the group. Both are the same node here, which knows each flow apart.
pub const PUBLISHER: &str = "127.0.0.11";
pub const SUBSCRIBER: &str = "127.0.0.12";

/// Phones, and the node that they register on.
pub struct Office {
    pub node: CallSide,
    pub desks: Vec<Desk>,
    /// The hosts that take connections.
    pub reachable: Vec<&'static str>,
}

/// A phone, its flow, and what its user saw.
pub struct Desk {
    pub phone: Phone,
    user: &'static str,
    events: Vec<Event>,
    /// What the phone sent.
    pub sent: Vec<String>,
    flow: Option<(FlowId, callmanager::flow::FlowId)>,
    timer: Option<Instant>,
    /// Whether tokens are handed out when asked for.
    pub signed_in: bool,
}

/// Where a phone receives media.
pub fn media(desk: usize) -> SocketAddr {
    SocketAddr::from(([10, 10, 10, 1], 20_000 + 2 * desk as u16))
}

/// The configuration file of a device of the test cluster.
pub fn config(number: &str, oauth: bool) -> DeviceConfig {
    let contact = contact_of(number);
    let members: String = [(0, PUBLISHER), (1, SUBSCRIBER)]
        .map(|(priority, node)| {
            format!(
                "<member priority=\"{priority}\"><callManager><name>{node}</name>\
                 <processNodeName>{node}</processNodeName></callManager></member>"
            )
        })
        .concat();
    let (mode, security, transport) = if oauth { (1, 3, 3) } else { (0, 1, 1) };
    let file = format!(
        "<device><devicePool><callManagerGroup><members>{members}</members></callManagerGroup></devicePool>\
         <sipProfile><sipLines><line button=\"1\"><featureID>9</featureID><name>{number}</name>\
         <displayName>Line {number}</displayName><contact>{contact}</contact></line></sipLines></sipProfile>\
         <deviceSecurityMode>{security}</deviceSecurityMode>\
         <transportLayerProtocol>{transport}</transportLayerProtocol><sipOAuthMode>{mode}</sipOAuthMode></device>"
    );
    DeviceConfig::parse(file.as_bytes()).unwrap()
}

/// Random bytes that are the same in every run.
pub fn random(seed: u64) -> Random {
    let mut state = seed;
    Box::new(move |bytes| {
        for byte in bytes {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 32) as u8;
        }
    })
}

impl Desk {
    pub fn new(user: &'static str, settings: Settings, config: DeviceConfig) -> Self {
        let seed = user.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte));
        Self {
            phone: Phone::new(settings, config, random(seed)),
            user,
            events: Vec::new(),
            sent: Vec::new(),
            flow: None,
            timer: None,
            signed_in: true,
        }
    }
}

impl Office {
    /// Everybody's softphone is registered.
    pub fn open() -> Self {
        let mut office = Self::closed();
        for desk in 0..office.desks.len() {
            office.command(desk, Command::Register);
            assert!(office.desks[desk].phone.is_registered(), "{:?}", office.desks[desk].events);
            office.seen(desk);
            office.desks[desk].sent.clear();
        }
        office
    }

    /// Everybody before they start their phones.
    pub fn closed() -> Self {
        let desk = |user, device, number, last| {
            Desk::new(user, Settings::new(device, [0x88, 0x23, 0x23, 0x45, 0x12, last]), config(number, true))
        };
        let desks = vec![
            desk("alice", "CSFalice", "1001", 1),
            desk("bob", "CSFbob", "1002", 2),
            desk("erin", "erinphone", "1005", 5),
        ];
        Self { node: CallSide::default(), desks, reachable: vec![PUBLISHER, SUBSCRIBER] }
    }

    pub fn now(&self) -> Instant {
        self.node.line.now.monotonic
    }

    pub fn command(&mut self, desk: usize, command: Command) {
        self.input(desk, Input::Command(command));
        self.settle();
    }

    pub fn input(&mut self, desk: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = self.now();
            self.desks[desk].phone.handle(now, input);
            while let Some(output) = self.desks[desk].phone.poll() {
                inputs.extend(self.carry_out(desk, output));
            }
        }
    }

    fn carry_out(&mut self, index: usize, output: Output) -> Option<Input> {
        let desk = &mut self.desks[index];
        match output {
            Output::Connect { flow, target } => return Some(self.connect_flow(index, flow, &target)),
            Output::Disconnect { flow } => {
                if let Some((_, line)) = desk.flow.take_if(|(name, _)| *name == flow) {
                    self.node.disconnect(line);
                }
            }
            Output::Transmit { flow, message } => {
                desk.sent.push(String::from_utf8_lossy(&message).into_owned());
                if let Some((_, line)) = desk.flow.filter(|(name, _)| *name == flow) {
                    self.node.send(line, message);
                }
            }
            Output::Probe { target } => {
                let reachable = self.reachable.contains(&target.host.as_str());
                return Some(Input::Probed { target, reachable });
            }
            Output::SetTimer(at) => desk.timer = Some(at),
            Output::Event(event) => {
                let wants_token = matches!(event, Event::AccessTokenWanted { .. }) && desk.signed_in;
                desk.events.push(event);
                return wants_token.then(|| Input::AccessToken(self.token(index)));
            }
        }
        None
    }

    /// A fresh token of the user at a desk.
    pub fn token(&self, index: usize) -> String {
        let node = &self.node.line.node;
        let mut claims = node.claims(self.desks[index].user);
        claims.issued_at = self.node.line.now.unix;
        claims.expires_at = UnixTime(claims.issued_at.0 + 3600);
        node.mint(&claims)
    }

    fn connect_flow(&mut self, index: usize, flow: FlowId, target: &Target) -> Input {
        if !self.reachable.contains(&target.host.as_str()) {
            return Input::Disconnected { flow, reason: "connection refused".into() };
        }
        let listener = match target.port_kind {
            PortKind::OAuth => Listener::OAuth,
            PortKind::MraOAuth => Listener::MraOAuth,
            PortKind::Secure => Listener::Secure,
            PortKind::Phone => Listener::Phone,
        };
        let transport = match target.transport {
            Transport::Tls => callmanager::flow::Transport::Tls,
            Transport::Tcp => callmanager::flow::Transport::Tcp,
            Transport::Udp => callmanager::flow::Transport::Udp,
        };
        let names = (listener == Listener::Secure).then(Default::default);
        self.desks[index].flow = Some((flow, self.node.line.connect_with(listener, transport, names)));
        Input::Connected { flow, local: SocketAddr::from(([10, 10, 10, 10], 62162)) }
    }

    /// Brings what the node sent to the phones, until nothing is under way.
    fn settle(&mut self) {
        loop {
            let mut carried = false;
            for index in 0..self.desks.len() {
                let Some((flow, line)) = self.desks[index].flow else { continue };
                for message in self.node.take_all(line) {
                    carried = true;
                    let message = Message::parse(message.into_bytes().into()).unwrap();
                    self.input(index, Input::Received { flow, message });
                }
            }
            if !carried {
                return;
            }
        }
    }

    pub fn advance(&mut self, time: Duration) {
        let end = self.now() + time;
        while self.now() < end {
            let next = self.desks.iter().filter_map(|desk| desk.timer).min().unwrap_or(end).min(end);
            self.node.advance(STEP.min(next.saturating_duration_since(self.now())));
            self.settle();
            let now = self.now();
            for index in 0..self.desks.len() {
                if self.desks[index].timer.take_if(|at| *at <= now).is_some() {
                    self.input(index, Input::Timeout);
                }
            }
            self.settle();
        }
    }

    /// The flow of a phone breaks.
    pub fn break_flow(&mut self, index: usize) {
        if let Some((flow, line)) = self.desks[index].flow.take() {
            self.node.disconnect(line);
            self.input(index, Input::Disconnected { flow, reason: "connection reset".into() });
            self.settle();
        }
    }

    /// What the user of a phone saw since the last look.
    pub fn seen(&mut self, desk: usize) -> Vec<Event> {
        std::mem::take(&mut self.desks[desk].events)
    }

    /// The same, in words.
    pub fn heard(&mut self, desk: usize) -> Vec<String> {
        self.seen(desk).iter().map(words).collect()
    }

    /// A call of two phones, answered; the names it has at both.
    pub fn connect(&mut self, caller: usize, called: usize, number: &str) -> (CallId, CallId) {
        self.command(caller, Command::Dial { to: number.into(), media: media(caller) });
        let incoming = self.last_call(called);
        self.command(called, Command::Answer { call: incoming, media: media(called) });
        let names = (self.last_call(caller), incoming);
        self.seen(caller);
        self.seen(called);
        names
    }

    /// The call that the last event of a phone is about.
    pub fn last_call(&self, desk: usize) -> CallId {
        let events = &self.desks[desk].events;
        events.iter().rev().find_map(call_of).unwrap_or_else(|| panic!("no call: {events:?}"))
    }
}

fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::Dialing { call, .. }
        | Event::Ringing { call }
        | Event::Incoming { call, .. }
        | Event::Media { call, .. }
        | Event::Established { call }
        | Event::MediaRefused { call, .. }
        | Event::TransferWanted { call, .. }
        | Event::TransferProgress { call, .. }
        | Event::TransferFailed { call, .. }
        | Event::Ended { call, .. } => Some(*call),
        _ => None,
    }
}

/// An event as a test writes it.
fn words(event: &Event) -> String {
    let when = |condition: bool, words: &'static str| if condition { words } else { "" };
    match event {
        Event::Registering { target } => format!("registering at {target}"),
        Event::Registered { target, expires } => format!("registered at {target} for {} s", expires.as_secs()),
        Event::Refreshed { .. } => "refreshed".into(),
        Event::RegistrationFailed { failure, .. } => format!("failed: {failure:?}"),
        Event::Unregistered => "unregistered".into(),
        Event::AccessTokenWanted { refused } => {
            format!("token {}", if refused.is_some() { "refused" } else { "wanted" })
        }
        Event::MessageWaiting(waiting) => format!("message waiting: {waiting}"),
        Event::Dialing { to, .. } => format!("dialing {to}"),
        Event::Ringing { .. } => "ringing".into(),
        Event::Incoming { from, replaces, .. } => {
            format!("incoming from {} {}{}", from.number, from.display_name, when(replaces.is_some(), ", replaces"))
        }
        Event::Media { media, hold, .. } => format!(
            "media to {}{}{}{}",
            media.remote,
            when(media.srtp.is_none(), ", clear"),
            when(hold.local, ", held"),
            when(hold.remote, ", on hold")
        ),
        Event::Established { .. } => "established".into(),
        Event::MediaRefused { status, .. } => format!("media refused: {status}"),
        Event::TransferWanted { to, .. } => format!("transfer wanted to {to}"),
        Event::TransferProgress { status, .. } => format!("transfer: {status}"),
        Event::TransferFailed { status, .. } => format!("transfer failed: {status}"),
        Event::Ended { cause, .. } => format!("ended: {cause:?}"),
    }
}
