//! The RTP packet (RFC 3550 §5.1).

use crate::error::RtpError;

/// Bytes of the header without contributing sources and extension.
const FIXED_HEADER: usize = 12;

const VERSION: u8 = 2 << 6;
const VERSION_MASK: u8 = 0b1100_0000;
const PADDING: u8 = 1 << 5;
const EXTENSION: u8 = 1 << 4;
const SOURCE_COUNT: u8 = 0b1111;
const MARKER: u8 = 1 << 7;

/// The fields of the fixed header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The start of a talk spurt, for sound (RFC 3551 §4.1).
    pub marker: bool,
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// One more for each packet.
    pub sequence_number: u16,
    /// The sampling instant of the first sample.
    pub timestamp: u32,
    /// The synchronization source.
    pub source: u32,
}

/// A packet in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// The payload without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet in clear.
    pub fn parse(packet: &'a [u8]) -> Result<Self, RtpError> {
        let (header, length) = Header::parse(packet)?;
        let payload = packet.get(length..).ok_or(RtpError::Malformed)?;
        Ok(Self { header, payload: without_padding(packet, payload)? })
    }
}

impl Header {
    /// Reads the header of a packet, in clear or protected; with the bytes that it takes with
    /// contributing sources and extension.
    pub(crate) fn parse(packet: &[u8]) -> Result<(Self, usize), RtpError> {
        let Some((fixed, rest)) = packet.split_first_chunk::<FIXED_HEADER>() else {
            return Err(RtpError::Malformed);
        };
        let [flags, marker_and_type, n0, n1, t0, t1, t2, t3, s0, s1, s2, s3] = *fixed;
        if flags & VERSION_MASK != VERSION {
            return Err(RtpError::Malformed);
        }
        let header = Self {
            marker: marker_and_type & MARKER != 0,
            payload_type: marker_and_type & !MARKER,
            sequence_number: u16::from_be_bytes([n0, n1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([s0, s1, s2, s3]),
        };
        let sources = usize::from(flags & SOURCE_COUNT) * 4;
        let after_sources = rest.get(sources..).ok_or(RtpError::Malformed)?;
        let extension = if flags & EXTENSION == 0 { 0 } else { extension_length(after_sources)? };
        Ok((header, FIXED_HEADER + sources + extension))
    }

    /// Writes the header and the payload after what `packet` holds.
    pub fn write(&self, payload: &[u8], packet: &mut Vec<u8>) {
        packet.push(VERSION);
        packet.push(self.payload_type & !MARKER | if self.marker { MARKER } else { 0 });
        packet.extend_from_slice(&self.sequence_number.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.source.to_be_bytes());
        packet.extend_from_slice(payload);
    }
}

/// RFC 3550 §5.3.1: a profile word, and the number of 32-bit words that follow.
fn extension_length(bytes: &[u8]) -> Result<usize, RtpError> {
    let Some(([_, _, w0, w1], data)) = bytes.split_first_chunk::<4>() else {
        return Err(RtpError::Malformed);
    };
    let length = usize::from(u16::from_be_bytes([*w0, *w1])) * 4;
    if data.len() < length { Err(RtpError::Malformed) } else { Ok(4 + length) }
}

/// RFC 3550 §5.1: the last byte of the padding counts the padding, itself included.
fn without_padding<'a>(packet: &[u8], payload: &'a [u8]) -> Result<&'a [u8], RtpError> {
    if packet.first().is_none_or(|flags| flags & PADDING == 0) {
        return Ok(payload);
    }
    let padding = payload.last().copied().map_or(0, usize::from);
    match payload.len().checked_sub(padding) {
        // Cannot panic: the length is what was left of the payload's own.
        Some(length) if padding > 0 => Ok(payload.split_at(length).0),
        _ => Err(RtpError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, Packet};
    use crate::error::RtpError;

    const HEADER: Header =
        Header { marker: true, payload_type: 8, sequence_number: 0x1234, timestamp: 0x89ab_cdef, source: 0xcafe_babe };

    #[test]
    fn written_and_read() {
        let mut packet = Vec::new();
        HEADER.write(b"abc", &mut packet);
        assert_eq!(packet, b"\x80\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbeabc");
        assert_eq!(Packet::parse(&packet), Ok(Packet { header: HEADER, payload: b"abc" }));
    }

    #[test]
    fn sources_extension_and_padding_are_skipped() {
        let packet = b"\xb1\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe\
                       \x01\x02\x03\x04\xbe\xde\x00\x01xxxxabc\x00\x02";
        assert_eq!(Packet::parse(packet), Ok(Packet { header: HEADER, payload: b"abc" }));
    }

    #[test]
    fn what_is_no_packet() {
        let rows: [&[u8]; 7] = [
            b"",
            b"\x80\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba",
            b"\x40\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe",
            b"\x81\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe\x01\x02\x03",
            b"\x90\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe\x10\x00\x00\x01\x01\x01\x01",
            b"\xa0\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe\x02",
            b"\xa0\x88\x12\x34\x89\xab\xcd\xef\xca\xfe\xba\xbe\x00",
        ];
        for packet in rows {
            assert_eq!(Packet::parse(packet), Err(RtpError::Malformed), "{packet:x?}");
        }
    }
}
