//! What this Expressway tells a monitor.

use std::sync::Arc;

use ::metrics::{Samples, Source};
use runtime::config::{ExpresswayEConfig, MetricsSection};
use runtime::shutdown::Stopping;

use super::control::Control;
use crate::expressway::metrics as edge_metrics;
use crate::monitoring;

/// What serves its metrics on the monitor's listener, if it has one, until it stops.
pub(super) async fn start(
    config: &ExpresswayEConfig,
    control: &Arc<Control>,
    stopping: &Stopping,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let served = match config.metrics.address(config.node.address, MetricsSection::EXPRESSWAY_E) {
        Some(address) => {
            let registry =
                Arc::new(::metrics::registry("expressway-e", &config.node.name, Some(Arc::<Control>::clone(control))));
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

impl Source for Control {
    fn collect(&self, samples: &mut Samples) {
        let service = &self.service;
        edge_metrics::collect(self, &self.relay, samples);
        edge_metrics::links([service.is_traversal_up(), service.is_tunnel_up()], samples);
    }
}
