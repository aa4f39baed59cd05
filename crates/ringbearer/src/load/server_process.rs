//! What the server process uses, as Linux counts it.

use std::time::Duration;

use anyhow::Context;

/// The server process of `--server-pid`.
#[derive(Clone, Copy)]
pub(super) struct ServerProcess(pub(super) u32);

impl ServerProcess {
    /// Its resident memory in bytes.
    pub(super) fn resident(self) -> anyhow::Result<u64> {
        let (path, status) = self.read("status")?;
        let kibibytes =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        let kibibytes: u64 = kibibytes.with_context(|| format!("{path}: no VmRSS"))?;
        Ok(kibibytes * 1024)
    }

    /// The processor time of all its threads, in user mode and in the kernel, in steps of a clock tick (10 ms).
    pub(super) fn processor(self) -> anyhow::Result<Duration> {
        let (path, stat) = self.read("stat")?;
        // The name in parentheses may hold anything; after it come the state and, as 14th and 15th field, the times.
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
        let [user, system] = ticks.as_slice() else { anyhow::bail!("{path}: no processor times") };
        let a_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_secs_f64((user + system) as f64 / a_second as f64))
    }

    fn read(self, file: &str) -> anyhow::Result<(String, String)> {
        let path = format!("/proc/{}/{file}", self.0);
        let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
        Ok((path, text))
    }
}
