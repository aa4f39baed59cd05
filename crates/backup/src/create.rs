//! Makes an archive while the node runs.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use crate::error::BackupError;
use crate::manifest::{self, Entry, Manifest};
use crate::seal::{Passphrase, Sealer};

/// Octets of a file of the state folder: certificates and settings are far below.
const MOST_STATE_FILE: u64 = 64 * 1024 * 1024;

/// The node of a backup: what is read, or written to.
#[derive(Clone, Debug)]
pub struct Node {
    /// `ucm`, `expressway-c` or `expressway-e`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its configuration file.
    pub configuration: PathBuf,
    /// Its state folder.
    pub state: PathBuf,
    /// Its database; an Expressway has none.
    pub database: Option<PathBuf>,
    /// Files of the state folder that are no state: logs, key logs.
    pub leave_out: Vec<PathBuf>,
}

/// A file on its way into the archive.
struct Source {
    entry: Entry,
    contents: Contents,
}

enum Contents {
    Here(Vec<u8>),
    File(PathBuf),
}

/// Removes a file when dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed is as safe as the database: it is beside it, with its mode.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes an archive to a file that is not there yet, mode 0600. Blocks.
///
/// # Errors
/// When something cannot be read or written; then no archive is left.
pub fn create(node: &Node, version: &str, to: &Path, passphrase: &Passphrase) -> Result<Manifest, BackupError> {
    let partial = partial_of(to);
    let _leave_nothing = Temporary(partial.clone());
    let (snapshot, sources) = sources(node)?;
    let manifest = Manifest {
        format: manifest::FORMAT,
        version: version.to_owned(),
        kind: node.kind.clone(),
        node: node.name.clone(),
        created: runtime::clock::unix_seconds(),
        files: sources.iter().map(|source| source.entry.clone()).collect(),
    };
    manifest.check()?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
    let file = file.map_err(BackupError::file(&partial))?;
    let written = write(file, &manifest, sources, passphrase)?;
    drop(snapshot);
    written.sync_all().map_err(BackupError::file(&partial))?;
    // A backup never takes the place of another.
    std::fs::hard_link(&partial, to).map_err(BackupError::file(to))?;
    Ok(manifest)
}

fn write(file: File, manifest: &Manifest, sources: Vec<Source>, passphrase: &Passphrase) -> Result<File, BackupError> {
    let failed = || BackupError::file(Path::new("the archive"));
    let mut archive = tar::Builder::new(Sealer::new(file, passphrase)?);
    let text = serde_json::to_vec_pretty(manifest).map_err(|error| failed()(error.into()))?;
    append(&mut archive, manifest::MANIFEST, text.len() as u64, text.as_slice()).map_err(failed())?;
    for Source { entry, contents } in sources {
        let appended = match contents {
            Contents::Here(octets) => append(&mut archive, &entry.path, entry.length, octets.as_slice()),
            Contents::File(path) => {
                File::open(&path).and_then(|file| append(&mut archive, &entry.path, entry.length, file))
            }
        };
        appended.map_err(failed())?;
    }
    archive.into_inner().and_then(Sealer::finish).map_err(failed())
}

fn append<W: Write>(archive: &mut tar::Builder<W>, path: &str, length: u64, data: impl Read) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o600);
    archive.append_data(&mut header, path, data.take(length))
}

fn sources(node: &Node) -> Result<(Option<Temporary>, Vec<Source>), BackupError> {
    let mut sources = vec![small(manifest::CONFIGURATION, &node.configuration)?];
    let mut snapshot = None;
    if let Some(database) = &node.database {
        let copy = suffixed(database, ".backup");
        let temporary = snapshot.insert(Temporary(copy.clone()));
        store::snapshot(database, &temporary.0)?;
        let (length, sha256) = digest(&copy)?;
        let entry = Entry { path: manifest::DATABASE.into(), length, sha256 };
        sources.push(Source { entry, contents: Contents::File(copy) });
        sources.push(small(manifest::DATABASE_KEY, &suffixed(database, ".key"))?);
    }
    let mut files = Vec::new();
    walk(&node.state, &mut files)?;
    for path in files {
        let is_database = node.database.as_ref().is_some_and(|database| is_of(database, &path));
        if is_database || node.leave_out.iter().any(|left_out| is_of(left_out, &path)) {
            continue;
        }
        let Some(name) = path.strip_prefix(&node.state).ok().and_then(Path::to_str) else { continue };
        sources.push(small(&format!("{}{name}", manifest::STATE), &path)?);
    }
    Ok((snapshot, sources))
}

/// Whether a path is a file, or one that stands beside it under its name with something behind.
fn is_of(file: &Path, path: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.parent() == file.parent() && name(path).starts_with(&name(file))
}

/// The regular files of the state folder. Sockets are none, hidden ones and half-written ones are no state, and neither are the
/// backups and what an earlier restore has put aside.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BackupError> {
    let refused = || BackupError::file(folder);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused())? {
        entries.push(entry.map_err(refused())?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().map_err(refused())?;
        let is_state = !name.starts_with('.') && !name.ends_with(".new") && !name.contains("before-restore");
        if kind.is_dir() && is_state && name != "backups" {
            walk(&path, files)?;
        } else if kind.is_file() && is_state && !name.starts_with("restored-") {
            files.push(path);
        }
    }
    Ok(())
}

fn small(name: &str, path: &Path) -> Result<Source, BackupError> {
    let mut contents = Vec::new();
    let file = File::open(path).map_err(BackupError::file(path))?;
    file.take(MOST_STATE_FILE + 1).read_to_end(&mut contents).map_err(BackupError::file(path))?;
    if contents.len() as u64 > MOST_STATE_FILE {
        return Err(BackupError::File(path.into(), std::io::Error::other("too large for a file of the state folder")));
    }
    let mut hash = Context::new(&SHA256);
    hash.update(&contents);
    let entry = Entry { path: name.into(), length: contents.len() as u64, sha256: hexadecimal(hash) };
    Ok(Source { entry, contents: Contents::Here(contents) })
}

fn digest(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(BackupError::file(path))?;
    let (mut hash, mut length, mut buffer) = (Context::new(&SHA256), 0, vec![0; 64 * 1024]);
    loop {
        let count = file.read(&mut buffer).map_err(BackupError::file(path))?;
        if count == 0 {
            return Ok((length, hexadecimal(hash)));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        length += count as u64;
    }
}

pub(crate) fn hexadecimal(hash: Context) -> String {
    hash.finish().as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(crate) fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn partial_of(path: &Path) -> PathBuf {
    suffixed(path, ".partial")
}
