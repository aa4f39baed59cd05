//! The lab's folder: the members' configuration files and state, the phones' logs and recordings.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::member::LabNode;
use super::network::Network;

/// The folder that holds everything the lab makes.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder with the nodes' configuration files. What an earlier lab left there is removed unless `keep`.
    pub(super) fn make(path: &Path, keep: bool, network: &Network) -> anyhow::Result<Self> {
        if !keep {
            Self::remove(path)?;
        }
        let path = std::path::absolute(path)?;
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        let folder = Self(path);
        // Whoever removes the folder later sees by this file that the lab made it.
        std::fs::write(folder.0.join(MARK), "made by ringbearer lab\n")?;
        for node in LabNode::ALL {
            std::fs::write(folder.config(node), node.config(network)).context("writing a node's configuration")?;
        }
        Ok(folder)
    }

    /// Removes a folder that a lab made, and nothing else.
    pub(super) fn remove(path: &Path) -> anyhow::Result<()> {
        if !path.exists() {
            return Ok(());
        }
        let empty = std::fs::read_dir(path)?.next().is_none();
        anyhow::ensure!(
            empty || path.join(MARK).exists(),
            "{} was not made by a lab; choose another folder with --folder",
            path.display()
        );
        std::fs::remove_dir_all(path).with_context(|| format!("removing {}", path.display()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A node's configuration file.
    pub(super) fn config(&self, node: LabNode) -> PathBuf {
        self.0.join(format!("{}.toml", node.name()))
    }

    /// A node's admin socket.
    pub(super) fn admin_socket(&self, node: LabNode) -> PathBuf {
        self.0.join(node.name()).join("admin.sock")
    }

    /// A node's own certificate of a name, as clients trust it.
    pub(super) fn certificate(&self, node: LabNode, name: &str) -> PathBuf {
        self.0.join(node.name()).join("certificates").join(name).join("certificate.pem")
    }

    /// A file of the lab.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// The file that marks a folder as the lab's.
const MARK: &str = ".ringbearer-lab";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_a_labs_is_left_alone() {
        let path = std::env::temp_dir().join(format!("ringbearer-folder-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("precious"), "x").unwrap();
        let error = Folder::make(&path, false, &Network::loopback()).unwrap_err().to_string();
        assert!(error.ends_with("was not made by a lab; choose another folder with --folder"), "{error}");
        assert!(path.join("precious").exists());
        std::fs::remove_dir_all(path).unwrap();
    }
}
