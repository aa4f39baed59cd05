//! Two phones, Expressway-E and Expressway-C with their sessions and relays, a translator before the outer phone and a
//! firewall between the two halves that lets in only what was asked for from inside.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use edge::media::{
    Direction::{Inwards, Outwards},
    MediaError, MediaEvent as EdgeEvent, MediaPlane, MediaSessions, PeerMedia, Role, Side, SidePlan, StreamPlan,
    StreamStatistics, Trust,
};
use edge::{FlowToken, Now};
use ringbearer_media_net::relay::{RelaySettings, UdpRelay};
use ringbearer_media_net::{MediaEndpoint, MediaEvent, Source, compare, read_wav, tone};
use rtp::g711::Law;
use sdp::{AudioCapability, CryptoSuite, Direction::SendReceive, OfferAnswer, SessionDescription};
use sip::message::Message;
use token::UnixTime;
use tokio::net::UdpSocket;
use tokio::sync::{Notify, mpsc};

fn random(bytes: &mut [u8]) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    for byte in bytes {
        *byte = (NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8;
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// One port of a translator: what comes from inside goes to the target from a port of its own, and only what the target
/// sends there comes back.
struct Translator {
    moves: Arc<Notify>,
    /// Each packet: did it come from inside, and its first octet.
    seen: Arc<Mutex<Vec<(bool, u8)>>>,
}

impl Translator {
    async fn start(inner: SocketAddr, outer: IpAddr, target: SocketAddr) -> Self {
        let (inner, mut outside) = (UdpSocket::bind(inner).await.unwrap(), UdpSocket::bind((outer, 0)).await.unwrap());
        let (moves, seen) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
        let (moved, noted) = (moves.clone(), seen.clone());
        tokio::spawn(async move {
            let (mut from_inside, mut from_outside) = ([0; 2_048], [0; 2_048]);
            let mut client = None;
            loop {
                tokio::select! {
                    () = moved.notified() => outside = UdpSocket::bind((outer, 0)).await.unwrap(),
                    Ok((length, from)) = inner.recv_from(&mut from_inside) => {
                        client = Some(from);
                        noted.lock().unwrap().push((true, from_inside[0]));
                        outside.send_to(&from_inside[..length], target).await.unwrap();
                    }
                    Ok((length, from)) = outside.recv_from(&mut from_outside) => {
                        if let (Some(client), true) = (client, from == target) {
                            noted.lock().unwrap().push((false, from_outside[0]));
                            inner.send_to(&from_outside[..length], client).await.unwrap();
                        }
                    }
                }
            }
        });
        Self { moves, seen }
    }
}

/// One half of the edge.
struct Half {
    sessions: MediaSessions,
    relay: UdpRelay,
}

impl Half {
    fn new(role: Role, sides: [(Side, &str); 2]) -> Self {
        let addresses = sides.map(|(side, address)| (side, ip(address).into())).to_vec();
        let settings = RelaySettings { addresses, ports: 36_000..=36_199, threads: 1 };
        Self { sessions: MediaSessions::new(role, [9; 32]), relay: UdpRelay::start(settings, random).unwrap() }
    }

    fn pass(&mut self, direction: edge::media::Direction, message: &str, body: &str) -> String {
        let text = message.replace("LENGTH", &body.len().to_string()) + body;
        let message = Message::parse(text.into()).unwrap();
        let now = Now { monotonic: Instant::now(), unix: UnixTime(1_800_000_000) };
        let phone = FlowToken::from("phone");
        let written = self.sessions.rewrite(now, &phone, direction, &message, &mut self.relay).unwrap();
        written.map(|body| String::from_utf8(body.to_vec()).unwrap()).unwrap_or_default()
    }

    fn ended(&mut self) -> StreamStatistics {
        let Some(EdgeEvent::Ended { mut streams, .. }) = self.sessions.poll_event() else { panic!("has not ended") };
        assert_eq!((streams.len(), self.relay.counts().streams(), self.relay.counts().free_pairs()), (1, 0, 200));
        streams.remove(0)
    }
}

fn message(start: &str, cseq: &str) -> String {
    format!(
        "{start}\r\nVia: SIP/2.0/TLS a.example;branch=z9hG4bK1\r\nFrom: <sip:a@x.example>;tag=a\r\n\
         To: <sip:b@x.example>;tag=b\r\nCall-ID: one\r\nCSeq: {cseq}\r\nContent-Type: application/sdp\r\n\
         Content-Length: LENGTH\r\n\r\n"
    )
}

fn port(body: &str) -> u16 {
    body.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("edge-{name}-{}.wav", std::process::id()))
}

/// Waits until so many more packets came.
async fn hears(phone: &MediaEndpoint, packets: u64) {
    let enough = phone.statistics().await.unwrap().received + packets;
    while phone.statistics().await.unwrap().received < enough {
        tokio::task::yield_now().await;
    }
}

/// Plays on one phone and finds it whole in what the other recorded.
async fn speaks(from: &MediaEndpoint, events: &mut mpsc::Receiver<MediaEvent>, to: &MediaEndpoint, hertz: u32) {
    let (sent, recording) = (tone(hertz, 8_000), file(&hertz.to_string()));
    to.record(recording.clone()).await.unwrap();
    from.play(Source::once(sent.clone())).await.unwrap();
    while events.recv().await.unwrap() != MediaEvent::PlayFinished {}
    hears(to, 10).await;
    to.stop_recording().await.unwrap();
    let heard = compare(&sent, &read_wav(&recording).unwrap(), Law::Mu).unwrap();
    assert_eq!(heard.samples, 8_000);
    std::fs::remove_file(recording).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_whole_through_both_halves_and_follows_the_phone() {
    let mut e = Half::new(Role::ExpresswayE, [(Side::Phone, "127.61.0.1"), (Side::Traversal, "127.61.0.2")]);
    let mut c = Half::new(Role::ExpresswayC, [(Side::Traversal, "127.61.0.3"), (Side::Inside, "127.61.0.4")]);
    let (alice, mut alice_events) = MediaEndpoint::bind(ip("127.61.0.10"), 4_000..=4_999, random).await.unwrap();
    let (bob, mut bob_events) = MediaEndpoint::bind(ip("127.61.0.20"), 4_000..=4_999, random).await.unwrap();
    let capability = |phone: &MediaEndpoint| AudioCapability {
        suites: vec![CryptoSuite::AeadAes256Gcm],
        ..AudioCapability::secure(phone.local_address())
    };
    let mut offerer = OfferAnswer::new(capability(&alice), 2);
    let mut answerer = OfferAnswer::new(capability(&bob), 4);

    let offer = offerer.offer(SendReceive, &mut random).unwrap();
    let invite = message("INVITE sip:b@x.example SIP/2.0", "1 INVITE");
    let at_e = e.pass(Inwards, &invite, &String::from_utf8(offer.to_bytes()).unwrap());
    assert!(at_e.contains("a=x-ringbearer-opener:"), "{at_e}");
    // Expressway-C reaches E's port only through the firewall, which has an address of its own on each side.
    let (rtp, inside, outside) = (port(&at_e), ip("127.61.0.30"), ip("127.61.0.31"));
    let firewall = Translator::start((inside, rtp).into(), outside, (ip("127.61.0.2"), rtp).into()).await;
    let _rtcp = Translator::start((inside, rtp + 1).into(), outside, (ip("127.61.0.2"), rtp + 1).into()).await;
    let at_c = c.pass(Inwards, &invite, &at_e.replace("c=IN IP4 127.61.0.2", "c=IN IP4 127.61.0.30"));
    let at_bob = SessionDescription::parse(at_c.as_bytes()).unwrap();
    let (answer, bob_settled) = answerer.answer(&at_bob, SendReceive, &mut random).unwrap();
    assert_eq!(bob_settled.remote, (ip("127.61.0.4"), port(&at_c)).into());
    bob.apply(&bob_settled).await.unwrap();

    let ok = message("SIP/2.0 200 OK", "1 INVITE");
    let at_c = c.pass(Outwards, &ok, &String::from_utf8(answer.to_bytes()).unwrap());
    let at_e = e.pass(Outwards, &ok, &at_c);
    let rtp = port(&at_e);
    let translator =
        Translator::start((ip("127.61.0.11"), rtp).into(), ip("127.61.0.12"), (ip("127.61.0.1"), rtp).into()).await;
    let at_alice = at_e.replace("c=IN IP4 127.61.0.1\r", "c=IN IP4 127.61.0.11\r");
    let alice_settled = offerer.receive_answer(&SessionDescription::parse(at_alice.as_bytes()).unwrap()).unwrap();
    assert_eq!(alice_settled.remote, (ip("127.61.0.11"), rtp).into());
    alice.apply(&alice_settled).await.unwrap();

    hears(&bob, 1).await;
    hears(&alice, 1).await;
    speaks(&alice, &mut alice_events, &bob, 440).await;
    speaks(&bob, &mut bob_events, &alice, 500).await;
    // Expressway-E's media came through the firewall after the opener, and not before.
    let seen = firewall.seen.lock().unwrap().clone();
    assert_eq!(seen[0], (true, 0));
    assert!(seen.contains(&(false, 0x80)));

    // The phone's network gives it another port.
    translator.moves.notify_one();
    let before = bob.statistics().await.unwrap().received;
    hears(&bob, 5).await;
    hears(&alice, 1).await;
    assert!(bob.statistics().await.unwrap().received > before);
    speaks(&bob, &mut bob_events, &alice, 600).await;
    speaks(&alice, &mut alice_events, &bob, 700).await;

    let bye = message("BYE sip:b@x.example SIP/2.0", "2 BYE");
    let end = message("SIP/2.0 200 OK", "2 BYE");
    for half in [&mut e, &mut c] {
        half.pass(Inwards, &bye, "");
        half.pass(Outwards, &end, "");
        let statistics = half.ended();
        let drops: Vec<&str> = statistics.dropped.iter().map(|(reason, _)| *reason).collect();
        // Before the opener came there was nobody to send to.
        assert!(drops.is_empty() || drops == ["no_destination"], "{:?}", statistics.dropped);
        assert_eq!(statistics.suites, [Some(CryptoSuite::AeadAes256Gcm); 2]);
        assert!(statistics.packets.iter().all(|packets| *packets > 200), "{statistics:?}");
    }
    let (alice, bob) = (alice.close().await.unwrap(), bob.close().await.unwrap());
    assert_eq!((alice.forged, alice.replayed, bob.forged, bob.replayed), (0, 0, 0, 0));
}

fn plan() -> StreamPlan {
    let side = |side| SidePlan { side, trust: Trust::Authenticated };
    StreamPlan { sides: [side(Side::Phone), side(Side::Traversal)] }
}

fn relay(address: &str, ports: std::ops::RangeInclusive<u16>) -> UdpRelay {
    let addresses = [Side::Phone, Side::Traversal].map(|side| (side, ip(address).into())).to_vec();
    UdpRelay::start(RelaySettings { addresses, ports, threads: 2 }, random).unwrap()
}

#[test]
fn med_4_ports_run_out_and_are_free_again_at_once() {
    let mut relay = relay("127.61.1.1", 5_000..=5_009);
    let first = relay.open(plan()).unwrap();
    let second = relay.open(plan()).unwrap();
    let mut ports: Vec<u16> = [&first, &second].iter().flat_map(|opened| opened.local.map(|(_, port)| port)).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!((ports.len(), relay.counts().free_pairs()), (4, 1));
    assert!(ports.iter().all(|port| port % 2 == 0 && (5_000..5_009).contains(port)));
    // One pair is left, a stream has two: none is lost by the attempt.
    assert_eq!(relay.open(plan()), Err(MediaError::PortsExhausted));
    assert_eq!(relay.open(plan()), Err(MediaError::PortsExhausted));
    assert_eq!((relay.counts().free_pairs(), relay.counts().streams()), (1, 2));
    assert_eq!(relay.close(first.stream), StreamStatistics::default());
    for _ in 0..100 {
        let again = relay.open(plan()).unwrap();
        assert_eq!(relay.close(again.stream), StreamStatistics::default());
    }
    assert_eq!((relay.counts().free_pairs(), relay.counts().streams()), (3, 1));
    // A port that somebody else has is passed over.
    let free = (5_000..5_010).step_by(2);
    let others: Vec<_> = free.filter_map(|port| std::net::UdpSocket::bind(("127.61.1.1", port)).ok()).collect();
    assert_eq!(others.len(), 3);
    assert_eq!(relay.open(plan()), Err(MediaError::PortsExhausted));
    drop(others);
    assert!(relay.open(plan()).is_ok());
    assert_eq!(relay.counts().free_pairs(), 1);
}

#[test]
fn med_1_many_streams_at_once_each_answer_nobody_who_has_no_key() {
    let mut relay = relay("127.61.2.1", 10_000..=10_999);
    let opened: Vec<_> = (0..200).map(|_| relay.open(plan()).unwrap()).collect();
    let key = |seed: u8| sdp::CryptoAttribute {
        tag: 1,
        key: sdp::MasterKey::generate(CryptoSuite::AesCm128HmacSha1_80, &mut |bytes| bytes.fill(seed)),
        lifetime: None,
    };
    let nowhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let peer = |seed: u8| PeerMedia { rtp: nowhere, rtcp: nowhere, crypto: vec![key(seed)], opener: None };
    for stream in &opened {
        relay.update(stream.stream, Side::Phone, peer(1));
        relay.update(stream.stream, Side::Traversal, peer(2));
    }
    let socket = |address: &str| {
        let socket = std::net::UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        socket
    };
    let (phone, far, stranger) = (socket("127.61.2.2"), socket("127.61.2.3"), socket("127.61.2.4"));
    let (mut by_phone, mut by_far) = (rtp::SrtpSender::new(&key(1).key, None), rtp::SrtpSender::new(&key(2).key, None));
    let packet = |number: u16| {
        let header = rtp::Header { marker: false, payload_type: 0, sequence_number: number, timestamp: 0, source: 7 };
        let mut packet = Vec::new();
        header.write(&number.to_be_bytes(), &mut packet);
        packet
    };
    let first = by_phone.protect(&packet(1)).unwrap();
    let (back, forth) = (by_far.protect(&packet(1)).unwrap(), by_phone.protect(&packet(2)).unwrap());
    let mut buffer = [0; 2_048];
    for stream in &opened {
        let [outer, inner] = stream.local;
        for length in [0, 1, 20, 60, 200] {
            stranger.send_to(&[0x80; 200][..length], outer).unwrap();
        }
        // The first packet finds nobody on the other side; it shows where the phone is.
        phone.send_to(&first, outer).unwrap();
        while relay.last_heard(stream.stream).is_none() {
            std::thread::yield_now();
        }
        far.send_to(&back, inner).unwrap();
        let (length, from) = phone.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (&back[..], outer.into()));
        phone.send_to(&forth, outer).unwrap();
        let (length, from) = far.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (&forth[..], inner.into()));
    }
    for stream in opened {
        let statistics = relay.close(stream.stream);
        assert_eq!((statistics.packets, statistics.octets), ([1, 1], [forth.len() as u64, back.len() as u64]));
        assert_eq!(statistics.dropped, [("forged", 3), ("malformed", 2), ("no_destination", 1)]);
    }
    stranger.set_nonblocking(true).unwrap();
    assert!(stranger.recv_from(&mut buffer).is_err(), "nobody answers a stranger");
    assert_eq!(relay.counts().free_pairs(), 500);
}
