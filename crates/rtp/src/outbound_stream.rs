//! Numbers for the packets that we send (RFC 3550 §5.1).

use crate::packet::Header;

/// The sequence number, timestamp and synchronization source of one stream.
#[derive(Debug, Clone)]
pub struct OutboundStream {
    source: u32,
    sequence_number: u16,
    timestamp: u32,
    talk_spurt: bool,
}

impl OutboundStream {
    /// A new stream from random bytes.
    ///
    /// RFC 3711 §3.3.1: the first sequence number is below 2^15, so that the loss of the first
    /// packets around a wrap cannot set the receiver's rollover counter wrong.
    pub fn new(random: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; 10];
        random(&mut bytes);
        let [s0, s1, s2, s3, t0, t1, t2, t3, n0, n1] = bytes;
        Self {
            source: u32::from_be_bytes([s0, s1, s2, s3]),
            sequence_number: u16::from_be_bytes([n0, n1]) >> 1,
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            talk_spurt: true,
        }
    }

    /// The synchronization source.
    pub fn source(&self) -> u32 {
        self.source
    }

    /// The timestamp of the next sample.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// The header of a packet with this many samples. The first packet after silence is marked.
    pub fn next_packet(&mut self, payload_type: u8, samples: u32) -> Header {
        let marker = std::mem::take(&mut self.talk_spurt);
        let header = self.header(payload_type, marker, self.timestamp);
        self.timestamp = self.timestamp.wrapping_add(samples);
        header
    }

    /// The header of a packet that takes no time of its own, such as an event under the timestamp
    /// of its beginning (RFC 4733 §2.2.2).
    pub fn event_packet(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> Header {
        self.header(payload_type, marker, timestamp)
    }

    /// Time goes by without a packet: on hold, or while an event is sent.
    pub fn pass(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.talk_spurt = true;
    }

    fn header(&mut self, payload_type: u8, marker: bool, timestamp: u32) -> Header {
        let sequence_number = self.sequence_number;
        self.sequence_number = sequence_number.wrapping_add(1);
        Header { marker, payload_type, sequence_number, timestamp, source: self.source }
    }
}

#[cfg(test)]
mod tests {
    use super::OutboundStream;

    #[test]
    fn numbers_of_a_stream() {
        let mut stream = OutboundStream::new(&mut |bytes| bytes.fill(0xff));
        let first = stream.next_packet(0, 160);
        let second = stream.next_packet(0, 160);
        assert_eq!((first.marker, first.sequence_number, first.timestamp), (true, 0x7fff, u32::MAX));
        assert_eq!((second.marker, second.sequence_number, second.timestamp), (false, 0x8000, 159));
        stream.pass(320);
        let third = stream.next_packet(0, 160);
        assert_eq!((third.marker, third.sequence_number, third.timestamp), (true, 0x8001, 639));
        assert_eq!(third.source, u32::MAX);
    }
}
