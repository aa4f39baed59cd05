//! The product's own Expressway-E and Expressway-C before the node: what each side's tests take for granted of the other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use edge::discovery::{AxlPassword, DiscoveredNode, NodeUsage, Provisioned, TlsVerifyMode, UnifiedCmServer};
use edge::media::{MediaError, MediaPlane, OpenedStream, PeerMedia, Side, StreamId, StreamPlan, StreamStatistics};
use edge::{
    CoreSettings, EdgeSettings, EdgeView, ExpresswayC, ExpresswayE, Flow, FlowId, FlowKind, Input, MraAccessControl,
    Output, SearchRule, Zone, ZoneName,
};
use sip::message::Message;
use sip::transport::{Frame, StreamFramer};
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::{header, headers, status};
use testkit::register::Register;
use testkit::test_leg::{TestLeg, body, encrypted};
use token::{KeyRing, TokenError, UnixTime, VerifiedAccessToken};

const LINK_AT_E: FlowId = FlowId(1_000);
const LINK_AT_C: FlowId = FlowId(2_000);
const ZONE: FlowId = FlowId(3_000);

/// What C knows: the node, and the keys of its cluster.
struct View {
    keys: Arc<KeyRing>,
    access_control: MraAccessControl,
    provisioned: Provisioned,
}

impl EdgeView for View {
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        self.keys.verify(token, now)
    }

    fn access_control(&self) -> &MraAccessControl {
        &self.access_control
    }

    fn zones(&self) -> &[Zone] {
        &self.provisioned.zones
    }

    fn search_rules(&self) -> &[SearchRule] {
        &self.provisioned.search_rules
    }
}

/// Ports without a relay behind them.
#[derive(Default)]
struct Ports(u64);

impl MediaPlane for Ports {
    fn open(&mut self, _: StreamPlan) -> Result<OpenedStream, MediaError> {
        self.0 += 1;
        let port = 36_000 + self.0 as u16 * 10;
        let local = [("203.0.113.5", port), ("198.51.100.5", port + 2)];
        let local = local.map(|(address, port)| (address.parse::<IpAddr>().unwrap(), port));
        Ok(OpenedStream { stream: StreamId(self.0), local })
    }

    fn update(&mut self, _: StreamId, _: Side, _: PeerMedia) {}

    fn last_heard(&self, _: StreamId) -> Option<Instant> {
        None
    }

    fn close(&mut self, _: StreamId) -> StreamStatistics {
        StreamStatistics::default()
    }
}

struct World {
    e: ExpresswayE,
    c: ExpresswayC,
    view: View,
    at_e: Ports,
    at_c: Ports,
    to_c: StreamFramer,
    to_e: StreamFramer,
    side: CallSide,
    node: ringbearer_callmanager::flow::FlowId,
    phones: BTreeMap<u64, Vec<String>>,
}

fn flow(id: FlowId, kind: FlowKind, remote: &str) -> Flow {
    Flow { id, kind, local: "203.0.113.22:5061".parse().unwrap(), remote: remote.parse().unwrap() }
}

impl World {
    fn new() -> Self {
        let mut side = CallSide::default();
        let node = side.connect_edge();
        let known = DiscoveredNode {
            name: "ucm-pub".into(),
            aliases: Vec::new(),
            addresses: vec!["127.0.0.11".parse().unwrap()],
            usage: NodeUsage::Publisher,
            version: "15.0.1".into(),
            sip_oauth_port: 5090,
            sip_oauth_mra_port: 5091,
        };
        let server = UnifiedCmServer {
            publisher: "ucm-pub".into(),
            username: "axl".into(),
            password: AxlPassword::default(),
            tls_verify_mode: TlsVerifyMode::On,
            nodes: vec![known],
            refreshed_at: None,
        };
        let e = EdgeSettings {
            host: "203.0.113.22".into(),
            port: 5061,
            aliases: Vec::new(),
            certificate_subject: "CN=expe.lab.test".into(),
            certificate_key_usage: vec!["serverAuth".into()],
        };
        let c = CoreSettings { host: "10.0.0.21".into(), port: 5061, aliases: Vec::new(), realm: "ccmsipline".into() };
        let view = View {
            keys: side.line.node.access_tokens.keys(),
            access_control: MraAccessControl::default(),
            provisioned: Provisioned::of(&[server], &Provisioned::default()),
        };
        let mut world = Self {
            e: ExpresswayE::new(e, [1; 32]),
            c: ExpresswayC::new(c, [2; 32]),
            view,
            at_e: Ports::default(),
            at_c: Ports::default(),
            to_c: StreamFramer::new(),
            to_e: StreamFramer::new(),
            side,
            node,
            phones: BTreeMap::new(),
        };
        let link = || FlowKind::Traversal { names: Vec::new() };
        world.tell_c(Input::Reconfigured);
        world.tell_e(Input::Opened(flow(LINK_AT_E, link(), "10.0.0.21:40000")));
        // The host of E's ports on this side: C takes media from nowhere else.
        world.tell_c(Input::Opened(flow(LINK_AT_C, link(), "198.51.100.5:7001")));
        let zone = FlowKind::Zone { name: ZoneName::ceoauth("ucm-pub") };
        world.tell_c(Input::Opened(flow(ZONE, zone, "127.0.0.11:5091")));
        world
    }

