//! Expressway-C: the inner half. It connects to E and to each Unified CM node, and admits what passes between them.

use std::collections::VecDeque;
use std::time::Instant;

use crate::flow::FlowToken;
use crate::input::Input;
use crate::media::{MediaPlane, MediaSessions, Role};
use crate::now::Now;
use crate::output::Output;
use crate::view::EdgeView;
use crate::zone::{ZoneName, ZoneStatus};

/// What Expressway-C is configured with.
#[derive(Clone, Debug)]
pub struct CoreSettings {
    /// The host in our Via, Path and Record-Route: the address of the preloaded Route.
    pub host: String,
    /// The port there; nobody connects to it.
    pub port: u16,
    /// Other hosts that are this machine.
    pub aliases: Vec<String>,
    /// The realm of a challenge, `ccmsipline`.
    pub realm: String,
}

/// A phone that is registered through this edge.
#[derive(Clone, Debug)]
pub struct Session {
    /// C's token of the phone's flow.
    pub flow: FlowToken,
    /// The phone's address as E saw it.
    pub client: String,
    /// The user of its access token.
    pub user: Option<String>,
    /// The device that it named.
    pub device: Option<String>,
    /// The URI of its Contact.
    pub contact: String,
    /// The zone of the node that it registered with.
    pub zone: ZoneName,
    /// When the session ends unless it is renewed.
    pub expires_at: Instant,
}

/// The machine of Expressway-C.
#[derive(Debug)]
pub struct ExpresswayC {
    _settings: CoreSettings,
    _media: MediaSessions,
    outputs: VecDeque<Output>,
}

impl ExpresswayC {
    /// A machine without flows. `secret` is 32 random octets; the keys and the jitter of this process are made from it.
    /// Hand in [`Input::Reconfigured`] to make it connect.
    #[must_use]
    pub fn new(settings: CoreSettings, secret: [u8; 32]) -> Self {
        let media = MediaSessions::new(Role::ExpresswayC, secret);
        Self { _settings: settings, _media: media, outputs: VecDeque::new() }
    }

    /// Takes what happened.
    pub fn handle(&mut self, _now: Now, _view: &impl EdgeView, _media: &mut impl MediaPlane, _input: Input) {}

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// From now on flows get tokens of this key; the tokens of older flows stay good.
    pub fn rotate_key(&mut self, _secret: [u8; 32]) {}

    /// The phones that are registered through this edge.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        std::iter::empty()
    }

    /// Each zone with its status.
    pub fn zones(&self) -> impl Iterator<Item = (&ZoneName, &ZoneStatus)> {
        std::iter::empty()
    }

    /// Whether the traversal link is up.
    #[must_use]
    pub fn is_traversal_up(&self) -> bool {
        false
    }
}
