//! Two sessions of media that hand each other datagrams: no socket, no clock.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::{net::SocketAddr, path::PathBuf};

use ringbearer_media_net::{MediaEvent, MediaSession, Source, compare, read_wav, tone};
use rtp::g711::Law;
use sdp::{
    AudioCapability, Codec, CryptoSuite,
    Direction::{self, Inactive, ReceiveOnly, SendOnly, SendReceive},
    Negotiated, OfferAnswer, SecurityPolicy,
};

struct End {
    address: SocketAddr,
    negotiation: OfferAnswer,
    media: MediaSession,
    events: Vec<MediaEvent>,
}

fn random(bytes: &mut [u8]) {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(0);
    bytes.iter_mut().for_each(|byte| *byte = NEXT.fetch_add(7, Ordering::Relaxed));
}

impl End {
    fn new(address: &str, change: impl FnOnce(&mut AudioCapability)) -> Self {
        let address = address.parse().unwrap();
        let mut capability = AudioCapability::secure(address);
        change(&mut capability);
        Self {
            address,
            negotiation: OfferAnswer::new(capability, 2),
            media: MediaSession::new(random),
            events: Vec::new(),
        }
    }

    fn hear(&mut self, packets: &[(SocketAddr, Vec<u8>)], from: SocketAddr) {
        for (to, packet) in packets {
            assert_eq!(*to, self.address);
            self.media.receive(packet, from, 0);
        }
        self.events.extend(std::iter::from_fn(|| self.media.poll_event()));
    }
}

/// The offerer's wish against an answerer that wants everything.
fn negotiate(offerer: &mut End, answerer: &mut End, direction: Direction) -> (Negotiated, Negotiated) {
    let offer = offerer.negotiation.offer(direction, &mut random).unwrap();
    let (answer, at_answerer) = answerer.negotiation.answer(&offer, SendReceive, &mut random).unwrap();
    let at_offerer = offerer.negotiation.receive_answer(&answer).unwrap();
    answerer.media.apply(&at_answerer);
    offerer.media.apply(&at_offerer);
    (at_offerer, at_answerer)
}

fn ticks(a: &mut End, b: &mut End, count: usize) {
    for _ in 0..count {
        let (from_a, from_b) = (a.media.tick(), b.media.tick());
        b.hear(&from_a, a.address);
        a.hear(&from_b, b.address);
    }
}

fn pair() -> (End, End) {
    (End::new("192.0.2.1:4000", |_| {}), End::new("192.0.2.2:5000", |_| {}))
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.wav", std::process::id()))
}

#[test]
fn every_suite_and_law_arrives_sample_by_sample() {
    for suite in CryptoSuite::ALL {
        for (codec, law) in [(Codec::Pcma, Law::A), (Codec::Pcmu, Law::Mu)] {
            let mut alice = End::new("192.0.2.1:4000", |capability| {
                capability.suites = vec![suite];
                capability.codecs = vec![codec];
            });
            let mut bob = End::new("192.0.2.2:5000", |_| {});
            let (settled, _) = negotiate(&mut alice, &mut bob, SendReceive);
            assert_eq!(settled.srtp.unwrap().send.suite(), suite);
            let (recording, sent) = (file("each"), tone(440, 1_000));
            bob.media.record(&recording).unwrap();
            alice.media.play(Source::once(sent.clone()));
            ticks(&mut alice, &mut bob, 10);
            bob.media.stop_recording();
            assert_eq!(compare(&sent, &read_wav(&recording).unwrap(), law).unwrap().offset, 0);
            assert_eq!(alice.events, [MediaEvent::Heard(bob.address), MediaEvent::PlayFinished]);
            let statistics = bob.media.statistics();
            assert_eq!((statistics.received, statistics.lost, statistics.suite), (10, 0, Some(suite)));
            std::fs::remove_file(recording).unwrap();
        }
    }
}

#[test]
fn hold_is_silent_and_resume_goes_on_under_new_keys() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 5);
    negotiate(&mut alice, &mut bob, SendOnly);
    ticks(&mut alice, &mut bob, 5);
    assert_eq!((alice.media.statistics().received, bob.media.statistics().received), (4, 10));
    let (recording, sent) = (file("resume"), tone(300, 1_600));
    alice.media.record(&recording).unwrap();
    negotiate(&mut bob, &mut alice, SendReceive);
    bob.media.play(Source::once(sent.clone()));
    ticks(&mut alice, &mut bob, 10);
    alice.media.stop_recording();
    assert_eq!(compare(&sent, &read_wav(&recording).unwrap(), Law::Mu).unwrap().samples, 1_600);
    let statistics = alice.media.statistics();
    assert_eq!((statistics.received, statistics.lost, statistics.key_changes, statistics.forged), (14, 0, 2, 0));
    std::fs::remove_file(recording).unwrap();
}

#[test]
fn a_held_call_keeps_its_way_through_a_nat() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 5);
    // Bob is held: alice sends, he does not.
    negotiate(&mut alice, &mut bob, SendOnly);
    let sent: Vec<_> = (0..1_500).map(|_| bob.media.tick()).collect();
    let empty = vec![(alice.address, Vec::new())];
    let expected: Vec<Vec<_>> =
        (1..=1_500).map(|tick| if tick % 750 == 0 { empty.clone() } else { Vec::new() }).collect();
    assert_eq!(sent, expected, "one each 15 s");
    alice.hear(&empty, bob.address);
    let statistics = alice.media.statistics();
    assert_eq!((statistics.malformed, statistics.forged), (0, 0));
}