    fn now(&self) -> edge::Now {
        edge::Now { monotonic: self.side.line.now.monotonic, unix: self.side.line.now.unix }
    }

    fn tell_e(&mut self, input: Input) {
        let now = self.now();
        self.e.handle(now, &mut self.at_e, input);
        self.carry();
    }

    fn tell_c(&mut self, input: Input) {
        let now = self.now();
        self.c.handle(now, &self.view, &mut self.at_c, input);
        self.carry();
    }

    /// Carries messages until nothing is under way.
    fn carry(&mut self) {
        let now = self.now();
        loop {
            if let Some(output) = self.e.poll() {
                match output {
                    Output::Transmit(LINK_AT_E, octets) => {
                        for input in inputs(&mut self.to_c, LINK_AT_C, &octets) {
                            self.c.handle(now, &self.view, &mut self.at_c, input);
                        }
                    }
                    Output::Transmit(FlowId(phone), octets) => {
                        self.phones.entry(phone).or_default().push(String::from_utf8(octets.to_vec()).unwrap());
                    }
                    _ => {}
                }
            } else if let Some(output) = self.c.poll() {
                match output {
                    Output::Transmit(LINK_AT_C, octets) => {
                        for input in inputs(&mut self.to_e, LINK_AT_E, &octets) {
                            self.e.handle(now, &mut self.at_e, input);
                        }
                    }
                    Output::Transmit(ZONE, octets) if !octets.starts_with(b"\r\n") => {
                        self.side.send_from(self.node, octets);
                    }
                    _ => {}
                }
            } else {
                let sent = self.side.take_all(self.node);
                if sent.is_empty() {
                    return;
                }
                for message in sent {
                    let message = Message::parse(message.into_bytes().into()).unwrap();
                    self.c.handle(now, &self.view, &mut self.at_c, Input::Received(ZONE, message));
                }
            }
        }
    }

    /// A phone outside sends a message.
    fn send(&mut self, phone: u64, message: &str) {
        let message = Message::parse(Bytes::copy_from_slice(message.as_bytes())).unwrap();
        self.tell_e(Input::Received(FlowId(phone), message));
    }

    /// The next message at a phone outside.
    #[track_caller]
    fn expect(&mut self, phone: u64, start: &str) -> String {
        let inbox = self.phones.entry(phone).or_default();
        assert!(!inbox.is_empty(), "nothing came, wanted {start}");
        let message = inbox.remove(0);
        assert!(message.starts_with(start), "wanted {start}, got {message}");
        message
    }

    /// A phone outside connects and registers. All have the same private address.
    fn register(&mut self, phone: u64, user: &str, device: &str, number: &str) -> TestPhone {
        self.tell_e(Input::Opened(flow(FlowId(phone), FlowKind::Phone, &format!("198.51.100.7:{}", 50_000 + phone))));
        let token = self.side.line.node.token(user);
        self.send(phone, &Register::vendor(device, number).text());
        let challenge = self.expect(phone, "SIP/2.0 407 ");
        assert_eq!(header(&challenge, "Proxy-Authenticate"), Some("Bearer realm=\"ccmsipline\""));
        let register = Register::vendor(device, number).next().bearing(&token);
        self.send(phone, &register.text());
        let answer = self.expect(phone, "SIP/2.0 200 OK");
        assert!(header(&answer, "Contact").unwrap().ends_with(";x-cisco-newreg"), "{answer}");
        self.send(phone, &register.next().text());
        let answer = self.expect(phone, "SIP/2.0 200 OK");
        assert!(!header(&answer, "Contact").unwrap().contains("x-cisco-newreg"), "{answer}");
        TestPhone::new(ringbearer_callmanager::flow::FlowId(phone), device, number)
    }
}

fn inputs(framer: &mut StreamFramer, flow: FlowId, octets: &[u8]) -> Vec<Input> {
    framer.push(octets);
    let mut inputs = Vec::new();
    while let Some(frame) = framer.next_frame() {
        inputs.push(match frame {
            Frame::Message(message) => Input::Received(flow, message),
            Frame::KeepAlivePing => Input::Ping(flow),
            Frame::KeepAlivePong => Input::Pong(flow),
            Frame::Malformed(error) => panic!("one half wrote what the other cannot read: {error}"),
        });
    }
    inputs
}

fn offer() -> String {
    encrypted(4000, 'A', "sendrecv")
}

fn answer() -> String {
    encrypted(5000, 'B', "sendrecv")
}

