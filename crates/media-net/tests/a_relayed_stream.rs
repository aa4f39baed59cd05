//! The relay of one stream as a machine, without sockets: who is believed, where packets go, what is counted
//! (rows MED-1, MED-2 and MED-4).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use edge::media::{OpenerKey, PeerMedia, Side, SidePlan, StreamPlan, Trust};
use ringbearer_media_net::relay::{Component, DropReason, Opener, RelayStream, Verdict};
use rtp::{Header, SrtpSender, control};
use sdp::{CryptoAttribute, CryptoSuite, MasterKey};

use Component::{Rtcp, Rtp};

const OUTER: usize = 0;
const INNER: usize = 1;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn key(seed: u8) -> MasterKey {
    MasterKey::generate(CryptoSuite::AeadAes256Gcm, &mut |bytes| bytes.fill(seed))
}

fn peer(address: SocketAddr, seeds: &[u8], opener: Option<u8>) -> PeerMedia {
    let crypto = |seed: &u8| CryptoAttribute { tag: 1, key: key(*seed), lifetime: None };
    PeerMedia {
        rtp: address,
        rtcp: SocketAddr::new(address.ip(), address.port().saturating_add(1)),
        crypto: seeds.iter().map(crypto).collect(),
        opener: opener.map(|octet| OpenerKey([octet; 16])),
    }
}

fn nowhere() -> SocketAddr {
    address("0.0.0.0:0")
}

fn stream(outer: (Side, Trust), inner: (Side, Trust)) -> RelayStream {
    let plan = StreamPlan { sides: [outer, inner].map(|(side, trust)| SidePlan { side, trust }) };
    RelayStream::new(&plan, ["203.0.113.5".parse().unwrap(), "198.51.100.5".parse().unwrap()])
}

/// Expressway-E with the phone's key 1 and the far end's key 2.
fn outside(now: Instant) -> RelayStream {
    let mut stream = stream((Side::Phone, Trust::Authenticated), (Side::Traversal, Trust::Authenticated));
    stream.set_peer(now, Side::Phone, &peer(address("10.0.0.1:4000"), &[1], None));
    stream.set_peer(now, Side::Traversal, &peer(address("198.51.100.9:36000"), &[2], Some(7)));
    stream
}

/// Expressway-C.
fn inside(now: Instant) -> RelayStream {
    let mut stream = stream((Side::Traversal, Trust::Signalled), (Side::Inside, Trust::Signalled));
    stream.set_peer(now, Side::Traversal, &peer(address("198.51.100.5:36000"), &[1], Some(7)));
    stream.set_peer(now, Side::Inside, &peer(address("10.9.9.9:5000"), &[2], None));
    stream
}

struct Sender {
    srtp: SrtpSender,
    number: u16,
}

impl Sender {
    fn new(seed: u8) -> Self {
        Self { srtp: SrtpSender::new(&key(seed), None), number: 0 }
    }

    fn media(&mut self) -> Vec<u8> {
        self.number = self.number.wrapping_add(1);
        let header = Header { marker: false, payload_type: 0, sequence_number: self.number, timestamp: 0, source: 7 };
        let mut packet = Vec::new();
        header.write(&[0xd5; 160], &mut packet);
        self.srtp.protect(&packet).unwrap().to_vec()
    }

    fn report(&mut self) -> Vec<u8> {
        self.srtp.protect_control(&control::compound(7, None, &[], "a", false)).unwrap().to_vec()
    }
}

fn dropped(stream: &RelayStream, reason: DropReason) -> u64 {
    let statistics = stream.statistics();
    statistics.dropped.iter().find(|(code, _)| *code == reason.code()).map_or(0, |(_, count)| *count)
}

