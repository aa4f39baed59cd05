//! Registered phones that say nothing: what the server remembers of each.

use std::time::{Duration, Instant};

use super::measure::Measured;
use super::register::open_all;
use super::server_process::ServerProcess;
use super::target::Target;

/// Registers the phones, holds them, and compares the server's resident memory before and after.
pub(super) async fn hold(target: Target, phones: u32, length: Duration) -> anyhow::Result<Measured> {
    // What the server allocates once, for its first connections, is not memory per connection.
    let first = open_all(&target, phones..phones + phones.div_ceil(10)).await?;
    let before = target.server.map(ServerProcess::resident).transpose()?;
    let mut measured = Measured::new("connection", target.server)?;
    let began = Instant::now();
    let held = open_all(&target, 0..phones).await?;
    for _ in &held {
        measured.succeeded(began.elapsed() / phones);
    }
    measured.lasted(began.elapsed())?;
    tokio::time::sleep(length).await;
    if let (Some(server), Some(before)) = (target.server, before) {
        measured.grown(server.resident()?.saturating_sub(before), phones);
    }
    drop((first, held));
    Ok(measured)
}
