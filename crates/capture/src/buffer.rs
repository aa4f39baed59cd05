//! The last messages that fit into a number of octets.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::message::MaskedMessage;
use crate::time::Timestamp;

/// What a message costs beside its text.
const OVERHEAD: usize = 128;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// When it was received, or handed to its connection.
    pub at: Timestamp,
    /// Where it came from.
    pub source: SocketAddr,
    /// Where it went.
    pub destination: SocketAddr,
    /// The number of its connection in the logs.
    pub flow: u64,
    /// What is at the other end: `phone`, `traversal`, the name of a zone.
    pub peer: String,
    /// What it says, without its secrets.
    pub message: MaskedMessage,
}

/// A bounded record. When it is full the oldest messages make room.
#[derive(Clone, Debug)]
pub struct Buffer {
    most: usize,
    octets: usize,
    left_out: u64,
    messages: VecDeque<Captured>,
}

impl Buffer {
    /// A record of at most so many octets.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { most, octets: 0, left_out: 0, messages: VecDeque::new() }
    }

    /// Adds a message. One that is longer than the whole record is left out.
    pub fn push(&mut self, captured: Captured) {
        let cost = cost(&captured);
        if cost > self.most {
            self.left_out += 1;
            return;
        }
        while self.octets + cost > self.most {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.octets -= self::cost(&oldest);
            self.left_out += 1;
        }
        self.octets += cost;
        self.messages.push_back(captured);
    }

    /// The messages, the oldest first.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = &Captured> {
        self.messages.iter()
    }

    /// How many octets are used, and how many there are.
    #[must_use]
    pub const fn octets(&self) -> (usize, usize) {
        (self.octets, self.most)
    }

    /// How many messages made room for others, or were too long.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }
}

fn cost(captured: &Captured) -> usize {
    captured.message.as_str().len() + captured.peer.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(number: u64, length: usize) -> Captured {
        let end = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Captured {
            at: Timestamp::from_micros(number),
            source: end(1),
            destination: end(2),
            flow: number,
            peer: "phone".into(),
            message: MaskedMessage::new("x".repeat(length)),
        }
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let one = 100 + OVERHEAD + "phone".len();
        let mut buffer = Buffer::new(2 * one + 1);
        for number in 1..=4 {
            buffer.push(captured(number, 100));
        }
        let flows: Vec<_> = buffer.messages().map(|captured| captured.flow).collect();
        assert_eq!((flows, buffer.left_out()), (vec![3, 4], 2));
        assert_eq!(buffer.octets(), (2 * one, 2 * one + 1));
    }

    #[test]
    fn a_message_longer_than_the_record_is_left_out_and_pushes_nothing_out() {
        let mut buffer = Buffer::new(500);
        buffer.push(captured(1, 100));
        buffer.push(captured(2, 500));
        assert_eq!((buffer.messages().len(), buffer.left_out()), (1, 1));
    }
}
