//! Control packets (RFC 3550 §6): reports on what was sent and received, and the goodbye.
//!
//! We write a compound of one report, the canonical name, and at the end of a call the goodbye; we
//! read the report blocks about our own stream.

use crate::{error::RtpError, statistics::ReceptionStatistics};

/// How often an endpoint reports: the fixed minimum of RFC 3550 §6.2.
pub const INTERVAL_SECONDS: u64 = 5;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const VERSION: u8 = 2 << 6;

/// What we sent, for a sender report (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The time in NTP form: seconds since 1900 and fractions in 32 bits each.
    pub ntp_time: u64,
    /// The RTP timestamp of the same instant.
    pub timestamp: u32,
    /// Packets.
    pub packets: u32,
    /// Bytes of payload.
    pub bytes: u32,
}

/// A report block (RFC 3550 §6.4.1): what the writer received of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub source: u32,
    /// Packets lost since the beginning.
    pub lost: i32,
    /// The highest sequence number with its wraps.
    pub highest_sequence_number: u32,
    /// The interarrival jitter in samples.
    pub jitter: u32,
}

impl ReportBlock {
    /// What the statistics say of a source.
    pub fn new(source: u32, statistics: &ReceptionStatistics) -> Self {
        // RFC 3550 §6.4.1: the count is a signed number of 24 bits.
        let lost = statistics.lost().clamp(-(1 << 23), (1 << 23) - 1) as i32;
        let highest_sequence_number = statistics.highest_sequence_number();
        Self { source, lost, highest_sequence_number, jitter: statistics.jitter() }
    }

    fn write(&self, packet: &mut Vec<u8>) {
        packet.extend_from_slice(&self.source.to_be_bytes());
        // The fraction since the last report is left at zero: we keep no intervals.
        packet.extend_from_slice(&(self.lost as u32 & 0x00ff_ffff).to_be_bytes());
        packet.extend_from_slice(&self.highest_sequence_number.to_be_bytes());
        packet.extend_from_slice(&self.jitter.to_be_bytes());
        packet.extend_from_slice(&[0; 8]);
    }

    fn parse(block: &[u8; 24]) -> Self {
        let word = |at: usize| {
            let bytes = block.get(at..).and_then(<[u8]>::first_chunk).copied();
            u32::from_be_bytes(bytes.unwrap_or_default())
        };
        Self { source: word(0), lost: (word(4) << 8) as i32 >> 8, highest_sequence_number: word(8), jitter: word(12) }
    }
}

/// Writes a compound packet. `goodbye` ends the stream (RFC 3550 §6.6).
pub fn compound(source: u32, sent: Option<Sent>, blocks: &[ReportBlock], name: &str, goodbye: bool) -> Vec<u8> {
    let mut packet = Vec::with_capacity(128);
    let blocks = blocks.get(..blocks.len().min(31)).unwrap_or_default();
    let packet_type = if sent.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    part(&mut packet, packet_type, blocks.len() as u8, |body| {
        body.extend_from_slice(&source.to_be_bytes());
        if let Some(sent) = sent {
            body.extend_from_slice(&sent.ntp_time.to_be_bytes());
            body.extend_from_slice(&sent.timestamp.to_be_bytes());
            body.extend_from_slice(&sent.packets.to_be_bytes());
            body.extend_from_slice(&sent.bytes.to_be_bytes());
        }
        blocks.iter().for_each(|block| block.write(body));
    });
    part(&mut packet, SOURCE_DESCRIPTION, 1, |body| {
        const CANONICAL_NAME: u8 = 1;
        let name = name.as_bytes().get(..name.len().min(255)).unwrap_or_default();
        body.extend_from_slice(&source.to_be_bytes());
        body.extend_from_slice(&[CANONICAL_NAME, name.len() as u8]);
        body.extend_from_slice(name);
        // RFC 3550 §6.5: the list ends with a null, and is padded with nulls.
        body.push(0);
        body.resize(body.len().next_multiple_of(4), 0);
    });
    if goodbye {
        part(&mut packet, GOODBYE, 1, |body| body.extend_from_slice(&source.to_be_bytes()));
    }
    packet
}

/// One packet of the compound: a header of four bytes, then the body.
fn part(packet: &mut Vec<u8>, packet_type: u8, count: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::with_capacity(64);
    body(&mut content);
    let words = (content.len() / 4) as u16;
    packet.extend_from_slice(&[VERSION | count, packet_type]);
    packet.extend_from_slice(&words.to_be_bytes());
    packet.extend_from_slice(&content);
}

/// What a peer's compound packet says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The blocks of the sender and receiver reports.
    pub blocks: Vec<ReportBlock>,
    /// Did the peer say goodbye?
    pub goodbye: bool,
}

/// Reads a compound packet (RFC 3550 §6.1). Packets of other types are passed over.
pub fn parse(compound: &[u8]) -> Result<Report, RtpError> {
    let mut report = Report::default();
    let mut rest = compound;
    while let Some(([flags, packet_type, l0, l1], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*l0, *l1])) * 4;
        let (body, next) = after.split_at_checked(length).ok_or(RtpError::Malformed)?;
        if flags >> 6 != 2 {
            return Err(RtpError::Malformed);
        }
        let blocks_at = match *packet_type {
            SENDER_REPORT => Some(24),
            RECEIVER_REPORT => Some(4),
            _ => None,
        };
        if let Some(at) = blocks_at {
            let blocks = body.get(at..).ok_or(RtpError::Malformed)?;
            let count = usize::from(flags & 0b1_1111);
            report.blocks.extend(blocks.as_chunks().0.iter().take(count).map(ReportBlock::parse));
        }
        report.goodbye |= *packet_type == GOODBYE;
        rest = next;
    }
    if rest.is_empty() && !compound.is_empty() { Ok(report) } else { Err(RtpError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::{Report, ReportBlock, Sent, compound, parse};
    use crate::error::RtpError;

    const BLOCK: ReportBlock = ReportBlock { source: 7, lost: -3, highest_sequence_number: 65_540, jitter: 12 };

    #[test]
    fn written_and_read() {
        let sent = Sent { ntp_time: 1 << 32, timestamp: 160, packets: 1, bytes: 160 };
        let packet = compound(9, Some(sent), &[BLOCK], "a@b", true);
        assert_eq!(packet.len(), 28 + 24 + 16 + 8);
        assert_eq!(packet.first_chunk(), Some(&[0x81, 200, 0, 12]));
        assert_eq!(parse(&packet), Ok(Report { blocks: vec![BLOCK], goodbye: true }));
        let packet = compound(9, None, &[], "a@b", false);
        assert_eq!(packet, b"\x80\xc9\0\x01\0\0\0\x09\x81\xca\0\x03\0\0\0\x09\x01\x03a@b\0\0\0");
        assert_eq!(parse(&packet), Ok(Report::default()));
    }

    #[test]
    fn med_2_short_control_packets() {
        let whole = compound(9, None, &[BLOCK], "a@b", true);
        let ends: Vec<usize> = (0..=whole.len()).filter(|end| parse(&whole[..*end]).is_ok()).collect();
        assert_eq!(ends, [32, 48, 56]);
        assert_eq!(parse(b"\x00\xc9\x00\x00"), Err(RtpError::Malformed));
    }
}
