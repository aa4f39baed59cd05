//! What parsing costs, as a ratio to the floor: `cargo run --release -p ringbearer-bench-parse`.
//!
//! *Index* is the message and its header fields. *Typed* is index, From tag and host, To tag, Call-ID, CSeq, top
//! Via branch, Contact host and Proxy-Authorization.
//!
//! Without arguments it measures time: the parsers take turns, so that noise hits all alike; read the ratios.
//! `--gate` counts instructions instead, which no noise changes, and ends with 1 when typed REGISTER costs more than
//! [`MOST_INSTRUCTIONS`] times the floor's or more than [`MOST_ALLOCATIONS`] allocations.

mod allocations;
mod floor;
mod instructions;
mod messages;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sip::message::header::NameAddr;
use sip::message::{Headers, Message};

/// Many short samples: on a busy machine some of them find it quiet.
const SAMPLES: usize = 151;
const SAMPLE: Duration = Duration::from_millis(1);

type Work = fn(&Bytes);

struct Row {
    message: &'static str,
    task: &'static str,
    parser: &'static str,
    octets: Bytes,
    work: Work,
    nanoseconds: Vec<f64>,
}

impl Row {
    fn allocations(&self) -> usize {
        allocations::during(|| (self.work)(&self.octets))
    }
}

/// What typed REGISTER may cost, in instructions of the floor.
const MOST_INSTRUCTIONS: f64 = 2.0;
/// How often it may ask for memory.
const MOST_ALLOCATIONS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] => Ok(time()),
        ["--gate"] => gate(),
        ["--repeat", row, times] => repeat(row, times),
        _ => Err("usage: parse [--gate | --repeat MESSAGE/TASK/PARSER TIMES]".into()),
    };
    match done {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("parse: {reason}");
            ExitCode::from(2)
        }
    }
}

fn time() -> ExitCode {
    let mut rows = rows();
    for _ in 0..SAMPLES {
        for row in &mut rows {
            let sample = sample(&row.octets, row.work);
            row.nanoseconds.push(sample);
        }
    }
    println!(
        "{:<10}{:<8}{:<8}{:>8}{:>8}{:>8}{:>8}",
        "message", "task", "parser", "min ns", "med ns", "allocs", "x floor"
    );
    for pair in rows.chunks_mut(2) {
        pair.iter_mut().for_each(|row| row.nanoseconds.sort_by(f64::total_cmp));
        let floor = pair[0].nanoseconds[0];
        for row in pair {
            let (minimum, median) = (row.nanoseconds[0], row.nanoseconds[SAMPLES / 2]);
            let allocations = row.allocations();
            let ratio = minimum / floor;
            println!(
                "{:<10}{:<8}{:<8}{minimum:>8.0}{median:>8.0}{allocations:>8}{ratio:>8.2}",
                row.message, row.task, row.parser
            );
        }
    }
    ExitCode::SUCCESS
}

fn gate() -> Result<ExitCode, String> {
    let (floor, ours) = (instructions::each("REGISTER/typed/floor")?, instructions::each("REGISTER/typed/sip")?);
    let allocations = row("REGISTER/typed/sip")?.allocations();
    let ratio = ours / floor;
    println!(
        "typed REGISTER: {ours:.0} instructions, the floor {floor:.0}: {ratio:.2} times, {MOST_INSTRUCTIONS} at most"
    );
    println!("typed REGISTER: {allocations} allocations, {MOST_ALLOCATIONS} at most");
    let is_within = ratio <= MOST_INSTRUCTIONS && allocations <= MOST_ALLOCATIONS;
    Ok(if is_within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn repeat(name: &str, times: &str) -> Result<ExitCode, String> {
    let (row, times): (Row, u64) = (row(name)?, times.parse().map_err(|error| format!("{times}: {error}"))?);
    for _ in 0..times {
        (row.work)(black_box(&row.octets));
    }
    Ok(ExitCode::SUCCESS)
}

fn row(name: &str) -> Result<Row, String> {
    let is_named = |row: &Row| format!("{}/{}/{}", row.message, row.task, row.parser) == name;
    rows().into_iter().find(is_named).ok_or_else(|| format!("there is no row {name}"))
}

fn rows() -> Vec<Row> {
    let messages = [("REGISTER", messages::register()), ("INVITE", messages::invite()), ("200", messages::ok())];
    let works: [(&str, &str, Work); 6] = [
        ("index", "floor", floor_index),
        ("index", "sip", sip_index),
        ("typed", "floor", floor_typed),
        ("typed", "sip", sip_typed),
        ("framed", "floor", floor_typed),
        ("framed", "sip", sip_framed),
    ];
    let mut rows = Vec::new();
    for (message, octets) in messages {
        let octets = Bytes::from(octets);
        // Shared once here, so that no parser is charged for it.
        let _shared = octets.clone();
        for (task, parser, work) in works {
            rows.push(Row { message, task, parser, octets: octets.clone(), work, nanoseconds: Vec::new() });
        }
    }
    rows
}

/// Nanoseconds for one message, over one sample.
fn sample(octets: &Bytes, work: Work) -> f64 {
    let (mut messages, start) = (0u32, Instant::now());
    while start.elapsed() < SAMPLE {
        for _ in 0..64 {
            work(black_box(octets));
        }
        messages += 64;
    }
    start.elapsed().as_nanos() as f64 / f64::from(messages)
}

fn floor_index(octets: &Bytes) {
    let index = floor::Index::parse(octets).expect("a good message");
    black_box((index.start_line, index.body));
}

fn floor_typed(octets: &Bytes) {
    let index = floor::Index::parse(octets).expect("a good message");
    let field = |name| index.first(name).expect("a good message");
    black_box((index.start_line, index.body));
    let (from, to, contact) = (field(floor::Name::From), field(floor::Name::To), field(floor::Name::Contact));
    black_box((floor::parameter(from, b"tag"), floor::host(from), floor::parameter(to, b"tag")));
    black_box((field(floor::Name::CallId), floor::cseq(field(floor::Name::CSeq)), floor::host(contact)));
    black_box((floor::parameter(field(floor::Name::Via), b"branch"), index.first(floor::Name::ProxyAuthorization)));
}

fn sip_index(octets: &Bytes) {
    black_box(Message::parse(octets.clone()).expect("a good message"));
}

fn sip_typed(octets: &Bytes) {
    let message = Message::parse(octets.clone()).expect("a good message");
    typed(message.headers());
    black_box(message);
}

/// As a connection does it: read into a buffer, cut, parse.
fn sip_framed(octets: &Bytes) {
    let mut framer = sip::transport::StreamFramer::new();
    framer.push(octets);
    let Some(sip::transport::Frame::Message(message)) = framer.next_frame() else { panic!("a good message") };
    typed(message.headers());
    black_box((message, framer));
}

fn host<'a>(address: &NameAddr<'a>) -> &'a [u8] {
    address.uri().expect("a good URI").as_sip().expect("a SIP URI").host_bytes()
}

fn typed(headers: &Headers) {
    let (from, to) = (headers.from().expect("a good From"), headers.to().expect("a good To"));
    black_box((from.tag(), host(&from), to.tag()));
    black_box((headers.call_id().expect("a good Call-ID"), headers.cseq().expect("a good CSeq")));
    black_box(headers.via().expect("a good Via").branch());
    let contact = headers.contact().expect("a good Contact").expect("a Contact");
    black_box(host(&contact));
    black_box(headers.proxy_authorization().next().transpose().expect("good credentials"));
}
