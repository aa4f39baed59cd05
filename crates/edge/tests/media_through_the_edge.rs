//! Descriptions on their way through one half of the edge: what leaves it, what its relay is told, and when it is told
//! to end (RFC 3264; rows MED-3 and MED-4).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ringbearer_edge::media::{
    Direction::{self, Inwards, Outwards},
    MediaError, MediaEvent, MediaPlane, MediaRefusal, MediaSessions, OpenedStream, PeerMedia, Role, Side, StreamId,
    StreamPlan, StreamStatistics,
};
use ringbearer_edge::{FlowToken, Now};
use sip::message::Message;
use token::UnixTime;

/// A plane that notes what it is told.
#[derive(Default)]
struct Plane {
    open: BTreeMap<u64, BTreeMap<&'static str, PeerMedia>>,
    last: u64,
    limit: Option<usize>,
    heard: Option<Instant>,
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Phone => "phone",
        Side::Traversal => "traversal",
        Side::Inside => "inside",
    }
}

impl MediaPlane for Plane {
    fn open(&mut self, _plan: StreamPlan) -> Result<OpenedStream, MediaError> {
        if self.limit.is_some_and(|limit| self.open.len() >= limit) {
            return Err(MediaError::PortsExhausted);
        }
        self.last += 1;
        self.open.insert(self.last, BTreeMap::new());
        let port = 36_000 + self.last as u16 * 10;
        let local = [("203.0.113.5", port), ("198.51.100.5", port + 2)];
        let local = local.map(|(ip, port)| (ip.parse::<IpAddr>().unwrap(), port));
        Ok(OpenedStream { stream: StreamId(self.last), local })
    }

    fn update(&mut self, stream: StreamId, side: Side, peer: PeerMedia) {
        self.open.get_mut(&stream.0).unwrap().insert(name(side), peer);
    }

    fn last_heard(&self, _stream: StreamId) -> Option<Instant> {
        self.heard
    }

    fn close(&mut self, stream: StreamId) -> StreamStatistics {
        self.open.remove(&stream.0).unwrap();
        StreamStatistics::default()
    }
}

/// One half of the edge.
struct Half {
    sessions: MediaSessions,
    plane: Plane,
    start: Instant,
    after: Duration,
    phone: FlowToken,
}

impl Half {
    fn new(role: Role) -> Self {
        Self {
            sessions: MediaSessions::new(role, [7; 32]),
            plane: Plane::default(),
            start: Instant::now(),
            after: Duration::ZERO,
            phone: FlowToken::from("phone"),
        }
    }

    fn now(&self) -> Now {
        Now { monotonic: self.start + self.after, unix: UnixTime(1_800_000_000) }
    }

    fn pass(&mut self, direction: Direction, message: &str) -> Result<Option<String>, MediaRefusal> {
        let message = Message::parse(message.to_owned().into()).unwrap();
        let body = self.sessions.rewrite(self.now(), &self.phone, direction, &message, &mut self.plane)?;
        Ok(body.map(|body| String::from_utf8(body.to_vec()).unwrap()))
    }

    /// The ports of the body that leaves.
    fn ports(&mut self, direction: Direction, message: &str) -> Vec<u16> {
        let body = self.pass(direction, message).unwrap().unwrap();
        let lines = body.lines().filter(|line| line.starts_with("m="));
        lines.map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect()
    }

    fn streams(&self) -> usize {
        self.plane.open.len()
    }

    fn peer(&self, stream: u64, side: &str) -> &PeerMedia {
        &self.plane.open[&stream][side]
    }

    fn wait(&mut self, seconds: u64) {
        self.after += Duration::from_secs(seconds);
        let now = self.now();
        self.sessions.handle_timeout(now, &mut self.plane);
    }
}

/// A key of 30 octets that differs by its letter.
fn crypto(tag: u32, letter: char) -> String {
    format!("a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:{}", String::from(letter).repeat(40))
}

