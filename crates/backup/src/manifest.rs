//! What an archive says that it holds.

use serde::{Deserialize, Serialize};

use crate::error::BackupError;

/// The name of the manifest in an archive; it comes first.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Octets of a manifest.
pub(crate) const MOST_MANIFEST: u64 = 4 * 1024 * 1024;
/// Files of an archive.
const MOST_FILES: usize = 20_000;
/// The format that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// The database in an archive, and the file that holds the key of its keys.
pub(crate) const DATABASE: &str = "database/cluster.db";
pub(crate) const DATABASE_KEY: &str = "database/cluster.db.key";
/// The configuration file of the node.
pub(crate) const CONFIGURATION: &str = "configuration.toml";
/// What is in the state folder.
pub(crate) const STATE: &str = "state/";

/// The manifest of an archive.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the archive.
    pub format: u32,
    /// The version of the program that made it.
    pub version: String,
    /// The kind of node: `ucm`, `expressway-c` or `expressway-e`.
    pub kind: String,
    /// The name of the node.
    pub node: String,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// The files, in the order in which they come.
    pub files: Vec<Entry>,
}

/// A file of an archive.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the archive.
    pub path: String,
    /// Its length in octets.
    pub length: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Refuses a manifest that no backup has: a newer format, too many files, paths that lead elsewhere, a path twice.
    pub(crate) fn check(&self) -> Result<(), BackupError> {
        if self.format > FORMAT {
            return Err(BackupError::NotAnArchive("it was made by a newer version"));
        }
        if self.files.len() > MOST_FILES {
            return Err(BackupError::Hostile(format!("{} files", self.files.len())));
        }
        let mut paths: Vec<_> = self.files.iter().map(|file| file.path.as_str()).collect();
        if let Some(path) = paths.iter().find(|path| !is_allowed(path)) {
            return Err(BackupError::Hostile(format!("the path {path:?}")));
        }
        paths.sort_unstable();
        match paths.iter().zip(paths.iter().skip(1)).find(|(one, next)| one == next) {
            Some((path, _)) => Err(BackupError::Hostile(format!("{path:?} twice"))),
            None => Ok(()),
        }
    }
}

/// The paths that there are in a backup: no other place can be written.
fn is_allowed(path: &str) -> bool {
    if [DATABASE, DATABASE_KEY, CONFIGURATION].contains(&path) {
        return true;
    }
    let Some(in_state) = path.strip_prefix(STATE) else { return false };
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.len() <= 255
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"._- @+=,".contains(&octet))
    };
    in_state.len() <= 1024 && in_state.split('/').count() <= 8 && in_state.split('/').all(is_plain)
}
