//! What a node says when it is scraped.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::families::{FAMILIES, Family, Kind};

/// Asked at each scrape.
pub trait Source: Send + Sync + 'static {
    /// Says everything.
    fn collect(&self, samples: &mut Samples);
}

/// What was said.
#[derive(Debug, Default)]
pub struct Samples(Vec<Sample>);

#[derive(Debug)]
struct Sample {
    family: &'static str,
    labels: Vec<(&'static str, String)>,
    value: f64,
}

impl Samples {
    /// The value of a metric of [`FAMILIES`], with its labels' values in their order.
    pub fn say(&mut self, name: &'static str, labels: &[&str], value: f64) {
        let Some(family) = FAMILIES.iter().find(|family| family.name == name) else {
            tracing::error!(name, "there is no such metric");
            return;
        };
        debug_assert_eq!(family.labels.len(), labels.len(), "{name}");
        let labels = family.labels.iter().copied().zip(labels.iter().map(|label| (*label).to_owned())).collect();
        self.0.push(Sample { family: family.name, labels, value });
    }

    /// A count.
    pub fn count(&mut self, name: &'static str, labels: &[&str], value: u64) {
        self.say(name, labels, value as f64);
    }

    /// Counts by kind and reason, as the services keep them.
    pub fn counts<'a>(&mut self, counts: impl IntoIterator<Item = (&'a str, &'a str, u64)>) {
        for (kind, reason, count) in counts {
            let known = COUNTED.iter().find(|(own, _)| *own == kind).map(|(_, name)| *name);
            let Some(family) = known.and_then(|name| FAMILIES.iter().find(|family| family.name == name)) else {
                continue;
            };
            let labels: &[&str] = if family.labels.is_empty() { &[] } else { &[reason] };
            self.count(family.name, labels, count);
        }
    }
}

/// What the services count, and the metrics that say it.
const COUNTED: &[(&str, &str)] = &[
    ("registered", "registrations_begun"),
    ("unregistered", "registrations_ended"),
    ("refused", "requests_refused"),
    ("authentication-failed", "authentication_failures"),
    ("connection-closed", "connections_closed"),
    ("accept-failed", "connections_not_accepted"),
    ("connect-failed", "connections_failed"),
    ("handshake-failed", "handshakes_failed"),
    ("malformed", "messages_malformed"),
    ("dropped", "messages_dropped"),
    ("edge-revoked", "edges_revoked"),
    ("traversal", "traversal_changes"),
    ("zone", "zone_changes"),
    ("discovery-failed", "discovery_failures"),
    ("clock-skew", "clock_skews"),
];

/// Asks a source, and writes what it says.
pub(crate) struct Asked(pub(crate) Arc<dyn Source>);

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(..)")
    }
}

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut samples = Samples::default();
        self.0.collect(&mut samples);
        for family in FAMILIES {
            let mut said = samples.0.iter().filter(|sample| sample.family == family.name).peekable();
            if said.peek().is_none() {
                continue;
            }
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
            };
            let mut metric = encoder.encode_descriptor(family.name, family.help, None, kind)?;
            for sample in said {
                write(family, &mut metric.encode_family(&sample.labels)?, sample.value)?;
            }
        }
        Ok(())
    }
}

fn write(
    family: &Family,
    metric: &mut prometheus_client::encoding::MetricEncoder<'_>,
    value: f64,
) -> Result<(), fmt::Error> {
    match family.kind {
        Kind::Counter => metric.encode_counter::<NoLabelSet, f64, f64>(&value, None),
        Kind::Gauge => metric.encode_gauge(&value),
    }
}
