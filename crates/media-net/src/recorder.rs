//! What the far end sends, in order and in time, into a sound file.

use std::{fs::File, io::BufWriter, path::Path};

use hound::WavWriter;
use rtp::{
    Frame, JitterBuffer,
    g711::{Law, SILENCE},
};

use crate::{error::MediaError, wav::SPEC};

/// How many later packets wait for one that is missing: 200 ms.
const DEPTH: usize = 10;

/// The longest silence that is written for what never came: 10 s. A longer gap is a new beginning of
/// the peer's clock.
const LONGEST_GAP: u32 = 10 * rtp::CLOCK_RATE;

/// Writes one file; each new source of the peer goes on where the last one ended.
pub(crate) struct Recorder {
    writer: WavWriter<BufWriter<File>>,
    stream: Option<Stream>,
}

struct Stream {
    source: u32,
    law: Law,
    buffer: JitterBuffer,
    /// The timestamp after the last sample written.
    next: Option<u32>,
}

impl Recorder {
    pub(crate) fn create(path: &Path) -> Result<Self, MediaError> {
        let writer = WavWriter::create(path, SPEC).map_err(|fault| MediaError::File(path.to_owned(), fault))?;
        Ok(Self { writer, stream: None })
    }

    /// Takes a packet's sound.
    pub(crate) fn write(&mut self, header: &rtp::Header, law: Law, payload: &[u8]) -> hound::Result<()> {
        if self.stream.as_ref().is_none_or(|stream| stream.source != header.source || stream.law != law) {
            self.flush()?;
            let (source, buffer) = (header.source, JitterBuffer::new(DEPTH));
            self.stream = Some(Stream { source, law, buffer, next: None });
        }
        let Some(stream) = &mut self.stream else { return Ok(()) };
        stream.buffer.push(header.sequence_number, header.timestamp, payload);
        while let Some(frame) = stream.buffer.pop() {
            stream.write(&mut self.writer, &frame)?;
        }
        Ok(())
    }

    /// Writes what waits, and ends the file.
    pub(crate) fn finish(mut self) -> hound::Result<()> {
        self.flush()?;
        self.writer.finalize()
    }

    fn flush(&mut self) -> hound::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        while let Some(frame) = stream.buffer.flush() {
            stream.write(&mut self.writer, &frame)?;
        }
        Ok(())
    }
}

impl Stream {
    fn write(&mut self, writer: &mut WavWriter<BufWriter<File>>, frame: &Frame) -> hound::Result<()> {
        let gap = self.next.map_or(0, |next| frame.timestamp.wrapping_sub(next));
        if gap <= LONGEST_GAP {
            (0..gap).try_for_each(|_| writer.write_sample(SILENCE))?;
        }
        self.next = Some(frame.timestamp.wrapping_add(frame.payload.len() as u32));
        frame.payload.iter().try_for_each(|code| writer.write_sample(self.law.expand(*code)))
    }
}
