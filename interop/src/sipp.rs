//! SIPp: scenarios of ours, played by a program that knows nothing of us.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::Child;
use crate::folder::Folder;

/// One run of a scenario.
#[derive(Debug, Clone)]
pub struct Scenario<'a> {
    /// The file in `interop/scenarios`, without `.xml`.
    pub name: &'a str,
    /// Where SIPp sits.
    pub local: SocketAddr,
    /// The server; none for a scenario that waits for a call.
    pub server: Option<SocketAddr>,
    /// The user part, `[service]` in the scenario.
    pub service: &'a str,
    /// User name and password of the digest.
    pub credentials: (&'a str, &'a str),
    /// How many calls.
    pub calls: u32,
    /// More words for the command line, such as `-key dialled 1002`.
    pub words: &'a [&'a str],
}

impl Scenario<'_> {
    /// Starts SIPp; it ends by itself when the calls are done.
    pub fn start(&self, folder: &Folder) -> Child {
        let name = format!("sipp-{}-{}", self.name, self.local.port());
        let mut command = Command::new("sipp");
        command
            .current_dir(folder.path())
            .arg("-sf")
            .arg(file(self.name))
            .args(["-i", &self.local.ip().to_string(), "-p", &self.local.port().to_string()])
            .args(["-mi", &self.local.ip().to_string()])
            .args(["-s", self.service, "-au", self.credentials.0, "-ap", self.credentials.1])
            .args(["-m", &self.calls.to_string(), "-l", "10", "-r", "10"])
            .args(["-nostdin", "-timeout", "30", "-timeout_error", "-trace_err", "-error_file"])
            .arg(folder.join(format!("{name}.errors")))
            .args(["-trace_msg", "-message_file"])
            .arg(folder.join(format!("{name}.messages")))
            .args(self.words);
        if let Some(server) = self.server {
            command.arg(server.to_string());
        }
        Child::start(&name, folder.path(), &mut command)
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.xml"))
}