fn sdp(address: &str, streams: &[(&str, u16, &[String])]) -> String {
    let mut body = format!("v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n");
    for (kind, port, keys) in streams {
        body += &format!("m={kind} {port} RTP/SAVP 0\r\n");
        keys.iter().for_each(|key| body += &format!("{key}\r\n"));
    }
    body
}

fn audio(address: &str, port: u16, keys: &[String]) -> String {
    sdp(address, &[("audio", port, keys)])
}

fn request(method: &str, sequence: u32, to_tag: &str, body: &str) -> String {
    let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:bob@inside.example SIP/2.0\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@inside.example>;tag=caller\r\nTo: <sip:bob@inside.example>{to_tag}\r\nCall-ID: call-1\r\n\
         CSeq: {sequence} {method}\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn response(status: u16, method: &str, sequence: u32, to_tag: &str, body: &str) -> String {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 {status} Reason\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK1\r\n\
         From: <sip:alice@inside.example>;tag=caller\r\nTo: <sip:bob@inside.example>;tag={to_tag}\r\nCall-ID: call-1\r\n\
         CSeq: {sequence} {method}\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn keys(peer: &PeerMedia) -> Vec<u8> {
    // Base64 of a letter repeated: the first octet tells which.
    peer.crypto.iter().map(|crypto| crypto.key.key()[0]).collect()
}

const A: u8 = 0x00;
const B: u8 = 0x04;
const C: u8 = 0x08;
const D: u8 = 0x0c;

fn call(half: &mut Half, caller: Direction) {
    let callee = if caller == Inwards { Outwards } else { Inwards };
    half.pass(caller, &request("INVITE", 1, "", &audio("10.0.0.1", 4_000, &[crypto(1, 'A'), crypto(2, 'C')]))).unwrap();
    half.pass(callee, &response(200, "INVITE", 1, "b", &audio("10.9.9.9", 5_000, &[crypto(1, 'B')]))).unwrap();
    half.pass(caller, &request("ACK", 1, "b", "")).unwrap();
}

#[test]
fn a_call_from_outside_is_led_through_e_and_ends_with_its_bye() {
    let mut e = Half::new(Role::ExpresswayE);
    let offer = audio("10.0.0.1", 4_000, &[crypto(1, 'A'), crypto(2, 'C')]);
    let out = e.pass(Inwards, &request("INVITE", 1, "", &offer)).unwrap().unwrap();
    assert!(
        out.starts_with("v=0\r\no=- 1 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\n"),
        "{out}"
    );
    assert!(out.contains("\r\nm=audio 36012 RTP/SAVP 0\r\n"), "{out}");
    assert_eq!(out.matches("\r\na=crypto:").count(), 2);
    assert_eq!(out.matches("\r\na=x-ringbearer-opener:").count(), 1);
    assert_eq!(keys(e.peer(1, "phone")), [A, C]);
    let traversal = e.peer(1, "traversal");
    assert!(traversal.opener.is_some() && traversal.crypto.is_empty() && traversal.rtp.ip().is_unspecified());

    let answer = audio("10.9.9.9", 5_000, &[crypto(1, 'B'), "a=x-ringbearer-opener:AAAA".into()]);
    let out = e.pass(Outwards, &response(200, "INVITE", 1, "b", &answer)).unwrap().unwrap();
    assert!(out.contains("c=IN IP4 203.0.113.5\r\n") && out.contains("\r\nm=audio 36010 RTP/SAVP 0\r\n"), "{out}");
    assert!(!out.contains("opener"), "{out}");
    assert_eq!((keys(e.peer(1, "phone")), keys(e.peer(1, "traversal"))), (vec![A], vec![B]));
    // The answer repeated changes nothing.
    assert_eq!(e.ports(Outwards, &response(200, "INVITE", 1, "b", &answer)), [36_010]);
    assert_eq!((keys(e.peer(1, "phone")), keys(e.peer(1, "traversal")), e.streams()), (vec![A], vec![B], 1));

    assert_eq!(e.pass(Outwards, &request("BYE", 2, "b", "")), Ok(None));
    assert_eq!(e.streams(), 1);
    assert_eq!(e.pass(Inwards, &response(200, "BYE", 2, "b", "")), Ok(None));
    assert_eq!((e.streams(), e.sessions.calls(), e.sessions.next_timeout()), (0, 0, None));
    let Some(MediaEvent::Ended { call_id, streams }) = e.sessions.poll_event() else { panic!("no event") };
    assert_eq!((call_id.as_str(), streams.len()), ("call-1", 1));
}

#[test]
fn c_takes_the_opener_from_the_traversal_alone() {
    let mut c = Half::new(Role::ExpresswayC);
    let opener = "a=x-ringbearer-opener:BwcHBwcHBwcHBwcHBwcHBw==".to_owned();
    let offer = audio("203.0.113.5", 36_010, &[crypto(1, 'A'), opener.clone()]);
    let out = c.pass(Inwards, &request("INVITE", 1, "", &offer)).unwrap().unwrap();
    assert!(!out.contains("opener"), "{out}");
    assert_eq!(c.peer(1, "traversal").opener.as_ref().map(|key| key.0), Some([7; 16]));
    assert_eq!(c.peer(1, "traversal").rtp, "203.0.113.5:36010".parse().unwrap());
    let out = c.pass(Outwards, &response(200, "INVITE", 1, "b", &audio("10.9.9.9", 5_000, &[crypto(1, 'B'), opener])));
    assert!(!out.unwrap().unwrap().contains("opener"));
    assert_eq!(c.peer(1, "inside").opener, None);
    assert_eq!((c.peer(1, "inside").rtp, c.peer(1, "inside").rtcp.port()), ("10.9.9.9:5000".parse().unwrap(), 5_001));
    assert_eq!(c.peer(1, "traversal").opener.as_ref().map(|key| key.0), Some([7; 16]));
}

#[test]
fn a_delayed_offer_is_answered_in_ack_or_prack() {
    for (caller, callee) in [(Inwards, Outwards), (Outwards, Inwards)] {
        let mut e = Half::new(Role::ExpresswayE);
        assert_eq!(e.pass(caller, &request("INVITE", 1, "", "")), Ok(None));
        let offer = audio("10.9.9.9", 5_000, &[crypto(1, 'A'), crypto(2, 'C')]);
        e.pass(callee, &response(200, "INVITE", 1, "b", &offer)).unwrap().unwrap();
        assert_eq!(e.streams(), 1);
        let wrong = audio("10.0.0.1", 4_000, &[crypto(9, 'B')]);
        assert!(e.pass(caller, &request("ACK", 1, "b", &wrong)).is_err());
        e.pass(callee, &response(200, "INVITE", 1, "b", &offer)).unwrap().unwrap();
        e.pass(caller, &request("ACK", 1, "b", &audio("10.0.0.1", 4_000, &[crypto(2, 'B')]))).unwrap().unwrap();
        let (offerer, answerer) = if caller == Inwards { ("traversal", "phone") } else { ("phone", "traversal") };
        assert_eq!((keys(e.peer(1, offerer)), keys(e.peer(1, answerer))), (vec![C], vec![B]));
    }
    let mut e = Half::new(Role::ExpresswayE);
    e.pass(Inwards, &request("INVITE", 1, "", "")).unwrap();
    e.pass(Outwards, &response(183, "INVITE", 1, "b", &audio("10.9.9.9", 5_000, &[crypto(1, 'A')]))).unwrap().unwrap();
    e.pass(Inwards, &request("PRACK", 2, "b", &audio("10.0.0.1", 4_000, &[crypto(1, 'B')]))).unwrap().unwrap();
    assert_eq!(e.pass(Outwards, &response(200, "PRACK", 2, "b", "")), Ok(None));
    assert_eq!(e.pass(Outwards, &response(200, "INVITE", 1, "b", "")), Ok(None));
    assert_eq!((keys(e.peer(1, "traversal")), keys(e.peer(1, "phone"))), (vec![A], vec![B]));
}

#[test]
fn early_answers_of_a_fork_are_all_verified_until_one_is_confirmed() {
    let mut c = Half::new(Role::ExpresswayC);
    c.pass(Inwards, &request("INVITE", 1, "", &audio("203.0.113.5", 36_010, &[crypto(1, 'A')]))).unwrap();
    for (tag, address, key) in [("x", "10.0.0.2", 'B'), ("y", "10.0.0.3", 'C')] {
        let ports = c.ports(Outwards, &response(183, "INVITE", 1, tag, &audio(address, 5_000, &[crypto(1, key)])));
        assert_eq!(ports, [36_010]);
    }
    assert_eq!(keys(c.peer(1, "inside")), [B, C]);
    assert_eq!(c.peer(1, "inside").rtp, "10.0.0.3:5000".parse().unwrap());
    // The 200 of the first repeats no description.
    c.pass(Outwards, &response(200, "INVITE", 1, "x", "")).unwrap();
    assert_eq!(keys(c.peer(1, "inside")), [B]);
    assert_eq!(c.peer(1, "inside").rtp, "10.0.0.2:5000".parse().unwrap());
    // The other dialog is confirmed, too, and ended by its caller: the call goes on.
    c.pass(Outwards, &response(200, "INVITE", 1, "y", "")).unwrap();
    c.pass(Inwards, &request("BYE", 2, "y", "")).unwrap();
    c.pass(Outwards, &response(200, "BYE", 2, "y", "")).unwrap();
    c.wait(100);
    assert_eq!(c.streams(), 1);
    c.pass(Inwards, &request("BYE", 2, "x", "")).unwrap();
    c.pass(Outwards, &response(481, "BYE", 2, "x", "")).unwrap();
    assert_eq!(c.streams(), 0);
}

#[test]
fn hold_new_keys_and_a_refused_offer_keep_the_ports() {
    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Inwards);
    let hold = audio("0.0.0.0", 5_000, &[crypto(1, 'D')]);
    let out = e.pass(Outwards, &request("INVITE", 7, "b", &hold)).unwrap().unwrap();
    assert!(out.contains("c=IN IP4 0.0.0.0\r\n") && out.contains("m=audio 36010 "), "{out}");
    assert_eq!(keys(e.peer(1, "traversal")), [D, B]);
    e.pass(Inwards, &response(491, "INVITE", 7, "b", "")).unwrap();
    assert_eq!((keys(e.peer(1, "traversal")), e.streams()), (vec![B], 1));
    e.pass(Outwards, &request("UPDATE", 8, "b", &hold)).unwrap();
    assert_eq!(
        e.ports(Inwards, &response(200, "UPDATE", 8, "b", &audio("10.0.0.1", 4_000, &[crypto(1, 'C')]))),
        [36_012]
    );
    assert_eq!((keys(e.peer(1, "traversal")), keys(e.peer(1, "phone"))), (vec![D], vec![C]));
    assert!(e.peer(1, "traversal").rtp.ip().is_unspecified());
    assert_eq!(e.streams(), 1);
}

#[test]
fn streams_come_and_go_in_their_places() {
    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Inwards);
    let both = |audio: u16, video: u16| {
        sdp("10.0.0.1", &[("audio", audio, &[crypto(1, 'A')]), ("video", video, &[crypto(1, 'C')])])
    };
    let answered = |audio: u16, video: u16| {
        sdp("10.9.9.9", &[("audio", audio, &[crypto(1, 'B')]), ("video", video, &[crypto(1, 'D')])])
    };
    assert_eq!(e.ports(Inwards, &request("INVITE", 2, "b", &both(4_000, 4_002))), [36_012, 36_022]);
    assert_eq!(e.ports(Outwards, &response(200, "INVITE", 2, "b", &answered(5_000, 5_002))), [36_010, 36_020]);
    // Video ends: offered with port zero, so it is over when that is answered, whatever the answer says.
    assert_eq!(e.ports(Inwards, &request("INVITE", 3, "b", &both(4_000, 0))), [36_012, 0]);
    assert_eq!(e.streams(), 2);
    assert_eq!(e.ports(Outwards, &response(200, "INVITE", 3, "b", &answered(5_000, 5_002))), [36_010, 0]);
    assert_eq!(e.streams(), 1);
    // It comes again, and is refused by the answerer.
    assert_eq!(e.ports(Inwards, &request("INVITE", 4, "b", &both(4_000, 4_002))), [36_012, 36_032]);
    assert_eq!(e.ports(Outwards, &response(200, "INVITE", 4, "b", &answered(5_000, 0))), [36_010, 0]);
    assert_eq!(e.streams(), 1);
}

