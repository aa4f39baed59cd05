//! Size limits, syntax faults, and text made at random.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_sdp::{
    AudioCapability, Direction, OfferAnswer, SdpError, SessionDescription, limits, mask_keys, security_of,
};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    SessionDescription::parse(text.as_bytes())
}

#[test]
fn frm_5_media_descriptions_up_to_32() {
    let of = |count| format!("{HEAD}{}", "m=audio 4000 RTP/AVP 0\r\n".repeat(count));
    assert_eq!(parse(&of(limits::MEDIA_DESCRIPTIONS)).unwrap().streams().count(), 32);
    assert_eq!(parse(&of(33)), Err(SdpError::LimitExceeded("media descriptions", 32)));
}

#[test]
fn frm_5_other_limits() {
    let rows = [
        ("attributes", "a=x\r\n", limits::ATTRIBUTES),
        ("crypto attributes", "a=crypto:1 X y:z\r\n", limits::CRYPTO_ATTRIBUTES),
    ];
    for (what, line, limit) in rows {
        let of = |count| format!("{HEAD}m=audio 4000 RTP/AVP 0\r\n{}", line.repeat(count));
        assert!(parse(&of(limit)).is_ok(), "{what}");
        assert_eq!(parse(&of(limit + 1)), Err(SdpError::LimitExceeded(what, limit)));
    }
    let formats = |count| format!("{HEAD}m=audio 4000 RTP/AVP{}\r\n", " 0".repeat(count));
    assert!(parse(&formats(limits::FORMATS)).is_ok());
    assert_eq!(parse(&formats(65)), Err(SdpError::LimitExceeded("formats", 64)));
    let long = |size: usize| format!("{HEAD}a=x:{}", "y".repeat(size - HEAD.len() - 4));
    assert!(parse(&long(limits::DESCRIPTION)).is_ok());
    assert_eq!(
        parse(&long(limits::DESCRIPTION + 1)),
        Err(SdpError::LimitExceeded("bytes of session description", 32_768))
    );
}

#[test]
fn syntax_faults_name_the_line() {
    let rows = [
        ("", None),
        ("hello", Some(1)),
        ("v=1\r\n", Some(1)),
        ("v=0\r\no=- x\r\n", Some(2)),
        ("v=0\r\nm=audio 70000 RTP/AVP 0\r\n", Some(2)),
        ("v=0\r\ns=-\r\nm=audio\r\n", Some(3)),
    ];
    for (text, line) in rows {
        assert_eq!(parse(text), Err(SdpError::Syntax(line)), "{text:?}");
    }
}

/// A seeded generator: mutants of a real offer through every reader of this crate.
#[test]
fn mutants_never_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let capability = AudioCapability::secure("192.0.2.9:4000".parse().unwrap());
    let offer = OfferAnswer::new(capability.clone(), 8)
        .offer(Direction::SendReceive, &mut |bytes| bytes.fill(3))
        .unwrap()
        .to_bytes();
    let mut parsed = 0;
    for _ in 0..20_000 {
        let mut text = offer.clone();
        for _ in 0..=next() % 4 {
            let at = next() as usize % text.len();
            match next() % 4 {
                0 => text[at] = next() as u8,
                1 => text.truncate(at.max(1)),
                2 => {
                    text.remove(at);
                    text.push(b'\n');
                }
                _ => {
                    let piece = text[at..].to_vec();
                    text.extend_from_slice(&piece);
                }
            }
        }
        let _ = mask_keys(&text);
        if let Ok(description) = SessionDescription::parse(&text) {
            parsed += 1;
            let _ = security_of(&description);
            let _ = OfferAnswer::new(capability.clone(), 8).answer(&description, Direction::SendReceive, &mut |_| {});
            let again = SessionDescription::parse(&description.to_bytes()).unwrap();
            assert_eq!(security_of(&again), security_of(&description));
        }
    }
    assert!(parsed > 1_000);
}
