//! What a station costs, from the octets of a REGISTER to the octets of its answer, without socket and TLS.
//!
//! Usage: `station [refresh]`. Prints nanoseconds on the processor (median of rounds) and allocations for each kind of
//! REGISTER; with `refresh`, for that alone, which is what a profiler wants. The refresh over an edge is that of one of many phones
//! behind one connection.

#[path = "../../parse/src/allocations.rs"]
mod allocations;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use authorization::{AccessTokens, Revocations};
use bytes::Bytes;
use callmanager::flow::{Flow, FlowId, Listener, Transport};
use callmanager::node_view::Now;
use callmanager::station::{BindOutcome, Input, Output, Station};
use sip::message::Message;
use sip::transport::{Frame, StreamFramer};
use testkit::cluster::{BEGINNING, TestNode};
use testkit::register::Register;

const ROUNDS: usize = 40;
const A_ROUND: usize = 2_000;

/// One flow of a phone.
struct Phone {
    node: TestNode,
    station: Station,
    framer: StreamFramer,
    now: Now,
    answers: usize,
}

impl Phone {
    fn new(listener: Listener) -> Self {
        let mut node = TestNode::new();
        let signing = token::generate::signing_key(token::Algorithm::Rs256).expect("a key");
        let encryption = token::generate::encryption_key().expect("a key");
        let keys = token::KeyRing::new(node.access_tokens.keys().cluster(), signing, encryption);
        node.access_tokens = AccessTokens::new(Arc::new(keys), Revocations::new(), 1024);
        let flow = Flow {
            id: FlowId(1),
            listener,
            transport: Transport::Tls,
            local: SocketAddr::from(([127, 0, 0, 11], 5090)),
            remote: SocketAddr::from(([10, 10, 10, 10], 62162)),
            peer_names: None,
        };
        let now = Now { monotonic: Instant::now(), unix: BEGINNING };
        let station = Station::new(flow, now.monotonic);
        Self { node, station, framer: StreamFramer::new(), now, answers: 0 }
    }

    #[inline(never)]
    fn receive(&mut self, octets: &[u8]) {
        self.framer.push(octets);
        while let Some(frame) = self.framer.next_frame() {
            let Frame::Message(message) = frame else { continue };
            self.handle(Input::Receive(message));
        }
    }

    fn handle(&mut self, input: Input) {
        self.station.handle(self.now, &self.node, input);
        while let Some(output) = self.station.poll() {
            match output {
                Output::Transmit(message) => {
                    std::hint::black_box(message);
                    self.answers += 1;
                }
                Output::Bind(binding) => {
                    let bound = Input::Bound(binding.device.clone(), BindOutcome::Bound);
                    self.station.handle(self.now, &self.node, bound);
                }
                other => drop(other),
            }
        }
    }
}

/// Phones behind the connection of the edge.
const BEHIND_THE_EDGE: u32 = 600;

/// The refresh of each phone of an edge in turn.
fn measure_edge() {
    let mut edge = Phone::new(Listener::MraOAuth);
    let like = edge.node.directory.device("CSFalice").expect("alice's phone").as_ref().clone();
    let numbers = 10_000..10_000 + BEHIND_THE_EDGE;
    edge.node.add_all(numbers.clone().flat_map(|number| testkit::cluster::phone_like(&like, number)).collect());
    let registers: Vec<Register> = numbers
        .map(|number| {
            let token = edge.node.token(&format!("user{number}"));
            Register::vendor(&format!("CSF{number}"), &number.to_string()).bearing(&token)
        })
        .collect();
    let of = |client: usize, sequence: u32| {
        let register = Register { sequence, ..registers[client].clone() };
        testkit::edge::inwards(&format!("client{client}"), &register.text()).into_bytes()
    };
    (0..registers.len()).for_each(|client| edge.receive(&of(client, 1)));
    assert_eq!(edge.answers, registers.len());
    let mut count = 0;
    measure("refresh over an edge", &mut edge, || {
        count += 1;
        of(count % registers.len(), 1 + u32::try_from(count / registers.len() + 1).expect("few"))
    });
}

fn main() {
    let mut phone = Phone::new(Listener::OAuth);
    let token = phone.node.token("alice");
    println!("token: {} octets", token.len());
    let bearing = |sequence: u32| Register { sequence, ..Register::vendor("CSFalice", "1001") }.bearing(&token);
    phone.receive(bearing(1).text().as_bytes());
    assert_eq!(phone.answers, 1);
    let mut sequence = 1;
    measure("refresh, known token", &mut phone, || {
        sequence += 1;
        bearing(sequence).text().into_bytes()
    });
    measure_edge();
    if std::env::args().any(|argument| argument == "refresh") {
        return;
    }
    let mut sequence = 1_000_000;
    measure("no credentials: 407", &mut phone, || {
        sequence += 1;
        Register { sequence, ..Register::vendor("CSFalice", "1001") }.text().into_bytes()
    });
    let mut sequence = 2_000_000;
    measure("known token, long way", &mut phone, || {
        sequence += 1;
        // Another From tag each time: not the refresh of anything.
        bearing(sequence).text().replace("00005eff", &format!("{sequence:08x}")).into_bytes()
    });
    let text = bearing(3_000_000).text().into_bytes();
    parse_only(&text);
    digest_only(token.as_bytes());
}

/// Nanoseconds that this thread has run: what others take of the machine is left out.
fn on_processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with scheduler statistics");
    text.split(' ').next().and_then(|first| first.parse().ok()).expect("a number")
}

fn measure(what: &str, phone: &mut Phone, mut next: impl FnMut() -> Vec<u8>) {
    let mut rounds = Vec::new();
    let mut allocated = 0;
    for _ in 0..ROUNDS {
        let messages: Vec<Vec<u8>> = (0..A_ROUND).map(|_| next()).collect();
        let before = phone.answers;
        let began = on_processor();
        allocated = allocations::during(|| messages.iter().for_each(|message| phone.receive(message)));
        rounds.push((on_processor() - began) / A_ROUND as u64);
        assert_eq!(phone.answers - before, A_ROUND);
    }
    rounds.sort_unstable();
    println!("{what:24} {:6} ns  {:5.2} allocations", rounds[ROUNDS / 2], allocated as f64 / A_ROUND as f64);
}

fn parse_only(text: &[u8]) {
    let began = on_processor();
    for _ in 0..ROUNDS * A_ROUND {
        let parsed = Message::parse(Bytes::copy_from_slice(text)).expect("parses");
        std::hint::black_box(parsed);
    }
    println!("{:24} {:6} ns", "  of which parse", (on_processor() - began) / (ROUNDS * A_ROUND) as u64);
}

fn digest_only(octets: &[u8]) {
    let began = on_processor();
    for _ in 0..ROUNDS * A_ROUND {
        std::hint::black_box(token::TokenDigest::of(std::hint::black_box(octets)));
    }
    println!("{:24} {:6} ns", "  of which SHA-256", (on_processor() - began) / (ROUNDS * A_ROUND) as u64);
}
