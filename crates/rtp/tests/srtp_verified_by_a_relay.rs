//! A relay that holds a peer's key tells the peer's packets from all others, and never sees the clear text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_rtp::{Header, RtpError, SrtpAuthenticator, SrtpSender, control};
use sdp::{CryptoSuite, MasterKey};

fn key(suite: CryptoSuite) -> MasterKey {
    let mut next = 0_u8;
    MasterKey::generate(suite, &mut |bytes| {
        bytes.iter_mut().for_each(|byte| {
            next = next.wrapping_mul(167).wrapping_add(13);
            *byte = next;
        });
    })
}

fn pair(suite: CryptoSuite) -> (SrtpSender, SrtpAuthenticator) {
    (SrtpSender::new(&key(suite), None), SrtpAuthenticator::new(&key(suite)))
}

fn packet(source: u32, sequence_number: u16, payload: &[u8]) -> Vec<u8> {
    let header = Header { marker: false, payload_type: 0, sequence_number, timestamp: 0, source };
    let mut packet = Vec::new();
    header.write(payload, &mut packet);
    packet
}

/// With a contributing source and an extension: a header of 24 octets.
fn long_header(sequence_number: u8) -> Vec<u8> {
    let mut packet =
        vec![0x91, 0, 0, sequence_number, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 9, 9, 9, 9];
    packet.extend_from_slice(b"seventeen octets.");
    packet
}

#[test]
fn the_tag_of_every_length_and_suite_is_right_and_no_other() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut relay) = pair(suite);
        for length in 0..70_u16 {
            let protected = sender.protect(&packet(7, length, &vec![0xa5; usize::from(length)])).unwrap();
            for at in [1, 11, 12, protected.len() / 2, protected.len() - 4, protected.len() - 1] {
                let mut changed = protected.to_vec();
                changed[at] ^= 0x10;
                assert_eq!(relay.authenticate(&changed), Err(RtpError::Authentication), "{suite} {length} {at}");
            }
            let authentic = relay.authenticate(&protected).unwrap();
            assert_eq!((authentic.source, authentic.index, authentic.latest), (7, u64::from(length), true), "{suite}");
            assert_eq!(relay.authenticate(&protected), Err(RtpError::Replayed));
        }
        let protected = sender.protect(&long_header(100)).unwrap();
        assert_eq!(relay.authenticate(&protected).unwrap().index, 100);
    }
}

#[test]
fn control_packets_of_every_suite() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut relay) = pair(suite);
        for round in 1..20_usize {
            let clear = control::compound(7, None, &[], &"n".repeat(round), false);
            let protected = sender.protect_control(&clear).unwrap();
            for at in 4..protected.len() {
                let mut changed = protected.to_vec();
                changed[at] ^= 0x04;
                assert!(relay.authenticate_control(&changed).is_err(), "{suite} {at}");
            }
            let mut in_clear = protected.to_vec();
            let flag = if matches!(suite, CryptoSuite::AeadAes256Gcm | CryptoSuite::AeadAes128Gcm) { 4 } else { 14 };
            let at = in_clear.len() - flag;
            in_clear[at] &= 0x7f;
            assert_eq!(relay.authenticate_control(&in_clear), Err(RtpError::Unencrypted));
            let authentic = relay.authenticate_control(&protected).unwrap();
            assert_eq!((authentic.source, authentic.latest), (7, true));
            assert_eq!(relay.authenticate_control(&protected), Err(RtpError::Replayed));
        }
    }
}

#[test]
fn med_2_short_packets_of_every_length() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut relay) = pair(suite);
        let media = sender.protect(&packet(7, 1, b"abc")).unwrap();
        let report = sender.protect_control(&control::compound(7, None, &[], "a", true)).unwrap();
        for length in 0..media.len() {
            assert!(relay.authenticate(&media[..length]).is_err(), "{suite} {length}");
        }
        for length in 0..report.len() {
            assert!(relay.authenticate_control(&report[..length]).is_err(), "{suite} {length}");
        }
        assert!(relay.authenticate(&media).is_ok());
        assert!(relay.authenticate_control(&report).is_ok());
    }
}

#[test]
fn med_2_a_source_is_followed_over_wraps_and_gaps() {
    let suite = CryptoSuite::AesCm128HmacSha1_80;
    let (mut sender, mut relay) = pair(suite);
    let mut number = 65_500_u16;
    for step in 0..140_000_u64 {
        let protected = sender.protect(&packet(7, number, b"x")).unwrap();
        // Heard: the first hundred, then nothing for two wraps, then all again.
        if !(100..132_000).contains(&step) {
            assert_eq!(relay.authenticate(&protected).map(|authentic| authentic.index), Ok(65_500 + step), "{step}");
        }
        number = number.wrapping_add(1);
    }
}

#[test]
fn med_2_a_stream_that_is_joined_late_is_verified() {
    for suite in CryptoSuite::ALL {
        let (mut sender, mut relay) = pair(suite);
        for step in 0..131_100_u64 {
            let protected = sender.protect(&packet(7, step as u16, b"")).unwrap();
            if step >= 131_080 {
                assert_eq!(relay.authenticate(&protected).map(|authentic| authentic.index), Ok(step), "{suite}");
            }
        }
    }
}

#[test]
fn med_2_an_older_packet_is_authentic_and_says_so() {
    let (mut sender, mut relay) = pair(CryptoSuite::AeadAes128Gcm);
    let first = sender.protect(&packet(7, 1, b"")).unwrap();
    let second = sender.protect(&packet(7, 2, b"")).unwrap();
    assert!(relay.authenticate(&second).unwrap().latest);
    assert!(!relay.authenticate(&first).unwrap().latest);
}

#[test]
fn med_2_sources_are_bounded_and_none_is_forgotten() {
    let (mut sender, mut relay) = pair(CryptoSuite::AeadAes256Gcm);
    let protected: Vec<_> = (0..40).map(|source| sender.protect(&packet(source, 1, b"")).unwrap()).collect();
    let taken = protected.iter().filter(|packet| relay.authenticate(packet).is_ok()).count();
    assert_eq!(taken, 32);
    assert_eq!(relay.authenticate(&protected[39]), Err(RtpError::TooManySources));
    assert!(protected.iter().all(|packet| relay.authenticate(packet).is_err()));
}
