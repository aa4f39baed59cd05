//! The file that Wireshark reads: one section, one interface, one packet a segment.
//!
//! Three kinds of block are written (draft-ietf-opsawg-pcapng): the section header, the description of the interface, and
//! enhanced packets. All numbers are little-endian.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::buffer::Captured;
use crate::message::MaskedMessage;
use crate::packet::{MOST, Segment};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// The link type of packets that begin with their IP header.
const RAW: u16 = 101;

const COMMENT: u16 = 1;
const APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;

/// The messages of a record as a pcapng file. `node` is who took it.
#[must_use]
pub fn pcapng<'a>(node: &str, messages: impl IntoIterator<Item = &'a Captured>) -> Vec<u8> {
    let mut file = Vec::new();
    let comment = "Clear signalling, taken where TLS ends. Tokens, digests and keys are masked, and Content-Length fits \
                   the masked body; the TCP segments are made up around the messages.";
    section_header(&mut file, node, comment);
    interface_description(&mut file);
    let mut streams = Streams::default();
    for captured in messages {
        let message = with_dissectable_keys(&captured.message);
        for part in message.as_str().as_bytes().chunks(MOST) {
            let (sequence, acknowledgement) = streams.advance(captured.source, captured.destination, part.len());
            let segment = Segment {
                source: captured.source,
                destination: captured.destination,
                sequence,
                acknowledgement,
                payload: part,
            };
            let comment = format!("{}, flow {}", captured.peer, captured.flow);
            enhanced_packet(&mut file, captured.at.as_micros(), &segment.to_packet(), &comment);
        }
    }
    file
}

/// Puts in the place of a masked SDES key what a dissector takes for one (RFC 4568 §6.1): the base64 of thirty octets, which
/// say MASKED.
fn with_dissectable_keys(message: &MaskedMessage) -> MaskedMessage {
    const MASKED: &str = "inline:****";
    const DISSECTABLE: &str = "inline:TUFTS0VETUFTS0VETUFTS0VETUFTS0VETUFTS0VE";
    match message.as_str().contains(MASKED) {
        true => MaskedMessage::new(message.as_str().replace(MASKED, DISSECTABLE)),
        false => message.clone(),
    }
}

/// The next sequence number of each direction.
#[derive(Default)]
struct Streams(HashMap<(SocketAddr, SocketAddr), u32>);

impl Streams {
    /// The sequence number of a part, and what its sender has of the other direction.
    fn advance(&mut self, source: SocketAddr, destination: SocketAddr, length: usize) -> (u32, u32) {
        let acknowledgement = self.0.get(&(destination, source)).copied().unwrap_or(1);
        let next = self.0.entry((source, destination)).or_insert(1);
        let sequence = *next;
        *next = next.wrapping_add(u32::try_from(length).unwrap_or_default());
        (sequence, acknowledgement)
    }
}

fn section_header(file: &mut Vec<u8>, node: &str, comment: &str) {
    let mut body = Vec::new();
    body.extend_from_slice(&BYTE_ORDER.to_le_bytes());
    // Version 1.0, and a section whose length is not given.
    body.extend_from_slice(&[1, 0, 0, 0]);
    body.extend_from_slice(&u64::MAX.to_le_bytes());
    option(&mut body, COMMENT, comment);
    option(&mut body, APPLICATION, &format!("Ringbearer on {node}"));
    end_of_options(&mut body);
    block(file, SECTION_HEADER, &body);
}

fn interface_description(file: &mut Vec<u8>) {
    let mut body = Vec::new();
    body.extend_from_slice(&RAW.to_le_bytes());
    // Reserved, and no limit to the length of a packet.
    body.extend_from_slice(&[0; 6]);
    option(&mut body, INTERFACE_NAME, "signalling");
    end_of_options(&mut body);
    block(file, INTERFACE_DESCRIPTION, &body);
}