#[test]
fn med_3_what_is_not_srtp_with_a_usable_key_is_refused() {
    let good = audio("10.0.0.1", 4_000, &[crypto(1, 'A')]);
    let rows = [
        good.replace("RTP/SAVP", "RTP/AVP"),
        good.replace("RTP/SAVP", "RTP/AVPF"),
        good.replace("RTP/SAVP", "UDP/TLS/RTP/SAVP"),
        good.replace("RTP/SAVP", "TCP/RTP/SAVP"),
        audio("10.0.0.1", 4_000, &[]),
        good.replace("_80", "_96"),
        good.replace("AAAA\r\n", "AAAA UNENCRYPTED_SRTP\r\n"),
        good.replace("AAAA\r\n", "AAAA UNENCRYPTED_SRTCP\r\n"),
        good.replace("AAAA\r\n", "AAAA UNAUTHENTICATED_SRTP\r\n"),
        good.replace("AAAA\r\n", "AA\r\n"),
        good.replace(" 4000 ", " 4000/2 "),
        good.replace("IP4 10.0.0.1", "IP4 224.0.0.1"),
        good.replace("c=IN IP4 10.0.0.1", "c=IN IP4 phone.example"),
        good.replace("m=audio", "m=audio 9 RTP/AVP 0\r\nm=audio"),
        good.replace("m=audio 4000 RTP/SAVP", "m=application 5000 UDP/BFCP"),
        good.replace("v=0", "v=1"),
        sdp("10.0.0.1", &[("audio", 4_000, &[crypto(1, 'A')][..]); 33]),
    ];
    for offer in rows {
        for role in [Role::ExpresswayE, Role::ExpresswayC] {
            let mut half = Half::new(role);
            let refused = half.pass(Inwards, &request("INVITE", 1, "", &offer));
            assert!(matches!(refused, Err(MediaRefusal::NotAcceptable(_))), "{offer} {refused:?}");
            assert!(!format!("{refused:?}").contains("AAAA"), "{refused:?}");
            assert_eq!((half.streams(), half.sessions.calls()), (0, 0), "{offer}");
        }
    }
    let mut e = Half::new(Role::ExpresswayE);
    let parts = request("INVITE", 1, "", &good).replace("application/sdp", "multipart/mixed;boundary=x");
    assert!(e.pass(Inwards, &parts).is_err());
    let encoded = request("INVITE", 1, "", &good).replace("Content-Type", "Content-Encoding: gzip\r\nContent-Type");
    assert!(e.pass(Inwards, &encoded).is_err());
    assert!(e.pass(Inwards, &request("UPDATE", 1, "b", &good)).is_err());
    assert_eq!((e.streams(), e.sessions.calls()), (0, 0));
    assert_eq!(
        e.ports(Inwards, &request("INVITE", 1, "", &sdp("10.0.0.1", &[("audio", 4_000, &[crypto(1, 'A')][..]); 32])))
            .len(),
        32
    );
}

