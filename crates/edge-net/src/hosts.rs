//! Names to addresses: first what the configuration says, then the system's resolver.
//!
//! Our choice: a table in the configuration file, because an Expressway often stands where the inside names of Unified CM
//! nodes are not in the DNS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// The configured names.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Arc<BTreeMap<String, IpAddr>>);

impl Hosts {
    /// Names with their addresses, in any case.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = (String, IpAddr)>) -> Self {
        Self(Arc::new(names.into_iter().map(|(name, address)| (name.to_ascii_lowercase(), address)).collect()))
    }

    /// The configured address of a name.
    #[must_use]
    pub fn configured(&self, host: &str) -> Option<IpAddr> {
        self.0.get(&host.to_ascii_lowercase()).copied()
    }

    /// Every configured name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, IpAddr)> {
        self.0.iter().map(|(name, address)| (name.as_str(), *address))
    }

    /// The addresses of a host; none when its name is not known.
    pub async fn resolve(&self, host: &str) -> Vec<IpAddr> {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        if let Some(address) = literal.or_else(|| self.configured(host)) {
            return vec![address];
        }
        match tokio::net::lookup_host((host, 0)).await {
            Ok(addresses) => {
                let mut addresses: Vec<_> = addresses.map(|address| address.ip()).collect();
                addresses.dedup();
                addresses
            }
            Err(error) => {
                tracing::debug!(host, %error, "a name is not known");
                Vec::new()
            }
        }
    }
}
