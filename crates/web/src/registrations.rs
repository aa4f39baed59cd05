//! The devices that are registered with this node, as the web services see them.

use std::net::IpAddr;

use directory::{DeviceName, NodeName};

/// What an administrator does to a device: its registration ends, for one reason or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// It starts anew.
    Reset,
    /// It registers anew.
    Restart,
    /// It takes over what is set.
    ApplyConfiguration,
}

impl Reset {
    /// The word of the audit log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Restart => "restart",
            Self::ApplyConfiguration => "apply configuration",
        }
    }
}

/// A device that is registered with this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The device.
    pub device: DeviceName,
    /// Its address, as the node sees it: of a phone behind an edge, that of Expressway-C.
    pub address: IpAddr,
    /// Since when, in seconds of Unix time.
    pub since: u64,
}

/// The registrations of the node.
pub trait Registrations: Send + Sync {
    /// The node's name.
    fn node(&self) -> &NodeName;

    /// All of them.
    fn all(&self) -> Vec<Registration>;

    /// Ends the registration of a device; says whether there was one here.
    fn end(&self, device: &DeviceName, reset: Reset) -> bool;
}