#[test]
fn each_component_learns_its_own_source_and_follows_it() {
    let now = Instant::now();
    let mut e = outside(now);
    let (mut phone, mut far) = (Sender::new(1), Sender::new(2));
    let (here, there) = (address("192.0.2.77:6000"), address("198.51.100.9:36000"));
    assert_eq!(e.receive(now, OUTER, Rtp, here, &phone.media()), Verdict::Dropped(DropReason::NoDestination));
    // The phone is where its packet came from, not where it says; the far end likewise.
    assert_eq!(e.receive(now, INNER, Rtp, there, &far.media()), Verdict::Forward(here));
    assert_eq!(e.receive(now, OUTER, Rtp, here, &phone.media()), Verdict::Forward(there));
    assert_eq!(e.receive(now, OUTER, Rtcp, here, &phone.report()), Verdict::Dropped(DropReason::NoDestination));
    let control = address("198.51.100.9:36001");
    assert_eq!(e.receive(now, INNER, Rtcp, control, &far.report()), Verdict::Forward(here));
    assert_eq!(e.receive(now, OUTER, Rtcp, here, &phone.report()), Verdict::Forward(control));
    // Reports on the media port, of peers that agreed on one port for both (RFC 5761).
    assert_eq!(e.receive(now, OUTER, Rtp, here, &phone.report()), Verdict::Forward(there));

    let late = phone.media();
    let moved = address("192.0.2.78:7000");
    assert_eq!(e.receive(now, OUTER, Rtp, moved, &phone.media()), Verdict::Forward(there));
    assert_eq!(e.receive(now, INNER, Rtp, there, &far.media()), Verdict::Forward(moved));
    // A packet from before the move arrives after it: it goes on, and moves nothing back.
    assert_eq!(e.receive(now, OUTER, Rtp, here, &late), Verdict::Forward(there));
    assert_eq!(e.receive(now, INNER, Rtp, there, &far.media()), Verdict::Forward(moved));
    let statistics = e.statistics();
    assert_eq!((statistics.packets, statistics.dropped), ([5, 4], vec![("no_destination", 2)]));
    assert_eq!(statistics.octets[INNER], 3 * (12 + 160 + 16) + far.report().len() as u64);
    assert_eq!(statistics.suites, [Some(CryptoSuite::AeadAes256Gcm); 2]);
    assert_eq!(e.last_heard(), Some(now));
}

#[test]
fn med_1_a_hundred_thousand_forged_packets_change_nothing_and_the_good_ones_pass() {
    let now = Instant::now();
    let mut e = outside(now);
    let (mut phone, mut far) = (Sender::new(1), Sender::new(2));
    let (here, there) = (address("192.0.2.77:6000"), address("198.51.100.9:36000"));
    e.receive(now, OUTER, Rtp, here, &phone.media());
    e.receive(now, INNER, Rtp, there, &far.media());
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let genuine = phone.media();
    let mut forged_packets = 0;
    for round in 0..100_000_u64 {
        let side = (next() & 1) as usize;
        let component = if next() & 1 == 0 { Rtp } else { Rtcp };
        // Also from the addresses of those that were confirmed.
        let from = match next() % 3 {
            0 => here,
            1 => there,
            _ => SocketAddr::new([203, 0, 113, next() as u8].into(), next() as u16),
        };
        let mut forged = match next() % 3 {
            // A genuine packet, changed.
            0 => genuine.clone(),
            // One of the stream's numbers and source around noise.
            1 => genuine[..12].iter().copied().chain((0..40).map(|_| next() as u8)).collect(),
            _ => (0..next() % 80).map(|_| next() as u8).collect::<Vec<u8>>(),
        };
        if let Some(last) = forged.last_mut() {
            *last ^= 0x55;
        }
        let verdict = e.receive(now, side, component, from, &forged);
        assert!(matches!(verdict, Verdict::Dropped(_)), "{verdict:?}");
        forged_packets += 1;
        if round % 1_000 == 0 {
            assert_eq!(e.receive(now, INNER, Rtp, there, &far.media()), Verdict::Forward(here));
        }
    }
    // Not one of them made the genuine packet a replay, or moved anybody.
    assert_eq!(e.receive(now, OUTER, Rtp, here, &genuine), Verdict::Forward(there));
    let statistics = e.statistics();
    assert_eq!(statistics.dropped.iter().map(|(_, count)| count).sum::<u64>(), forged_packets + 1);
    assert_eq!(statistics.packets, [1, 101]);
}

#[test]
fn med_1_openers_show_the_way_once_each_and_forged_ones_do_not() {
    let now = Instant::now();
    let mut e = outside(now);
    let mut phone = Sender::new(1);
    let (phone_at, c) = (address("192.0.2.77:6000"), address("198.51.100.9:36000"));
    let stranger = address("203.0.113.66:9");
    let opener = Opener::new(&OpenerKey([7; 16]));
    let forged = Opener::new(&OpenerKey([8; 16])).write(Rtp, 9);
    assert_eq!(e.receive(now, INNER, Rtp, stranger, &forged), Verdict::Dropped(DropReason::Opener));
    assert_eq!(e.receive(now, OUTER, Rtp, stranger, &opener.write(Rtp, 9)), Verdict::Dropped(DropReason::Opener));
    assert_eq!(e.receive(now, OUTER, Rtp, phone_at, &phone.media()), Verdict::Dropped(DropReason::NoDestination));

    assert_eq!(e.receive(now, INNER, Rtp, c, &opener.write(Rtp, 1)), Verdict::Taken);
    assert_eq!(e.receive(now, OUTER, Rtp, phone_at, &phone.media()), Verdict::Forward(c));
    // Recorded and sent again from elsewhere, and on the other port.
    assert_eq!(e.receive(now, INNER, Rtp, stranger, &opener.write(Rtp, 1)), Verdict::Dropped(DropReason::Opener));
    assert_eq!(e.receive(now, INNER, Rtcp, stranger, &opener.write(Rtp, 2)), Verdict::Dropped(DropReason::Opener));
    assert_eq!(e.receive(now, OUTER, Rtp, phone_at, &phone.media()), Verdict::Forward(c));
    // The firewall has given C another port.
    let again = address("198.51.100.9:40000");
    assert_eq!(e.receive(now, INNER, Rtp, again, &opener.write(Rtp, 2)), Verdict::Taken);
    assert_eq!(e.receive(now, OUTER, Rtp, phone_at, &phone.media()), Verdict::Forward(again));
    assert_eq!(dropped(&e, DropReason::Opener), 4);
    assert_eq!(e.next_timeout(), None);
}

