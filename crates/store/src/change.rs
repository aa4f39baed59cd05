//! The change feed: each administrative write takes the next number of one sequence and marks the
//! objects that it touched with it.

use crate::error::StoreError;
use directory::Version;
use rusqlite::{Connection, OptionalExtension, params};

/// What the feed tells apart; the text is the `kind` of the table `object`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Node,
    Profile,
    Group,
    Pool,
    Line,
    User,
    Device,
    Expressway,
    Parameter,
    /// An act on a service that a node was asked for: nothing of the directory.
    Service,
}

impl Kind {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Profile => "profile",
            Self::Group => "group",
            Self::Pool => "pool",
            Self::Line => "line",
            Self::User => "user",
            Self::Device => "device",
            Self::Expressway => "expressway",
            Self::Parameter => "parameter",
            Self::Service => "service",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [
            Self::Node,
            Self::Profile,
            Self::Group,
            Self::Pool,
            Self::Line,
            Self::User,
            Self::Device,
            Self::Expressway,
            Self::Parameter,
        ]
        .into_iter()
        .find(|kind| kind.text() == text)
    }
}

/// The number of the last administrative write.
pub(crate) fn sequence(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT sequence FROM cluster", [], |row| row.get(0))?)
}

/// Takes the next number.
pub(crate) fn next_sequence(connection: &Connection) -> Result<u64, StoreError> {
    let next = "UPDATE cluster SET sequence = sequence + 1 RETURNING sequence";
    Ok(connection.query_row(next, [], |row| row.get(0))?)
}

/// Marks an object as changed by the write of a number.
pub(crate) fn touch(
    connection: &Connection,
    kind: Kind,
    name: &str,
    sequence: u64,
    removed: bool,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO object (kind, name, version, removed) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET name = ?2, version = ?3, removed = ?4",
    )?;
    statement.execute(params![kind.text(), name, sequence, removed])?;
    Ok(())
}

/// The version of an object that is there.
pub(crate) fn version(connection: &Connection, kind: Kind, name: &str) -> Result<Option<Version>, StoreError> {
    let query = "SELECT version FROM object WHERE kind = ? AND name = ? AND NOT removed";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_row(params![kind.text(), name], |row| row.get(0)).optional()?;
    Ok(found.map(Version))
}

/// A change of the directory.
pub(crate) struct Change {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) removed: bool,
}

/// The changes of the directory after a number, oldest first.
pub(crate) fn since(connection: &Connection, sequence: u64) -> Result<Vec<Change>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT kind, name, version, removed FROM object WHERE version > ? ORDER BY version")?;
    let mut rows = statement.query([sequence])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        if let Some(kind) = Kind::from_text(&kind) {
            let version = Version(row.get(2)?);
            changes.push(Change { kind, name: row.get(1)?, version, removed: row.get(3)? });
        }
    }
    Ok(changes)
}
