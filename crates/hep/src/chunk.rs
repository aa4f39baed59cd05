//! A chunk, by its type.

/// The generic chunk types that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum ChunkType {
    IpFamily = 0x0001,
    IpProtocol = 0x0002,
    Ipv4Source = 0x0003,
    Ipv4Destination = 0x0004,
    Ipv6Source = 0x0005,
    Ipv6Destination = 0x0006,
    SourcePort = 0x0007,
    DestinationPort = 0x0008,
    Seconds = 0x0009,
    Microseconds = 0x000a,
    ProtocolType = 0x000b,
    CaptureAgent = 0x000c,
    AuthenticationKey = 0x000e,
    Payload = 0x000f,
    CorrelationId = 0x0011,
}

/// Octets before the value of a chunk.
pub(crate) const HEADER: usize = 6;

/// Appends a chunk; `None` when its value is too long.
pub(crate) fn append(packet: &mut Vec<u8>, kind: ChunkType, value: &[u8]) -> Option<()> {
    let length = u16::try_from(HEADER + value.len()).ok()?;
    packet.extend([0, 0]);
    packet.extend((kind as u16).to_be_bytes());
    packet.extend(length.to_be_bytes());
    packet.extend(value);
    Some(())
}
