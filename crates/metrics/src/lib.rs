//! What a monitor reads of a node: metrics in the OpenMetrics text format, which Prometheus scrapes.
//!
//! Most numbers are counted where things happen, by the services themselves; they are read when somebody scrapes, so that
//! nothing is counted twice and a refresh of a registration costs nothing more.
//!
//! Our choice: no label has a secret, a user, a device, a number or an address. Labels are ports, reason codes, results and names
//! of nodes and certificates, so that their number is bounded whatever comes from outside.

mod exposition;
mod families;
mod samples;

use std::sync::Arc;

pub use exposition::{CONTENT_TYPE, exposition, router};
pub use families::{FAMILIES, Family, Kind};
pub use prometheus_client::registry::Registry;
pub use samples::{Samples, Source};

/// A registry with which build a node is, and what it says when it is asked.
#[must_use]
pub fn registry(role: &'static str, node: &str, source: Option<Arc<dyn Source>>) -> Registry {
    use prometheus_client::metrics::info::Info;
    let mut registry = Registry::with_prefix("ringbearer");
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let labels = vec![("version", version), ("role", role.to_owned()), ("node", node.to_owned())];
    registry.register("build", "Which build runs here, and as what", Info::new(labels));
    if let Some(source) = source {
        registry.register_collector(Box::new(samples::Asked(source)));
    }
    registry
}
