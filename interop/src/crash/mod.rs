//! Crashes: what a client outside was told is done, and whether it is still so after the node was killed.
//!
//! A [`node::CrashNode`] is killed with SIGKILL while workers write. Each worker keeps a ledger of what was acknowledged:
//! [`directory_ledger`] through the admin socket, [`token_ledger`] over HTTP. The one write that was under way when the node died
//! may have happened or not, but wholly. Every choice comes from [`random::Random`], whose seed a failing test prints.

pub mod admin;
pub mod directory_ledger;
pub mod https;
pub mod node;
pub mod oauth;
pub mod random;
pub mod token_ledger;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Until when a worker goes on.
pub struct Shift<'a> {
    /// Set when the nodes have been killed: those that are left finish what they are at.
    pub over: &'a AtomicBool,
    /// The end, should nobody be killed.
    pub end: Instant,
}

impl Shift<'_> {
    /// Whether there is time for another write.
    pub fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed) && Instant::now() < self.end
    }
}

/// How long any answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
