//! Puts packets in the order in which they were sent.
//!
//! The buffer knows no time: a packet is handed on when all before it are, or when so many later
//! ones wait that those missing count as lost. That is what a recorder wants, and it makes the same
//! output from the same input; a sound card would add its own delay behind it.

use std::collections::BTreeMap;

/// A packet in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The RTP timestamp.
    pub timestamp: u32,
    /// The codes.
    pub payload: Vec<u8>,
    /// Packets before it that never came.
    pub lost_before: u64,
}

/// A buffer for one stream.
#[derive(Debug)]
pub struct JitterBuffer {
    depth: usize,
    waiting: BTreeMap<u64, (u32, Vec<u8>)>,
    /// The index of the next packet; none before the first.
    next: Option<u64>,
}

/// Room below the first index, for packets that were sent before the first that came.
const FIRST_INDEX: u64 = 1 << 32;

impl JitterBuffer {
    /// A buffer that waits for a missing packet until this many later ones wait behind it.
    pub fn new(depth: usize) -> Self {
        Self { depth: depth.max(1), waiting: BTreeMap::new(), next: None }
    }

    /// Takes a packet. One that comes too late or twice is left out: false.
    pub fn push(&mut self, sequence_number: u16, timestamp: u32, payload: &[u8]) -> bool {
        let index = self.index_of(sequence_number);
        if self.next.is_some_and(|next| index < next) || self.waiting.contains_key(&index) {
            return false;
        }
        self.waiting.insert(index, (timestamp, payload.to_vec()));
        true
    }

    /// The next packet, if its turn has come.
    pub fn pop(&mut self) -> Option<Frame> {
        let first = *self.waiting.first_key_value()?.0;
        let in_turn = self.next == Some(first);
        if in_turn || self.waiting.len() > self.depth { self.take_first() } else { None }
    }

    /// The next packet without waiting: the stream is at its end.
    pub fn flush(&mut self) -> Option<Frame> {
        self.take_first()
    }

    fn take_first(&mut self) -> Option<Frame> {
        let (index, (timestamp, payload)) = self.waiting.pop_first()?;
        let lost_before = self.next.map_or(0, |next| index.saturating_sub(next));
        self.next = Some(index + 1);
        Some(Frame { timestamp, payload, lost_before })
    }

    /// The number with its wraps (RFC 3550 §A.1): the nearest to where the stream stands.
    fn index_of(&self, sequence_number: u16) -> u64 {
        let reference = self
            .waiting
            .last_key_value()
            .map(|(index, _)| *index)
            .or(self.next.map(|next| next.saturating_sub(1)))
            .unwrap_or(FIRST_INDEX + u64::from(sequence_number));
        let step = sequence_number.wrapping_sub(reference as u16) as i16;
        reference.saturating_add_signed(i64::from(step))
    }
}

#[cfg(test)]
mod tests {
    use super::JitterBuffer;

    fn pops(buffer: &mut JitterBuffer) -> Vec<(u32, u64)> {
        std::iter::from_fn(|| buffer.pop()).map(|frame| (frame.timestamp, frame.lost_before)).collect()
    }

    #[test]
    fn the_first_packets_may_come_out_of_order() {
        let mut buffer = JitterBuffer::new(2);
        assert!(buffer.push(11, 11, b""));
        assert!(buffer.push(10, 10, b""));
        assert_eq!(pops(&mut buffer), []);
        assert!(buffer.push(12, 12, b""));
        assert_eq!(pops(&mut buffer), [(10, 0), (11, 0), (12, 0)]);
    }

    #[test]
    fn lost_and_late_packets() {
        let mut buffer = JitterBuffer::new(2);
        for number in [1_u16, 2, 3, 5, 6] {
            buffer.push(number, number.into(), b"");
        }
        assert_eq!(pops(&mut buffer), [(1, 0), (2, 0), (3, 0)]);
        assert!(!buffer.push(5, 5, b""), "twice");
        buffer.push(7, 7, b"");
        assert_eq!(pops(&mut buffer), [(5, 1), (6, 0), (7, 0)]);
        assert!(!buffer.push(4, 4, b""), "too late");
    }

    #[test]
    fn numbers_wrap() {
        let mut buffer = JitterBuffer::new(1);
        for number in [65_534_u16, 65_535, 0, 2, 1] {
            buffer.push(number, number.into(), b"");
        }
        let order: Vec<u32> = pops(&mut buffer).into_iter().map(|(timestamp, _)| timestamp).collect();
        assert_eq!(order, [65_534, 65_535, 0, 1, 2]);
    }

    #[test]
    fn the_end_is_flushed() {
        let mut buffer = JitterBuffer::new(8);
        buffer.push(1, 1, b"");
        buffer.push(3, 3, b"");
        assert_eq!(pops(&mut buffer), []);
        assert_eq!(buffer.flush().unwrap().timestamp, 1);
        assert_eq!(buffer.flush().unwrap().lost_before, 1);
        assert_eq!(buffer.flush(), None);
    }
}