#[test]
fn a_change_of_keys_loses_no_packet_on_the_way() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 3);
    // Packets under the old keys, sent before and arriving after the change.
    let (from_alice, from_bob) = (alice.media.tick(), bob.media.tick());
    negotiate(&mut alice, &mut bob, SendReceive);
    bob.hear(&from_alice, alice.address);
    alice.hear(&from_bob, bob.address);
    ticks(&mut alice, &mut bob, 300);
    // Bob, who answered, began one packet later.
    for (end, received) in [(&alice, 303), (&bob, 304)] {
        let statistics = end.media.statistics();
        assert_eq!((statistics.received, statistics.lost, statistics.forged), (received, 0, 0));
    }
    // After 5 s the old keys are worthless.
    bob.hear(&from_alice, alice.address);
    assert_eq!((bob.media.statistics().forged, bob.media.statistics().replayed), (1, 0));
}

#[test]
fn med_1_a_packet_under_the_key_before_moves_nothing() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 2);
    let late = bob.media.tick();
    negotiate(&mut alice, &mut bob, SendReceive);
    alice.media.receive(&late[0].1, "203.0.113.9:9".parse().unwrap(), 0);
    let statistics = alice.media.statistics();
    assert_eq!((statistics.remote, statistics.received), (Some(bob.address), 2));
}

#[test]
fn med_1_only_an_authentic_packet_moves_the_destination() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    let stranger: SocketAddr = "203.0.113.9:9".parse().unwrap();
    let behind_nat: SocketAddr = "203.0.113.1:6000".parse().unwrap();
    // An empty one is a keep-alive, and counts as nothing.
    for length in [0, 1, 12, 50, 200] {
        bob.media.receive(&[0x80; 2_000][..length], stranger, 0);
    }
    let packets = alice.media.tick();
    let mut forged = packets[0].1.clone();
    forged[20] ^= 1;
    bob.media.receive(&forged, stranger, 0);
    assert_eq!(bob.media.statistics().remote, Some(alice.address));
    assert!(bob.media.poll_event().is_none());
    bob.media.receive(&packets[0].1, behind_nat, 0);
    bob.media.receive(&packets[0].1, stranger, 0);
    let statistics = bob.media.statistics();
    assert_eq!(statistics.remote, Some(behind_nat));
    assert_eq!((statistics.received, statistics.forged, statistics.replayed, statistics.malformed), (1, 4, 1, 1));
    assert_eq!(bob.media.tick()[0].0, behind_nat);
}

#[test]
fn med_1_media_in_clear_is_taken_from_the_signalled_place_alone() {
    let clear = |capability: &mut AudioCapability| capability.security = SecurityPolicy::Clear;
    let (mut alice, mut bob) = (End::new("192.0.2.1:4000", clear), End::new("192.0.2.2:5000", clear));
    negotiate(&mut alice, &mut bob, SendReceive);
    let packets = alice.media.tick();
    bob.media.receive(&packets[0].1, "203.0.113.9:4000".parse().unwrap(), 0);
    assert_eq!((bob.media.statistics().received, bob.media.statistics().forged), (0, 1));
    bob.media.receive(&packets[0].1, alice.address, 0);
    assert_eq!((bob.media.statistics().received, bob.media.statistics().suite), (1, None));
}

#[test]
fn a_peer_that_was_left_is_heard_no_more() {
    let (mut alice, mut bob) = pair();
    let mut carol = End::new("192.0.2.3:6000", |_| {});
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 2);
    let late = bob.media.tick();
    // A transfer: the same call of alice's, now with carol.
    negotiate(&mut carol, &mut alice, SendReceive);
    let first = carol.media.tick();
    alice.hear(&first, carol.address);
    ticks(&mut alice, &mut carol, 1);
    alice.hear(&late, bob.address);
    let statistics = alice.media.statistics();
    assert_eq!(statistics.remote, Some(carol.address));
    assert_eq!((statistics.received, statistics.forged), (3, 1));
}

#[test]
fn an_answerer_waits_for_a_sign_of_the_peer_but_not_long() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, ReceiveOnly);
    // Behind a relay that wants to hear us first, none would ever come.
    let silent = (0..5).map(|_| bob.media.tick().len()).sum::<usize>();
    assert_eq!((silent, bob.media.tick().len()), (0, 1));
    // A hold by the peer is obeyed at once.
    negotiate(&mut alice, &mut bob, Inactive);
    assert_eq!(bob.media.tick().len(), 0);
}

#[test]
fn digits_arrive_once_each() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    assert!(alice.media.send_digits("1#1"));
    ticks(&mut alice, &mut bob, 40);
    let expected =
        [MediaEvent::Heard(alice.address), MediaEvent::Digit('1'), MediaEvent::Digit('#'), MediaEvent::Digit('1')];
    assert_eq!(bob.events, expected);
    assert_eq!(bob.media.statistics().lost, 0);
}

#[test]
fn reports_tell_the_sender_what_was_lost() {
    let (mut alice, mut bob) = pair();
    negotiate(&mut alice, &mut bob, SendReceive);
    ticks(&mut alice, &mut bob, 5);
    alice.media.tick();
    ticks(&mut alice, &mut bob, 5);
    let (to, report) = bob.media.report(0, false).unwrap();
    assert_eq!(to, "192.0.2.1:4001".parse().unwrap());
    alice.media.receive_control(&report);
    assert_eq!(alice.media.statistics().peer_lost, Some(1));
}