#[test]
fn med_3_an_answer_that_weakens_the_offer_ends_the_call() {
    let good = audio("10.9.9.9", 5_000, &[crypto(1, 'B')]);
    let rows = [
        good.replace("RTP/SAVP", "RTP/AVP"),
        audio("10.9.9.9", 5_000, &[]),
        audio("10.9.9.9", 5_000, &[crypto(1, 'A')]),
        audio("10.9.9.9", 5_000, &[crypto(3, 'B')]),
        audio("10.9.9.9", 5_000, &[crypto(1, 'B'), crypto(2, 'D')]),
        good.replace("_80", "_32"),
        format!("{good}m=audio 9 RTP/SAVP 0\r\n"),
    ];
    for answer in rows {
        let mut e = Half::new(Role::ExpresswayE);
        e.pass(Inwards, &request("INVITE", 1, "", &audio("10.0.0.1", 4_000, &[crypto(1, 'A'), crypto(2, 'C')])))
            .unwrap();
        let refused = e.pass(Outwards, &response(200, "INVITE", 1, "b", &answer));
        assert!(matches!(refused, Err(MediaRefusal::NotAcceptable(_))), "{answer}");
        assert_eq!(e.streams(), 0, "{answer}");
    }
}

#[test]
fn med_4_ports_and_calls_are_bounded_and_a_refused_offer_takes_none() {
    let two = sdp("10.0.0.1", &[("audio", 4_000, &[crypto(1, 'A')]), ("video", 4_002, &[crypto(1, 'C')])]);
    let mut e = Half::new(Role::ExpresswayE);
    e.plane.limit = Some(1);
    assert_eq!(e.pass(Inwards, &request("INVITE", 1, "", &two)), Err(MediaRefusal::PortsExhausted));
    assert_eq!((e.streams(), e.sessions.calls()), (0, 0));
    e.plane.limit = None;
    let invite =
        |number: usize, body: &str| request("INVITE", 1, "", body).replace("call-1", &format!("call-{number}"));
    for number in 0..16 {
        e.pass(Inwards, &invite(number, &two)).unwrap();
    }
    assert_eq!(e.pass(Inwards, &invite(16, &two)), Err(MediaRefusal::PortsExhausted));
    e.phone = FlowToken::from("another");
    e.pass(Inwards, &invite(16, &two)).unwrap();
    let many = sdp("10.0.0.1", &[("audio", 4_000, &[crypto(1, 'A')][..]); 32]);
    e.phone = FlowToken::from("a third");
    e.pass(Inwards, &invite(1, &many)).unwrap();
    e.pass(Inwards, &invite(2, &many)).unwrap();
    assert_eq!(e.pass(Inwards, &invite(3, &two)), Err(MediaRefusal::PortsExhausted));
    assert_eq!(e.streams(), 32 + 2 + 64);
    e.wait(601);
    assert_eq!((e.streams(), e.sessions.calls()), (0, 0));
}

