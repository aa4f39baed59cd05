//! A member of the lab: `ringbearer ucm`, `expressway-c` or `expressway-e` as a child process.

use std::time::Duration;

use anyhow::bail;

use super::Lab;
use super::member::LabNode;
use super::process::Process;

/// A member is ready in two seconds, also after a crash; more is a fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running member.
pub(super) struct Node(Process);

impl Node {
    /// Starts the member and waits until all its sockets are bound.
    pub(super) async fn start(lab: &Lab, node: LabNode) -> anyhow::Result<Self> {
        let mut command = lab.network.command(node.place())?;
        command.args([node.subcommand(), "--config"]).arg(lab.folder.config(node));
        let mut process = Process::start(node.name(), lab.folder.path(), command)?;
        match tokio::time::timeout(PATIENCE, process.line()).await {
            Ok(Ok(line)) if line == "ready" => Ok(Self(process)),
            Ok(Ok(line)) => bail!("{} said `{line}`", node.name()),
            Ok(Err(error)) => Err(error),
            Err(_) => bail!("{} was not ready within {} s", node.name(), PATIENCE.as_secs()),
        }
    }

    /// Ends the member in order.
    pub(super) async fn stop(self) {
        self.0.stop().await;
    }

    /// Ends the member as a crash does.
    pub(super) async fn kill(mut self) {
        self.0.kill().await;
    }
}