#[test]
fn c_opens_the_way_until_media_comes_and_then_keeps_it_open() {
    let start = Instant::now();
    let mut c = inside(start);
    let e = address("198.51.100.5:36000");
    let openers = |c: &mut RelayStream, now: Instant| {
        let due: Vec<_> = std::iter::from_fn(|| c.poll_opener(now)).collect();
        due.iter().map(|opening| (opening.component, opening.to.port(), opening.side)).collect::<Vec<_>>()
    };
    let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
    assert_eq!(c.next_timeout(), Some(start));
    assert_eq!(openers(&mut c, start), [(Rtp, 36_000, OUTER), (Rtcp, 36_001, OUTER)]);
    assert_eq!(openers(&mut c, at(199)), []);
    assert_eq!(openers(&mut c, at(200)).len(), 2);
    // What it sends is what E takes, each of a higher number.
    let first = c.poll_opener(at(400)).unwrap();
    assert_eq!(Opener::new(&OpenerKey([7; 16])).read(Rtp, &first.octets), Some(3));
    // Media of E: RTP is open, RTCP not yet.
    c.receive(at(410), OUTER, Rtp, e, &Sender::new(1).media());
    assert_eq!(openers(&mut c, at(600)), [(Rtp, 36_000, OUTER), (Rtcp, 36_001, OUTER)]);
    assert_eq!(openers(&mut c, at(800)), [(Rtcp, 36_001, OUTER)]);
    // Nobody answers on RTCP: rarely from 10 s on.
    assert_eq!(openers(&mut c, at(10_000)), [(Rtcp, 36_001, OUTER)]);
    assert_eq!(openers(&mut c, at(15_599)), []);
    assert_eq!(openers(&mut c, at(15_600)), [(Rtp, 36_000, OUTER)]);
    assert_eq!(openers(&mut c, at(25_000)), [(Rtcp, 36_001, OUTER)]);
    // The same again from signalling starts nothing anew; another address does.
    c.set_peer(at(26_000), Side::Traversal, &peer(e, &[1], Some(7)));
    assert_eq!(openers(&mut c, at(26_000)), []);
    c.set_peer(at(26_000), Side::Traversal, &peer(address("198.51.100.5:37000"), &[1], Some(7)));
    assert_eq!(openers(&mut c, at(26_000)), [(Rtp, 37_000, OUTER), (Rtcp, 37_001, OUTER)]);
}

#[test]
fn c_sends_to_signalled_addresses_at_once() {
    let now = Instant::now();
    let mut c = inside(now);
    let (mut phone, mut far) = (Sender::new(1), Sender::new(2));
    let elsewhere = address("10.9.9.9:5555");
    assert_eq!(
        c.receive(now, OUTER, Rtp, address("198.51.100.5:36000"), &phone.media()),
        Verdict::Forward(address("10.9.9.9:5000"))
    );
    // A phone that sends from another port than it receives on.
    assert_eq!(c.receive(now, INNER, Rtp, elsewhere, &far.media()), Verdict::Forward(address("198.51.100.5:36000")));
    assert_eq!(c.receive(now, OUTER, Rtcp, elsewhere, &phone.report()), Verdict::Forward(address("10.9.9.9:5001")));
}

#[test]
fn med_4_no_packet_goes_to_groups_loopback_or_nowhere() {
    let now = Instant::now();
    for bad in
        ["224.0.0.1:5000", "127.0.0.1:5000", "0.0.0.0:5000", "255.255.255.255:5000", "10.9.9.9:0", "[ff02::1]:5000"]
    {
        let mut c = inside(now);
        c.set_peer(now, Side::Inside, &peer(address(bad), &[2], None));
        let verdict = c.receive(now, OUTER, Rtp, address("198.51.100.5:36000"), &Sender::new(1).media());
        assert_eq!(verdict, Verdict::Dropped(DropReason::NoDestination), "{bad}");
    }
    // Outside, a third host in c= gets nothing either: only who authenticates does.
    let mut e = outside(now);
    e.set_peer(now, Side::Phone, &peer(address("203.0.113.200:4000"), &[1], None));
    let verdict = e.receive(now, INNER, Rtp, address("198.51.100.9:36000"), &Sender::new(2).media());
    assert_eq!(verdict, Verdict::Dropped(DropReason::NoDestination));
}