#[test]
fn med_4_an_edge_that_is_not_its_owners_aims_media_at_nobody() {
    let mut c = Half::new(Role::ExpresswayC);
    c.sessions.expect_from("203.0.113.5".parse().unwrap());
    let invite = |address: &str| request("INVITE", 1, "", &audio(address, 36_010, &[crypto(1, 'A')]));
    let refusal = MediaRefusal::NotAcceptable("a stream from Expressway-E has the address of another host".into());
    for another in ["10.0.0.9", "203.0.113.6", "198.51.100.5"] {
        assert_eq!(c.pass(Inwards, &invite(another)), Err(refusal.clone()));
        assert_eq!((c.streams(), c.sessions.calls()), (0, 0));
    }
    // Nor in an answer, nor with new addresses in a call; the inside may be anywhere, and who is on hold nowhere.
    c.pass(Outwards, &request("INVITE", 1, "", &audio("10.9.9.9", 5_000, &[crypto(1, 'B')]))).unwrap();
    let answer = |address: &str| response(200, "INVITE", 1, "b", &audio(address, 36_010, &[crypto(1, 'A')]));
    assert_eq!(c.pass(Inwards, &answer("10.0.0.9")), Err(refusal.clone()));
    assert_eq!(c.streams(), 0);
    let mut c = Half::new(Role::ExpresswayC);
    c.sessions.expect_from("203.0.113.5".parse().unwrap());
    c.pass(Inwards, &invite("203.0.113.5")).unwrap();
    c.pass(Outwards, &response(200, "INVITE", 1, "b", &audio("10.9.9.9", 5_000, &[crypto(1, 'B')]))).unwrap();
    let again = |address: &str| request("INVITE", 2, "b", &audio(address, 36_010, &[crypto(1, 'A')]));
    assert_eq!(c.pass(Inwards, &again("10.0.0.9")), Err(refusal));
    assert_eq!(c.peer(1, "traversal").rtp, "203.0.113.5:36010".parse().unwrap());
    c.pass(Inwards, &again("0.0.0.0")).unwrap();
}

