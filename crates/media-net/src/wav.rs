//! Sound files of the one format that telephony needs: 8 kHz, one channel, 16 bits.

use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::error::MediaError;

pub(crate) const SPEC: WavSpec =
    WavSpec { channels: 1, sample_rate: rtp::CLOCK_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };

/// The samples of a file.
pub fn read_wav(path: &Path) -> Result<Vec<i16>, MediaError> {
    let fault = |fault| MediaError::File(path.to_owned(), fault);
    let reader = WavReader::open(path).map_err(fault)?;
    if reader.spec() != SPEC {
        return Err(MediaError::Format(path.to_owned(), reader.spec()));
    }
    reader.into_samples().collect::<Result<_, _>>().map_err(fault)
}

/// Writes a file.
pub fn write_wav(path: &Path, samples: &[i16]) -> Result<(), MediaError> {
    let write = || {
        let mut writer = WavWriter::create(path, SPEC)?;
        samples.iter().try_for_each(|sample| writer.write_sample(*sample))?;
        writer.finalize()
    };
    write().map_err(|fault| MediaError::File(path.to_owned(), fault))
}
