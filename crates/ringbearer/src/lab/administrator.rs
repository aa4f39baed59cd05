//! The administrator of the lab: gives the admin shell's commands, as a person would.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::Lab;
use super::member::LabNode;

/// How long a state that was asked for may take: an Expressway-C tries again within half a minute.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// A command and what it printed.
pub(super) struct Said {
    command: String,
    pub(super) output: String,
}

impl Said {
    /// As it looks on the administrator's screen.
    pub(super) fn screen(&self) -> String {
        format!("admin:{}\n{}", self.command, self.output.trim_end())
    }
}

impl Lab {
    /// Gives a command on a member. `answers` are typed where the command asks.
    ///
    /// # Errors
    /// When the command fails, with what it printed.
    pub(super) async fn give(&self, node: LabNode, command: &str, answers: &str) -> anyhow::Result<Said> {
        // The shell's socket is a file: it is reached from every place.
        let program = std::env::current_exe().context("the path of this program")?;
        let mut child = Command::new(program)
            .args(["admin", "--socket"])
            .arg(self.folder.admin_socket(node))
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting the admin shell")?;
        if let Some(mut input) = child.stdin.take() {
            // A command that asks nothing may be over before it reads.
            let _ = input.write_all(answers.as_bytes()).await;
        }
        let done = child.wait_with_output().await?;
        let output = String::from_utf8_lossy(&done.stdout).into_owned();
        if !done.status.success() {
            bail!("admin:{command}\n{output}{}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(Said { command: command.into(), output })
    }

    /// Gives several commands, and answers with the screen.
    pub(super) async fn give_all(&self, node: LabNode, commands: &[&str]) -> anyhow::Result<String> {
        let mut screens = Vec::new();
        for command in commands {
            screens.push(self.give(node, command, "").await?.screen());
        }
        Ok(screens.join("\n"))
    }

    /// Gives a command again and again until what it prints holds; answers with the screen.
    ///
    /// # Errors
    /// When it never does, with what it printed last.
    pub(super) async fn until(
        &self,
        node: LabNode,
        command: &str,
        holds: impl Fn(&str) -> bool,
    ) -> anyhow::Result<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.give(node, command, "").await?;
            if holds(&said.output) {
                return Ok(said.screen());
            }
            if Instant::now() > end {
                bail!("not within {} s; {} says last:\n{}", PATIENCE.as_secs(), node.name(), said.screen());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
