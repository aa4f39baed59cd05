//! A log file that begins anew by itself: when it is full, and with each day (UTC).
//!
//! The files before it are `<name>.1` (the newest) to `<name>.<keep>`; the oldest goes. So a log takes no more than
//! `(keep + 1) × rotate-megabytes`, whatever happens, and no other program has to help. One that rotates all the same
//! (logrotate) renames the file and sends SIGUSR1: then it is opened again by its name.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock;

/// When a file is full, and how many are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    /// Octets of a file; a single line may go beyond.
    pub(super) most: u64,
    /// Files that are kept beside it.
    pub(super) keep: u32,
}

/// The file. Lines of several threads do not mix.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    length: u64,
    day: u64,
    rotation: Rotation,
}

impl LogFile {
    pub(super) fn open(path: &Path, rotation: Rotation) -> io::Result<Self> {
        let (file, length, day) = open(path)?;
        Ok(Self { path: path.to_owned(), open: Mutex::new(Open { file, length, day, rotation }) })
    }

    /// Opens the file again by its name, which another program has renamed.
    pub(super) fn reopen(&self) -> io::Result<()> {
        let (file, length, day) = open(&self.path)?;
        let mut open = self.lock();
        let rotation = open.rotation;
        *open = Open { file, length, day, rotation };
        Ok(())
    }

    pub(super) fn rotate_by(&self, rotation: Rotation) {
        self.lock().rotation = rotation;
    }

    fn append(&self, line: &[u8], today: u64) -> io::Result<()> {
        let mut open = self.lock();
        let is_full = open.length.saturating_add(line.len() as u64) > open.rotation.most;
        if open.length > 0 && (is_full || today > open.day) {
            // What cannot be rotated is written on: a line is worth more than a name.
            if let Ok(next) = rotate(&self.path, open.rotation.keep) {
                open.file = next;
                open.length = 0;
            }
            open.day = today;
        }
        open.file.write_all(line)?;
        open.length += line.len() as u64;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for &LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.append(line, day(clock::unix_seconds()))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The file, its length, and the day on which it was written last.
fn open(path: &Path) -> io::Result<(File, u64, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let facts = file.metadata()?;
    let written = facts.modified()?.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok((file, facts.len(), day(written)))
}

fn rotate(path: &Path, keep: u32) -> io::Result<File> {
    for number in (1..keep).rev() {
        let (from, to) = (numbered(path, number), numbered(path, number + 1));
        match std::fs::rename(from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    if keep == 0 {
        std::fs::remove_file(path)?;
    } else {
        std::fs::rename(path, numbered(path, 1))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

fn day(unix_seconds: u64) -> u64 {
    unix_seconds / 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-log-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn contents(folder: &Path) -> Vec<(String, String)> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }

    fn texts(folder: &Path) -> Vec<String> {
        contents(folder).into_iter().map(|(name, text)| format!("{name}: {}", text.trim_end())).collect()
    }

    #[test]
    fn a_full_file_makes_room_and_the_oldest_goes() {
        let folder = folder("full");
        let today = day(clock::unix_seconds());
        let log = LogFile::open(&folder.join("log"), Rotation { most: 8, keep: 2 }).unwrap();
        for line in ["one 11\n", "two 22\n", "three 33 is longer than a file\n", "four 4\n"] {
            log.append(line.as_bytes(), today).unwrap();
        }
        assert_eq!(texts(&folder), ["log: four 4", "log.1: three 33 is longer than a file", "log.2: two 22"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_new_day_begins_a_new_file_also_after_a_restart() {
        let folder = folder("day");
        let today = day(clock::unix_seconds());
        let rotation = Rotation { most: 1 << 20, keep: 3 };
        LogFile::open(&folder.join("log"), rotation).unwrap().append(b"today\n", today).unwrap();
        let log = LogFile::open(&folder.join("log"), rotation).unwrap();
        log.append(b"still today\n", today).unwrap();
        log.append(b"tomorrow\n", today + 1).unwrap();
        assert_eq!(texts(&folder), ["log: tomorrow", "log.1: today\nstill today"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_was_renamed_is_opened_again_by_its_name() {
        let folder = folder("renamed");
        let today = day(clock::unix_seconds());
        let log = LogFile::open(&folder.join("log"), Rotation { most: 1 << 20, keep: 1 }).unwrap();
        log.append(b"before\n", today).unwrap();
        std::fs::rename(folder.join("log"), folder.join("log-20261127")).unwrap();
        log.append(b"still there\n", today).unwrap();
        log.reopen().unwrap();
        log.append(b"after\n", today).unwrap();
        assert_eq!(texts(&folder), ["log: after", "log-20261127: before\nstill there"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
