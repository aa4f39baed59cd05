//! Reads an archive, and puts what it holds in a stopped node's place.
//!
//! Nothing of the node is touched before the whole archive has been read and found right. Then what was there is moved aside
//! (`before-restore`), and what was restored takes its place.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use crate::create::{Node, hexadecimal, suffixed};
use crate::error::BackupError;
use crate::manifest::{self, Entry, Manifest};
use crate::seal::{Opener, Passphrase};

/// Where what was there goes.
const ASIDE: &str = "before-restore";

type Archive = tar::Archive<Opener<File>>;

/// Reads an archive to its end: every digest is right, and nothing is in it that no backup has. Writes nothing. Blocks.
///
/// # Errors
/// What is wrong with it.
pub fn verify(archive: &Path, passphrase: &Passphrase) -> Result<Manifest, BackupError> {
    read(archive, passphrase, |_, _| Ok(None))
}

/// Puts an archive's contents in the place of a node's. Blocks.
///
/// # Errors
/// When the node runs, or the archive is not right: then nothing has changed.
pub fn restore(node: &Node, archive: &Path, passphrase: &Passphrase) -> Result<Manifest, BackupError> {
    refuse_running(node)?;
    let staging = Staging::make(&node.state)?;
    let manifest = read(archive, passphrase, |manifest, entry| {
        let same_kind = manifest.kind == node.kind;
        let other = || BackupError::OtherKind { archive: manifest.kind.clone(), node: node.kind.clone() };
        if same_kind { staging.file(&entry.path).map(Some) } else { Err(other()) }
    })?;
    if let Some(database) = &node.database {
        // It opens, it is whole, and its schema is one that this version knows.
        let staged = staging.0.join(manifest::DATABASE);
        store::Store::open(&staged).map(drop)?;
        put_database_in_place(&staged, database)?;
    }
    put_state_in_place(&staging, &node.state)?;
    Ok(manifest)
}

/// The node itself, and for its database every other node of the cluster on this machine.
fn refuse_running(node: &Node) -> Result<(), BackupError> {
    if std::os::unix::net::UnixStream::connect(node.state.join("admin.sock")).is_ok() {
        return Err(BackupError::Running("the node runs"));
    }
    match &node.database {
        Some(database) if store::is_in_use(database)? => Err(BackupError::Running("the database is in use")),
        _ => Ok(()),
    }
}

/// A folder of the state folder in which the archive is unpacked; removed when dropped.
struct Staging(PathBuf);

impl Staging {
    fn make(state: &Path) -> Result<Self, BackupError> {
        let folder = state.join(".restore");
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(state).map_err(BackupError::file(state))?;
        if folder.symlink_metadata().is_ok() {
            std::fs::remove_dir_all(&folder).map_err(BackupError::file(&folder))?;
        }
        builder.create(&folder).map_err(BackupError::file(&folder))?;
        Ok(Self(folder))
    }

