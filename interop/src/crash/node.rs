//! A node that is killed and started again: the time from its start to `ready`, and the ways to it.

use std::io::Result;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::admin::Admin;
use super::https::Https;
use super::oauth::OauthClient;
use crate::child::Child;
use crate::folder::Folder;

/// How long a start may take before the test gives up, however busy the machine is.
const GIVE_UP: Duration = Duration::from_secs(60);

/// How often a starting node is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// How long a start took.
#[derive(Clone, Copy, Debug)]
pub struct Startup {
    /// From the process's start to `ready`.
    pub wall: Duration,
    /// How much of that its threads waited for a processor that others had.
    pub waited: Duration,
}

impl Startup {
    /// What the start takes on a machine with nothing else to do, or less.
    pub fn own(&self) -> Duration {
        self.wall.saturating_sub(self.waited)
    }
}

/// A node, running or not.
pub struct CrashNode {
    name: String,
    address: IpAddr,
    folder: PathBuf,
    config: PathBuf,
    child: Option<Child>,
}

impl CrashNode {
    /// A node of the cluster of a database; it does not run yet.
    pub fn new(folder: &Folder, name: &str, usage: &str, address: &str, database: &Path) -> CrashNode {
        let config = format!(
            "[node]\nname = \"{name}\"\nusage = \"{usage}\"\naddress = \"{address}\"\nstate = \"{name}\"\n\n\
             [cluster]\ndatabase = \"{}\"\ndomain = \"crash.test\"\n",
            database.display()
        );
        CrashNode {
            name: name.to_string(),
            address: address.parse().expect("an address"),
            folder: folder.path().to_path_buf(),
            config: folder.write(format!("{name}.toml"), config),
            child: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it was started and not killed since.
    pub fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// Starts it and returns at once.
    pub fn launch(&mut self) {
        let mut command = Command::new(crate::ringbearer());
        command.arg("ucm").arg("--config").arg(&self.config);
        self.child = Some(Child::start(&self.name, &self.folder, &mut command));
    }

    /// Starts it and waits until it is ready.
    pub fn start(&mut self) -> Startup {
        let begun = Instant::now();
        self.launch();
        let child = self.child.as_mut().expect("it was launched");
        while !child.words().lines().any(|line| line == "ready") {
            let words = child.words();
            assert!(!child.ended(), "{} does not start:\n{words}", self.name);
            assert!(begun.elapsed() < GIVE_UP, "{} is not ready in {GIVE_UP:?}:\n{words}", self.name);
            std::thread::sleep(GLANCE);
        }
        Startup { wall: begun.elapsed(), waited: waited_for_processor(child.id()) }
    }

    /// Kills it: SIGKILL, nothing is closed in order.
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// An administrator at its socket.
    pub fn admin(&self) -> Result<Admin> {
        Admin::connect(&self.folder.join(&self.name).join("admin.sock"))
    }

    /// A client of its authorization server.
    pub fn oauth(&self) -> Result<OauthClient> {
        let certificate = self.folder.join(&self.name).join("certificates/tomcat/certificate.pem");
        Ok(OauthClient::new(Https::connect(SocketAddr::new(self.address, 8443), &certificate)?))
    }

    /// What it printed since its start.
    pub fn words(&self) -> String {
        self.child.as_ref().map(Child::words).unwrap_or_default()
    }
}

/// The time that the threads of a process stood in the queue for a processor, as Linux counts it.
fn waited_for_processor(process: u32) -> Duration {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return Duration::ZERO };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
