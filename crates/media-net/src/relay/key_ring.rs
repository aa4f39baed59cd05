//! The keys under which a side's packets are verified.

use std::time::{Duration, Instant};

use rtp::{Authentic, RtpError, SrtpAuthenticator};
use sdp::{CryptoAttribute, CryptoSuite};

/// Keys at a time: what an offer holds, and those of a few early answers.
const KEYS: usize = 16;

/// Packets under a key that signalling has replaced are still on their way for so long.
const OVERLAP: Duration = Duration::from_secs(5);

/// An authentic packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verified {
    /// Under which suite.
    pub(super) suite: CryptoSuite,
    /// Does it say where its sender is now: the latest of its source, under a key that is not replaced?
    pub(super) is_current: bool,
}

/// The keys of one peer.
#[derive(Default)]
pub(super) struct KeyRing {
    current: Vec<SrtpAuthenticator>,
    replaced: Vec<(SrtpAuthenticator, Instant)>,
}

impl KeyRing {
    /// Takes the keys of now. One that was here goes on with its counters; one that is gone is taken for a while.
    pub(super) fn set(&mut self, now: Instant, keys: &[CryptoAttribute]) {
        let mut before: Vec<_> = self.current.drain(..).map(|key| (key, now + OVERLAP)).collect();
        before.append(&mut self.replaced);
        before.retain(|(_, until)| now < *until);
        for attribute in keys.iter().take(KEYS) {
            let known = before.extract_if(.., |(known, _)| *known.key() == attribute.key).next();
            let is_here = self.current.iter().any(|key| *key.key() == attribute.key);
            match known {
                Some((known, _)) => self.current.push(known),
                None if is_here => {}
                None => self.current.push(SrtpAuthenticator::new(&attribute.key)),
            }
        }
        before.truncate(KEYS);
        self.replaced = before;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.current.is_empty() && self.replaced.is_empty()
    }

    /// Verifies a packet under each key; the error is the one of the key that came nearest.
    pub(super) fn verify(&mut self, now: Instant, packet: &[u8], is_control: bool) -> Result<Verified, RtpError> {
        let replaced = self.replaced.iter_mut().filter(|(_, until)| now < *until).map(|(key, _)| (key, false));
        let mut fault = RtpError::Authentication;
        for (key, is_current) in self.current.iter_mut().map(|key| (key, true)).chain(replaced) {
            match verify(key, packet, is_control) {
                Ok(authentic) => {
                    let is_current = is_current && authentic.latest;
                    return Ok(Verified { suite: key.key().suite(), is_current });
                }
                Err(RtpError::Authentication) => {}
                Err(other) => fault = other,
            }
        }
        Err(fault)
    }
}

fn verify(key: &mut SrtpAuthenticator, packet: &[u8], is_control: bool) -> Result<Authentic, RtpError> {
    if is_control { key.authenticate_control(packet) } else { key.authenticate(packet) }
}
