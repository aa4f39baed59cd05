//! What a stranger on the path can do to a protected stream: nothing (rows MED-1 and MED-2).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_rtp::{Header, RtpError, SrtpReceiver, SrtpSender};
use sdp::{CryptoSuite, MasterKey};

fn key(suite: CryptoSuite, seed: u8) -> MasterKey {
    MasterKey::generate(suite, &mut |bytes| bytes.fill(seed))
}

fn pair(suite: CryptoSuite) -> (SrtpSender, SrtpReceiver) {
    let key = key(suite, 1);
    (SrtpSender::new(&key, None), SrtpReceiver::new(&key))
}

fn packet(source: u32, sequence_number: u16) -> Vec<u8> {
    let header = Header { marker: false, payload_type: 0, sequence_number, timestamp: 0, source };
    let mut packet = Vec::new();
    header.write(&sequence_number.to_be_bytes(), &mut packet);
    packet
}

fn random() -> impl FnMut() -> u64 {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    }
}

#[test]
fn med_1_forged_packets_change_nothing() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut receiver) = pair(suite);
        let mut next = random();
        let mut forge = |receiver: &mut SrtpReceiver, count: usize| {
            for _ in 0..count {
                // Half of them under the source of the stream, at any place of it.
                let source = if next() & 1 == 0 { 7 } else { next() as u32 };
                let mut forged = packet(source, next() as u16);
                forged.extend_from_slice(&next().to_be_bytes());
                forged.extend_from_slice(&next().to_be_bytes());
                forged.extend_from_slice(&next().to_be_bytes());
                assert!(matches!(receiver.unprotect(&forged), Err(RtpError::Authentication | RtpError::Replayed)));
            }
        };
        forge(&mut receiver, 2_000);
        for number in 100..400 {
            let clear = packet(7, number);
            let protected = sender.protect(&clear).unwrap();
            assert_eq!(receiver.unprotect(&protected).unwrap().packet, clear, "{suite} {number}");
            forge(&mut receiver, 10);
        }
    }
}

#[test]
fn med_2_a_hundred_thousand_bad_tags() {
    let (mut sender, mut receiver) = pair(CryptoSuite::AeadAes256Gcm);
    let mut next = random();
    let first = packet(7, 1);
    receiver.unprotect(&sender.protect(&first).unwrap()).unwrap();
    let genuine = sender.protect(&packet(7, 2)).unwrap();
    for _ in 0..100_000 {
        let mut bad = genuine.to_vec();
        let at = next() as usize % bad.len();
        bad[at] ^= 1 << (next() % 8);
        assert!(receiver.unprotect(&bad).is_err(), "bit of byte {at}");
    }
    assert_eq!(receiver.unprotect(&genuine).unwrap().packet, packet(7, 2));
}

#[test]
fn med_2_replays_and_old_packets() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut receiver) = pair(suite);
        let protected: Vec<_> = (0..2_000).map(|number| sender.protect(&packet(7, number)).unwrap()).collect();
        // In order, each twice; then those left out, while they are in the window; then all again.
        for (number, packet) in protected.iter().enumerate().filter(|(number, _)| number % 10 != 9) {
            assert!(receiver.unprotect(packet).is_ok(), "{suite} {number}");
            assert_eq!(receiver.unprotect(packet), Err(RtpError::Replayed), "{suite} {number}");
        }
        for number in (9..2_000).step_by(10) {
            let expected = if number > 1_998 - 128 { Ok(()) } else { Err(RtpError::Replayed) };
            assert_eq!(receiver.unprotect(&protected[number]).map(|_| ()), expected, "{suite} {number}");
        }
        for packet in &protected {
            assert_eq!(receiver.unprotect(packet), Err(RtpError::Replayed));
        }
    }
}

#[test]
fn med_2_audio_goes_on_over_the_wrap() {
    let (mut sender, mut receiver) = pair(CryptoSuite::AesCm128HmacSha1_80);
    let mut next = random();
    // Three rounds of sequence numbers, with losses and with pairs in the wrong order.
    let mut held = None;
    let mut received = 0;
    for index in 20_000..220_000_u32 {
        let protected = sender.protect(&packet(7, index as u16)).unwrap();
        let fate = next() % 100;
        if fate < 5 && index != 20_000 {
            continue;
        }
        if fate < 15 && held.is_none() && index != 20_000 {
            held = Some(protected);
            continue;
        }
        assert!(receiver.unprotect(&protected).is_ok(), "{index}");
        received += 1;
        if let Some(late) = held.take() {
            assert!(receiver.unprotect(&late).is_ok(), "before {index}");
            received += 1;
        }
    }
    assert!(received > 185_000);
}

#[test]
fn med_2_packets_of_an_earlier_round_are_replays() {
    let (mut sender, mut receiver) = pair(CryptoSuite::AeadAes128Gcm);
    let early = sender.protect(&packet(7, 30_000)).unwrap();
    assert!(receiver.unprotect(&early).is_ok());
    for number in (30_001..95_500_u32).step_by(100) {
        assert!(receiver.unprotect(&sender.protect(&packet(7, number as u16)).unwrap()).is_ok());
    }
    // The same number, one round later: the stored packet no longer authenticates.
    assert_eq!(receiver.unprotect(&early), Err(RtpError::Authentication));
    assert!(receiver.unprotect(&sender.protect(&packet(7, 30_000)).unwrap()).is_ok());
}

