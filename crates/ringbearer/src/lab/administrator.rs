//! The administrator of the lab: gives the admin shell's commands, as a person would.

use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::folder::{Folder, LabNode};

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

/// Gives a command on a node. `answers` are typed where the command asks.
///
/// # Errors
/// When the command fails, with what it printed.
pub(super) async fn give(folder: &Folder, node: LabNode, command: &str, answers: &str) -> anyhow::Result<Said> {
    let program = std::env::current_exe().context("the path of this program")?;
    let mut child = Command::new(program)
        .args(["admin", "--socket"])
        .arg(folder.admin_socket(node))
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
pub(super) async fn give_all(folder: &Folder, node: LabNode, commands: &[&str]) -> anyhow::Result<String> {
    let mut screens = Vec::new();
    for command in commands {
        screens.push(give(folder, node, command, "").await?.screen());
    }
    Ok(screens.join("\n"))
}
