//! Expressway-E: the outer half. Phones come in over TLS, everything of theirs goes over the traversal link.

use std::collections::VecDeque;

use crate::input::Input;
use crate::media::{MediaPlane, MediaSessions, Role};
use crate::now::Now;
use crate::output::Output;

/// What Expressway-E is configured with.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// The host in our Via, Path and Record-Route: a name or address that phones know.
    pub host: String,
    /// The port of phones, 5061.
    pub port: u16,
    /// Other hosts that are this machine.
    pub aliases: Vec<String>,
    /// The subject of our server certificate, for the statement to C.
    pub certificate_subject: String,
    /// The extended key usages of our server certificate, by name.
    pub certificate_key_usage: Vec<String>,
}

/// The machine of Expressway-E.
#[derive(Debug)]
pub struct ExpresswayE {
    _settings: EdgeSettings,
    _media: MediaSessions,
    outputs: VecDeque<Output>,
}

impl ExpresswayE {
    /// A machine without flows. `secret` is 32 random octets; the keys of this process are made from it.
    #[must_use]
    pub fn new(settings: EdgeSettings, secret: [u8; 32]) -> Self {
        let media = MediaSessions::new(Role::ExpresswayE, secret);
        Self { _settings: settings, _media: media, outputs: VecDeque::new() }
    }

    /// Takes what happened.
    pub fn handle(&mut self, _now: Now, _media: &mut impl MediaPlane, _input: Input) {}

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// From now on flows get tokens of this key; the tokens of older flows stay good.
    pub fn rotate_key(&mut self, _secret: [u8; 32]) {}

    /// How many phones are connected.
    #[must_use]
    pub fn phones(&self) -> usize {
        0
    }

    /// Whether there is a traversal link.
    #[must_use]
    pub fn is_traversal_up(&self) -> bool {
        false
    }
}
