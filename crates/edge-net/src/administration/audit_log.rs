//! The audit log of an Expressway: a file of mode 0600 that only grows, one JSON object a line.
//!
//! Each row carries the SHA-256 of the row before it, so that a row that was changed or taken out is seen (ADM-2). A row is
//! written and synchronised before the administrator hears that the act is done.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use directory::Author;
use serde::{Deserialize, Serialize};

const FILE: &str = "audit.jsonl";

/// Octets at the end of the file that are read for a page.
const SHOWN: u64 = 1024 * 1024;

/// Characters of a value; what a browser sent has no end of its own.
const MOST_TEXT: usize = 2048;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEntry {
    /// When, in seconds since 1970.
    pub at: u64,
    /// Who.
    pub administrator: String,
    /// From where: `cli`, `web`.
    pub surface: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// With which values. Never a secret.
    pub detail: String,
    /// The SHA-256 of the line before, in hexadecimal; empty in the first.
    pub previous: String,
}

/// The audit log.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    writing: Mutex<Writing>,
}

#[derive(Debug)]
struct Writing {
    file: File,
    /// Of the last line.
    hash: String,
}

impl AuditLog {
    /// The log of a state folder, made at the first start.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(&path)?;
        let text = tail(&mut file)?;
        // A row that was cut off by a loss of power is ended: the next one begins in a line of its own.
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        let hash = text.lines().next_back().map(hash).unwrap_or_default();
        Ok(Self { path, writing: Mutex::new(Writing { file, hash }) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn append(&self, author: &Author, action: &str, object: &str, detail: &str) -> io::Result<()> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = AuditEntry {
            at: runtime::clock::unix_seconds(),
            administrator: clipped(&author.name),
            surface: author.surface.to_string(),
            action: clipped(action),
            object: clipped(object),
            detail: clipped(detail),
            previous: writing.hash.clone(),
        };
        let mut line = serde_json::to_string(&entry)?;
        let hash = hash(&line);
        line.push('\n');
        writing.file.write_all(line.as_bytes())?;
        writing.file.sync_data()?;
        writing.hash = hash;
        Ok(())
    }

    /// The last rows, the newest first, each with whether it follows on the row before it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn recent(&self, most: usize) -> io::Result<Vec<(AuditEntry, bool)>> {
        let text = tail(&mut File::open(&self.path)?)?;
        let mut rows = Vec::new();
        let mut before: Option<String> = None;
        for line in text.lines() {
            let entry = serde_json::from_str::<AuditEntry>(line).ok();
            if let Some(entry) = entry {
                let follows = before.as_ref().is_none_or(|before| *before == entry.previous);
                rows.push((entry, follows));
            }
            before = Some(hash(line));
        }
        rows.reverse();
        rows.truncate(most);
        Ok(rows)
    }
}

/// The end of the file, from the beginning of a line on.
fn tail(file: &mut File) -> io::Result<String> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(SHOWN);
    file.seek(SeekFrom::Start(start))?;
    let mut octets = Vec::new();
    file.take(SHOWN).read_to_end(&mut octets)?;
    let text = String::from_utf8_lossy(&octets).into_owned();
    Ok(match start {
        0 => text,
        // The first line is cut off.
        _ => text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default(),
    })
}

fn clipped(text: &str) -> String {
    text.chars().take(MOST_TEXT).collect()
}

fn hash(line: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, line.as_bytes());
    digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::Surface;

    fn author() -> Author {
        Author { name: "root".into(), surface: Surface::Web }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-audit-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn adm_2_a_row_that_was_changed_is_seen() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("chain");
        for detail in ["first", "second", "third"] {
            // Opened anew each time, as by a process that starts again.
            AuditLog::open(&folder).unwrap().append(&author(), "set", "thing", detail).unwrap();
        }
        let log = AuditLog::open(&folder).unwrap();
        assert_eq!(std::fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600);
        let rows = log.recent(2).unwrap();
        let seen: Vec<_> = rows.iter().map(|(row, follows)| (row.detail.as_str(), *follows)).collect();
        assert_eq!(seen, [("third", true), ("second", true)]);
        let text = std::fs::read_to_string(log.path()).unwrap();
        std::fs::write(log.path(), text.replace("first", "FIRST")).unwrap();
        let follows: Vec<_> = log.recent(9).unwrap().iter().map(|(_, follows)| *follows).collect();
        assert_eq!(follows, [true, false, true]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_row_that_was_cut_off_spoils_no_other() {
        let folder = folder("cut");
        std::fs::write(folder.join(FILE), "{\"at\":1,\"admin").unwrap();
        let log = AuditLog::open(&folder).unwrap();
        log.append(&author(), "set", "thing", "whole").unwrap();
        let rows = log.recent(9).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].0.detail, "whole");
        assert!(rows[0].1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
