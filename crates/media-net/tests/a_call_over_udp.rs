//! Two endpoints on the loopback interface: ports, pacing, files.

#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::PathBuf;

use ringbearer_media_net::{MediaEndpoint, MediaError, MediaEvent, Source, compare, read_wav, tone, write_wav};
use rtp::g711::Law;
use sdp::{AudioCapability, Direction::SendReceive, OfferAnswer};

fn random(bytes: &mut [u8]) {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(0);
    bytes.iter_mut().for_each(|byte| *byte = NEXT.fetch_add(7, Ordering::Relaxed));
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test]
async fn a_file_arrives_whole() {
    let loopback = "127.0.0.1".parse().unwrap();
    let (alice, mut alice_events) = MediaEndpoint::bind(loopback, 46_000..=46_999, random).await.unwrap();
    let (bob, mut bob_events) = MediaEndpoint::bind(loopback, 46_000..=46_999, random).await.unwrap();
    assert_eq!(alice.local_address().port() % 2, 0);
    let mut offerer = OfferAnswer::new(AudioCapability::secure(alice.local_address()), 2);
    let mut answerer = OfferAnswer::new(AudioCapability::secure(bob.local_address()), 2);
    let offer = offerer.offer(SendReceive, &mut random).unwrap();
    let (answer, at_bob) = answerer.answer(&offer, SendReceive, &mut random).unwrap();
    bob.apply(&at_bob).await.unwrap();
    let at_alice = offerer.receive_answer(&answer).unwrap();

    let (played, recorded) = (file("played.wav"), file("recorded.wav"));
    let sent = tone(425, 4_000);
    write_wav(&played, &sent).unwrap();
    bob.record(recorded.clone()).await.unwrap();
    alice.play(Source::once(read_wav(&played).unwrap())).await.unwrap();
    alice.apply(&at_alice).await.unwrap();
    assert_eq!(bob_events.recv().await, Some(MediaEvent::Heard(alice.local_address())));
    while alice_events.recv().await.unwrap() != MediaEvent::PlayFinished {}
    let sent_packets = alice.close().await.unwrap().sent;
    // The last packet is on its way: the file ends when all have come.
    while bob.statistics().await.unwrap().received < sent_packets {
        tokio::task::yield_now().await;
    }
    let statistics = bob.close().await.unwrap();
    assert_eq!((statistics.received, statistics.lost, statistics.forged), (sent_packets, 0, 0));
    let heard = compare(&sent, &read_wav(&recorded).unwrap(), Law::Mu).unwrap();
    assert_eq!((heard.offset, heard.samples), (0, 4_000));
}

#[tokio::test]
async fn ports_in_use_are_passed_over_until_none_is_left() {
    let loopback = "127.0.0.1".parse().unwrap();
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(MediaEndpoint::bind(loopback, 47_001..=47_005, random).await.unwrap().0);
    }
    let mut ports: Vec<u16> = taken.iter().map(|endpoint| endpoint.local_address().port()).collect();
    ports.sort_unstable();
    assert_eq!(ports, [47_002, 47_004]);
    let fault = MediaEndpoint::bind(loopback, 47_001..=47_005, random).await.unwrap_err();
    assert!(matches!(fault, MediaError::NoPorts(..)));
    taken.pop().unwrap().close().await.unwrap();
    assert!(MediaEndpoint::bind(loopback, 47_001..=47_005, random).await.is_ok());
    let stranger = "192.0.2.77".parse().unwrap();
    assert!(MediaEndpoint::bind(stranger, 47_001..=47_005, random).await.is_err());
}

#[test]
fn a_file_of_another_form_is_refused_with_a_remedy() {
    let path = file("stereo.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    hound::WavWriter::create(&path, spec).unwrap().finalize().unwrap();
    let text = read_wav(&path).unwrap_err().to_string();
    assert!(text.ends_with(
        "stereo.wav: has 44100 Hz, 2 channels, 16 bits; wanted is 8000 Hz, 1 channel, 16 bits \
         (sox IN -r 8000 -c 1 -b 16 OUT.wav)"
    ));
}
