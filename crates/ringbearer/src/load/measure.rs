//! What was measured: counts, latencies, errors by kind, and the server's memory and processor time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::json;

use super::server_process::ServerProcess;

/// The outcome of a load.
pub(super) struct Measured {
    /// What one count is: a registration, an exchange, a connection.
    unit: &'static str,
    latencies: Histogram<u64>,
    errors: BTreeMap<String, u64>,
    elapsed: Duration,
    server: Option<ServerUse>,
    bytes_per_connection: Option<f64>,
}

/// The server's processor time while the load lasted.
struct ServerUse {
    process: ServerProcess,
    before: Duration,
    used: Duration,
}

impl Measured {
    /// The load begins.
    ///
    /// # Errors
    /// When the server process is none of this machine.
    pub(super) fn new(unit: &'static str, server: Option<ServerProcess>) -> anyhow::Result<Self> {
        // One microsecond to one minute in three digits; longer counts as one minute.
        let latencies = Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are valid");
        let begin = |process: ServerProcess| {
            anyhow::Ok(ServerUse { process, before: process.processor()?, used: Duration::ZERO })
        };
        let server = server.map(begin).transpose()?;
        let (errors, elapsed, bytes_per_connection) = (BTreeMap::new(), Duration::ZERO, None);
        Ok(Self { unit, latencies, errors, elapsed, server, bytes_per_connection })
    }

    pub(super) fn succeeded(&mut self, latency: Duration) {
        self.latencies.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn failed(&mut self, error: &anyhow::Error) {
        *self.errors.entry(format!("{error:#}")).or_default() += 1;
    }

    /// The load is over.
    ///
    /// # Errors
    /// When the server process is gone.
    pub(super) fn lasted(&mut self, elapsed: Duration) -> anyhow::Result<()> {
        self.elapsed = elapsed;
        if let Some(server) = &mut self.server {
            server.used = server.process.processor()?.saturating_sub(server.before);
        }
        Ok(())
    }

    /// The server's resident memory has grown by so many bytes with these connections.
    pub(super) fn grown(&mut self, bytes: u64, connections: u32) {
        self.bytes_per_connection = Some(bytes as f64 / f64::from(connections));
    }

    /// How many failed.
    pub(super) fn errors(&self) -> u64 {
        self.errors.values().sum()
    }

    fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The server's processor time for one of what is counted, in microseconds.
    fn server_micros(&self) -> Option<f64> {
        let server = self.server.as_ref()?;
        Some(server.used.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64)
    }

    fn quantiles(&self) -> [(&'static str, u64); 4] {
        let at = |quantile| self.latencies.value_at_quantile(quantile);
        [("p50", at(0.5)), ("p90", at(0.9)), ("p99", at(0.99)), ("max", self.latencies.max())]
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        let latency: serde_json::Map<_, _> =
            self.quantiles().into_iter().map(|(name, micros)| (format!("{name}_us"), json!(micros))).collect();
        json!({
            "unit": self.unit,
            "count": self.latencies.len(),
            "seconds": self.elapsed.as_secs_f64(),
            "per_second": self.per_second(),
            "latency": latency,
            "errors": self.errors,
            "server_us": self.server_micros(),
            "server_bytes_per_connection": self.bytes_per_connection,
        })
    }

    pub(super) fn to_table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{:<22}{}", format!("{}s", self.unit), self.latencies.len());
        let _ = writeln!(text, "{:<22}{:.2}", "seconds", self.elapsed.as_secs_f64());
        let _ = writeln!(text, "{:<22}{:.0}", "per second", self.per_second());
        for (name, micros) in self.quantiles() {
            let _ = writeln!(text, "{:<22}{:.3} ms", format!("latency {name}"), micros as f64 / 1000.0);
        }
        if let Some(micros) = self.server_micros() {
            let _ = writeln!(text, "{:<22}{micros:.1} us", format!("processor/{}", self.unit));
        }
        if let Some(bytes) = self.bytes_per_connection {
            let _ = writeln!(text, "{:<22}{:.1} KiB", "memory/connection", bytes / 1024.0);
        }
        let _ = writeln!(text, "{:<22}{}", "errors", self.errors());
        for (error, count) in &self.errors {
            let _ = writeln!(text, "  {count:>8}  {error}");
        }
        text
    }
}
