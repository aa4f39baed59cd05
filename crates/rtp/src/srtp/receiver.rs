//! The receiving side: the peer's key, and the one before while its packets still arrive.

use bytes::BytesMut;
use sdp::{CryptoSuite, MasterKey};

use super::{context::Context, control_index::control_index, replay_window::ReplayWindow};
use crate::{error::RtpError, packet::Header};

/// Sources of one peer in one call: each restart of its stream may bring a new one.
const SOURCES: usize = 16;

/// Failures after which the context for unknown sources is made anew, and with it forgets them.
const FAILURES: u32 = 256;

/// An authentic packet in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The packet.
    pub packet: BytesMut,
    /// Was it under the current key, not the one before?
    pub current: bool,
}

/// Authenticates, decrypts and checks against replay what a peer sends.
pub struct SrtpReceiver {
    current: Inbound,
    before: Option<Inbound>,
}

impl SrtpReceiver {
    /// From the peer's key.
    pub fn new(key: &MasterKey) -> Self {
        Self { current: Inbound::new(key.clone()), before: None }
    }

    /// Takes a new key of the peer. The same key again changes nothing: the rollover counters and the
    /// replay windows go on (RFC 3711 §3.3.1).
    pub fn change_key(&mut self, key: &MasterKey) {
        if self.current.key != *key {
            let before = std::mem::replace(&mut self.current, Inbound::new(key.clone()));
            self.before = Some(before);
        }
    }

    /// Refuses from now on what the key before the current one protects.
    pub fn forget_key_before(&mut self) {
        self.before = None;
    }

    /// The suite of the current key.
    pub fn suite(&self) -> CryptoSuite {
        self.current.key.suite()
    }

    /// Gives back the RTP packet in clear. An error leaves everything as it was.
    pub fn unprotect(&mut self, packet: &[u8]) -> Result<Opened, RtpError> {
        let opened = |current| move |packet| Opened { packet, current };
        match (self.current.unprotect(packet), &mut self.before) {
            (Err(RtpError::Authentication), Some(before)) => before.unprotect(packet).map(opened(false)),
            (outcome, _) => outcome.map(opened(true)),
        }
    }

    /// Gives back the compound RTCP packet in clear.
    pub fn unprotect_control(&mut self, packet: &[u8]) -> Result<BytesMut, RtpError> {
        match (self.current.unprotect_control(packet), &mut self.before) {
            (Err(RtpError::Authentication), Some(before)) => before.unprotect_control(packet),
            (outcome, _) => outcome,
        }
    }
}

/// What is known under one key.
struct Inbound {
    key: MasterKey,
    sources: Vec<Source>,
    stranger: Stranger,
    control: Stranger,
    control_windows: Vec<(u32, ReplayWindow)>,
}

/// A source that has sent an authentic packet.
struct Source {
    source: u32,
    context: Context,
    window: ReplayWindow,
}

/// A context without sources of its own.
struct Stranger {
    context: Context,
    failures: u32,
}

impl Stranger {
    fn new(key: &MasterKey) -> Self {
        Self { context: Context::new(key), failures: 0 }
    }

    /// The crate's context keeps an entry for each source it ever saw: bound them.
    fn failed(&mut self, key: &MasterKey) {
        self.failures += 1;
        if self.failures >= FAILURES {
            *self = Self::new(key);
        }
    }
}

impl Inbound {
    fn new(key: MasterKey) -> Self {
        Self {
            sources: Vec::new(),
            stranger: Stranger::new(&key),
            control: Stranger::new(&key),
            control_windows: Vec::new(),
            key,
        }
    }

    fn unprotect(&mut self, packet: &[u8]) -> Result<BytesMut, RtpError> {
        let (header, length) = Header::parse(packet)?;
        match self.sources.iter_mut().find(|known| known.source == header.source) {
            Some(known) => known.unprotect(packet, &header, length),
            None => self.unprotect_first(packet, &header, length),
        }
    }

    /// The first packet of a source: when it is authentic, the source gets the context it came through.
    fn unprotect_first(&mut self, packet: &[u8], header: &Header, length: usize) -> Result<BytesMut, RtpError> {
        let Some(clear) = self.stranger.context.unprotect(packet, header, length) else {
            self.stranger.failed(&self.key);
            return Err(RtpError::Authentication);
        };
        let stranger = std::mem::replace(&mut self.stranger, Stranger::new(&self.key));
        // Dropping an old source would open it to replay, so a new one is refused.
        if self.sources.len() >= SOURCES {
            return Err(RtpError::TooManySources);
        }
        let mut window = ReplayWindow::default();
        window.accept(window.index_of(header.sequence_number));
        self.sources.push(Source { source: header.source, context: stranger.context, window });
        Ok(clear)
    }

    fn unprotect_control(&mut self, packet: &[u8]) -> Result<BytesMut, RtpError> {
        let (source, index) = control_index(packet, self.key.suite())?;
        let full = self.control_windows.len() >= SOURCES;
        let window = self.control_windows.iter_mut().find(|(known, _)| *known == source);
        if window.as_ref().is_some_and(|(_, window)| !window.is_new(index)) {
            return Err(RtpError::Replayed);
        }
        let Some(clear) = self.control.context.unprotect_control(packet) else {
            self.control.failed(&self.key);
            return Err(RtpError::Authentication);
        };
        match window {
            Some((_, window)) => {
                window.accept(index);
            }
            None if full => return Err(RtpError::TooManySources),
            None => {
                let mut window = ReplayWindow::default();
                window.accept(index);
                self.control_windows.push((source, window));
            }
        }
        Ok(clear)
    }
}

impl Source {
    fn unprotect(&mut self, packet: &[u8], header: &Header, length: usize) -> Result<BytesMut, RtpError> {
        let index = self.window.index_of(header.sequence_number);
        if !self.window.is_new(index) {
            return Err(RtpError::Replayed);
        }
        let clear = self.context.unprotect(packet, header, length).ok_or(RtpError::Authentication)?;
        self.window.accept(index);
        Ok(clear)
    }
}