#[test]
fn med_2_sources_are_bounded_and_never_forgotten() {
    let (mut sender, mut receiver) = pair(CryptoSuite::AeadAes128Gcm);
    let first: Vec<_> = (0..17).map(|source| sender.protect(&packet(source, 1)).unwrap()).collect();
    for (source, packet) in first.iter().enumerate() {
        let expected = if source < 16 { Ok(()) } else { Err(RtpError::TooManySources) };
        assert_eq!(receiver.unprotect(packet).map(|_| ()), expected);
    }
    for packet in &first[..16] {
        assert_eq!(receiver.unprotect(packet), Err(RtpError::Replayed));
    }
}

#[test]
fn med_2_short_and_clear_control_packets() {
    let report = ringbearer_rtp::control::compound(7, None, &[], "a@b", true);
    for suite in CryptoSuite::ALL {
        let (mut sender, mut receiver) = pair(suite);
        let protected = sender.protect_control(&report).unwrap();
        for length in 0..protected.len() {
            assert!(receiver.unprotect_control(&protected[..length]).is_err(), "{suite} {length}");
        }
        // Without the encryption flag: RFC 3711 §3.4 has it authenticated all the same.
        let aead = suite.salt_length() == 12;
        let index = protected.len() - if aead { 4 } else { 14 };
        let mut clear = protected.to_vec();
        clear[index] &= 0x7f;
        assert_eq!(receiver.unprotect_control(&clear), Err(RtpError::Unencrypted), "{suite}");
        assert_eq!(receiver.unprotect_control(&protected).unwrap(), report);
        assert_eq!(receiver.unprotect_control(&protected), Err(RtpError::Replayed));
        let second = sender.protect_control(&report).unwrap();
        assert_eq!(receiver.unprotect_control(&second).unwrap(), report);
    }
}

#[test]
fn med_2_extensions_past_the_end() {
    let (_, mut receiver) = pair(CryptoSuite::AeadAes256Gcm);
    let head = b"\x90\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07";
    for extension in [
        &b"\x10\x00\x00\x01\x00\x00\x00\x01"[..],
        b"\xbe\xde\x00\x01\x00\x00\x00\x1f",
        b"\xbe\xde\xff\xff\x00",
        b"\xbe\xde\x00\x01\xf0\x00\x00\x00\x01\x02\x03\x04",
        b"\xbe",
    ] {
        let packet = [head, extension].concat();
        assert!(receiver.unprotect(&packet).is_err());
    }
}

#[test]
fn new_keys_while_old_packets_still_arrive() {
    let suite = CryptoSuite::AeadAes256Gcm;
    let (old, new) = (key(suite, 1), key(suite, 2));
    let (mut before, mut after) = (SrtpSender::new(&old, None), SrtpSender::new(&new, None));
    let mut receiver = SrtpReceiver::new(&old);
    // Far into the second round under the old key.
    for number in (1..70_000_u32).step_by(500) {
        receiver.unprotect(&before.protect(&packet(7, number as u16)).unwrap()).unwrap();
    }
    let late = before.protect(&packet(7, 69_511_u32 as u16)).unwrap();
    let replayed = before.protect(&packet(7, 69_512_u32 as u16)).unwrap();
    receiver.unprotect(&replayed).unwrap();

    receiver.change_key(&new);
    receiver.change_key(&new);
    assert!(receiver.unprotect(&after.protect(&packet(8, 1)).unwrap()).is_ok());
    assert!(receiver.unprotect(&late).is_ok());
    assert_eq!(receiver.unprotect(&replayed), Err(RtpError::Replayed));
    // The same source with a new key starts with counter zero.
    assert!(receiver.unprotect(&after.protect(&packet(7, 4_000)).unwrap()).is_ok());

    receiver.forget_key_before();
    let too_late = before.protect(&packet(7, 69_600_u32 as u16)).unwrap();
    assert_eq!(receiver.unprotect(&too_late), Err(RtpError::Authentication));
}

#[test]
fn the_same_key_again_keeps_counter_and_window() {
    let (mut sender, mut receiver) = pair(CryptoSuite::AesCm128HmacSha1_80);
    for number in (1..70_000_u32).step_by(500) {
        receiver.unprotect(&sender.protect(&packet(7, number as u16)).unwrap()).unwrap();
    }
    let last = sender.protect(&packet(7, 69_502_u32 as u16)).unwrap();
    receiver.unprotect(&last).unwrap();
    receiver.change_key(&key(CryptoSuite::AesCm128HmacSha1_80, 1));
    assert_eq!(receiver.unprotect(&last), Err(RtpError::Replayed));
    assert!(receiver.unprotect(&sender.protect(&packet(7, 69_503_u32 as u16)).unwrap()).is_ok());
}

#[test]
fn a_key_ends_with_its_lifetime() {
    let key = key(CryptoSuite::AeadAes256Gcm, 1);
    let mut sender = SrtpSender::new(&key, Some(2));
    assert!(sender.protect(&packet(7, 1)).is_ok());
    assert!(sender.protect(&packet(7, 2)).is_ok());
    assert_eq!(sender.protect(&packet(7, 3)), Err(RtpError::KeyExhausted));
    assert_eq!(sender.protect(b"short"), Err(RtpError::Malformed));
}
