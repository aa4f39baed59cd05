//! Our descriptions in text.

use std::net::SocketAddr;

use sdp_types::{Attribute, Connection, Media, Origin, Session, Time};

use crate::{
    codec::{Codec, Format},
    crypto::CryptoAttribute,
    description::SessionDescription,
    direction::Direction,
};

/// Milliseconds of sound in a packet.
const PACKET_TIME: &str = "20";

/// The events that we name: the digits, star, pound, A to D (RFC 4733 §3.2).
const EVENTS: &str = "0-15";

/// A session with our address and these media descriptions.
pub(super) fn session(id: u64, version: u64, address: SocketAddr, medias: Vec<Media>) -> SessionDescription {
    let mut origin = Origin::with_ip_addr(id, version, address.ip());
    origin.username = Some("ringbearer".to_owned());
    let mut session = Session::new(origin, "SIP Call");
    session.connection = Some(Connection::from_ip_addr(address.ip()));
    session.times = vec![Time::new(0, 0)];
    session.medias = medias;
    SessionDescription::from_session(session)
}

/// Our audio stream.
pub(super) fn audio(port: u16, formats: &[Format], direction: Direction, keys: &[CryptoAttribute]) -> Media {
    let numbers: Vec<String> = formats.iter().map(|format| format.payload_type.to_string()).collect();
    let mut attributes: Vec<Attribute> =
        keys.iter().map(|key| Attribute::with_value("crypto", key.to_value().as_str())).collect();
    for format in formats {
        let number = format.payload_type;
        attributes.push(Attribute::with_value("rtpmap", format!("{number} {}/8000", format.codec.encoding_name())));
        if format.codec == Codec::TelephoneEvent {
            attributes.push(Attribute::with_value("fmtp", format!("{number} {EVENTS}")));
        }
    }
    attributes.push(Attribute::with_value("ptime", PACKET_TIME));
    attributes.push(Attribute::new(direction.attribute()));
    Media {
        media: "audio".to_owned(),
        port,
        num_ports: None,
        proto: if keys.is_empty() { "RTP/AVP" } else { "RTP/SAVP" }.to_owned(),
        fmt: numbers.join(" "),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes,
    }
}
