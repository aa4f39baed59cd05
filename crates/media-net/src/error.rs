//! What can go wrong around media: files and ports, never a packet.

use std::{fmt, io, ops::RangeInclusive, path::PathBuf};

/// A fault that the user of the endpoint must hear of.
#[derive(Debug)]
#[non_exhaustive]
pub enum MediaError {
    /// The endpoint's task has ended.
    Closed,
    /// A sound file cannot be read or written.
    File(PathBuf, hound::Error),
    /// A sound file has not the one format that we play.
    Format(PathBuf, hound::WavSpec),
    /// No pair of ports is free.
    NoPorts(RangeInclusive<u16>, io::Error),
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the media endpoint is closed"),
            Self::File(path, fault) => write!(f, "{}: {fault}", path.display()),
            Self::Format(path, spec) => write!(
                f,
                "{}: has {} Hz, {} channels, {} bits; wanted is 8000 Hz, 1 channel, 16 bits (sox IN -r 8000 -c 1 -b 16 OUT.wav)",
                path.display(),
                spec.sample_rate,
                spec.channels,
                spec.bits_per_sample
            ),
            Self::NoPorts(range, fault) => {
                write!(f, "no pair of UDP ports is free in {}-{}: {fault}", range.start(), range.end())
            }
        }
    }
}

impl std::error::Error for MediaError {}
