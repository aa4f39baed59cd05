//! What this Expressway tells a monitor.

use std::sync::Arc;

use runtime::config::{ExpresswayCConfig, MetricsSection};
use runtime::shutdown::Stopping;

use super::control::Control;
use crate::monitoring;

/// What serves its metrics on the monitor's listener, if it has one, until it stops.
pub(super) async fn start(
    config: &ExpresswayCConfig,
    control: &Arc<Control>,
    stopping: &Stopping,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let served = match config.metrics.address(config.node.address, MetricsSection::EXPRESSWAY_C) {
        Some(address) => {
            let registry = Arc::new(::metrics::registry("expressway-c", &config.node.name));
            Some(
                monitoring::listen(
                    address,
                    ::metrics::router(registry).merge(monitoring::health(Arc::<Control>::clone(control))),
                    stopping,
                )
                .await?,
            )
        }
        None => None,
    };
    Ok(async move {
        if let Some(served) = served {
            served.await;
        }
    })
}
