//! What this node tells a monitor.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::metrics::{Samples, Source};
use callmanager::flow::Listener;
use callmanager::registrar::Dialect;
use runtime::config::MetricsSection;
use runtime::shutdown::Stopping;
use tokio::task::JoinSet;

use super::certificates;
use super::node::Node;
use crate::monitoring;

/// Serves the node's metrics on the monitor's listener, if it has one.
pub(super) async fn start(node: &Arc<Node>, stopping: &Stopping, services: &mut JoinSet<()>) -> anyhow::Result<()> {
    let section = &node.config.metrics;
    let Some(address) = section.address(node.config.node.address, MetricsSection::UNIFIED_CM) else { return Ok(()) };
    let source = Arc::new(Told(Arc::clone(node)));
    let registry = ::metrics::registry("ucm", node.name.as_str(), Some(source));
    let router = ::metrics::router(Arc::new(registry)).merge(monitoring::health(Arc::<Node>::clone(node)));
    services.spawn(monitoring::listen(address, router, stopping).await?);
    Ok(())
}

/// A node, asked at each scrape.
struct Told(Arc<Node>);

impl Source for Told {
    fn collect(&self, samples: &mut Samples) {
        let node = &self.0;
        let status = node.call_manager.status();
        samples.say("callmanager_running", &[], f64::from(u8::from(status.is_some())));
        let mut registered: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for binding in node.call_manager.registrations() {
            *registered.entry((port(binding.listener), dialect(binding.dialect))).or_default() += 1;
        }
        for (labels, count) in registered {
            samples.say("registrations", &[labels.0, labels.1], count as f64);
        }
        if let Some(status) = status {
            samples.counts(status.counts.iter().map(|count| (count.kind, count.reason, count.count)));
            samples.say("calls", &[], status.calls as f64);
            samples.say("connections", &[], status.connections as f64);
            samples.say("connections_unregistered", &[], status.unregistered as f64);
        }
        for (result, count) in node.tokens.verdicts() {
            samples.count("token_verifications", &[result], count);
        }
        match certificates::list(&node.config) {
            Ok(listed) => {
                for one in listed {
                    let labels = [one.store.as_str(), one.name.as_str()];
                    samples.say("certificate_expiry_timestamp_seconds", &labels, one.facts.not_after as f64);
                }
            }
            Err(error) => tracing::warn!(%error, "the metrics lack the certificates"),
        }
    }
}

fn port(listener: Listener) -> &'static str {
    match listener {
        Listener::Phone => "sip",
        Listener::Secure => "sip-secure",
        Listener::OAuth => "sip-oauth",
        Listener::MraOAuth => "sip-mra-oauth",
    }
}

fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Vendor => "vendor",
        Dialect::Standard => "standard",
    }
}
