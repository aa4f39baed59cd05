//! `[metrics]`: the listener of what a monitor reads, metrics and health, on the loopback interface.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// `[metrics]`
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MetricsSection {
    /// Whether there is a listener.
    pub enabled: bool,
    /// Its address and port. When absent: the node's own address if that is a loopback address, else 127.0.0.1, and
    /// port 9464 (Unified CM), 9465 (Expressway-C) or 9466 (Expressway-E).
    pub listen: Option<SocketAddr>,
}

impl Default for MetricsSection {
    fn default() -> Self {
        Self { enabled: true, listen: None }
    }
}

impl MetricsSection {
    /// The port of a Unified CM node, unless another is set.
    pub const UNIFIED_CM: u16 = 9464;
    /// The port of an Expressway-C, unless another is set.
    pub const EXPRESSWAY_C: u16 = 9465;
    /// The port of an Expressway-E, unless another is set.
    pub const EXPRESSWAY_E: u16 = 9466;

    /// Where the listener is, if there is one.
    #[must_use]
    pub fn address(&self, node: IpAddr, port: u16) -> Option<SocketAddr> {
        let host = if node.is_loopback() { node } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
        self.enabled.then(|| self.listen.unwrap_or(SocketAddr::new(host, port)))
    }

    /// Our choice: it has no TLS and no accounts, so nothing beyond the machine reaches it.
    pub(super) fn check(self, path: &Path) -> Result<(), ConfigError> {
        match self.listen {
            Some(address) if !address.ip().is_loopback() => Err(ConfigError::value(
                path,
                "metrics.listen",
                format!("{address} is no loopback address"),
                "listen on 127.0.0.1, and put a proxy with TLS before it for a monitor elsewhere",
            )),
            Some(address) if address.port() < 1024 => Err(ConfigError::value(
                path,
                "metrics.listen",
                format!("port {} is below 1024", address.port()),
                "choose one from 1024 to 65535",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(listen: &str) -> MetricsSection {
        MetricsSection { enabled: true, listen: Some(listen.parse().unwrap()) }
    }

    #[test]
    fn every_node_has_an_address_of_its_own_on_the_loopback_interface() {
        let section = MetricsSection::default();
        let address = |node: &str| section.address(node.parse().unwrap(), 9464).unwrap().to_string();
        assert_eq!(address("127.0.0.11"), "127.0.0.11:9464");
        assert_eq!(address("192.0.2.7"), "127.0.0.1:9464");
        let off = MetricsSection { enabled: false, listen: None };
        assert_eq!(off.address(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464), None);
    }

    #[test]
    fn an_address_that_others_reach_is_refused() {
        let refused = |listen| section(listen).check(Path::new("node.toml")).unwrap_err().to_string();
        assert_eq!(
            refused("0.0.0.0:9464"),
            "node.toml: metrics.listen: 0.0.0.0:9464 is no loopback address; listen on 127.0.0.1, and put a proxy with TLS \
             before it for a monitor elsewhere"
        );
        assert_eq!(
            refused("127.0.0.1:80"),
            "node.toml: metrics.listen: port 80 is below 1024; choose one from 1024 to 65535"
        );
        assert!(section("[::1]:9464").check(Path::new("node.toml")).is_ok());
    }
}
