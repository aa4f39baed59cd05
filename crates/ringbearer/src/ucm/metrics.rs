//! What this node tells a monitor.

use std::sync::Arc;

use runtime::config::MetricsSection;
use runtime::shutdown::Stopping;
use tokio::task::JoinSet;

use super::node::Node;
use crate::monitoring;

/// Serves the node's metrics on the monitor's listener, if it has one.
pub(super) async fn start(node: &Arc<Node>, stopping: &Stopping, services: &mut JoinSet<()>) -> anyhow::Result<()> {
    let section = &node.config.metrics;
    let Some(address) = section.address(node.config.node.address, MetricsSection::UNIFIED_CM) else { return Ok(()) };
    let registry = ::metrics::registry("ucm", node.name.as_str());
    let router = ::metrics::router(Arc::new(registry)).merge(monitoring::health(Arc::<Node>::clone(node)));
    services.spawn(monitoring::listen(address, router, stopping).await?);
    Ok(())
}
