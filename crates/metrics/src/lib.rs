//! What a monitor reads of a node: metrics in the OpenMetrics text format, which Prometheus scrapes.
//!
//! Most numbers are counted where things happen, by the services themselves; they are read when somebody scrapes, so that
//! nothing is counted twice and a refresh of a registration costs nothing more.
//!
//! Our choice: no label has a secret, a user, a device, a number or an address. Labels are ports, reason codes, results and names
//! of nodes and certificates, so that their number is bounded whatever comes from outside.

mod exposition;

pub use exposition::{CONTENT_TYPE, exposition, router};
pub use prometheus_client::registry::Registry;

/// A registry with what every node has: which build it is.
#[must_use]
pub fn registry(role: &'static str, node: &str) -> Registry {
    use prometheus_client::metrics::info::Info;
    let mut registry = Registry::with_prefix("ringbearer");
    let labels =
        vec![("version", env!("CARGO_PKG_VERSION").to_owned()), ("role", role.to_owned()), ("node", node.to_owned())];
    registry.register("build", "Which build runs here, and as what", Info::new(labels));
    registry
}
