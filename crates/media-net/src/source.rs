//! What we send: silence, a tone, or samples of a file.

use rtp::{SAMPLES_PER_PACKET, g711::SILENCE};

use crate::tone::tone;

/// The sound that an endpoint sends.
#[derive(Debug, Clone, Default)]
pub struct Source {
    samples: Vec<i16>,
    position: usize,
    repeat: bool,
}

impl Source {
    /// Silence: packets with nothing in them, so that the peer and the path know we are here.
    pub fn silence() -> Self {
        Self::default()
    }

    /// Samples, once; then silence.
    pub fn once(samples: Vec<i16>) -> Self {
        Self { samples, position: 0, repeat: false }
    }

    /// Samples, again and again.
    pub fn repeated(samples: Vec<i16>) -> Self {
        Self { samples, position: 0, repeat: true }
    }

    /// A tone without end.
    pub fn tone(hertz: u32) -> Self {
        // Whole periods of any whole number of hertz.
        Self::repeated(tone(hertz, rtp::CLOCK_RATE as usize))
    }

    /// The samples of the next packet; whether they were the last ones.
    pub(crate) fn next_packet(&mut self) -> ([i16; SAMPLES_PER_PACKET], bool) {
        let mut packet = [SILENCE; SAMPLES_PER_PACKET];
        let was_playing = self.is_playing();
        for sample in &mut packet {
            if self.repeat && self.position == self.samples.len() {
                self.position = 0;
            }
            let Some(next) = self.samples.get(self.position) else { break };
            *sample = *next;
            self.position += 1;
        }
        (packet, was_playing && !self.is_playing())
    }

    fn is_playing(&self) -> bool {
        !self.samples.is_empty() && (self.repeat || self.position < self.samples.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn the_last_packet_is_filled_with_silence() {
        let mut source = Source::once(vec![5; 161]);
        assert_eq!(source.next_packet(), ([5; 160], false));
        let (last, finished) = source.next_packet();
        assert_eq!((last[0], last[1], finished), (5, 0, true));
        assert_eq!(source.next_packet(), ([0; 160], false));
    }

    #[test]
    fn a_tone_has_no_seam() {
        let mut source = Source::tone(440);
        let twice: Vec<i16> = (0..100).flat_map(|_| source.next_packet().0).collect();
        assert_eq!(twice[..8_000], twice[8_000..]);
    }
}
