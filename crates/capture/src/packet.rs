//! IP and TCP headers around a part of a stream.

use std::net::{IpAddr, SocketAddr};

/// The length of a TCP header without options.
const TCP: usize = 20;
/// The protocol number of TCP.
const PROTOCOL: u8 = 6;
/// Hops that the packet may still take; any number would do.
const HOPS: u8 = 64;

/// A part of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    /// At most [`MOST`] octets.
    pub(crate) payload: &'a [u8],
}

/// The longest payload of a segment: with its headers it fits the 16 bits of an IP packet's length.
pub(crate) const MOST: usize = 60_000;

impl Segment<'_> {
    /// The packet, from the first octet of its IP header on.
    pub(crate) fn to_packet(self) -> Vec<u8> {
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => self.version_4(source.octets(), destination.octets()),
            (source, destination) => self.version_6(octets(source), octets(destination)),
        }
    }

    fn version_4(self, source: [u8; 4], destination: [u8; 4]) -> Vec<u8> {
        let length = u16::try_from(20 + TCP + self.payload.len()).unwrap_or(u16::MAX);
        let mut header = vec![0x45, 0];
        header.extend_from_slice(&length.to_be_bytes());
        // No identification, and "don't fragment".
        header.extend_from_slice(&[0, 0, 0x40, 0, HOPS, PROTOCOL]);
        let mut sum = Checksum::default();
        sum.add(&header);
        sum.add(&source);
        sum.add(&destination);
        header.extend_from_slice(&sum.finish());
        header.extend_from_slice(&source);
        header.extend_from_slice(&destination);
        self.finish(header, &source, &destination)
    }

    fn version_6(self, source: [u8; 16], destination: [u8; 16]) -> Vec<u8> {
        let length = u16::try_from(TCP + self.payload.len()).unwrap_or(u16::MAX);
        let mut header = vec![0x60, 0, 0, 0];
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(&[PROTOCOL, HOPS]);
        header.extend_from_slice(&source);
        header.extend_from_slice(&destination);
        self.finish(header, &source, &destination)
    }

    fn finish(self, mut packet: Vec<u8>, source: &[u8], destination: &[u8]) -> Vec<u8> {
        let mut head = Vec::with_capacity(TCP);
        head.extend_from_slice(&self.source.port().to_be_bytes());
        head.extend_from_slice(&self.destination.port().to_be_bytes());
        head.extend_from_slice(&self.sequence.to_be_bytes());
        head.extend_from_slice(&self.acknowledgement.to_be_bytes());
        // Five words long; ACK and PSH; a window that is never full.
        head.extend_from_slice(&[0x50, 0x18, 0xff, 0xff]);
        let length = u32::try_from(TCP + self.payload.len()).unwrap_or(u32::MAX);
        // The pseudo-header, the header with a checksum of zero, the text.
        let mut sum = Checksum::default();
        sum.add(source);
        sum.add(destination);
        sum.add(&length.to_be_bytes());
        sum.add(&[0, PROTOCOL]);
        sum.add(&head);
        sum.add(self.payload);
        head.extend_from_slice(&sum.finish());
        head.extend_from_slice(&[0, 0]);
        packet.extend_from_slice(&head);
        packet.extend_from_slice(self.payload);
        packet
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
    .octets()
}

/// The checksum of the Internet protocols. Each part but the last has an even length.
#[derive(Default)]
struct Checksum(u32);

impl Checksum {
    fn add(&mut self, octets: &[u8]) {
        for word in octets.chunks(2) {
            let word = match *word {
                [high, low] => u16::from_be_bytes([high, low]),
                [high] => u16::from_be_bytes([high, 0]),
                _ => 0,
            };
            self.0 += u32::from(word);
            self.0 = (self.0 & 0xffff) + (self.0 >> 16);
        }
    }

    fn finish(self) -> [u8; 2] {
        let folded = (self.0 & 0xffff) + (self.0 >> 16);
        // Cannot be cut off: two sums of 16 bits were folded until none was left over.
        (!u16::try_from(folded & 0xffff).unwrap_or_default()).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(octets: &[u8]) -> [u8; 2] {
        let mut sum = Checksum::default();
        sum.add(octets);
        sum.finish()
    }

    #[test]
    fn a_version_4_packet_has_right_lengths_and_checksums() {
        let segment = Segment {
            source: "192.0.2.1:40000".parse().expect("an address"),
            destination: "192.0.2.22:5061".parse().expect("an address"),
            sequence: 7,
            acknowledgement: 9,
            payload: b"abc",
        };
        let packet = segment.to_packet();
        assert_eq!(packet.len(), 43);
        assert_eq!(packet.get(2..4), Some(&[0, 43][..]));
        let (ip, tcp) = packet.split_at(20);
        // Over a right header the sum is all ones, whose complement is zero.
        assert_eq!(sum(ip), [0, 0]);
        let mut pseudo = vec![192, 0, 2, 1, 192, 0, 2, 22, 0, 0, 0, 23, 0, 6];
        pseudo.extend_from_slice(tcp);
        assert_eq!(sum(&pseudo), [0, 0]);
        assert_eq!(tcp.get(..12), Some(&[0x9c, 0x40, 0x13, 0xc5, 0, 0, 0, 7, 0, 0, 0, 9][..]));
        assert_eq!(tcp.get(20..), Some(&b"abc"[..]));
    }

    #[test]
    fn a_version_6_packet_and_mixed_families() {
        let segment = Segment {
            source: "[2001:db8::1]:40000".parse().expect("an address"),
            destination: "192.0.2.22:5061".parse().expect("an address"),
            sequence: 0,
            acknowledgement: 0,
            payload: b"",
        };
        let packet = segment.to_packet();
        assert_eq!(packet.first(), Some(&0x60));
        assert_eq!(packet.len(), 60);
        assert_eq!(packet.get(34..40), Some(&[0xff, 0xff, 192, 0, 2, 22][..]));
        let mut pseudo = packet.get(8..40).unwrap_or_default().to_vec();
        pseudo.extend_from_slice(&[0, 0, 0, 20, 0, 6]);
        pseudo.extend_from_slice(packet.get(40..).unwrap_or_default());
        assert_eq!(sum(&pseudo), [0, 0]);
    }
}
