//! Files that are whole or not there: written beside their place, synchronised, and renamed into it.
//!
//! A kill or a loss of power at any moment leaves the old contents or the new, never a part of either.

use std::io::{Error, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where the next contents of a file are until they take its place.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Puts a file of this mode in its place.
///
/// # Errors
/// With the path that cannot be written; the old contents are still there.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), (PathBuf, Error)> {
    write_beside(path, bytes, mode)?;
    take_place(path)?;
    synchronise_folder(path)
}

/// Writes the next contents of a file, readable after a loss of power.
///
/// # Errors
/// With the path that cannot be written.
pub(crate) fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> Result<(), (PathBuf, Error)> {
    let new = beside(path);
    let mut options = std::fs::OpenOptions::new();
    let opened = options.create(true).truncate(true).write(true).mode(mode).open(&new);
    opened.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all())).map_err(|error| (new, error))
}

/// Renames the next contents of a file into its place.
///
/// # Errors
/// With the path that cannot be written.
pub(crate) fn take_place(path: &Path) -> Result<(), (PathBuf, Error)> {
    std::fs::rename(beside(path), path).map_err(|error| (path.to_owned(), error))
}

/// Makes renames and removals in a file's folder last.
///
/// # Errors
/// With the folder that cannot be synchronised.
pub(crate) fn synchronise_folder(path: &Path) -> Result<(), (PathBuf, Error)> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let synchronised = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synchronised.map_err(|error| (folder.to_owned(), error))
}
