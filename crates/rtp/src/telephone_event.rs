//! DTMF digits as events (RFC 4733).
//!
//! A digit is a run of packets under one timestamp with growing duration; the last is sent three
//! times with the end bit (RFC 4733 §2.5.1.4).

use crate::error::RtpError;

/// How long we send a digit: 100 ms.
pub const DIGIT_SAMPLES: u16 = 800;

/// The level that we send, in dBm0 below zero.
const VOLUME: u8 = 10;

const END: u8 = 0x80;
const VOLUME_MASK: u8 = 0x3f;

/// The payload of one packet (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The event code: 0 to 9, 10 for star, 11 for pound, 12 to 15 for A to D.
    pub event: u8,
    /// Is the event over?
    pub end: bool,
    /// The level in dBm0 below zero.
    pub volume: u8,
    /// Samples since the beginning of the event.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads a payload. Longer ones have further events behind, which we don't take.
    pub fn parse(payload: &[u8]) -> Result<Self, RtpError> {
        let Some([event, flags, d0, d1]) = payload.first_chunk::<4>() else {
            return Err(RtpError::Malformed);
        };
        Ok(Self {
            event: *event,
            end: flags & END != 0,
            volume: flags & VOLUME_MASK,
            duration: u16::from_be_bytes([*d0, *d1]),
        })
    }

    /// The payload.
    pub fn to_payload(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.event, self.volume & VOLUME_MASK | if self.end { END } else { 0 }, d0, d1]
    }

    /// The digit as people write it.
    pub fn digit(self) -> Option<char> {
        DIGITS.get(usize::from(self.event)).map(|digit| char::from(*digit))
    }
}

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The payloads of a digit, one each 20 ms; the last three leave together.
pub fn payloads(digit: char) -> Option<Vec<TelephoneEvent>> {
    let digit = u8::try_from(digit.to_ascii_uppercase()).ok()?;
    let event = DIGITS.iter().position(|known| *known == digit)? as u8;
    let packet = |duration, end| TelephoneEvent { event, end, volume: VOLUME, duration };
    let step = crate::SAMPLES_PER_PACKET as u16;
    let growing = (1..DIGIT_SAMPLES / step).map(|count| packet(count * step, false));
    Some(growing.chain([packet(DIGIT_SAMPLES, true); 3]).collect())
}

/// Finds the digits in the packets that come.
#[derive(Debug, Default)]
pub struct DigitDetector {
    /// The timestamp of the digit that was last told.
    last: Option<u32>,
}

impl DigitDetector {
    /// A digit, once for all the packets under its timestamp: a lost end loses no digit.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8]) -> Result<Option<char>, RtpError> {
        let event = TelephoneEvent::parse(payload)?;
        if self.last.replace(timestamp) == Some(timestamp) { Ok(None) } else { Ok(event.digit()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{DigitDetector, TelephoneEvent, payloads};

    #[test]
    fn a_digit_in_packets() {
        let packets: Vec<[u8; 4]> = payloads('5').unwrap().into_iter().map(TelephoneEvent::to_payload).collect();
        assert_eq!(
            packets,
            [
                [5, 10, 0x00, 0xa0],
                [5, 10, 0x01, 0x40],
                [5, 10, 0x01, 0xe0],
                [5, 10, 0x02, 0x80],
                [5, 0x8a, 0x03, 0x20],
                [5, 0x8a, 0x03, 0x20],
                [5, 0x8a, 0x03, 0x20],
            ]
        );
        assert_eq!(payloads('x'), None);
        assert_eq!(payloads('#').unwrap()[0].event, 11);
        assert_eq!(payloads('d').unwrap()[0].event, 15);
    }

    #[test]
    fn each_digit_is_told_once() {
        let mut detector = DigitDetector::default();
        let mut told = String::new();
        for (timestamp, digit) in [(1_000, '7'), (3_000, '7'), (5_000, '*')] {
            // The first packet of each is lost.
            for event in &payloads(digit).unwrap()[1..] {
                told.extend(detector.receive(timestamp, &event.to_payload()).unwrap());
            }
        }
        assert_eq!(told, "77*");
        assert!(detector.receive(0, &[1, 2, 3]).is_err());
        assert_eq!(detector.receive(0, &[200, 0, 0, 1]), Ok(None));
    }
}
