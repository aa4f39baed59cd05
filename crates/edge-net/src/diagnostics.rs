//! Diagnostic logging: a capture of the clear signalling that an administrator starts and stops.
//!
//! Secrets are masked before a message is kept. A capture holds a bounded number of octets, the oldest messages making room,
//! and ends by itself; while none runs a message costs one look at a flag.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use capture::{Buffer, Captured, MaskedMessage, Timestamp};

use crate::flows::Ends;

/// The most octets that a capture holds.
pub const MOST_OCTETS: usize = 32 * 1024 * 1024;

/// The longest time that a capture runs.
pub const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Received,
    Sent,
}

/// What a capture is, for its page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureStatus {
    /// Whether messages are kept now.
    pub is_running: bool,
    /// When it was started, in seconds since 1970; none when there is no capture.
    pub started_at: Option<u64>,
    /// When it ended, or will end by itself.
    pub ends_at: Option<u64>,
    /// Messages that are kept.
    pub messages: usize,
    /// Octets that are used.
    pub octets: usize,
    /// Octets that there are.
    pub most: usize,
    /// Messages that made room for later ones.
    pub left_out: u64,
}

/// The one capture of a process.
#[derive(Debug, Default)]
pub struct Diagnostics {
    is_on: AtomicBool,
    capture: Mutex<Option<Capture>>,
}

#[derive(Debug)]
struct Capture {
    buffer: Buffer,
    started_at: u64,
    ends_at: u64,
}

impl Diagnostics {
    /// Starts a capture; what the one before holds is dropped. Both limits are cut at [`MOST_OCTETS`] and [`LONGEST`].
    pub fn start(&self, octets: usize, duration: Duration) {
        let started_at = runtime::clock::unix_seconds();
        let ends_at = started_at.saturating_add(duration.min(LONGEST).as_secs());
        *self.capture() = Some(Capture { buffer: Buffer::new(octets.min(MOST_OCTETS)), started_at, ends_at });
        self.is_on.store(true, Ordering::Relaxed);
    }

    /// Ends the capture; what it holds stays until the next one. Says whether one was running.
    pub fn stop(&self) -> bool {
        let mut capture = self.capture();
        let was_on = self.is_on.swap(false, Ordering::Relaxed);
        if let Some(capture) = capture.as_mut().filter(|_| was_on) {
            capture.ends_at = capture.ends_at.min(runtime::clock::unix_seconds());
        }
        was_on
    }

    /// Drops what was captured.
    pub fn discard(&self) {
        let mut capture = self.capture();
        self.is_on.store(false, Ordering::Relaxed);
        *capture = None;
    }

    /// Where the capture stands.
    #[must_use]
    pub fn status(&self) -> CaptureStatus {
        let capture = self.capture();
        let Some(Capture { buffer, started_at, ends_at }) = &*capture else { return CaptureStatus::default() };
        let (octets, most) = buffer.octets();
        CaptureStatus {
            is_running: self.is_on.load(Ordering::Relaxed) && *ends_at > runtime::clock::unix_seconds(),
            started_at: Some(*started_at),
            ends_at: Some(*ends_at),
            messages: buffer.messages().len(),
            octets,
            most,
            left_out: buffer.left_out(),
        }
    }

    /// The capture as a pcapng file; none when there is none. `node` is who took it.
    #[must_use]
    pub fn pcapng(&self, node: &str) -> Option<Vec<u8>> {
        self.copy().map(|buffer| capture::pcapng(node, buffer.messages()))
    }

    /// The capture as text; none when there is none. `node` is who took it.
    #[must_use]
    pub fn text(&self, node: &str) -> Option<String> {
        self.copy().map(|buffer| capture::text(node, buffer.messages()))
    }

    /// A copy to write a file from: flows go on meanwhile.
    fn copy(&self) -> Option<Buffer> {
        self.capture().as_ref().map(|capture| capture.buffer.clone())
    }

    /// Whether messages are kept now.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Keeps a message, while a capture runs.
    pub(crate) fn message(&self, ends: &Ends, direction: Direction, octets: &[u8]) {
        if !self.is_on() {
            return;
        }
        // A secret is masked before anything is kept.
        let message = MaskedMessage::new(observation::mask(octets).to_string());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = Timestamp::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX));
        let (source, destination) = match direction {
            Direction::Received => (ends.remote, ends.local),
            Direction::Sent => (ends.local, ends.remote),
        };
        let captured = Captured { at, source, destination, flow: ends.id.0, peer: ends.peer.clone(), message };
        let mut capture = self.capture();
        match &mut *capture {
            Some(capture) if since.as_secs() < capture.ends_at => capture.buffer.push(captured),
            _ => self.is_on.store(false, Ordering::Relaxed),
        }
    }

    fn capture(&self) -> MutexGuard<'_, Option<Capture>> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge::FlowId;

    fn ends() -> Ends {
        let end = |text: &str| text.parse().unwrap();
        Ends {
            id: FlowId(4),
            local: end("127.0.0.21:40000"),
            remote: end("127.0.0.11:5091"),
            peer: "CEOAuth-ucm".into(),
        }
    }

    const REGISTER: &[u8] = b"REGISTER sip:ucm SIP/2.0\r\nAuthorization: Bearer CANARY\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn sec_1_a_capture_keeps_no_secret() {
        let diagnostics = Diagnostics::default();
        diagnostics.start(100_000, Duration::from_secs(60));
        diagnostics.message(&ends(), Direction::Sent, REGISTER);
        let offer =
            b"INVITE sip:a@b SIP/2.0\r\nl: 60\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:CANARY|2^20|1:4\r\n";
        diagnostics.message(&ends(), Direction::Received, offer);
        let text = diagnostics.text("exp-c").unwrap();
        let file = diagnostics.pcapng("exp-c").unwrap();
        assert!(text.contains(
            "127.0.0.21:40000 -> 127.0.0.11:5091 CEOAuth-ucm (flow 4)\nREGISTER sip:ucm SIP/2.0\nAuthorization: Bearer ****\n"
        ));
        assert!(text.contains("127.0.0.11:5091 -> 127.0.0.21:40000"));
        for kept in [text, String::from_utf8_lossy(&file).into_owned(), format!("{diagnostics:?}")] {
            assert!(kept.contains("REGISTER sip:ucm") && !kept.contains("CANARY"));
        }
    }

    #[test]
    fn nothing_is_kept_before_the_start_after_the_stop_or_beyond_the_time() {
        let diagnostics = Diagnostics::default();
        diagnostics.message(&ends(), Direction::Sent, REGISTER);
        assert_eq!((diagnostics.status(), diagnostics.text("x")), (CaptureStatus::default(), None));
        diagnostics.start(100_000, Duration::from_secs(60));
        diagnostics.message(&ends(), Direction::Sent, REGISTER);
        assert!(diagnostics.status().is_running && diagnostics.stop() && !diagnostics.stop());
        diagnostics.message(&ends(), Direction::Sent, REGISTER);
        let status = diagnostics.status();
        assert_eq!((status.is_running, status.messages, status.most), (false, 1, 100_000));
        diagnostics.start(usize::MAX, Duration::ZERO);
        diagnostics.message(&ends(), Direction::Sent, REGISTER);
        let status = diagnostics.status();
        assert_eq!((status.is_running, status.messages, status.most), (false, 0, MOST_OCTETS));
        assert!(!diagnostics.is_on());
        diagnostics.discard();
        assert_eq!(diagnostics.status(), CaptureStatus::default());
    }
}
