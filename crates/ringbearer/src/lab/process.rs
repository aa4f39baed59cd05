//! The lab's child processes: started with pipes, stopped by the pid that was started.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a process may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// A running child of the lab: lines in, lines out. Killed when dropped.
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    errors: PathBuf,
}

impl Process {
    /// Starts a command; its standard error goes to a file of that name in `folder`.
    pub(crate) fn start(name: &str, folder: &Path, mut command: Command) -> anyhow::Result<Self> {
        let errors = folder.join(format!("{name}.stderr"));
        let file = std::fs::File::create(&errors).with_context(|| errors.display().to_string())?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let output = child.stdout.take().context("the child's output")?;
        let input = child.stdin.take();
        Ok(Self { name: name.into(), child, input, output: BufReader::new(output).lines(), errors })
    }

    /// The process id.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Writes a line to its standard input.
    pub(crate) async fn send(&mut self, line: &str) -> anyhow::Result<()> {
        let Some(input) = &mut self.input else { bail!("{} takes no more input", self.name) };
        input.write_all(format!("{line}\n").as_bytes()).await.with_context(|| format!("telling {}: {line}", self.name))
    }

    /// The next line of its standard output.
    pub(crate) async fn line(&mut self) -> anyhow::Result<String> {
        match self.output.next_line().await? {
            Some(line) => Ok(line),
            None => bail!("{} ended; its last words:\n{}", self.name, self.last_words()),
        }
    }

    /// Asks it to end with SIGTERM, and ends it if it does not.
    pub(crate) async fn stop(mut self) {
        self.signal(rustix::process::Signal::TERM);
        self.input = None;
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            self.kill().await;
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) async fn kill(&mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.child.kill().await;
    }

    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(pid) = self.pid().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
            // A process that has ended needs no signal.
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.errors).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(8)).map(|line| format!("    {line}\n")).collect()
    }
}
