//! `[ssh]`: the admin shell over SSH.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[ssh]`
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SshSection {
    /// The port of the admin shell over SSH, on the node's own address. There is no SSH when it is absent.
    pub port: Option<u16>,
}

impl SshSection {
    /// The key of the port.
    pub(super) const PORT: &'static str = "ssh.port";

    /// Where the listener is, if there is one.
    #[must_use]
    pub fn address(&self, node: IpAddr) -> Option<SocketAddr> {
        self.port.map(|port| SocketAddr::new(node, port))
    }
}