#[test]
fn what_never_ends_by_signalling_ends_by_time() {
    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Inwards);
    // The flow goes, packets still come; then they cease.
    let (now, phone) = (e.now(), e.phone.clone());
    e.sessions.flow_closed(now, &phone);
    e.plane.heard = Some(now.monotonic + Duration::from_secs(30));
    e.wait(61);
    assert_eq!(e.streams(), 1);
    e.wait(30);
    assert_eq!(e.streams(), 0);

    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Outwards);
    e.wait(7_199);
    assert_eq!(e.streams(), 1);
    e.wait(2);
    assert_eq!(e.streams(), 0);

    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Inwards);
    e.pass(Inwards, &request("BYE", 2, "b", "")).unwrap();
    e.wait(33);
    assert_eq!(e.streams(), 0);

    // A re-INVITE that is cancelled does not end the call.
    let mut e = Half::new(Role::ExpresswayE);
    call(&mut e, Inwards);
    e.pass(Inwards, &request("INVITE", 2, "b", &audio("10.0.0.1", 4_000, &[crypto(1, 'D')]))).unwrap();
    e.pass(Inwards, &request("CANCEL", 2, "b", "")).unwrap();
    e.pass(Outwards, &response(487, "INVITE", 2, "b", "")).unwrap();
    e.wait(600);
    assert_eq!((e.streams(), keys(e.peer(1, "phone"))), (1, vec![A]));
}