/// Times are microseconds since 1970, the resolution of an interface that names none.
fn enhanced_packet(file: &mut Vec<u8>, micros: u64, packet: &[u8], comment: &str) {
    let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
    let mut body = Vec::with_capacity(packet.len() + 64);
    body.extend_from_slice(&0_u32.to_le_bytes());
    let [a, b, c, d, e, f, g, h] = micros.to_le_bytes();
    // The high half first.
    body.extend_from_slice(&[e, f, g, h, a, b, c, d]);
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(packet);
    pad(&mut body);
    option(&mut body, COMMENT, comment);
    end_of_options(&mut body);
    block(file, ENHANCED_PACKET, &body);
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX);
    file.extend_from_slice(&kind.to_le_bytes());
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(body);
    file.extend_from_slice(&length.to_le_bytes());
}

/// An option; a text beyond 65535 octets is cut at the end of a character.
fn option(body: &mut Vec<u8>, code: u16, text: &str) {
    let text = text.get(..text.floor_char_boundary(usize::from(u16::MAX))).unwrap_or_default();
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&u16::try_from(text.len()).unwrap_or_default().to_le_bytes());
    body.extend_from_slice(text.as_bytes());
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend_from_slice(&[0; 4]);
}

/// Everything in a block begins at a multiple of four octets.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskedMessage, Timestamp};

    fn captured(from: u16, to: u16, text: &str) -> Captured {
        let end = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Captured {
            at: Timestamp::from_micros(0x0001_0203_0405_0607),
            source: end(from),
            destination: end(to),
            flow: 3,
            peer: "phone".into(),
            message: MaskedMessage::new(text.into()),
        }
    }

    /// The blocks of a file: their kinds and bodies; every length stands twice and is a multiple of four.
    fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let mut all = Vec::new();
        while let Some((kind, rest)) = file.split_first_chunk::<4>() {
            let (length, _) = rest.split_first_chunk::<4>().expect("a length");
            let length = usize::try_from(u32::from_le_bytes(*length)).expect("a length");
            assert_eq!(length % 4, 0);
            let block = file.get(..length).expect("a whole block");
            assert_eq!(block.get(4..8), block.get(length - 4..));
            all.push((u32::from_le_bytes(*kind), block.get(8..length - 4).expect("a body").to_vec()));
            file = file.get(length..).expect("what follows");
        }
        all
    }

    #[test]
    fn the_file_has_a_section_an_interface_and_a_packet_for_each_message() {
        let file = pcapng("exp-c", &[captured(1, 2, "abc"), captured(2, 1, "de"), captured(1, 2, "f")]);
        let blocks = blocks(&file);
        let kinds: Vec<u32> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [SECTION_HEADER, INTERFACE_DESCRIPTION, ENHANCED_PACKET, ENHANCED_PACKET, ENHANCED_PACKET]);
        let packet = |number: usize| blocks.get(number).map(|(_, body)| body.as_slice()).unwrap_or_default();
        // The high half of the time comes first.
        assert_eq!(packet(2).get(4..12), Some(&[3, 2, 1, 0, 7, 6, 5, 4][..]));
        assert_eq!(packet(2).get(12..16), Some(&43_u32.to_le_bytes()[..]));
        // Behind 20 octets of the block and 24 of IP and the ports: sequence and acknowledgement.
        let numbers = |number| packet(number).get(44..52).map(<[u8]>::to_vec).unwrap_or_default();
        assert_eq!(numbers(2), [0, 0, 0, 1, 0, 0, 0, 1]);
        assert_eq!(numbers(3), [0, 0, 0, 1, 0, 0, 0, 4]);
        assert_eq!(numbers(4), [0, 0, 0, 4, 0, 0, 0, 3]);
        assert!(String::from_utf8_lossy(packet(4)).contains("phone, flow 3"));
    }

    #[test]
    fn a_message_longer_than_a_packet_is_two() {
        let file = pcapng("exp-c", &[captured(1, 2, &"x".repeat(MOST + 1))]);
        assert_eq!(blocks(&file).len(), 4);
    }
}
