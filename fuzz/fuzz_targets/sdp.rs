//! Session descriptions: reading never fails hard, writing gives back what was read, and an answer to any offer
//! is itself a description that can be read and that protects what it says it protects.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use sdp::{AudioCapability, CryptoAttribute, Direction, MediaSecurity, OfferAnswer, SessionDescription};

fuzz_target!(|input: &[u8]| {
    let masked = sdp::mask_keys(input);
    assert_eq!(sdp::mask_keys(&masked), masked, "masking twice changes nothing");
    if let Ok(text) = std::str::from_utf8(input) {
        read_attribute(text);
    }
    let Ok(offer) = SessionDescription::parse(input) else { return };
    let written = offer.to_bytes();
    let again = SessionDescription::parse(&written).expect("what we wrote, we read");
    assert_eq!(again.to_bytes(), written);
    sdp::security_of(&offer);
    answer(&offer);
});

fn read_attribute(text: &str) {
    if let Ok(attribute) = CryptoAttribute::parse(text) {
        let value = attribute.to_value();
        let again = CryptoAttribute::parse(&value).expect("what we wrote, we read");
        assert_eq!(*again.to_value(), *value);
    }
}

fn answer(offer: &SessionDescription) {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 16384);
    let mut ours = OfferAnswer::new(AudioCapability::secure(address), 1);
    let mut random = |bytes: &mut [u8]| bytes.fill(7);
    if let Ok((answer, negotiated)) = ours.answer(offer, Direction::SendReceive, &mut random) {
        assert!(negotiated.srtp.is_some(), "clear media was refused");
        let written = answer.to_bytes();
        let read = SessionDescription::parse(&written).expect("what we wrote, we read");
        assert_eq!(read.streams().count(), offer.streams().count(), "a media line for each");
        assert!(!matches!(sdp::security_of(&read), MediaSecurity::Clear));
    }
}
