//! Child processes: bounded in time, killed by their process id, their words kept in a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How often a condition is looked at while waiting for it.
const GLANCE: Duration = Duration::from_millis(20);

/// A running program.
pub struct Child {
    name: String,
    process: std::process::Child,
    log: PathBuf,
}

impl Child {
    /// Starts `command`; what it prints goes to `<name>.log` in `folder`.
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> Child {
        Child::spawn(name, folder, command.stdin(Stdio::null()))
    }

    /// Starts a `command` that reads what is written to it.
    pub fn start_with_input(name: &str, folder: &Path, command: &mut Command) -> (Child, ChildStdin) {
        let mut child = Child::spawn(name, folder, command.stdin(Stdio::piped()));
        let input = child.process.stdin.take().expect("the input is a pipe");
        (child, input)
    }

    fn spawn(name: &str, folder: &Path, command: &mut Command) -> Child {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).expect("the log is made");
        let errors = file.try_clone().expect("the log is shared");
        let process = command
            .stdout(file)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Child { name: name.to_string(), process, log }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it printed so far.
    pub fn words(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        self.process.try_wait().expect("the child is ours").is_some()
    }

    /// Waits until it printed `text`.
    pub fn wait_for(&mut self, text: &str, limit: Duration) {
        let deadline = Instant::now() + limit;
        while !self.words().contains(text) {
            if let Some(status) = self.process.try_wait().expect("the child is ours") {
                panic!("{} ended with {status} before it said {text:?}:\n{}", self.name, self.words());
            }
            assert!(Instant::now() < deadline, "{} did not say {text:?} in {limit:?}:\n{}", self.name, self.words());
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until it ends.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.process.try_wait().expect("the child is ours") {
                return status;
            }
            assert!(Instant::now() < deadline, "{} did not end in {limit:?}:\n{}", self.name, self.words());
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until it ends, and wants success.
    pub fn succeed(&mut self, limit: Duration) -> String {
        let status = self.wait(limit);
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, self.words());
        self.words()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.process);
        kill_process(id, signal).unwrap_or_else(|_| panic!("{} was gone already:\n{}", self.name, self.words()));
    }

    /// Asks it to end with SIGINT, so that it closes its files, and waits.
    pub fn interrupt(&mut self, limit: Duration) {
        let id = Pid::from_child(&self.process);
        kill_process(id, Signal::INT).unwrap_or_else(|_| panic!("{} was gone already:\n{}", self.name, self.words()));
        self.wait(limit);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until `condition` holds.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not in {limit:?}");
        std::thread::sleep(GLANCE);
    }
}
