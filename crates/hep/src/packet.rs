//! A SIP message as a HEP3 packet.

use std::net::{IpAddr, SocketAddr};

use crate::chunk::{ChunkType, append};

const MAGIC: &[u8; 4] = b"HEP3";
/// The protocol type of SIP.
const SIP: u8 = 1;
/// The address families, as Linux numbers them.
const IPV4: u8 = 2;
const IPV6: u8 = 10;

/// What carried the message, by its number in the IP header. TLS counts as TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportProtocol {
    /// 6.
    Tcp,
    /// 17.
    Udp,
}

/// A SIP message and how it went.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What carried it.
    pub transport: TransportProtocol,
    /// Who sent it.
    pub source: SocketAddr,
    /// Whom it was sent to.
    pub destination: SocketAddr,
    /// When, in microseconds since 1970. The protocol has 32 bits for the seconds.
    pub micros: u64,
    /// The number by which the collector knows this node.
    pub agent: u32,
    /// What the collector wants of those it listens to.
    pub key: Option<&'a str>,
    /// What the messages of a call have in common: their Call-ID.
    pub correlation: &'a str,
    /// The message.
    pub payload: &'a [u8],
}

/// A message that no packet can hold: 65,535 octets in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the message is longer than a HEP3 packet can be")
    }
}

impl std::error::Error for TooLong {}

impl Packet<'_> {
    /// The octets of the packet.
    ///
    /// # Errors
    /// When they are more than its length can say.
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let chunks = self.chunks().ok_or(TooLong)?;
        let length = u16::try_from(MAGIC.len() + 2 + chunks.len()).map_err(|_| TooLong)?;
        let mut packet = Vec::with_capacity(usize::from(length));
        packet.extend(MAGIC);
        packet.extend(length.to_be_bytes());
        packet.extend(chunks);
        Ok(packet)
    }

    fn chunks(&self) -> Option<Vec<u8>> {
        let mut chunks = Vec::with_capacity(self.payload.len() + 160);
        let mut add = |kind, value: &[u8]| append(&mut chunks, kind, value);
        let protocol = match self.transport {
            TransportProtocol::Tcp => 6,
            TransportProtocol::Udp => 17,
        };
        match (self.source.ip().to_canonical(), self.destination.ip().to_canonical()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                add(ChunkType::IpFamily, &[IPV4])?;
                add(ChunkType::IpProtocol, &[protocol])?;
                add(ChunkType::Ipv4Source, &source.octets())?;
                add(ChunkType::Ipv4Destination, &destination.octets())?;
            }
            (source, destination) => {
                add(ChunkType::IpFamily, &[IPV6])?;
                add(ChunkType::IpProtocol, &[protocol])?;
                add(ChunkType::Ipv6Source, &six(source))?;
                add(ChunkType::Ipv6Destination, &six(destination))?;
            }
        }
        add(ChunkType::SourcePort, &self.source.port().to_be_bytes())?;
        add(ChunkType::DestinationPort, &self.destination.port().to_be_bytes())?;
        let (seconds, micros) = (self.micros / 1_000_000, self.micros % 1_000_000);
        add(ChunkType::Seconds, &u32::try_from(seconds).unwrap_or(u32::MAX).to_be_bytes())?;
        add(ChunkType::Microseconds, &u32::try_from(micros).unwrap_or_default().to_be_bytes())?;
        add(ChunkType::ProtocolType, &[SIP])?;
        add(ChunkType::CaptureAgent, &self.agent.to_be_bytes())?;
        if let Some(key) = self.key {
            add(ChunkType::AuthenticationKey, key.as_bytes())?;
        }
        if !self.correlation.is_empty() {
            add(ChunkType::CorrelationId, self.correlation.as_bytes())?;
        }
        add(ChunkType::Payload, self.payload)?;
        Some(chunks)
    }
}

fn six(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: &[u8]) -> Packet<'_> {
        Packet {
            transport: TransportProtocol::Tcp,
            source: "192.0.2.1:50000".parse().unwrap(),
            destination: "192.0.2.2:5090".parse().unwrap(),
            micros: 1_700_000_000_000_042,
            agent: 2001,
            key: Some("secret"),
            correlation: "call@x",
            payload,
        }
    }

    /// Reads a packet as a collector does: each chunk by its type.
    fn chunks(packet: &[u8]) -> Vec<(u16, Vec<u8>)> {
        assert_eq!(&packet[..4], b"HEP3");
        let number = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
        assert_eq!(usize::from(number(4)), packet.len());
        let (mut chunks, mut at) = (Vec::new(), 6);
        while at < packet.len() {
            assert_eq!(number(at), 0, "the vendor of generic chunks");
            let end = at + usize::from(number(at + 4));
            chunks.push((number(at + 2), packet[at + 6..end].to_vec()));
            at = end;
        }
        chunks
    }

    #[test]
    fn a_collector_reads_who_when_and_what() {
        assert_eq!(
            chunks(&packet(b"OPTIONS").encode().unwrap()),
            [
                (0x1, vec![2]),
                (0x2, vec![6]),
                (0x3, vec![192, 0, 2, 1]),
                (0x4, vec![192, 0, 2, 2]),
                (0x7, vec![0xc3, 0x50]),
                (0x8, vec![0x13, 0xe2]),
                (0x9, 1_700_000_000_u32.to_be_bytes().to_vec()),
                (0xa, vec![0, 0, 0, 42]),
                (0xb, vec![1]),
                (0xc, vec![0, 0, 0x7, 0xd1]),
                (0xe, b"secret".to_vec()),
                (0x11, b"call@x".to_vec()),
                (0xf, b"OPTIONS".to_vec()),
            ]
        );
    }

    #[test]
    fn addresses_of_the_other_family_have_chunks_of_their_own() {
        let mut packet = packet(b"");
        packet.source = "[2001:db8::1]:5061".parse().unwrap();
        packet.transport = TransportProtocol::Udp;
        let chunks = chunks(&packet.encode().unwrap());
        assert_eq!((chunks[0].1.as_slice(), chunks[1].1.as_slice()), (&[10][..], &[17][..]));
        assert_eq!((chunks[2].0, chunks[2].1[..4].to_vec()), (0x5, vec![0x20, 0x01, 0x0d, 0xb8]));
        assert_eq!((chunks[3].0, chunks[3].1[10..].to_vec()), (0x6, vec![0xff, 0xff, 192, 0, 2, 2]));
    }

    #[test]
    fn what_does_not_fit_is_said_to() {
        assert_eq!(packet(&[0; 65_000]).encode().map(|packet| packet.len() > 65_000), Ok(true));
        assert_eq!(packet(&[0; 65_530]).encode(), Err(TooLong));
        assert_eq!(packet(&[0; 70_000]).encode(), Err(TooLong));
    }
}
