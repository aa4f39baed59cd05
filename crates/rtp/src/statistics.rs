//! What came of a stream: counts and interarrival jitter (RFC 3550 §A.3, §A.8).

use crate::packet::Header;

/// The counts for one stream that we receive.
#[derive(Debug, Clone, Default)]
pub struct ReceptionStatistics {
    first: Option<u64>,
    highest: u64,
    received: u64,
    transit: Option<u32>,
    /// Scaled by 16, as RFC 3550 §A.8 keeps it.
    jitter: u32,
}

impl ReceptionStatistics {
    /// Counts a packet. `arrival` is the time of arrival in samples, from any beginning.
    pub fn receive(&mut self, header: &Header, arrival: u32) {
        let index = match self.first {
            None => u64::from(header.sequence_number) + (1 << 32),
            Some(_) => {
                let step = header.sequence_number.wrapping_sub(self.highest as u16) as i16;
                self.highest.saturating_add_signed(i64::from(step))
            }
        };
        self.first = Some(self.first.map_or(index, |first| first.min(index)));
        self.highest = self.highest.max(index);
        self.received += 1;
        let transit = arrival.wrapping_sub(header.timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit.wrapping_sub(before) as i32).unsigned_abs();
            self.jitter = self.jitter.saturating_add(change).saturating_sub((self.jitter + 8) >> 4);
        }
    }

    /// Packets that came.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that were sent and did not come; a repeated one makes up for a lost one, as in
    /// RFC 3550 §A.3.
    pub fn lost(&self) -> i64 {
        let expected = self.first.map_or(0, |first| self.highest - first + 1);
        expected as i64 - self.received as i64
    }

    /// The highest sequence number with its wraps.
    pub fn highest_sequence_number(&self) -> u32 {
        self.highest as u32
    }

    /// The interarrival jitter in samples.
    pub fn jitter(&self) -> u32 {
        self.jitter >> 4
    }
}

#[cfg(test)]
mod tests {
    use super::ReceptionStatistics;
    use crate::packet::Header;

    fn header(sequence_number: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence_number, timestamp, source: 1 }
    }

    #[test]
    fn losses_over_a_wrap() {
        let mut statistics = ReceptionStatistics::default();
        for number in [65_533_u16, 65_535, 0, 3, 1] {
            statistics.receive(&header(number, 0), 0);
        }
        assert_eq!((statistics.received(), statistics.lost()), (5, 2));
    }

    #[test]
    fn jitter_grows_by_a_sixteenth_of_each_change() {
        let mut statistics = ReceptionStatistics::default();
        for count in 0..100_u16 {
            // Each second packet is 80 samples late: every change of transit time is 80.
            let arrival = u32::from(count) * 160 + u32::from(count % 2) * 80;
            statistics.receive(&header(count, u32::from(count) * 160), arrival);
        }
        assert_eq!(statistics.jitter(), 79);
        assert_eq!(statistics.lost(), 0);
    }
}