#[test]
fn med_2_replays_and_packets_of_other_keys_end_here() {
    let now = Instant::now();
    let mut c = inside(now);
    let (mut phone, mut far) = (Sender::new(1), Sender::new(2));
    let from = address("198.51.100.5:36000");
    let packets: Vec<_> = (0..300).map(|_| phone.media()).collect();
    for packet in &packets {
        assert!(matches!(c.receive(now, OUTER, Rtp, from, packet), Verdict::Forward(_)));
    }
    for packet in &packets {
        assert_eq!(c.receive(now, OUTER, Rtp, from, packet), Verdict::Dropped(DropReason::Replayed));
    }
    // What the other side sent, reflected: under the same source, and under no key of this side.
    far.number = 1_000;
    assert_eq!(c.receive(now, OUTER, Rtp, from, &far.media()), Verdict::Dropped(DropReason::Forged));
    let report = phone.report();
    assert!(matches!(c.receive(now, OUTER, Rtcp, from, &report), Verdict::Forward(_)));
    assert_eq!(c.receive(now, OUTER, Rtcp, from, &report), Verdict::Dropped(DropReason::Replayed));
    for length in 0..report.len() {
        assert!(matches!(c.receive(now, OUTER, Rtcp, from, &report[..length]), Verdict::Dropped(_)), "{length}");
    }
    assert_eq!(dropped(&c, DropReason::Replayed), 301);
}

#[test]
fn med_2_a_source_moves_after_its_number_has_wrapped() {
    let now = Instant::now();
    let mut e = outside(now);
    let (mut phone, mut far) = (Sender::new(1), Sender::new(2));
    let (here, there) = (address("192.0.2.77:6000"), address("198.51.100.9:36000"));
    e.receive(now, INNER, Rtp, there, &far.media());
    for _ in 0..140_000 {
        assert_eq!(e.receive(now, OUTER, Rtp, here, &phone.media()), Verdict::Forward(there));
    }
    let moved = address("192.0.2.78:7000");
    assert_eq!(e.receive(now, OUTER, Rtp, moved, &phone.media()), Verdict::Forward(there));
    assert_eq!(e.receive(now, INNER, Rtp, there, &far.media()), Verdict::Forward(moved));
}

#[test]
fn keys_are_kept_replaced_and_forgotten() {
    let start = Instant::now();
    let mut c = inside(start);
    let from = address("198.51.100.5:36000");
    let (mut first, mut second) = (Sender::new(1), Sender::new(3));
    let recorded = first.media();
    c.receive(start, OUTER, Rtp, from, &recorded);
    // An unanswered offer: both keys count, and the first goes on with its replay list.
    c.set_peer(start, Side::Traversal, &peer(from, &[3, 1], Some(7)));
    assert_eq!(c.receive(start, OUTER, Rtp, from, &recorded), Verdict::Dropped(DropReason::Replayed));
    assert!(matches!(c.receive(start, OUTER, Rtp, from, &first.media()), Verdict::Forward(_)));
    assert!(matches!(c.receive(start, OUTER, Rtp, from, &second.media()), Verdict::Forward(_)));
    // Answered: late packets under the old key pass for 5 s.
    c.set_peer(start, Side::Traversal, &peer(from, &[3], Some(7)));
    let later = start + Duration::from_millis(4_999);
    assert!(matches!(c.receive(later, OUTER, Rtp, from, &first.media()), Verdict::Forward(_)));
    let later = start + Duration::from_secs(5);
    assert_eq!(c.receive(later, OUTER, Rtp, from, &first.media()), Verdict::Dropped(DropReason::Forged));
    assert!(matches!(c.receive(later, OUTER, Rtp, from, &second.media()), Verdict::Forward(_)));
    c.set_peer(later, Side::Traversal, &peer(from, &[], Some(7)));
    let end = later + Duration::from_secs(5);
    assert!(matches!(c.receive(end, OUTER, Rtp, from, &second.media()), Verdict::Dropped(_)));
    let mut fresh = stream((Side::Phone, Trust::Authenticated), (Side::Traversal, Trust::Authenticated));
    assert_eq!(fresh.receive(end, OUTER, Rtp, from, &second.media()), Verdict::Dropped(DropReason::NoKey));
    fresh.set_peer(end, Side::Traversal, &peer(nowhere(), &[], Some(7)));
    assert_eq!(fresh.next_timeout(), None);
}
