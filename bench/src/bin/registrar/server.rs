//! The two servers, on the same processor in turn.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use interop::child::Child;

use crate::fleet::{ADDRESS, Fleet};

/// The servers' processor.
pub(crate) const PROCESSOR: &str = "0";

const READY: Duration = Duration::from_secs(30);
const LIMIT_ADDRESS: &str = "127.0.0.62:5090";

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    load_flags: &'static [&'static str],
}

impl Server {
    /// A node of ours with the fleet's database.
    pub(crate) fn node(fleet: &Fleet) -> Self {
        let mut command = pinned("ringbearer");
        command.arg("ucm").arg("--config").arg(fleet.config());
        Self::start("node", fleet, &mut command, format!("{ADDRESS}:5090"), &[])
    }

    /// The limit, with the node's certificate.
    pub(crate) fn limit(fleet: &Fleet) -> Self {
        let mut command = pinned("limit");
        command.arg(LIMIT_ADDRESS).arg(fleet.certificate()).arg(fleet.private_key());
        // The certificate names the node's address.
        let flags = &["--any-answer", "--server-name", ADDRESS];
        Self::start("limit", fleet, &mut command, LIMIT_ADDRESS.into(), flags)
    }

    fn start(
        name: &str,
        fleet: &Fleet,
        command: &mut Command,
        address: String,
        load_flags: &'static [&'static str],
    ) -> Self {
        let mut child = Child::start(name, fleet.folder(), command);
        child.wait_for("ready", READY);
        Self { child, address, load_flags }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the generator has to know of it.
    pub(crate) fn load_flags(&self) -> &'static [&'static str] {
        self.load_flags
    }
}

fn pinned(name: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", PROCESSOR]).arg(program(name));
    command
}

/// A program that was built beside this one.
pub(crate) fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("the system knows this program");
    let path = own.with_file_name(name);
    assert!(path.exists(), "{} is not built: cargo build --release --workspace --bins", path.display());
    path
}