    /// A new file in it. Its path has passed [`Manifest::check`].
    fn file(&self, name: &str) -> Result<File, BackupError> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(BackupError::file(folder))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.map_err(BackupError::file(&path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // The next restore removes what stays.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Reads an archive; each file goes to what `place` gives for it, if anything.
fn read(
    path: &Path,
    passphrase: &Passphrase,
    place: impl Fn(&Manifest, &Entry) -> Result<Option<File>, BackupError>,
) -> Result<Manifest, BackupError> {
    let file = File::open(path).map_err(BackupError::file(path))?;
    let mut left = file.metadata().map_err(BackupError::file(path))?.len();
    let mut archive: Archive = tar::Archive::new(Opener::new(file, passphrase)?);
    let mut entries = archive.entries().map_err(unreadable)?;
    let manifest = read_manifest(&mut next(&mut entries)?)?;
    manifest.check()?;
    for entry in &manifest.files {
        // Nothing is compressed: what says that it is longer than the archive is no backup.
        left = left
            .checked_sub(entry.length)
            .ok_or_else(|| BackupError::Hostile(format!("{:?} is longer than the archive", entry.path)))?;
        let mut found = next(&mut entries)?;
        check_header(&found, &entry.path, entry.length)?;
        copy(&mut found, entry, place(&manifest, entry)?)?;
    }
    match entries.next() {
        None => Ok(manifest),
        Some(_) => Err(BackupError::Hostile("a file that is not in the manifest".into())),
    }
}

fn next<'a, R: Read + 'a>(entries: &mut tar::Entries<'a, R>) -> Result<tar::Entry<'a, R>, BackupError> {
    entries.next().ok_or_else(|| BackupError::Hostile("a file of the manifest is missing".into()))?.map_err(unreadable)
}

fn read_manifest<R: Read>(entry: &mut tar::Entry<'_, R>) -> Result<Manifest, BackupError> {
    let length = entry.header().entry_size().map_err(unreadable)?;
    if length > manifest::MOST_MANIFEST {
        return Err(BackupError::Hostile("a manifest of that length".into()));
    }
    check_header(entry, manifest::MANIFEST, length)?;
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(unreadable)?;
    serde_json::from_slice(&text).map_err(|error| BackupError::Hostile(format!("the manifest: {error}")))
}

/// A regular file of this name and length, and not a link, a device, a folder or a sparse file.
fn check_header<R: Read>(entry: &tar::Entry<'_, R>, path: &str, length: u64) -> Result<(), BackupError> {
    let header = entry.header();
    let same_path = *entry.path_bytes() == *path.as_bytes();
    if header.entry_type() != tar::EntryType::Regular {
        return Err(BackupError::Hostile(format!("{path:?} is no regular file")));
    }
    if !same_path || header.entry_size().map_err(unreadable)? != length || entry.size() != length {
        return Err(BackupError::Hostile(format!("what comes in the place of {path:?} is something else")));
    }
    Ok(())
}

fn copy(from: &mut impl Read, entry: &Entry, mut to: Option<File>) -> Result<(), BackupError> {
    let (mut hash, mut buffer) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        let count = from.read(&mut buffer).map_err(unreadable)?;
        let octets = buffer.get(..count).unwrap_or_default();
        if octets.is_empty() {
            break;
        }
        hash.update(octets);
        if let Some(to) = &mut to {
            to.write_all(octets).map_err(BackupError::file(Path::new(&entry.path)))?;
        }
    }
    if let Some(to) = to {
        to.sync_all().map_err(BackupError::file(Path::new(&entry.path)))?;
    }
    if hexadecimal(hash) == entry.sha256 {
        return Ok(());
    }
    Err(BackupError::Hostile(format!("{:?} does not have the digest of the manifest", entry.path)))
}

fn unreadable(error: std::io::Error) -> BackupError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => BackupError::Sealed,
        _ => BackupError::Hostile(error.to_string()),
    }
}

/// The database, its key, and the files that SQLite keeps beside: those of the old one must not be taken for the new one's.
fn put_database_in_place(staged: &Path, database: &Path) -> Result<(), BackupError> {
    let aside = suffixed(database, &format!(".{ASIDE}"));
    for suffix in ["", ".key", "-wal", "-shm"] {
        let (old, kept) = (suffixed(database, suffix), suffixed(&aside, suffix));
        match std::fs::rename(&old, &kept) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(BackupError::File(old, error)),
            _ => {}
        }
    }
    // The key goes first: a database without its key would get a new one, and open nothing.
    for suffix in [".key", "", "-wal", "-shm"] {
        let (new, place) = (suffixed(staged, suffix), suffixed(database, suffix));
        match std::fs::rename(&new, &place) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && suffix.starts_with('-') => {}
            Err(error) => return Err(BackupError::File(place, error)),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Each file and folder of the archive's state takes the place of the one that was there.
fn put_state_in_place(staging: &Staging, state: &Path) -> Result<(), BackupError> {
    let configuration = staging.0.join(manifest::CONFIGURATION);
    let beside = state.join(format!("restored-{}", manifest::CONFIGURATION));
    std::fs::rename(&configuration, &beside).map_err(BackupError::file(&beside))?;
    let staged = staging.0.join(manifest::STATE);
    let Ok(entries) = std::fs::read_dir(&staged) else { return Ok(()) };
    let aside = state.join(ASIDE);
    if aside.symlink_metadata().is_ok() {
        std::fs::remove_dir_all(&aside).map_err(BackupError::file(&aside))?;
    }
    std::fs::DirBuilder::new().mode(0o700).create(&aside).map_err(BackupError::file(&aside))?;
    for entry in entries {
        let entry = entry.map_err(BackupError::file(&staged))?;
        let (place, kept) = (state.join(entry.file_name()), aside.join(entry.file_name()));
        match std::fs::rename(&place, &kept) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(BackupError::File(place, error)),
            _ => {}
        }
        std::fs::rename(entry.path(), &place).map_err(BackupError::file(&place))?;
    }
    let synchronised = File::open(state).and_then(|folder| folder.sync_all());
    synchronised.map_err(BackupError::file(state))
}
