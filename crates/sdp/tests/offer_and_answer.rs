//! Offer and answer between two endpoints of ours, and with peers that misbehave (RFC 3264).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;

use ringbearer_sdp::{
    AudioCapability, Codec, CryptoSuite, CryptoViolation,
    Direction::{Inactive, ReceiveOnly, SendOnly, SendReceive},
    MediaSecurity, Negotiated, OfferAnswer, Refusal, SdpError, SecurityPolicy, SessionDescription, security_of,
    security_of_answer,
};

/// Random bytes that repeat nowhere in a test.
struct Random(u8);

impl Random {
    fn fill(&mut self) -> impl FnMut(&mut [u8]) + '_ {
        |bytes| {
            self.0 = self.0.wrapping_add(1);
            bytes.fill(self.0);
        }
    }
}

fn endpoint(address: &str) -> OfferAnswer {
    OfferAnswer::new(AudioCapability::secure(address.parse().unwrap()), 2_000_000)
}

fn parse(text: &str) -> SessionDescription {
    SessionDescription::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

/// The text over the wire and back.
fn sent(description: &SessionDescription) -> SessionDescription {
    SessionDescription::parse(&description.to_bytes()).unwrap()
}

fn settle(alice: &mut OfferAnswer, bob: &mut OfferAnswer, random: &mut Random) -> (Negotiated, Negotiated) {
    let offer = alice.offer(SendReceive, &mut random.fill()).unwrap();
    let (answer, at_bob) = bob.answer(&sent(&offer), SendReceive, &mut random.fill()).unwrap();
    (alice.receive_answer(&sent(&answer)).unwrap(), at_bob)
}

#[test]
fn an_offer_in_text() {
    let mut capability = AudioCapability::secure("192.0.2.1:16384".parse().unwrap());
    capability.suites = vec![CryptoSuite::AesCm128HmacSha1_80];
    let mut alice = OfferAnswer::new(capability, 84);
    let offer = alice.offer(SendReceive, &mut |bytes| bytes.fill(0)).unwrap();
    assert_eq!(
        String::from_utf8(offer.to_bytes()).unwrap(),
        "v=0\r\no=ringbearer 42 43 IN IP4 192.0.2.1\r\ns=SIP Call\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 16384 RTP/SAVP 0 8 101\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    assert!(!format!("{offer:?}").contains("AAAA"));
}

#[test]
fn events_are_offered_under_the_payload_type_that_is_configured() {
    for (configured, offered) in [(97, "m=audio 4000 RTP/SAVP 0 8 97"), (8, "m=audio 4000 RTP/SAVP 0 8 101")] {
        let mut capability = AudioCapability::secure("192.0.2.1:4000".parse().unwrap());
        capability.telephone_event = configured;
        let offer = OfferAnswer::new(capability, 1).offer(SendReceive, &mut Random(0).fill()).unwrap();
        let text = String::from_utf8(offer.to_bytes()).unwrap();
        assert_eq!(text.lines().find(|line| line.starts_with("m=")), Some(offered));
    }
}

#[test]
fn both_ends_settle_on_the_same_keys() {
    let (mut alice, mut bob) = (endpoint("192.0.2.1:16384"), endpoint("[2001:db8::2]:4000"));
    let (at_alice, at_bob) = settle(&mut alice, &mut bob, &mut Random(0));
    assert_eq!(at_alice.remote, "[2001:db8::2]:4000".parse::<SocketAddr>().unwrap());
    assert_eq!(at_bob.remote, "192.0.2.1:16384".parse::<SocketAddr>().unwrap());
    assert_eq!((at_alice.audio.codec, at_alice.audio.payload_type), (Codec::Pcmu, 0));
    assert_eq!(at_alice.telephone_event, Some(101));
    let (alice_keys, bob_keys) = (at_alice.srtp.unwrap(), at_bob.srtp.unwrap());
    assert_eq!(alice_keys.send, bob_keys.receive);
    assert_eq!(alice_keys.receive, bob_keys.send);
    assert_eq!(alice_keys.send.suite(), CryptoSuite::AeadAes256Gcm);
}

#[test]
fn the_answer_takes_the_offerers_first_suite_that_we_have() {
    let mut random = Random(0);
    for suite in CryptoSuite::ALL {
        let mut capability = AudioCapability::secure("192.0.2.1:16384".parse().unwrap());
        capability.suites = vec![suite];
        let mut alice = endpoint("192.0.2.2:4000");
        let (at_alice, _) = settle(&mut alice, &mut OfferAnswer::new(capability, 2), &mut random);
        assert_eq!(at_alice.srtp.unwrap().receive.suite(), suite);
    }
}

#[test]
fn hold_and_resume() {
    let mut random = Random(0);
    let (mut alice, mut bob) = (endpoint("192.0.2.1:16384"), endpoint("192.0.2.2:4000"));
    let (first, _) = settle(&mut alice, &mut bob, &mut random);

    let hold = alice.offer(SendOnly, &mut random.fill()).unwrap();
    assert!(hold.streams().next().unwrap().is_hold());
    assert_eq!(hold.version(), 1_000_002);
    let (answer, at_bob) = bob.answer(&sent(&hold), SendReceive, &mut random.fill()).unwrap();
    assert_eq!(at_bob.direction, ReceiveOnly);
    let at_alice = alice.receive_answer(&sent(&answer)).unwrap();
    assert_eq!(at_alice.direction, SendOnly);
    // MED-3: fresh keys in each re-INVITE.
    assert_ne!(at_alice.srtp.as_ref().unwrap().send, first.srtp.as_ref().unwrap().send);
    assert_ne!(at_alice.srtp.as_ref().unwrap().receive, first.srtp.as_ref().unwrap().receive);

    // Both hold: nothing flows; the one that held last resumes and still gets nothing.
    let (_, at_alice) = {
        let hold = bob.offer(SendOnly, &mut random.fill()).unwrap();
        alice.answer(&sent(&hold), SendOnly, &mut random.fill()).unwrap()
    };
    assert_eq!(at_alice.direction, Inactive);
    bob.withdraw();
    let (at_alice, at_bob) = settle(&mut alice, &mut bob, &mut random);
    assert_eq!((at_alice.direction, at_bob.direction), (SendReceive, SendReceive));
}

#[test]
fn a_zero_address_is_the_old_hold() {
    let mut bob = endpoint("192.0.2.2:4000");
    bob = OfferAnswer::new(AudioCapability { security: SecurityPolicy::Fallback, ..bob.capability().clone() }, 2);
    let offer = parse("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\nm=audio 4000 RTP/AVP 0\n");
    assert!(offer.streams().next().unwrap().is_hold());
    let (_, at_bob) = bob.answer(&offer, SendReceive, &mut |_| {}).unwrap();
    assert_eq!(at_bob.direction, ReceiveOnly);
}

#[test]
fn other_streams_are_refused_and_keep_their_place() {
    let mut bob = endpoint("192.0.2.2:4000");
    let key = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    let offer = parse(&format!(
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n\
         m=video 5000 RTP/SAVP 97\na=rtpmap:97 H264/90000\n\
         m=audio 4000 RTP/SAVP 9 96 8\na=rtpmap:96 telephone-event/8000\na=crypto:5 AES_CM_128_HMAC_SHA1_32 {key}\n\
         m=application 6000 UDP/BFCP *\n"
    ));
    let (answer, at_bob) = bob.answer(&offer, SendReceive, &mut |bytes| bytes.fill(1)).unwrap();
    let text = String::from_utf8(answer.to_bytes()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("m=") || line.contains("crypto")).collect();
    assert_eq!(
        lines,
        [
            "m=video 0 RTP/SAVP 97",
            "m=audio 4000 RTP/SAVP 8 96",
            "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
            "m=application 0 UDP/BFCP *"
        ]
    );
    assert_eq!((at_bob.audio.codec, at_bob.telephone_event), (Codec::Pcma, Some(96)));
    let hold = bob.offer(SendOnly, &mut |bytes| bytes.fill(2)).unwrap();
    let places: Vec<bool> = hold.streams().map(|stream| stream.is_disabled()).collect();
    assert_eq!(places, [true, false, true]);
}

#[test]
fn med_3_clear_media_is_refused_where_srtp_is_required() {
    let clear = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 0\n";
    let refuse = |text: &str| endpoint("192.0.2.2:4000").answer(&parse(text), SendReceive, &mut |_| {}).unwrap_err();
    assert_eq!(refuse(clear), SdpError::MediaInClear);
    // A key in a profile that has none: RFC 4568 §5 knows the attribute in secure profiles only.
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    assert_eq!(refuse(&format!("{clear}{key}\n")), SdpError::MediaInClear);
    let secure = clear.replace("RTP/AVP", "RTP/SAVP");
    assert_eq!(refuse(&secure), SdpError::Crypto(CryptoViolation::NoneUsable));
    assert_eq!(refuse(&format!("{secure}{key} UNENCRYPTED_SRTP\n")), SdpError::Crypto(CryptoViolation::NoneUsable));
    assert_eq!(refuse(&format!("{secure}{key}\n").replace("_80", "_96")).refusal(), Refusal::NotAcceptableHere);

    assert_eq!(security_of(&parse(clear)), MediaSecurity::Clear);
    assert_eq!(security_of(&parse(&format!("{clear}{key}\n"))), MediaSecurity::Clear);
    assert_eq!(security_of(&parse(&secure)), MediaSecurity::Unusable(CryptoViolation::NoneUsable));
    assert_eq!(
        security_of(&parse(&format!("{secure}{key} UNENCRYPTED_SRTCP\n"))),
        MediaSecurity::Unusable(CryptoViolation::Unencrypted)
    );
    assert_eq!(security_of(&parse(&format!("{secure}{key}\n"))), MediaSecurity::Encrypted);
    assert_eq!(security_of(&parse(&format!("{secure}{key}\nm=video 4002 RTP/AVP 97\n"))), MediaSecurity::Clear);
    assert_eq!(
        security_of(&parse(&format!("{secure}{key}\nm=video 0 RTP/AVP 97\nm=application 5 UDP/BFCP *\n"))),
        MediaSecurity::Encrypted
    );
}

#[test]
fn med_3_an_answer_with_the_offered_key_tag_or_suite_wrong_is_refused() {
    let mut random = Random(0);
    let (mut alice, mut bob) = (endpoint("192.0.2.1:16384"), endpoint("192.0.2.2:4000"));
    let offer = alice.offer(SendReceive, &mut random.fill()).unwrap();
    let (answer, _) = bob.answer(&sent(&offer), SendReceive, &mut random.fill()).unwrap();
    assert_eq!(security_of_answer(&offer, &answer), MediaSecurity::Encrypted);
    let text = String::from_utf8(answer.to_bytes()).unwrap();
    let key = text.lines().find(|line| line.contains("crypto")).unwrap();
    let offered = String::from_utf8(offer.to_bytes()).unwrap();
    let same = offered.lines().find(|line| line.contains("crypto:1")).unwrap();
    let rows = [
        (same.to_owned(), CryptoViolation::SameKeyBothWays),
        (key.replace("crypto:1", "crypto:9"), CryptoViolation::Tag),
        (key.replace("crypto:1", "crypto:3"), CryptoViolation::Suite),
        (format!("{key}\r\n{key}"), CryptoViolation::NoneUsable),
        (format!("{key} UNAUTHENTICATED_SRTP"), CryptoViolation::Unauthenticated),
    ];
    for (line, violation) in rows {
        let answer = SessionDescription::parse(text.replace(key, &line).as_bytes()).unwrap();
        assert_eq!(security_of_answer(&offer, &answer), MediaSecurity::Unusable(violation), "{violation}");
        assert_eq!(alice.receive_answer(&answer), Err(SdpError::Crypto(violation)));
        alice.offer(SendReceive, &mut Random(0).fill()).unwrap();
    }
    let clear = SessionDescription::parse(text.replace("RTP/SAVP", "RTP/AVP").as_bytes()).unwrap();
    assert_eq!(security_of_answer(&offer, &clear), MediaSecurity::Clear);
    assert_eq!(alice.receive_answer(&clear), Err(SdpError::MediaInClear));
}

#[test]
fn fallback_takes_an_answer_in_clear() {
    let capability =
        |address: &str, security| AudioCapability { security, ..AudioCapability::secure(address.parse().unwrap()) };
    let mut alice = OfferAnswer::new(capability("192.0.2.1:4000", SecurityPolicy::Fallback), 2);
    alice.offer(SendReceive, &mut Random(0).fill()).unwrap();
    let answer = parse("v=0\no=- 1 1 IN IP4 192.0.2.2\ns=-\nc=IN IP4 192.0.2.2\nt=0 0\nm=audio 4000 RTP/AVP 8\n");
    let settled = alice.receive_answer(&answer).unwrap();
    assert_eq!((settled.srtp, settled.audio.codec), (None, Codec::Pcma));

    let mut clear = OfferAnswer::new(capability("192.0.2.1:4000", SecurityPolicy::Clear), 2);
    let offer = clear.offer(SendReceive, &mut Random(0).fill()).unwrap();
    assert_eq!(security_of(&offer), MediaSecurity::Clear);
}

#[test]
fn answers_that_do_not_fit() {
    let mut alice = endpoint("192.0.2.1:4000");
    let head = "v=0\no=- 1 1 IN IP4 192.0.2.2\ns=-\nc=IN IP4 192.0.2.2\nt=0 0\n";
    let rows = [
        (String::new(), SdpError::AnswerDoesNotFitOffer("number of media descriptions")),
        ("m=video 4000 RTP/SAVP 0\n".into(), SdpError::AnswerDoesNotFitOffer("no audio at its place")),
        ("m=audio 0 RTP/SAVP 0\n".into(), SdpError::NothingInCommon),
        ("m=audio 4000 UDP/TLS/RTP/SAVP 0\n".into(), SdpError::NothingInCommon),
    ];
    for (media, fault) in rows {
        alice.offer(SendReceive, &mut Random(0).fill()).unwrap();
        assert_eq!(alice.offer(SendReceive, &mut Random(0).fill()), Err(SdpError::OutOfTurn));
        assert_eq!(alice.receive_answer(&parse(&format!("{head}{media}"))), Err(fault));
    }
    assert_eq!(alice.receive_answer(&parse(head)), Err(SdpError::OutOfTurn));
}

#[test]
fn addresses_that_are_never_used() {
    for address in ["IP4 224.2.1.1/127", "IP4 239.0.0.1", "IP6 ff02::1", "IP4 255.255.255.255", "IP4 phone.example"] {
        let offer =
            parse(&format!("v=0\no=- 1 1 IN IP4 192.0.2.2\ns=-\nc=IN {address}\nt=0 0\nm=audio 4000 RTP/AVP 0\n"));
        assert_eq!(offer.streams().next().unwrap().address(), Err(SdpError::AddressNotUnicast), "{address}");
    }
}
