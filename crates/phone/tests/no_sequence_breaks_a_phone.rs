//! Whatever a server and a user do in whatever order: nothing panics, no timer runs in a circle, and every call
//! that began ends once.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ringbearer_phone::{CallId, Command, Event, Input};
use sip::message::{Message, Request};
use testkit::far_end::FarEnd;
use testkit::lone_phone::{LonePhone, registered};
use testkit::office::media;

/// xorshift64*, so that a failure has a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len().max(1))).copied()
    }
}

const STATUSES: [&str; 12] = [
    "100 Trying",
    "180 Ringing",
    "183 Session Progress",
    "200 OK",
    "202 Accepted",
    "401 Unauthorized",
    "407 Proxy Authentication Required",
    "422 Session Interval Too Small",
    "481 Call/Transaction Does Not Exist",
    "486 Busy Here",
    "491 Request Pending",
    "503 Service Unavailable",
];
const METHODS: [&str; 9] = ["INVITE", "ACK", "BYE", "UPDATE", "PRACK", "REFER", "NOTIFY", "INFO", "CANCEL"];
const EXTRAS: [&str; 11] = [
    "",
    "Require: 100rel\r\nRSeq: 1\r\n",
    "RAck: 1 1 INVITE\r\n",
    "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n",
    "Session-Expires: 90;refresher=uac\r\nAllow: UPDATE\r\n",
    "Min-SE: 4000\r\n",
    "Refer-To: <sip:1003@127.0.0.11>\r\n",
    "Event: refer\r\nSubscription-State: terminated\r\nContent-Type: message/sipfrag\r\n",
    "Replaces: far-1;to-tag=a;from-tag=b\r\n",
    "Proxy-Authenticate: Bearer realm=\"r\"\r\n",
    "Retry-After: 0\r\nExpires: 0\r\n",
];

/// What is under way between a phone and its server.
struct Play {
    phone: LonePhone,
    random: Random,
    far_ends: Vec<FarEnd>,
    requests: Vec<Request>,
    calls: BTreeMap<CallId, u32>,
}

impl Play {
    fn step(&mut self) {
        match self.random.below(8) {
            0 | 1 => self.user(),
            2..5 => self.respond(),
            5 | 6 => self.request(),
            _ => self.network(),
        }
        self.look();
    }

    fn user(&mut self) {
        let calls: Vec<CallId> = self.calls.iter().filter(|(_, ends)| **ends == 0).map(|(call, _)| *call).collect();
        let Some(call) = self.random.pick(&calls) else { return self.dial() };
        let with = self.random.pick(&calls).unwrap_or(call);
        let command = match self.random.below(9) {
            0 => return self.dial(),
            1 | 2 => Command::Answer { call, media: media(0) },
            3 => Command::Hold { call },
            4 => Command::Resume { call },
            5 => Command::Transfer { call, to: "1003".into() },
            6 => Command::Join { call, with },
            7 => Command::Follow { call, media: media(1) },
            _ => Command::HangUp { call },
        };
        self.phone.command(command);
    }

    fn dial(&mut self) {
        self.phone.command(Command::Dial { to: "1002".into(), media: media(0) });
    }

    fn respond(&mut self) {
        let requests: Vec<usize> = (0..self.requests.len()).collect();
        let Some(request) = self.random.pick(&requests).and_then(|index| self.requests.get(index).cloned()) else {
            return;
        };
        let mut far = FarEnd::called(&request);
        let body = match self.random.below(3) {
            0 if !request.body().is_empty() && request.method().as_str() == "INVITE" => far.answer(request.body()),
            1 => "v=0\r\n".into(),
            _ => String::new(),
        };
        let status = self.random.pick(&STATUSES).unwrap_or("200 OK");
        let extra = self.random.pick(&EXTRAS).unwrap_or_default();
        self.receive(far.response(&request, status, extra, &body));
        self.far_ends.push(far);
    }

    fn request(&mut self) {
        let method = self.random.pick(&METHODS).unwrap_or("BYE");
        let extra = self.random.pick(&EXTRAS).unwrap_or_default();
        let index = self.random.below(self.far_ends.len().max(1));
        let direction = self.random.pick(&[sdp::Direction::SendReceive, sdp::Direction::SendOnly]);
        let Some(far) = self.far_ends.get_mut(index) else {
            self.far_ends.push(FarEnd::calls(&mut self.phone, extra, index == 0).0);
            return;
        };
        let body = match (method, direction) {
            ("INVITE" | "UPDATE", Some(direction)) => far.offer(direction),
            ("NOTIFY", _) => "SIP/2.0 200 OK\r\n".into(),
            _ => String::new(),
        };
        let request = far.request(method, extra, &body);
        self.receive(request);
    }

    fn network(&mut self) {
        match self.random.below(6) {
            0 => self.phone.disconnected(),
            1 => self.phone.connected(),
            2 => self.phone.input(Input::AccessToken("token".into())),
            _ => {
                let seconds = self.random.below(40) as u64;
                self.phone.advance(Duration::from_secs(seconds));
            }
        }
    }

    fn receive(&mut self, message: String) {
        // What a test writes need not parse: then no phone sees it.
        if Message::parse(Bytes::from(message.clone())).is_ok() {
            self.phone.receive(message);
        }
    }

    /// Takes what the phone sent and told.
    fn look(&mut self) {
        for message in std::mem::take(&mut self.phone.sent) {
            if let Ok(Message::Request(request)) = Message::parse(Bytes::from(message)) {
                self.requests.push(request);
            }
        }
        for event in self.phone.seen() {
            match event {
                Event::Dialing { call, .. } | Event::Incoming { call, .. } => {
                    assert_eq!(self.calls.insert(call, 0), None, "{call:?} began twice");
                }
                Event::Ended { call, .. } => *self.calls.entry(call).or_default() += 1,
                _ => {}
            }
        }
    }
}

#[test]
fn every_call_that_began_ends_once() {
    for seed in 1..=200 {
        let mut phone = registered();
        let far = FarEnd::calls(&mut phone, "", true).0;
        let mut play =
            Play { phone, random: Random(seed), far_ends: vec![far], requests: Vec::new(), calls: BTreeMap::new() };
        play.look();
        for _ in 0..80 {
            play.step();
        }
        for call in play.calls.keys().copied().collect::<Vec<_>>() {
            play.phone.command(Command::HangUp { call });
        }
        // A cancelled call that nobody answers is given up after 64×T1.
        play.phone.advance(Duration::from_secs(70));
        play.look();
        assert!(play.calls.values().all(|ends| *ends == 1), "seed {seed}: {:?}", play.calls);
    }
}
