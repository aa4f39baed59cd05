//! What a softphone is told before it starts.

use std::fmt;
use std::time::Duration;

/// Fills a slice with random bytes fit for keys, tags and branches.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// What a softphone is told before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The device name, which is also the name of the configuration file.
    pub device_name: String,
    /// The model number that the device registers as; 503 is Client Services Framework.
    pub model: u16,
    /// Six bytes that stay the same for this installation: the instance id, and the beginning of tags and Call-IDs.
    pub hardware_address: [u8; 6],
    /// The value of User-Agent.
    pub user_agent: String,
    /// The software version, as alarms tell it.
    pub software_version: String,
    /// Where the phone is.
    pub access: Access,
    /// How it proves who it is.
    pub authentication: Authentication,
    /// Whether it takes clear media when the far end has no SRTP. Our choice: off, and
    /// `X-cisco-srtp-fallback` is offered only when on.
    pub srtp_fallback: bool,
    /// How long the phone stays on another node before it looks whether a preferred one is back.
    pub fallback_monitor: Duration,
}

/// Where a phone is, and so which OAuth port is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// In the office: `sipOAuthPort`.
    OnPremises,
    /// Straight to `sipMRAOAuthPort`, where only an Expressway-C is at home: to see what is answered.
    MobileRemote,
    /// Outside: to `sipMRAOAuthPort`, by way of an edge.
    Edge(EdgeAccess),
}

/// The way through an edge, as its `get_edge_config` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeAccess {
    /// `sipEdgeServer`: where flows go, the preferred one first.
    pub servers: Vec<EdgeServer>,
    /// `sipRequest/route`: the value of the Route that requests outside a dialog are sent with (RFC 3261 §8.1.2).
    pub route: String,
}

/// A public server of an edge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EdgeServer {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// How a phone proves who it is when it registers.
#[derive(Clone, PartialEq, Eq)]
pub enum Authentication {
    /// The vendor's form: REGISTER without credentials, then `Proxy-Authorization: Bearer token="…"`.
    VendorBearer,
    /// RFC 8898: `Authorization: Bearer …`, and a Contact without the vendor's parameters.
    StandardBearer,
    /// RFC 8760, for devices without OAuth.
    Digest {
        /// The digest user.
        username: String,
        /// Its digest credentials.
        password: String,
    },
    /// None: the device is known by its certificate, or not at all.
    None,
}

impl Settings {
    /// The usual settings of a device.
    pub fn new(device_name: impl Into<String>, hardware_address: [u8; 6]) -> Self {
        Self {
            device_name: device_name.into(),
            model: 503,
            hardware_address,
            user_agent: concat!("Ringbearer/", env!("CARGO_PKG_VERSION")).into(),
            software_version: concat!("Ringbearer-", env!("CARGO_PKG_VERSION")).into(),
            access: Access::OnPremises,
            authentication: Authentication::VendorBearer,
            srtp_fallback: false,
            fallback_monitor: Duration::from_secs(60),
        }
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VendorBearer => f.write_str("VendorBearer"),
            Self::StandardBearer => f.write_str("StandardBearer"),
            Self::Digest { username, .. } => {
                f.debug_struct("Digest").field("username", username).finish_non_exhaustive()
            }
            Self::None => f.write_str("None"),
        }
    }
}
