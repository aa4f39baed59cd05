//! Phones that do anything at any moment: whatever they did, no leg, timer, dialog or place on a line is left.
//!
//! Each seed is one sequence, the same in every run; a failure names it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Duration;

use directory::{DirectoryNumber, Object};
use ringbearer_callmanager::call::Redirected;
use ringbearer_callmanager::flow::FlowId;
use testkit::call_side::{CallSide, TestPhone};
use testkit::line_side::header;
use testkit::test_leg::{TestLeg, encrypted};

const STEPS: usize = 80;

/// How many sequences: few by default, more when the environment asks for them.
fn seeds() -> u64 {
    std::env::var("RINGBEARER_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(50)
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// One end of a dialog at a phone.
struct End {
    phone: usize,
    leg: TestLeg,
    /// Our last INVITE.
    invite: Option<String>,
    /// Requests of the node that are not answered yet.
    asked: Vec<String>,
}

struct Chaos {
    side: CallSide,
    phones: Vec<TestPhone>,
    ends: Vec<End>,
    random: Random,
    messages: usize,
}

const NUMBERS: [&str; 5] = ["1001", "1002", "1005", "1003", "1999"];

impl Chaos {
    fn new(seed: u64) -> Self {
        let mut side = CallSide::default();
        // 1002 also rings at Erin's phone, forwards when busy or unanswered, and 1005 forwards back.
        let mut device = side.line.node.directory.device("erinphone").unwrap().as_ref().clone();
        let shared = DirectoryNumber::new("1002").unwrap();
        device.lines.push(directory::LineAppearance::new(2, shared, testkit::cluster::contact_of("1002")));
        side.line.node.put(Object::Device(device));
        for (line, to) in [("1002", "1005"), ("1005", "1002")] {
            let mut line = side.line.node.directory.line(line).unwrap().as_ref().clone();
            (line.forward.busy, line.forward.no_answer) =
                (Some(DirectoryNumber::new(to).unwrap()), Some(DirectoryNumber::new("1001").unwrap()));
            line.forward.no_answer_seconds = 3;
            side.line.node.put(Object::Line(line));
        }
        let phones = [("CSFalice", "1001"), ("CSFbob", "1002"), ("erinphone", "1005")]
            .map(|(device, number)| side.register(device, number))
            .to_vec();
        Self { side, phones, ends: Vec::new(), random: Random(seed), messages: 0 }
    }

    fn send(&mut self, flow: FlowId, message: String) {
        self.messages += 1;
        self.side.send(flow, message);
    }

    fn description(&mut self) -> String {
        if self.random.one_in(6) {
            return String::new();
        }
        let letter = self.random.pick(&['A', 'B', 'C', 'D', 'E']);
        let direction = self.random.pick(&["sendrecv", "sendonly", "inactive"]);
        encrypted(4000 + self.random.below(100) as u16 * 2, letter, direction)
    }

    /// Something that a phone does of itself.
    fn act(&mut self) {
        match self.random.below(16) {
            0..=2 => self.dial(),
            3 | 4 => self.request("BYE", ""),
            5 => self.reinvite(),
            6 => self.cancel(),
            7 => self.request("INFO", ""),
            8 => {
                let description = self.description();
                self.request("UPDATE", &description);
            }
            9 | 14 | 15 => self.refer(),
            10 if self.random.one_in(4) => self.reconnect(),
            _ => {
                let wait = self.random.pick(&[1, 100, 600, 2_500, 4_000, 13_000]);
                self.side.advance(Duration::from_millis(wait));
                let phones = self.phones.clone();
                phones.iter().for_each(|phone| self.side.refresh(phone));
            }
        }
    }

    fn dial(&mut self) {
        let phone = self.random.below(self.phones.len());
        let number = self.random.pick(&NUMBERS);
        let mut leg = TestLeg::dial(&self.phones[phone], number);
        let description = self.description();
        let more = if self.random.one_in(5) { "Require: 100rel\r\n" } else { "" };
        let invite = leg.invite_with(more, &description);
        self.send(leg.flow, invite.clone());
        self.ends.push(End { phone, leg, invite: Some(invite), asked: Vec::new() });
    }

    fn some_end(&mut self) -> Option<usize> {
        (!self.ends.is_empty()).then(|| self.random.below(self.ends.len()))
    }

    fn request(&mut self, method: &str, body: &str) {
        let Some(end) = self.some_end() else { return };
        let message = self.ends[end].leg.request(method, "", body);
        self.send(self.ends[end].leg.flow, message);
    }

    fn reinvite(&mut self) {
        let (Some(end), description) = (self.some_end(), self.description()) else { return };
        let invite = self.ends[end].leg.invite(&description);
        self.ends[end].invite = Some(invite.clone());
        self.send(self.ends[end].leg.flow, invite);
    }

    fn cancel(&mut self) {
        let Some(end) = self.some_end() else { return };
        let Some(invite) = self.ends[end].invite.clone() else { return };
        let cancel = self.ends[end].leg.cancel(&invite);
        self.send(self.ends[end].leg.flow, cancel);
    }

    fn refer(&mut self) {
        let (Some(end), Some(other)) = (self.some_end(), self.some_end()) else { return };
        let number = self.random.pick(&NUMBERS);
        let tag = |value: &str| value.split(";tag=").nth(1).unwrap_or("none").to_owned();
        let replaces = match self.random.one_in(2) {
            true => String::new(),
            false => {
                let leg = &self.ends[other].leg;
                let call_id = leg.call_id.replace('@', "%40");
                format!("?Replaces={call_id}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", tag(&leg.remote), tag(&leg.local))
            }
        };
        let more = format!("Refer-To: <sip:{number}@127.0.0.11{replaces}>\r\n");
        let refer = self.ends[end].leg.request("REFER", &more, "");
        self.send(self.ends[end].leg.flow, refer);
    }

    fn reconnect(&mut self) {
        let phone = self.random.below(self.phones.len());
        self.side.disconnect(self.phones[phone].flow);
        if self.random.one_in(2) {
            self.side.advance(Duration::from_secs(1));
        }
        self.phones[phone] = self.side.register_again(&self.phones[phone].clone());
        for end in self.ends.iter_mut().filter(|end| end.phone == phone) {
            end.leg = end.leg.clone().moved_to(&self.phones[phone]);
            end.asked.clear();
        }
    }

    /// Takes what came, and answers some of it.
    fn react(&mut self, polite: bool) {
        for phone in 0..self.phones.len() {
            for message in self.side.take_all(self.phones[phone].flow) {
                self.take(phone, message);
            }
        }
        for end in 0..self.ends.len() {
            while let Some(request) = self.ends[end].asked.pop() {
                if !polite && self.random.one_in(3) {
                    self.ends[end].asked.insert(0, request);
                    break;
                }
                self.answer(end, &request, polite);
            }
        }
    }

    fn take(&mut self, phone: usize, message: String) {
        assert!(self.messages < 20_000, "messages without end");
        if message.starts_with("ACK ") {
            return;
        }
        let call_id = header(&message, "Call-ID").unwrap().to_owned();
        let known = self.ends.iter().position(|end| end.phone == phone && end.leg.call_id == call_id);
        if message.starts_with("SIP/2.0 ") {
            if let Some(end) = known {
                self.take_response(end, &message);
            }
            return;
        }
        let end = known.unwrap_or_else(|| {
            let leg = TestLeg::called(&self.phones[phone], &message);
            self.ends.push(End { phone, leg, invite: None, asked: Vec::new() });
            self.ends.len() - 1
        });
        self.ends[end].asked.push(message);
    }

    fn take_response(&mut self, end: usize, response: &str) {
        let cseq = header(response, "CSeq").unwrap();
        let code: u16 = response[8..11].parse().unwrap();
        if !cseq.ends_with(" INVITE") || code == 100 {
            return;
        }
        if code < 300 {
            self.ends[end].leg.learn(response);
        }
        let flow = self.ends[end].leg.flow;
        match code {
            101..=199 if response.contains("\r\nRSeq: ") && !self.random.one_in(4) => {
                let rack = format!("RAck: {} {cseq}\r\n", header(response, "RSeq").unwrap());
                let prack = self.ends[end].leg.request("PRACK", &rack, "");
                self.send(flow, prack);
            }
            200..=299 if !self.random.one_in(8) => {
                let has_offer = self.ends[end].invite.as_ref().is_some_and(|invite| invite.contains("application/sdp"));
                let answer =
                    if has_offer || self.random.one_in(5) { String::new() } else { encrypted(7000, 'X', "sendrecv") };
                self.ends[end].leg.invite_sequence = cseq.split(' ').next().unwrap().parse().unwrap();
                let ack = self.ends[end].leg.ack(&answer);
                self.send(flow, ack);
            }
            300.. => {
                if let Some(invite) =
                    self.ends[end].invite.clone().filter(|invite| header(invite, "CSeq") == Some(cseq))
                {
                    let ack = self.ends[end].leg.ack_refusal(&invite, response);
                    self.send(flow, ack);
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, end: usize, request: &str, polite: bool) {
        let flow = self.ends[end].leg.flow;
        let leg = self.ends[end].leg.clone();
        let response = match request.split(' ').next().unwrap() {
            "INVITE" if polite => leg.respond(request, "486 Busy Here", ""),
            "INVITE" => match self.random.below(14) {
                0 | 1 => {
                    // It rings on, and is answered later.
                    self.ends[end].asked.insert(0, request.to_owned());
                    self.random.one_in(2).then(|| self.ends[end].asked.pop());
                    leg.respond(request, "180 Ringing", "")
                }
                2 => {
                    self.ends[end].asked.insert(0, request.to_owned());
                    let rseq = self.random.below(3) + 1;
                    let answer = encrypted(5000, 'Y', "sendrecv");
                    leg.respond_with(
                        request,
                        "183 Session Progress",
                        &format!("Require: 100rel\r\nRSeq: {rseq}\r\n"),
                        &answer,
                    )
                }
                3 => {
                    leg.respond(request, self.random.pick(&["486 Busy Here", "603 Decline", "491 Request Pending"]), "")
                }
                4 => leg.respond(request, self.random.pick(&["481 Gone", "500 Oops", "401 Unauthorized"]), ""),
                5 => leg.respond(request, "302 Moved Temporarily", ""),
                _ => {
                    let letter = self.random.pick(&['Y', 'Z', 'A']);
                    let more = self.random.pick(&["", "Session-Expires: 1800;refresher=uac\r\n"]);
                    leg.respond_with(request, "200 OK", more, &encrypted(5000, letter, "sendrecv"))
                }
            },
            "UPDATE" if request.contains("application/sdp") => {
                leg.respond(request, "200 OK", &encrypted(5000, 'Y', "sendrecv"))
            }
            _ if polite => leg.respond(request, "200 OK", ""),
            _ => leg.respond(request, self.random.pick(&["200 OK", "200 OK", "200 OK", "481 Gone", "408 Late"]), ""),
        };
        self.send(flow, response);
    }

    /// Everybody hangs up and answers what comes.
    fn hang_up(&mut self) {
        for _ in 0..4 {
            for end in 0..self.ends.len() {
                let bye = self.ends[end].leg.request("BYE", "", "");
                self.send(self.ends[end].leg.flow, bye);
            }
            for _ in 0..4 {
                self.react(true);
                self.side.advance(Duration::from_millis(700));
            }
            self.side.advance(Duration::from_secs(20));
            let phones = self.phones.clone();
            phones.iter().for_each(|phone| self.side.refresh(phone));
        }
    }
}

#[test]
fn when_all_hang_up_in_the_end() {
    let (mut connected, mut transferred) = (0, 0);
    for seed in 0..seeds() {
        eprintln!("seed {seed}");
        let mut chaos = Chaos::new(seed);
        for _ in 0..STEPS {
            chaos.act();
            chaos.react(false);
        }
        chaos.hang_up();
        let phones = chaos.phones.clone();
        chaos.side.assert_nothing_left(&phones.iter().collect::<Vec<_>>());
        connected += chaos.side.records.iter().filter(|record| record.connect.is_some()).count();
        transferred +=
            chaos.side.records.iter().filter(|record| record.redirected == Some(Redirected::Transfer)).count();
    }
    assert!(connected > 100 && transferred > 5, "sequences that reach nothing: {connected}, {transferred}");
}

#[test]
fn when_all_connections_break_in_the_end() {
    for seed in 1_000_000..1_000_000 + seeds() {
        eprintln!("seed {seed}");
        let mut chaos = Chaos::new(seed);
        for _ in 0..STEPS {
            chaos.act();
            chaos.react(false);
        }
        for phone in chaos.phones.clone() {
            chaos.side.disconnect(phone.flow);
        }
        chaos.side.assert_nothing_left(&[]);
    }
}