#[test]
fn two_phones_outside_call_each_other() {
    let mut world = World::new();
    let alice = world.register(1, "alice", "CSFalice", "1001");
    let bob = world.register(2, "bob", "CSFbob", "1002");
    assert_eq!(world.side.line.registrar.len(), 2);
    let mut calling = TestLeg::dial(&alice, "1002");
    world.send(1, &calling.invite(&offer()));
    let invite = world.expect(2, "INVITE ");
    assert!(!body(&invite).contains("10.10.10.10"), "the media goes over the edge: {invite}");
    let answering = TestLeg::called(&bob, &invite);
    world.send(2, &answering.respond(&invite, "180 Ringing", ""));
    world.expect(1, "SIP/2.0 180 ");
    world.send(2, &answering.respond(&invite, "200 OK", &answer()));
    let ok = world.expect(1, "SIP/2.0 200 OK");
    assert_eq!(headers(&ok, "Via").count(), 1);
    calling.learn(&ok);
    world.expect(2, "ACK ");
    world.send(1, &calling.ack(""));
    world.send(1, &calling.invite(&encrypted(4000, 'A', "sendonly")));
    let reinvite = world.expect(2, "INVITE ");
    world.send(2, &answering.respond(&reinvite, "200 OK", &encrypted(5000, 'B', "recvonly")));
    world.expect(2, "ACK ");
    world.expect(1, "SIP/2.0 200 OK");
    world.send(1, &calling.ack(""));
    let mut answering = answering;
    world.send(2, &answering.request("BYE", "", ""));
    world.expect(2, "SIP/2.0 200 OK");
    let bye = world.expect(1, "BYE ");
    world.send(1, &calling.respond(&bye, "200 OK", ""));
    assert_eq!(world.side.calls(), 0);
}

#[test]
fn a_phone_inside_calls_one_outside_and_is_called_by_it() {
    let mut world = World::new();
    let alice = world.register(1, "alice", "CSFalice", "1001");
    let bob = world.side.register("CSFbob", "1002");
    let mut calling = TestLeg::dial(&bob, "1001");
    world.side.send(bob.flow, calling.invite(&offer()));
    world.carry();
    let invite = world.expect(1, "INVITE ");
    let mut answering = TestLeg::called(&alice, &invite);
    world.send(1, &answering.respond(&invite, "200 OK", &answer()));
    calling.learn(&world.side.expect(bob.flow, "SIP/2.0 200 OK"));
    world.expect(1, "ACK ");
    world.side.send(bob.flow, calling.ack(""));
    world.send(1, &answering.request("BYE", "", ""));
    world.expect(1, "SIP/2.0 200 OK");
    let bye = world.side.expect(bob.flow, "BYE ");
    world.side.send(bob.flow, calling.respond(&bye, "200 OK", ""));
    let mut calling = TestLeg::dial(&alice, "1002");
    let invite = calling.invite(&offer());
    world.send(1, &invite);
    let ringing = world.side.expect(bob.flow, "INVITE ");
    let answering = TestLeg::called(&bob, &ringing);
    world.side.send(bob.flow, answering.respond(&ringing, "180 Ringing", ""));
    world.carry();
    world.expect(1, "SIP/2.0 180 ");
    world.send(1, &calling.cancel(&invite));
    world.side.expect(bob.flow, "CANCEL ");
    world.expect(1, "SIP/2.0 200 OK");
    world.expect(1, "SIP/2.0 487 ");
}

#[test]
fn a_phone_whose_connection_to_the_edge_is_gone_is_let_go_of_at_the_next_call() {
    let mut world = World::new();
    world.register(1, "alice", "CSFalice", "1001");
    let bob = world.side.register("CSFbob", "1002");
    world.tell_e(Input::Closed(FlowId(1)));
    let mut calling = TestLeg::dial(&bob, "1001");
    world.side.send(bob.flow, calling.invite(&offer()));
    world.carry();
    let refusal = world.side.expect(bob.flow, "SIP/2.0 ");
    assert_eq!(status(&refusal), "SIP/2.0 480 Temporarily Unavailable");
    assert!(world.side.line.registrar.get("CSFalice").is_none());
}

#[test]
fn aut_8_a_revoked_phone_behind_the_edge_is_out() {
    let mut world = World::new();
    world.register(1, "alice", "CSFalice", "1001");
    world.side.line.node.revoke("alice");
    world.side.line.sweep();
    assert!(world.side.line.registrar.is_empty());
    let alice = Register::vendor("CSFalice", "1001").next().next().next();
    world.send(1, &alice.bearing(&world.side.line.node.token("alice")).text());
    let refusal = world.expect(1, "SIP/2.0 407 ");
    assert!(header(&refusal, "Proxy-Authenticate").unwrap().contains("error=\"invalid_token\""), "{refusal}");
    world.side.advance(Duration::from_secs(1));
}
