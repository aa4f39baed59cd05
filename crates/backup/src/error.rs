//! Why a backup cannot be made, read or restored.

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, and with which file.
#[derive(Debug)]
pub enum BackupError {
    /// The file system refused.
    File(PathBuf, io::Error),
    /// The database cannot be copied or opened.
    Database(store::StoreError),
    /// It is no archive of ours, or one of a newer version.
    NotAnArchive(&'static str),
    /// The passphrase is wrong, or the archive was changed.
    Sealed,
    /// The archive is whole, but what it holds is not what a backup holds.
    Hostile(String),
    /// The archive is that of another kind of node.
    OtherKind {
        /// What it is of.
        archive: String,
        /// What it was to be restored to.
        node: String,
    },
    /// The node runs, or another one has its database open.
    Running(&'static str),
    /// The passphrase is too short.
    ShortPassphrase,
}

impl BackupError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File(path, error)
    }
}

impl std::fmt::Display for BackupError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(out, "{}: {error}", path.display()),
            Self::Database(error) => write!(out, "the database: {error}"),
            Self::NotAnArchive(why) => write!(out, "not a backup that can be read: {why}"),
            Self::Sealed => out.write_str("the passphrase is wrong, or the archive was changed"),
            Self::Hostile(what) => write!(out, "refused: {what}"),
            Self::OtherKind { archive, node } => {
                write!(out, "the archive is of {archive}, the configuration of {node}")
            }
            Self::Running(what) => write!(out, "{what}: stop the node first"),
            Self::ShortPassphrase => {
                write!(out, "a passphrase has at least {} characters", crate::seal::LEAST_CHARACTERS)
            }
        }
    }
}

impl std::error::Error for BackupError {}

impl From<store::StoreError> for BackupError {
    fn from(error: store::StoreError) -> Self {
        Self::Database(error)
    }
}
