//! Backups of a node: one file, encrypted under a passphrase, with a manifest of what is in it.
//!
//! An archive holds the cluster database as of one moment (SQLite's online backup, while the node writes), its key file, the
//! node's certificates with their keys, what an Expressway's administrator set, and the configuration file. It is made while
//! the node runs, and restored when it does not.
//!
//! Our choices: nothing is compressed, so an archive holds no more than its length says; the whole of it is encrypted
//! (`seal`), names and manifest too; and a restore takes exactly the files of the manifest, in its order, each with its length
//! and digest, into a folder beside, before the first one takes its place ([`restore()`]).

mod create;
mod error;
mod manifest;
mod restore;
mod seal;
#[cfg(feature = "testing")]
pub mod testing;

pub use create::{Node, create};
pub use error::BackupError;
pub use manifest::{Entry, Manifest};
pub use restore::{restore, verify};
pub use seal::Passphrase;
