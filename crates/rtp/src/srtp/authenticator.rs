//! Authentication without decryption, for a relay between two peers who alone have use for the clear text.
//!
//! A relay that learns where a peer is from its packets must know that they are the peer's (MED-1). It has seen the
//! peer's key in signalling, so it can verify each packet's tag, and needs no clear text for that.
//!
//! Our choices: the 128 last indices of a source are remembered, as a receiver does; the rollover counter of a source
//! that was not heard from its beginning, or not for a long time, is looked for among the next three
//! (RFC 3711 §3.3.1 leaves it to signalling, and SDES signals none), which bounds the work for a forged packet.

use sdp::MasterKey;

use super::{control_index::control_index, replay_window::ReplayWindow, tag::Tagger};
use crate::{error::RtpError, packet::Header};

/// Sources of one peer under one key: each restart of its stream may bring a new one.
const SOURCES: usize = 32;

/// How many wraps beyond the likely one are tried.
const WRAPS: u64 = 3;

/// A packet that its peer protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authentic {
    /// Its synchronization source.
    pub source: u32,
    /// Its index: the sequence number with its wraps (RFC 3711 §3.3.1), or that of RTCP.
    pub index: u64,
    /// Is no later packet of this source known? Only such a one may say where the peer is now.
    pub latest: bool,
}

/// Verifies the packets of a peer under one key and refuses those that came before. What fails changes nothing.
pub struct SrtpAuthenticator {
    key: MasterKey,
    media: Tagger,
    control: Tagger,
    media_windows: Windows,
    control_windows: Windows,
    scratch: Vec<u8>,
}

impl SrtpAuthenticator {
    /// From the peer's key.
    pub fn new(key: &MasterKey) -> Self {
        Self {
            media: Tagger::of_media(key),
            control: Tagger::of_control(key),
            media_windows: Windows::default(),
            control_windows: Windows::default(),
            scratch: Vec::new(),
            key: key.clone(),
        }
    }

    /// The peer's key.
    pub fn key(&self) -> &MasterKey {
        &self.key
    }

    /// Verifies an RTP packet.
    pub fn authenticate(&mut self, packet: &[u8]) -> Result<Authentic, RtpError> {
        let (header, length) = Header::parse(packet)?;
        let (media, scratch) = (&self.media, &mut self.scratch);
        let window = self.media_windows.of(header.source);
        let likely = window.index_of(header.sequence_number);
        let is_known = window.is_known();
        if is_known && !window.is_new(likely) {
            // Told apart from a forgery for the counters alone, which is not worth the work.
            return Err(RtpError::Replayed);
        }
        let index = (0..=WRAPS)
            .map(|wraps| likely + (wraps << 16))
            .find(|index| {
                let rollover = u32::try_from(index >> 16);
                rollover.is_ok_and(|rollover| media.verify_media(packet, length, rollover, scratch))
            })
            .ok_or(RtpError::Authentication)?;
        self.media_windows.accept(header.source, index)
    }

    /// Verifies a compound RTCP packet.
    pub fn authenticate_control(&mut self, packet: &[u8]) -> Result<Authentic, RtpError> {
        let (source, index) = control_index(packet, self.key.suite())?;
        if !self.control_windows.of(source).is_new(index) {
            return Err(RtpError::Replayed);
        }
        if !self.control.verify_control(packet, &mut self.scratch) {
            return Err(RtpError::Authentication);
        }
        self.control_windows.accept(source, index)
    }
}

/// A replay list for each source that has sent an authentic packet.
#[derive(Default)]
struct Windows(Vec<(u32, ReplayWindow)>);

impl Windows {
    fn of(&self, source: u32) -> ReplayWindow {
        self.0.iter().find(|(known, _)| *known == source).map(|(_, window)| window.clone()).unwrap_or_default()
    }

    fn accept(&mut self, source: u32, index: u64) -> Result<Authentic, RtpError> {
        let window = match self.0.iter_mut().position(|(known, _)| *known == source) {
            Some(place) => self.0.get_mut(place),
            // Forgetting an old source would open it to replay, so a new one is refused.
            None if self.0.len() >= SOURCES => return Err(RtpError::TooManySources),
            None => {
                self.0.push((source, ReplayWindow::default()));
                self.0.last_mut()
            }
        };
        let latest = window.is_none_or(|(_, window)| window.accept(index));
        Ok(Authentic { source, index, latest })
    }
}
