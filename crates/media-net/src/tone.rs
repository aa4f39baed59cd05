//! A tone to hear and to compare: the same samples for the same arguments.

use std::f64::consts::TAU;

/// A quarter of full scale: loud and far from clipping.
const AMPLITUDE: f64 = 8_192.0;

/// `samples` samples of a sine, from its beginning.
pub fn tone(hertz: u32, samples: usize) -> Vec<i16> {
    let step = TAU * f64::from(hertz) / f64::from(rtp::CLOCK_RATE);
    (0..samples).map(|index| ((step * index as f64).sin() * AMPLITUDE) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::tone;

    #[test]
    fn a_second_of_1_khz() {
        let samples = tone(1_000, 8_000);
        assert_eq!(samples[..5], [0, 5_792, 8_192, 5_792, 0]);
        assert_eq!(samples.iter().max(), Some(&8_192));
    }
}