#[test]
fn a_cancel_that_comes_after_the_answer_ends_nothing() {
    for (caller, callee) in [(Inwards, Outwards), (Outwards, Inwards)] {
        let mut e = Half::new(Role::ExpresswayE);
        let offer = audio("10.0.0.1", 4_000, &[crypto(1, 'A')]);
        e.pass(caller, &request("INVITE", 1, "", &offer)).unwrap();
        e.pass(callee, &response(200, "INVITE", 1, "b", &audio("10.9.9.9", 5_000, &[crypto(1, 'B')]))).unwrap();
        // The two crossed: RFC 3261 §9.1, the request has no effect.
        e.pass(caller, &request("CANCEL", 1, "", "")).unwrap();
        e.pass(callee, &response(481, "CANCEL", 1, "b", "")).unwrap();
        e.pass(caller, &request("ACK", 1, "b", "")).unwrap();
        e.wait(33);
        assert_eq!(e.streams(), 1);
        // Nor does the cancelling of a re-INVITE whose answer never comes.
        e.pass(caller, &request("INVITE", 2, "b", &audio("10.0.0.1", 4_000, &[crypto(1, 'D')]))).unwrap();
        e.pass(caller, &request("CANCEL", 2, "b", "")).unwrap();
        e.wait(33);
        assert_eq!(e.streams(), 1);
    }
}

#[test]
fn a_refused_or_cancelled_call_gives_its_ports_back() {
    for status in [407, 486, 487, 302] {
        let mut e = Half::new(Role::ExpresswayE);
        e.pass(Inwards, &request("INVITE", 1, "", &audio("10.0.0.1", 4_000, &[crypto(1, 'A')]))).unwrap();
        e.pass(Inwards, &request("CANCEL", 1, "", "")).unwrap();
        assert_eq!(e.pass(Outwards, &response(100, "INVITE", 1, "", "").replace(";tag=\r\n", "\r\n")), Ok(None));
        assert_eq!(e.streams(), 1);
        e.pass(Outwards, &response(status, "INVITE", 1, "b", "")).unwrap();
        assert_eq!((e.streams(), e.sessions.calls()), (0, 0), "{status}");
    }
}
