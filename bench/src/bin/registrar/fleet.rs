//! A node with a fleet of phones of one user, and the file of their access tokens.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use interop::child::Child;
use interop::fleet::furnish;
use interop::folder::Folder;

use crate::server::program;

/// The node's address.
pub(crate) const ADDRESS: &str = "127.0.0.61";

const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of a node with its fleet.
pub(crate) struct Fleet {
    folder: Folder,
}

impl Fleet {
    /// Makes the node, its devices and the file of tokens.
    pub(crate) fn provision(phones: u32) -> Self {
        let fleet = Self { folder: Folder::new("registrar") };
        fleet.folder.write(
            "node.toml",
            format!(
                "[node]\nname = \"measured\"\nusage = \"publisher\"\naddress = \"{ADDRESS}\"\nstate = \"state\"\n\n\
                 [cluster]\ndatabase = \"cluster.db\"\ndomain = \"measured.test\"\n"
            ),
        );
        fleet.first_start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let tokens = runtime.block_on(furnish(&fleet.folder.join("cluster.db"), phones));
        fleet.folder.write("tokens", tokens.join("\n"));
        fleet
    }

    /// The node makes its certificates and keys; SIP OAuth mode is on from its next start.
    fn first_start(&self) {
        let mut command = Command::new(program("ringbearer"));
        let mut node = Child::start("first", self.folder(), command.arg("ucm").arg("--config").arg(self.config()));
        node.wait_for("ready", PATIENCE);
        let mut command = Command::new(program("ringbearer"));
        command.args(["admin", "-c", "utils sipOAuth-mode enable", "--socket"]);
        Child::start("admin", self.folder(), command.arg(self.folder.join("state/admin.sock"))).succeed(PATIENCE);
        node.interrupt(PATIENCE);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("node.toml")
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("state/certificates/tomcat/certificate.pem")
    }

    pub(crate) fn private_key(&self) -> PathBuf {
        self.folder.join("state/certificates/tomcat/key.pem")
    }
}
