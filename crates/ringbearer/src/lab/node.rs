//! A node of the lab: `ringbearer ucm` as a child process.

use std::time::Duration;

use anyhow::bail;

use super::folder::{Folder, LabNode};
use super::process::Process;

/// A node is ready in two seconds, also after a crash; more is a fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running node.
pub(super) struct Node(Process);

impl Node {
    /// Starts the node and waits until all its sockets are bound.
    pub(super) async fn start(folder: &Folder, node: LabNode) -> anyhow::Result<Self> {
        let config = folder.config(node);
        let mut process = Process::start(node.name(), folder.path(), &["ucm", "--config", &config.to_string_lossy()])?;
        match tokio::time::timeout(PATIENCE, process.line()).await {
            Ok(Ok(line)) if line == "ready" => Ok(Self(process)),
            Ok(Ok(line)) => bail!("{} said `{line}`", node.name()),
            Ok(Err(error)) => Err(error),
            Err(_) => bail!("{} was not ready within {} s", node.name(), PATIENCE.as_secs()),
        }
    }

    /// Ends the node in order.
    pub(super) async fn stop(self) {
        self.0.stop().await;
    }

    /// Ends the node as a crash does.
    pub(super) async fn kill(mut self) {
        self.0.kill().await;
    }
}
