//! Is what the far end stored what was sent? Sample by sample, after the codec's loss.

use rtp::g711::Law;

/// The sent sound was found whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Where in the recording it begins.
    pub offset: usize,
    /// How many samples were compared, all equal.
    pub samples: usize,
}

/// The sent sound was not found; the nearest that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Where in the recording the longest beginning of it was found.
    pub offset: usize,
    /// How many samples of it were equal there.
    pub equal: usize,
    /// How many samples were sent.
    pub samples: usize,
}

/// Looks for the sent samples in a recording of the far end: the whole run, each sample as G.711
/// leaves it, nothing lost, nothing in between.
pub fn compare(sent: &[i16], recorded: &[i16], law: Law) -> Result<Heard, Difference> {
    let expected: Vec<i16> = sent.iter().map(|sample| law.through(*sample)).collect();
    let mut best = Difference { offset: 0, equal: 0, samples: expected.len() };
    for offset in 0..recorded.len() {
        let heard = recorded.get(offset..).unwrap_or_default();
        let equal = heard.iter().zip(&expected).take_while(|(heard, expected)| heard == expected).count();
        if equal == expected.len() {
            return Ok(Heard { offset, samples: equal });
        }
        if equal > best.equal {
            best = Difference { offset, equal, ..best };
        }
    }
    Err(best)
}

#[cfg(test)]
mod tests {
    use rtp::g711::Law;

    use super::{Difference, Heard, compare};
    use crate::tone::tone;

    #[test]
    fn a_recording_with_silence_around() {
        let sent = tone(440, 800);
        let mut recorded = vec![0; 320];
        recorded.extend(sent.iter().map(|sample| Law::Mu.through(*sample)));
        recorded.extend([0; 160]);
        // The tone begins with a sample of silence, as the recording before it ends with one.
        assert_eq!(compare(&sent, &recorded, Law::Mu), Ok(Heard { offset: 320, samples: 800 }));
        recorded[1_000] += 1;
        assert_eq!(compare(&sent, &recorded, Law::Mu), Err(Difference { offset: 320, equal: 680, samples: 800 }));
        assert_eq!(compare(&sent, &[], Law::A), Err(Difference { offset: 0, equal: 0, samples: 800 }));
    }
}
