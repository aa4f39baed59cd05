//! Tones: made for one end to say, measured at the other.

use std::f64::consts::TAU;
use std::path::Path;

/// Samples a second of a telephone.
pub const RATE: u32 = 8000;

const AMPLITUDE: f64 = 8000.0;

/// Writes `seconds` of a tone as a WAV file.
pub fn write(path: &Path, hertz: f64, seconds: u32) {
    let specification =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, specification).expect("the tone's file is made");
    for sample in 0..seconds * RATE {
        let phase = TAU * hertz * f64::from(sample) / f64::from(RATE);
        writer.write_sample((AMPLITUDE * phase.sin()) as i16).expect("the tone is written");
    }
    writer.finalize().expect("the tone's file is closed");
}

/// The samples of a WAV file.
pub fn read(path: &Path) -> Vec<f64> {
    let reader = hound::WavReader::open(path).expect("the recording opens");
    assert_eq!(reader.spec().sample_rate, RATE);
    reader.into_samples::<i16>().map(|sample| f64::from(sample.expect("a sample"))).collect()
}

/// How much of a tone is in the samples: 1 for all of what [`write()`] makes.
pub fn share(samples: &[f64], hertz: f64) -> f64 {
    let (sine, cosine) = samples.iter().enumerate().fold((0.0, 0.0), |(sine, cosine), (at, sample)| {
        let phase = TAU * hertz * at as f64 / f64::from(RATE);
        (sine + sample * phase.sin(), cosine + sample * phase.cos())
    });
    2.0 * f64::hypot(sine, cosine) / samples.len().max(1) as f64 / AMPLITUDE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn a_tone_is_told_from_another() {
        let folder = Folder::new("tone");
        let path = folder.join("tone.wav");
        write(&path, 440.0, 1);
        let samples = read(&path);
        assert!(share(&samples, 440.0) > 0.99);
        assert!(share(&samples, 880.0) < 0.01);
    }
}
