//! Registered phones that say nothing: what the server remembers of each.

use std::time::{Duration, Instant};

use anyhow::Context;

use super::measure::{Measured, ServerUse};
use super::register::open_all;
use super::target::Target;

/// Registers the phones, holds them, and compares the server's resident memory before and after.
pub(super) async fn hold(target: Target, phones: u32, length: Duration) -> anyhow::Result<Measured> {
    // What the server allocates once, for its first connections, is not memory per connection.
    let first = open_all(&target, phones..phones + phones.div_ceil(10)).await?;
    let before = target.server_pid.map(resident).transpose()?;
    let began = Instant::now();
    let held = open_all(&target, 0..phones).await?;
    let mut measured = Measured::new("connection");
    for _ in &held {
        measured.succeeded(began.elapsed() / phones);
    }
    measured.lasted(began.elapsed());
    tokio::time::sleep(length).await;
    if let (Some(pid), Some(before)) = (target.server_pid, before) {
        let grown = resident(pid)?.saturating_sub(before) as f64;
        measured.server(ServerUse { bytes_per_connection: grown / f64::from(phones) });
    }
    drop((first, held));
    Ok(measured)
}

/// The resident memory of a process in bytes, from its status file.
fn resident(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let kibibytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    let kibibytes: u64 = kibibytes.with_context(|| format!("{path}: no VmRSS"))?;
    Ok(kibibytes * 1024)
}
